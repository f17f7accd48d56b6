"""Proved absent: what was looked at, what it proves, and who may send again then (architecture.md 3.3)."""

from datetime import UTC, datetime, timedelta

import pytest

from generations.flow import proof, reconcile, send
from generations.models import Attempt, CreditEntry, Outcome, Person, State, clock

from .conftest import fresh

OPENED = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def passing(vendor, settings):
    """passing(15) lets so many seconds go by for us and for the vendor, at true speed."""
    settings.FLOW_SPEED = 1
    vendor.control.switch(speed=1, accept_delay=0)
    gone = timedelta()

    def go(seconds: float) -> None:
        nonlocal gone
        gone += timedelta(seconds=seconds)
        vendor.control.advance(seconds)
        clock.shift(gone)

    yield go
    clock.shift(timedelta())


@pytest.fixture
def lost(click, account, passing):
    """A row whose answer was lost, and then (usually) a clip that went through, for the echo."""

    def write(trouble: str = "cut_before:1", *, echo: bool = True, **asked):
        generation = click(f"storm [fail:{trouble}]", **asked)
        send.send_due(account.pk, limit=0.1)
        assert fresh(generation).state == State.UNCERTAIN
        reconcile.look(account)
        passing(10)
        if echo:
            click("a quiet harbour")
            send.send_due(account.pk, limit=0.1)
        return fresh(generation)

    return write


def look_over(account, passing, seconds: int = 620, step: int = 15) -> None:
    for _ in range(0, seconds, step):
        reconcile.look(account)
        passing(step)
    reconcile.look(account)


def reasons(generation) -> list[str]:
    return [c.sentence for c in reconcile.judgement(generation).conditions if not c.holds]


def test_what_the_vendor_never_had_is_proved_absent_and_waits_for_a_person(lost, account, passing, vendor):
    generation = lost()
    assert not reconcile.is_proved_absent(generation)
    look_over(account, passing)
    assert reasons(generation) == []
    assert fresh(generation).state == State.UNCERTAIN
    assert generation.attempts.get().outcome == Outcome.UNKNOWN
    assert len(vendor.control.record()["submissions"]) == 1, "only the clip for the echo"


def test_a_click_sends_the_same_row_again_without_a_second_reserve(lost, account, passing, people, engine):
    generation = lost()
    look_over(account, passing)
    again = reconcile.send_again(fresh(generation), people.mara, request_key="again")
    assert again.pk == generation.pk
    assert fresh(generation).state == State.WAITING
    assert generation.attempts.get().outcome == Outcome.PROVED_ABSENT
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 10
    passing(20)
    send.send_due(account.pk, limit=0.1)
    assert fresh(generation).state == State.GENERATING
    assert CreditEntry.objects.filter(generation=generation, kind="reserve").count() == 1


def test_a_persons_own_setting_lets_it_wait_again_by_itself(lost, account, passing, people):
    generation = lost()
    look_over(account, passing)
    reconcile.look_for_due()
    assert fresh(generation).state == State.UNCERTAIN, "off at first"
    Person.objects.filter(pk=people.mara.pk).update(resend_proved_absent=True)
    passing(1000)
    reconcile.look_for_due()
    assert fresh(generation).state == State.WAITING
    assert generation.attempts.get().outcome == Outcome.PROVED_ABSENT


def test_without_another_clip_nothing_shows_that_the_vendor_lists_and_echoes(lost, account, passing):
    generation = lost(echo=False)
    look_over(account, passing)
    assert len(reasons(generation)) == 1
    assert "No other clip" in reasons(generation)[0]


@pytest.mark.parametrize(
    ("switches", "why"),
    [
        ({"echo_reply_ref": False}, "without its reference"),
        ({"history_lag": 700}, "No other clip"),
        ({"history_full": True}, "without its reference|No other clip|unseen|no reference"),
    ],
)
@pytest.mark.parametrize("trouble", ["cut_before:1", "cut_after"])
def test_a_vendor_that_hides_its_jobs_proves_nothing(switches, why, trouble, lost, account, passing, vendor):
    if "history_full" in switches:
        vendor.control.foreign(count=10, kind="image", seconds=12)
    vendor.control.switch(**switches)
    generation = lost(trouble)
    look_over(account, passing)
    if fresh(generation).state != State.UNCERTAIN:
        assert trouble == "cut_after", "adopted: only what was accepted can be"
        return
    if trouble == "cut_after":
        assert not reconcile.is_proved_absent(fresh(generation)), "accepted, so never called absent"
    if "history_full" not in switches:
        assert any(why.split("|")[0] in reason for reason in reasons(generation))


