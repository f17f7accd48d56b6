"""What is known about an account: its plan, its balance, and the prices and times it states itself.

`Facts()` with nothing known is a valid answer: then the tables are used and Google decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from .engines import Engine, default_engine, engine, engines
from .tables import table

if TYPE_CHECKING:
    from .overlay import Overlay
    from .rules import Settings

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Plan:
    """A Google subscription (flow-api.md section 4.6). Prices in US dollars a month."""

    id: str
    name: str
    rank: int
    monthly_usd: Decimal
    monthly_credits: int
    dated: str = ""
    source: str = field(default="", repr=False)

    @property
    def usd_per_credit(self) -> Decimal | None:
        """What one credit costs on this plan; None on the free plan, where nobody pays."""
        return self.monthly_usd / self.monthly_credits if self.monthly_usd else None


@lru_cache(maxsize=1)
def plans() -> tuple[Plan, ...]:
    """Google's plans, the smallest first."""
    return tuple(
        Plan(
            row["id"],
            row["name"],
            row["rank"],
            Decimal(row["monthly_usd"]),
            row["monthly_credits"],
            row["dated"],
            row["source"],
        )
        for row in table("plans")["plan"]
    )


def plan(id: str, given: Iterable[Plan] = ()) -> Plan | None:
    """The plan of that id; None for "unknown". One `given` with its id replaces the shipped one."""
    return next((p for p in (*given, *plans()) if p.id == id), None)


