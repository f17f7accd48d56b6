"""Whatever happens to a click, in whatever order: the table of states holds, and the ledger balances.

Random sequences of what the engine, the vendor and people may do, each with the row as it is or as somebody
read it earlier (a worker that was slow, a page that was open). After each step the promises are checked.
"""

import itertools
import json
import os
import random
import secrets
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations.catalog.request import Request
from generations.flow import answer, callback, collect, intend, reconcile, send, stop, watch
from generations.flow.engine import reorder
from generations.flow.intend import Refusal
from generations.flow.money import settle
from generations.models import Account, Attempt, Clip, CreditEntry, Generation, Outcome, State, clock
from generations.models.ledger import Kind
from generations.models.states import FINISHED, HOLDS_THE_CLICK, MOVES, WATCHED, ClipState
from generations.vendor.errors import Gone, Invalid, NotFound, RateLimited, ReadFailed
from generations.vendor.replies import JobRecord
from tests.web.rows import real_account

ON_HOLD = {State.WAITING, State.SENDING, State.UNCERTAIN, State.GENERATING, State.STOPPED}
HOLDER = {
    State.SENDING: {Outcome.OPEN},
    State.UNCERTAIN: {Outcome.UNKNOWN},
    State.GENERATING: {Outcome.ACCEPTED},
    State.STOPPED: {Outcome.ACCEPTED},
    State.SAVING: {Outcome.ACCEPTED},
    State.READY: {Outcome.ACCEPTED},
    State.WAITING: set(),
    State.CANCELLED: set(),
}
numbers = itertools.count()


def record(attempt: Attempt, status: str, clips: int = 2) -> dict:
    media = [
        {
            "mediaGenerationId": f"user:1-email:61-video:{secrets.token_hex(4)}",
            "videoUrl": "http://127.0.0.1:9/clip.mp4",
        }
        for _ in range(clips)
    ]
    said = {"jobid": attempt.job_id or "", "status": status, "request": {"replyRef": attempt.reference}}
    if status == "failed":
        return said | {"error": "API error: 500", "code": 500}
    return said | {"response": {"media": media if status == "completed" else [], "remainingCredits": 900}}


