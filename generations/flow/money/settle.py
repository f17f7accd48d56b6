"""The ledger follows a generation: reserved with the click, then spent or given back, each once.

Entries are only added. Writing one that is there already changes nothing (the database keeps each kind
once per generation), so every step may be repeated after a crash.
"""

from django.db import transaction

from ...library import index
from ...models import Account, CreditEntry, Generation, State
from ...models.ledger import Kind


def reserve(generation: Generation, *, by=None) -> None:
    """Hold the expected credits; part of the transaction of the click."""
    _add(generation, Kind.RESERVE, generation.expected_credits, by=by)


def give_back(generation: Generation, why: str) -> None:
    """Nothing was charged: what is on hold returns."""
    _release(generation, held(generation), why)


def reserve_again(generation: Generation, why: str) -> None:
    """A written-off job turns up: its credits are on hold again, in the caller's transaction."""
    _add(generation, Kind.ADJUST, generation.expected_credits - held(generation), cause="turned up", why=why)


def move_hold(generation: Generation, to: Account, price: int, *, by=None) -> None:
    """A waiting row goes to another account: its hold ends there and begins here, at this account's price."""
    moves = CreditEntry.objects.filter(
        generation=generation, kind=Kind.ADJUST, cause__startswith="moved"
    ).count()
    why = f"Moved from {generation.account.name} to {to.name}."
    _add(generation, Kind.ADJUST, -held(generation), cause=f"moved away {moves}", why=why, by=by)
    generation.account = to
    _add(generation, Kind.ADJUST, price, cause=f"moved here {moves}", why=why, by=by)


def _release(generation: Generation, amount: int, why: str) -> None:
    """Each generation has one release; what is given back a second time changes what is held instead."""
    if CreditEntry.objects.filter(generation=generation, kind=Kind.RELEASE).exists():
        if amount:
            _add(generation, Kind.ADJUST, -amount, cause="given back again", why=why)
        return
    if not amount and not CreditEntry.objects.filter(generation=generation).exists():
        return  # it was held for a yes and nothing was ever on hold
    _add(generation, Kind.RELEASE, amount, why=why)


def fail(generation: Generation, why_free: str, **move) -> bool:
    """Nothing was charged and the row has failed: both, or neither when somebody else has moved it."""
    with transaction.atomic():
        give_back(generation, why_free)
        for name in ("failure", "failure_reason"):  # searchable at once; move sets them again with its update
            setattr(generation, name, move.get(name, ""))
        index.write_words(generation)
        if generation.move(State.FAILED, **move):
            return True
        transaction.set_rollback(True)
        return False


def charge(generation: Generation, credits: int, why: str = "") -> None:
    """`credits` were spent; the rest on hold returns, and a higher price is written as a change first."""
    if CreditEntry.objects.filter(generation=generation, kind=Kind.SPEND).exists():
        return
    on_hold = held(generation)
    if credits > on_hold:
        _add(generation, Kind.ADJUST, credits - on_hold, cause="charged more", why=why)
        on_hold = credits
    _add(generation, Kind.SPEND, credits, why=why)
    if on_hold > credits:
        _release(generation, on_hold - credits, why or "Not all clips were made.")


def charge_after_all(generation: Generation, credits: int) -> None:
    """A failed row was charged although its credits had been given back: found by the balance alone."""
    why = "The balance went down by this, and nothing else of the account moved."
    _add(generation, Kind.ADJUST, credits, cause="charged after all", why=why)
    _add(generation, Kind.SPEND, credits, why=why)


def held(generation: Generation) -> int:
    return CreditEntry.objects.filter(generation=generation).on_hold()


def each(generation: Generation) -> int:
    """Credits of one clip of the strip."""
    return generation.expected_credits // max(1, generation.count)


def _add(generation: Generation, kind: Kind, amount: int, *, cause: str = "", why: str = "", by=None) -> None:
    CreditEntry.objects.bulk_create(
        [
            CreditEntry(
                generation=generation,
                account_id=generation.account_id,
                kind=kind,
                amount=amount,
                cause=cause,
                why=why[:300],
                by=by,
            )
        ],
        ignore_conflicts=True,
    )
