"""Ids that name somebody's media, voices and characters (flow-api.md sections 3.1 and 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..wire import refuse
from .models import VOICES

if TYPE_CHECKING:
    from ..world import Media, World

_OWNER = r"user:(?P<user>\d+)-email:(?P<email>[0-9a-f]+)-"
_SHAPES = {
    "media": re.compile(_OWNER + r"(?P<kind>image|video):(?P<id>.+)"),
    "voice": re.compile(_OWNER + r"voice:(?P<id>.+)-mid:(?P<media>.+)"),
    "character": re.compile(_OWNER + r"character:(?P<id>.+)-imgs:(?P<images>[12])(-voice:(?P<voice>.+))?"),
}


@dataclass(frozen=True)
class Reference:
    """What an id says about itself: whose it is, on which account, and its inner id."""

    text: str
    user: str
    email: str
    kind: str
    id: str
    images: int = 0


def media_id(user: str, email: str, kind: str, inner: str) -> str:
    return f"user:{user}-email:{email.encode().hex()}-{kind}:{inner}"


def read(text: str, shape: str, where: str, user: str) -> Reference:
    """Take an id apart; 400 when it is none of this shape, 403 when it is another customer's."""
    match = _SHAPES[shape].fullmatch(text)
    try:
        email = bytes.fromhex(match["email"]).decode() if match else ""
    except ValueError:
        match = None
    if match is None:
        name = {"media": "mediaGenerationId", "voice": "voice", "character": "character"}[shape]
        raise refuse(400, f"Invalid {name} format: {text[:200]} ({where})")
    if match["user"] != user:
        raise refuse(403, f"Unauthorized access to user:{match['user']} detected in {where}")
    parts = match.groupdict()
    return Reference(
        text, match["user"], email, parts.get("kind") or shape, match["id"], int(parts.get("images") or 0)
    )


def find(world: World, text: str, where: str, kind: str = "") -> Media:
    """The media behind an id, 400 when it is of another kind than `kind`, 404 when it is gone."""
    reference = read(text, "media", where, world.user)
    if kind and reference.kind != kind:
        raise refuse(400, f"mediaGenerationId type must be '{kind}', got '{reference.kind}' ({where})")
    found = world.media.get(reference.id)
    if found is None or found.deleted or found.email != reference.email:
        raise refuse(404, f"Media {text} not found ({where})")
    return found


def one_account(owners: Iterable[str], named: str | None) -> str | None:
    """The account that all ids and the `email` field agree on (section 9.7, row 2)."""
    emails = list(dict.fromkeys(owners))
    if len(emails) > 1:
        raise refuse(400, f"Email mismatch: references have '{emails[0]}' and '{emails[1]}'")
    if named and emails and named.lower() != emails[0].lower():
        raise refuse(400, f"Email mismatch: body has '{named}', references have '{emails[0]}'")
    return emails[0] if emails else named


def preset(name: str) -> str | None:
    """The preset voice of that name in any case (section 12)."""
    return next((voice for voice in VOICES if voice.lower() == name.lower()), None)


_MARKER = re.compile(r"@([A-Za-z]+_\d+)")


def check_markers(prompt: str, body: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Every `@referenceImage_2` in the prompt needs its field; words that only look alike are text."""
    fields = {name.lower(): name for name in body}
    known = tuple(name.lower() for name in allowed)
    for marker in _MARKER.findall(prompt):
        word = marker.lower()
        if word.rpartition("_")[0] in known and word not in fields:
            raise refuse(400, f"Prompt uses @{marker} but parameter {marker} is missing")
        if word.rpartition("_")[0] in (
            "referenceaudio",
            "referencevideo",
            "referenceimage",
            "reference",
        ) and (word.rpartition("_")[0] not in known):
            raise refuse(400, f"Prompt marker @{marker} is not supported here")