class Life:
    """One click, and all that may happen to it. Every step takes a number that picks what it is done with."""

    def __init__(self, person, account: Account, other: Account) -> None:
        self.person, self.account, self.other = person, account, other
        request = Request(prompt="A lighthouse", model="veo-3.1-fast", count=2)
        key = f"any-{next(numbers)}"
        self.row, _ = intend.write_intent(person, account, request, request_key=key)
        self.pk, self.seen = self.row.pk, []
        self.jobs = iter(f"j{self.pk}{n}v" for n in itertools.count())
        self.remember()

    def remember(self) -> None:
        self.seen.append(self.now())

    def now(self) -> Generation:
        return Generation.objects.select_related("account__connection", "person").get(pk=self.pk)

    def stale(self, pick: int, states=frozenset(State)) -> Generation | None:
        """The row as it is, or as it was when somebody read it, in one of these states."""
        fitting = [row for row in [*self.seen[-6:], self.now()] if row.state in states]
        return (
            Generation.objects.select_related("account__connection").get(pk=self.pk)
            if not fitting
            else (fitting[-1 - pick % len(fitting)])
        )

    def attempt(self, pick: int) -> Attempt | None:
        attempts = list(Attempt.objects.filter(generation_id=self.pk).order_by("-number"))
        return attempts[pick % len(attempts)] if attempts else None

    # --- the engine -----------------------------------------------------------------------------------------

    def claim(self, pick):
        Account.objects.update(last_sent_at=None)
        row = self.stale(pick, {State.WAITING})
        if row.state == State.WAITING:
            send.claim(row, Account.objects.select_related("connection").get(pk=row.account_id))

    def accept(self, pick):
        if attempt := self.attempt(pick):
            known = attempt.job_id if pick % 2 and attempt.job_id else next(self.jobs)
            answer.accepted(attempt, SimpleNamespace(job_id=known, media=(), raw="", remaining_credits=None))

    def cut(self, pick):
        if attempt := self.attempt(pick):
            answer.unknown(attempt, "cut", status=201 if pick % 3 == 0 else None)

    def never_leave(self, pick):
        attempt = self.attempt(pick)
        if attempt and attempt.outcome == Outcome.OPEN:  # only its own sender can know that
            answer.never_sent(attempt, "nobody there")

    def refuse(self, pick):
        attempt = self.attempt(pick)
        if attempt and attempt.outcome == Outcome.OPEN:
            wait = RateLimited("slow down", status=429, reason="PUBLIC_ERROR_USER_REQUESTS_THROTTLED")
            answer.refused(attempt, wait if pick % 2 else Invalid("Parameter x not supported", status=400))

    def sweep(self, pick):
        Attempt.objects.filter(generation_id=self.pk).update(lease_until=clock.now() - timedelta(seconds=1))
        answer.sweep()

    def adopt(self, pick):
        if attempt := self.attempt(pick):
            answer.adopt(attempt, attempt.job_id or next(self.jobs), "found by its reference")

    def prove_absent(self, pick):
        row = self.stale(pick, {State.UNCERTAIN})
        if row.state == State.UNCERTAIN:
            reconcile._wait_again(row, Outcome.PROVED_ABSENT, "no trace")

    def poll(self, pick):
        row, attempt = self.stale(pick, WATCHED), self.attempt(0)
        if row.state in WATCHED and attempt and attempt.outcome == Outcome.ACCEPTED:
            attempt.generation = row
            status = ("completed", "failed", "started", "completed")[pick % 4]
            watch.apply(attempt, JobRecord.read(record(attempt, status, clips=pick % 3)))

    def hear_nothing(self, pick):
        row = self.stale(pick, WATCHED)
        if row.state in WATCHED:
            trouble = (ReadFailed("cut"), NotFound("?", status=404), Gone("expired", status=410))[pick % 3]
            watch._no_answer(row, trouble)

    def call(self, pick):
        if attempt := self.attempt(pick):
            said = record(attempt, ("completed", "failed", "created")[pick % 3])
            callback.heard(json.dumps(said | ({"jobid": next(self.jobs)} if pick % 2 else {})).encode())

    def save(self, pick):
        clip = Clip.objects.filter(generation_id=self.pk, state=ClipState.SAVING).first()
        if clip is None:
            return
        if pick % 3 == 0:
            collect._give_up(clip, "wrong_body", "no file")
            return
        with transaction.atomic():
            told = {"state": ClipState.READY, "sha256": "0" * 64, "file": f"x/{clip.pk}.mp4"}
            Clip.objects.filter(pk=clip.pk).update(**told)
            collect._decide(self.pk)

    # --- people ----------------------------------------------------------------------------------------

    def cancel(self, pick):
        stop.cancel(self.stale(pick), self.person)

    def stop_waiting(self, pick):
        stop.stop_waiting(self.stale(pick), self.person)

    def watch_again(self, pick):
        stop.watch_again(self.stale(pick), self.person)

    def write_off(self, pick):
        reconcile.write_off(self.stale(pick, {State.UNCERTAIN}), self.person)

    def move(self, pick):
        row = self.stale(pick)
        to = self.other if row.account_id == self.account.pk else self.account
        reorder.move_to_account([row], self.person, to)

    def go(self, step: str, pick: int) -> None:
        try:
            with transaction.atomic():
                getattr(self, step)(pick)
        except Refusal:
            pass  # a sentence for the person, and nothing has changed

    # --- what must hold --------------------------------------------------------------------------------

    def check(self) -> None:
        row = self.now()
        holders = {a.outcome for a in row.attempts.all() if a.outcome in HOLDS_THE_CLICK}
        assert sum(a.outcome in HOLDS_THE_CLICK for a in row.attempts.all()) <= 1
        if row.state in HOLDER:
            assert holders == HOLDER[State(row.state)], (row.state, holders)
        moves = [(e.from_state, e.to_state) for e in row.events.order_by("id") if e.from_state]
        assert all(State(to) in MOVES[State(at)] for at, to in moves)
        assert [to for _, to in moves[:-1]] == [at for at, _ in moves[1:]], "each move begins where one ended"
        assert not moves or moves[-1][1] == row.state
        self.check_ledger(row)

    def check_ledger(self, row: Generation) -> None:
        entries = CreditEntry.objects.filter(generation=row)
        assert entries.on_hold() == (row.expected_credits if row.state in ON_HOLD else 0), row.state
        made = row.clips.exclude(media_id="").count()
        assert entries.spent() == settle.each(row) * made
        for account in (self.account, self.other):
            here = entries.filter(account=account)
            assert here.on_hold() == (entries.on_hold() if account.pk == row.account_id else 0)
        assert entries.filter(kind=Kind.RESERVE).count() == 1

    def end(self) -> None:
        """Left to the engine alone it ends, or stays a question to a person."""
        for _ in range(12):
            state = self.now().state
            if state in FINISHED or state == State.UNCERTAIN:
                return
            for step in {
                State.WAITING: ("claim", "accept"),
                State.SENDING: ("sweep",),
                State.GENERATING: ("poll",),
                State.STOPPED: ("poll",),
                State.SAVING: ("save",),
            }[State(state)]:
                self.go(step, 0)
            self.remember()
            self.check()
        raise AssertionError(f"It never ends: {self.now().state}")


