"""What a prompt stands on, as the dock knows it: pictures, clips and characters in their slots, and voices.

The form sends a JSON list of {"slot", "picture" | "clip" | "character"} (static/js/slots.js): a picture by
our id, a clip by its number as people call it (a 63-bit id would not survive a script), a character by our
id. Nothing else in it is trusted: names and addresses are looked up here, and only what the person may see.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from ...catalog.pictures import SLOTS, name_of
from ...catalog.references import picture_slot, preset_voices
from ...catalog.request import Input
from ...flow.intend import Refusal
from ...models import Character, Clip, ClipState, Person, Picture, Voice
from ...models.clip import LETTERS
from .. import media
from ..access import get_clip, whole
from ..inputs import ingredients, pictures

MOST = 24  # things in one form, kept ones included
WHATS = ("picture", "clip", "character")
_SLOT = re.compile(r"(startImage|endImage|referenceVideo_1|(?:referenceImage|character)_[1-9]\d?)")
LOST = {
    "picture": "A picture is not here any more. Add it again.",
    "clip": "A clip is not here any more. Choose another.",
    "character": "A character is not here any more. Choose another.",
}


@dataclass(frozen=True)
class Given:
    """One thing in one slot, looked up and ready to be drawn and sent."""

    slot: str
    what: str  # picture, clip or character
    key: str
    name: str
    input: Input
    url: str = ""
    film: str = ""  # where a clip or an MP4 plays from
    state: str = "ready"
    sentence: str = ""
    frames: int = 0  # of a film, 24 a second
    ratio: str = ""  # of a film
    images: int = 1  # how many ingredients it counts for
    account: str = ""  # a character's own

    def for_script(self) -> dict:
        """As static/js/slots.js keeps it; nothing that is not the usual."""
        told = {"slot": self.slot, "what": self.what, "key": self.key, "name": self.name, "url": self.url}
        more = {
            "film": self.film,
            "state": "" if self.state == "ready" else self.state,
            "sentence": self.sentence,
            "frames": self.frames,
            "ratio": self.ratio,
            "images": self.images if self.images > 1 else 0,
            "account": self.account,
        }
        return told | {name: value for name, value in more.items() if value}

    @property
    def mention(self) -> str:
        """What it is called after an @: a picture's number, a character's name."""
        name, number = name_of(self.slot)
        return self.name if name == "character" else str(number) if name == "referenceImage" else ""


# --- read and looked up -----------------------------------------------------------------------------------


def read(text: str) -> list[tuple[str, str, str]]:
    """Slot, what and key of everything in the form's list. Raises Refusal when it is no such list."""
    try:
        listed = json.loads(text or "[]")
        found = [_entry(entry) for entry in listed]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Refusal("The pictures of this form could not be read. Add them again.", "inputs") from None
    if len(found) > MOST:
        raise Refusal(f"At most {MOST} pictures and clips go into one prompt.", "inputs")
    return found


def _entry(entry: dict) -> tuple[str, str, str]:
    what = next((w for w in WHATS if entry.get(w)), "")
    slot = str(entry.get("slot", ""))
    if not what or not _SLOT.fullmatch(slot):
        raise ValueError(slot)
    return slot, what, str(entry[what])[:40]


def written(entries: Iterable[tuple[str, str, str]]) -> str:
    """The list again as the form sends it."""
    return json.dumps([{"slot": slot, what: key} for slot, what, key in entries])


def looked_up(person: Person, entries: Iterable[tuple[str, str, str]]) -> tuple[list[Given], list[Refusal]]:
    """Everything that this person may use, and a Refusal for each that is gone or not theirs."""
    entries = list(entries)
    found: dict[tuple[str, str], Picture | Clip | Character | None] = {}
    mine = Picture.objects.visible_to(person).in_bulk(_keys(entries, "picture"))
    cast = Character.objects.visible_to(person).ready().in_bulk(_keys(entries, "character"))
    for _, what, key in entries:
        shelf = {"picture": mine, "character": cast}.get(what)
        found[what, key] = shelf.get(whole(key)) if shelf is not None else _clip(person, key)
    there = [of(thing, slot) for slot, what, key in entries if (thing := found[what, key])]
    return there, [Refusal(LOST[what], slot) for slot, what, key in entries if not found[what, key]]


def _keys(entries: list[tuple[str, str, str]], kind: str) -> list[int]:
    return [pk for _, what, key in entries if what == kind and (pk := whole(key)) is not None]


