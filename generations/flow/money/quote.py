"""What a request would cost from an account, and what stands against it. No network, no writing."""

from dataclasses import dataclass
from decimal import Decimal

from ...catalog import plans, prices, rules
from ...catalog.plans import Facts
from ...catalog.prices import Price
from ...catalog.request import Request
from ...models import Account
from ...models.ledger import held_on
from ..people import capabilities
from . import balance


@dataclass(frozen=True)
class Quote:
    """`problems` are reasons why it cannot be sent as it is; `after` is the balance once it is queued."""

    price: Price
    problems: tuple[rules.Problem, ...]
    balance: int | None
    after: int | None

    @property
    def is_possible(self) -> bool:
        return not self.problems


def facts_of(account: Account) -> Facts:
    """What the catalog has to know about an account."""
    overlay = capabilities.overlay()
    return plans.facts_of(
        tier=account.tier,
        sku=account.sku,
        credits=account.credits,
        vendor_models=account.vendor_models,
        is_sandbox=account.is_sandbox,
        email=account.email,
        overlay=overlay,
        own=overlay.own.get(account.pk),
    )


def usd_per_credit(account: Account) -> Decimal | None:
    """What a credit of this account costs by its plan; without reading its list of models."""
    known = plans.plan(plans.plan_of(account.tier, account.sku), capabilities.overlay().plans)
    return known.usd_per_credit if known else None


def on_hold(account: Account) -> int:
    """Credits reserved by what is still moving on this account."""
    return held_on(account.pk)


def available(account: Account) -> int | None:
    """What may still be asked for: the balance less what we have on hold; None while it is not known."""
    there = balance.standing(account)
    return None if there is None else there - on_hold(account)


def priced(account: Account, request: Request) -> tuple[Price, list[rules.Problem]]:
    """Price and problems of a request by the catalog alone, whatever the balance is."""
    facts = facts_of(account)
    return prices.price_of(request, facts), list(rules.problems(request, facts))


def quote(account: Account, request: Request) -> Quote:
    """Price and problems of one request, the balance included."""
    price, problems = priced(account, request)
    has = available(account)
    if has is not None and price.credits and price.credits > has:
        problems.append(short_of_credits(price.credits, has))
    after = None if has is None or price.credits is None else has - price.credits
    return Quote(price, tuple(problems), has, after)


def short_of_credits(needs: int, has: int) -> rules.Problem:
    return rules.Problem("account", f"Needs {needs:,} credits, you have {max(0, has):,}. Nothing was sent.")
