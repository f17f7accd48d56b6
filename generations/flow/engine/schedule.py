"""Whose turn it is, and the reason for waiting, from the same lines of code, so that a card never lies.

Between people: round robin over those with waiting work, whoever sent least recently first. Within a
person: priority, lane, then the place in their own line. A row whose model rests lets the next one pass.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from ...catalog import timing
from ...models import Account, Attempt, Generation, Outcome, Rest, Site, State, clock
from ...models.generation import Lane
from ..money import balance
from . import pace

PER_PERSON = 200  # rows of one person's line that are looked at
LANES = Case(When(lane=Lane.NOW, then=Value(0)), When(lane=Lane.BATCH, then=Value(1)), default=Value(2))


@dataclass(frozen=True)
class Standing:
    """Why a row waits: kind line, resting, paused, repair, later or short (of credits).

    `place` in the account's line counts from 1.
    """

    kind: str
    place: int = 0
    until: datetime | None = None
    reason: str = ""
    since: datetime | None = None


def waiting_rows(account: Account, person_id: int | None = None):
    rows = Generation.objects.filter(account=account, state=State.WAITING)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    return rows.order_by("-priority", LANES, "position", "id")


def line(account: Account) -> list[Generation]:
    """The account's waiting rows in the order of their turns, whatever holds them at the moment."""
    people = list(
        Generation.objects.filter(account=account, state=State.WAITING)
        .values_list("person_id", flat=True)
        .distinct()
    )
    if not people:
        return []
    last_turn = {}
    recent = Attempt.objects.filter(account=account).order_by("-opened_at")
    for place, person_id in enumerate(recent.values_list("generation__person_id", flat=True)[:60]):
        last_turn.setdefault(person_id, -place)
    people.sort(key=lambda person_id: (last_turn.get(person_id, -1000), person_id))
    fields = (
        "id",
        "person_id",
        "model",
        "kind",
        "due_at",
        "batch_id",
        "state",
        "account_id",
        "team_id",
        "wait_reason",
        "expected_credits",
        "lane",
    )
    lines = [list(waiting_rows(account, person_id).only(*fields)[:PER_PERSON]) for person_id in people]
    busy = [[row for row in own if row.lane != Lane.IDLE] for own in lines]
    idle = [[row for row in own if row.lane == Lane.IDLE] for own in lines]
    return _in_turns(busy) + _in_turns(idle)  # idle only when nothing else could use the slot


def _in_turns(lines: list[list[Generation]]) -> list[Generation]:
    """One row of each person, again and again. A line may be empty: its last row may have left meanwhile."""
    turns = deque(deque(own) for own in lines if own)
    order = []
    while turns:
        own = turns.popleft()
        order.append(own.popleft())
        if own:
            turns.append(own)
    return order


