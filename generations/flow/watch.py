"""Ask the vendor about everything that runs, many at once, and never let one slow account delay the others.

One process asks from threads; the threads do nothing but HTTP, and this thread alone reads and writes the
tables. Network trouble, 5xx and words we do not know never fail a job (flow-api.md 11.1). A row is claimed by
pushing its due time forward, so a second watcher finds nothing to ask.

An account gets as many questions at once as it answers quickly: one at first, eight at most. A question that
takes longer than three seconds no longer counts against the threads of the others, and its account gets no
further one until it is answered.
"""

import logging
import queue
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from ..catalog import failures, timing
from ..models import Account, Attempt, Generation, Outcome, State, clock
from ..models.secret import KeyIsMissing
from ..models.states import WATCHED
from ..vendor.errors import (
    BadToken,
    FlowError,
    Gone,
    Invalid,
    NoSubscription,
    NotFound,
    ReadFailed,
    SignedOut,
)
from ..vendor.replies import JobRecord
from . import collect
from .engine import pace
from .money import settle
from .people import connect

log = logging.getLogger(__name__)

THREADS = 32  # questions under way that get on
STUCK = 3.0  # seconds after which a question is not one of them any more
SPARE = 64  # threads for questions that are stuck
PER_ACCOUNT = 8  # questions under way at once for one account
AHEAD = 32  # rows claimed ahead for one account
CLAIM = timedelta(seconds=45)  # longer than one question may take; a killed watcher is over by then
KEPT_AHEAD = 30.0  # seconds; what has not been asked by then goes back, its claim runs out by itself
LOST_AFTER = timedelta(hours=24)  # answered 404 for so long (architecture.md 9)
FLUSH, FLUSH_EVERY = 200, 0.5
LINGER = timedelta(seconds=3)
LAST_ANSWERS = 2.0  # seconds a pass waits for answers at its end
COLUMNS = ("pk", "account_id", "attempts__pk", "attempts__job_id", "state", "model", "looks",
           "expected_seconds", "accepted_at", "sent_at")  # fmt: skip


@dataclass
class Question:
    """One job to ask about, with the few columns that its usual answer (it goes on) needs."""

    generation_id: int
    account_id: int
    attempt_id: int
    job_id: str | None
    state: str
    model: str
    looks: int
    expected_seconds: int
    accepted_at: datetime | None
    sent_at: datetime | None
    claimed_until: datetime
    claimed: float = field(default_factory=time.monotonic)
    begun: float = 0.0


def watch_due(limit: float = 55, keep=lambda: True) -> int:
    """Ask about what is due until nothing is left or near, `keep()` says no, or `limit` seconds are over.

    Returns how many answers were read.
    """
    return _Watch().run(time.monotonic() + limit, keep)


