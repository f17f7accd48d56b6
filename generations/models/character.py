"""Characters and voices of a Google account: ingredients with a name (flow-api.md sections 12 and 13).

They live at the vendor and are bound to their account; a row here says what we know of one.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.enums import TextChoices

from .account import Account
from .picture import Picture


class CastState(TextChoices):
    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Not made"
    GONE = "gone", "Deleted"


class CastQuerySet(models.QuerySet):
    def visible_to(self, person) -> "CastQuerySet":
        """What stands on accounts that this person may spend from."""
        return self.filter(account__in=Account.objects.usable_by(person))

    def ready(self) -> "CastQuerySet":
        return self.filter(state=CastState.READY)


class Member(models.Model):
    """What characters and voices share. `ref` names it at the vendor; it shows the account: never show it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    state = models.CharField(max_length=7, choices=CastState, default=CastState.MAKING)
    sentence = models.CharField(max_length=400, blank=True)  # why it was not made
    ref = models.CharField(max_length=800, blank=True)
    name = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = CastQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Character(Member):
    """One or two pictures with a name; each picture counts as an ingredient."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="characters")
    notes = models.TextField(max_length=2000, blank=True)
    voice = models.CharField(max_length=800, blank=True)  # a preset's name, or a voice of the account
    images = models.PositiveSmallIntegerField(default=1)
    picture_1 = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="characters_first"
    )
    picture_2 = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="characters_second"
    )
    thumb = models.CharField(max_length=200, blank=True)  # a small WebP, ours

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "ref"], condition=~Q(ref=""), name="each_character_once"
            )
        ]


class Voice(Member):
    """A voice made from a preset by a sample sentence and a manner of speaking."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="voices")
    base = models.CharField(max_length=30, blank=True)  # the preset
    dialog = models.CharField(max_length=120, blank=True)
    performance = models.CharField(max_length=120, blank=True)
    sample = models.CharField(max_length=200, blank=True)  # a sound file, ours

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "ref"], condition=~Q(ref=""), name="each_voice_once")
        ]
