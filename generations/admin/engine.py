"""The switches of the site, and what the engine writes about itself."""

from django.contrib import admin

from ..flow import callback, stop, unsaved
from ..models import EngineLease, Errand, Heartbeat, Site
from .parts import Quick, ReadOnly


@admin.register(Site)
class SiteAdmin(Quick):
    """One row. Its actions are the kill switch: nothing new is sent by anybody, what runs is still saved."""

    list_display = ["__str__", "site_id", "sending", "saving", "not_saved"]
    fields = readonly_fields = ["site_id", "sending", "saving", "not_saved"]
    actions = ["stop_sending", "resume_sending", "rotate_hook"]

    def get_queryset(self, request):
        Site.current()
        return super().get_queryset(request)

    @admin.display
    def sending(self, site: Site) -> str:
        since = site.spending_stopped_at
        return f"all stopped since {since:%Y-%m-%d %H:%M}" if since else "on"

    @admin.display
    def saving(self, site: Site) -> str:
        since = site.saving_stopped_at
        return f"stopped since {since:%Y-%m-%d %H:%M}: {site.saving_trouble}" if since else "on"

    @admin.display(description="made and not saved")
    def not_saved(self, site: Site) -> str:
        found = unsaved.danger()
        if not found.clips:
            return "nothing in danger"
        return f"{found.clips} clips, the first link dies at {found.first:%Y-%m-%d %H:%M}"

    @admin.action(description="Stop all sending now")
    def stop_sending(self, request, sites):
        stop.stop_spending(request.user, stopped=True)
        self.message_user(request, "Nothing new is sent by anybody. What Google has accepted is still saved.")

    @admin.action(description="Send again")
    def resume_sending(self, request, sites):
        stop.stop_spending(request.user, stopped=False)
        self.message_user(request, "Sending is on again. Waiting prompts go out in their order.")

    @admin.action(description="Change the secret address of callbacks")
    def rotate_hook(self, request, sites):
        callback.rotate(request.user)
        self.message_user(request, "New jobs carry a new address. The old one is answered for seven days.")

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ["cluster", "beat_at", "stop_asked_at"]
    ordering = ["-beat_at"]


@admin.register(EngineLease)
class EngineLeaseAdmin(ReadOnly):
    list_display = ["name", "until"]
    fields = ["name", "until"]


@admin.register(Errand)
class ErrandAdmin(ReadOnly):
    list_display = ["kind", "state", "person", "account", "generation", "sentence", "took", "made_at"]
    list_select_related = ["person", "account__connection", "generation"]
    list_filter = ["state", "kind"]
    ordering = ["-id"]
