"""All that django-q2 may call. Every task is harmless when repeated, lost, late or run twice at once."""

import functools
import time

from ...library import posters as posting
from ...models import Clip, EngineLease
from .. import collect, nightly, watch
from .. import reconcile as reconciling
from .. import send as sending
from ..people import errands as erranding
from . import pump as pumping

RENEW = 5.0  # seconds between renewals of a lease
SEND_LEASE = 30.0  # limits how many workers look at one account; what may be sent is decided by the claim

PICTURES_LEASE = 60.0  # limits how many workers upload; who has which errand is decided by its claim


class _Role:
    """A role held while work goes on; `keep()` renews it now and then and says whether it is still ours."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self.token = EngineLease.take(name, seconds)
        self.renewed = time.monotonic()

    def keep(self) -> bool:
        if time.monotonic() - self.renewed < RENEW:
            return True
        self.renewed = time.monotonic()
        return EngineLease.keep(self.name, self.token, self.seconds)


def one_at_a_time(name: str, seconds: float):
    """Only the holder of the role works; a second call finds it taken and ends."""

    def decorate(work):
        @functools.wraps(work)
        def run():
            role = _Role(name, seconds)
            if role.token is None:
                return
            try:
                work(role.keep)
            finally:
                EngineLease.leave(name, role.token)

        return run

    return decorate


def pump() -> None:
    pumping.run()


def send(account_id: int, slot: int) -> None:
    """Send what is due on one account; `slot` tells apart the workers that may send there at once."""
    role = _Role(f"send:{account_id}:{slot}", SEND_LEASE)
    if role.token:
        try:
            sending.send_due(account_id, limit=20)
        finally:
            EngineLease.leave(role.name, role.token)


@one_at_a_time("poll", 30)
def poll(keep) -> None:
    watch.watch_due(55, keep)


@one_at_a_time("save", 30)
def save(keep) -> None:
    collect.save_due(600, keep)


def reconcile(slot: int = 0) -> None:
    """Look for lost jobs; `slot` tells apart the workers that may do so at once."""
    role = _Role(f"reconcile:{slot}", 130)
    if role.token:
        try:
            reconciling.look_for_due(60)
        finally:
            EngineLease.leave(role.name, role.token)


@one_at_a_time("errands", 190)
def errands(keep) -> None:
    erranding.run_due(60)


def pictures(slot: int) -> None:
    """Look at pictures that came in and upload them; two at once, so that one film holds nobody up."""
    role = _Role(f"pictures:{slot}", PICTURES_LEASE)
    if role.token:
        try:
            erranding.run_due(20, pictures=True)
        finally:
            EngineLease.leave(role.name, role.token)


@one_at_a_time("posters", 60)
def posters(keep) -> None:
    """Posters follow at lower priority; until then a card shows the clip's own first picture."""
    while keep():
        clips = list(Clip.objects.without_posters().select_related("generation")[:4])
        if not clips:
            return
        for clip in clips:
            if not collect.add_posters(clip, posting.make_posters):
                return  # no room on the disk: the pump rings again


@one_at_a_time("night", 1800)
def night(keep) -> None:
    nightly.night()


def alarm() -> None:
    nightly.alarm()
