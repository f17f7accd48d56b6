"""The feed of Create: strips newest first, in days, a page at a time by key; and the rows behind any cards.

A page asks the database the same number of questions for ten strips as for sixty.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.utils.timezone import localtime

from ...models import Clip, CreditEntry, Generation, Person
from ...models.states import MOVING, State
from .. import words
from . import drawing
from .cards import Card
from .estimates import Estimates

PER_PAGE = 25
MOST_MOVING = 200  # rows that are looked at for when all are finished
EAGER = 6  # pictures that are fetched at once
SCOPES = ("everyone", "mine")
# Being on the way, as people count it: stopped and uncertain rows are nobody's progress.
IN_PROGRESS = MOVING - {State.STOPPED, State.UNCERTAIN, State.HELD}


@dataclass(frozen=True)
class Day:
    """A group of the feed; `note` stands beside the newest one."""

    label: str
    cards: list[Card]
    note: str = ""


def scope_of(request) -> str:
    """Whose work is shown: what the address says, else what was chosen last."""
    wanted = request.GET.get("scope", "")
    return wanted if wanted in SCOPES else SCOPES[0]


def rows(person: Person, scope: str = "everyone"):
    """What this person may see in the team they work in, newest first."""
    found = Generation.objects.visible_to(person).filter(team=person.team())
    return (found.filter(person=person) if scope == "mine" else found).order_by("-pk")


def with_all(found):
    """The same rows with everything that a card needs, in four questions whatever their number."""
    return found.select_related("account__connection", "person", "team", "batch", "parent").prefetch_related(
        Prefetch("clips", Clip.objects.order_by("position")),
        Prefetch("credit_entries", CreditEntry.objects.order_by("pk")),
        "children",
    )


def cards(
    found: list[Generation],
    person: Person,
    around: Estimates | None = None,
    *,
    eager: int = 0,
    new: bool = False,
) -> list[Card]:
    """Cards of loaded rows; the first `eager` pictures are fetched at once."""
    around = around or Estimates(found)
    drawn = []
    for row in found:
        drawn.append(drawing.card_of(row, person, around, eager=eager > 0, is_new=new))
        eager -= row.count
    return drawn


def page(person: Person, scope: str, before: int | None = None) -> tuple[list[Generation], int | None]:
    """One page of rows, and the key after which the older ones begin (None at the end)."""
    found = rows(person, scope)
    if before is not None:
        found = found.filter(pk__lt=before)
    loaded = list(with_all(found)[: PER_PAGE + 1])
    older = loaded[PER_PAGE - 1].pk if len(loaded) > PER_PAGE else None
    return loaded[:PER_PAGE], older


def days(shown: list[Generation], drawn: list[Card], *, first_page: bool = True, note: str = "") -> list[Day]:
    """Cards grouped by the day they were asked for.

    The first page begins with Today, even while it is empty: new work has its place there.
    """
    groups = [Day("Today", [], note)] if first_page else []
    for row, card in zip(shown, drawn, strict=True):
        label = day_label(row.made_at)
        if not groups or groups[-1].label != label:
            groups.append(Day(label, []))
        groups[-1].cards.append(card)
    return groups


def day_label(moment: datetime, today: date | None = None) -> str:
    """Today, Yesterday, 12 November, 12 November 2025."""
    day = localtime(moment).date()
    today = today or localtime().date()
    if 0 <= (today - day).days <= 1:
        return "Yesterday" if day < today else "Today"
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


def in_progress(person: Person, scope: str) -> list[Generation]:
    """Everything on its way in this scope, on whatever page."""
    moving = rows(person, scope).filter(state__in=IN_PROGRESS)
    return list(moving.select_related("account__connection")[:MOST_MOVING])


def progress_note(moving: list[Generation], around: Estimates) -> str:
    """3 in progress, finishing about 14:44"""
    if not moving:
        return ""
    ends = [moment for row in moving if (moment := around.ready_at(row))]
    finishing = f", finishing about {words.clock(max(ends))}" if ends else ""
    return f"{len(moving)} in progress{finishing}"
