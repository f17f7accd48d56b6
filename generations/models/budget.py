"""Limits on spending: of a team or a person, a day or a month; above one a warning, above the other a yes.

What is reserved counts as spent. Nothing here is a default: where no row is, there is no limit.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, TextChoices


class Period(TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"


class Budget(models.Model):
    """Credits that a team (no `person`) or one of its people may ask for in a period.

    Above `soft` the person is warned; above `hard` an owner of the team must say yes. One's own cap
    (`is_own`) lies below that: above its `hard` nothing is sent until the person raises it.
    """

    team = models.ForeignKey("generations.Team", on_delete=models.CASCADE, related_name="budgets")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="budgets",
        null=True,
        blank=True,
        help_text="Empty: the whole team together.",
    )
    period = models.CharField(max_length=5, choices=Period, default=Period.MONTH)
    soft = models.PositiveIntegerField("warn above", null=True, blank=True, help_text="Credits.")
    hard = models.PositiveIntegerField(
        "needs a yes above", null=True, blank=True, help_text="Credits. An owner of the team says it."
    )
    is_own = models.BooleanField("own cap", default=False, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "period"], condition=Q(person__isnull=True), name="one_limit_of_a_team"
            ),
            models.UniqueConstraint(
                fields=["team", "person", "period", "is_own"],
                condition=Q(person__isnull=False),
                name="one_limit_of_a_person",
            ),
            models.CheckConstraint(
                condition=Q(is_own=False) | Q(person__isnull=False), name="own_caps_belong_to_somebody"
            ),
            models.CheckConstraint(
                condition=Q(soft__isnull=True) | Q(hard__isnull=True) | Q(soft__lte=F("hard")),
                name="warn_before_asking",
            ),
        ]

    def __str__(self) -> str:
        whose = self.person.shown_name if self.person else "the team"
        return f"{'Own cap' if self.is_own else 'Limit'} of {whose} a {self.period}"
