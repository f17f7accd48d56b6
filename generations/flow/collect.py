"""The media come home: listed, fetched at once, hashed, opened, renamed; then the strip is ready.

A clip is READY only when its bytes are whole, hashed and open, and lie under their final name. Until
then it stays SAVING and is tried again, with a new link when the old one is dead (flow-api.md 17, 24.5).
"""

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import timezone as tz
from functools import partial

from django.db import transaction

from ..catalog import failures
from ..library import index, joining, probe, sidecar, storage
from ..library.probe import Probed
from ..library.storage import Kept, NoRoom
from ..models import Clip, ClipState, Generation, Person, Site, State, clock
from ..models.secret import KeyIsMissing
from ..vendor.errors import DownloadFailed
from ..vendor.replies import Medium, expires_at
from . import unsaved
from .engine import doorbell
from .money import balance, settle
from .people import capabilities, connect
from .unsaved import Verdict

log = logging.getLogger(__name__)

THREADS = 6
LEASE = timedelta(seconds=60)  # of one fetch, renewed while it lasts: a killed saver is over soon
RENEW = 15.0
MOST_TRIES = 30_000  # what the column holds; nothing depends on so many
FULL = timedelta(seconds=30)  # how long saving rests when there is no room; then one clip tries
ASKED = "Asked Google for the file again. This costs nothing."
DECIDED = "This has been decided meanwhile. Look at the card again."
ENCODED = "kept:"  # source_url of bytes that came inside an answer and are already in the store


# --- the vendor has listed them ------------------------------------------------------------------------


def keep_encoded(media: tuple[Medium, ...]) -> dict[int, str]:
    """Write bytes that came inside an answer into the store, before any transaction; position to file."""
    kept = {}
    for medium in media:
        if medium.encoded:
            with storage.Incoming(f"spool/{secrets.token_hex(12)}.bin") as incoming:
                incoming.write(medium.encoded)
                kept[medium.position] = incoming.keep().file
    return kept


def arrived(
    generation: Generation,
    media: tuple[Medium, ...],
    remaining_credits: int | None,
    *,
    kept: dict[int, str],
    reason: str = "",
    ran: timedelta = timedelta(),
) -> bool:
    """The vendor is done: clips, charge and move, in the caller's transaction.

    `ran` is how long the vendor says it took at least: the balance it tells is no older than that.

    An item without a picture has failed and is not charged; fewer items than asked are failed items too
    (flow-api.md 9.6). With none at all the generation has failed: filtered without words.
    """
    moment = clock.now()
    good = [m for m in media if m.ok]
    told = {"completed_at": moment, "accepted_at": generation.accepted_at or moment}
    ended = (generation.sent_at or moment) + max(timedelta(), ran)
    balance.heard(generation.account_id, remaining_credits, since=min(moment, ended))
    if not good:
        failure = _why_nothing(generation, media, reason)
        told |= {"failure": failure.klass, "failure_reason": reason[:200]}
        free = "No clip was made. Not charged, as Google states."
        return settle.fail(generation, free, why=failure.told()[0], **told)
    count = max(generation.count, len(media))
    by_position = {m.position: m for m in media}
    Clip.objects.bulk_create(
        [_clip(generation, n, by_position.get(n), kept.get(n), moment) for n in range(count)],
        ignore_conflicts=True,
    )
    settle.charge(generation, settle.each(generation) * len(good))
    if not generation.move(
        State.SAVING, why=f"{len(good)} of {count} made", due_at=moment, wait_reason="", **told
    ):
        # Stopped or taken meanwhile. Clips must not come home before their row is ready for them.
        transaction.set_rollback(True)
        return False
    transaction.on_commit(lambda: doorbell.hand("save"))
    if Generation.objects.filter(account_id=generation.account_id, state=State.WAITING).exists():
        # A slot is free: whoever is next need not wait for a beat of the pump.
        transaction.on_commit(lambda: doorbell.hand("send", generation.account_id, 0))
    return True


