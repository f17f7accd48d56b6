"""The vendor calls: a hint that makes us look, and never a fact (flow-api.md 14, architecture.md 3.3 step 2).

Nothing it says is believed: not the state, not the media, not that it comes from the vendor. It may name
our reference or a job of ours; then that job is asked about at once, with the token, as if its time had come.
Any order, any number, from anybody: the worst it can do is a free question too many.
"""

import json
import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, transaction

from ..models import Account, Attempt, Event, Generation, Outcome, Person, Site, State, clock
from ..models.states import WATCHED
from ..vendor.calls import is_job_id
from ..vendor.replies import JobRecord
from ..vendor.wire import is_loopback
from .engine import doorbell

log = logging.getLogger(__name__)

NOTHING_NEW = {"created", "started"}  # of a job we know: there is nothing to fetch yet
HINTS = 5  # job ids kept per attempt; a liar with our secret must not fill the row
SOON = timedelta(seconds=1)  # what is due within it is not moved


def reply_url(account: Account) -> str:
    """The address that travels as replyUrl; "" when the vendor of this account could not reach it.

    Off until PUBLIC_URL is set. A vendor on this machine reaches only loopback, any other only what is not.
    """
    public = settings.PUBLIC_URL
    if not public:
        return ""
    if is_loopback(_host(public)) != is_loopback(_host(account.base_url)):
        return ""
    return f"{public.rstrip('/')}/hooks/{Site.current().hook_secret}/"  # web/urls.py


def rotate(by: Person | None = None) -> None:
    """Another secret for new jobs; the one before is answered for seven days. Audited."""
    with transaction.atomic():
        Site.current().rotate_hook()
        Event.objects.create(by=by, team=by.team() if by else None, verb="callback address changed")


def heard(body: bytes) -> bool:
    """Look at one callback; whether something of ours is asked about because of it. Never raises."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    try:
        hastened = _hasten(JobRecord.read(said))
    except DatabaseError:
        # The job is polled all the same; a callback that waits for a busy database would be no hint.
        log.warning("A callback could not be looked at", exc_info=True)
        return False
    if hastened:
        doorbell.ring_pump()
    return hastened


def _hasten(record: JobRecord) -> bool:
    attempt = _meant(record)
    if attempt is None:
        return False
    generation, moment = attempt.generation, clock.now()
    if attempt.outcome == Outcome.ACCEPTED:
        if generation.state not in WATCHED or record.status in NOTHING_NEW:
            return False
        return _due_now(generation, WATCHED, moment)
    if not record.job_id:
        return False
    _keep_hint(attempt.pk, record.job_id)
    if attempt.outcome == Outcome.WRITTEN_OFF:
        return bool(Attempt.objects.filter(pk=attempt.pk, outcome=attempt.outcome).update(look_at=moment))
    if attempt.outcome == Outcome.UNKNOWN:
        return _due_now(generation, {State.UNCERTAIN}, moment)
    return False  # still being sent: the answer itself is the better news


def _meant(record: JobRecord) -> Attempt | None:
    """The attempt that carries this reference, else the one that holds this job; most callbacks name both."""
    found = Attempt.objects.select_related("generation")
    if record.reply_ref and len(record.reply_ref) <= 120:
        return found.filter(reference=record.reply_ref).first()
    if record.job_id and is_job_id(record.job_id):
        return found.filter(job_id=record.job_id, outcome=Outcome.ACCEPTED).first()
    return None


def _keep_hint(attempt_id: int, job_id: str) -> None:
    """The next look reads this job, also where no list shows it (images have none, flow-api.md 11.2)."""
    if not is_job_id(job_id):
        return
    with transaction.atomic():
        hints = (
            Attempt.objects.select_for_update(no_key=True).values_list("hints", flat=True).get(pk=attempt_id)
        )
        if job_id not in hints:
            Attempt.objects.filter(pk=attempt_id).update(hints=[*hints, job_id][-HINTS:])


def _due_now(generation: Generation, states, moment) -> bool:
    later = Generation.objects.filter(pk=generation.pk, state__in=states, due_at__gt=moment + SOON)
    return bool(later.update(due_at=moment))


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
