"""Request: what a person asked for, frozen; every step of a generation hands on the same one."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

from .engines import engine

MODES = ("text", "frames", "ingredients", "edit", "image", "extend", "upscale", "gif", "join")


@dataclass(frozen=True)
class Input:
    """Something the request stands on.

    `slot` is the vendor's field (startImage, endImage, referenceImage_1, referenceVideo_1, character_1,
    referenceAudio_1, mediaGenerationId). Exactly one of `picture` (our Picture's id), `clip` (our Clip's
    id) and `ref` (a reference at the vendor, or a voice's name) is given.
    """

    slot: str
    picture: int | None = None
    clip: int | None = None
    ref: str = ""


@dataclass(frozen=True)
class Request:
    """`seconds` is None for images and where the clip decides; `seed` None means the vendor's choice."""

    prompt: str
    model: str
    mode: str = "text"
    ratio: str = "16:9"
    seconds: int | None = 8
    count: int = 1
    seed: int | None = None
    resolution: str = ""
    inputs: tuple[Input, ...] = ()
    extra: dict = field(default_factory=dict)  # fields of single modes: startFrameIndex_1, trims

    @property
    def kind(self) -> str:
        """What comes of it: `image` or `video`. A GIF is shown as an image; an enlarged image stays one."""
        if self.mode == "upscale":
            known = engine(self.model)
            return known.kind if known else "video"
        return "image" if self.mode in ("image", "gif") else "video"

    def slots(self, prefix: str) -> list[Input]:
        """The inputs whose slot begins so: `referenceImage`, `character`, `startImage` …"""
        return [i for i in self.inputs if i.slot.startswith(prefix)]

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict) -> "Request":
        known = {k: v for k, v in stored.items() if k in cls.__dataclass_fields__}
        inputs = tuple(Input(**i) for i in known.pop("inputs", ()))
        return cls(**known, inputs=inputs)

    def fingerprint(self) -> str:
        """Equal for equal requests: tells a repeated click from another one under the same key."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def but(self, **changes) -> "Request":
        return replace(self, **changes)
