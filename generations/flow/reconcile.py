"""An unknown answer: look for it in the vendor's records; adopt it, or ask a person. Never send it again.

Only our reference decides: it travelled as replyRef and comes back in the job's record (flow-api.md 11.1).
The vendor keeps no list of jobs, so we look at what runs and at the ten newest that ended
(flow-api.md 11.2), read every id that no row of ours holds, and compare. A matching prompt is a hint for
a person, never a proof.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from .. import permissions
from ..catalog import timing
from ..models import Account, Attempt, Generation, Outcome, State, clock
from ..models.errand import ErrandKind
from ..models.secret import KeyIsMissing
from ..models.states import LOOKED_FOR
from ..vendor.errors import FlowError, Gone, NotFound, ReadFailed, Refused
from ..vendor.replies import JobRecord
from . import again, answer, proof
from .engine import pace
from .intend import Refusal
from .money import settle
from .people import connect

EARLY = timedelta(minutes=2)  # the vendor's clock may run a little before ours
LATE = timedelta(minutes=20)
WRITTEN_OFF_FOR = timedelta(days=7)  # a job turns up at most while the vendor keeps it
READS_AT_ONCE = 30
FIRST_LOOKS, LAST_LOOKS = 80, 10  # kept as evidence: the proof's time whole, and the newest
PATIENCE = 8.0  # seconds for one question of a look; looks may be at most 20 s apart
LONGEST_LOOK = 25.0
AFTER_TROUBLE = 60.0
IDLE_AFTER = 60.0  # seconds after the opening: what runs is listed by then
TAKEN = timedelta(seconds=90)  # a look that was killed is repeated after it
SLOWLY = 600.0  # once a person has to decide, the engine goes on looking now and then


def has_work(moment: datetime) -> bool:
    """Whether anything is due to be looked for."""
    return (
        Generation.objects.due_for_reconcile(moment).exists()
        or Attempt.objects.filter(look_at__lte=moment).exists()
    )


def look_for_due(limit: float = 60) -> int:
    """Look for what is due, one account after another; returns how many were adopted.

    Several workers may do this at once: each takes an account by pushing the times of its rows on.
    """
    end, adopted = time.monotonic() + limit, 0
    while time.monotonic() < end and (account := _next_account(clock.now())):
        moment = clock.now()
        taken = moment + TAKEN
        rows = Generation.objects.due_for_reconcile(moment).filter(account=account)
        pks = list(rows.values_list("pk", flat=True))
        mine = Generation.objects.filter(pk__in=pks, due_at__lte=moment).update(due_at=taken)
        mine += Attempt.objects.filter(account=account, look_at__lte=moment).update(look_at=taken)
        if not mine:
            continue
        adopted += look(account)
        for generation in Generation.objects.filter(pk__in=pks, state__in=LOOKED_FOR, due_at=taken):
            if not resend_by_setting(generation):
                again_at = moment + timedelta(seconds=_pause(generation, moment))
                # Only what nobody has called for meanwhile (a callback, a person).
                Generation.objects.filter(pk=generation.pk, due_at=taken).update(due_at=again_at)
        _look_for_written_off_again(account, taken, moment)
    return adopted


def _next_account(moment: datetime) -> Account | None:
    """Whose turn it is to be looked at: where something has been due for longest."""
    due = Generation.objects.due_for_reconcile(moment).values_list("account_id", flat=True).first()
    due = due or Attempt.objects.filter(look_at__lte=moment).values_list("account_id", flat=True).first()
    return Account.objects.select_related("connection").filter(pk=due).first()


def _pause(generation: Generation, moment: datetime) -> float:
    """Seconds from the start of this look to the next; slower once one has failed: then nothing is proved."""
    speed = pace.speed(generation.account)
    since = generation.uncertain_at if generation.state == State.UNCERTAIN else generation.sent_at
    pause = timing.next_reconcile((moment - since).total_seconds() * speed) or SLOWLY
    attempt = generation.attempts.filter(outcome__in=[Outcome.UNKNOWN, Outcome.OPEN]).first()
    looks = attempt.evidence.get("looks", []) if attempt else []
    if any(look.get("trouble") for look in looks[:FIRST_LOOKS]):
        pause = max(pause, AFTER_TROUBLE)
    return pause / speed


def _look_for_written_off_again(account: Account, taken: datetime, moment: datetime) -> None:
    """Slowly, for seven days from the click; then nothing can turn up any more (flow-api.md 11.1)."""
    looked_for = Attempt.objects.filter(account=account, look_at=taken)
    looked_for.filter(opened_at__lt=moment - WRITTEN_OFF_FOR).update(look_at=None)
    looked_for.update(look_at=moment + timedelta(seconds=SLOWLY / pace.speed(account)))


def look_for(generation: Generation) -> str:
    """One look for one generation, asked for by a person; a sentence about what was found."""
    look(generation.account)
    generation.refresh_from_db()
    if generation.state != State.UNCERTAIN:
        return "Found. Google had accepted it; nothing was sent again."
    return "Google shows no trace of it yet. Not sent again by itself."


def look(account: Account) -> int:
    """One look into the vendor's records for all that is unknown here; returns how many were adopted."""
    wanted = _wanted(account)
    if not wanted:
        return 0
    seen = {"at": clock.now().isoformat(timespec="milliseconds"), "listed": 0, "read": 0, "trouble": ""}
    found, adopted, end = _Found(), 0, time.monotonic() + LONGEST_LOOK
    try:
        _list(account, list(wanted.values()), seen, found)
        _test_echo(account, found)
        for job_id in _to_read(wanted.values(), found):
            if time.monotonic() > end:
                break  # the others are not read yet, which blocks a proof until the next look
            record = _read(account, job_id, found)
            seen["read"] += 1
            attempt = wanted.get(record.reply_ref) if record else None
            if attempt and answer.adopt(attempt, job_id, "Google had accepted it; found by its reference."):
                adopted += 1
                del wanted[record.reply_ref]
    except (FlowError, KeyIsMissing) as trouble:
        seen["trouble"] = connect.in_words(trouble)
    for attempt in wanted.values():
        evidence = _remember(attempt, seen, found)
        idle = clock.now() if _is_idle(attempt, evidence, seen, found) else None
        Attempt.objects.filter(pk=attempt.pk).update(evidence=evidence, not_running_at=idle)
    return adopted


