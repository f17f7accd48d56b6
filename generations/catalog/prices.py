"""What a request costs: credits from the account's own list, else from the dated table; money from the plan.

Wildcards and batches are many requests: whoever makes them adds up. Nothing here promises what Google takes
in the end (flow-api.md section 18); it is what the button says and the ledger reserves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from .plans import Facts
from .request import Request
from .tables import table


@dataclass(frozen=True)
class Price:
    """`credits` for the whole request, `each` per clip; None means nobody knows. Money in US dollars.

    `money` is an estimate by the plan's price per credit; `official` is what Google's own API would take;
    `dated` is the month of the table, empty when the account itself said so.
    """

    credits: int | None
    each: int | None
    source: str  # account or table
    dated: str = ""
    money: Decimal | None = None
    official: Decimal | None = None
    saved: Decimal | None = None

    @property
    def is_free(self) -> bool:
        return self.credits == 0


def price_of(request: Request, facts: Facts) -> Price:
    """The price of one request on this account."""
    each, source, dated = _credits_each(request, facts)
    credits = each * request.count if each is not None else None
    rate = facts.usd_per_credit
    money = (
        Decimal(0) if credits == 0 else credits * rate if credits is not None and rate is not None else None
    )
    one = official_each(request.model, _official_seconds(request)) if _has_official(request) else None
    official = one * request.count if one is not None else None
    saved = official - money if official is not None and money is not None else None
    return Price(credits, each, source, dated, money, official, saved)


SMALL = " at 360p"


def slot_of(request: Request, facts: Facts) -> int | str | None:
    """What is paid for, as an administrator names it: 8, "8 at 360p", "edit", "extend", "upscale 4k"."""
    mode = request.mode
    if mode == "upscale":
        kind, default = _enlarging(request, facts)
        return f"{kind} {request.resolution or default}".replace("_", " ").lower()
    if mode in ("extend", "image", "gif", "join"):
        return mode
    slot = "edit" if mode == "edit" else request.seconds
    return f"{slot}{SMALL}" if request.resolution == "360p" else slot


@lru_cache(maxsize=1)
def work_slots() -> tuple[str, ...]:
    """Names of what works on a clip that is there, and of images: their prices may be said of all models."""
    return "extend", *work_prices()["credits"]


def work_prices() -> dict:
    """`credits` of that work as the table has them, `dated` and `source`; an extension costs as its model."""
    work = table("prices")["work"]
    larger = {
        f"{kind} {size}".replace("_", " ").lower(): credits
        for kind in ("upscale", "image_upscale")
        for size, credits in work[kind].items()
    }
    rest = {name: work[name] for name in ("gif", "image")}
    return {"credits": larger | rest, "dated": work["dated"], "source": work["source"]}


def _enlarging(request: Request, facts: Facts) -> tuple[str, str]:
    known = facts.engine(request.model)
    kind = "image_upscale" if known and known.kind == "image" else "upscale"
    return kind, "2k" if kind == "image_upscale" else "1080p"


def _credits_each(request: Request, facts: Facts) -> tuple[int | None, str, str]:
    """Credits of one clip, who says so, and from when: this account's own row, else what the account states,
    else what an administrator says of all, else the dated table.
    """
    slot = slot_of(request, facts)
    if told := _told(facts.own, request.model, slot):
        return told
    if slot in work_slots() and (told := _told(facts.said, request.model, slot)):
        return told  # accounts state prices of making clips only
    work = table("prices")["work"]
    if request.mode == "join":
        return work["join"], "table", work["dated"]
    if slot in work_prices()["credits"]:
        return work_prices()["credits"][slot], "table", work["dated"]
    if request.mode == "upscale":
        return None, "table", work["dated"]
    if slot == "extend":
        slot = work["extend_seconds"]
        if told := _told(facts.own, request.model, slot):
            return told
    stated = facts.costs.get((request.model, slot))
    if stated is not None:
        return stated, "account", ""
    return _told(facts.said, request.model, slot) or _by_table(request, slot, facts)


def _by_table(request: Request, slot: int | str | None, facts: Facts) -> tuple[int | None, str, str]:
    small = request.resolution == "360p" and request.mode != "extend"
    if small:
        slot = "edit" if request.mode == "edit" else request.seconds
    for row in table("prices")["credits"]:
        if row["engine"] == request.model and not row.get("older") and facts.may_have(tuple(row["plans"])):
            if not facts.is_known and row["plans"]:
                continue  # nobody knows the plan: the dearer, general row
            return _in_row(row, slot, small), "table", row["dated"]
    return None, "table", ""


def _told(said: Mapping, model: str, slot: int | str | None) -> tuple[int, str, str] | None:
    """What is said of this model, else of all."""
    found = said.get((model, slot)) or said.get(("", slot))
    return (found[0], "table", found[1]) if found else None


def _in_row(row: dict, slot: int | str | None, small: bool) -> int | None:
    if slot == "edit":
        return row.get("small_edit" if small else "edit")
    return row.get("small_by_seconds" if small else "by_seconds", {}).get(str(slot))


def _has_official(request: Request) -> bool:
    return request.mode in ("text", "frames", "ingredients", "image", "extend")


def extension_seconds() -> int:
    """How long the piece is that an extension adds (flow-api.md 10.1)."""
    return table("prices")["work"]["extend_seconds"]


def _official_seconds(request: Request) -> int | None:
    return table("prices")["work"]["extend_seconds"] if request.mode == "extend" else request.seconds


@lru_cache(maxsize=1)
def _official() -> dict[str, tuple[Decimal, int | None]]:
    return {row["engine"]: (Decimal(row["usd"]), row.get("seconds")) for row in table("prices")["official"]}


def official_each(model: str, seconds: int | None = None) -> Decimal | None:
    """What one clip of this length, or one image, costs at Google's own API; None where no price is known."""
    if model not in _official():
        return None
    usd, base = _official()[model]
    if base is None:
        return usd
    return usd * seconds / base if seconds else None


