"""Limits: a warning, a yes, one's own cap; and that no two clicks pass one together."""

import threading

import pytest
from django.db import connections

from generations.catalog.request import Request
from generations.flow import send, stop
from generations.flow.intend import Intent, Refusal, write_intent, write_intents
from generations.flow.money import allow, budget
from generations.models import Account, Budget, CreditEntry, Event, Generation, State
from generations.permissions import NotAllowed

from .conftest import fresh

LIMIT = {"period": "month", "soft": 20, "hard": 30}


@pytest.fixture
def lent(account) -> Account:
    """Mara's account, lent to the makers of the team."""
    account.is_lent = True
    account.save(update_fields=["is_lent"])
    return account


@pytest.fixture
def limit(people):
    """limit(aiko) or limit(None) for the whole team; LIMIT unless told otherwise."""

    def set_(person, **changes) -> Budget:
        return Budget.objects.create(team=people.team, person=person, **(LIMIT | changes))

    return set_


def on_hold() -> int:
    return CreditEntry.objects.all().on_hold()


# --- over a limit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["a person's", "the team's"])
@pytest.mark.parametrize("period", ["day", "month"])
def test_above_a_hard_limit_the_row_is_held_with_nothing_reserved(whose, period, lent, people, limit, click):
    limit(people.aiko if whose == "a person's" else None, period=period)
    kept = [click(person=people.aiko, count=2), click(person=people.aiko)]
    held = click(person=people.aiko)
    assert [g.state for g in [*kept, held]] == [State.WAITING, State.WAITING, State.HELD]
    assert on_hold() == 30
    assert not held.credit_entries.exists()
    why = Event.objects.get(generation=held).why
    assert "leaves 0 of 30 credits" in why and "needs 10" in why


def test_a_limit_of_one_person_is_no_limit_for_another(lent, people, limit, click):
    limit(people.aiko, soft=0, hard=0)
    assert click(person=people.jonas).state == State.WAITING
    assert click(person=people.aiko).state == State.HELD


def test_what_came_back_may_be_asked_for_again_and_what_is_spent_may_not(lent, people, limit, click, engine):
    limit(people.aiko, soft=None, hard=20)
    first, second = click(person=people.aiko), click(person=people.aiko)
    stop.cancel(first, people.aiko)
    assert engine.finish(second).state == State.READY
    assert click(person=people.aiko).state == State.WAITING
    assert click(person=people.aiko).state == State.HELD


def test_free_things_and_the_sandbox_are_never_held(lent, people, limit):
    from tests.people import sandbox_account

    limit(people.aiko, soft=0, hard=0)
    picture = Request(prompt="a boat", model="nano-banana-2", mode="image", ratio="16:9", seconds=None)
    clip = Request(prompt="a boat", model="veo-3.1-fast")
    for number, (account, request) in enumerate([(lent, picture), (sandbox_account(people.aiko), clip)]):
        made, _ = write_intent(people.aiko, account, request, request_key=f"free-{number}")
        assert made.state == State.WAITING


def test_above_the_soft_limit_a_person_is_warned_and_nothing_is_held(lent, people, limit, click):
    limit(people.aiko)
    click(person=people.aiko, count=2)
    room = budget.room(people.aiko)
    assert room.warns(1) and not room.asks(10)
    assert room.warns(1).brief == "10 of 30 left this month"


def test_ones_own_cap_refuses_and_writes_nothing(lent, people, limit, click):
    limit(people.aiko, is_own=True, soft=None, hard=15)
    click(person=people.aiko)
    with pytest.raises(Refusal, match="Your own cap leaves 5 of 15 credits this month"):
        click(person=people.aiko)
    assert Generation.objects.count() == 1


