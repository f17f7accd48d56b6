"""How much of a day's free allowance an account has used, counted from what was accepted here.

Whatever another program makes on the account is not in it, so a gauge is a lower bound and says so.
"""

from dataclasses import dataclass

from django.db.models import Sum

from ...catalog.allowances import Allowance, allowances
from ...models import Account, Generation
from ..people import capabilities
from . import quote


@dataclass(frozen=True)
class Gauge:
    """`used` of about `allowance.about` since the vendor's day began."""

    allowance: Allowance
    used: int
    zone: str = "UTC"  # where that day begins at midnight

    @property
    def is_nearly_full(self) -> bool:
        return self.used >= self.allowance.about * 9 // 10


def today(account: Account) -> list[Gauge]:
    """The gauges of this account's plan."""
    facts = quote.facts_of(account)
    zone = capabilities.settings().day_zone
    return [Gauge(one, _used(account, one, facts), zone) for one in allowances(facts)]


def _used(account: Account, allowance: Allowance, facts) -> int:
    begun, _ = capabilities.vendor_day()
    rows = Generation.objects.filter(account=account, accepted_at__gte=begun)
    if allowance.id == "images":
        rows = rows.filter(mode="image")
    else:
        slow = [engine.id for engine in facts.engines("video") if engine.low_priority]
        rows = rows.filter(model__in=slow).exclude(mode__in=["upscale", "gif", "join"])
    return rows.aggregate(made=Sum("count"))["made"] or 0
