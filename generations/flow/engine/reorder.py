"""The person's own line: a row goes to the front, to a place, or to another account. Others keep their turns.

Work never changes its account by itself, since it then spends somebody else's credits: only by a click of
the person whose work it is, at the price shown, and only where they may spend (architecture.md 3.5).
"""

from django.db import transaction

from ... import permissions
from ...catalog.request import Request
from ...models import Account, Generation, Person, State, clock
from ..inputs import uses
from ..intend import Refusal, check_balance
from ..money import budget, quote, settle
from . import doorbell, schedule

MOST_AT_ONCE = 50  # rows that go to another account with one click
GONE = "It is not waiting any more. Look at the card again."


def move_to_front(generation: Generation, by: Person) -> None:
    """First in its person's own line on its account. Raises NotAllowed, Refusal."""
    permissions.check_may_decide(by, generation)
    _put(generation, 0, by, "moved to the front")


def move_to_place(generation: Generation, by: Person, place: int) -> None:
    """To this place of the account's line, counted from 1, as far as one's own turns reach that far.

    Raises NotAllowed, Refusal.
    """
    _check_own(generation, by)
    if place < 1:
        raise Refusal("Places in line begin with 1.", "place")
    ahead = [row for row in schedule.line(generation.account) if row.pk != generation.pk][: place - 1]
    mine = sum(row.person_id == generation.person_id for row in ahead)
    _put(generation, mine, by, f"moved to place {place}")


def move_beside(generation: Generation, by: Person, other: Generation, *, after: bool = False) -> None:
    """Before (or after) another row of the same line, where it was dropped. Raises NotAllowed, Refusal."""
    _check_own(generation, by)
    if other.person_id != generation.person_id or other.account_id != generation.account_id:
        raise Refusal("A clip can only change places with your own clips on the same account.")
    own = [row.pk for row in _own_line(generation)]
    if other.pk not in own:
        raise Refusal(GONE)
    _put(generation, own.index(other.pk) + after, by, "moved in line")


def able_to_move(account: Account, person: Person, to: Account) -> list[tuple[Generation, int]]:
    """Waiting rows of this person's on an account that another could make, and their prices there."""
    if not permissions.may_spend_from(person, to):
        return []
    able = []
    for row in schedule.waiting_rows(account, person.pk).select_related("account", "person")[:MOST_AT_ONCE]:
        try:
            able.append((row, price_at(row, person, to)))
        except Refusal:
            continue
    return able


def move_to_account(
    rows: list[Generation], by: Person, to: Account, *, price_shown: int | None = None
) -> int:
    """Waiting rows of one's own go to another account: all of them or none; returns the new price together.

    What is on hold is given back there and reserved here in one transaction. Raises NotAllowed, Refusal.
    """
    permissions.check_may_spend_from(by, to)
    prices = [price_at(row, by, to) for row in rows]
    total = sum(prices)
    if price_shown is not None and not to.is_sandbox and price_shown != total:
        raise Refusal(f"It takes {total:,} credits there now. Nothing was moved: look at it again.", "price")
    with transaction.atomic():
        # Both accounts' rows, always in this order, before any team's: as every click and every claim does.
        held = Account.objects.select_for_update(no_key=True).order_by("pk")
        list(held.filter(pk__in={to.pk, *(row.account_id for row in rows)}).values_list("pk"))
        check_balance(to, total)
        _check_limits(by, total - sum(settle.held(row) for row in rows), to)
        for row, price in zip(rows, prices, strict=True):
            _move(row, by, to, price)
        doorbell.ring_after_commit()
    return total


# --- parts ----------------------------------------------------------------------------------------------


def _check_own(generation: Generation, by: Person) -> None:
    """One's own line is one's own: not even the owner of the account changes its order."""
    if generation.person_id != by.pk and not by.is_superuser:
        raise permissions.NotAllowed(f"Only {generation.person.shown_name} can change the order of these.")


