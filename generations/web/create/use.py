"""Links that open the dock with something in it: /create/?use=clip:228a&as=start (ui.md sections 5 and 7).

`use` is clip:<number>, picture:<id> or character:<id>; `as` is start, end, ingredient or edit, and may be
left out. What is unknown, invisible or impossible opens the dock as usual, with one sentence.
"""

from dataclasses import replace

from ...models import Person
from . import given as things
from .forms import Typed

SLOTS = {"start": "startImage", "end": "endImage", "edit": "referenceVideo_1"}
MODES = {"start": "frames", "end": "frames", "ingredient": "ingredients", "edit": "edit"}
UNKNOWN = "There is nothing like that to use here. It may be in the trash or private to someone else."


def used(person: Person, typed: Typed, use: str, place: str) -> tuple[Typed, str]:
    """The dock with that in its place, or as it was and a sentence."""
    what, _, key = use.partition(":")
    if what not in things.WHATS or not key:
        return typed, UNKNOWN
    found, lost = things.looked_up(person, [("startImage", what, key)])
    if lost:
        return typed, UNKNOWN
    thing = found[0]
    place = place or ("ingredient" if what == "character" else "edit" if thing.film else "start")
    if why := _why_not(thing, place):
        return typed, why
    mode = MODES[place]
    if place == "ingredient" and typed.mode in ("image", "edit"):
        mode = typed.mode
    entries = [e for e in _entries(typed) if e[1:] != (what, key)]
    slot = SLOTS.get(place) or _free(entries, "character" if what == "character" else "referenceImage")
    entries = [e for e in entries if e[0] != slot] + [(slot, what, key)]
    return replace(typed, mode=mode, **_sorted_by(entries, mode)), ""


def _why_not(thing: things.Given, place: str) -> str:
    if place not in MODES:
        return UNKNOWN
    if thing.what == "character" and place != "ingredient":
        return f"{thing.name} is a character. Characters are ingredients."
    if thing.film and place != "edit":
        return f"{thing.name} is a clip. Use a frame of it."
    if place == "edit" and not thing.film:
        return f"{thing.name} is a picture. Edit clip takes clips."
    return ""


def _entries(typed: Typed) -> list[tuple[str, str, str]]:
    return [*things.read(typed.inputs), *things.read(typed.kept)]


def _free(entries: list[tuple[str, str, str]], name: str) -> str:
    taken = {slot for slot, _, _ in entries}
    return next(f"{name}_{n}" for n in range(1, 99) if f"{name}_{n}" not in taken)


def _sorted_by(entries: list[tuple[str, str, str]], mode: str) -> dict[str, str]:
    """What the mode has a place for goes into the form, the rest is kept aside."""
    here = [e for e in entries if things.has_place(e[0], mode)]
    return {"inputs": things.written(here), "kept": things.written(e for e in entries if e not in here)}
