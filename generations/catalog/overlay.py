"""What an administrator knows better than our dated tables: facts as they are written, checked, as one value.

A fact is about a model (its lengths, its credits, anything of `engines.Engine`), about a plan of Google's,
or, without either, a setting of the rules (`rules.Settings`; flow-api.md section 20) or credits of all.
One that names an account is about what that account is charged. Whoever has a database reads the rows and
hands the overlay to `plans.facts_of`; here nothing is stored. `check` refuses what would break a page, in a
sentence.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .engines import Engine, LengthNeed, engine, engines
from .options import options
from .plans import Facts, Plan, plan, plans
from .prices import price_of, work_slots
from .request import Request
from .rules import WITH_LENGTH, Settings
from .tables import table

KINDS = ("video", "image")
FAMILIES = ("veo", "omni", "banana", "imagen")
MODES = {"video": ("text", "frames", "ingredients", "edit", "extend"), "image": ("image",)}
LONGEST = 300  # characters of a text
MOST = 100_000  # of any number
Said = Mapping[tuple[str, int | str], tuple[int, str]]


class BadFact(Exception):
    """The value cannot be used; the sentence says what is expected."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Fact:
    """One fact as it was written: `model` is the vendor's name of it or a plan's, empty for a rule.

    `account` is whoever stores it, as a number; None for all accounts.
    """

    model: str
    what: str
    value: str
    source: str = ""
    dated: date | None = None
    account: int | None = None

    @property
    def place(self) -> tuple[int | None, str, str]:
        """What it is about: one fact a place."""
        return self.account, self.model, self.what

    @property
    def month(self) -> str:
        return f"{self.dated:%B %Y}" if self.dated else ""


@dataclass(frozen=True)
class Overlay:
    """All facts together. `said`: credits per clip and their month, by (model, prices.slot_of); `own` the
    same of single accounts.
    """

    engines: tuple[Engine, ...] = ()
    settings: Settings | None = None
    said: Said = field(default_factory=dict)
    own: Mapping[int, Said] = field(default_factory=dict)
    plans: tuple[Plan, ...] = ()


# --- reading one value --------------------------------------------------------------------------------


def _text(value: str) -> str:
    if len(value) > LONGEST:
        raise BadFact(f"Write at most {LONGEST} characters.")
    return value


def _number(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value) or int(value) > MOST:
        raise BadFact("Write a whole number, as 3.")
    return int(value)