def _clip(generation: Generation, position: int, medium: Medium | None, kept: str | None, moment) -> Clip:
    clip = Clip(generation=generation, position=position, kind=generation.kind, due_at=moment)
    if medium is None or not medium.ok:
        failure = failures.classify(
            status=None, reason=medium.reason if medium else "", text="", endpoint="/jobs"
        )
        clip.state = ClipState.FAILED
        clip.failure = failure.klass if medium and medium.reason else "content_silent"
        clip.failure_reason = (medium.reason if medium else "")[:200]
        return clip
    clip.media_id, clip.seed = medium.media_id, medium.seed
    clip.source_url = f"{ENCODED}{kept}" if kept else medium.url
    clip.thumbnail_url = medium.thumbnail_url
    end = expires_at(medium.url) if medium.url else None
    clip.url_expires_at = datetime.fromtimestamp(end, tz.utc) if end else moment + link_life()
    return clip


def _why_nothing(generation: Generation, media: tuple[Medium, ...], reason: str):
    word = reason or next((m.reason for m in media if m.reason), "")
    if not word:
        return failures.failure("content_silent")
    return failures.classify(status=None, reason=word, text="", endpoint="/jobs", model=generation.model)


# --- fetching -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saved:
    """One file that is ours, and what it turned out to be."""

    kept: Kept
    probed: Probed


