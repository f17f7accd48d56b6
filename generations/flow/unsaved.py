"""Clips that Google has made and we do not hold yet: what a trouble means for them, and which are in danger.

A clip is given up only when nothing can bring it home any more. A media host that is down uses up no tries:
what counts is whether there is still a link, or an id to ask for one (flow-api.md 17 and 24.5).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..library.joining import CannotJoin
from ..library.probe import NotMedia
from ..models import Clip, ClipState, Person, State, clock
from ..vendor.errors import DownloadFailed, FlowError, NotFound, ReadFailed, Refused
from .engine import pace

log = logging.getLogger(__name__)

PAUSES = (2, 5, 15, 60, 300, 900)  # seconds before the next try of one clip
WRONG_BODIES = 3  # after so many, with fresh links, the file itself may be broken
PATIENCE = {  # and no sooner than this after Google was done
    "broken": timedelta(minutes=10),  # begins like media and does not open
    "wrong_body": timedelta(hours=6),  # a page of a host in trouble, or nothing at all
    "too_big": timedelta(0),
}
SOON = timedelta(hours=2)  # before the link dies: time to look
SLOW = timedelta(minutes=2)  # nobody is told about a clip that is simply on its way

SENTENCES = {
    "link_dead": "The link had died and the new one did not work yet.",
    "short_body": "The file arrived cut off.",
    "wrong_body": "Google sent something that is not a picture or a clip.",
    "timeout": "The file came too slowly.",
    "network": "The connection broke while saving.",
    "off_list": "The link points to a place that is not on the list of media hosts.",
    "too_big": "The file is larger than 500 MB.",
}


@dataclass(frozen=True)
class Verdict:
    """`klass` is a failure class when the clip is given up, else it is tried again (after `seconds`)."""

    why: str
    klass: str = ""
    seconds: float | None = None
    wrong: bool = False  # one more body that was no media
    raw: str = ""  # what came instead


def verdict(clip: Clip, trouble: Exception, moment: datetime) -> Verdict:
    """What one failed fetch means for this clip."""
    match trouble:
        case CannotJoin():
            return Verdict(trouble.sentence, "join_here")
        case NotFound():
            return Verdict("Google no longer has this file.", "link_dead")
        case NotMedia():
            return _no_media(clip, "broken", f"The file does not open: {trouble}", moment)
        case DownloadFailed(kind="wrong_body" | "too_big" as kind):
            return _no_media(clip, kind, SENTENCES[kind], moment, trouble.raw)
        case DownloadFailed():
            return _later(clip, SENTENCES.get(trouble.kind, "The file did not arrive."), moment)
        case ReadFailed():
            return Verdict("Google did not give a new link yet.", seconds=trouble.retry_after)
        case Refused():
            return Verdict(trouble.text or "Google gave no new link.", seconds=trouble.retry_after)
        case FlowError() | OSError():
            return _later(clip, f"The file did not arrive: {trouble}", moment)
    log.error("Saving %s went wrong", clip.pk, exc_info=trouble)
    return Verdict(f"Saving went wrong: {type(trouble).__name__}.")


def _later(clip: Clip, why: str, moment: datetime) -> Verdict:
    """Again, as long as there is a link that lives or an id to renew it by."""
    if not clip.media_id and clip.url_expires_at and clip.url_expires_at <= moment:
        return Verdict("The link has expired, and Google gave no id to ask for another.", "link_dead")
    return Verdict(why)


def _no_media(clip: Clip, kind: str, why: str, moment: datetime, raw: str = "") -> Verdict:
    done_at = clip.generation.completed_at or clip.generation.made_at
    patient_until = done_at + PATIENCE[kind] / pace.speed(clip.generation.account)
    if clip.wrong_bodies + 1 >= WRONG_BODIES and moment >= patient_until:
        return Verdict(why, "wrong_body", wrong=True, raw=raw)
    again = _later(clip, why, moment)
    return Verdict(again.why, again.klass, wrong=True, raw=raw)


def pause(clip: Clip) -> float:
    """Seconds until the next try of this clip, longer each time."""
    return PAUSES[min(clip.tries, len(PAUSES) - 1)] / pace.speed(clip.generation.account)


# --- in danger ------------------------------------------------------------------------------------------


def in_danger(person: Person | None = None):
    """Clips that are not saved although there was time, and whose link dies soon or is dead."""
    moment = clock.now()
    clips = Clip.objects.filter(state=ClipState.SAVING, generation__state=State.SAVING)
    clips = clips.filter(generation__completed_at__lt=moment - SLOW, url_expires_at__lt=moment + SOON)
    if person is not None:
        clips = clips.filter(generation__person=person, generation__team=person.team())
    return clips.order_by("url_expires_at")


@dataclass(frozen=True)
class Danger:
    """How many clips, and when the first and the last link die."""

    clips: int = 0
    first: datetime | None = None
    last: datetime | None = None


def danger(person: Person | None = None) -> Danger:
    ends = list(in_danger(person).values_list("url_expires_at", flat=True))
    return Danger(len(ends), ends[0], ends[-1]) if ends else Danger()


def alarm() -> Danger:
    """Say it in the log, where a person on duty looks."""
    found = danger()
    if found.clips:
        log.warning(
            "%s clips are not saved yet, and Google's first link to one dies at %s",
            found.clips, found.first.isoformat(timespec="minutes"),
        )  # fmt: skip
    return found