def test_the_wordings_of_one_click_pass_together_or_are_held_together(lent, people, limit):
    limit(people.aiko)
    clicks = [
        (Request(prompt=f"a boat at {when}", model="veo-3.1-fast"), when)
        for when in ("dawn", "noon", "dusk", "night")
    ]
    made = write_intents(people.aiko, lent, clicks, Intent())
    assert {g.state for g in made} == {State.HELD}
    made = write_intents(people.aiko, lent, [(r, f"{k}-2") for r, k in clicks[:3]], Intent())
    assert {g.state for g in made} == {State.WAITING}


def test_the_same_click_twice_is_one_row_although_the_first_took_the_last_credits(account, people):
    from generations.flow.money import balance
    from generations.models import clock

    balance.heard(account.pk, 10, since=clock.now())
    request = Request(prompt="a boat", model="veo-3.1-fast")
    made, new = write_intent(people.mara, account, request, request_key="once")
    again, new_again = write_intent(people.mara, account, request, request_key="once")
    assert (made.pk, new, new_again) == (again.pk, True, False)


# --- a plan that shrinks under what is on hold ----------------------------------------------------------


def test_what_can_no_longer_be_paid_waits_says_why_and_is_sent_when_credits_come(click, engine, vendor):
    from generations.flow.engine import schedule
    from generations.flow.money import balance
    from generations.models import clock

    dear, cheap = click(model="veo-3.1-quality"), click()
    vendor.control.account("ultra@sandbox.example", credits=15)
    balance.heard(dear.account_id, 15, since=clock.now())
    standing = schedule.standings([fresh(dear), fresh(cheap)])
    assert standing[dear.pk].kind == "short"
    assert standing[dear.pk].reason == "Needs 100 credits, the account has 15."
    assert engine.finish(cheap).state == State.READY, "what can be paid passes by"
    assert fresh(dear).state == State.WAITING
    assert len(vendor.control.record()["submissions"]) == 1
    vendor.control.account("ultra@sandbox.example", credits=500)
    balance.heard(dear.account_id, 500, since=clock.now())
    assert engine.finish(dear).state == State.READY


# --- somebody's yes -------------------------------------------------------------------------------------


@pytest.fixture
def held(lent, people, limit, click) -> Generation:
    """A strip of Aiko's that is over her limit."""
    limit(people.aiko, soft=0, hard=0)
    return click(person=people.aiko, count=2)


def test_an_owner_allows_it_and_it_is_made_once(held, people, engine, vendor):
    allow.allow(held, people.mara, price_shown=20)
    assert (fresh(held).state, on_hold()) == (State.WAITING, 20)
    assert engine.finish(held).state == State.READY
    assert (CreditEntry.objects.spent(), on_hold()) == (20, 0)
    assert len(vendor.control.record()["submissions"]) == 1
    said = Event.objects.get(generation=held, verb="allowed")
    assert (said.by, said.why) == (people.mara, "20 credits")


def test_nothing_held_is_ever_sent(held, engine, vendor):
    for _ in range(3):
        engine.turn()
        send.send_due(held.account_id, limit=0.2)
    assert fresh(held).state == State.HELD
    assert vendor.control.record()["submissions"] == []


@pytest.mark.parametrize("who", ["aiko", "jonas", "vera", "charlie"])
def test_nobody_else_may_allow_or_decline(who, held, people):
    for verb in (allow.allow, allow.decline):
        with pytest.raises(NotAllowed):
            verb(held, getattr(people, who))
    assert fresh(held).state == State.HELD


def test_a_no_ends_it_and_says_who(held, people):
    allow.decline(held, people.mara)
    assert fresh(held).state == State.CANCELLED
    assert Event.objects.get(generation=held, verb="declined").why == "Mara said no."
    assert not held.credit_entries.exists()


def test_a_yes_does_not_lift_the_balance(held, people):
    from generations.flow.money import balance
    from generations.models import clock

    balance.heard(held.account_id, 15, since=clock.now())
    with pytest.raises(Refusal, match="Needs 20 credits, you have 15"):
        allow.allow(held, people.mara)
    assert (fresh(held).state, on_hold()) == (State.HELD, 0)


