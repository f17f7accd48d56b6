"""The engine inside one process, without django-q2: for `manage.py generate` where no workers run.

The same pump and the same tasks, run by threads. Leases and claims make it harmless beside real workers.
"""

import contextlib
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections

from ...models import Heartbeat, clock
from . import doorbell, pump, tasks

log = logging.getLogger(__name__)


HERE = "inline:"  # heartbeats of engines like this one end with their process; they are no workers


def workers_are_alive(within: float = 30.0) -> bool:
    """Whether some cluster of workers has a fresh heartbeat."""
    fresh = Heartbeat.objects.filter(beat_at__gt=clock.now() - timedelta(seconds=within))
    return fresh.exclude(cluster__startswith=HERE).exists()


@contextlib.contextmanager
def running(threads: int = 8, *, posters: bool = True):
    """Run the engine in this process while the block lasts; `posters` may be left to the workers."""
    ended, cluster = threading.Event(), f"{HERE}{os.getpid()}"
    left_out = {"pump"} if posters else {"pump", "posters"}
    pool = ThreadPoolExecutor(threads, thread_name_prefix="engine")

    def work(task: str, *args) -> None:
        try:
            getattr(tasks, task)(*args)
        except Exception:
            log.exception("Task %s went wrong; the pump rings again", task)
        finally:
            connections.close_all()

    def hand(task: str, *args) -> None:
        if task in left_out or ended.is_set():
            return
        pool.submit(work, task, *args)

    def beat() -> None:
        try:
            while not ended.is_set():
                try:
                    pump.run(cluster=cluster, ended=ended.is_set)
                except Exception:
                    log.exception("The pump went wrong; it starts again")
                    connections.close_all()
                    ended.wait(1.0)
                ended.wait(0.05)
        finally:
            connections.close_all()

    with doorbell.other_hands(hand):
        thread = threading.Thread(target=beat, name="pump", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=5)
            pool.shutdown(wait=True, cancel_futures=True)
            Heartbeat.objects.filter(cluster=cluster).delete()
