"""What the admin's pages share: pages that stay quick in big tables, and rows that are only read."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.text import capfirst

from ..models import Event

COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts no further than COUNTED rows: counting a million takes longer than showing a page of them."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:COUNTED].count()


class Quick(admin.ModelAdmin):
    """A list that asks for one page of rows and nothing else; every change leaves an event, too."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = {"title": capfirst(self.opts.verbose_name)}
        return super().change_view(request, object_id, form_url, title | (extra_context or {}))

    def log_addition(self, request, obj, message):
        return self._noted(request, obj, super().log_addition(request, obj, message), "added")

    def log_change(self, request, obj, message):
        return self._noted(request, obj, super().log_change(request, obj, message), "changed")

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self._noted(request, obj, None, "deleted")
        return super().log_deletions(request, queryset)

    def _noted(self, request, obj, entry, done: str):
        """Field names only, never values: a value may be a secret."""
        what = entry.get_change_message() if entry else ""
        Event.objects.create(
            by=request.user,
            team=request.user.team(),
            verb=f"{self.opts.verbose_name} {done}"[:40],
            why=f"{obj}: {what}"[:500],
        )
        return entry


class ReadOnly(Quick):
    """Rows that are written by the engine: read here, changed nowhere."""

    actions = None

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True
    view_on_site = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