@dataclass(frozen=True)
class Saving:
    """What clips cost here and what they would cost at Google's own API, in dollars; `dated`: its month."""

    here: Decimal
    there: Decimal
    dated: str

    @property
    def saved(self) -> Decimal:
        return self.there - self.here

    @property
    def is_one(self) -> bool:
        """Whether anything that can be told was saved."""
        return self.saved >= Decimal("0.01")


def saving_of(request: Request, clips: int, credits: Decimal | int, rate: Decimal | None) -> Saving | None:
    """Of `clips` that came of a request and took `credits` in all; `rate` is dollars a credit of the plan.

    None where Google has no dated price for it, or nobody knows what a credit is worth.
    """
    each = official_each(request.model, _official_seconds(request)) if _has_official(request) else None
    if each is None or (rate is None and credits):
        return None
    return Saving(credits * (rate or Decimal(0)), each * clips, official_dated(request.model))


def official_dated(model: str) -> str:
    """The month in which the official price was true ("June 2026"), or nothing."""
    return next((row["dated"] for row in table("prices")["official"] if row["engine"] == model), "")


def price_tables() -> list[dict]:
    """All rows of the credit table, older ones marked: for the page that says where prices come from."""
    return [dict(row) for row in table("prices")["credits"]]


def official_table() -> list[dict]:
    """Google's own prices: engine, usd, seconds (None: an image), dated."""
    return [dict(row) for row in table("prices")["official"]]


def said_by() -> dict[str, str]:
    """Who says so, for people: of `credits`, of `official` prices, of `plans`."""
    told = table("prices")
    return {"credits": told["by"], "official": told["official_by"], "plans": table("plans")["by"]}


def in_order(months: Iterable[str]) -> list[str]:
    """June 2026, October 2026: each once, the oldest first."""
    return sorted(set(months), key=lambda month: datetime.strptime(month, "%B %Y"))


def table_months() -> str:
    """From when the tables are: "January–November 2026"."""
    told = table("prices")
    months = {row["dated"] for row in told["credits"] if not row.get("older")} | {told["work"]["dated"]}
    ordered = in_order(months)
    first, last = ordered[0], ordered[-1]
    same_year = first[-4:] == last[-4:]
    return first if first == last else f"{first[:-5] if same_year else first}–{last}"
