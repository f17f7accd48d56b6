"""The pump: one process holds a lease and, four times a second, hands out what is due.

It sends nothing and fetches nothing itself: it looks at the tables and rings for the tasks that do.
Rung by every click, by itself before it ends, by the supervisor after each start and by a minutely
schedule. A pump that finds the lease taken stands by as long as its own cluster has no heartbeat, so
that every living cluster shows one. Two pumps at once would only ring twice.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings

from ...models import Clip, EngineLease, Generation, Heartbeat, clock
from ...models.states import WATCHED
from .. import answer, reconcile
from ..people import errands
from . import doorbell, pace, schedule, setback

log = logging.getLogger(__name__)

LIMIT = 50.0
LEASE = 15.0
RENEW = 5.0
RING_AGAIN = 1.0  # seconds before the same work is rung for once more
ASK_STALE = 20.0  # seconds between looks for accounts whose balance is old
LOOKERS = 2  # workers that may look for lost jobs at once, so that one broken account holds up no other
NEVER_SENDING = 3  # workers that are kept for the pump, for polls and for saving


def run(limit: float = LIMIT, cluster: str = "", ended: Callable[[], bool] = lambda: False) -> None:
    """Beat for at most `limit` seconds or until `ended()`, as leader or standing by."""
    Pump(cluster or settings.CLUSTER).run(limit, ended)


class Pump:
    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.token: str | None = None
        self.rung: dict[tuple, float] = {}
        self.renewed = 0.0
        self.asked = 0.0

    def run(self, limit: float, ended: Callable[[], bool] = lambda: False) -> None:
        end = time.monotonic() + limit
        self.token = EngineLease.take("pump", LEASE)
        if self.token is None and _is_alive(self.cluster):
            return
        stopping = False
        try:
            while time.monotonic() < end and not stopping and not ended():
                begun = time.monotonic()
                stopping = self._renew()
                if self.token:
                    self.beat()
                time.sleep(max(0.01, doorbell.BEAT - (time.monotonic() - begun)))
        finally:
            if self.token:
                EngineLease.leave("pump", self.token)
            if not stopping:
                doorbell.ring_pump()

    def _renew(self) -> bool:
        """Renew lease and heartbeat every few seconds; returns whether this cluster was asked to stop."""
        if time.monotonic() - self.renewed < RENEW:
            return False
        self.renewed = time.monotonic()
        setback.mend()
        if self.token and not EngineLease.keep("pump", self.token, LEASE):
            self.token = None
        if not self.token:
            self.token = EngineLease.take("pump", LEASE)
        return Heartbeat.beat(self.cluster)

    def beat(self) -> None:
        """One look at the tables. What goes wrong with one kind of work must not stop the others."""
        for look in (self._sends, self._others):
            try:
                look()
            except Exception:
                log.exception("A beat of the pump went wrong; the next one tries again")

    def _sends(self) -> None:
        moment = clock.now()
        answer.sweep()
        accounts = schedule.accounts_with_work(moment)
        if not accounts:
            return
        under_way = schedule.open_sends()
        room = max(1, settings.Q_CLUSTER["workers"] - NEVER_SENDING) - sum(under_way.values())
        for account in schedule.accounts(accounts):
            if room <= 0:
                return
            if schedule.next_for(account) is None:
                continue
            at_once = max(pace.at_once("video"), pace.at_once("image"))
            for slot in range(min(at_once, schedule.due_count(account, moment))):
                if room > 0 and self._ring("send", account.pk, slot):
                    room -= 1

    def _others(self) -> None:
        moment = clock.now()
        if Generation.objects.filter(state__in=WATCHED, due_at__lte=moment).exists():
            self._ring("poll")
        if Clip.objects.due_for_saving(moment).exists():
            self._ring("save")
        if time.monotonic() - self.asked > ASK_STALE:
            self.asked = time.monotonic()
            errands.ask_stale()
        if errands.due().exists():
            self._ring("errands")
        for slot in range(errands.due(pictures=True)[:2].count()):
            self._ring("pictures", slot)
        if reconcile.has_work(moment):
            for slot in range(LOOKERS):
                self._ring("reconcile", slot)
        if Clip.objects.without_posters().exists():
            self._ring("posters")

    def _ring(self, *work) -> bool:
        """Ring for work unless that was done a moment ago and the worker may just be starting."""
        tick = time.monotonic()
        if tick - self.rung.get(work, -RING_AGAIN) < RING_AGAIN:
            return False
        self.rung[work] = tick
        doorbell.hand(*work)
        return True


def _is_alive(cluster: str) -> bool:
    """Whether another pump of this very cluster beats already."""
    beat = Heartbeat.objects.filter(cluster=cluster).first()
    return bool(beat and (clock.now() - beat.beat_at).total_seconds() < RENEW * 1.6)
