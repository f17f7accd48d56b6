"""The vendor's models as a person sees them in the menu: what each can do and what it needs.

Read from data/engines.toml. Models that the vendor adds between two releases can be kept in the database
and passed in as `extra`; one with the id of a known model replaces it (flow-api.md section 23, rows 22–23).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import lru_cache

from .tables import table


@dataclass(frozen=True)
class LengthNeed:
    """Some lengths need one of certain plans; `needs` is how a person calls them ("Ultra")."""

    seconds: tuple[int, ...]
    plans: tuple[str, ...]
    needs: str


@dataclass(frozen=True)
class Engine:
    """One model. `lengths` in seconds, the usual one first; empty tuples and zeros mean "none"."""

    id: str
    name: str  # on the chip: Veo 3.1 Fast
    short: str = ""  # Fast
    kind: str = "video"
    family: str = ""  # veo, omni or banana: rules that a whole family shares
    use: str = ""  # one line in the menu
    lengths: tuple[int, ...] = ()
    length_plans: tuple[LengthNeed, ...] = ()
    ratios: tuple[str, ...] = ()
    counts: tuple[int, ...] = (1, 2, 3, 4)
    resolutions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    references: int = 0  # pictures, with those of characters counted in
    reference_lengths: tuple[int, ...] = ()  # lengths possible with ingredients; empty: all
    edit_references: int = 0
    voices: int = 0
    edit_voices: int = 0
    characters: int = 0
    end_frame: bool = False
    end_frame_lengths: tuple[int, ...] = ()  # lengths possible with an end frame; empty: all
    plans: tuple[str, ...] = ()  # empty: every plan
    needs: str = ""  # what a person must have, for "needs …"
    unavailable: str = ""  # on the chip when the plan lacks it
    expected_seconds: int | None = None
    official: bool = False  # Google sells it by its own API, so that prices can be compared
    low_priority: bool = False
    alias_of: str = ""  # the model that really answers
    upscales: bool = False  # images: may be made larger
    note: str = ""
    match_all: tuple[str, ...] = ()  # fragments with | for "or"
    match_none: tuple[str, ...] = ()
    dated: str = ""
    source: str = field(default="", repr=False)

    @property
    def ultra_lengths(self) -> tuple[int, ...]:
        """Lengths that only an Ultra plan has (4 and 6 s of Veo)."""
        return tuple(
            s
            for need in self.length_plans
            if not set(need.plans) & {"free", "plus", "pro"}
            for s in need.seconds
        )

    def plans_for(self, seconds: int | None) -> tuple[tuple[str, ...], str]:
        """Plans that have this length and how to call them; ((), "") when every plan of the model has it."""
        for need in self.length_plans:
            if seconds in need.seconds:
                return need.plans, need.needs
        return (), ""

    def describes(self, text: str) -> bool:
        """Whether an entry of the vendor's model list is about this engine (flow-api.md section 5.3)."""
        if not self.match_all:
            return False
        return all(any(word in text for word in words.split("|")) for words in self.match_all) and not any(
            word in text for word in self.match_none
        )

    @classmethod
    def read(cls, row: dict) -> "Engine":
        """An engine from a row of the table or of the administrator. Unknown keys are ignored."""
        kind = table("engines")["kinds"][row.get("kind", "video")]
        match = row.get("match", {})
        told = {"ratios": kind["ratios"], "counts": kind["counts"], **row}
        told["length_plans"] = [
            LengthNeed(tuple(n["seconds"]), tuple(n["plans"]), n["needs"])
            for n in row.get("length_plans", [])
        ]
        told["match_all"], told["match_none"] = match.get("all", []), match.get("none", [])
        told.setdefault("short", row["name"])
        known = {f.name for f in fields(cls)}
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in told.items() if k in known})


@lru_cache(maxsize=1)
def _shipped() -> tuple[Engine, ...]:
    return tuple(Engine.read(row) for row in table("engines")["engine"])


def engines(kind: str | None = None, extra: Iterable[Engine] = ()) -> tuple[Engine, ...]:
    """All models in the order of the menu; of one kind ("video", "image") when asked."""
    given = {e.id: e for e in extra}
    known = [given.pop(e.id, e) for e in _shipped()] + list(given.values())
    return tuple(e for e in known if kind in (None, e.kind))


def engine(id: str, extra: Iterable[Engine] = ()) -> Engine | None:
    """The model of that id, or None."""
    return next((e for e in engines(extra=extra) if e.id == id), None)


def default_engine(kind: str = "video") -> Engine:
    """What a new prompt starts with (flow-api.md sections 9.1 and 20 row 3)."""
    found = engine(table("engines")["defaults"][kind])
    assert found is not None, "data/engines.toml names a default that it does not hold"
    return found


def standard_lengths(kind: str = "video") -> tuple[int, ...]:
    """Lengths that the menu shows for every model, possible or not."""
    return tuple(table("engines")["kinds"][kind]["standard_lengths"])
