"""Settings, Budget: what limits a person, their own cap below it, and, for owners, the limits of the team."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ... import permissions
from ...flow.money import budget
from ...models import Budget, Person, Team
from ...models.budget import Period
from ..access import says_no
from .settings import SECTIONS

MOST = 10_000_000
NOT_A_NUMBER = f"Write a whole number of credits up to {MOST:,}, or nothing for no limit."


@dataclass
class Box:
    """One field: a number of credits, or empty for no limit."""

    name: str
    label: str
    value: str = ""
    wrong: str = ""

    def number(self) -> int | None:
        """What was typed; None when empty. Sets `wrong` when it is no number of credits."""
        text = self.value.strip().replace(",", "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and int(text[:12]) <= MOST and len(text) < 12):
            self.wrong = NOT_A_NUMBER
            return None
        return int(text)


@dataclass
class Row:
    """The limits of the team or of one person, a day and a month."""

    name: str
    person: Person | None
    boxes: dict[str, Box] = field(default_factory=dict)


@require_http_methods(["GET", "HEAD", "POST"])
@says_no
def page(request) -> HttpResponse:
    person = Person.objects.get(pk=request.user.pk)
    team = person.team()
    own = _own(person, team)
    may_limit = team is not None and permissions.may_limit(person, team)
    rows = _rows(team) if may_limit else []
    if request.method == "POST" and team is not None:
        for box in [*own.values(), *(box for row in rows for box in row.boxes.values())]:
            box.value = request.POST.get(box.name, box.value)[:20]
        which = request.POST.get("part")
        saved = _save_team(person, team, rows) if which == "team" else _save_own(person, team, own)
        if saved:
            messages.success(request, "Saved.")
            return redirect("settings", "budget")
    wrong = any(box.wrong for box in [*own.values(), *(b for row in rows for b in row.boxes.values())])
    context = {
        "section": "settings",
        "part": "budget",
        "sections": SECTIONS,
        "limits": budget.room(person).limits,
        "own": own,
        "rows": rows,
    }
    return render(request, "settings/budget.html", context, status=422 if wrong else 200)


# --- one's own cap ----------------------------------------------------------------------------------------


def _own(person: Person, team: Team | None) -> dict[str, Box]:
    found = Budget.objects.filter(team=team, person=person, is_own=True) if team else []
    hard = {one.period: one.hard for one in found}
    return {
        period: Box(f"own-{period}", f"A {period}", "" if hard.get(period) is None else str(hard[period]))
        for period in Period.values
    }


def _save_own(person: Person, team: Team, boxes: dict[str, Box]) -> bool:
    numbers = {period: box.number() for period, box in boxes.items()}
    allowed = {
        one.period: one.hard
        for one in Budget.objects.filter(team=team, person=person, is_own=False, hard__isnull=False)
    }
    for period, number in numbers.items():
        most = allowed.get(period)
        if number is not None and most is not None and number >= most:
            boxes[period].wrong = f"Your limit is {most:,} credits a {period}: an own cap lies below it."
    if any(box.wrong for box in boxes.values()):
        return False
    with transaction.atomic():
        for period, number in numbers.items():
            budget.set_limit(person, team, person, period, hard=number, is_own=True)
    return True


# --- the team's limits, for owners ------------------------------------------------------------------------


def _rows(team: Team) -> list[Row]:
    known = {(one.person_id, one.period): one for one in Budget.objects.filter(team=team, is_own=False)}
    members = Person.objects.filter(memberships__team=team, is_active=True).order_by("memberships__pk")
    makers = [person for person in members.distinct() if person.may_spend]
    rows = []
    for name, person in [("The whole team", None), *((p.shown_name, p) for p in makers)]:
        key = person.pk if person else None
        day, month = known.get((key, Period.DAY)), known.get((key, Period.MONTH))
        told = {"day": day and day.hard, "warn": month and month.soft, "month": month and month.hard}
        row = Row(name, person)
        for what, words in (("day", "a day"), ("warn", "warn in a month above"), ("month", "a month")):
            value = "" if told[what] is None else str(told[what])
            row.boxes[what] = Box(f"{what}-{key or 'team'}", f"{name}, {words}", value)
        rows.append(row)
    return rows


def _save_team(by: Person, team: Team, rows: list[Row]) -> bool:
    numbers = [(row, {what: box.number() for what, box in row.boxes.items()}) for row in rows]
    for row, told in numbers:
        if told["warn"] is not None and told["month"] is not None and told["warn"] > told["month"]:
            row.boxes["warn"].wrong = "The warning comes before the limit: write a smaller number."
    if any(box.wrong for row in rows for box in row.boxes.values()):
        return False
    with transaction.atomic():
        for row, told in numbers:
            known = Budget.objects.filter(team=team, person=row.person, period=Period.DAY, is_own=False)
            soft = known.values_list("soft", flat=True).first()  # set in the admin only: kept, if it may be
            if soft is not None and (told["day"] is None or soft > told["day"]):
                soft = None
            budget.set_limit(by, team, row.person, Period.DAY, hard=told["day"], soft=soft)
            budget.set_limit(by, team, row.person, Period.MONTH, hard=told["month"], soft=told["warn"])
    return True
