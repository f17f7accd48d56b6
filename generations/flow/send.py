"""Send a generation to the vendor, at most once; if we cannot know, say so.

    1  whose turn it is (schedule)
    2  prepare: upload its pictures, which is free and may be repeated
    3  claim: one commit opens an attempt and moves the row to SENDING
    4  one POST, on a connection of its own, never repeated by anybody
    5  one commit closes the attempt and moves the row: accepted, refused, never sent, or unknown

If the process dies between two steps, the database already says what was being tried: an attempt that
stays open beyond its lease becomes unknown (answer.sweep), and unknown is never sent again (reconcile.py).
"""

import logging
import secrets
import time
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction

from ..catalog import body, timing
from ..catalog.request import Request
from ..models import Account, Attempt, Generation, Site, State, clock
from ..models.secret import KeyIsMissing
from ..vendor.errors import NotSent, OutcomeUnknown, Refused
from ..vendor.transport import Sending
from . import answer, callback, post
from .engine import pace, schedule, sender
from .inputs import uploads
from .people import capabilities, connect

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=360)  # longer than the POST may take (320 s, flow-api.md 2.1)
NOT_SENT_WAITS = (5, 15, 60, 300)  # seconds after a POST that never left, growing
MAX_NOT_SENT = 200


class _NotNow(Exception):
    """Somebody else has the row or the account's turn; rolls the claim back."""


def send_due(account_id: int, limit: float = 300) -> None:
    """Send from one account's line until nothing is due there or `limit` seconds are over."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        account = Account.objects.select_related("connection__owner").get(pk=account_id)
        generation = schedule.next_for(account)
        if generation is not None:
            try:
                if not send(generation, account):
                    time.sleep(0.02)  # another worker was quicker; let its commit become visible
            except KeyIsMissing as trouble:
                connect.token_refused(account.connection, str(trouble))
            continue
        pause = _soon(account)
        if pause is None:
            return
        time.sleep(pause)


def _soon(account: Account) -> float | None:
    """Seconds until the gap lets the next one pass, when that is so near that going away is not worth it."""
    if account.last_sent_at is None or not schedule.waiting_rows(account).exists():
        return None
    left = (account.last_sent_at + pace.gap(account) - clock.now()).total_seconds()
    return left if 0 < left < 1.5 else None


def send(generation: Generation, account: Account) -> bool:
    """Send one generation, at most once. False when it was not ours to send."""
    client = connect.client_for(account)
    try:
        request = Request.from_json(generation.request)
        refs = prepare(generation, request, account, client)
    except uploads.PictureTrouble as trouble:
        return answer.failed_unsent(generation, trouble.failure, trouble.error)
    except Refused as no:
        return answer.put_back(generation, account, None, no, answer.classify(no, generation))
    except Exception as trouble:
        # The line goes on: one row that cannot be prepared waits by itself and fails in the end.
        return answer.stumbled(generation, account, trouble)
    attempt = claim(generation, account)
    if attempt is None:
        return False
    sending = Sending()
    try:
        path, fields = body.fields_of(
            request,
            email=account.email,
            refs=refs,
            reference=attempt.reference,
            reply_url=callback.reply_url(account),
            captcha_retry=capabilities.settings().captcha_retry,
        )
        reply, kept = post.post(client, path, fields, sending)
    except NotSent as trouble:
        answer.surely(partial(answer.never_sent, attempt, str(trouble)))
    except Refused as no:
        answer.surely(partial(answer.refused, attempt, no))
    except OutcomeUnknown as trouble:
        answer.surely(partial(answer.unknown, attempt, str(trouble), trouble))
    except BaseException as ending:
        # A task out of time (SystemExit), Ctrl-C, or a bug of ours: what left decides, not the exception.
        why = f"{type(ending).__name__} while sending"
        if sending.left:
            answer.surely(partial(answer.unknown, attempt, why, status=sending.status))
        else:
            answer.surely(partial(answer.never_sent, attempt, why))
        raise
    else:
        answer.surely(partial(answer.accepted, attempt, reply, kept))
    return True


# --- before the first byte ----------------------------------------------------------------------------


def prepare(generation: Generation, request: Request, account: Account, client) -> dict[str, str]:
    """Ids for every slot. Once the vendor has said that one is gone, each is asked for first."""
    doubt = generation.wait_reason == uploads.GONE
    return uploads.ids_for(request, account, client, doubt=doubt)


def claim(generation: Generation, account: Account) -> Attempt | None:
    """Open an attempt and move the row to SENDING, in one commit; None when it is not ours to send."""
    moment = clock.now()
    try:
        with transaction.atomic():
            if not schedule.take_turn(account, generation.kind):
                raise _NotNow
            if Site.objects.filter(spending_stopped_at__isnull=False).exists():
                raise _NotNow
            # With the account's row held: who moves a row to another account holds it too (reorder.py).
            if not Generation.objects.filter(pk=generation.pk, account=account).exists():
                raise _NotNow
            attempt = _open(generation, account, moment)
            if not generation.move(State.SENDING, sent_at=moment, due_at=_first_look(generation, moment)):
                raise _NotNow
            return attempt
    except (_NotNow, IntegrityError):
        return None


def _first_look(generation: Generation, moment: datetime) -> datetime:
    """When a POST that hangs is looked for: soon enough to prove absence. Pictures are in no list."""
    first = timing.first_look() / pace.speed(generation.account)
    return moment + (timedelta(seconds=first) if generation.kind == "video" else LEASE)


def _open(generation: Generation, account: Account, moment) -> Attempt:
    number = generation.attempts.count() + 1
    reference = f"{Site.current().site_id}.{generation.pk}.{number}.{secrets.token_hex(16)}"
    return Attempt.objects.create(
        generation=generation,
        account=account,
        number=number,
        reference=reference,
        opened_at=moment,
        lease_until=moment + LEASE,
        sender=sender.me(),
        base_url=account.base_url,
        user_number=account.user_number,
    )
