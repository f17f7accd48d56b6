"""What became of an attempt: each way closes the attempt and moves the row in one transaction, or not.

Accepted, refused, never sent, or unknown: nothing else exists (architecture.md 3.2). Only what was refused
for now, or never left, comes back to the line by itself; unknown is looked for (reconcile.py).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from ..catalog import body, failures, timing
from ..catalog.failures import Failure
from ..library.storage import NoRoom
from ..models import Account, Attempt, Event, Generation, Outcome, Rest, State, clock
from ..models.states import MOVES
from ..vendor.errors import FlowError, Refused
from ..vendor.replies import Medium
from . import collect
from .engine import pace, sender
from .money import settle
from .people import capabilities, connect

log = logging.getLogger(__name__)

NOT_SENT_WAITS = (5, 15, 60, 300)  # seconds after a POST that never left, growing
NO_ROOM_WAITS = (1, 5, 15, 40, None)  # seconds a picture without an id waits in memory for room on the disk
LEAST_REST = 1.0  # seconds; a stated wait of none must not become a loop ("don't loop", flow-api.md 15)
MAX_NOT_SENT = 200
MAX_STUMBLES = 20


def surely(write: Callable[[], object]) -> None:
    """The answer is known and must reach the database: try for a minute before leaving it to the sweep."""
    for pause in (0.1, 0.5, 2, 5, 10, 20, 20, None):
        try:
            write()
            return
        except (OperationalError, InterfaceError):
            if pause is None:
                log.exception(
                    "An answer could not be written; the attempt becomes unknown when its lease is over"
                )
                raise
            # PostgreSQL that was restarted: this connection is dead for good, the next one is not.
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)


def accepted(attempt: Attempt, reply, kept: dict[int, str] | None = None) -> bool:
    """A job id was read. The answer of a synchronous call brings its media along, or `kept` holds them."""
    if not reply.job_id and not reply.media:
        return unknown(attempt, "The vendor accepted it and named no job")
    try:
        media, kept = _kept(reply.media) if kept is None else (reply.media, kept)
        with transaction.atomic():
            if not attempt.close(
                Outcome.ACCEPTED, job_id=reply.job_id or None, status=201, reply=reply.raw[:4096]
            ):
                return _came_late(attempt, reply, media, kept)
            generation = Generation.objects.select_related("account").get(pk=attempt.generation_id)
            if media or generation.kind == "image":
                return collect.arrived(generation, media, reply.remaining_credits, kept=kept)
            first = timing.next_poll(0, generation.expected_seconds, 0) / pace.speed(generation.account)
            won = generation.move(
                State.GENERATING,
                why="accepted",
                accepted_at=clock.now(),
                due_at=clock.now() + timedelta(seconds=first),
                looks=0,
                wait_reason="",
            )
        pace.learn_acceptance(generation.account)
        return won
    except IntegrityError:
        # Another attempt holds this job id already: the vendor cannot have meant both. A person looks.
        return unknown(attempt, "The vendor named a job that another click already has")


def _kept(media: tuple[Medium, ...]) -> tuple[tuple[Medium, ...], dict[int, str]]:
    """Bytes that came inside the answer, stored by position; a full disk must not lose the answer itself.

    Without room a medium goes on with its id alone: the saver asks for a link and waits until there is room.
    """
    kept, whole = {}, list(media)
    for place, medium in enumerate(media):
        for pause in (None,) if medium.media_id else NO_ROOM_WAITS:
            try:
                kept |= collect.keep_encoded((medium,))
                break
            except NoRoom as trouble:
                log.error("No room for a picture that came inside its answer: %s", trouble)
                if pause is not None:
                    time.sleep(pause)
                elif not medium.media_id and not medium.url:
                    whole[place] = replace(medium, ok=False, reason="NO_ROOM_ON_OUR_DISK")
    return tuple(whole), kept


def _came_late(attempt: Attempt, reply, media: tuple[Medium, ...], kept: dict[int, str]) -> bool:
    """A yes after somebody has decided. A written-off row takes its job back; else it is written down."""
    attempt.refresh_from_db(fields=["outcome", "job_id"])
    if attempt.outcome not in {Outcome.WRITTEN_OFF, Outcome.PROVED_ABSENT}:
        return False  # found by its reference meanwhile: the same job
    late = "Google had accepted it; the answer came late."
    if attempt.outcome == Outcome.WRITTEN_OFF and adopt(attempt, reply.job_id or None, late):
        generation = Generation.objects.select_related("account").get(pk=attempt.generation_id)
        return not media or collect.arrived(generation, media, reply.remaining_credits, kept=kept)
    generation = Generation.objects.get(pk=attempt.generation_id)
    why = f"Google had accepted attempt {attempt.number} after all, and may charge it as well."
    log.error("%s: %s (%s)", generation.label, why, reply.job_id)
    generation.note("accepted after all", why=why, data={"job": reply.job_id})
    return False


def adopt(attempt: Attempt, job_id: str | None, why: str) -> bool:
    """A job turned out to be this attempt's: it is watched from now on. False when it cannot be.

    A row that a person had written off takes it back, with its credits on hold again (the one way out of
    CANCELLED, architecture.md 3.1).
    """
    takes = [Outcome.UNKNOWN, Outcome.OPEN, Outcome.WRITTEN_OFF]
    try:
        with transaction.atomic():
            won = Attempt.objects.filter(pk=attempt.pk, outcome__in=takes).update(
                outcome=Outcome.ACCEPTED, job_id=job_id, closed_at=clock.now(), look_at=None
            )
            generation = Generation.objects.get(pk=attempt.generation_id)
            if won and State.GENERATING in MOVES[State(generation.state)] and _taken_up(generation, why):
                return True
            transaction.set_rollback(True)  # an attempt must not be called accepted without its row
            return False
    except IntegrityError:
        log.warning("The job of attempt %s belongs to another attempt already", attempt.pk)
        return False


def _taken_up(generation: Generation, why: str) -> bool:
    if generation.state == State.CANCELLED:
        settle.reserve_again(generation, "The job turned up after it had been written off.")
    moment = clock.now()
    told = {"accepted_at": moment, "due_at": moment, "looks": 0, "failure_text": ""}
    return generation.move(State.GENERATING, verb="adopted", why=why, **told)


def never_sent(attempt: Attempt, why: str) -> bool:
    """No byte left: the row waits a moment and its turn comes again."""
    with transaction.atomic():
        if not attempt.close(Outcome.NEVER_SENT, reason=why[:200]):
            return False
        generation = Generation.objects.select_related("account").get(pk=attempt.generation_id)
        if generation.waits >= MAX_NOT_SENT:
            failure = failures.failure("network")
            return settle.fail(generation, "Never sent.", why=why, **told(failure, None))
        return generation.move(
            State.WAITING,
            why=f"not sent: {why}",
            due_at=later(generation, generation.account),
            waits=generation.waits + 1,
            wait_reason="network",
        )


def unknown(
    attempt: Attempt, why: str, trouble: FlowError | None = None, *, status: int | None = None
) -> bool:
    """It may have been accepted: nobody sends it again; reconcile looks for it at once.

    A 2xx `status` that was read stays on the attempt: it forbids to call it proved absent.
    """
    changes = {"status": trouble.status, "reply": trouble.raw[:4096]} if trouble else {"status": status}
    with transaction.atomic():
        if not attempt.close(Outcome.UNKNOWN, reason=why[:200], **changes):
            return False
        generation = Generation.objects.get(pk=attempt.generation_id)
        moment = clock.now()
        return generation.move(
            State.UNCERTAIN, why=why, uncertain_at=moment, due_at=moment, failure_text=why[:4096]
        )


def refused(attempt: Attempt, no: Refused) -> bool:
    """A definite no: nothing was started or charged. What may wait, waits; the rest has failed."""
    generation = Generation.objects.select_related("account__connection").get(pk=attempt.generation_id)
    failure = classify(no, generation)
    return put_back(generation, generation.account, attempt, no, failure)


def failed_unsent(generation: Generation, failure: Failure, error: FlowError | None = None) -> bool:
    """It cannot be sent as it is, and no attempt was opened: failed, nothing charged."""
    return settle.fail(generation, "Never sent.", why=failure.told()[0], **told(failure, error))


def stumbled(generation: Generation, account: Account, trouble: Exception) -> bool:
    """Preparing it went wrong: it waits, longer each time, and fails in the end. The line goes on."""
    if not isinstance(trouble, FlowError):
        log.error("%s could not be prepared", generation.label, exc_info=trouble)
    if generation.waits >= MAX_STUMBLES:
        return failed_unsent(generation, failures.failure("unknown"))
    why = str(trouble) if isinstance(trouble, FlowError) else type(trouble).__name__
    changes = {"due_at": later(generation, account), "waits": generation.waits + 1, "wait_reason": "network"}
    generation.note("could not be prepared", why=why, **changes)
    return True


def put_back(
    generation: Generation, account: Account, attempt: Attempt | None, no: Refused, failure: Failure
) -> bool:
    with transaction.atomic():
        if attempt is not None and not attempt.close(
            Outcome.REFUSED, status=no.status, reason=no.reason[:200], reply=no.raw[:4096]
        ):
            return False
        wait = _wait(generation, account, no, failure)
        if wait is None:
            sentence = failure.told()[0]
            return settle.fail(generation, "Refused, not charged.", why=sentence, **told(failure, no))
        changes = {
            "due_at": clock.now() + timedelta(seconds=wait),
            "waits": generation.waits + 1,
            "wait_reason": failure.klass,
        }
        if generation.state == State.WAITING:  # refused while its picture was uploaded
            said = {"failure": failure.klass}
            generation.note("waits", why=no.text or failure.told()[0], data=said, **changes)
            return True
        return generation.move(State.WAITING, why=no.text or failure.told()[0], **changes)


def classify(no: Refused, generation: Generation) -> Failure:
    endpoint = body.PATHS.get(generation.mode, "/videos")
    if generation.state == State.WAITING:  # refused while its picture was uploaded
        endpoint = "/assets"
    return failures.classify(
        status=no.status, reason=no.reason, text=no.text, endpoint=endpoint, model=generation.model
    )


def _wait(generation: Generation, account: Account, no: Refused, failure: Failure) -> float | None:
    """Seconds this row waits before its turn may come again; None when it has failed for good."""
    before = _refused_before(generation, no, failure)
    if failure.action == "fail" or (failure.action == "once" and before > 1):
        return None
    if failure.tries_max is not None and before > failure.tries_max:
        return None
    if failure.action == "repair":
        _mark_broken(account, no, failure)
        return 0
    rest = _rest(account, generation, no, failure)
    if no.status == 429:
        pace.learn_refusal(account)
    return rest


def _refused_before(generation: Generation, no: Refused, failure: Failure) -> int:
    """How often so far, this time included; no attempt counts an upload that was refused, its notes do."""
    if generation.state == State.WAITING:
        return 1 + generation.events.filter(verb="waits", data__failure=failure.klass).count()
    return Attempt.objects.filter(generation=generation, outcome=Outcome.REFUSED, status=no.status).count()


def _mark_broken(account: Account, no: Refused, failure: Failure) -> None:
    """The account, token or solver must be repaired by a person; its line waits and says why."""
    if failure.rest_scope == "token":
        connect.token_refused(account.connection, failure.told()[0])
    elif no.status == 596:
        connect.signed_out(account, no.text)
    else:
        _rest(account, None, no, failure)


def _rest(account: Account, generation: Generation | None, no: Refused, failure: Failure) -> float:
    """Let the account (or account and model) rest as long as the vendor asked, else by the dated table."""
    moment = clock.now()
    model = generation.model if generation and failure.rest_scope == "model" else ""
    known = Rest.objects.filter(account=account, model=model, reason=failure.klass).first()
    recent = known and known.until > moment - timedelta(minutes=30)
    times = known.times + 1 if recent else 1
    if no.retry_after is not None:
        seconds = max(no.retry_after, LEAST_REST)
    else:
        seconds = _by_table(failure, times) / pace.speed(account)
    if failure.rest_scope:
        Rest.objects.update_or_create(
            account=account,
            model=model,
            reason=failure.klass,
            defaults={"until": moment + timedelta(seconds=seconds), "times": times},
        )
        Event.objects.create(
            account=account, verb="resting", why=no.text[:500] or failure.klass, data={"for": seconds}
        )
    return seconds


def _by_table(failure: Failure, times: int) -> float:
    """Seconds of rest by the dated table; a daily quota comes back with the vendor's day (flow-api.md 15)."""
    if failure.until == "day":
        return (capabilities.vendor_day()[1] - clock.now()).total_seconds()
    if failure.klass == "quota_account":
        return 60.0 * capabilities.settings().quota_minutes
    return failures.rest_seconds(failure, times)


def told(failure: Failure, no: FlowError | None) -> dict:
    """The columns that remember why a row has failed."""
    return {
        "failure": failure.klass,
        "failure_reason": (no.reason if no else "")[:200],
        "failure_text": ((no.text or str(no)) if no else "")[:4096],
    }


def later(generation: Generation, account: Account):
    seconds = NOT_SENT_WAITS[min(generation.waits, len(NOT_SENT_WAITS) - 1)]
    return clock.now() + timedelta(seconds=seconds / pace.speed(account))


def sweep() -> int:
    """Attempts whose sender is gone become unknown: lease over, or a process of this machine that has ended.

    Safe to run at any time; returns how many. A late answer still lands (`accepted` takes unknown ones too).
    """
    swept, moment = 0, clock.now()
    for attempt in Attempt.objects.filter(outcome=Outcome.OPEN)[:200]:
        if attempt.lease_until < moment or sender.is_gone(attempt.sender):
            swept += unknown(attempt, "The worker stopped while sending")
    return swept