class _Watch:
    """One pass: what is claimed, what is being asked, and how each account fares."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(THREADS + SPARE, thread_name_prefix="watch")
        self.heard: queue.SimpleQueue[tuple[Question, JobRecord | Exception]] = queue.SimpleQueue()
        self.ahead: dict[int, deque[Question]] = defaultdict(deque)  # claimed, by account
        self.asking: dict[int, list[Question]] = defaultdict(list)  # under way, by account
        self.limits: dict[int, int] = defaultdict(lambda: 1)
        self.accounts: dict[int, tuple[Account, object] | None] = {}
        self.still: list[Question] = []
        self.flushed = time.monotonic()
        self.answers = 0

    def run(self, end: float, keep) -> int:
        try:
            while time.monotonic() < end and keep():
                self._fill()
                if not any(self.asking.values()) and not self._wait_for_next():
                    break
                self._hear(0.25)
                self._flush_sometimes()
            last = time.monotonic() + LAST_ANSWERS
            while any(self.asking.values()) and time.monotonic() < last:
                self._hear(0.1)
        finally:
            # What is stuck is left to its time-out; its claim runs out and the job is asked about again.
            self.pool.shutdown(wait=False, cancel_futures=True)
            self._flush()
        return self.answers

    # --- asking -----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Claim when little is left, then give every account its turn until the threads are busy."""
        old = time.monotonic() - KEPT_AHEAD
        waiting = 0
        for ahead in self.ahead.values():
            while ahead and ahead[0].claimed < old:
                ahead.popleft()
            waiting += len(ahead)
        if waiting < THREADS * 2:
            self._claim()
        under_way = [question for asked in self.asking.values() for question in asked]
        stuck = sum(map(_is_stuck, under_way))
        room = min(THREADS - (len(under_way) - stuck), THREADS + SPARE - len(under_way))
        able = [pk for pk, ahead in self.ahead.items() if ahead]
        while room > 0 and able:
            able = [pk for pk in able if self.ahead[pk] and self._has_room(pk)]
            for account_id in able[:room]:
                self._ask(self.ahead[account_id].popleft())
                room -= 1

    def _has_room(self, account_id: int) -> bool:
        asked = self.asking[account_id]
        return len(asked) < self.limits[account_id] and not any(map(_is_stuck, asked))

    def _ask(self, question: Question) -> None:
        client = self._client(question.account_id)
        if client is None:
            return
        question.begun = time.monotonic()
        self.asking[question.account_id].append(question)
        self.pool.submit(_answer, question, client, self.heard)

    def _client(self, account_id: int):
        """A client for the account, made once per pass; None when its token cannot be opened."""
        if account_id not in self.accounts:
            account = Account.objects.select_related("connection").get(pk=account_id)
            try:
                self.accounts[account_id] = account, connect.client_for(account)
            except KeyIsMissing as trouble:
                connect.token_refused(account.connection, str(trouble))
                self.accounts[account_id] = None
        known = self.accounts[account_id]
        return known and known[1]

    def _claim(self) -> None:
        """Take due rows by pushing their due time on; none of accounts that have enough or do not answer."""
        moment = clock.now()
        full = [
            pk
            for pk in {*self.ahead, *self.asking}
            if len(self.ahead[pk]) >= AHEAD or any(map(_is_stuck, self.asking[pk]))
        ]
        due = Generation.objects.due_for_poll(moment).filter(attempts__outcome=Outcome.ACCEPTED)
        rows, count = {}, {pk: len(ahead) for pk, ahead in self.ahead.items()}
        for row in due.exclude(account_id__in=full).values_list(*COLUMNS)[: THREADS * 8]:
            count[row[1]] = count.get(row[1], 0) + 1
            if count[row[1]] <= AHEAD:
                rows[row[0]] = row
        until = moment + CLAIM
        for pk in _take(list(rows), moment, until):
            self.ahead[rows[pk][1]].append(Question(*rows[pk], until))

    def _wait_for_next(self) -> bool:
        """Wait a moment for what is due so soon that going away is not worth it; False when nothing is."""
        moment = clock.now()
        soon = Generation.objects.due_for_poll(moment + LINGER)
        first = soon.values_list("due_at", flat=True).first()
        if first is None:
            return False
        time.sleep(min(max(0.0, (first - moment).total_seconds()), 0.2))
        return True

    # --- hearing ----------------------------------------------------------------------------------------

    def _hear(self, patience: float) -> None:
        """Apply what has been answered; wait at most `patience` seconds for the first."""
        for _ in range(FLUSH):
            try:
                question, told = self.heard.get(timeout=patience)
            except queue.Empty:
                return
            patience = 0.0
            self.asking[question.account_id].remove(question)
            self.answers += 1
            self._note_pace(question, told)
            self._apply(question, told)

    def _note_pace(self, question: Question, told: JobRecord | Exception) -> None:
        """An account that answers quickly may be asked more at once; one that does not, one at a time."""
        slow = time.monotonic() - question.begun > STUCK or isinstance(told, ReadFailed)
        limit = self.limits[question.account_id]
        self.limits[question.account_id] = 1 if slow else min(PER_ACCOUNT, limit * 2)

    def _apply(self, question: Question, told: JobRecord | Exception) -> None:
        """Most jobs go on, and that costs no query. A bug with one row must not stop the watch."""
        if isinstance(told, JobRecord) and told.state == "running":
            self.still.append(question)
            return
        try:
            attempt = Attempt.objects.select_related("generation__account__connection").get(
                pk=question.attempt_id
            )
            if attempt.generation.state not in WATCHED:
                return  # another watcher was quicker
            if isinstance(told, JobRecord):
                apply(attempt, told)
            elif isinstance(told, FlowError | KeyIsMissing):
                if not _no_answer(attempt.generation, told):
                    self.still.append(question)
            else:
                raise told
        except Exception:
            log.exception("The answer about generation %s could not be applied", question.generation_id)
            self.still.append(question)

    def _flush_sometimes(self) -> None:
        if len(self.still) >= FLUSH or time.monotonic() - self.flushed > FLUSH_EVERY:
            self._flush()

    def _flush(self) -> None:
        """Set the next look of everything that goes on running, in one transaction; empties the list.

        Only where nothing else has set it meanwhile: a callback's "now" is kept, and a row that was stopped
        keeps its state.
        """
        self.flushed = time.monotonic()
        if not self.still:
            return
        moment, adapt = clock.now(), connection.ops.adapt_datetimefield_value
        rows = [
            (adapt(self._next_look(question, moment)), question.looks + 1, question.generation_id,
             adapt(question.claimed_until))
            for question in self.still
        ]  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE generations_generation SET due_at = %s, looks = %s WHERE id = %s AND due_at = %s",
                rows,
            )
        self.still.clear()

    def _next_look(self, question: Question, moment: datetime) -> datetime:
        known = self.accounts.get(question.account_id)
        speed = pace.speed(known[0]) if known else 1.0
        since = question.accepted_at or question.sent_at or moment
        pause = timing.next_poll(
            (moment - since).total_seconds() * speed,
            question.expected_seconds,
            question.looks,
            low_priority="low-priority" in question.model,
            stopped=question.state == State.STOPPED,
        )
        return moment + timedelta(seconds=pause / speed)


