"""What turns up late: jobs written off, answers after a decision, a POST that hangs, a disk without room."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, connections

from generations.flow import answer, collect, reconcile, send
from generations.flow.engine import schedule
from generations.library.storage import NoRoom
from generations.models import Account, Attempt, Clip, CreditEntry, Generation, Outcome, State, Team, clock

from .conftest import fresh
from .test_proof import look_over, lost, passing, reasons  # noqa: F401 (fixtures)


def on_hold(generation: Generation) -> int:
    return CreditEntry.objects.filter(generation=generation).on_hold()


def spent(generation: Generation) -> int:
    return CreditEntry.objects.filter(generation=generation).spent()


@pytest.fixture
def written_off(click, account, vendor, people):
    """A row whose job runs at the vendor, and that a person has taken for lost."""

    def write(prompt: str = "storm [fail:cut_after]") -> Generation:
        generation = click(prompt)
        send.send_due(account.pk, limit=0.1)
        reconcile.write_off(fresh(generation), people.mara)
        assert (fresh(generation).state, on_hold(generation)) == (State.CANCELLED, 0)
        return fresh(generation)

    return write


def test_a_written_off_job_is_looked_for_though_nothing_else_is_uncertain(
    written_off, engine, vendor, account
):
    generation = written_off()
    assert not reconcile.has_work(clock.now()), "not at once: a person has just looked"
    clock.shift(timedelta(seconds=7))  # ten minutes at speed 100
    try:
        assert reconcile.has_work(clock.now())
        reconcile.look_for_due(5)
        assert fresh(generation).state == State.GENERATING
        assert on_hold(generation) == 10, "its credits are reserved again"
        generation = engine.finish(generation)
    finally:
        clock.shift(timedelta())
    assert (generation.state, on_hold(generation), spent(generation)) == (State.READY, 0, 10)
    assert len(vendor.control.record()["submissions"]) == 1


def test_a_written_off_job_that_fails_after_all_gives_its_credits_back_once_more(
    written_off, engine, vendor, account
):
    generation = written_off()
    reconcile.look(account)
    assert answer.settle.fail(fresh(generation), "The job failed. Not charged, as Google states.")
    assert fresh(generation).state == State.FAILED
    assert (on_hold(generation), spent(generation)) == (0, 0)


def test_after_seven_days_nobody_looks_any_more(written_off, account):
    generation = written_off()
    Attempt.objects.filter(generation=generation).update(
        opened_at=clock.now() - timedelta(days=7, minutes=1), look_at=clock.now()
    )
    reconcile.look_for_due(5)
    assert fresh(generation).state == State.CANCELLED
    assert generation.attempts.get().look_at is None


def reply(job_id: str = "j1-late", media=()) -> SimpleNamespace:
    return SimpleNamespace(job_id=job_id, media=media, raw="", remaining_credits=None)


def test_an_answer_that_comes_after_the_write_off_is_taken_back_by_the_old_row(click, account, people):
    generation = click()
    attempt = send.claim(generation, account)
    answer.unknown(attempt, "The worker stopped while sending")
    reconcile.write_off(fresh(generation), people.mara)
    assert answer.accepted(attempt, reply())
    row = fresh(generation)
    assert (row.state, row.attempts.get().job_id, on_hold(row)) == (State.GENERATING, "j1-late", 10)
    assert row.finished_at is None


def test_an_answer_after_a_proof_is_written_down_for_the_person(click, account):
    generation = click()
    attempt = send.claim(generation, account)
    answer.unknown(attempt, "The worker stopped while sending")
    assert reconcile._wait_again(fresh(generation), Outcome.PROVED_ABSENT, "no trace")
    assert not answer.accepted(Attempt.objects.get(pk=attempt.pk), reply())
    assert fresh(generation).state == State.WAITING
    assert "accepted attempt 1 after all" in generation.events.get(verb="accepted after all").why


# --- a POST that hangs --------------------------------------------------------------------------------------


def test_a_post_that_hung_for_all_its_time_can_be_proved_absent(click, account, passing):  # noqa: F811
    generation = click()
    attempt = send.claim(generation, account)
    for _ in range(42):
        passing(15)
        if clock.now() > attempt.lease_until:
            answer.sweep()
        reconcile.look_for_due(5)
        if Generation.objects.filter(state=State.GENERATING).count() == 0:
            click("a quiet harbour")  # for the echo
            send.send_due(account.pk, limit=0.1)
    assert fresh(generation).state == State.UNCERTAIN
    assert reasons(fresh(generation)) == []
    assert reconcile.is_proved_absent(fresh(generation))


def test_a_job_found_while_its_post_hangs_is_adopted_and_the_answer_changes_nothing(
    click,
    account,
    vendor,
    passing,  # noqa: F811
):
    generation = click("storm [fail:cut_after]")
    send.send_due(account.pk, limit=0.1)
    Attempt.objects.filter(generation=generation).update(outcome=Outcome.OPEN, closed_at=None)
    Generation.objects.filter(pk=generation.pk).update(state=State.SENDING)
    assert reconcile.look(account) == 0, "the answer may still be on its way"
    passing(15)
    assert reconcile.look(account) == 1
    attempt = generation.attempts.get()
    assert fresh(generation).state == State.GENERATING
    assert not answer.accepted(attempt, reply(attempt.job_id))
    assert not answer.unknown(attempt, "cut")
    assert not answer.never_sent(attempt, "cut")
    assert fresh(generation).state == State.GENERATING


def test_an_image_that_is_being_made_is_not_looked_for(click, account, passing):  # noqa: F811
    generation = click(model="nano-banana-2", mode="image", seconds=None)
    send.claim(generation, account)
    passing(100)
    assert not reconcile.has_work(clock.now())
    assert reconcile.look(account) == 0


# --- slots ---


def test_an_account_that_may_run_one_clip_goes_on_behind_one_that_does_not_run(
    lost,  # noqa: F811
    account,
    passing,  # noqa: F811
    click,
    vendor,
):
    Account.objects.filter(pk=account.pk).update(learned_running=1)
    account.refresh_from_db()
    generation = lost(echo=False)
    waiting = click("next")
    assert schedule.next_for(account) is None, "it may be running"
    passing(60)
    reconcile.look(account)
    assert fresh(generation).state == State.UNCERTAIN
    assert schedule.next_for(account).pk == waiting.pk, "the vendor shows that it does not run"
    vendor.control.trouble("status_500", endpoint="/jobs", times=2)
    reconcile.look(account)
    assert schedule.next_for(account) is None, "a look that failed shows nothing"


# --- a disk without room ---


def test_an_image_inside_its_answer_survives_a_full_disk(click, engine, account, vendor, monkeypatch):
    full = True
    keep = collect.keep_encoded

    def keep_encoded(media):
        if full and any(m.encoded for m in media):
            raise NoRoom("The disk is full.")
        return keep(media)

    monkeypatch.setattr(collect, "keep_encoded", keep_encoded)
    generation = click("a lamp [fail:base64]", model="nano-banana-2", mode="image", seconds=None)
    send.send_due(account.pk, limit=5)
    assert generation.attempts.get().outcome == Outcome.ACCEPTED
    assert fresh(generation).state == State.SAVING
    clip = Clip.objects.get(generation=generation)
    assert clip.media_id and not clip.source_url
    full = False
    assert engine.finish(generation).state == State.READY
    assert len(vendor.control.record()["submissions"]) == 1


# --- PostgreSQL ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_send_again_and_a_click_at_once_do_not_wait_for_each_other(
    vendor, account, click, people, monkeypatch
):
    """`send_again` used to take the team's row before the account's; a click takes them the other way."""
    lost_one = click("storm")
    answer.unknown(send.claim(fresh(lost_one), account), "The worker stopped while sending")
    has_account, has_team = threading.Event(), threading.Event()
    take_numbers, send_it = Team.take_numbers, reconcile.again.again

    def take(*args, **more):
        if threading.current_thread() is clicking:
            has_account.set()
            has_team.wait(1)
        return take_numbers(*args, **more)

    def again(*args, **more):
        has_team.set()
        return send_it(*args, **more)

    def run() -> None:
        click("beside")
        connections.close_all()

    monkeypatch.setattr(Team, "take_numbers", take)
    monkeypatch.setattr(reconcile.again, "again", again)
    clicking = threading.Thread(target=run)
    clicking.start()
    has_account.wait(10)
    made = reconcile.send_again(fresh(lost_one), people.mara, request_key="again")
    clicking.join(timeout=20)
    assert made.parent_id == lost_one.pk
    assert Generation.objects.filter(prompt="beside").exists()