def test_another_price_than_the_one_on_the_button_is_not_spent(held, people):
    with pytest.raises(Refusal, match="It takes 20 credits now"):
        allow.allow(held, people.mara, price_shown=10)
    assert (fresh(held).state, on_hold()) == (State.HELD, 0)


def test_withdrawn_or_allowed_but_not_both(held, people):
    stale = fresh(held)
    stop.cancel(held, people.aiko)
    with pytest.raises(Refusal, match="decided meanwhile"):
        allow.allow(stale, people.mara)
    assert (fresh(held).state, on_hold()) == (State.CANCELLED, 0)


def test_a_cheaper_model_takes_its_place_and_needs_nobody(lent, people, limit, click):
    limit(people.aiko, soft=None, hard=15)
    held = click(person=people.aiko, model="veo-3.1-quality")
    request, price = allow.cheaper(held, people.aiko)
    assert (request.model, price) == ("veo-3.1-fast", 10)
    made = allow.use_cheaper(held, people.aiko, request_key="cheaper", price_shown=10)
    assert (made.state, made.parent, fresh(held).state) == (State.WAITING, held, State.CANCELLED)
    assert on_hold() == 10


def test_a_row_that_kept_its_reserve_is_let_go_on_by_its_own_maker(lent, people, click):
    """So after a restore: it may have been sent already, and only a person can know."""
    row = click(person=people.aiko)
    assert row.move(State.HELD, why="This prompt may have been sent after this backup.")
    assert on_hold() == 10
    allow.allow(fresh(row), people.aiko)
    assert (fresh(row).state, on_hold()) == (State.WAITING, 10)


# --- two at once ----------------------------------------------------------------------------------------


def at_once(*acts) -> list:
    """Run all of them in threads that start together; what each returned or raised."""
    barrier, said = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait(10)
            said[place] = act()
        except Exception as no:
            said[place] = no
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=40)
    return said


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_no_more_are_reserved_than_the_balance_has(vendor, account, click):
    from generations.flow.money import balance
    from generations.models import clock

    balance.heard(account.pk, 35, since=clock.now())
    said = at_once(*[lambda n=n: click(key=f"at-once-{n}") for n in range(8)])
    assert on_hold() == 30
    assert sum(isinstance(each, Refusal) for each in said) == 5, said


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_from_two_accounts_no_more_pass_the_limit(vendor, people, lent, limit):
    from .conftest import connect

    limit(None)
    own = connect(people.aiko, vendor, user=4343)

    def ask(person, account, n):
        request = Request(prompt="a boat", model="veo-3.1-fast")
        return write_intent(person, account, request, request_key=f"two-{n}")[0]

    said = at_once(
        *[lambda n=n: ask(people.aiko, own, n) for n in range(4)],
        *[lambda n=n: ask(people.jonas, lent, n) for n in range(4)],
    )
    assert sorted(each.state for each in said) == [State.HELD] * 5 + [State.WAITING] * 3, said
    assert on_hold() == 30


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_allows_or_withdraws(vendor, people, held):
    from generations.flow.money import balance
    from generations.models import clock

    balance.heard(held.account_id, 25, since=clock.now())
    first, second, third = fresh(held), fresh(held), fresh(held)
    said = at_once(
        lambda: allow.allow(first, people.mara),
        lambda: allow.allow(second, people.mara),
        lambda: stop.cancel(third, people.aiko),
    )
    assert sum(each is None for each in said) == 1, said
    assert on_hold() == (20 if fresh(held).state == State.WAITING else 0)


@pytest.mark.django_db(transaction=True)
def test_the_same_click_from_two_tabs_at_once_is_one_row(vendor, people, account):
    from generations.flow.money import balance
    from generations.models import clock

    balance.heard(account.pk, 10, since=clock.now())
    request = Request(prompt="a boat", model="veo-3.1-fast")
    said = at_once(
        *[lambda: write_intent(people.mara, account, request, request_key="one")[0].pk for _ in range(4)]
    )
    assert len(set(said)) == 1, said
    assert on_hold() == 10
