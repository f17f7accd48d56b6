"""Pace, rests, turns and the order of one's own line (architecture.md 3.5, flow-api.md 15)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from generations.flow import answer, send
from generations.flow.engine import pace, reorder, schedule
from generations.flow.intend import Refusal
from generations.models import Account, Attempt, CreditEntry, Generation, Outcome, Rest, State, clock
from generations.models.generation import Lane
from generations.permissions import NotAllowed
from generations.vendor.errors import RateLimited

from .conftest import connect, fresh


def refuse(generation: Generation, account: Account, reason: str, retry_after: float | None = None) -> Rest:
    """The vendor answers 429 with this reason; returns the rest that follows."""
    Account.objects.filter(pk=account.pk).update(last_sent_at=None)
    Generation.objects.filter(pk=generation.pk).update(due_at=clock.now())
    Rest.objects.all().delete()
    attempt = send.claim(fresh(generation), account)
    no = RateLimited("slow down", status=429, reason=reason, retry_after=retry_after)
    answer.surely(lambda: answer.refused(attempt, no))
    assert fresh(generation).state == State.WAITING
    return Rest.objects.get(account=account)


def left(rest: Rest) -> float:
    return (rest.until - clock.now()).total_seconds()


def test_what_the_vendor_states_wins_and_none_is_no_loop(click, account, settings):
    settings.FLOW_SPEED = 1
    generation = click()
    throttled = "PUBLIC_ERROR_USER_REQUESTS_THROTTLED"
    assert left(refuse(generation, account, throttled, 500)) == pytest.approx(500, abs=5)
    assert left(refuse(generation, account, throttled, 0)) > 0.5
    assert left(refuse(generation, account, throttled)) == pytest.approx(90, abs=5), "by the table"


def test_a_stated_wait_is_never_shortened_for_a_quick_sandbox(click, account, settings):
    settings.FLOW_SPEED = 100
    generation = click()
    assert left(refuse(generation, account, "PUBLIC_ERROR_USER_REQUESTS_THROTTLED", 500)) > 490
    assert left(refuse(generation, account, "PUBLIC_ERROR_USER_REQUESTS_THROTTLED")) < 1


def test_a_daily_quota_holds_its_model_until_midnight_and_lets_others_pass(click, account, settings):
    settings.FLOW_SPEED = 1
    generation, other = click(), click(model="veo-3.1-lite")
    rest = refuse(generation, account, "PUBLIC_ERROR_PER_MODEL_DAILY_QUOTA_REACHED")
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert rest.model == "veo-3.1-fast"
    assert abs((rest.until - tomorrow).total_seconds()) < 5
    account.refresh_from_db()
    Account.objects.filter(pk=account.pk).update(last_sent_at=None)
    account.last_sent_at = None
    assert schedule.next_for(account).pk == other.pk


def test_the_limit_is_halved_by_a_refusal_and_grows_after_a_clean_run(click, account):
    generation = click()
    refuse(generation, account, "PUBLIC_ERROR_USER_REQUESTS_THROTTLED", 1)
    account.refresh_from_db()
    assert pace.running_limit(account) == 2
    for _ in range(pace.CLEAN_RUN):
        pace.learn_acceptance(account)
    account.refresh_from_db()
    assert pace.running_limit(account) == 3
    account.running_cap = 1
    assert pace.running_limit(account) == 1, "never above what an administrator allows"


def lend(account: Account) -> Account:
    Account.objects.filter(pk=account.pk).update(is_lent=True)
    account.refresh_from_db()
    return account


def test_people_take_turns_and_idle_work_waits_for_all_of_them(click, account, people):
    lend(account)
    idle = click("idle", person=people.jonas)
    Generation.objects.filter(pk=idle.pk).update(lane=Lane.IDLE, priority=9)
    mine = [click(f"mine {n}") for n in range(3)]
    hers = [click(f"hers {n}", person=people.aiko) for n in range(2)]
    order = [row.pk for row in schedule.line(account)]
    assert order == [mine[0].pk, hers[0].pk, mine[1].pk, hers[1].pk, mine[2].pk, idle.pk]


# --- one's own line -----------------------------------------------------------------------------------------


def prompts(account: Account) -> list[str]:
    return [Generation.objects.get(pk=row.pk).prompt for row in schedule.line(account)]


def test_a_row_goes_where_it_is_put_and_others_keep_their_turns(click, account, people):
    lend(account)
    a, b, c, d = (click(name) for name in "abcd")
    click("x", person=people.aiko)
    assert prompts(account) == ["a", "x", "b", "c", "d"]
    reorder.move_beside(fresh(d), people.mara, fresh(b))
    assert prompts(account) == ["a", "x", "d", "b", "c"]
    reorder.move_beside(fresh(a), people.mara, fresh(c), after=True)
    assert prompts(account) == ["d", "x", "b", "c", "a"]
    reorder.move_to_place(fresh(a), people.mara, 3)
    assert prompts(account) == ["d", "x", "a", "b", "c"]
    reorder.move_to_place(fresh(d), people.mara, 99)
    assert prompts(account) == ["a", "x", "b", "c", "d"]
    reorder.move_to_front(fresh(c), people.mara)
    assert prompts(account) == ["c", "x", "a", "b", "d"]


def test_there_is_always_room_between_two_rows(click, account, people):
    rows = [click(name) for name in "abc"]
    for n, row in enumerate(rows):
        Generation.objects.filter(pk=row.pk).update(position=100 + n)
    for _ in range(5):
        reorder.move_beside(fresh(rows[2]), people.mara, fresh(rows[1]))
        assert prompts(account) == ["a", "c", "b"]
        reorder.move_beside(fresh(rows[2]), people.mara, fresh(rows[1]), after=True)
        assert prompts(account) == ["a", "b", "c"]


def test_a_batch_row_put_before_one_of_now_is_sent_before_it(click, account, people):
    now, batch = click("now"), click("batch")
    Generation.objects.filter(pk=batch.pk).update(lane=Lane.BATCH)
    reorder.move_to_front(fresh(batch), people.mara)
    assert prompts(account) == ["batch", "now"]
    assert fresh(now).lane == Lane.NOW


def test_only_ones_own_line_can_be_ordered(click, account, people):
    lend(account)
    mine, hers = click("mine"), click("hers", person=people.aiko)
    with pytest.raises(NotAllowed, match="Only Mara"):
        reorder.move_to_place(fresh(mine), people.aiko, 1)
    with pytest.raises(Refusal, match="your own clips"):
        reorder.move_beside(fresh(mine), people.mara, fresh(hers))
    send.claim(fresh(mine), account)
    with pytest.raises(Refusal, match="not waiting"):
        reorder.move_to_place(fresh(mine), people.mara, 1)


# --- to another account ----------------------------------------------------------------------------------


@pytest.fixture
def studio(people, vendor) -> Account:
    """Mara's second account, at the same vendor, under another token."""
    return connect(people.mara, vendor, email="pro@sandbox.example", user=4343)