def save_due(limit: float = 600, keep=lambda: True) -> int:
    """Fetch what is due from threads until nothing is left or `limit` is over; returns files saved."""
    end, saved, renewed = time.monotonic() + limit, 0, time.monotonic()
    fetching: dict[Future, Clip] = {}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="save") as pool:
        while True:
            may_take = time.monotonic() < end and keep()
            for clip, client in _claim(THREADS - len(fetching)) if may_take else ():
                fetching[pool.submit(fetch, clip, client, clock.now())] = clip
            if not fetching:
                break
            done, _ = wait(fetching, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                saved += _finish(fetching.pop(future), future)
            if time.monotonic() - renewed > RENEW:
                renewed = time.monotonic()
                _hold([clip.pk for clip in fetching.values()])
    if saved:
        doorbell.hand("posters")
    return saved


def _claim(room: int) -> list[tuple[Clip, object]]:
    site = Site.current()
    moment = clock.now()
    if room <= 0 or (site.saving_stopped_at and site.saving_stopped_at > moment - FULL):
        return []
    if site.saving_stopped_at:
        room = 1 if room == THREADS else 0  # one tries whether there is room again; the others follow it
    due = Clip.objects.due_for_saving(moment)
    taken = []
    for clip in due.select_related("generation__account__connection", "generation__person")[:room]:
        if not Clip.objects.due_for_saving(moment).filter(pk=clip.pk).update(lease_until=moment + LEASE):
            continue
        try:
            taken.append((clip, connect.client_for(clip.generation.account)))
        except KeyIsMissing as trouble:
            _again_later(clip, str(trouble))
    return taken


def _hold(pks: list[int]) -> None:
    """Keep what is being fetched ours a little longer."""
    Clip.objects.filter(pk__in=pks, state=ClipState.SAVING).update(lease_until=clock.now() + LEASE)


def fetch(clip: Clip, client, moment: datetime) -> Saved:
    """Bring one clip's bytes home. Runs in a thread and touches no database.

    Raises DownloadFailed, NotMedia, NoRoom, or what `asset_link` raises.
    """
    if clip.source_url.startswith(joining.HERE):
        return Saved(*joining.bring(clip))
    if clip.source_url.startswith(ENCODED):
        return _keep_file(clip, partial(_copy_spooled, clip))
    if clip.media_id and (not clip.source_url or clip.url_expires_at <= moment):
        _renew(clip, client, moment)
    try:
        return _keep_file(clip, partial(client.download, clip.source_url, overall=600))
    except DownloadFailed as trouble:
        if trouble.kind not in {"link_dead", "wrong_body"} or not clip.media_id:
            raise
        _renew(clip, client, moment)
        return _keep_file(clip, partial(client.download, clip.source_url, overall=600))


def fetch_again(clip: Clip, client, moment: datetime) -> Saved:
    """A saved clip once more by its id, for a file that is gone or changed. Raises as `fetch` does."""
    _renew(clip, client, moment)
    return _keep_file(clip, partial(client.download, clip.source_url, overall=600))


def _keep_file(clip: Clip, bring: Callable[[Callable[[bytes], object]], object]) -> Saved:
    """Let `bring` write the bytes into a temporary file, open it, and rename it only then."""
    with storage.Incoming(storage.place_for(clip, ""), keep_free=storage.KEEP_FREE) as incoming:
        bring(incoming.write)
        probed = probe.look(incoming.path)
        return Saved(incoming.keep(storage.place_for(clip, probed.content_type)), probed)


def _copy_spooled(clip: Clip, write: Callable[[bytes], object]) -> None:
    with storage.open_media(clip.source_url.removeprefix(ENCODED)) as file:
        while chunk := file.read(1 << 20):
            write(chunk)


def link_life() -> timedelta:
    """How long a link is taken to live that does not say so itself (flow-api.md 17)."""
    return timedelta(hours=capabilities.settings().link_hours)


def _renew(clip: Clip, client, moment: datetime) -> None:
    """A fresh link by the media's id (flow-api.md 7.2); kept on the instance, written with the result."""
    link = client.asset_link(clip.media_id, tries=1)
    clip.source_url = link.url
    clip.url_expires_at = (
        datetime.fromtimestamp(link.expires_at, tz.utc) if link.expires_at else moment + link_life()
    )


def _finish(clip: Clip, future: Future) -> bool:
    """Write down what became of one fetch; nothing that happens to one clip stops the others."""
    try:
        _keep(clip, future.result())
        return True
    except NoRoom as trouble:
        _stop_saving(clip, trouble)
    except Exception as trouble:
        _not_saved(clip, unsaved.verdict(clip, trouble, clock.now()))
    return False


def _keep(clip: Clip, saved: Saved) -> None:
    probed, kept = saved.probed, saved.kept
    told = {
        "state": ClipState.READY,
        "file": kept.file,
        "sha256": kept.sha256,
        "size": kept.size,
        "saved_bytes": kept.size,
        "content_type": probed.content_type,
        "width": probed.width,
        "height": probed.height,
        "length": probed.length,
        "frame_rate": probed.frame_rate,
        "has_sound": probed.has_sound,
        "saved_at": clock.now(),
        "trouble": "",
        "lease_until": None,
        "source_url": clip.source_url,
        "url_expires_at": clip.url_expires_at,
    }
    for name, value in told.items():
        setattr(clip, name, value)
    sidecar.write_sidecar(clip)
    site_was_full = Site.objects.filter(saving_stopped_at__isnull=False)
    with transaction.atomic():
        if not Clip.objects.filter(pk=clip.pk, state=ClipState.SAVING).update(**told):
            return  # somebody else was quicker; the same bytes lie under the same name
        _decide(clip.generation_id)
    site_was_full.update(saving_stopped_at=None, saving_trouble="")
    if clip.source_url.startswith(ENCODED):
        storage.full_path(clip.source_url.removeprefix(ENCODED)).unlink(missing_ok=True)


def _decide(generation_id: int) -> None:
    """READY once every clip is decided and one at least is ready; else a changed card."""
    # Held until commit: two savers that end two clips at once must not each see the other's unfinished.
    generation = Generation.objects.select_for_update(no_key=True).get(pk=generation_id)
    states = set(Clip.objects.filter(generation=generation).values_list("state", flat=True))
    if ClipState.SAVING in states or generation.state != State.SAVING:
        generation.note("clip saved")
    elif ClipState.READY in states:
        generation.move(State.READY, why="saved and checked")
    else:
        klass, why = generation.clips.order_by("position").values_list("failure", "trouble").first()
        failure = failures.failure(klass or "wrong_body", why)
        generation.failure = failure.klass  # searchable at once; move writes it with its update
        index.write_words(generation)
        generation.move(State.FAILED, why=failure.told()[0], failure=failure.klass, failure_text=why)


def _not_saved(clip: Clip, verdict: Verdict) -> None:
    """Try again, or give up what nothing can bring home any more."""
    if verdict.wrong:
        clip.wrong_bodies += 1
        clip.source_url = clip.source_url if not clip.media_id else ""  # ask for a new link next time
    if verdict.klass:
        _give_up(clip, verdict.klass, verdict.why, verdict.raw)
    else:
        _again_later(clip, verdict.why, verdict.seconds)


def _again_later(clip: Clip, why: str, seconds: float | None = None, *, tried: bool = True) -> None:
    pause = seconds or unsaved.pause(clip)
    Clip.objects.filter(pk=clip.pk, state=ClipState.SAVING).update(
        due_at=clock.now() + timedelta(seconds=pause),
        lease_until=None,
        tries=min(clip.tries + tried, MOST_TRIES),
        wrong_bodies=clip.wrong_bodies,
        trouble=why[:300],
        source_url=clip.source_url,
        url_expires_at=clip.url_expires_at,
    )
    clip.generation.note("not saved yet", why=why)


def _give_up(clip: Clip, klass: str, why: str, raw: str = "") -> None:
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk, state=ClipState.SAVING).update(
            state=ClipState.FAILED,
            failure=klass,
            failure_reason=" ".join(raw.split())[:200],  # the head of what came instead (flow-api.md 24.5)
            trouble=why[:300],
            lease_until=None,
        )
        _decide(clip.generation_id)


