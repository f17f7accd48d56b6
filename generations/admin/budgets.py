"""Limits of teams and people, as their owners set them in Settings too; one's own caps are only read."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from ..models import Budget, Drift
from .parts import Quick, ReadOnly


class BudgetForm(forms.ModelForm):
    """What the database would refuse is said in a sentence first."""

    class Meta:
        model = Budget
        fields = ["team", "person", "period", "soft", "hard"]

    def clean(self):
        told = self.cleaned_data
        soft, hard, team, person = (told.get(name) for name in ("soft", "hard", "team", "person"))
        if soft is None and hard is None:
            raise ValidationError("Write at least one number; to lift the limit, delete it.")
        if soft is not None and hard is not None and soft > hard:
            raise ValidationError("The warning comes before the limit: write a smaller number.")
        if person and team and not person.memberships.filter(team=team).exists():
            raise ValidationError(f"{person.shown_name} is not in this team.")
        same = Budget.objects.filter(team=team, person=person, period=told.get("period"), is_own=False)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError("There is a limit for this already: change that one.")
        return super().clean()


@admin.register(Budget)
class BudgetAdmin(Quick):
    form = BudgetForm
    list_display = ["team", "whose", "period", "soft", "hard", "is_own", "changed_at"]
    list_select_related = ["team", "person"]
    list_filter = ["team", "period", "is_own"]
    autocomplete_fields = ["team", "person"]
    fields = ["team", "person", "period", "soft", "hard"]
    ordering = ["team", "person", "period"]

    @admin.display(description="whose", ordering="person")
    def whose(self, budget: Budget) -> str:
        return budget.person.shown_name if budget.person else "the whole team"

    def has_change_permission(self, request, obj=None) -> bool:
        """An own cap is the person's: it may be lifted here, not changed."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_own)


@admin.register(Drift)
class DriftAdmin(ReadOnly):
    list_display = ["account", "amount", "expected", "told", "at"]
    list_select_related = ["account__connection"]
    list_filter = ["account__is_sandbox"]
    ordering = ["-id"]
