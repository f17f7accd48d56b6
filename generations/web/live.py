"""The one poller of a page, seen from the server: nothing newer is 204, after a single question of ours.

Else only what changed goes out: cards the page shows, out of band; new ones for its top; the status of
waiting ones, whose place moves with everybody else's; and the small numbers of the shell. Versions come from
the team's counter, which every change raises last in its own transaction: none slips between two polls.
"""

from functools import wraps

from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..models import Generation, Person, State, clock
from .access import get_generation, whole
from .strip import feed
from .strip.estimates import Estimates

MOST_IDS = 200
MOST_NEW = feed.PER_PAGE

# Read by hand: this is asked every three seconds by every open page, and the ORM would double its price.
VERSION = (
    "SELECT t.id, t.version FROM generations_membership m JOIN generations_team t ON t.id = m.team_id"
    " WHERE m.person_id = %s ORDER BY m.id LIMIT 1"
)


def fragment(view):
    """Parts of pages answer only to htmx and our own scripts."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.htmx:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def version_of(person: Person) -> int:
    """The newest change in the team this person works in; 0 without a team."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [person.pk])
        row = cursor.fetchone()
    return row[1] if row else 0


def poll_of(person: Person, version: int | None = None, *, page: str = "create", **more) -> dict:
    """What strip/_poll.html needs. Ask before reading rows, so that what changes meanwhile comes later."""
    asked = "&".join(f"{name}={'yes' if value is True else value}" for name, value in more.items() if value)
    address = reverse("changes") + f"?page={page}" + (f"&{asked}" if asked else "")
    return {
        "url": address,
        "version": version_of(person) if version is None else version,
        "now": clock.epoch(),
    }


@never_cache
@require_GET
@fragment
def changes(request) -> HttpResponse:
    """What is newer than ?v= among the cards ?ids=; 204 when nothing is."""
    version = version_of(request.user)
    known = whole(request.GET.get("v", "")) or 0
    if known >= version:
        return HttpResponse(status=204)
    from .clip import clip, generation
    from .queue import queue

    match request.GET.get("page"):
        case "queue":
            return queue.changes(request, version, known)
        case "generation":
            return generation.changes(request, version, known)
        case "clip":
            return clip.changes(request, version, known)
    return _strips(request, version, known)


def ids_of(request) -> list[int]:
    """The rows a page shows: at most 200, whatever it says."""
    asked = request.GET.get("ids", "").split(",")[:MOST_IDS]
    return [pk for one in asked if (pk := whole(one)) is not None]


def _strips(request, version: int, known: int) -> HttpResponse:
    person, scope, ids = request.user, feed.scope_of(request), ids_of(request)
    top = request.GET.get("top") == "yes"
    mine = feed.rows(person, scope)
    here = {row.pk: row for row in mine.filter(pk__in=ids).only("pk", "state", "version")} if ids else {}
    changed = [pk for pk, row in here.items() if row.version > known]
    waiting = [pk for pk, row in here.items() if row.state == State.WAITING and row.version <= known]
    fresh = mine.filter(version__gt=known, pk__gt=max(ids, default=0)) if top else mine.none()
    new = list(fresh.values_list("pk", flat=True)[:MOST_NEW]) if top else []
    loaded = list(feed.with_all(mine.filter(pk__in=[*changed, *waiting, *new])))
    moving = feed.in_progress(person, scope) if top else []
    around = Estimates([*loaded, *moving])
    drawn = {row.pk: card for row, card in zip(loaded, feed.cards(loaded, person, around), strict=True)}
    page = {
        "section": request.GET.get("page"),
        "cards": [drawn[pk] for pk in changed if pk in drawn],
        "new_cards": [drawn[row.pk] for row in loaded if row.pk in new],
        "waiting": [drawn[pk] for pk in waiting if pk in drawn],
        "gone": [pk for pk in ids if pk not in here],
        "poll": poll_of(person, version, page=request.GET.get("page", "create"), scope=scope, top=top),
        "note": feed.progress_note(moving, around) if top else None,
    }
    return render(request, "create/_changes.html", page)


@never_cache
@require_GET
@fragment
def card_as_it_is(request, label: str) -> HttpResponse:
    return card(request, label)


def card(request, label: str) -> HttpResponse:
    """One card where it stands, out of band."""
    return cards(request, [get_generation(request.user, label)])


def cards(request, changed: list[Generation], *, new: list[Generation] = ()) -> HttpResponse:
    """Cards after a click: changed ones where they stand, new ones at the top of the feed."""
    person = request.user
    found = feed.with_all(Generation.objects.filter(pk__in=[g.pk for g in (*changed, *new)]).order_by("-pk"))
    loaded = list(found)
    drawn = {row.pk: card for row, card in zip(loaded, feed.cards(loaded, person), strict=True)}
    page = {
        "section": "create",
        "cards": [drawn[g.pk] for g in changed],
        "new_cards": [drawn[g.pk] for g in new],
    }
    return render(request, "create/_changes.html", page)
