"""The balance against the ledger: what moved outside is drift of the account, and never blamed on a job.

The sandbox takes credits when it accepts and gives them back when a job has failed; other moments are
played by telling a balance by hand.
"""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from generations.flow import send, stop, watch
from generations.flow.money import balance, quote, settle
from generations.flow.people import connect, errands
from generations.models import Account, CreditEntry, Drift, Errand, Generation, State, Team, clock
from generations.models.errand import ErrandKind

from .conftest import fresh

EMAIL = "ultra@sandbox.example"
FULL = 25_000


@pytest.fixture(autouse=True)
def lag(account, monkeypatch):
    """Move the clock past the time after which what has ended shows in the balance.

    That time is not shortened like the other waits of these tests: a busy machine must not pass it by itself.
    """
    monkeypatch.setattr(balance, "lag", lambda account: timedelta(seconds=90))
    moved = timedelta()

    def pass_by():
        nonlocal moved
        moved += balance.lag(account) + timedelta(seconds=1)
        clock.shift(moved)

    yield pass_by
    clock.shift(timedelta())


@pytest.fixture
def read(account):
    """Ask the vendor for the account as an errand does; returns the account as it is then."""

    def ask() -> Account:
        known = Account.objects.select_related("connection").get(pk=account.pk)
        errand = Errand.objects.create(kind=ErrandKind.READ_ACCOUNT, account=known)
        errands.read_account(errand)
        return Account.objects.get(pk=account.pk)

    return ask


@pytest.fixture
def foreign(vendor):
    """A foreign client of the same token spends (or, below zero, credits come in)."""

    def spend(credits: int) -> None:
        there = vendor.control.record()["accounts"]["4242"][EMAIL]
        vendor.control.account(EMAIL, credits=there - credits)

    return spend


def drifts() -> list[int]:
    return list(Drift.objects.order_by("pk").values_list("amount", flat=True))


def test_our_own_clips_are_no_drift(click, engine, read, lag):
    for count in (1, 2):
        engine.finish(click(count=count))
    lag()
    account = read()
    assert (account.credits, account.settled_low, account.settled_high) == (FULL - 30,) * 3
    assert drifts() == []


def test_what_a_foreign_client_spends_is_written_once_as_drift_of_the_account(
    click, engine, foreign, read, lag
):
    engine.finish(click())
    foreign(77)
    lag()
    assert read().drift == 77
    lag()
    assert read().drift == 77
    assert drifts() == [77]
    assert CreditEntry.objects.spent() == 10


def test_a_clip_under_way_makes_no_drift_whenever_google_takes_its_credits(click, vendor, read, lag):
    """The sandbox has taken them already; told by hand is the other case."""
    vendor.control.switch(job_seconds=100_000)
    generation = click(count=4)
    send.send_due(generation.account_id, limit=5)
    lag()
    assert read().credits == FULL - 40
    lag()
    balance.heard(generation.account_id, FULL, since=clock.now())
    assert drifts() == []
    assert quote.available(Account.objects.get(pk=generation.account_id)) == FULL - 40


def test_foreign_spending_beside_a_running_clip_is_found_as_far_as_it_is_sure(
    click, vendor, foreign, read, lag
):
    vendor.control.switch(job_seconds=100_000)
    generation = click(count=4)
    send.send_due(generation.account_id, limit=5)
    foreign(500)
    lag()
    assert read().drift == 500


def test_a_charge_that_shows_late_is_not_called_credits_that_came_in(click, account, engine, lag):
    generation = engine.finish(click())
    assert generation.state == State.READY
    balance.heard(account.pk, FULL, since=clock.now())  # as if nothing had been taken yet
    assert drifts() == []
    lag()
    balance.heard(account.pk, FULL - 10, since=clock.now())
    assert drifts() == []


def test_a_new_month_is_credits_that_came_in_and_not_negative_spending(click, foreign, engine, read, lag):
    engine.finish(click())
    foreign(-1000)
    lag()
    account = read()
    assert drifts() == [-1000]
    assert account.drift == 0
    assert quote.available(account) == FULL + 1000 - 10


def test_an_older_balance_does_not_overwrite_a_newer_one(account, lag):
    early = clock.now()
    lag()
    balance.heard(account.pk, 24_000, since=clock.now())
    balance.heard(account.pk, FULL, since=early)
    assert Account.objects.get(pk=account.pk).credits == 24_000


def test_a_balance_that_cannot_be_meant_is_left_alone(account, lag):
    lag()
    balance.heard(account.pk, 10**15, since=clock.now())
    assert Account.objects.get(pk=account.pk).credits == FULL
    assert drifts() == []


def test_a_debt_is_a_balance_and_nothing_can_be_asked_for(account, click, lag):
    lag()
    balance.heard(account.pk, -50, since=clock.now())
    account = Account.objects.get(pk=account.pk)
    assert quote.available(account) == -50
    with pytest.raises(connect.Refusal, match="Needs 10 credits, you have 0"):
        click()


# --- failed jobs: charged or not ------------------------------------------------------------------------