def _is_stuck(question: Question) -> bool:
    return time.monotonic() - question.begun > STUCK


def _answer(question: Question, client, heard: queue.SimpleQueue) -> None:
    """Runs in a thread and touches no database: one GET, and what came of it."""
    try:
        heard.put((question, client.job(question.job_id or "", tries=1)))
    except Exception as trouble:
        heard.put((question, trouble))


def _take(ids: list[int], moment: datetime, until: datetime) -> list[int]:
    """Push the due time of these rows on, in one statement; returns those that were still to be had."""
    if not ids:
        return []
    adapt = connection.ops.adapt_datetimefield_value
    states = sorted(WATCHED)
    sql = (
        "UPDATE generations_generation SET due_at = %s WHERE due_at <= %s"  # noqa: S608 (placeholders only)
        f" AND state IN ({_marks(states)}) AND id IN ({_marks(ids)}) RETURNING id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapt(until), adapt(moment), *states, *ids])
        return [pk for (pk,) in cursor.fetchall()]


def _marks(values: list) -> str:
    return ", ".join(["%s"] * len(values))


# --- what an answer means -------------------------------------------------------------------------------


def apply(attempt: Attempt, record: JobRecord) -> None:
    """What the vendor says about a job that does not run any more: completed or failed."""
    if record.state == "completed":
        completed(attempt.generation, record)
    elif record.state == "failed":
        failed(attempt.generation, record)


def completed(generation: Generation, record: JobRecord) -> bool:
    """The vendor is done: write down its media and start to save them."""
    if not record.media and generation.kind == "video" and record.reason:
        return failed(generation, record)
    kept = collect.keep_encoded(record.media)
    ran = record.updated - record.created if record.updated and record.created else timedelta()
    with transaction.atomic():
        return collect.arrived(
            generation, record.media, record.remaining_credits, kept=kept, reason=record.reason, ran=ran
        )


def failed(generation: Generation, record: JobRecord) -> bool:
    """The job has failed: what that means, and nothing is charged (flow-api.md 18)."""
    failure = failures.classify(
        status=record.code,
        reason=record.reason,
        text=record.error_text,
        endpoint="/jobs",
        model=generation.model,
    )
    return settle.fail(
        generation,
        "The job failed. Not charged, as Google states.",
        why=failure.told()[0],
        completed_at=clock.now(),
        failure=failure.klass,
        failure_reason=record.reason[:200],
        failure_text=(record.error_text or record.raw_redacted)[:4096],
    )


def _no_answer(generation: Generation, trouble: Exception) -> bool:
    """The vendor did not tell. That says nothing about the job, except after days; then it is over: True."""
    account = generation.account
    age = clock.now() - (generation.accepted_at or clock.now())
    if isinstance(trouble, Gone) or (isinstance(trouble, NotFound | Invalid) and age > LOST_AFTER):
        _lost(generation, trouble)
        return True
    if isinstance(trouble, BadToken | NoSubscription):
        connect.token_refused(account.connection, connect.in_words(trouble))
    elif isinstance(trouble, SignedOut):
        connect.signed_out(account, trouble.text)
    elif not isinstance(trouble, ReadFailed | NotFound):
        log.warning("No answer about %s: %s", generation.label, trouble)
    return False


def _lost(generation: Generation, trouble: FlowError) -> None:
    settle.fail(
        generation,
        "The job is gone; the account's balance tells what it cost.",
        why="Google no longer knows this job.",
        failure="job_expired" if isinstance(trouble, Gone) else "job_lost",
        failure_reason=trouble.reason[:200],
        failure_text=trouble.text[:4096],
    )
