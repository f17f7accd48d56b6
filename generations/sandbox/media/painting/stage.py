"""What a scene is given: the size, the dice, the light. A scene gives back how a moment looks."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .canvas import Canvas

Draw = Callable[[Canvas, float], None]


@dataclass
class Stage:
    """Always about 720 pixels on the short side; encoding scales to what was asked for."""

    width: int
    height: int
    scene: str
    mood: str
    bucket: int
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        text = f"{self.scene}/{self.bucket}/{self.width > self.height}"
        self.dice = random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))

    @property
    def portrait(self) -> bool:
        return self.height > self.width

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    def pick(self, *lights: str) -> str:
        """The mood asked for when the scene knows it, else one of its own by the seed's bucket."""
        return self.mood if self.mood in lights else lights[self.bucket % len(lights)]
