"""Where else a waiting row could be made, told with the price there; or why nowhere.

Asked for cards, so the accounts are read once for all rows of a page. Nothing is moved here: reorder.py does
that, at a click, and looks at everything again.
"""

from collections import defaultdict
from dataclasses import dataclass

from ... import permissions
from ...models import Account, Generation, Person, Rest, clock
from ..intend import Refusal
from ..money import quote
from . import reorder

MOST_TOLD = 2  # accounts whose reason is said


@dataclass(frozen=True)
class Elsewhere:
    """The cheapest other account that would make this row now, and its credits there; else why none does."""

    to: Account | None = None
    credits: int = 0
    why: str = ""
    is_alone: bool = False  # the person has no other account at all


class Others:
    """The accounts whose credits a person may spend, as they feel now."""

    def __init__(self, by: Person) -> None:
        self.by = by
        usable = Account.objects.usable_by(by).filter(is_chosen=True).select_related("connection__owner")
        self.accounts = [one for one in usable.order_by("pk") if permissions.may_spend_from(by, one)]
        self.resting: dict[int, set[str]] = defaultdict(set)
        rests = Rest.objects.filter(account__in=self.accounts, until__gt=clock.now())
        for pk, model in rests.values_list("account_id", "model"):
            self.resting[pk].add(model)
        self.left = {one.pk: quote.available(one) for one in self.accounts if not one.is_sandbox}
        self._known: dict[tuple, Elsewhere] = {}

    def of(self, row: Generation) -> Elsewhere:
        """For a waiting row of this person's own."""
        key = (row.account_id, row.model, row.expected_credits, repr(row.request))
        if key not in self._known:
            self._known[key] = self._look(row)
        return self._known[key]

    def _look(self, row: Generation) -> Elsewhere:
        able, reasons = [], []
        for to in self.accounts:
            if to.pk == row.account_id or to.is_sandbox != row.is_sandbox:
                continue
            if why := self._why_not_now(to, row):
                reasons.append(f"{to.name} {why}")
                continue
            try:
                price = reorder.price_at(row, self.by, to)
            except Refusal as no:
                reasons.append(f"{to.name}: {no.sentence.partition(': ')[2].rstrip('.') or 'not possible'}")
                continue
            has = self.left.get(to.pk)
            if has is not None and price > has:
                reasons.append(f"{to.name} has {max(0, has):,} of {price:,} credits")
                continue
            able.append((price, to.pk, to))
        if able:
            price, _, to = min(able)
            return Elsewhere(to, 0 if to.is_sandbox else price)
        if not reasons:
            return Elsewhere(is_alone=True)
        return Elsewhere(why=f"No other account can take it: {'; '.join(reasons[:MOST_TOLD])}.")

    def _why_not_now(self, to: Account, row: Generation) -> str:
        if not to.is_healthy:
            return "must sign in again"
        if to.paused_at:
            return "is paused"
        if {"", row.model} & self.resting[to.pk]:
            return "rests too"
        return ""
