"""Ids of the vendor, and the markers in a prompt that point at them (flow-api.md sections 3, 8.1, 9.1, 12).

An id names the Google account it belongs to, so it is personal data: never show or log one.
Each marker (`@referenceImage_1`, `@character_2`) needs its slot. The vendor calls a picture `reference_1` for
images and `referenceImage_1` for clips; people change the mode with the text standing there, so both are
read, and written as the mode wants them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .request import Request
from .tables import table

_SHAPE = re.compile(
    r"user:(?P<user>\d+)-email:(?P<email>(?:[0-9a-fA-F]{2})+)-(?P<kind>image|video|voice|character):(?P<rest>.+)",
    re.DOTALL,
)
_IMAGES = re.compile(r"-imgs:(\d)")


@dataclass(frozen=True, repr=False)
class Reference:
    """What an id says: its customer number, its account, and whether it is image, video, voice or character.

    `images` is how many pictures a character brings along (they count as ingredients); 0 for all others.
    """

    user: str
    email: str
    kind: str
    images: int = 0


def reference(text: str) -> Reference | None:
    """An id taken apart; None for text that is none (the name of a preset voice, for one)."""
    found = _SHAPE.fullmatch(text)
    if not found:
        return None
    try:
        email = bytes.fromhex(found["email"]).decode()
    except UnicodeDecodeError:
        return None
    images = 0
    if found["kind"] == "character":
        told = _IMAGES.search(found["rest"])
        images = int(told[1]) if told else 1
    return Reference(found["user"], email.lower(), found["kind"], images)


def preset_voices() -> tuple[str, ...]:
    """Names of the voices every account has."""
    return tuple(table("voices")["presets"])


def is_voice(text: str) -> bool:
    """Whether this can stand in referenceAudio_N: a preset in any case, or a voice of the account."""
    known = reference(text)
    return known.kind == "voice" if known else text.lower() in {v.lower() for v in preset_voices()}


MARKER = re.compile(
    r"@(referenceImage|referenceAudio|referenceVideo|reference|character)_(\d+)", re.IGNORECASE
)
_PICTURES = ("reference", "referenceimage")


def picture_slot(slot: str, mode: str) -> str:
    """The slot of a picture as the vendor's endpoint of this mode calls it."""
    name, _, number = slot.rpartition("_")
    if name.lower() in _PICTURES:
        return f"{'reference' if mode == 'image' else 'referenceImage'}_{number}"
    return slot


def for_vendor(prompt: str, mode: str) -> str:
    """The prompt with its picture markers spelled as the endpoint wants them."""
    return MARKER.sub(lambda found: "@" + picture_slot(found[0][1:], mode), prompt)


def for_people(prompt: str, names: Mapping[str, str] | None = None) -> str:
    """The prompt as it was meant to be read: @2, and @Pip where `names` knows character_1."""

    known = {slot.lower(): name for slot, name in (names or {}).items()}

    def said(found: re.Match[str]) -> str:
        slot = found[0][1:].lower()
        if found[1].lower() in _PICTURES:
            return f"@{found[2]}"
        return f"@{known[slot]}" if slot in known else found[0]

    return MARKER.sub(said, prompt)


def orphans(request: Request) -> list[tuple[str, str]]:
    """Markers that cannot stand there, each once, with the reason ("has no picture")."""
    if "@" not in request.prompt:
        return []
    slots = {picture_slot(i.slot, request.mode).lower() for i in request.inputs}
    found: dict[str, str] = {}
    for marker in MARKER.finditer(request.prompt):
        why = _why_not(picture_slot(marker[0][1:], request.mode).lower(), request.mode, slots)
        if why:
            found.setdefault(marker[0], why)
    return list(found.items())


def without_orphans(request: Request) -> Request:
    """The same request with such markers as plain words."""
    lost = {marker for marker, _ in orphans(request)}
    if not lost:
        return request
    plain = MARKER.sub(lambda found: found[0][1:] if found[0] in lost else found[0], request.prompt)
    return request.but(prompt=plain)


_THINGS = {
    "reference": "picture",
    "referenceimage": "picture",
    "character": "character",
    "referenceaudio": "voice",
}


def _why_not(slot: str, mode: str, slots: set[str]) -> str:
    name = slot.rpartition("_")[0]
    if mode == "extend":
        return "cannot stand in the prompt of an extension"
    if name == "referencevideo" or (name == "referenceaudio" and mode == "image"):
        return "is no marker here. Write it without the @"
    return "" if slot in slots else f"has no {_THINGS[name]}"
