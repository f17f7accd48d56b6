"""The app and what is checked when it starts."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import Error, register


class AdminSite(AdminConfig):
    """Django's admin with our own site (generations/admin/site.py)."""

    default_site = "generations.admin.site.FlowsiteAdmin"


class Generations(AppConfig):
    name = "generations"
    verbose_name = "Flowsite"

    def ready(self) -> None:
        from . import admin
        from .flow.people.welcome import connect_signal

        register(no_dead_ends, "flowsite")
        connect_signal()
        admin.register()


def no_dead_ends(app_configs, **kwargs):
    """A state that cannot be reached or left is a bug of today, not of some night."""
    from .models.states import dead_ends

    return [Error(sentence, id="flowsite.E001") for sentence in dead_ends()]
