"""What an administrator knows better than the tables we ship (catalog/data): one fact a row, with its source.

Laid over the tables by flow.quote; catalog itself knows no database. A row without a model is a setting
of the rules (flow-api.md section 20) or a price of all models; one with an account is a price of its own.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from . import clock


class Capability(models.Model):
    account = models.ForeignKey(
        "generations.Account", on_delete=models.CASCADE, related_name="capabilities", null=True, blank=True
    )
    model = models.CharField(max_length=60, blank=True)  # the vendor's name of it; empty for a rule
    what = models.CharField(max_length=40)
    value = models.TextField()  # as it is written in the admin; catalog.overlay reads it
    source = models.CharField(max_length=300)
    dated = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "capabilities"
        ordering = ["model", "what"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "what"], condition=Q(account=None), name="each_fact_once"
            ),
            models.UniqueConstraint(
                fields=["account", "model", "what"],
                condition=Q(account__isnull=False),
                name="each_fact_of_an_account_once",
            ),
        ]

    def __str__(self) -> str:
        about = self.model or ("All models" if self.what == "credits" else "Rule")
        return f"{about}: {self.what}"
