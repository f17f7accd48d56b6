"""The places beside the prompt, as they stand at first; static/js/slots.js draws them anew at every choice.

Which there are, the mode says; how many, and why one is off, the model's row in catalog.options.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from ...catalog.pictures import FRAMES
from ...catalog.references import preset_voices
from ...catalog.request import Request
from ...flow.intend import Refusal
from ...models import Account, Person, Voice
from ..inputs import ingredients
from . import given as things
from .forms import Typed
from .given import Given

LABELS = {"startImage": "Start frame", "endImage": "End frame", "referenceVideo_1": "Clip to edit"}
WIDE = tuple(LABELS)


@dataclass(frozen=True)
class Slot:
    """One place. `why`: it is off, for this reason; `over`: what stands there is not sent."""

    id: str
    label: str = ""
    given: Given | None = None
    why: str = ""
    over: bool = False

    @property
    def is_wide(self) -> bool:
        return self.id in WIDE

    @property
    def name(self) -> str:
        """For the ear: Start frame, Ingredient 2, Pip."""
        if self.id in LABELS:
            return LABELS[self.id]
        if self.given and self.given.what == "character":
            return self.given.name
        return f"Ingredient {self.id.rpartition('_')[2]}"


def slots(mode: str, row: dict, givens: Sequence[Given]) -> list[Slot]:
    """Every place of the mode, filled or empty. `row` is the chosen model's in catalog.options."""
    by_slot = {given.slot: given for given in givens}
    if mode == "frames":
        return _frames(row, by_slot)
    clip = (
        [Slot("referenceVideo_1", "Clip to edit", by_slot.get("referenceVideo_1"))] if mode == "edit" else []
    )
    return clip + (_ingredients(row, givens) if row.get("pictures") else [])


def _frames(row: dict, by_slot: dict[str, Given]) -> list[Slot]:
    start, end = by_slot.get("startImage"), by_slot.get("endImage")
    why = row.get("end", "") or ("" if start else "Add a start frame first")
    return [
        Slot("startImage", LABELS["startImage"], start),
        Slot("endImage", LABELS["endImage"], end, why=why, over=bool(end and why)),
    ]


def _ingredients(row: dict, givens: Sequence[Given]) -> list[Slot]:
    most, used, found = row["pictures"], 0, []
    for given in givens:
        if not given.mention:
            continue
        over = used + given.images > most or (given.what != "character" and int(given.mention) > most)
        used += 0 if over else given.images
        found.append(Slot(given.slot, given.mention, given, why=f"Up to {most}" if over else "", over=over))
    free = next(n for n in range(1, 99) if all(g.slot != f"referenceImage_{n}" for g in givens))
    return [*found, Slot(f"referenceImage_{free}", why="" if used < most else f"Up to {most}")]


@dataclass(frozen=True)
class Spoken:
    """A voice of the menu. `account` is that of one of our own; presets are everywhere."""

    value: str
    name: str
    sample: str = ""
    account: str = ""
    chosen: bool = False


class Inputs:
    """Everything one prompt stands on, looked up for one person.

    `lost` says what is gone or not theirs; what stands there can be drawn all the same.
    """

    def __init__(self, person: Person, typed: Typed) -> None:
        self.person, self.typed = person, typed
        self.lost: list[Refusal] = []
        self.givens = self._looked_up(typed.inputs)
        self.kept = self._looked_up(typed.kept)
        self.spoken, lost = things.voices(person, typed.voices)
        self.lost += lost

    def _looked_up(self, listed: str) -> list[Given]:
        try:
            found, lost = things.looked_up(self.person, things.read(listed))
        except Refusal as no:
            found, lost = [], [no]
        self.lost += lost
        return found

    def request(self) -> Request:
        """What was asked for. Raises Refusal for the first thing that is wrong or gone."""
        if self.lost:
            raise self.lost[0]
        return self.typed.request(self.givens, self.spoken)

    def move_to(self, mode: str, moved: Request) -> None:
        """Take the places that the catalog gave to what had none in this mode; the rest is kept aside."""
        if all(things.has_place(given.slot, mode) for given in self.givens):
            return
        places = {(i.picture, i.clip, i.ref): i.slot for i in moved.inputs}
        there = [(g, places.get((g.input.picture, g.input.clip, g.input.ref))) for g in self.givens]
        self.kept += [given for given, slot in there if slot is None or slot != given.slot]
        self.givens = [
            replace(given, slot=slot, input=replace(given.input, slot=slot)) for given, slot in there if slot
        ]

    # --- drawn ------------------------------------------------------------------------------------------

    @property
    def listed(self) -> str:
        """The hidden field of the form, for who has no script."""
        return things.written((g.slot, g.what, g.key) for g in self.givens)

    @property
    def kept_listed(self) -> str:
        return things.written((g.slot, g.what, g.key) for g in self.kept)

    @property
    def for_script(self) -> list[dict]:
        return [given.for_script() for given in (*self.givens, *self.kept)]

    @property
    def film(self) -> Given | None:
        """The clip that is edited."""
        return next((g for g in self.givens if g.slot == "referenceVideo_1"), None)

    @property
    def film_frames(self) -> int:
        """How much of it an edit can take."""
        return min(self.film.frames or FRAMES, FRAMES) if self.film else FRAMES

    @property
    def window_said(self) -> str:
        """How long the result gets: the output lasts as long as the window (flow-api.md 9.5)."""
        first, last = self.typed.first_frame, self.typed.last_frame
        if not self.film or not all(t.isdigit() or not t for t in (first, last)):
            return ""
        return f"{max(0, int(last or self.film_frames) - int(first or 0)) / 24:.1f} s"

    def cast(self) -> list[Given]:
        """Characters that an @ can bring in."""
        return [things.of(character) for character in ingredients.my_characters(self.person, [], None)]

    def voices(self, accounts: Sequence[Account]) -> list[Spoken]:
        """The menu: our own first, then the presets of every account."""
        chosen = set(self.typed.voices)
        own = Voice.objects.ready().filter(account__in=accounts).order_by("name")
        listed = [(f"own:{v.pk}", v.name, ingredients.sample_url(v), str(v.account_id)) for v in own]
        listed += [(name, name, reverse("voice-sample", args=[name]), "") for name in preset_voices()]
        return [Spoken(*row, chosen=row[0] in chosen) for row in listed]
