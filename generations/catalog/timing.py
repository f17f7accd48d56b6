"""When to ask about a job, when to give its slot back, when it is lost, how long a model takes.

All figures are data (data/timing.toml; flow-api.md 11.1, architecture.md 3.3, 3.4, 9). Times in seconds.
"""

import math
from collections.abc import Sequence
from random import random

from .engines import Engine
from .plans import Facts
from .tables import table


def _figures() -> dict:
    return table("timing")


def next_poll(
    age_seconds: float,
    expected: float | None = None,
    looks: int = 0,
    low_priority: bool = False,
    stopped: bool = False,
    jitter: float | None = None,
) -> float:
    """How long to wait before the next look at a job that is `age_seconds` old and was seen `looks` times.

    A look is moved to the moment the job is expected to be ready. `jitter` 0–1 spreads jobs; None: random.
    """
    figures = _figures()["poll"]
    age_seconds = max(0.0, age_seconds)  # a clock that was set back must not put it off by as much
    if stopped or age_seconds >= slot_seconds(low_priority):
        gap = float(figures["slow"])
    elif looks == 0 and age_seconds < figures["first"]:
        gap = figures["first"] - age_seconds
    else:
        gap = _gap(age_seconds, low_priority)
        if expected and age_seconds < expected < age_seconds + gap:
            gap = max(figures["least"], expected - age_seconds)
    spread = figures["jitter"] * ((random() if jitter is None else jitter) - 0.5)
    return max(float(figures["least"]), gap * (1 + spread))


def _gap(age: float, low_priority: bool) -> float:
    steps = _figures()["poll"]["low_priority_steps" if low_priority else "steps"]
    return float(next((step["gap"] for step in steps if age < step.get("until", math.inf)), steps[-1]["gap"]))


def slot_seconds(low_priority: bool = False) -> float:
    """How long an unfinished or uncertain generation fills a running slot of its account."""
    return float(_figures()["slot"]["low_priority" if low_priority else "usual"])


def balance_lag() -> float:
    """Seconds after which what has ended is taken to be in the balance (flow-api.md 18: unknown)."""
    return float(_figures()["balance"]["lag"])


def is_lost(age_seconds: float, unknown_to_vendor: bool) -> bool:
    """Whether a job that the vendor does not know (404) is old enough to be called lost."""
    return unknown_to_vendor and age_seconds >= _figures()["lost"]["not_found"]


def is_overdue(age_seconds: float, usual: tuple[float, float] | None, expected: float | None) -> bool:
    """Whether a job takes clearly longer than it usually does; False when nothing is known."""
    base = usual[1] if usual else expected
    return bool(base) and age_seconds > base * _figures()["overdue"]["factor"]


def next_reconcile(age_seconds: float) -> float | None:
    """Wait before the next look for an attempt of unknown outcome; None when a person has to decide.

    Looks lie close enough to join each other until 600 s (the proof of architecture.md 3.3), then go on to
    20 min.
    """
    for step in _figures()["reconcile"]["steps"]:
        if age_seconds < step["until"]:
            return float(step["gap"])
    return None


def first_look() -> float:
    """Seconds after a POST has begun until it is looked for; the proof allows 20 (architecture.md 3.3)."""
    return float(_figures()["reconcile"]["first"])


def reconcile_until() -> tuple[float, float]:
    """Seconds after sending until a proof of absence can be complete, and until looking ends."""
    figures = _figures()["reconcile"]
    return float(figures["proof"]), float(figures["steps"][-1]["until"])


def expected_range(engine: Engine, facts: Facts, samples: Sequence[float]) -> tuple[float, float] | None:
    """The time this model usually takes: 20th to 80th percentile of own history, else around what is stated.

    None when neither history nor any figure is there.
    """
    figures = _figures()["range"]
    known = sorted(s for s in samples if s > 0)
    if len(known) >= figures["least_samples"]:
        return _percentile(known, figures["low"]), _percentile(known, figures["high"])
    stated = facts.expected_seconds(engine.id)
    return (stated * figures["stated_low"], stated * figures["stated_high"]) if stated else None


def _percentile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
