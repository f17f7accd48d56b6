"""What Google says the balance is, against what the ledger explains: the difference is drift.

A balance comes with the account (errands.learn) and with finished jobs (collect.arrived). Nobody knows
whether Google takes credits when a job is accepted or when it ends, nor how soon the balance shows it
(flow-api.md 18). So of everything that was under way around a reading nothing is assumed: it may be in
the balance or not. What is left is a span, from "none of it is" to "all of it is", and each reading
narrows the span of the one before. Only what lies outside is drift: spent elsewhere, or credits that came
in. It belongs to the account and is never blamed on one job, with one exception that 3.6 names: a job
that has failed and was the only thing that moved (`_lone_failure`).
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from ...catalog import timing
from ...models import Account, CreditEntry, Drift, Generation, State, clock
from ...models.generation import touch
from ...models.ledger import Kind, held_on
from ..engine import pace
from . import settle

log = logging.getLogger(__name__)

SANE = 100_000_000  # a balance beyond this is a slip of the other side
# Sent, and perhaps charged already; what is saved has its charge written down.
UNDER_WAY = (State.SENDING, State.UNCERTAIN, State.GENERATING, State.STOPPED)
FIELDS = ("credits", "settled_low", "settled_high", "settled_at")
ENDS = (Kind.SPEND, Kind.RELEASE)


def lag(account: Account) -> timedelta:
    """How long an end may take to show in the balance."""
    return timedelta(seconds=timing.balance_lag() / pace.speed(account))


def standing(account: Account) -> int | None:
    """Credits there would be if nothing of ours were under way; None while no balance was told.

    Less what is on hold this is what may still be asked for. It does not count twice what runs and has
    been charged already, as the plain balance would.
    """
    if account.credits is None or account.settled_at is None:
        return account.credits
    return account.settled_low - _spent(account.pk, account.settled_at)


def payable(account: Account) -> int | None:
    """Credits from which the next one in line can be paid: what is under way is taken as paid."""
    there = standing(account)
    return None if there is None else there - held_on(account.pk, UNDER_WAY)


def heard(account_id: int, told: int | None, *, since: datetime) -> None:
    """Google's balance was `told` at some moment after `since`: keep it and compare it.

    An older reading than the last one is left alone. Takes the account's row until commit. Cards that wait
    for it are shown once that is done: the caller has its own row still to move, and to raise the team's
    version before that let a click and the end of a clip wait for each other (tests/chaos, PostgreSQL).
    """
    if told is None or abs(told) > SANE:
        if told is not None:
            log.warning("A balance of %s cannot be meant; left alone", told)
        return
    with transaction.atomic():
        # no_key: see intend.py, a full lock and a row that ends would wait for each other.
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        until = since - lag(account)
        if account.settled_at is not None and until <= account.settled_at:
            return
        before = account.settled_at
        outside, charged = _compare(account, told, until)
        Account.objects.filter(pk=account_id).update(
            credits=told,
            settled_low=account.settled_low,
            settled_high=account.settled_high,
            settled_at=until,
            drift=F("drift") + outside,
        )
        if charged is not None:
            charged.note("charged", why="It failed, and the balance went down by its price all the same.")
        transaction.on_commit(partial(_show_checked, account_id, before, until))


def _compare(account: Account, told: int, until: datetime) -> tuple[int, Generation | None]:
    """Move the account's span on to `until`, on the instance alone.

    Returns what this reading shows to be spent outside, and the failed generation that was charged all
    the same, if it shows one.
    """
    since, reach = account.settled_at, _may_be_charged(account.pk, until)
    if since is None:
        account.settled_low, account.settled_high = told, told + reach
        return 0, None
    spent = _spent(account.pk, since, until)
    low, high = account.settled_low - spent, account.settled_high - spent
    amount = low - (told + reach) if low > told + reach else min(0, high - told)
    if amount > 0 and low == high and reach == 0 and (row := _lone_failure(account.pk, since, amount)):
        settle.charge_after_all(row, amount)
        account.settled_low = account.settled_high = low  # its charge is newer than `until`
        return 0, row
    if amount:
        expected = low if amount > 0 else high
        Drift.objects.create(account_id=account.pk, amount=amount, expected=expected, told=told)
        low = high = told + reach if amount > 0 else told
    account.settled_low, account.settled_high = max(low, told), min(high, told + reach)
    return max(0, amount), None


def _spent(account_id: int, since: datetime, until: datetime | None = None) -> int:
    """Credits written down as spent after `since`."""
    entries = CreditEntry.objects.filter(account_id=account_id, kind=Kind.SPEND, at__gt=since)
    if until is not None:
        entries = entries.filter(at__lte=until)
    return entries.aggregate(total=Sum("amount"))["total"] or 0


def _may_be_charged(account_id: int, until: datetime) -> int:
    """The most that Google may have taken for what was not over by `until`."""
    late = CreditEntry.objects.filter(
        account_id=account_id, kind__in=ENDS, at__gt=until, generation__sent_at__isnull=False
    )
    return held_on(account_id, UNDER_WAY) + (late.aggregate(total=Sum("amount"))["total"] or 0)


def _lone_failure(account_id: int, since: datetime, amount: int) -> Generation | None:
    """The failed row that must have been charged: nothing else moved, and its price fits the difference."""
    moved = CreditEntry.objects.filter(
        account_id=account_id, kind__in=ENDS, amount__gt=0, at__gt=since, generation__sent_at__isnull=False
    )
    rows = list(Generation.objects.filter(pk__in=moved.values("generation_id")).select_related("account")[:2])
    if len(rows) != 1 or rows[0].state != State.FAILED or rows[0].accepted_at is None:
        return None
    row, each = rows[0], settle.each(rows[0])
    fits = each and amount % each == 0 and amount <= row.expected_credits
    return row if fits and not CreditEntry.objects.filter(generation=row, kind=Kind.SPEND).exists() else None


def _show_checked(account_id: int, before: datetime | None, until: datetime) -> None:
    """Cards that said "Checking charge" know it now: they show it."""
    released = CreditEntry.objects.filter(account_id=account_id, kind=Kind.RELEASE, at__lte=until)
    if before is not None:
        released = released.filter(at__gt=before)
    by_team: dict[int, list[int]] = defaultdict(list)
    failed = Q(state=State.FAILED, accepted_at__isnull=False, pk__in=released.values("generation_id"))
    for pk, team_id in Generation.objects.filter(failed).order_by("-pk").values_list("pk", "team_id")[:200]:
        by_team[team_id].append(pk)
    for team_id in sorted(by_team):
        with transaction.atomic():
            touch(team_id, by_team[team_id])


def is_checking(row: Generation, released_at: datetime | None) -> bool:
    """Whether a failed row waits for the balance that tells whether it was charged (architecture.md 3.6).

    Only what Google had accepted can have been charged; a refusal is a definite no. Asks no question of
    the database when the row has come with its account.
    """
    if row.state != State.FAILED or row.accepted_at is None or not row.expected_credits:
        return False
    return released_at is not None and (
        row.account.settled_at is None or row.account.settled_at < released_at
    )


def unchecked(accounts: QuerySet[Account]) -> list[Account]:
    """Those of these accounts where something has ended that no balance since then could show."""
    ended = CreditEntry.objects.filter(
        account=OuterRef("pk"),
        kind__in=ENDS,
        amount__gt=0,
        at__gt=OuterRef("settled_at"),
        generation__sent_at__isnull=False,
    )
    first = Subquery(ended.order_by("at").values("at")[:1])
    found = accounts.filter(settled_at__isnull=False).annotate(ended_at=first).filter(ended_at__isnull=False)
    moment = clock.now()
    return [account for account in found if account.ended_at <= moment - lag(account)]
