"""Promise 1: one click is one paid request, whatever is lost, cut, repeated or killed."""

import pytest
from django.db import IntegrityError, transaction

from generations.flow import answer, reconcile, send, stop
from generations.flow.money import balance
from generations.models import Account, Attempt, CreditEntry, Generation, Outcome, State, clock

from .conftest import fresh

ACCEPTED_UNSEEN = [
    "cut_after",
    "html_502_accepted",
    "status_500_accepted",
    "no_jobid",
    "cut_body",
    "cut_during",
]


@pytest.mark.parametrize("trouble", ACCEPTED_UNSEEN)
def test_a_lost_answer_becomes_uncertain_is_found_and_never_sent_again(trouble, click, engine, vendor):
    generation = click(f"storm [fail:{trouble}]")
    send.send_due(generation.account_id, limit=5)
    assert fresh(generation).state == State.UNCERTAIN
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 10  # on hold until it is decided
    generation = engine.finish(generation)
    assert generation.state == State.READY, "found by its reference"
    assert len(vendor.control.record()["submissions"]) == 1


@pytest.mark.parametrize("trouble", ["cut_before", "html_502", "status_500", "status_408"])
def test_what_was_not_accepted_stays_a_question_and_is_not_sent_again(trouble, click, engine, vendor):
    generation = click(f"storm [fail:{trouble}:1]")
    for _ in range(5):
        engine.turn()
    assert fresh(generation).state == State.UNCERTAIN
    assert generation.attempts.count() == 1
    assert vendor.control.record()["submissions"] == []


def test_a_vendor_that_is_not_there_was_never_reached_and_is_tried_again(click, engine, vendor):
    generation = click()
    base_url = vendor.base_url
    account = generation.account
    Connection = type(account.connection)
    Connection.objects.update(base_url="http://127.0.0.1:9/v1/google-flow")
    Account.objects.update(base_url="http://127.0.0.1:9/v1/google-flow")
    send.send_due(account.pk, limit=2)
    row = fresh(generation)
    assert (row.state, row.attempts.get().outcome) == (State.WAITING, Outcome.NEVER_SENT)
    assert row.due_at > clock.now() - (clock.now() - row.made_at)
    Connection.objects.update(base_url=base_url)
    Account.objects.update(base_url=base_url)
    assert engine.finish(generation).state == State.READY
    assert len(vendor.control.record()["submissions"]) == 1


def test_the_database_itself_refuses_a_second_open_attempt(click):
    generation = click()
    attempt = send.claim(generation, generation.account)
    assert attempt is not None
    copy = {
        f.attname: getattr(attempt, f.attname) for f in Attempt._meta.concrete_fields if f.attname != "id"
    }
    for outcome in (Outcome.OPEN, Outcome.ACCEPTED, Outcome.UNKNOWN):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attempt.objects.create(**copy | {"number": 2, "reference": "another", "outcome": outcome})


def test_two_workers_claim_one_row_and_one_of_them_wins(click):
    generation = click()
    again = Generation.objects.get(pk=generation.pk)
    assert send.claim(generation, generation.account) is not None
    assert send.claim(again, again.account) is None
    assert generation.attempts.count() == 1


def test_an_attempt_whose_worker_died_becomes_unknown_and_is_not_sent_again(click, engine, vendor):
    generation = click()
    attempt = send.claim(generation, generation.account)
    Attempt.objects.filter(pk=attempt.pk).update(lease_until=clock.now() - send.LEASE)
    assert answer.sweep() == 1
    engine.turn()
    row = fresh(generation)
    assert (row.state, row.attempts.get().outcome) == (State.UNCERTAIN, Outcome.UNKNOWN)
    assert vendor.control.record()["submissions"] == []


def test_a_late_answer_still_lands_after_the_sweep(click, engine, vendor):
    from types import SimpleNamespace

    generation = click()
    attempt = send.claim(generation, generation.account)
    Attempt.objects.filter(pk=attempt.pk).update(lease_until=clock.now() - send.LEASE)
    answer.sweep()
    late = SimpleNamespace(job_id="j1-late", media=(), raw="", remaining_credits=None)
    assert answer.accepted(attempt, late)
    assert fresh(generation).state == State.GENERATING


def test_a_task_that_runs_out_of_time_while_sending_leaves_a_question(click, vendor, monkeypatch):
    """django-q2 ends a task by SystemExit from a signal, which `except Exception` would not see."""
    import signal

    def alarm(*_):
        raise SystemExit("Timeout")

    generation = click("slow [fail:hang]")
    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(SystemExit):
            send.send_due(generation.account_id, limit=5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    row = fresh(generation)
    assert (row.state, row.attempts.get().outcome) == (State.UNCERTAIN, Outcome.UNKNOWN)


def test_written_off_gives_the_credits_back_and_a_job_that_turns_up_returns_to_its_row(
    click, engine, people, vendor
):
    generation = click("storm [fail:cut_after]")
    send.send_due(generation.account_id, limit=5)
    generation = fresh(generation)
    assert reconcile.write_off(generation, people.mara)
    assert fresh(generation).state == State.CANCELLED
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 0
    assert reconcile.look(generation.account) == 1
    generation = engine.finish(generation)
    assert generation.state == State.READY
    assert CreditEntry.objects.filter(generation=generation).spent() == 10
    assert len(vendor.control.record()["submissions"]) == 1


def test_send_again_is_a_child_with_its_own_reserve(click, engine, people, vendor):
    generation = click("storm [fail:cut_before:1]")
    send.send_due(generation.account_id, limit=5)
    child = reconcile.send_again(fresh(generation), people.mara, request_key="again")
    assert fresh(generation).state == State.CANCELLED
    assert (child.parent_id, child.relation) == (generation.pk, "again")
    assert engine.finish(child).state == State.READY


def test_the_kill_switch_holds_the_next_send(click, engine, people, vendor):
    generation = click()
    stop.stop_spending(people.mara, stopped=True)
    engine.turn()
    assert fresh(generation).state == State.WAITING
    stop.stop_spending(people.mara, stopped=False)
    assert engine.finish(generation).state == State.READY


def test_a_throttled_account_rests_and_then_goes_on(click, engine, vendor):
    vendor.control.trouble("throttled", endpoint="/videos", times=2, retry_after="none")
    generation = click("a fox")
    send.send_due(generation.account_id, limit=0.5)
    row = fresh(generation)
    assert (row.state, row.wait_reason) == (State.WAITING, "throttled")
    assert row.account.rests.get().until > clock.now()
    assert engine.finish(generation).state == State.READY
    outcomes = list(generation.attempts.order_by("number").values_list("outcome", flat=True))
    assert outcomes == [Outcome.REFUSED, Outcome.REFUSED, Outcome.ACCEPTED]


def test_a_refused_token_keeps_everything_waiting_until_it_is_replaced(click, engine, vendor):
    generation = click()
    connection = generation.account.connection
    good = connection.token
    connection.give_token("user:4242-not-a-token")
    connection.save()
    engine.turn()
    row = fresh(generation)
    assert row.state == State.WAITING
    assert row.account.connection.is_good is False
    connection.token, connection.is_good = good, True
    connection.save()
    assert engine.finish(generation).state == State.READY


def test_the_budget_cannot_be_passed_by_one_click_too_many(account, click):
    from generations.flow.intend import Refusal

    balance.heard(account.pk, 25, since=clock.now())
    click()
    click()
    with pytest.raises(Refusal, match="Needs 10"):
        click()
    assert CreditEntry.objects.filter(account=account).on_hold() == 20
