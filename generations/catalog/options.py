"""The one table behind the dock's chips, menus and the forms: what can be chosen, at what price, and why not.

`options` is embedded in the page as JSON and kept small; `nearest` moves an impossible choice to the nearest
possible one and says what it changed (ui.md section 5).
"""

from decimal import Decimal

from . import money
from .engines import Engine, standard_lengths
from .nearest import nearest
from .pictures import NEEDS, SLOTS, has_end_frame, limits
from .plans import Facts
from .prices import Price, price_of
from .request import Request
from .rules import WITH_LENGTH, Settings, length_reason, model_reason, resolutions_of

__all__ = ["nearest", "options", "use_of"]


def options(facts: Facts, mode: str = "text", settings: Settings | None = None) -> dict:
    """What the dock offers in this mode, JSON-able. Keys with nothing to say are left out.

    `model`: what is chosen at first; `rate`: dollars per credit of the plan, or None. Per model: `why` it
    cannot be chosen; `lengths` with `credits` per clip, `official` dollars and `why` not; where the length is
    not chosen, `credits` and `official` stand at the model; `small`: credits of one clip at 360p, where there
    is a choice; `fixed`: the words on a chip without choice; `end` and `voice`: why there is no end frame or
    voice; `ends`: the lengths that go with an end frame, where not all do; `dated`: the month of a price that
    the account did not state itself. `needs`: what to say while the mode has nothing to stand on. `auto`:
    when the ratio may follow a picture, where it may at all.
    """
    settings = settings or facts.settings or Settings.shipped()
    kind = "image" if mode == "image" else "video"
    models = [_model(e, mode, facts, settings) for e in facts.engines(kind)]
    free = [m["id"] for m in models if "why" not in m]
    usual = facts.default_engine(kind)
    rate = facts.usd_per_credit
    more = {"auto": "Needs a picture to follow"} if mode == "image" else {}
    if mode in NEEDS:
        more["needs"] = NEEDS[mode]
    return more | {
        "mode": mode,
        "model": usual.id if usual.id in free else next(iter(free), ""),
        "ratios": list(usual.ratios) if mode in (*WITH_LENGTH, "image") else [],
        "counts": list(usual.counts),
        "plan": facts.plan_name,
        "balance": facts.credits,
        "rate": round(float(rate), 5) if rate is not None else None,
        "models": models,
    }


def _model(engine: Engine, mode: str, facts: Facts, settings: Settings) -> dict:
    expected = facts.expected_seconds(engine.id)
    pictures, _, voices = limits(engine, mode)
    row: dict = {
        "id": engine.id,
        "name": engine.name,
        "short": engine.short,
        "use": use_of(engine, facts),
        "why": model_reason(engine, mode, facts),
        "pictures": pictures if {"referenceImage", "reference"} & set(SLOTS[mode]) else 0,
        "voices": voices if mode in ("ingredients", "edit") else 0,
        "expected": expected,
        "note": engine.note,
    }
    if mode == "frames" and not has_end_frame(engine, settings):
        row["end"] = f"{'Omni' if engine.family == 'omni' else engine.short} uses a start frame only"
    elif mode == "frames" and engine.end_frame_lengths:
        row["ends"] = list(engine.end_frame_lengths)
    if mode in ("text", "frames") and engine.kind == "video":
        row["voice"] = "Voice · Ingredients only"
    if mode in WITH_LENGTH:
        row |= _lengths(engine, mode, facts)
    else:
        price = price_of(Request("", engine.id, mode, seconds=None), facts)
        row |= _priced(price) | {"dated": price.dated} | _small(engine, mode, None, facts)
    return {key: value for key, value in row.items() if value not in ("", 0, None) or key == "credits"}


def _lengths(engine: Engine, mode: str, facts: Facts) -> dict:
    """The lengths of the menu, shortest first, and the words of the chip when only one is possible."""
    rows, dated = [], ""
    for seconds in sorted({*engine.lengths, *standard_lengths(engine.kind)}):
        price = price_of(Request("", engine.id, mode, seconds=seconds), facts)
        row = {"seconds": seconds}
        if seconds in engine.lengths:
            row |= _priced(price) | _small(engine, mode, seconds, facts)
        if why := length_reason(engine, seconds, facts, mode=mode):
            row["why"] = why
        if seconds in engine.lengths:
            dated = dated or price.dated
        rows.append(row)
    possible = [row["seconds"] for row in rows if "why" not in row]
    fixed = ""
    if len(possible) == 1:
        with_pictures = mode == "ingredients" and len(engine.lengths) > 1
        fixed = f"{possible[0]} s {'· fixed with ingredients' if with_pictures else 'only'}"
    return {"lengths": rows, "fixed": fixed, "dated": dated}


def _small(engine: Engine, mode: str, seconds: int | None, facts: Facts) -> dict:
    """Credits of the small resolution, where the model has one beside the usual."""
    if "360p" not in resolutions_of(engine, mode):
        return {}
    price = price_of(Request("", engine.id, mode, seconds=seconds, resolution="360p"), facts)
    return {} if price.credits is None else {"small": price.credits}


def _priced(price: Price) -> dict:
    told: dict = {"credits": price.credits}
    if price.official is not None:
        told["official"] = _number(price.official)
    return told


def _number(amount: Decimal) -> float:
    return round(float(amount), 4)


def use_of(engine: Engine, facts: Facts) -> str:
    """The one line under the model's name: "Balanced, about 100 s"."""
    expected = facts.expected_seconds(engine.id)
    if "{time}" not in engine.use:
        return engine.use
    if not expected:
        return engine.use.split(",")[0]
    return engine.use.format(time=money.waiting(expected, expected))