def _wanted(account: Account) -> dict[str, Attempt]:
    """What may have been accepted, by reference: unknown, hanging for a while, or written off lately."""
    moment = clock.now()
    hanging = moment - timedelta(seconds=0.8 * timing.first_look() / pace.speed(account))
    states = (
        Q(outcome=Outcome.UNKNOWN)
        | Q(outcome=Outcome.OPEN, generation__kind="video", opened_at__lt=hanging)
        | Q(outcome=Outcome.WRITTEN_OFF, generation__state=State.CANCELLED)
    )
    found = Attempt.objects.filter(states, account=account, opened_at__gt=moment - WRITTEN_OFF_FOR)
    return {attempt.reference: attempt for attempt in found}


def _to_read(attempts: Iterable[Attempt], found: "_Found") -> list[str]:
    """Jobs whose reference decides: those that callbacks have named, and listed ones that are unknown."""
    settled = _settled(attempts)
    hinted = [job_id for attempt in attempts for job_id in attempt.hints]
    listed = [job_id for job_id in found.unknown if job_id not in settled]
    return list(dict.fromkeys([*hinted, *listed]))[:READS_AT_ONCE]


def _is_idle(attempt: Attempt, evidence: dict, seen: dict, found: "_Found") -> bool:
    """Whether the vendor shows that this one does not run: then it fills no slot (schedule.running).

    That is no proof: it decides about pace alone, where an error costs one 429 and never a credit.
    """
    age = (clock.now() - attempt.opened_at).total_seconds() * pace.speed(attempt.account)
    unread = set(evidence["unread"]) & set(found.executing)
    return not seen["trouble"] and not unread and age > IDLE_AFTER


@dataclass
class _Found:
    """What one look has listed and read."""

    executing: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    oldest: datetime | None = None
    unknown: list[str] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)
    fates: dict[str, str] = field(default_factory=dict)  # job id: other, no reference, unreadable
    echo: str = ""


