"""What a limit changes in the dock before the click: the word on the button, a warning, or why not."""

from functools import cached_property

from ...flow.money import budget, quote
from ...flow.money.budget import Limit, Room
from ...models import Account, Person


class Limits:
    """The limits on one person as they stand, in the dock's words; in the sandbox nobody asks them."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @cached_property
    def room(self) -> Room:
        return budget.room(self.person)

    @property
    def asks(self) -> str:
        """Ask Aiko; of a team's only owner it is their own second look."""
        who = self.room.approver
        return f"Ask {who.shown_name}" if who and who.pk != self.person.pk else "Hold for a yes"

    def button(self, price: int | None) -> str:
        return self.asks if price and self.room.asks(price) else "Generate"

    def problem(self, price: int | None) -> str:
        """One's own cap, when the price passes it."""
        own = self.room.refuses(price) if price else None
        return _capped(own) if own else ""

    def note(self, price: int | None) -> str:
        """Why somebody is asked, or that a limit is near; a few words, they stand beside the button."""
        if not price:
            return ""
        if over := self.room.asks(price):
            return over.brief
        warned = self.room.warns(price)
        return warned.brief if warned else ""

    def for_script(self) -> dict[str, dict]:
        """The same for dock.js: {"own", "ask", "warn"}: {"left": credits until it speaks, "why", "word"}."""
        told, room = {}, self.room
        hard = [limit for limit in room.limits if limit.budget.hard is not None]
        for name, own in (("own", True), ("ask", False)):
            if of := min((x for x in hard if x.budget.is_own == own), key=_left, default=None):
                why = _capped(of) if own else of.brief
                told[name] = {"left": max(0, _left(of)), "why": why, "word": "" if own else self.asks}
        soft = [limit for limit in room.limits if limit.budget.soft is not None]
        if near := min(soft, key=lambda limit: limit.budget.soft - limit.used, default=None):
            told["warn"] = {"left": max(0, near.budget.soft - near.used), "why": near.brief}
        return told


def purse(limits: Limits, accounts: list[Account]) -> dict:
    """What is left, which every click changes: credits by account (None: nobody asks), and the limits."""
    left = {str(a.pk): None if a.is_sandbox else quote.available(a) for a in accounts}
    return {"after": left, **limits.for_script()}


def _capped(own: Limit) -> str:
    return f"Own cap: {own.brief}. See Settings, Budget."


def _left(limit: Limit) -> int:
    return (limit.budget.hard or 0) - limit.used
