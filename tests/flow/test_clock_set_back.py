"""A clock that ran an hour ahead and was put right: nothing waits for that hour to pass once more."""

import time
from datetime import timedelta

import pytest

from generations.flow import send, watch
from generations.flow.engine import pump, setback
from generations.flow.money import balance
from generations.models import Account, Clip, EngineLease, Event, Generation, Heartbeat, Rest, State, clock

HOUR = timedelta(hours=1)


@pytest.fixture
def an_hour_ahead():
    clock.shift(HOUR)
    yield
    clock.shift(timedelta())


def test_a_role_of_the_dead_is_free_after_its_lease_and_not_an_hour_later(db, an_hour_ahead):
    assert EngineLease.take("pump", 15)  # and its holder dies
    clock.shift(timedelta())
    assert EngineLease.take("pump", 15)


def test_a_living_holder_still_keeps_the_others_out(db):
    assert EngineLease.take("pump", 15)
    assert EngineLease.take("pump", 15) is None


def test_a_clip_that_was_put_off_by_the_wrong_clock_comes_home_at_once(click, engine, an_hour_ahead):
    row = click()
    send.send_due(row.account_id, limit=1)
    assert Generation.objects.get(pk=row.pk).state == State.GENERATING
    Heartbeat.beat("here")
    clock.shift(timedelta())
    pump.Pump("there")._renew()
    assert engine.finish(row).state == State.READY


def test_it_is_mended_once_and_only_what_the_wrong_clock_wrote(click, an_hour_ahead):
    late = click()
    clock.shift(timedelta())
    early = click()
    clock.shift(HOUR)
    Heartbeat.beat("here")
    clock.shift(timedelta())
    soon = clock.now() + timedelta(minutes=30)
    Generation.objects.filter(pk=early.pk).update(due_at=soon, waits=1)  # a wait that the vendor has stated
    assert setback.mend() is not None
    assert setback.mend() is None
    assert abs(Generation.objects.get(pk=late.pk).due_at - clock.now()) < timedelta(seconds=20)
    assert Generation.objects.get(pk=early.pk).due_at == soon


def test_an_account_that_sent_an_hour_ahead_sends_again_at_once(click, engine, account, an_hour_ahead):
    send.send_due(click().account_id, limit=1)
    Heartbeat.beat("here")
    clock.shift(timedelta())
    setback.mend()
    assert engine.finish(click()).state == State.READY


def test_a_rest_that_was_written_ahead_ends_and_one_from_before_stands(account, db):
    soon = clock.now() + timedelta(minutes=30)
    stated = Rest.objects.create(account=account, model="omni-flash", reason="quota", until=soon)
    other = Account.objects.create(connection=account.connection, email="pro@sandbox.example")
    clock.shift(timedelta(minutes=10))
    Rest.objects.create(account=other, reason="concurrency", until=clock.now() + timedelta(seconds=1))
    Event.objects.create(account=other, verb="resting")
    clock.shift(HOUR)
    Heartbeat.beat("here")
    clock.shift(timedelta())
    setback.mend()
    assert Rest.objects.get(pk=stated.pk).until == soon
    assert Rest.objects.get(account=other).until < clock.now()


def test_a_balance_that_is_told_after_the_clock_was_put_right_is_heard(account, an_hour_ahead):
    balance.heard(account.pk, 500, since=clock.now())
    Heartbeat.beat("here")
    clock.shift(timedelta())
    setback.mend()
    clock.shift(timedelta(minutes=5))  # later than the one before, by the right clock too
    balance.heard(account.pk, 420, since=clock.now())
    assert Account.objects.get(pk=account.pk).credits == 420


def test_a_job_that_was_claimed_by_the_old_clock_after_all_was_mended_is_asked_about(click, engine):
    row = click()
    send.send_due(row.account_id, limit=1)
    Generation.objects.filter(pk=row.pk).update(due_at=clock.now() + HOUR)
    setback.mend()
    assert engine.finish(row).state == State.READY


def test_an_account_that_sent_by_the_old_clock_after_all_was_mended_sends_again(click, engine, account):
    Account.objects.filter(pk=account.pk).update(last_sent_at=clock.now() + HOUR)
    setback.mend()
    assert engine.finish(click()).state == State.READY


def test_a_clip_that_was_taken_by_the_old_clock_after_all_was_mended_comes_home(click, engine):
    row = click()
    send.send_due(row.account_id, limit=1)
    end = time.monotonic() + 20
    while not Clip.objects.filter(generation=row).exists() and time.monotonic() < end:
        watch.watch_due(1)
    Clip.objects.filter(generation=row).update(lease_until=clock.now() + HOUR)
    setback.mend()
    assert engine.finish(row).state == State.READY


def test_a_wait_that_the_old_clock_wrote_after_all_was_mended_ends_and_a_later_one_stands(click, account):
    rows = [click(), click()]
    for row in rows:
        clock.shift(HOUR)
        row.note("waits", due_at=clock.now() + timedelta(seconds=5), waits=1)
        clock.shift(timedelta())
    stated = clock.now() + timedelta(minutes=30)
    rows[1].note("waits", due_at=stated, waits=2)  # told by the vendor since, by the right clock
    setback.mend()
    first, second = (Generation.objects.get(pk=row.pk).due_at for row in rows)
    assert first <= clock.now() and second == stated


def test_a_rest_that_the_old_clock_wrote_after_all_was_mended_ends(account):
    soon = clock.now() + timedelta(minutes=30)
    rest = Rest.objects.create(account=account, reason="quota", until=soon)
    setback.mend()
    assert Rest.objects.get(pk=rest.pk).until == soon
    clock.shift(HOUR)
    Event.objects.create(account=account, verb="resting")
    clock.shift(timedelta())
    setback.mend()
    assert Rest.objects.get(pk=rest.pk).until <= clock.now()