@pytest.fixture
def failed(vendor, click, engine):
    """failed() is a clip that Google accepted and then could not make."""

    def make(**asked) -> Generation:
        generation = engine.finish(click("a dog [fail:content_audio]", **asked))
        assert (generation.state, bool(generation.accepted_at)) == (State.FAILED, True)
        return generation

    return make


def is_checking(generation: Generation) -> bool:
    released = generation.credit_entries.get(kind="release").at
    return balance.is_checking(fresh(generation), released)


@pytest.mark.django_db(transaction=True)
def test_a_failed_clip_is_checked_until_the_next_balance_and_its_card_changes_then(failed, read, lag):
    generation = failed()
    assert is_checking(generation)
    read()
    assert is_checking(generation), "a balance told at once may not show it yet"
    lag()
    version = fresh(generation).version
    read()
    assert not is_checking(generation)
    assert fresh(generation).version > version
    assert CreditEntry.objects.spent() == 0


def test_a_failed_clip_that_was_charged_all_the_same_says_so_when_nothing_else_moved(
    failed, foreign, read, lag
):
    lag()
    read()
    generation = failed(count=2)
    foreign(10)  # one of the two was not given back
    lag()
    assert read().drift == 0
    assert drifts() == []
    entries = CreditEntry.objects.filter(generation=generation)
    assert (entries.spent(), entries.on_hold()) == (10, 0)
    lag()
    read()
    assert (entries.spent(), drifts()) == (10, [])


@pytest.mark.parametrize("odd", ["another clip", "no multiple of its price", "more than its price"])
def test_otherwise_the_difference_is_the_accounts_and_the_clip_is_not_blamed(
    odd, failed, click, engine, foreign, read, lag
):
    lag()
    read()
    generation = failed(count=2)
    if odd == "another clip":
        engine.finish(click())
    amount = {"another clip": 10, "no multiple of its price": 7, "more than its price": 30}[odd]
    foreign(amount)
    lag()
    read()
    assert drifts() == [amount]
    assert CreditEntry.objects.filter(generation=generation).spent() == 0


def test_what_was_refused_or_cancelled_is_not_charged_at_once(vendor, click, engine, people):
    refused = engine.finish(click("a dog [fail:content_prompt]"))
    if refused.accepted_at is None:
        assert not is_checking(refused)
    cancelled = click()
    stop.cancel(cancelled, people.mara)
    assert not is_checking(cancelled)


# --- the closing balance --------------------------------------------------------------------------------


def test_once_work_has_ended_the_balance_is_asked_for_and_then_no_more(account, failed, lag):
    failed()
    reading = Errand.objects.filter(kind=ErrandKind.READ_ACCOUNT, account=account)
    errands.ask_stale()
    assert not reading.exists(), "too early to tell"
    lag()
    errands.ask_stale()
    assert reading.count() == 1
    errands.run(reading.get())
    lag()
    lag()
    errands.ask_stale()
    assert reading.count() == 1


def test_a_job_read_long_after_it_ended_tells_an_old_balance(vendor, click, foreign, account, lag):
    """The watcher was away: meanwhile another client has spent, and we have read the account."""
    generation = click()
    send.send_due(generation.account_id, limit=5)
    job = generation.attempts.get().job_id
    client = connect.client_for(account)
    while (record := client.job(job)).state == "running":
        pass
    foreign(300)
    lag()
    balance.heard(account.pk, FULL - 310, since=clock.now())
    assert watch.completed(fresh(generation), record)
    assert Account.objects.get(pk=account.pk).credits == FULL - 310
    lag()
    balance.heard(account.pk, FULL - 310, since=clock.now())
    assert sum(drifts()) == 300
    assert settle.held(generation) == 0


@pytest.mark.django_db(transaction=True)
def test_a_click_and_the_end_of_a_clip_whose_balance_answers_a_question_do_not_wait_for_each_other(
    vendor, failed, click, account, lag
):
    """The end used to raise the team's version, for the card of the failed one, before it had its own row."""
    failed()
    lag()
    lag()
    running = click("a running one")
    send.send_due(account.pk, limit=5)
    record, stopped, errors = _record(running), threading.Event(), []
    row = fresh(running)

    def end_it() -> None:
        try:
            stopped.wait(10)
            watch.completed(row, record)
        except Exception as trouble:
            errors.append(trouble)
        finally:
            connections.close_all()

    beside = threading.Thread(target=end_it)
    beside.start()
    with transaction.atomic():  # as `move` does: its row first, then the team
        Generation.objects.filter(pk=running.pk).update(looks=1)
        if connection.vendor == "postgresql":  # SQLite lets one writer in at a time
            stopped.set()
            time.sleep(1)
        Team.bump(running.team_id)
    stopped.set()
    beside.join(20)
    assert not errors
    assert fresh(running).state == State.SAVING


def _record(generation: Generation):
    client = connect.client_for(generation.account)
    while (record := client.job(generation.attempts.get().job_id)).state == "running":
        time.sleep(0.05)
    return record
