"""Several prompts sent together under one name."""

from django.conf import settings
from django.db import models


class Batch(models.Model):
    team = models.ForeignKey("generations.Team", on_delete=models.CASCADE)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=120, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.name