STEPS = [
    "claim", "accept", "cut", "never_leave", "refuse", "sweep", "adopt", "prove_absent", "poll",
    "hear_nothing", "call", "save", "cancel", "stop_waiting", "watch_again", "write_off", "move",
]  # fmt: skip
OFTEN = [*STEPS, "claim", "accept", "poll", "save"]
BEGINNINGS = [
    [],
    ["claim"],
    ["claim", "accept"],
    ["claim", "cut"],
    ["claim", "cut", "write_off"],
    ["claim", "cut", "write_off", "accept"],
    ["claim", "cut", "prove_absent", "claim"],
    ["claim", "accept", "stop_waiting"],
    ["claim", "accept", "poll"],
    ["claim", "refuse", "move"],
]
MORE = os.environ.get("PYTEST_ANY_ORDER", "")  # so many, and others each time: PYTEST_ANY_ORDER=50
UNHURRIED = settings(
    max_examples=int(MORE or 3),
    deadline=None,
    derandomize=not MORE,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def accounts(people) -> list[Account]:
    return [
        real_account(people.mara, email=f"{name}@example.com", credits=None, label=name)
        for name in ("one", "two")
    ]


@UNHURRIED
@given(seed=st.integers(0, 2**48))
def test_in_any_order_the_promises_hold(people, accounts, seed):
    """Every beginning goes on by chance; steps come from a seed, since drawn lists stay short and dull."""
    for begin in BEGINNINGS:
        dice = random.Random(f"{seed} {begin}")
        steps = [(step, 0) for step in begin] + [(dice.choice(OFTEN), dice.randrange(12)) for _ in range(7)]
        with transaction.atomic():
            live(Life(people.mara, *accounts), steps)
            transaction.set_rollback(True)


def live(life: Life, steps: list[tuple[str, int]]) -> None:
    done = []
    try:
        for step, pick in steps:
            done.append((step, pick))
            life.go(step, pick)
            life.check()
            life.remember()
        life.end()
    except BaseException as trouble:
        trouble.add_note(f"after {done}, states {list(dict.fromkeys(str(row.state) for row in life.seen))}")
        raise
