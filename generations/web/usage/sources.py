"""Where the prices on the pages come from: every table with its date and who says so (ui.md section 11)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ...catalog import money, plans, prices
from ...flow.people import capabilities
from ...models import Account
from .. import words
from .figures import name_of


@dataclass(frozen=True)
class Priced:
    """A line of a table: what, whose, how much, from when; `is_older` is kept to be seen and never used."""

    name: str
    whose: str
    amount: str
    dated: str
    is_older: bool = False


@dataclass(frozen=True)
class Sources:
    by: dict[str, str]
    accounts: list[str]
    by_hand: list[Priced]
    credits: list[Priced]
    official: list[Priced]
    plans: list[Priced]
    months: str


def sources_of(accounts: list[Account]) -> Sources:
    """All of it; `accounts` are those whose own prices this person's clips may be paid by."""
    stated = [
        f"{a.name} (read {words.clock(a.read_at)})"
        for a in accounts
        if a.is_chosen and a.vendor_models and a.read_at
    ]
    return Sources(
        prices.said_by(), stated, _by_hand(accounts), _credits(), _official(), _plans(), prices.table_months()
    )


def _credits() -> list[Priced]:
    found, before = [], []
    for row in prices.price_tables():
        found.append(
            Priced(
                name_of(row["engine"]),
                _plan_names(row["plans"], row["engine"] in {one["engine"] for one in before}),
                ", ".join(_each(row)),
                row["dated"],
                row.get("older", False),
            )
        )
        before.append(row)
    work = prices.work_prices()
    amount = ", ".join(
        f"{_work_name(slot)} {money.credits(credits)}" for slot, credits in work["credits"].items()
    )
    return [*found, Priced("Next steps and images", "", amount, work["dated"])]


def _work_name(slot: str) -> str:
    return slot.upper() if slot == "gif" else slot.replace("4k", "4K").replace("2k", "2K")


def _each(row: dict) -> list[str]:
    """5 for 4–8 s; 7 for 4 s, 10 for 6 s."""
    by_seconds = row.get("by_seconds", {})
    lengths = list(by_seconds)
    if len(lengths) > 1 and len(set(by_seconds.values())) == 1:
        each = [f"{by_seconds[lengths[0]]} for {lengths[0]}–{lengths[-1]} s"]
    else:
        each = [f"{credits} for {seconds} s" for seconds, credits in by_seconds.items()]
    return each + ([f"{row['edit']} for an edit"] if "edit" in row else [])


def _plan_names(ids: list[str], is_second: bool) -> str:
    names = [plan.name for id in ids if (plan := plans.plan(id))]
    return " and ".join(names) if names else "other plans" if is_second else "every plan"


def _official() -> list[Priced]:
    return [
        Priced(
            name_of(row["engine"]),
            "",
            f"{_dollars(row['usd'])} for {row['seconds']} s"
            if "seconds" in row
            else f"{_dollars(row['usd'])} an image",
            row["dated"],
        )
        for row in prices.official_table()
    ]


def _dollars(text: str) -> str:
    """$0.134 keeps its third place."""
    return f"${text}" if len(text.partition(".")[2]) > 2 else money.dollars(Decimal(text))


def _plans() -> list[Priced]:
    found = []
    for shipped in plans.plans():
        one = plans.plan(shipped.id, capabilities.overlay().plans)
        amount = f"{money.dollars(one.monthly_usd)} a month for {one.monthly_credits:,} credits"
        if one.usd_per_credit:
            amount += f", ${one.usd_per_credit:.3f} each"
        month = f"{date.fromisoformat(one.dated):%B %Y}" if one.dated else ""
        found.append(Priced(one.name, "", amount, month))
    return found


def _by_hand(accounts: list[Account]) -> list[Priced]:
    """Credits that an administrator has written: of all accounts, and of these."""
    names = {account.pk: account.name for account in accounts}
    return [
        Priced(
            name_of(fact.model) if fact.model else "All models",
            names.get(fact.account, ""),
            fact.value,
            fact.month,
        )
        for fact in capabilities.facts()
        if fact.what == "credits" and (fact.account is None or fact.account in names)
    ]