class Turnstile:
    """What holds the rows of one account at this moment: switches, pauses, rests, slots."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.now = clock.now()
        self.site = Site.current()
        self.rests = list(Rest.objects.filter(account=account, until__gt=self.now).order_by("-until"))
        waiting = Generation.objects.filter(account=account, state=State.WAITING)
        self.paused_people = dict(
            waiting.filter(person__queue_paused_at__isnull=False)
            .values_list("person_id", "person__queue_paused_at")
            .distinct()
        )
        self.paused_batches = dict(
            waiting.filter(batch__paused_at__isnull=False)
            .values_list("batch_id", "batch__paused_at")
            .distinct()
        )

    def standing(self, row: Generation, place: int) -> Standing:
        """Why this row is not being sent right now; kind 'line' when nothing but its place holds it."""
        if self.site.spending_stopped_at:
            return Standing(
                "paused", place, reason="by an administrator", since=self.site.spending_stopped_at
            )
        if self.account.paused_at:
            return Standing("paused", place, reason="account paused", since=self.account.paused_at)
        if since := self.paused_people.get(row.person_id):
            return Standing("paused", place, reason="by you", since=since)
        if since := self.paused_batches.get(row.batch_id):
            return Standing("paused", place, reason="batch paused", since=since)
        if self.account.connection.is_good is False:
            return Standing("repair", place, reason=self.account.connection.trouble)
        if self.account.needs_sign_in:
            return Standing("repair", place, reason=f"{self.account.name} must sign in again.")
        for rest in self.rests:
            if rest.model in ("", row.model):
                return Standing("resting", place, until=rest.until, reason=rest.reason)
        if row.due_at > self.now:
            return Standing("later", place, until=row.due_at, reason=row.wait_reason)
        if self._is_short(row):
            reason = f"Needs {row.expected_credits:,} credits, the account has {max(0, self._payable):,}."
            return Standing("short", place, reason=reason)
        return Standing("line", place)

    def _is_short(self, row: Generation) -> bool:
        """Whether the account cannot pay this row: its plan has shrunk, or others have spent from it.

        The balance is asked for again every ten minutes while rows wait (errands.ask_stale).
        """
        return (
            bool(row.expected_credits) and self._payable is not None and row.expected_credits > self._payable
        )

    @cached_property
    def _payable(self) -> int | None:
        return balance.payable(self.account)


def next_for(account: Account, kinds: set[str] | None = None) -> Generation | None:
    """The row whose turn it is on this account, or None when nothing may be sent now."""
    gate = Turnstile(account)
    free = {kind for kind in ("video", "image") if has_room(account, kind)} & (kinds or {"video", "image"})
    for place, row in enumerate(line(account), 1):
        if row.kind in free and gate.standing(row, place).kind == "line":
            whole = Generation.objects.select_related("account__connection", "person", "team")
            # Another worker may have claimed it since the line was read; then it is the next one's turn.
            if found := whole.filter(pk=row.pk, state=State.WAITING).first():
                return found
    return None


def has_room(account: Account, kind: str) -> bool:
    """Whether one more may be sent: submissions in flight, the gap, running clips."""
    in_flight = Generation.objects.filter(account=account, state=State.SENDING, kind=kind).count()
    if in_flight >= pace.at_once(kind):
        return False
    if kind == "image":
        return True
    if account.last_sent_at and account.last_sent_at + pace.gap(account) > clock.now():
        return False
    return running(account) + in_flight < pace.running_limit(account)


def running(account: Account) -> int:
    """Clips that hold a slot: accepted, or perhaps accepted, not too long ago (architecture.md 9).

    An uncertain one that a look did not find running holds none: an account that may run one clip at a time
    would stand still behind it for half an hour (reconcile.look writes and takes back `not_running_at`).
    """
    moment = clock.now()
    usual, low_priority = (timedelta(seconds=timing.slot_seconds(low)) for low in (False, True))
    held = Q(sent_at__gt=moment - usual)
    held |= Q(model__contains="low-priority", sent_at__gt=moment - low_priority)
    states = [State.GENERATING, State.UNCERTAIN, State.STOPPED]
    idle = Attempt.objects.filter(
        generation=OuterRef("pk"), outcome=Outcome.UNKNOWN, not_running_at__isnull=False
    )
    holding = Generation.objects.filter(held, account=account, state__in=states, kind="video")
    return holding.exclude(Q(state=State.UNCERTAIN) & Exists(idle)).count()


def take_turn(account: Account, kind: str) -> bool:
    """Take the account's next submission in the caller's transaction; its row lock makes it one at a time."""
    moment = clock.now()
    mine = Account.objects.filter(pk=account.pk)
    if kind == "image":
        taken = mine.update(last_image_sent_at=moment)
    else:
        due = Q(last_sent_at__isnull=True) | Q(last_sent_at__lte=moment - pace.gap(account))
        # A clock that was set back must not stop the account for an hour.
        due |= Q(last_sent_at__gt=moment + timedelta(seconds=5))
        taken = mine.filter(due).update(last_sent_at=moment)
    account.last_sent_at = None  # the gap was checked just now, by the update itself
    return bool(taken) and has_room(account, kind)


def standings(rows: list[Generation]) -> dict[int, Standing]:
    """Why each of these waiting rows waits, by id; for cards and the queue."""
    found: dict[int, Standing] = {}
    wanted = {row.pk for row in rows if row.state == State.WAITING}
    accounts = {row.account_id for row in rows if row.pk in wanted}
    for account in Account.objects.select_related("connection").filter(pk__in=accounts):
        gate = Turnstile(account)
        for place, row in enumerate(line(account), 1):
            if row.pk in wanted:
                found[row.pk] = gate.standing(row, place)
    return found


def accounts_with_work(moment: datetime) -> list[int]:
    """Accounts that have a waiting row whose time has come."""
    due = Generation.objects.filter(state=State.WAITING, due_at__lte=moment)
    return list(due.values_list("account_id", flat=True).distinct())


def accounts(ids: list[int]):
    """These accounts, the one that sent longest ago first, so that none starves the others."""
    return Account.objects.select_related("connection").filter(pk__in=ids).order_by("last_sent_at")


def due_count(account: Account, moment: datetime) -> int:
    return Generation.objects.filter(account=account, state=State.WAITING, due_at__lte=moment).count()


def open_sends() -> dict[int, int]:
    """Attempts that are being sent right now, by account."""
    counted = Attempt.objects.filter(outcome=Outcome.OPEN).values_list("account_id").annotate(n=Count("id"))
    return dict(counted)