def test_a_foreign_job_without_reference_blocks_and_one_with_another_does_not(lost, account, passing, vendor):
    generation = lost()
    vendor.control.foreign(count=1, kind="video", seconds=70, reply_ref="somebody-elses", email=account.email)
    look_over(account, passing)
    assert reasons(generation) == []
    vendor.control.foreign(count=1, kind="video", seconds=70, email=account.email)
    reconcile.look(account)
    assert ["reference" in reason for reason in reasons(generation)] == [True]


def test_a_gap_between_looks_asks_a_person(lost, account, passing):
    generation = lost()
    reconcile.look(account)
    passing(40)
    look_over(account, passing)
    assert "There was a gap between two looks." in reasons(generation)


def test_a_look_that_failed_asks_a_person(lost, account, passing, vendor):
    generation = lost()
    vendor.control.trouble("status_500", endpoint="/jobs", times=2)
    reconcile.look(account)
    passing(10)
    look_over(account, passing)
    assert "At least one look failed." in reasons(generation)


def test_an_answer_that_began_with_yes_is_never_proved_absent(lost, account, passing):
    generation = lost()
    Attempt.objects.filter(generation=generation).update(status=201)
    look_over(account, passing)
    assert reasons(generation) == ["The answer began with 201: Google had said yes."]


def test_a_picture_waits_again_only_where_its_person_has_said_so(lost, account, passing, people):
    generation = lost(model="nano-banana-2", mode="image", seconds=None)
    look_over(account, passing)
    assert not reconcile.is_proved_absent(generation)
    reconcile.look_for_due()
    assert fresh(generation).state == State.UNCERTAIN
    Person.objects.filter(pk=people.mara.pk).update(resend_free=True)
    passing(1000)
    reconcile.look_for_due()
    assert fresh(generation).state == State.WAITING


def looks(**changed) -> list[dict]:
    rows = [
        {"at": (OPENED + timedelta(seconds=15 * n)).isoformat(), "trouble": "", "joins": True}
        for n in range(1, 42)
    ]
    rows[20] |= changed
    return rows


@pytest.mark.parametrize(
    ("changed", "proved"),
    [({}, True), ({"joins": False}, False), ({"trouble": "no answer"}, False)],
)
def test_one_look_that_does_not_join_or_was_not_answered_is_enough_against_it(changed, proved):
    evidence = {"looks": looks(**changed), "echo": "yes"}
    assert proof.judge(evidence, opened_at=OPENED, status=None).is_proved is proved


def test_looks_that_end_before_ten_minutes_or_begin_late_prove_nothing():
    whole = looks()
    for part in (whole[:38], whole[2:]):
        assert not proof.judge({"looks": part, "echo": "yes"}, opened_at=OPENED, status=None).is_proved


def test_lists_that_lag_are_noticed_by_a_clip_that_was_listed_too_late(click, lost, account, passing, vendor):
    vendor.control.switch(history_lag=700)
    click("an earlier harbour")
    send.send_due(account.pk, limit=0.1)
    passing(100)
    generation = lost("cut_after", echo=False)
    look_over(account, passing)  # the earlier clip is listed now, the lost one not yet
    assert fresh(generation).state == State.UNCERTAIN
    assert not reconcile.is_proved_absent(fresh(generation))
    look_over(account, passing, 120)
    assert fresh(generation).state == State.GENERATING, "it was there all the time"


def test_the_card_and_the_page_say_so_with_the_price(lost, account, passing, people, client):
    generation = lost()
    client.force_login(people.mara)
    address = f"/g/{generation.label}/"
    assert "No: Ten minutes are not looked over yet." in client.get(address).content.decode()
    look_over(account, passing)
    page = client.get(address).content.decode()
    assert "Google has no trace of it." in page
    assert "Send again" in page
    assert "No: " not in page
    client.post(f"{address}send-again/", {"request_key": "again", "price_shown": "10"})
    assert fresh(generation).state == State.WAITING
