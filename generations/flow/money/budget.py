"""What people may ask for: limits of a team and of each person, a day and a month; and one's own cap.

Reserved counts as spent, sandbox credits count for nothing. A limit looks at what was asked for in its
period, in the site's time zone. Above `soft` the page warns. Above `hard` nothing is reserved: the row is
held until an owner of the team says yes (allow.py). Above one's own cap nothing is written at all.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime

from ... import permissions
from ...models import Budget, CreditEntry, Event, Membership, Person, Team, clock
from ...models.budget import Period
from ...models.ids import first_id_of
from ...models.team import Role

WHEN = {Period.DAY: "today", Period.MONTH: "this month"}


@dataclass(frozen=True)
class Limit:
    """One limit and what has been used of it."""

    budget: Budget
    used: int

    @property
    def words(self) -> str:
        """The team's limit leaves 20 of 2,500 credits today."""
        hard = self.budget.hard or 0
        if self.budget.is_own:
            whose = "Your own cap"
        elif self.budget.person:
            whose = f"{self.budget.person.shown_name}’s limit"
        else:
            whose = "The team’s limit"
        left = max(0, hard - self.used)
        return f"{whose} leaves {left:,} of {hard:,} credits {WHEN[self.budget.period]}."

    @property
    def brief(self) -> str:
        """15 of 1,874 left this month: where there is little room."""
        of = self.budget.hard or self.budget.soft or 0
        whose = "" if self.budget.person else " for the team"
        return f"{max(0, of - self.used):,} of {of:,} left {WHEN[self.budget.period]}{whose}"

    @property
    def percent(self) -> int:
        of = self.budget.hard or self.budget.soft
        return min(100, round(100 * self.used / of)) if of else 100


@dataclass(frozen=True)
class Room:
    """All limits on one person, and who says yes when one is passed."""

    limits: tuple[Limit, ...] = ()
    approver: Person | None = None

    def asks(self, needs: int) -> Limit | None:
        """The limit that needs somebody's yes for so many credits, the tightest first."""
        return self._passed(needs, own=False)

    def refuses(self, needs: int) -> Limit | None:
        """The person's own cap, when so many credits pass it."""
        return self._passed(needs, own=True)

    def warns(self, needs: int) -> Limit | None:
        """The first limit whose warning so many credits pass."""
        passed = [
            x for x in self.limits if x.budget.soft is not None and needs and x.used + needs > x.budget.soft
        ]
        return min(passed, key=lambda limit: limit.budget.soft - limit.used, default=None)

    def left(self, *, own: bool) -> int | None:
        """Credits until `asks` (or, for one's own cap, `refuses`) says something; None without a limit."""
        hard = [max(0, x.budget.hard - x.used) for x in self._hard(own)]
        return min(hard, default=None)

    def _passed(self, needs: int, own: bool) -> Limit | None:
        passed = [x for x in self._hard(own) if needs and x.used + needs > x.budget.hard]
        return min(passed, key=lambda limit: limit.budget.hard - limit.used, default=None)

    def _hard(self, own: bool) -> list[Limit]:
        return [x for x in self.limits if x.budget.hard is not None and x.budget.is_own == own]


def room(person: Person, *, lock: bool = False) -> Room:
    """The limits on this person as they stand.

    With `lock`, in the caller's transaction and after the account's row: two clicks under one limit then
    go one after the other, whatever accounts they spend from.
    """
    team = person.team()
    if team is None:
        return Room()
    budgets = Budget.objects.filter(Q(person=person) | Q(person__isnull=True), team=team).order_by("pk")
    if lock:
        budgets = budgets.select_for_update(no_key=True)
    found = list(budgets)
    if not found:
        return Room()
    sums: dict[tuple, int] = {}
    for one in found:
        key = (one.person_id, one.period)
        if key not in sums:
            sums[key] = used(team, person if one.person_id else None, since=start_of(one.period))
        if one.person_id:
            one.person = person
    limits = tuple(Limit(one, sums[one.person_id, one.period]) for one in found)
    return Room(limits, approver(team, person))


def used(team: Team, person: Person | None, *, since: datetime) -> int:
    """Credits reserved or spent by what was asked for since then: of a person, or of the whole team."""
    entries = CreditEntry.objects.filter(
        generation__team=team, generation__is_sandbox=False, generation_id__gte=first_id_of(since)
    )
    if person is not None:
        entries = entries.filter(generation__person=person)
    return entries.taken()


def start_of(period: str) -> datetime:
    """When the day or month began, in the site's time zone."""
    today = localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return today.replace(day=1) if period == Period.MONTH else today


def approver(team: Team, asker: Person) -> Person | None:
    """Who is asked: an owner of the team, somebody else than the asker where there is one."""
    owners = Membership.objects.filter(team=team, role=Role.OWNER, person__is_active=True)
    found = [m.person for m in owners.select_related("person").order_by("pk")]
    return next((p for p in found if p.pk != asker.pk), found[0] if found else None)


def set_limit(
    by: Person,
    team: Team,
    person: Person | None,
    period: str,
    *,
    hard: int | None,
    soft: int | None = None,
    is_own: bool = False,
) -> bool:
    """Write a limit down, change or lift it (nothing given); with an event. Returns whether it changed.

    Own caps are set by their person, all others by an owner of the team. Raises NotAllowed.
    """
    permissions.check_may_limit(by, team, person if is_own else None)
    found = Budget.objects.filter(team=team, person=person, period=period, is_own=is_own)
    before = found.values_list("soft", "hard").first() or (None, None)
    if before == (soft, hard):
        return False
    with transaction.atomic():
        if soft is None and hard is None:
            found.delete()
        elif not found.update(soft=soft, hard=hard):
            Budget.objects.create(
                team=team, person=person, period=period, soft=soft, hard=hard, is_own=is_own
            )
        whose = "own cap" if is_own else f"limit of {person.shown_name if person else 'the team'}"
        now = "lifted" if hard is None and soft is None else f"{hard if hard is not None else 'no'} credits"
        warned = f", warned above {soft:,}" if soft is not None else ""
        Event.objects.create(
            by=by, team=team, verb="limit changed", why=f"{whose.capitalize()} a {period}: {now}{warned}"
        )
    return True
