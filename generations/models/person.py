"""People who sign in, how they like the site to look, and the draft they were typing."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import TextChoices

from .team import MAY_SPEND, Membership, Role, Team


class Theme(TextChoices):
    SYSTEM = "system", "System"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Density(TextChoices):
    SMALL = "s", "Small"
    MEDIUM = "m", "Medium"
    LARGE = "l", "Large"


class Person(AbstractUser):
    """`username` signs in; `first_name` and `last_name` are shown. E-mail may also sign in when unique."""

    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(max_length=1, choices=Density, default=Density.MEDIUM)
    hover_play = models.BooleanField(default=True)
    single_keys = models.BooleanField("single-key shortcuts", default=True)
    confirm_above = models.PositiveIntegerField("ask again above this many credits", default=100)
    queue_paused_at = models.DateTimeField(null=True, blank=True)
    # Two settings of architecture.md 3.3, both off until the person turns them on.
    resend_proved_absent = models.BooleanField("send again when Google has no trace", default=False)
    resend_free = models.BooleanField("send free things again by themselves", default=False)
    share_by_default = models.BooleanField("show new work to the team", default=True)

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"

    @property
    def shown_name(self) -> str:
        return self.first_name or self.username

    @property
    def initials(self) -> str:
        words = f"{self.first_name} {self.last_name}".split() or [self.username]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()

    def team(self) -> Team | None:
        """The team this person works in. One per site today; the session may choose among several later."""
        membership = self._membership()
        return membership.team if membership else None

    def role(self) -> str | None:
        membership = self._membership()
        return membership.role if membership else None

    @property
    def may_spend(self) -> bool:
        return self.role() in MAY_SPEND

    def owns(self, team_id: int) -> bool:
        """Whether this person is an owner of that team."""
        membership = self._membership()
        return membership is not None and membership.team_id == team_id and membership.role == Role.OWNER

    def _membership(self) -> Membership | None:
        if not hasattr(self, "_membership_cache"):
            self._membership_cache = self.memberships.select_related("team").order_by("pk").first()
        return self._membership_cache


class Draft(models.Model):
    """What a person was typing in Create: saved as they type, so that nothing typed is lost."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="draft")
    prompt = models.TextField(blank=True)
    choices = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Draft of {self.person}"