def _list(account: Account, attempts: list[Attempt], seen: dict, found: _Found) -> None:
    """Ids the vendor lists for this account, of fitting time: those of ours, and those nobody here holds."""
    client = connect.client_for(account)
    first = min(a.opened_at for a in attempts) - EARLY
    last = max(a.opened_at for a in attempts) + LATE
    fitting: list[str] = []
    for option in ("executing", "history"):
        page = client.jobs(option, tries=2, timeout=PATIENCE)
        seen["listed"] += len(page.ids)
        for listing in page.ids:
            theirs = listing.email and listing.email.lower() != account.email and "*" not in listing.email
            untimely = listing.timestamp and not first <= listing.timestamp <= last
            if not theirs and not untimely and listing.job_id not in fitting:
                fitting.append(listing.job_id)
        if option == "executing":
            found.executing = [listing.job_id for listing in page.ids]
        else:
            found.history = [listing.job_id for listing in page.ids]
            times = [listing.timestamp for listing in page.ids if listing.timestamp]
            found.oldest = min(times, default=None)
    found.ours = list(
        Attempt.objects.filter(
            base_url=account.base_url, user_number=account.user_number, job_id__in=fitting
        ).values_list("job_id", flat=True)
    )
    found.unknown = [job_id for job_id in fitting if job_id not in found.ours]


def _test_echo(account: Account, found: _Found) -> None:
    """Read one of our own jobs that was listed soon after it was sent: does its reference come back?"""
    lately = clock.now() - timedelta(seconds=proof.PROMPT / pace.speed(account))
    own = Attempt.objects.filter(
        account=account, outcome=Outcome.ACCEPTED, job_id__in=found.ours, opened_at__gt=lately
    ).order_by("-opened_at")
    if attempt := own.first():
        record = connect.client_for(account).job(attempt.job_id, tries=2, timeout=PATIENCE)
        found.echo = "yes" if record.reply_ref == attempt.reference else "no"


def _settled(attempts) -> set[str]:
    """Unknown ids that were read before, for each of these attempts, and carried another reference."""
    known = [set(attempt.evidence.get("others", ())) for attempt in attempts]
    return set.intersection(*known) if known else set()


def _read(account: Account, job_id: str, found: _Found) -> JobRecord | None:
    """One unknown job. That it cannot be read blocks a proof and does not end the look."""
    found.fates[job_id] = "unreadable"
    try:
        record = connect.client_for(account).job(job_id, tries=2, timeout=PATIENCE)
    except (Refused, NotFound, Gone, ReadFailed):
        return None
    found.fates[job_id] = "other" if record.reply_ref else "no reference"
    return record


def _remember(attempt: Attempt, seen: dict, found: _Found) -> dict:
    """The attempt's evidence with this look added. Early looks stay; later ones push each other out."""
    evidence = attempt.evidence
    looks, before = evidence.get("looks", []), set(evidence.get("history", ()))
    if looks:
        joins = len(found.history) < proof.ROWS or bool(before & set(found.history))
    else:
        reaches = found.oldest is not None and found.oldest < attempt.opened_at
        joins = len(found.history) < proof.ROWS or reaches
    look = seen | {"joins": joins and not seen["trouble"]}
    others, unread = set(evidence.get("others", ())), dict(evidence.get("unread", {}))
    for job_id in found.unknown:
        if job_id not in others:
            unread[job_id] = found.fates.get(job_id, "not read yet")
    for job_id in [j for j, fate in unread.items() if fate == "other" or j in found.ours]:
        del unread[job_id]
        others.add(job_id)
    echo = "no" if "no" in (evidence.get("echo"), found.echo) else found.echo or evidence.get("echo", "")
    kept = looks[:FIRST_LOOKS] + looks[FIRST_LOOKS:][-LAST_LOOKS:]
    return evidence | {
        "looks": [*kept, look],
        "history": found.history,
        "others": sorted(others)[:400],
        "unread": unread,
        "echo": echo,
    }


# --- what a person may do with an uncertain row -------------------------------------------------------------


def check_now(generation: Generation, by):
    """ "Check now": an errand that looks at once. Raises NotAllowed."""
    permissions.check_may_decide(by, generation)
    return connect.ask(ErrandKind.RECONCILE, person=by, generation=generation)


