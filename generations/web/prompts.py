"""Prompts as people read them: a marker becomes the name of what it means, and such a name is a chip.

New rows keep what was written (@2, @Pip). Rows of before, and prompts written with the vendor's own markers,
hold @referenceImage_2; nobody should have to read that.
"""

import re
from collections.abc import Iterable, Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..catalog.pictures import name_of
from ..catalog.references import MARKER, for_people, picture_slot, reference
from ..models import Character, Generation, Voice

NAMELESS = {"character": "character", "referenceaudio": "voice", "referencevideo": "clip"}


def said(row: Generation, cast: Mapping[str, str] | None = None) -> str:
    """The prompt without markers. `cast` names characters and voices that the row itself does not name."""
    if "@" not in row.prompt:
        return row.prompt
    text = for_people(row.prompt, _names(row, cast))
    return MARKER.sub(lambda found: f"@{_nameless(found[1], found[2])}", text)


def meant(row: Generation, cast: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What can stand after an @ in this prompt and means something it stands on: 2, Pip."""
    if "@" not in row.prompt:
        return ()
    names, found = _names(row, cast), []
    for given in row.request.get("inputs", ()):
        slot = picture_slot(given["slot"], "text")
        name, number = name_of(slot)
        if name == "referenceImage":
            found.append(str(number))
        elif number and name in ("character", "referenceAudio"):
            found.append(names.get(slot) or _nameless(name, number))
    return tuple(found)


def cast_of(row: Generation) -> dict[str, str]:
    """Names of the characters and voices of a row that does not know them itself; asks the database."""
    if not MARKER.search(for_people(row.prompt, _names(row, None))):
        return {}
    refs = {given["ref"]: given["slot"] for given in row.request.get("inputs", ()) if given.get("ref")}
    return {
        refs[ref]: name
        for shelf in (Character, Voice)
        for ref, name in shelf.objects.filter(ref__in=refs).values_list("ref", "name")
    }


def chips(text: str, names: Iterable[str]) -> SafeString:
    """The text, escaped, with each known name after an @ as a chip."""
    names = sorted(names, key=len, reverse=True)
    if not names:
        return format_html("{}", text)
    known = re.compile(rf"(?<![\w@])(@(?:{'|'.join(map(re.escape, names))}))(?!\w)", re.IGNORECASE)
    parts = known.split(text)  # every second one is a name
    return format_html_join("", "{}", ((_chip(part) if n % 2 else part,) for n, part in enumerate(parts)))


def _chip(name: str) -> SafeString:
    return format_html('<span class="mention">{}</span>', name)


def _names(row: Generation, cast: Mapping[str, str] | None) -> dict[str, str]:
    """Slot to name, of everything that is called by a name: what the row says, presets, then `cast`."""
    spoken = {
        given["slot"]: given["ref"]
        for given in row.request.get("inputs", ())
        if given["slot"].startswith("referenceAudio") and reference(given.get("ref", "")) is None
    }
    return {**(cast or {}), **spoken, **row.request.get("extra", {}).get("names", {})}


def _nameless(name: str, number: object) -> str:
    return f"{NAMELESS.get(name.lower(), 'ingredient')} {number}"
