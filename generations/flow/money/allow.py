"""Somebody's yes: a held row is allowed, declined or withdrawn, or goes on as a cheaper one.

Allowing reserves in the same transaction, behind the same lock as a click; the limit itself is what the
yes lifts, the balance is not. A row that kept its reserve (after a restore) is only let go on.
"""

from collections import Counter

from django.db import transaction

from ... import permissions
from ...catalog.request import Request
from ...models import Account, Generation, Person, State, clock
from .. import stop
from ..engine import doorbell
from ..intend import Intent, Refusal, check_balance, write_intent
from . import budget, quote, settle

MOST = 100  # rows that one yes is for
DECIDED = "This has been decided meanwhile. Look at the card again."


def allow(generation: Generation, by: Person, *, price_shown: int | None = None) -> None:
    """HELD goes to WAITING, its credits on hold. Raises NotAllowed, Refusal (then it stays held)."""
    permissions.check_may_allow(by, generation)
    if generation.state != State.HELD:
        raise Refusal(DECIDED)
    keeps = permissions.keeps_reserve(generation)
    price = generation.expected_credits if keeps else _price(generation)
    if price_shown is not None and not generation.is_sandbox and price_shown != price:
        raise Refusal(f"It takes {price:,} credits now. Nothing was sent: look at it again.", "price")
    with transaction.atomic():
        if not keeps:
            if price:
                check_balance(generation.account, price)
            generation.expected_credits = price
            settle.reserve(generation, by=by)
        changes = {"due_at": clock.now(), "wait_reason": "", "expected_credits": price}
        if not generation.move(State.WAITING, by=by, verb="allowed", why=f"{price:,} credits", **changes):
            transaction.set_rollback(True)
            raise Refusal(DECIDED)
        doorbell.ring_after_commit()


def allow_all(rows: list[Generation], by: Person, *, price_shown: int | None) -> int:
    """Say yes to all of these held rows together; `price_shown` is the sum that the person read.

    All or none: each is looked at again in one transaction. A second click on the same rows finds them
    allowed and changes nothing. Returns the credits together. Raises NotAllowed, Refusal.
    """
    if len(rows) > MOST:
        raise Refusal(f"At most {MOST} can be allowed with one click.")
    for row in rows:
        permissions.check_may_allow(by, row)
    if rows and all(row.state == State.WAITING and _was_allowed_by(by, row) for row in rows):
        return sum(row.expected_credits for row in rows)
    with transaction.atomic():
        # Accounts first, always in this order, before any team's: as every click and every claim does.
        accounts = Account.objects.select_for_update(no_key=True).order_by("pk")
        held = {one.pk: one for one in accounts.filter(pk__in={row.account_id for row in rows})}
        needs: Counter[int] = Counter()
        for row in rows:
            if row.state != State.HELD:
                raise Refusal(f"{row.label} has been decided meanwhile. None was allowed.")
            if not (row.is_sandbox or permissions.keeps_reserve(row)):
                needs[row.account_id] += _price(row)
        total = needs.total()
        if total != price_shown:
            raise Refusal(f"They take {total:,} credits now. None was allowed: look at them again.", "price")
        for pk, credits in needs.items():
            has = quote.available(held[pk])
            if has is not None and credits > has:
                raise Refusal(
                    f"All {len(rows)} need {credits:,} credits, and {held[pk].name} has {max(0, has):,} left."
                    " None was allowed."
                )
        for row in sorted(rows, key=lambda row: row.pk):
            try:
                allow(row, by)
            except Refusal as no:
                raise Refusal(f"{row.label}: {no.sentence} None was allowed.", no.field) from None
        return total


def _was_allowed_by(by: Person, row: Generation) -> bool:
    return row.events.filter(verb="allowed", by=by).exists()


def decline(generation: Generation, by: Person) -> None:
    """The answer is no: nothing was reserved or sent. Raises NotAllowed, Refusal."""
    permissions.check_may_allow(by, generation)
    if generation.state != State.HELD:
        raise Refusal(DECIDED)
    stop.end_unsent(
        generation, by, verb="declined", back="Declined before sending.", why=f"{by.shown_name} said no."
    )


def cheaper(generation: Generation, person: Person) -> tuple[Request, int] | None:
    """The same with the dearest cheaper model that needs nobody's yes, of the same family where there is
    one; None when there is none.
    """
    asked, account = Request.from_json(generation.request), generation.account
    left = budget.room(person).left(own=False)
    most = generation.expected_credits - 1 if left is None else min(left, generation.expected_credits - 1)
    family, found = asked.model.partition("-")[0], []
    for engine in quote.facts_of(account).engines(generation.kind):
        other = asked.but(model=engine.id)
        price, problems = quote.priced(account, other)
        if price.credits is not None and price.credits <= most and not problems:
            found.append((engine.id.startswith(family), price.credits, other))
    _, credits, request = max(found, key=lambda one: one[:2], default=(False, 0, None))
    return (request, credits) if request else None


def use_cheaper(
    generation: Generation, by: Person, *, request_key: str, price_shown: int | None = None
) -> Generation:
    """Withdraw the held row and ask for `cheaper` in its place, together. Raises NotAllowed, Refusal."""
    found = cheaper(generation, by)
    if found is None or generation.state != State.HELD:
        raise Refusal("There is no cheaper way any more. Look at the card again.")
    request, price = found
    if price_shown is not None and not generation.is_sandbox and price_shown != price:
        raise Refusal(f"It takes {price:,} credits now. Nothing was sent: look at it again.", "price")
    intent = Intent(
        visibility=generation.visibility, parent=generation, relation="again", batch=generation.batch
    )
    with transaction.atomic():
        made, _ = write_intent(by, generation.account, request, request_key=request_key, intent=intent)
        stop.cancel(generation, by)
        return made


def _price(generation: Generation) -> int:
    """What it takes now: prices may have changed since it was asked for."""
    price, problems = quote.priced(generation.account, Request.from_json(generation.request))
    if problems:
        raise Refusal(problems[0].sentence, problems[0].field)
    return price.credits or 0
