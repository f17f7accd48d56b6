"""What two workers, a click in the wrong moment or a bug in one row must not do to the others."""

import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, connections, transaction

from generations.flow import answer, collect, send, stop, watch
from generations.flow.engine import schedule
from generations.flow.people import errands
from generations.models import Account, Clip, CreditEntry, Errand, Generation, State, Team, clock
from generations.models.errand import ErrandKind, ErrandState

from .conftest import fresh


def test_a_clip_stopped_while_its_end_was_being_read_still_becomes_ready(click, engine, people, vendor):
    generation = click()
    send.send_due(generation.account_id, limit=5)
    stale = fresh(generation)
    job = generation.attempts.get().job_id
    client = collect.connect.client_for(generation.account)
    while (record := client.job(job)).state == "running":
        pass
    stop.stop_waiting(fresh(generation), people.mara)
    assert not watch.completed(stale, record)
    collect.save_due(5)
    Generation.objects.filter(pk=generation.pk).update(due_at=clock.now())
    assert engine.finish(generation).state == State.READY


def test_an_answer_that_another_watcher_has_applied_already_is_no_error(click, caplog):
    generation = click()
    send.send_due(generation.account_id, limit=5)
    attempt = generation.attempts.get()
    client = collect.connect.client_for(generation.account)
    while (record := client.job(attempt.job_id)).state == "running":
        pass
    question = SimpleNamespace(attempt_id=attempt.pk, generation_id=generation.pk)
    watch._Watch()._apply(question, record)
    late = watch._Watch()
    late._apply(question, record)
    assert not late.still
    assert "could not be applied" not in caplog.text


def test_a_row_that_cannot_be_sent_keeps_its_credits_on_hold_when_another_worker_is_sending_it(click):
    generation = click()
    stale = fresh(generation)
    assert send.claim(generation, generation.account)
    assert not answer.failed_unsent(stale, answer.failures.failure("unknown"))
    assert fresh(generation).state == State.SENDING
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 10


def test_a_row_with_an_unreadable_request_lets_the_next_one_pass(click, engine):
    poisoned, next_one = click("a"), click("b")
    Generation.objects.filter(pk=poisoned.pk).update(request={"nonsense": 1}, position=0)
    assert engine.finish(next_one).state == State.READY
    assert fresh(poisoned).state == State.WAITING


def test_an_errand_that_meets_a_bug_ends_with_a_sentence(account, monkeypatch):
    errand = Errand.objects.create(kind=ErrandKind.RECONCILE, account=account)  # about no generation
    errands.run_due(2)
    errand.refresh_from_db()
    assert errand.state == ErrandState.FAILED
    assert "Nothing was spent" in errand.sentence


def test_a_saver_that_was_killed_holds_its_clip_for_a_minute_at_most(click, engine):
    generation = click()
    engine.until(lambda: fresh(generation).state in {State.SAVING, State.READY})
    Clip.objects.filter(generation=generation).update(state="saving", due_at=clock.now(), lease_until=None)
    collect._claim(1)
    assert Clip.objects.get(generation=generation).lease_until < clock.now() + timedelta(seconds=61)


@pytest.mark.django_db(transaction=True)
def test_two_savers_that_end_the_two_clips_of_a_strip_at_once_leave_it_ready(vendor, account, click):
    generation = click(count=2)
    send.send_due(generation.account_id, limit=5)
    end = threading.Event()
    while fresh(generation).state != State.SAVING:
        watch.watch_due(1)
        end.wait(0.05)
    first, second = Clip.objects.filter(generation=generation).order_by("position")
    barrier = threading.Barrier(2)

    def give_up(clip):
        barrier.wait()
        collect._give_up(clip, "wrong_body", "no file")
        connections.close_all()

    threads = [threading.Thread(target=give_up, args=(clip,)) for clip in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert fresh(generation).state == State.FAILED


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_written_though_the_database_has_ended_the_connection(vendor, account, click):
    generation = click()
    attempt = send.claim(generation, Account.objects.select_related("connection").get(pk=account.pk))
    if connection.vendor == "postgresql":
        connection.connection.close()
    reply = SimpleNamespace(job_id="j1-told", media=(), raw="", remaining_credits=None)
    answer.surely(lambda: answer.accepted(attempt, reply))
    assert fresh(generation).state == State.GENERATING


@pytest.mark.django_db(transaction=True)
def test_a_click_and_the_end_of_another_row_of_the_account_do_not_wait_for_each_other(vendor, account, click):
    """On PostgreSQL foreign keys are checked at commit, when the team's row is held already."""
    running = click("a")
    clicking, ending = threading.Event(), threading.Event()

    def end_it():
        with transaction.atomic():
            answer.failed_unsent(fresh(running), answer.failures.failure("unknown"))
            ending.set()
            clicking.wait(5)
        connections.close_all()

    thread = threading.Thread(target=end_it)
    if connection.vendor == "postgresql":  # SQLite lets one writer in at a time
        thread.start()
        ending.wait(5)
    threading.Timer(0.5, clicking.set).start()
    assert click("b").state == State.WAITING
    if thread.ident:
        thread.join(timeout=20)
        assert fresh(running).state == State.FAILED


def test_a_line_is_told_though_its_only_row_leaves_while_it_is_read(click, people):
    generation = click()

    def cancel_after_the_first_question(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT DISTINCT"):
            Generation.objects.filter(pk=generation.pk).update(state=State.FAILED, finished_at=clock.now())
        return answer

    with connection.execute_wrapper(cancel_after_the_first_question):
        assert schedule.line(generation.account) == []
    assert fresh(generation).state == State.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_pause_and_a_row_that_moves_do_not_wait_for_each_other(click, people):
    generation, moved, errors = click(), threading.Event(), []

    def pause() -> None:
        try:
            moved.wait(10)
            stop.pause_mine(people.mara, paused=True)
        except Exception as trouble:
            errors.append(trouble)
        finally:
            connections.close_all()

    beside = threading.Thread(target=pause)
    beside.start()
    with transaction.atomic():  # as `move` does: its row first, then the team
        Generation.objects.filter(pk=generation.pk).update(looks=1)
        if connection.vendor == "postgresql":
            moved.set()
            time.sleep(1)
        Team.bump(generation.team_id)
    moved.set()
    beside.join(20)
    assert not errors


def test_a_row_that_was_claimed_while_the_line_was_read_lets_the_next_one_pass(click, monkeypatch):
    first, second = click("a"), click("b")
    line = schedule.line(first.account)
    first.move(State.SENDING)
    monkeypatch.setattr(schedule, "line", lambda account: line)
    monkeypatch.setattr(schedule, "has_room", lambda account, kind: True)
    assert schedule.next_for(first.account).pk == second.pk
