"""Tiny pictures and clips for tests: 320 x 180, one second, made once in a few hundredths of a second."""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageDraw

from .film import Film, encode


@functools.cache
def clip(portrait: bool) -> bytes:
    """A playable MP4 with a moving square, without sound."""
    width, height = (180, 320) if portrait else (320, 180)

    def frame(number: int) -> Image.Image:
        picture = Image.new("RGB", (width, height), (38, 70, 83))
        ImageDraw.Draw(picture).rectangle((10 + number * 5, 60, 50 + number * 5, 100), fill=(233, 196, 106))
        return picture

    return encode(Film.of_pictures([frame(number) for number in range(24)], fps=24))


@functools.cache
def still(width: int, height: int, mime: str) -> bytes:
    """A small picture of the same proportions."""
    size = (max(1, width // 8), max(1, height // 8))
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, mime.removeprefix("image/").upper())
    return stream.getvalue()
