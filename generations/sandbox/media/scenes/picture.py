"""Somebody's own picture, brought to life: a slow push in, light passing over it, dust in the air."""

from __future__ import annotations

import math

from PIL import Image, ImageFilter, ImageOps

from ..painting.brush import glow, vignette
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage


def moving_picture(stage: Stage, picture: Image.Image) -> Draw:
    """The picture fills the frame, a strange shape before its own blurred self; the camera glides."""
    wide, high = round(stage.width * 1.12) & ~1, round(stage.height * 1.12) & ~1
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    filled = ImageOps.fit(picture, (wide, high), Image.Resampling.BICUBIC)
    if not 0.7 < (picture.width / picture.height) / (wide / high) < 1.43:
        backdrop = filled.filter(ImageFilter.GaussianBlur(28)).point(
            [value * 7 // 10 for value in range(256)] * 3
        )
        whole = ImageOps.contain(picture, (wide * 9 // 10, high * 9 // 10), Image.Resampling.BICUBIC)
        backdrop.paste(whole, ((wide - whole.width) // 2, (high - whole.height) // 2))
        filled = backdrop
    plain = Plate.of(vignette(filled, 0.2))
    gleam = Sprite.tint(glow((stage.width // 2 & ~1, stage.height), 2.0, 60), (255, 244, 220))
    mote = [Sprite.tint(glow((size, size), 2.2, 140), (255, 250, 236)) for size in (6, 10, 18)]
    dust = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(26)]

    def draw(canvas: Canvas, t: float) -> None:
        away = 0.5 - 0.5 * math.cos(t * 0.38)
        canvas.cover(
            plain, (wide - stage.width) * away, (high - stage.height) * (0.5 + 0.4 * math.sin(t * 0.3))
        )
        canvas.put(gleam, -stage.width * 0.4 + (t * 90) % (stage.width * 1.6), 0)
        for x, y, phase in dust:
            canvas.centre(
                mote[int(phase * 3)],
                (x * stage.width + t * (5 + 9 * phase)) % stage.width,
                (y * stage.height - t * 7) % stage.height,
                0.3 + 0.5 * math.sin(t * 0.8 + phase * 9) ** 2,
            )

    return draw