def _clip(person: Person, label: str) -> Clip | None:
    try:
        clip = get_clip(person, label)
    except Http404:
        return None
    return clip if clip.state == ClipState.READY else None


def of(thing: Picture | Clip | Character, slot: str = "") -> Given:
    """A thing in a slot; in none for a list to choose from."""
    if isinstance(thing, Clip):
        return _of_clip(thing, slot)
    if isinstance(thing, Character):
        return _of_character(thing, slot)
    film = thing.kind == "video"
    return Given(
        slot,
        "picture",
        str(thing.pk),
        thing.name or "Picture",
        Input(slot, picture=thing.pk),
        url=pictures.thumb_url(thing),
        film=reverse("picture-file", args=[thing.pk]) if film and thing.state == "ready" else "",
        state=thing.state,
        sentence=thing.sentence,
        frames=thing.frames or 0,
        ratio=_ratio(thing.width, thing.height) if film else "",
    )


def _of_clip(clip: Clip, slot: str) -> Given:
    label, version = clip.label, media.version(clip)
    film = clip.kind == "video"
    return Given(
        slot,
        "clip",
        label,
        label,
        Input(slot, clip=clip.pk),
        url=f"{reverse('clip-poster', args=[label, 320])}?v={version}" if clip.posters_at else "",
        film=f"{reverse('clip-file', args=[label])}?v={version}" if film else "",
        frames=round((clip.length or 0) * 24) if film else 0,
        ratio=_ratio(clip.width, clip.height) if film else "",
    )


def _of_character(character: Character, slot: str) -> Given:
    return Given(
        slot,
        "character",
        str(character.pk),
        character.name,
        Input(slot, ref=character.ref),
        url=ingredients.character_url(character),
        images=character.images,
        account=str(character.account_id),
    )


def address(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _ratio(width: int, height: int) -> str:
    return "9:16" if height > width else "16:9"


# --- voices -----------------------------------------------------------------------------------------------


def voices(person: Person, names: Iterable[str]) -> tuple[list[tuple[str, Input]], list[Refusal]]:
    """Name and input of every voice: a preset by its name, one of our own as `own:<id>`."""
    found: list[tuple[str, Input]] = []
    lost: list[Refusal] = []
    presets = {name.lower(): name for name in preset_voices()}
    for name in names:
        slot = f"referenceAudio_{len(found) + 1}"
        own = name.removeprefix("own:") if name.startswith("own:") else ""
        if own:
            voice = Voice.objects.visible_to(person).ready().filter(pk=whole(own)).first()
            if voice:
                found.append((voice.name, Input(slot, ref=voice.ref)))
                continue
        elif name.lower() in presets:
            found.append((presets[name.lower()], Input(slot, ref=presets[name.lower()])))
            continue
        lost.append(Refusal("A voice is not here any more. Choose another.", "voice"))
    return found, lost


# --- what the mode takes ----------------------------------------------------------------------------------


def has_place(slot: str, mode: str) -> bool:
    """Whether the mode has such a slot at all; how many, the catalog says."""
    return name_of(picture_slot(slot, mode))[0] in SLOTS[mode]


def names_of(givens: Iterable[Given], spoken: Iterable[tuple[str, Input]]) -> dict[str, str]:
    """What can stand after an @, and the slot it means."""
    named = {given.mention: given.slot for given in givens if given.mention}
    return {name: voice.slot for name, voice in spoken} | named


def of_request(inputs: Iterable[Input]) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Entries and voices of something that was made before, for the dock."""
    entries: list[tuple[str, str, str]] = []
    spoken: list[str] = []
    clips = Clip.objects.select_related("generation").in_bulk([i.clip for i in inputs if i.clip])
    refs = [i.ref for i in inputs if i.ref]
    cast = {c.ref: c.pk for c in Character.objects.filter(ref__in=refs)} if refs else {}
    own = {v.ref: v.pk for v in Voice.objects.filter(ref__in=refs)} if refs else {}
    for given in inputs:
        slot = picture_slot(given.slot, "text")
        if given.picture:
            entries.append((slot, "picture", str(given.picture)))
        elif given.clip in clips:
            clip = clips[given.clip]
            entries.append((slot, "clip", f"{clip.generation.label}{LETTERS[clip.position]}"))
        elif given.ref in cast:
            entries.append((slot, "character", str(cast[given.ref])))
        elif slot.startswith("referenceAudio"):
            spoken.append(f"own:{own[given.ref]}" if given.ref in own else given.ref)
    return [entry for entry in entries if _SLOT.fullmatch(entry[0])], spoken
