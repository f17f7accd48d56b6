"""The admin site: only administrators enter, through the product's own sign-in page."""

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.decorators import method_decorator

ORDER = [
    "Generation", "Person", "Team", "Account", "Connection", "Rest", "Site", "Capability", "Attempt",
    "CreditEntry", "Event", "Errand", "Heartbeat", "EngineLease",
]  # fmt: skip


class FlowsiteAdmin(AdminSite):
    site_header = site_title = "Flowsite"
    index_title = "Operation"
    site_url = "/"

    def has_permission(self, request) -> bool:
        return request.user.is_active and request.user.is_superuser

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """One door for all: the sign-in page counts wrong passwords, Django's own would not."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("Only an administrator of the site can open this.")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_app_list(self, request, app_label=None):
        """What is looked at most comes first; django-q2's own tables last."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: place(model["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] != "generations")

    def each_context(self, request) -> dict:
        return super().each_context(request) | {"theme": getattr(request.user, "theme", "system")}


def place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