def _numbers(value: str) -> tuple[int, ...]:
    parts = [part.strip().removesuffix("s").strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"\d{1,4}", part) and int(part) for part in parts):
        raise BadFact("Write whole numbers with commas, the usual one first, as 8, 4, 6.")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _yes(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise BadFact("Write yes or no.")
    return value.lower() == "yes"


def _one_of(choices: Iterable[str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise BadFact(f"Write one of {', '.join(choices)}.")
        return value

    return read


def _some_of(choices: Callable[[], Iterable[str]]) -> Callable[[str], tuple[str, ...]]:
    def read(value: str) -> tuple[str, ...]:
        parts = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if unknown := [part for part in parts if part not in choices()]:
            raise BadFact(f"{unknown[0][:40]} is not known. Choose from {', '.join(choices())}.")
        return parts

    return read


def _plans() -> tuple[str, ...]:
    return tuple(one.id for one in plans())


def _ratios() -> tuple[str, ...]:
    return tuple(table("engines")["kinds"]["image"]["ratios"])


def _length_plans(value: str) -> tuple[LengthNeed, ...]:
    """4, 6: ultra_lower, ultra; several with semicolons."""
    found = []
    for part in filter(str.strip, value.split(";")):
        seconds, colon, names = part.partition(":")
        have = _some_of(_plans)(names)
        if not colon or not have or not seconds.strip():
            raise BadFact("Write lengths, a colon and plans, as 4, 6: ultra_lower, ultra.")
        found.append(LengthNeed(_numbers(seconds), have, plan(have[0]).name))
    return tuple(found)


def _match(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """veo_4, fast; not lite: words of the vendor's own list, | for "or"."""
    wanted, _, unwanted = value.lower().partition(";")
    have = tuple(word.strip() for word in wanted.split(",") if word.strip())
    without = tuple(word.strip() for word in unwanted.strip().removeprefix("not").split(",") if word.strip())
    if not have:
        raise BadFact(
            "Write words that the vendor's list has, then what it must not have: veo_4, fast; not lite."
        )
    return have, without


SLOT = re.compile(r"(\d{1,4}) ?s?( at 360p)?|edit( at 360p)?")
AS_CREDITS = "Write seconds and credits of one clip, as 8: 10, 4: 5, edit: 20, extend: 10, upscale 4k: 50."


def _credits(value: str) -> dict[int | str, int]:
    """8: 10, 8 at 360p: 6, edit: 20, upscale 4k: 50."""
    found: dict[int | str, int] = {}
    for part in filter(str.strip, value.split(",")):
        slot, colon, price = (" ".join(piece.lower().split()) for piece in part.partition(":"))
        made = SLOT.fullmatch(slot)
        if not colon or not (made or slot in work_slots()) or not re.fullmatch(r"\d{1,6}", price):
            raise BadFact(AS_CREDITS)
        length = int(made[1]) if made and made[1] else slot
        found[f"{length}{made[2]}" if made and made[1] and made[2] else length] = int(price)
    if not found:
        raise BadFact(AS_CREDITS)
    return found


def _credits_of_all(value: str) -> dict[int | str, int]:
    found = _credits(value)
    if wrong := [slot for slot in found if slot not in work_slots()]:
        raise BadFact(f"{wrong[0]} differs by model: name one. Of all: {', '.join(work_slots())}.")
    return found


def _dollars(value: str) -> Decimal:
    if not re.fullmatch(r"\d{1,5}(\.\d{1,2})?", value):
        raise BadFact("Write dollars a month, as 19.99.")
    return Decimal(value)


OF_A_MODEL: dict[str, Callable] = {
    "name": _text, "short": _text, "use": _text, "note": _text, "needs": _text, "unavailable": _text,
    "kind": _one_of(KINDS), "family": _one_of(FAMILIES), "alias_of": _text,
    "modes": _some_of(lambda: MODES["video"] + MODES["image"]), "lengths": _numbers,
    "ratios": _some_of(_ratios),
    "counts": _numbers, "resolutions": _some_of(lambda: ("720p", "360p")), "references": _number,
    "reference_lengths": _numbers, "edit_references": _number, "voices": _number, "edit_voices": _number,
    "characters": _number, "end_frame": _yes, "end_frame_lengths": _numbers, "plans": _some_of(_plans),
    "length_plans": _length_plans, "credits": _credits, "expected_seconds": _number, "official": _yes,
    "low_priority": _yes, "upscales": _yes, "match": _match,
}  # fmt: skip
OF_A_PLAN: dict[str, Callable] = {"monthly_usd": _dollars, "monthly_credits": _number}
RULES = {rule.name: rule.type for rule in fields(Settings)}
LIMITS = {
    "join_min": (2, 10),  # a scene holds no more than ten
    "join_max": (2, 10),
    "trim_max": (0, 60),
    "link_hours": (1, 168),
    "quota_minutes": (1, 1440),
    "captcha_retry": (0, 10),
    "accounts_included": (0, 1000),
}


def read(fact: Fact) -> object:
    """The value of a fact. Raises BadFact."""
    value = fact.value.strip()
    if fact.account is not None and fact.what != "credits":
        raise BadFact("Of one account only credits can be said. Leave the account empty.")
    if fact.what == "credits" and not fact.model:
        return _credits_of_all(value)
    if fact.what in OF_A_PLAN:
        if fact.model not in _plans():
            raise BadFact(f"Name the plan as its model: {', '.join(_plans())}.")
        return OF_A_PLAN[fact.what](value)
    if fact.model:
        if fact.what not in OF_A_MODEL:
            raise BadFact(f"A model has no {fact.what}. Leave the model empty for a rule.")
        return OF_A_MODEL[fact.what](value)
    if fact.what not in RULES:
        raise BadFact(f"There is no rule {fact.what}. Name the model it belongs to.")
    return _rule(fact.what, value)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as no:
        raise BadFact("Write a time zone, as UTC or America/Los_Angeles.") from no
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"https://[^\s\"'<>]{3,280}", value):
        raise BadFact("Write an address that begins with https://.")
    return value


OF_WORDS: dict[str, Callable] = {"default_image": _text, "day_zone": _zone, "setup_page": _address}


def _rule(name: str, value: str) -> bool | int | float | str:
    if RULES[name] is bool:
        return _yes(value)
    if RULES[name] is str:
        return OF_WORDS[name](value)
    if not re.fullmatch(r"\d{1,10}(\.\d{1,3})?" if RULES[name] is float else r"\d{1,10}", value):
        raise BadFact("Write a number, as 8." if RULES[name] is float else "Write a whole number, as 8.")
    number = RULES[name](value)
    least, most = LIMITS.get(name, (1, 2**31 - 1))
    if not least <= number <= most:
        raise BadFact(f"Write a number from {least:,} to {most:,}.")
    return number


# --- all together -------------------------------------------------------------------------------------


def overlay_of(facts: Iterable[Fact]) -> Overlay:
    """The facts as one value. A row that cannot be read (any more) is left out: the tables hold then."""
    models: dict[str, list[tuple[Fact, object]]] = {}
    on_plans: dict[str, list[tuple[Fact, object]]] = {}
    rules: dict[str, object] = {}
    said: dict[int | None, dict[tuple[str, int | str], tuple[int, str]]] = {}
    for fact in facts:
        try:
            value = read(fact)
        except BadFact:
            continue
        if fact.what == "credits":
            priced = {(fact.model, slot): (credits, fact.month) for slot, credits in value.items()}
            said.setdefault(fact.account, {}).update(priced)
        elif fact.what in OF_A_PLAN:
            on_plans.setdefault(fact.model, []).append((fact, value))
        elif fact.model:
            models.setdefault(fact.model, []).append((fact, value))
        else:
            rules[fact.what] = value
    made = [one for id, told in models.items() if (one := _engine(id, told))]
    settings = replace(Settings.shipped(), **rules) if rules else None
    given = tuple(_plan(id, told) for id, told in on_plans.items())
    return Overlay(tuple(made), settings, said.pop(None, {}), said, given)


def _plan(id: str, told: list[tuple[Fact, object]]) -> Plan:
    latest = max((fact for fact, _ in told), key=lambda fact: fact.dated or date.min)
    changed = {fact.what: value for fact, value in told}
    return replace(plan(id), **changed, dated=str(latest.dated or ""), source=latest.source)


def _engine(id: str, told: list[tuple[Fact, object]]) -> Engine | None:
    """The model as these facts make it; None for a new one that has no name yet."""
    values = {fact.what: value for fact, value in told}
    latest = max((fact for fact, _ in told), key=lambda fact: fact.dated or date.min)
    match = values.pop("match", None)
    if match:
        values |= {"match_all": match[0], "match_none": match[1]}
    known = engine(id)
    if known is None:
        if "name" not in values:
            return None
        modes = MODES[values.get("kind", "video")][:1]
        known = Engine.read(
            {"id": id, "name": values["name"], "modes": modes, "lengths": [8], "official": False}
        )
        if values.get("kind") == "image":
            known = replace(Engine.read({"id": id, "name": values["name"], "kind": "image"}), modes=modes)
        values.setdefault("short", values["name"])
    return replace(known, **values, dated=str(latest.dated or ""), source=latest.source)


def check(fact: Fact, others: Iterable[Fact] = ()) -> None:
    """Whether this fact can lie over the tables beside the others. Raises BadFact with the sentence."""
    read(fact)
    beside = [one for one in others if one.place != fact.place]
    made = overlay_of([*beside, fact])
    settings = made.settings or Settings.shipped()
    if settings.join_min > settings.join_max:
        raise BadFact("join_min cannot be more than join_max.")
    if settings.prompt_soft > settings.prompt_hard:
        raise BadFact("prompt_soft cannot be more than prompt_hard.")
    usual = engine(settings.default_image, made.engines)
    if usual is None or usual.kind != "image":
        raise BadFact(f"No table knows a model {settings.default_image[:40]} for images.")
    if not fact.model or fact.what in OF_A_PLAN:
        return
    changed = engine(fact.model, made.engines)
    if changed is None:
        raise BadFact(f"No table knows a model {fact.model[:40]} yet. Add its name first.")
    if trouble := _cannot_be(changed):
        raise BadFact(trouble)
    _try(made)


def _cannot_be(one: Engine) -> str:
    """Why a model cannot be like this: a page would have no choice, or the vendor no word for it."""
    if wrong := set(one.modes) - set(MODES[one.kind]):
        return f"A model for {one.kind}s has no mode {min(wrong)}."
    if not one.modes:
        return "A model needs at least one mode."
    if not one.counts or max(one.counts) > 4:
        return "Counts are 1 to 4."
    if not one.ratios:
        return "A model needs at least one ratio."
    if one.kind == "video" and set(one.modes) & set(WITH_LENGTH) and not one.lengths:
        return "A model for clips needs at least one length."
    for name in ("reference_lengths", "end_frame_lengths"):
        if wrong := set(getattr(one, name)) - set(one.lengths):
            return f"{name} has {min(wrong)} s, which is not among its lengths."
    return ""


def _try(made: Overlay) -> None:
    """Draw the menus with it: whatever goes wrong there goes wrong here first."""
    try:
        for known in ("ultra", "unknown"):
            facts = Facts(known, extra_engines=made.engines, said=made.said, settings=made.settings)
            for mode in (*MODES["video"][:4], "image"):
                options(facts, mode)
            for one in engines(extra=made.engines):
                price_of(Request("", one.id, seconds=(one.lengths or (None,))[0]), facts)
    except Exception as trouble:
        raise BadFact(f"The menus cannot be drawn with this ({type(trouble).__name__}).") from trouble


# --- what is known now --------------------------------------------------------------------------------


def written(value: object) -> str:
    """A value as it would be written in a fact."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple) and value and isinstance(value[0], LengthNeed):
        return "; ".join(f"{written(need.seconds)}: {written(need.plans)}" for need in value)
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
