"""The one place that calls django-q2.

A ring carries no money and no meaning: "look at the table now". It may be lost, late, early or doubled
(stack.md 2.2), so a failure to ring is logged and costs one beat of the pump.
"""

import contextlib
import logging
import time
from collections.abc import Callable

from django.db import transaction
from django_q.tasks import async_task

log = logging.getLogger(__name__)

BEAT = 0.25  # seconds between two looks of the pump at the tables

# Seconds after which django-q2 itself ends a task of this name; each stops by its own clock before that.
LIMITS = {
    "pump": 70,
    "poll": 90,
    "send": 350,
    "save": 640,
    "posters": 300,
    "reconcile": 120,
    "errands": 180,
    "pictures": 680,
}


def _to_the_queue(task: str, *args) -> None:
    async_task(
        f"generations.flow.engine.tasks.{task}", *args, q_options={"save": False, "timeout": LIMITS[task]}
    )


_hands: Callable[..., None] = _to_the_queue


def hand(task: str, *args) -> None:
    """Ask a worker to run a task of engine/tasks.py, soon, perhaps twice, perhaps never."""
    try:
        _hands(task, *args)
    except Exception:
        log.warning("The doorbell did not ring for %s; the pump will look by itself", task, exc_info=True)


_rang_at = 0.0


def ring_pump() -> None:
    """Wake the pump; not twice within a beat, since a ring on its way sees this work as well."""
    global _rang_at
    tick = time.monotonic()
    if tick - _rang_at >= BEAT:
        _rang_at = tick
        hand("pump")


def ring_after_commit() -> None:
    """Ring once what is being written is there to be seen."""
    transaction.on_commit(ring_pump)


@contextlib.contextmanager
def other_hands(hands: Callable[..., None]):
    """Let something else than django-q2 run the tasks: `manage.py generate` without workers, and tests."""
    global _hands
    before, _hands = _hands, hands
    try:
        yield
    finally:
        _hands = before
