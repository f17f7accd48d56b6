"""Accounts as lanes (ui.md section 10): slots used, health, why and until when one rests; and whose turn."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count

from ...catalog import failures
from ...flow.engine import pace, reorder, schedule
from ...flow.money import quote
from ...models import Account, Generation, Person, Rest, State
from .. import words


@dataclass(frozen=True)
class Move:
    """One's own waiting work of an account that is held could go to another, at this price together."""

    here: int
    to: int
    to_name: str
    count: int
    credits: int

    @property
    def words(self) -> str:
        """Move the 6 to Studio, 60 credits"""
        return f"Move the {self.count} to {self.to_name}, {words.price(self.credits)}"


@dataclass(frozen=True)
class Lane:
    """An account: how many of its slots run, how it feels, and why it rests."""

    name: str
    plan: str
    used: int
    slots: int
    tag: str
    role: str
    text: str
    moves: tuple["Move", ...] = ()

    @property
    def marks(self) -> list[bool]:
        """One mark for each slot, at most ten; above that the sentence has the numbers."""
        return [n < self.used for n in range(min(self.slots, 10))]


def lanes_of(accounts: list[Account], now: datetime, person: Person) -> list[Lane]:
    """One lane for each account; where one is held, what this person could move to another."""
    rests = defaultdict(list)
    for rest in Rest.objects.filter(account__in=accounts, until__gt=now).order_by("-until"):
        rests[rest.account_id].append(rest)
    waits = dict(
        Generation.objects.filter(account__in=accounts, state=State.WAITING)
        .values_list("account_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    lanes = {account.pk: _lane(account, rests[account.pk], waits.get(account.pk, 0)) for account in accounts}
    free = [account for account in accounts if lanes[account.pk].role == "ok"]
    for account in accounts:
        if account not in free and waits.get(account.pk):
            moves = tuple(move for to in free if (move := _move(account, to, person)))
            lanes[account.pk] = replace(lanes[account.pk], moves=moves[:2])
    return list(lanes.values())


def _move(account: Account, to: Account, person: Person) -> Move | None:
    """What of this person's waits here and could be made there."""
    able = reorder.able_to_move(account, person, to)
    total = sum(price for _, price in able)
    return Move(account.pk, to.pk, to.name, len(able), 0 if to.is_sandbox else total) if able else None


def turns_of(accounts: list[Account]) -> list[Person]:
    """Whose clips are sent next, over all accounts this person uses; empty when nobody else waits."""
    for account in accounts:
        order = [row.person_id for row in schedule.line(account)]
        if len(set(order)) > 1:
            people = Person.objects.in_bulk(set(order))
            return [people[pk] for pk in order[:6]]
    return []


def turns_text(viewer: Person, turns: list[Person]) -> str:
    """Everyone gets a turn: your next clip starts after one of Aiko's and one of Jonas's."""
    before = []
    for person in turns:
        if person.pk == viewer.pk:
            break
        before.append(f"one of {person.shown_name}’s")
    else:
        return "Everyone gets a turn, one clip after another."
    if not before:
        return "Everyone gets a turn: your next clip is the next one."
    return f"Everyone gets a turn: your next clip starts after {' and '.join(dict.fromkeys(before))}."


def _lane(account: Account, rests: list[Rest], waits: int) -> Lane:
    used, slots = schedule.running(account), pace.running_limit(account)
    text = f"{used} of {slots} at once.{_learned(account, slots)}"
    tag, role = "Healthy", "ok"
    waiting = f" {waits} clip{'s wait' if waits != 1 else ' waits'} for it." if waits else ""
    if not account.is_healthy:
        tag, role = "Sign in again", "bad"
        why = (
            account.connection.trouble if account.connection.is_good is False else "Google has signed it out."
        )
        text = f"{why}{waiting} Nothing is lost."
    elif account.paused_at:
        tag, role, text = "Paused", "warn", f"Paused by an administrator.{waiting}"
    elif rests:
        rest = rests[0]
        tag, role = f"Resting until {words.clock(rest.until)}", "warn"
        if rest.model:
            tag = f"Partly resting until {words.clock(rest.until)}"
        sentence, _ = failures.failure(rest.reason).told(
            account="this account", model=rest.model or "this model"
        )
        text = f"{sentence}{waiting}"
    plan = "" if account.is_sandbox else quote.facts_of(account).plan_name
    return Lane(account.name, plan, used, slots, tag, role, text)


def _learned(account: Account, slots: int) -> str:
    """What the account has learned from Google's answers, beside where accounts begin."""
    begin = settings.RUNNING_CLIPS
    if slots > begin:
        return f" Raised from {begin} after clean runs."
    return (
        f" Lowered from {begin} since Google asked to slow down."
        if account.learned_running and slots < begin
        else ""
    )
