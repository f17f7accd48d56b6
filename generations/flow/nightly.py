"""What is done without anybody asking: the night's care of files and rows, the alarm, the pump's net.

The schedules are django-q2's; `plan` writes them at every start and may be repeated. A lost or doubled run
does no harm: each part looks at the tables and does what is due.
"""

import logging
import time
from datetime import timedelta

from django.core.management import call_command
from django.utils.timezone import localtime
from django_q.models import Schedule

from ..library import scrub as scrubbing
from ..library import sidecar, storage
from ..library.scrub import Finding
from ..models import Clip, Errand, clock
from ..models.errand import ErrandState
from ..models.secret import KeyIsMissing
from ..vendor.errors import FlowError
from . import collect, unsaved
from .people import connect

log = logging.getLogger(__name__)

TASKS = "generations.flow.engine.tasks"
PLAN = {  # name: (task, kind, minutes)
    "Pump": ("pump", Schedule.MINUTES, 1),
    "Alarm": ("alarm", Schedule.MINUTES, 10),
    "Night": ("night", Schedule.DAILY, None),
}
ERRANDS_KEPT = timedelta(days=30)
HALF_WRITTEN = timedelta(hours=6)  # longer than any file takes to arrive
AT_MOST = 540.0  # seconds of reading: django-q2 ends a task after 700
MOST_AT_NIGHT = 20_000  # clips, those longest unchecked first


def plan() -> None:
    """Write the schedules down, each once, and put back what somebody has changed."""
    for name, (task, kind, minutes) in PLAN.items():
        told = {"func": f"{TASKS}.{task}", "schedule_type": kind, "minutes": minutes, "repeats": -1}
        if not Schedule.objects.filter(name=name).update(**told):
            first = clock.now() if kind == Schedule.MINUTES else _next_night()
            Schedule.objects.create(name=name, next_run=first, **told)


def _next_night():
    here = localtime(clock.now())
    night = here.replace(hour=3, minute=15, second=0, microsecond=0)
    return night if night > here else night + timedelta(days=1)


def night() -> None:
    """Hash everything again, fetch again what is broken, and sweep out what nobody needs."""
    for part in (sweep, scrub):
        try:
            part()
        except Exception:
            log.exception("A part of the night's work went wrong: %s", part.__name__)


def sweep() -> None:
    """Half-written files of dead processes, sessions that are over, and answered errands of long ago."""
    storage.sweep_temporaries(HALF_WRITTEN)
    call_command("clearsessions")
    over = Errand.objects.filter(state__in=[ErrandState.DONE, ErrandState.FAILED])
    over.filter(made_at__lt=clock.now() - ERRANDS_KEPT).delete()


def scrub(limit: int | None = MOST_AT_NIGHT) -> tuple[int, int, int]:
    """Read clips again; what is gone or changed is fetched again. Returns read, wrong and mended."""
    read = wrong = mended = 0
    end = time.monotonic() + AT_MOST
    for finding in scrubbing.scrub(limit):
        if time.monotonic() > end:
            break  # the rest is longest unchecked tomorrow
        read += 1
        if finding.trouble:
            wrong += 1
            mended += mend(finding)
    log.log(logging.WARNING if wrong else logging.INFO,
            "%s clips read, %s with trouble, %s fetched again", read, wrong, mended)  # fmt: skip
    return read, wrong, mended


def mend(finding: Finding) -> bool:
    """Fetch the clip again by its id, where Google still has it; its row says so, or keeps the trouble."""
    clip = Clip.objects.select_related("generation__account__connection", "generation__person").get(
        pk=finding.clip.pk
    )
    if not clip.media_id:
        return False
    try:
        saved = collect.fetch_again(clip, connect.client_for(clip.generation.account), clock.now())
    except (FlowError, KeyIsMissing, storage.NoRoom, collect.probe.NotMedia, OSError) as trouble:
        log.warning("%s could not be fetched again: %s", clip.label, trouble)
        return False
    clip.file, clip.sha256, clip.size = saved.kept.file, saved.kept.sha256, saved.kept.size
    clip.trouble, clip.checked_at = "", clock.now()
    clip.save(update_fields=["file", "sha256", "size", "trouble", "checked_at"])
    sidecar.write_sidecar(clip)
    clip.generation.note("fetched again", why=finding.trouble)
    return True


def alarm() -> None:
    unsaved.alarm()
