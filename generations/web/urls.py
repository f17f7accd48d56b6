"""Addresses of the pages (ui.md section 2). Fragments live under /_/ and answer only to htmx."""

from django.conf import settings
from django.urls import include, path

from . import act, hooks, live
from .clip import generation, passed
from .create import create, picker
from .queue import moving, queue, together
from .usage import usage

urlpatterns = [
    path("", include("generations.web.people.signin_urls")),
    path("", include("generations.web.library_urls")),
    path("", include("generations.web.inputs.urls")),
    # Create, and the strips everywhere
    path("", create.home, name="home"),
    path("create/", create.create, name="create"),
    path("create/", create.create, name="generate"),
    path("_/draft/", create.draft, name="draft"),
    path("_/picks/", picker.picks, name="picker"),
    path("_/changes/", live.changes, name="changes"),
    path("_/card/<str:label>/", live.card_as_it_is, name="card"),
    path("g/<str:label>/", generation.page, name="generation"),
    path("g/<str:label>/passed/", passed.page, name="passed"),
    path("g/<str:label>/<str:verb>/", act.act, name="act"),
    # The vendor may call here; a secret in the path instead of a sign-in
    path("hooks/<str:secret>/", hooks.hook, name="hook"),
    path("usage/", usage.page, name="usage"),
    path("usage/usage.csv", usage.as_csv, name="usage-csv"),
    # Queue
    path("queue/", queue.page, name="queue"),
    path("queue/pause/", queue.pause, name="pause"),
    path("queue/move/", moving.move, name="queue-move"),
    path("queue/retry/", queue.retry, name="retry"),
    path("queue/ask-again/", together.ask_again, name="queue-ask-again"),
    path("queue/allow/", together.allow_all, name="queue-allow"),
    path("queue/save/", queue.save_now, name="save-in-danger"),
    path("queue/batch/<int:batch>/pause/", queue.pause_batch, name="pause-batch"),
    path("queue/batch/<int:batch>/cancel/", queue.cancel_batch, name="cancel-batch"),
]

if settings.DEBUG:
    from .strip import design

    urlpatterns.append(path("design/states/", design.states, name="design-states"))
