"""Queue: what runs, what waits and why, what needs a person, and the switches (ui.md section 10)."""

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from ...flow import collect, desk, stop, unsaved
from ...flow.intend import Refusal
from ...models import Batch, Generation, State
from ...models.states import FINISHED
from ...permissions import NotAllowed
from .. import live
from ..access import get_generation, says_no, told, way_back, whole
from ..context import shell_of
from ..create.dock import new_key
from ..strip import feed
from .board import Board

PER_PAGE = 50


@require_GET
def page(request) -> HttpResponse:
    if request.GET.get("show") == "finished":
        return _finished(request)
    poll = _poll(request)
    return render(request, "queue/queue.html", _page(request) | {"poll": poll})


def _scope(request) -> str:
    """One's own queue first; everyone's on request. A click from the page knows it by the page's address."""
    asked = request.GET.get("scope") or _asked_by_page(request).get("scope", "")
    return "everyone" if asked == "everyone" else "mine"


def _asked_by_page(request) -> QueryDict:
    """What stands in the address of the page that a click came from."""
    return QueryDict((request.htmx.current_url or "").partition("?")[2]) if request.htmx else QueryDict()


def _poll(request, version: int | None = None) -> dict:
    unfolded = request.GET.get("unfold", "")
    return live.poll_of(
        request.user,
        version,
        page="queue",
        scope=_scope(request),
        unfold=unfolded if unfolded.isascii() else "",
    )


def _page(request) -> dict:
    unfolded = request.GET.get("unfold") or _asked_by_page(request).get("unfold", "")
    board = Board(shell_of(request), _scope(request), unfolded=unfolded)
    return {"section": "queue", "board": board, "scope": board.scope, "key": new_key()}


def _finished(request) -> HttpResponse:
    """What is over, newest first; all of it or only what failed."""
    scope, only = _scope(request), request.GET.get("only", "")
    found = feed.rows(request.user, scope).filter(state__in=[State.FAILED] if only == "failed" else FINISHED)
    if before := whole(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    loaded = list(feed.with_all(found)[: PER_PAGE + 1])
    board = Board(shell_of(request), scope)
    board.moving = loaded[:PER_PAGE]
    older = (
        f"?show=finished&scope={scope}&only={only}&before={board.moving[-1].pk}"
        if len(loaded) > PER_PAGE
        else ""
    )
    page = {
        "section": "queue",
        "scope": scope,
        "only": only,
        "rows": board.rows_of(board.moving),
        "older_url": older,
    }
    return render(request, "queue/finished.html", page)


# --- the poller and the answers to clicks -------------------------------------------------------------------


def changes(request, version: int, known: int) -> HttpResponse:
    """Numbers, troubles, accounts; rows that changed; the groups anew only when a row came, went or moved."""
    ids = live.ids_of(request)
    context = _page(request)
    board: Board = context["board"]
    newer = [g for g in _shown_before(request, ids) if g.version > known]
    context["changed"] = board.rows_of(newer)
    shown = board.shown_ids[: len(ids)] if len(board.shown_ids) > len(ids) >= 150 else board.shown_ids
    context["regroup"] = shown != ids
    context["waiting"] = [
        row for group in board.groups for row in group.rows if row.place and int(row.card.id) in set(ids)
    ]
    return render(request, "queue/_changes.html", context | {"poll": _poll(request, version)})


def _shown_before(request, ids: list[int]) -> list[Generation]:
    return list(feed.with_all(feed.rows(request.user, _scope(request)).filter(pk__in=ids)))


def after(request) -> HttpResponse:
    """The whole board out of band, after a click on it."""
    return render(request, "queue/_changes.html", _page(request) | {"regroup": True})


@require_POST
@says_no
def pause(request) -> HttpResponse:
    """Pause or resume what this person has waiting; what runs goes on."""
    paused = request.GET.get("paused", request.POST.get("paused", "yes")) != "no"
    stop.pause_mine(request.user, paused=paused)
    if request.htmx:  # every waiting card has changed: the page asks for them at once
        return trigger_client_event(HttpResponse(status=204), "flowsite:poll")
    return redirect(way_back(request, reverse("queue")))


@require_POST
@says_no
def pause_batch(request, batch: int) -> HttpResponse:
    stop.pause_batch(_batch(request, batch), request.user, paused=request.POST.get("paused") != "no")
    return after(request) if request.htmx else redirect(way_back(request, reverse("queue")))


@require_POST
@says_no
def cancel_batch(request, batch: int) -> HttpResponse:
    """Cancel what has not been sent yet. What runs goes on, and is saved."""
    found = _batch(request, batch)
    if found.person_id != request.user.pk:
        raise NotAllowed(f"Only {found.person.shown_name} can cancel this batch.")
    for row in found.generations.filter(state__in=[State.WAITING, State.HELD]).select_related(
        "account__connection"
    ):
        try:
            stop.cancel(row, request.user)
        except Refusal:  # sent a moment ago
            continue
    return after(request) if request.htmx else redirect(way_back(request, reverse("queue")))


def _batch(request, pk: int) -> Batch:
    team = request.user.team()
    if team is None:
        raise Http404
    visible = Generation.objects.visible_to(request.user)
    return get_object_or_404(Batch.objects.filter(team=team, generations__in=visible).distinct(), pk=pk)


@require_POST
@says_no
def retry(request) -> HttpResponse:
    """Send equal failures once more, each as a new generation; the sum was on the button. All or nothing."""
    labels = [label for label in request.POST.get("labels", "").split(",") if label]
    key, shown = request.POST.get("request_key", "")[:20], whole(request.POST.get("price_shown", ""))
    if not key:
        raise Refusal("This form came without its key. Nothing was sent: try once more.")
    rows = [get_generation(request.user, label) for label in labels[: desk.MOST + 1]]
    desk.retry_all(rows, request.user, request.POST.get("verb", ""), key=key, price_shown=shown)
    if request.htmx:
        return told(after(request), f"{len(rows)} prompts wait in line again.")
    return redirect("queue")


@require_POST
@says_no
def save_now(request) -> HttpResponse:
    """Try to save now what expires at Google soon; free."""
    rows = Generation.objects.filter(pk__in=unsaved.in_danger(request.user).values("generation_id"))
    for row in rows:
        collect.save_now(row, request.user)
    if request.htmx:
        return told(after(request), "Trying to save them now.")
    return redirect("queue")
