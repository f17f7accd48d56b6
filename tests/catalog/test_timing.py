"""When to look, when a slot is free again, how long things take (flow-api.md 11.1, architecture.md 9)."""

import pytest

from generations.catalog.engines import engine
from generations.catalog.plans import Facts
from generations.catalog.timing import (
    expected_range,
    is_lost,
    is_overdue,
    next_poll,
    next_reconcile,
    reconcile_until,
    slot_seconds,
)

from .wire import LISTED, ultra

FAST = engine("veo-3.1-fast")


@pytest.mark.parametrize(
    ("age", "looks", "wait"),
    [
        (0, 0, 15),
        (5, 0, 10),
        (15, 1, 15),
        (299, 19, 15),
        (300, 20, 30),
        (899, 40, 30),
        (900, 41, 60),
        (1799, 60, 60),
    ],
)
def test_looks_follow_the_timetable(age, looks, wait):
    assert next_poll(age, None, looks, jitter=0.5) == wait


def test_a_look_is_moved_to_the_moment_the_clip_is_expected():
    assert next_poll(60, 68, 4, jitter=0.5) == 8
    assert next_poll(60, 61, 4, jitter=0.5) == 3  # not sooner than that
    assert next_poll(60, 100, 4, jitter=0.5) == 15


def test_many_jobs_of_one_moment_are_spread():
    waits = {round(next_poll(60, None, 4), 3) for _ in range(50)}
    assert len(waits) > 40 and min(waits) >= 13.5 and max(waits) <= 16.5


def test_a_stopped_clip_is_asked_about_every_ten_minutes():
    assert next_poll(20, 60, 1, stopped=True, jitter=0.5) == 600


def test_a_clip_holds_its_slot_for_half_an_hour_and_a_free_one_for_six():
    assert slot_seconds() == 1800 and slot_seconds(low_priority=True) == 6 * 3600
    assert next_poll(1800, None, 60, jitter=0.5) == 600
    assert next_poll(1800, None, 60, low_priority=True, jitter=0.5) == 60


def test_a_job_the_vendor_does_not_know_is_lost_after_a_day():
    assert not is_lost(86399, True) and is_lost(86400, True) and not is_lost(10**6, False)


def test_overdue_means_clearly_longer_than_usual():
    assert not is_overdue(110, (60, 80), 100) and is_overdue(121, (60, 80), 100)
    assert not is_overdue(149, None, 100) and is_overdue(151, None, 100)
    assert not is_overdue(9999, None, None)


def test_looks_for_a_lost_answer_join_each_other_until_the_proof_is_complete():
    age, looks = 0.0, [0.0]
    while (wait := next_reconcile(age)) is not None:
        age += wait
        looks.append(age)
    proof, end = reconcile_until()
    gaps = [b - a for a, b in zip(looks, looks[1:], strict=False) if a < proof]
    assert max(gaps) <= 20 and looks[-1] >= end >= 1200


def test_the_usual_time_comes_from_own_history_and_first_from_what_is_stated():
    facts = ultra(vendor_models=LISTED)
    assert expected_range(FAST, facts, []) == (70.0, 140.0)
    low, high = expected_range(FAST, facts, [50, 60, 62, 64, 66, 70, 300, -1])
    assert 50 < low < high < 300
    assert expected_range(FAST, facts, [60] * 5) == (60, 60)
    nothing = type(FAST)("new", "New")
    assert expected_range(nothing, Facts(), []) is None