def held_on(account: Account) -> int:
    return CreditEntry.objects.filter(account=account).on_hold()


def test_waiting_work_goes_to_another_account_with_its_credits(
    click, account, studio, people, engine, vendor
):
    rows = [fresh(click("a")), fresh(click("b"))]
    assert (held_on(account), held_on(studio)) == (20, 0)
    total = reorder.move_to_account(rows, people.mara, studio)
    assert (held_on(account), held_on(studio)) == (0, total)
    generation = engine.finish(rows[0])
    assert generation.state == State.READY
    engine.finish(rows[1])
    assert CreditEntry.objects.filter(account=account).spent() == 0
    assert CreditEntry.objects.filter(account=studio).spent() == total
    assert (held_on(account), held_on(studio)) == (0, 0)
    emails = {one["email"] for one in vendor.control.record()["submissions"]}
    assert emails == {"pro@sandbox.example"}


def test_back_and_forth_balances_and_a_cancel_gives_all_back(click, account, studio, people):
    from generations.flow import stop

    generation = click()
    for to in (studio, account, studio):
        reorder.move_to_account([fresh(generation)], people.mara, to)
    assert (held_on(account), held_on(studio)) == (0, fresh(generation).expected_credits)
    stop.cancel(fresh(generation), people.mara)
    assert (held_on(account), held_on(studio)) == (0, 0)


def test_nothing_moves_without_its_price_the_right_or_the_credits(click, account, studio, people):
    rows = [fresh(click("a")), fresh(click("b"))]
    with pytest.raises(Refusal, match="credits there now"):
        reorder.move_to_account(rows, people.mara, studio, price_shown=1)
    with pytest.raises(NotAllowed):
        reorder.move_to_account(rows, people.aiko, studio)
    lend(studio)
    with pytest.raises(NotAllowed, match="Only Mara"):
        reorder.move_to_account(rows, people.aiko, studio)
    send.claim(fresh(rows[1]), account)
    with pytest.raises(Refusal, match="sent a moment ago"):
        reorder.move_to_account(rows, people.mara, studio)
    assert fresh(rows[0]).account_id == account.pk, "all or none"
    assert held_on(studio) == 0


@pytest.mark.django_db(transaction=True)
def test_a_row_is_never_sent_from_the_account_it_has_left(vendor, click, account, studio, people):
    """A worker that has chosen the row claims it while its person moves it: one of the two wins."""
    for n in range(4):
        generation = fresh(click(f"row {n}"))
        Account.objects.update(last_sent_at=None)
        barrier = threading.Barrier(2)

        def claim(generation=generation, barrier=barrier):
            barrier.wait(5)
            send.claim(generation, Account.objects.select_related("connection").get(pk=account.pk))
            connections.close_all()

        worker = threading.Thread(target=claim)
        worker.start()
        barrier.wait(5)
        try:
            reorder.move_to_account([fresh(generation)], people.mara, studio)
        except Refusal:
            pass
        worker.join(10)
        row = fresh(generation)
        attempt = Attempt.objects.filter(generation=row).first()
        if row.state == State.SENDING:
            assert attempt.account_id == row.account_id == account.pk
            answer.never_sent(attempt, "test")
        else:
            assert (row.account_id, attempt) == (studio.pk, None)
    assert not Attempt.objects.filter(outcome=Outcome.OPEN).exists()
