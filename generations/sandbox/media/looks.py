"""What a picture or clip shows: chosen once, at acceptance, from the words and the seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from .scenes.casting import cast

BUCKETS = 6  # so many versions of a scene are painted; the seed chooses one
SIZES = {"720p": 720, "360p": 360, "1080p": 1080, "4K": 2160, "2k": 1440, "4k": 2160}
PICTURES = {  # aspect ratio of a still: pixels and the vendor's word (flow-api.md section 8.1)
    "16:9": (1280, 720, "LANDSCAPE"), "4:3": (1120, 840, "LANDSCAPE_FOUR_THREE"), "1:1": (960, 960, "SQUARE"),
    "3:4": (840, 1120, "PORTRAIT_THREE_FOUR"), "9:16": (720, 1280, "PORTRAIT"),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """A scene in a mood, its size and place in time. `picture` names an uploaded file shown instead."""

    scene: str
    mood: str = ""
    bucket: int = 0
    width: int = 1280
    height: int = 720
    seconds: float = 0.0
    begin: float = 0.0
    picture: str = ""
    ending: str = ""  # the look (as JSON) that a first-last clip ends in
    mime: str = ""
    aspect: str = ""

    def facts(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value}

    @property
    def key(self) -> str:
        """Equal for looks that are painted alike: the name of the painted file."""
        return hashlib.sha256(json.dumps(self.facts(), sort_keys=True).encode()).hexdigest()[:24]


def look_of(facts: dict[str, Any]) -> Look:
    return Look(**facts)


def frame_size(shape: str, lines: int) -> tuple[int, int]:
    """Pixels of a clip: 1280 x 720 for landscape at 720 lines, the other way round for portrait."""
    long = lines * 16 // 9
    return (long, lines) if shape == "landscape" else (lines, long)


def clip_look(prompt: str, seed: int, shape: str, seconds: float, lines: int) -> Look:
    scene, mood = cast(prompt)
    width, height = frame_size(shape, lines)
    return Look(scene, mood, seed % BUCKETS, width, height, seconds)


def picture_look(prompt: str, seed: int, ratio: str, kind: str) -> Look:
    scene, mood = cast(prompt)
    width, height, word = PICTURES[ratio]
    aspect = f"IMAGE_ASPECT_RATIO_{word}"
    return Look(scene, mood, seed % BUCKETS, width, height, mime=f"image/{kind}", aspect=aspect)


def continued(source: Look, prompt: str) -> Look:
    """The eight seconds that begin one second before the source's end (flow-api.md section 10.1)."""
    return replace(source, begin=source.begin + source.seconds - 1, seconds=8.0)


def restyled(source: Look, prompt: str, seconds: float, shape: str, lines: int) -> Look:
    """The source in the mood the words ask for: an edit of a clip."""
    width, height = frame_size(shape, lines)
    _, mood = cast(prompt)
    return replace(
        source, mood=mood or source.mood, seconds=seconds, width=width, height=height, mime="", aspect=""
    )


def moved(source: Look, shape: str, seconds: float, lines: int, ending: Look | None = None) -> Look:
    """A start frame that begins to move; with an end frame it dissolves into that."""
    width, height = frame_size(shape, lines)
    still = replace(source, width=width, height=height, seconds=seconds, mime="", aspect="", begin=0.0)
    if ending is None:
        return still
    last = replace(ending, width=width, height=height, seconds=seconds, mime="", aspect="", begin=0.0)
    return replace(still, ending=json.dumps(last.facts(), sort_keys=True))


def enlarged(source: Look, lines: int) -> Look:
    width, height = frame_size("landscape" if source.width > source.height else "portrait", lines)
    return replace(source, width=width, height=height)
