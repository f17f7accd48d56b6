"""Who changed what, when and why. Append-only, written in the transaction of the change itself."""

from django.conf import settings
from django.db import models

from . import clock


class Event(models.Model):
    """`by` is the person, or None for the engine. `verb` is what was done; a move also has its two states."""

    generation = models.ForeignKey(
        "generations.Generation", on_delete=models.CASCADE, related_name="events", null=True, blank=True
    )
    account = models.ForeignKey("generations.Account", on_delete=models.SET_NULL, null=True, blank=True)
    team = models.ForeignKey("generations.Team", on_delete=models.CASCADE, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    verb = models.CharField(max_length=40)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    why = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["generation", "id"], name="events_of_a_generation")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.verb}"
