"""Generations: what was asked, everything that happened to it, and the actions its card has too."""

import secrets

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q
from django.template.response import TemplateResponse
from django.utils.text import Truncator

from ..flow import again, reconcile, stop
from ..flow.intend import Refusal
from ..models import Attempt, Clip, CreditEntry, Event, Generation
from ..permissions import NotAllowed
from .parts import Quick, ReadOnlyInline

AT_ONCE = 50


class Clips(ReadOnlyInline):
    model = Clip
    verbose_name_plural = "clips"
    fields = ["position", "state", "file", "size", "length", "trouble", "failure_reason"]
    show_change_link = False


class Attempts(ReadOnlyInline):
    model = Attempt
    fields = ["number", "outcome", "job_id", "status", "reason", "opened_at", "closed_at"]


class Ledger(ReadOnlyInline):
    model = CreditEntry
    verbose_name_plural = "ledger"
    fields = ["kind", "amount", "why", "by", "at"]
    show_change_link = False


class Timeline(ReadOnlyInline):
    model = Event
    verbose_name_plural = "timeline"
    fields = ["at", "by", "verb", "from_state", "to_state", "why"]
    show_change_link = False
    ordering = ["id"]


@admin.register(Generation)
class GenerationAdmin(Quick):
    """No field here sets a state: `Generation.move` is the one door, and the actions go through it."""

    list_display = ["label", "word", "short_prompt", "person", "account", "model", "expected_credits", "made"]
    list_select_related = ["person", "account__connection"]
    list_filter = ["state", "is_sandbox", "kind", "person"]
    search_fields = ["prompt"]
    search_help_text = "A number such as 228 or S3, a job id, or words of the prompt"
    ordering = ["-id"]
    inlines = [Clips, Attempts, Ledger, Timeline]
    actions = ["stop_waiting", "queue_again", "check_with_google"]
    fieldsets = [
        (None, {"fields": ["label", "word", "prompt", "person", "team", "account", "visibility"]}),
        (
            "Asked for",
            {"fields": ["mode", "model", "ratio", "seconds", "count", "expected_credits", "parent", "batch"]},
        ),
        (
            "When",
            {"fields": ["made", "sent_at", "accepted_at", "completed_at", "finished_at", "due_at", "waits"]},
        ),
        ("Trouble", {"fields": ["wait_reason", "failure", "failure_reason", "failure_text"]}),
    ]
    view_on_site = False

    def get_readonly_fields(self, request, obj=None):
        return [name for _, part in self.fieldsets for name in part["fields"]]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description="number", ordering="number")
    def label(self, generation: Generation) -> str:
        return generation.label

    @admin.display(description="state", ordering="state")
    def word(self, generation: Generation) -> str:
        return generation.get_state_display()

    @admin.display(description="prompt")
    def short_prompt(self, generation: Generation) -> str:
        return Truncator(generation.prompt).chars(70)

    @admin.display(description="made", ordering="id")
    def made(self, generation: Generation):
        return generation.made_at

    def get_search_results(self, request, queryset, search_term):
        """Numbers and job ids are looked up; only words go through the prompts."""
        term = search_term.strip().lstrip("#")
        if found := Generation.objects.numbered(term):
            return queryset.filter(pk__in=[each.pk for each in found]), False
        if ":" in term or len(term) > 30 and " " not in term:
            return queryset.filter(Q(attempts__job_id=term) | Q(attempts__reference=term)).distinct(), True
        return super().get_search_results(request, queryset, search_term)

    # --- actions, named like the buttons on the card ----------------------------------------------------

    @admin.action(description="Stop waiting")
    def stop_waiting(self, request, generations):
        self._each(
            request, generations, lambda g: stop.stop_waiting(g, request.user), "is no longer waited for"
        )

    @admin.action(description="Check with Google now")
    def check_with_google(self, request, generations):
        self._each(request, generations, lambda g: reconcile.check_now(g, request.user), "is being checked")

    @admin.action(description="Queue again as a new generation")
    def queue_again(self, request, generations):
        """It spends, so it asks first and says how much; the form's key makes a second click harmless."""
        chosen = list(generations.select_related("account__connection", "person")[:AT_ONCE])
        if key := request.POST.get("request_key"):
            self._each(
                request,
                chosen,
                lambda g: again.again(g, request.user, request_key=f"{key}-{g.pk}"),
                "is queued again",
            )
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Queue again as a new generation",
            "generations": chosen,
            "credits": sum(g.expected_credits for g in chosen if not g.is_sandbox),
            "request_key": secrets.token_hex(12),
            "checkbox": ACTION_CHECKBOX_NAME,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/queue_again.html", context)

    def _each(self, request, generations, act, done: str) -> None:
        """Do it for each; a refusal of one is told and stops no other."""
        worked = []
        for generation in generations[:AT_ONCE]:
            try:
                act(generation)
            except (Refusal, NotAllowed) as no:
                self.message_user(request, f"{generation.label}: {no}", messages.WARNING)
            else:
                worked.append(generation.label)
        if worked:
            self.message_user(request, f"{', '.join(worked)} {done}.", messages.SUCCESS)
