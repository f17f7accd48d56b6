"""A clock that was set back: what was put off while it ran ahead must not wait until it is that late again.

The heartbeats remember the latest time that was seen. One that lies ahead of now tells that the clock went
back, and by how much; then everything that was put off by the wrong clock comes forward by as much, once.
Without this a clock that is an hour ahead and is put right leaves jobs unasked, clips unsaved and roles
taken by the dead for that hour (found by tests/chaos).
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThan

from ...models import (
    Account,
    Attempt,
    Clip,
    ClipState,
    EngineLease,
    Errand,
    Event,
    Generation,
    Heartbeat,
    Outcome,
    Rest,
    State,
    clock,
)
from ...models.errand import ErrandState
from ...models.states import MOVING

log = logging.getLogger(__name__)

SLACK = timedelta(seconds=60)  # smaller steps are left alone: nothing waits long because of them
LONGEST = timedelta(minutes=15)  # no free question is put off by more: the slowest come every ten minutes


def mend() -> timedelta | None:
    """Look whether the clock was set back since the last heartbeat; returns by how much, if it was."""
    moment = clock.now()
    _shorten(moment)
    newest = Heartbeat.newest()
    if newest is None or newest <= moment + SLACK:
        return None
    step = newest - moment
    with transaction.atomic():
        # Whoever corrects the heartbeats has the right to mend; a second pump finds none ahead.
        if not Heartbeat.objects.filter(beat_at__gt=moment + SLACK).update(beat_at=moment):
            return None
        _come_forward(step, moment)
    log.warning("The clock was set back by %.0f s; what it had put off comes forward", step.total_seconds())
    return step


def _shorten(moment) -> None:
    """What somebody wrote by the wrong clock after it was put right and all was mended.

    A watcher that had read the time just before claimed fourteen jobs until an hour later; a saver did so
    with a clip, and an account that "sent" in the future let nobody send (tests/chaos, 24 November 2026).
    No lease and no free question lies so far ahead; a wait that the vendor has stated may, unless the last
    that was written of its row or account lies in the future as well.
    """
    moving, saving = Generation.objects.filter(state__in=MOVING), Clip.objects.filter(state=ClipState.SAVING)
    stated = Q(state=State.WAITING, waits__gt=0)
    errands = Errand.objects.filter(state__in=[ErrandState.WAITING, ErrandState.RUNNING])
    fact, late = moment + SLACK, moment + LONGEST
    told_ahead, rests_ahead = _last_of("generation", "pk", fact), _last_of("account", "account", fact)
    for rows, column, later_than, to in (
        (Account.objects.all(), "last_sent_at", fact, moment),
        (Account.objects.all(), "settled_at", fact, moment),
        # Its sender may live; a dead one of this machine is known by its process, whatever the lease says.
        (Attempt.objects.filter(outcome=Outcome.OPEN), "lease_until", late, moment + LONGEST / 2),
        (saving, "due_at", late, moment),
        (saving, "lease_until", late, moment),
        (moving, "sent_at", fact, moment),
        (moving, "accepted_at", fact, moment),
        (moving, "uncertain_at", fact, moment),
        (moving.exclude(stated), "due_at", late, moment),
        (moving.filter(stated, told_ahead), "due_at", late, moment),
        (Rest.objects.filter(rests_ahead), "until", late, moment),
        (errands, "due_at", late, moment),
        (errands, "lease_until", late, moment),
    ):
        found = rows.filter(**{f"{column}__gt": later_than})
        if found.exists():
            found.update(**{column: to})


def _last_of(field: str, outer: str, fact) -> GreaterThan:
    """Whether the last event of a row or an account lies in the future."""
    events = Event.objects.filter(**{field: OuterRef(outer)}).order_by("-pk")
    return GreaterThan(Subquery(events.values("at")[:1]), fact)


def _come_forward(step: timedelta, moment) -> None:
    """Facts cannot lie in the future, and free questions may come early: all of those come forward.

    A wait that the vendor has stated stands unless it was written while the clock ran ahead: then an event of
    its row or account lies in the future as well.
    """
    moving, saving = Generation.objects.filter(state__in=MOVING), Clip.objects.filter(state=ClipState.SAVING)
    stated = Q(state=State.WAITING, waits__gt=0)
    errands = Errand.objects.filter(state__in=[ErrandState.WAITING, ErrandState.RUNNING])
    ahead, written_ahead = moment + step - SLACK, Event.objects.filter(at__gt=moment)
    for rows, column, later_than in (
        # In the order in which everybody locks them (PostgreSQL): account, attempt, clip, generation.
        (Account.objects.all(), "last_sent_at", moment),
        (Account.objects.all(), "last_image_sent_at", moment),
        (Account.objects.all(), "settled_at", moment),  # or every balance counts as an old one until then
        (Attempt.objects.filter(outcome=Outcome.OPEN), "lease_until", ahead),
        (saving, "due_at", moment),
        (saving, "lease_until", moment + SLACK),
        (moving, "sent_at", moment),
        (moving, "accepted_at", moment),
        (moving, "uncertain_at", moment),
        (moving.exclude(stated), "due_at", moment),
        (moving.filter(stated, pk__in=written_ahead.values("generation_id")), "due_at", moment),
        (Rest.objects.filter(account__in=written_ahead.values("account_id")), "until", moment),
        (errands, "due_at", moment),
        (errands, "lease_until", moment + SLACK),
        (EngineLease.objects.all(), "until", moment + SLACK),
    ):
        rows.filter(**{f"{column}__gt": later_than}).update(**{column: F(column) - step})