def _stop_saving(clip: Clip, trouble: NoRoom) -> None:
    """The disk is full: saving pauses, the site does not; Google keeps the clip meanwhile."""
    Site.current()
    Site.objects.update(saving_stopped_at=clock.now(), saving_trouble=str(trouble)[:300])
    _again_later(clip, str(trouble), FULL.total_seconds(), tried=False)
    log.error("Saving stops for a while: %s", trouble)


def add_posters(clip: Clip, make: Callable[[Clip], None]) -> bool:
    """Make a ready clip's posters; one that cannot be made is not tried for ever. False: no room for any."""
    try:
        make(clip)
    except NoRoom:
        return False
    except Exception:
        log.exception("No poster for clip %s", clip.pk)
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(posters_at=clock.now())
        clip.generation.note("posters made")
    return True


# --- asked for by a person ------------------------------------------------------------------------------


def save_now(generation: Generation, by) -> None:
    """ "Save now" on a card that is not saved yet."""
    Clip.objects.filter(generation=generation, state=ClipState.SAVING).update(
        due_at=clock.now(), lease_until=None
    )
    generation.note("save now", by=by)
    doorbell.hand("save")


def may_ask_again(generation: Generation) -> bool:
    """Whether a failed generation has a clip that Google may still hold: asking is free."""
    failed = generation.clips.filter(state=ClipState.FAILED).exclude(media_id="")
    return generation.state == State.FAILED and failed.exists()


def ask_again_now(generation: Generation, by: Person | None = None) -> str:
    """ "Ask again, free": the one way back from FAILED, and it never sends. Safe to repeat."""
    if generation.state != State.FAILED:
        return DECIDED
    with transaction.atomic():
        clips = generation.clips.filter(state=ClipState.FAILED).exclude(media_id="")
        fresh = {"failure": "", "failure_reason": "", "trouble": "", "tries": 0, "source_url": ""}
        if not clips.update(state=ClipState.SAVING, due_at=clock.now(), lease_until=None, **fresh):
            return "Google gave no id for this clip, so it cannot be asked for again."
        told = {"failure": "", "failure_reason": "", "failure_text": ""}
        for name, value in told.items():
            setattr(generation, name, value)
        index.write_words(generation)
        if not generation.move(State.SAVING, by=by, why="asked for the file again, free", **told):
            transaction.set_rollback(True)
            return DECIDED
    doorbell.hand("save")
    return ASKED
