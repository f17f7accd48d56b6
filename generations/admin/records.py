"""What happened: attempts, ledger and events, append-only and so only read here."""

from django.contrib import admin

from ..models import Attempt, CreditEntry, Event
from .parts import ReadOnly


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = [
        "generation",
        "number",
        "outcome",
        "account",
        "status",
        "reason",
        "opened_at",
        "closed_at",
    ]
    list_select_related = ["generation", "account__connection"]
    list_filter = ["outcome"]
    search_fields = ["reference", "job_id"]
    search_help_text = "A reference or a job id"
    ordering = ["-id"]


@admin.register(CreditEntry)
class CreditEntryAdmin(ReadOnly):
    list_display = ["generation", "kind", "amount", "account", "by", "why", "at"]
    list_select_related = ["generation", "account__connection", "by"]
    list_filter = ["kind", "account__is_sandbox"]
    ordering = ["-id"]


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "who", "verb", "generation", "account", "from_state", "to_state", "why"]
    list_select_related = ["generation", "account__connection", "by"]
    search_fields = ["verb"]
    search_help_text = "What was done, such as: token stored"
    ordering = ["-id"]

    @admin.display(description="by")
    def who(self, event: Event) -> str:
        return event.by.shown_name if event.by else "Flowsite"