@dataclass(frozen=True)
class Facts:
    """An account as far as prices and rules need it.

    `costs`: credits per clip by (engine id, seconds or "edit"), as the account states them; `seconds`: how
    long the vendor expects a model to take. `plan`: free, plus, pro, ultra_lower, ultra or unknown. `said`
    and `own` are credits by (engine id or "" for all, what prices.py calls it), each with the month: what an
    administrator says of every account, and of this one.
    """

    plan: str = UNKNOWN
    credits: int | None = None
    costs: Mapping[tuple[str, int | str], int] = field(default_factory=dict)
    seconds: Mapping[str, int] = field(default_factory=dict)
    is_sandbox: bool = False
    email: str = ""  # when given, ids of other accounts are refused before sending
    extra_engines: tuple[Engine, ...] = ()
    # What an administrator knows better than our tables (overlay.py).
    said: Mapping[tuple[str, int | str], tuple[int, str]] = field(default_factory=dict)
    own: Mapping[tuple[str, int | str], tuple[int, str]] = field(default_factory=dict)
    settings: "Settings | None" = None
    given_plans: tuple[Plan, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the plan is known; if not, what depends on it is a warning and not a problem."""
        return self.plan != UNKNOWN

    @property
    def known_plan(self) -> Plan | None:
        return plan(self.plan, self.given_plans)

    @property
    def plan_name(self) -> str:
        known = self.known_plan
        return known.name if known else ""

    @property
    def has_ultra(self) -> bool:
        return self.plan in ("ultra_lower", "ultra")

    @property
    def usd_per_credit(self) -> Decimal | None:
        known = self.known_plan
        return known.usd_per_credit if known else None

    def may_have(self, plans: tuple[str, ...]) -> bool:
        """Whether the plan is one of these, or nobody knows; no plans named means all."""
        return not plans or not self.is_known or self.plan in plans

    def engine(self, id: str) -> Engine | None:
        return engine(id, self.extra_engines)

    def engines(self, kind: str | None = None) -> tuple[Engine, ...]:
        return engines(kind, self.extra_engines)

    def default_engine(self, kind: str = "video") -> Engine:
        """What a new prompt starts with; for images a setting of the site (flow-api.md section 20 row 3)."""
        chosen = self.engine(self.settings.default_image) if self.settings and kind == "image" else None
        return chosen or default_engine(kind)

    def expected_seconds(self, id: str) -> int | None:
        """How long this model takes: what the vendor says of this account, else the table."""
        known = self.engine(id)
        return self.seconds.get(id) or (known.expected_seconds if known else None)


def plan_of(tier: str, sku: str) -> str:
    """The plan behind the tier strings of an account (flow-api.md section 4.6); "unknown" if none fits."""
    for row in table("plans")["match"]:
        if row.get("sku") and row["sku"] == sku or row.get("tier") and row["tier"] == tier:
            return row["plan"]
    return UNKNOWN


def facts_of(
    *,
    tier: str = "",
    sku: str = "",
    credits: int | None = None,
    vendor_models: Iterable[object] = (),
    is_sandbox: bool = False,
    email: str = "",
    overlay: "Overlay | None" = None,
    own: Mapping[tuple[str, int | str], tuple[int, str]] | None = None,
) -> Facts:
    """Facts from what `GET /accounts/{email}` said: `vendor_models` is models.videoModels (section 5.3).

    What an administrator says of this very account (`own`) wins over what it states of itself, that over the
    overlay of all accounts, and that over our tables.
    """
    known = plan_of(tier, sku)
    extra = overlay.engines if overlay else ()
    costs, seconds = _stated(vendor_models, engines("video", extra), known)
    said, settings, given = (overlay.said, overlay.settings, overlay.plans) if overlay else ({}, None, ())
    return Facts(known, credits, costs, seconds, is_sandbox, email, extra, said, own or {}, settings, given)


# Entries about work on a clip that is there already carry prices of their own.
_OTHER_WORK = ("extend", "extension", "upsampl", "upscal", "360p")
_EDITS = ("edit", "v2v")


def _stated(vendor_models: Iterable[object], known: Iterable[Engine], plan: str) -> tuple[dict, dict]:
    """Prices and times that the account states. Its list mixes modes and tiers: the best fit decides."""
    best: dict[tuple[str, int | str], tuple] = {}
    for entry in vendor_models if isinstance(vendor_models, list | tuple) else ():
        if not isinstance(entry, dict):
            continue
        key, text = _text_of(entry)
        found = next((e for e in known if e.describes(text)), None)
        length, cost = entry.get("videoLengthSeconds"), entry.get("creditCost")
        if not found or not _is_whole(cost) or any(word in key for word in _OTHER_WORK):
            continue
        slot: int | str | None = (
            "edit" if any(w in key for w in _EDITS) else length if _is_whole(length) else None
        )
        # Without plan the Ultra entries do not apply; with Ultra they win over the general ones.
        is_ultra = "ultra" in key
        if slot is None or (is_ultra and plan in ("free", "plus", "pro")):
            continue
        takes = entry.get("videoGenerationTimeSeconds")
        # Among equals the dearer one: better to promise too much than too little.
        fit = (
            is_ultra and plan in ("ultra_lower", "ultra"),
            "t2v" in key,
            cost,
            takes if _is_whole(takes) else 0,
        )
        best[found.id, slot] = max(best.get((found.id, slot), fit), fit)
    costs = {slot: fit[2] for slot, fit in best.items()}
    seconds: dict[str, int] = {}
    for (id, slot), fit in sorted(best.items(), key=lambda item: item[0][1] == 8):
        if slot != "edit" and fit[3]:
            seconds[id] = fit[3]  # 8 s comes last and so decides
    return costs, seconds


def unknown_models(vendor_models: Iterable[object], known: Iterable[Engine]) -> list[dict]:
    """Entries of an account's list that no engine describes: models that came since our tables were written.

    Each with `key`, `name`, `seconds`, `credits` and `takes` (seconds), as far as the account says them.
    """
    known, found = tuple(known), {}
    for entry in vendor_models if isinstance(vendor_models, list | tuple) else ():
        if not isinstance(entry, dict):
            continue
        key, text = _text_of(entry)
        if not key or any(e.describes(text) for e in known) or any(w in text for w in _OTHER_WORK):
            continue
        found[key] = {
            "key": key,
            "name": str(entry.get("displayName") or key)[:60],
            "seconds": _known(entry.get("videoLengthSeconds")),
            "credits": _known(entry.get("creditCost")),
            "takes": _known(entry.get("videoGenerationTimeSeconds")),
        }
    return [found[key] for key in sorted(found)]


def _known(value: object) -> int | None:
    return value if _is_whole(value) else None


def _text_of(entry: dict) -> tuple[str, str]:
    meta = entry.get("modelMetadata")
    parts = [
        entry.get("key"),
        entry.get("displayName"),
        meta.get("veoModelName") if isinstance(meta, dict) else "",
    ]
    words = [part.lower() for part in parts if isinstance(part, str)]
    return (words[0] if words else ""), " ".join(words)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