def _own_line(generation: Generation) -> list[Generation]:
    """The other waiting rows of this person on this account, in order."""
    rows = schedule.waiting_rows(generation.account, generation.person_id)
    return list(rows.exclude(pk=generation.pk).only("pk", "position", "lane", "priority"))


def _put(generation: Generation, place: int, by: Person, verb: str) -> None:
    """At this place among one's own rows, from 0; it takes lane and priority of where it then stands."""
    if generation.state != State.WAITING:
        raise Refusal(GONE)
    with transaction.atomic():
        own = _own_line(generation)
        before, behind = (
            own[place - 1] if 0 < place <= len(own) else None,
            own[place] if place < len(own) else None,
        )
        if own and before is None and behind is None:
            before = own[-1]
        beside = behind or before or generation
        generation.note(
            verb,
            by=by,
            position=_between(before, behind, generation),
            lane=beside.lane,
            priority=beside.priority,
        )
        doorbell.ring_after_commit()


def _between(before: Generation | None, behind: Generation | None, row: Generation) -> int:
    """A position between two rows; positions are keys in time, so there is nearly always room."""
    if before is None and behind is None:
        return row.position
    if behind is None or (before and (before.lane, before.priority) != (behind.lane, behind.priority)):
        return before.position + STEP if behind is None else behind.position - STEP
    if before is None:
        return behind.position - STEP
    if behind.position - before.position < 2:
        _spread(row, behind)
        behind.refresh_from_db(fields=["position"])
    return (before.position + behind.position) // 2


STEP = 1 << 16


def _spread(row: Generation, behind: Generation) -> None:
    """Make room before `behind`: it and all that follow in its lane go back a step."""
    following = schedule.waiting_rows(row.account, row.person_id).filter(
        lane=behind.lane, priority=behind.priority, position__gte=behind.position
    )
    for other in following.exclude(pk=row.pk).order_by("-position").only("pk", "position"):
        Generation.objects.filter(pk=other.pk).update(position=other.position + STEP)


def price_at(row: Generation, by: Person, to: Account) -> int:
    """Credits of a waiting row on another account. Raises NotAllowed, Refusal when it cannot go there."""
    if row.person_id != by.pk:
        raise permissions.NotAllowed(f"Only {row.person.shown_name} can move this to another account.")
    if row.state != State.WAITING:
        raise Refusal(GONE)
    if to.is_sandbox != row.is_sandbox or not to.is_chosen:
        raise Refusal("This cannot be moved to that account.")
    if to.pk == row.account_id:
        raise Refusal(f"It waits for {to.name} already.")
    request = Request.from_json(row.request)
    price, problems = quote.priced(to, request)
    problems = [*problems, *uses.check(by, to, request)]
    if problems:
        raise Refusal(f"{row.label}: {problems[0].sentence}", problems[0].field)
    return price.credits or 0


def _check_limits(by: Person, more: int, to: Account) -> None:
    """A dearer account must not lead past a limit: then it is asked for anew, and somebody says yes."""
    if more <= 0 or to.is_sandbox:
        return
    room = budget.room(by, lock=True)
    if limit := room.refuses(more) or room.asks(more):
        raise Refusal(f"{limit.words} This needs {more:,} more there. Nothing was moved.", "price")


def _move(row: Generation, by: Person, to: Account, price: int) -> None:
    before = row.account
    if not Generation.objects.filter(pk=row.pk, state=State.WAITING, account=before).exists():
        raise Refusal(f"{row.label} was sent a moment ago. Nothing was moved.")
    settle.move_hold(row, to, price, by=by)
    row.note(
        "moved to another account",
        by=by,
        why=f"{before.name} to {to.name}, {price:,} credits",
        account_id=to.pk,
        expected_credits=price,
        expected_seconds=quote.facts_of(to).expected_seconds(row.model) or 0,
        due_at=clock.now(),
        wait_reason="",
        waits=0,
    )