def asks_a_person(generation: Generation) -> bool:
    """Whether the engine has looked for so long that a person should decide."""
    if generation.state != State.UNCERTAIN:
        return False
    age = (clock.now() - generation.uncertain_at).total_seconds() * pace.speed(generation.account)
    return timing.next_reconcile(age) is None


def judgement(generation: Generation, attempt: Attempt | None = None) -> proof.Judgement | None:
    """What the looks so far prove about an uncertain row; None when there is nothing to judge."""
    attempt = attempt or generation.attempts.filter(outcome=Outcome.UNKNOWN).first()
    if generation.state != State.UNCERTAIN or attempt is None:
        return None
    return proof.judge(
        attempt.evidence,
        opened_at=attempt.opened_at,
        status=attempt.status,
        kind=generation.kind,
        speed=pace.speed(generation.account),
    )


def is_proved_absent(generation: Generation) -> bool:
    found = judgement(generation)
    return found is not None and found.is_proved


def resend_by_setting(generation: Generation) -> bool:
    """Let the row wait again where its person has set that; both settings are off at first."""
    person = generation.person
    if person.resend_proved_absent and is_proved_absent(generation):
        return _wait_again(generation, Outcome.PROVED_ABSENT, "Google has no trace of it; sent again as set.")
    free = generation.kind == "image" and generation.expected_credits == 0
    if person.resend_free and free and _has_looked_long(generation):
        return _wait_again(generation, Outcome.WRITTEN_OFF, "Costs no credits; sent again as set.")
    return False


def _has_looked_long(generation: Generation) -> bool:
    age = (clock.now() - generation.uncertain_at).total_seconds() * pace.speed(generation.account)
    return age > timing.reconcile_until()[0]


def _wait_again(generation: Generation, outcome: Outcome, why: str, *, by=None) -> bool:
    """Close the unknown attempt and put its row back into the line, with the reserve it holds."""
    with transaction.atomic():
        attempt = generation.attempts.filter(outcome=Outcome.UNKNOWN).first()
        if attempt is None or not attempt.close(outcome):
            return False
        if generation.move(
            State.WAITING, by=by, why=why, due_at=clock.now(), wait_reason="", failure_text=""
        ):
            return True
        transaction.set_rollback(True)
        return False


def write_off(generation: Generation, by, why: str = "") -> bool:
    """A person decides that it was not accepted: credits come back, the row ends. Raises NotAllowed, Refusal.

    If the job turns up within seven days all the same, this row adopts it.
    """
    permissions.check_may_decide(by, generation)
    with transaction.atomic():
        attempt = generation.attempts.filter(outcome=Outcome.UNKNOWN).first()
        look_at = clock.now() + timedelta(seconds=SLOWLY / pace.speed(generation.account))
        if attempt is None or not attempt.close(Outcome.WRITTEN_OFF, look_at=look_at):
            raise Refusal("This has been decided meanwhile. Look at the card again.")
        settle.give_back(generation, "Written off by a person.")
        return generation.move(State.CANCELLED, by=by, verb="written off", why=why or "Taken as not sent.")


def send_again(generation: Generation, by, *, request_key: str) -> Generation:
    """ "Send again (price)": a child with its own key, reserve and attempt; the old row is written off.

    Where Google provably has no trace of it, the same row waits again with what it holds, and is returned.
    Raises NotAllowed, Refusal (then nothing has changed).
    """
    if is_proved_absent(generation):
        permissions.check_may_decide(by, generation)
        permissions.check_may_spend_from(by, generation.account)
        if not _wait_again(generation, Outcome.PROVED_ABSENT, "Google has no trace of it.", by=by):
            raise Refusal("This has been decided meanwhile. Look at the card again.")
        return generation
    account = again.account_for(generation, by)
    with transaction.atomic():
        # The accounts' rows before the team's, as every click takes them: two that wait for each other in
        # turn would end with an error (PostgreSQL).
        held = Account.objects.select_for_update(no_key=True).order_by("pk")
        list(held.filter(pk__in={account.pk, generation.account_id}).values_list("pk"))
        if generation.state == State.UNCERTAIN:
            write_off(generation, by, "Sent again as a new one.")
        return again.again(generation, by, request_key=request_key, relation="again", account=account)
