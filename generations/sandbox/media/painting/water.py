"""Open water: a lit surface whose waves glitter, because two moving textures meet."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .brush import NEGATIVE, Colour, add_light, clouds, fade, gradient, stretch, times
from .canvas import Canvas, Sprite, planes


class Water:
    """A sea below a horizon. `path` is where the light comes down, as a part of the width."""

    def __init__(
        self, dice: random.Random, size: tuple[int, int], colours: list[Colour], shine: Colour,
        path: float | None = 0.5, breadth: float = 0.16, calm: float = 1.0, bright: float = 1.0,
    ) -> None:  # fmt: skip
        self.width, self.height = size
        self.base = gradient(size, colours)
        self._swell(dice)
        self.one = self._ripples(dice)
        self.two = self._ripples(dice)
        y, cb, cr = (plane.getpixel((0, 0)) for plane in planes(Image.new("RGB", (2, 2), shine)))
        half = (self.width // 2, self.height // 2)
        self.shine = (Image.new("L", size, y), Image.new("L", half, cb), Image.new("L", half, cr))
        self.lit = self._path(path, breadth).point(times(round(255 * bright)))
        self.calm = calm

    def _swell(self, dice: random.Random) -> None:
        """Broad darker and lighter bands, tight at the horizon and wide in front."""
        rows = clouds(dice, (self.width, 256), (5, 40), 3)
        warped = Image.new("L", (self.width, self.height))
        for row in range(self.height):
            depth = (row / self.height) ** 0.55
            source = min(254, int(depth * 254))
            warped.paste(rows.crop((0, source, self.width, source + 1)), (0, row))
        warped = warped.filter(ImageFilter.GaussianBlur(1.2))
        dark = stretch(warped, 40, 120).point(NEGATIVE)
        self.base.paste(Image.new("RGB", self.base.size, (4, 10, 26)), (0, 0), dark.point(times(63)))
        add_light(self.base, stretch(warped, 140, 230, 1.2, 60), (0, 0), (170, 190, 210))

    def _ripples(self, dice: random.Random) -> Image.Image:
        """Short bright dashes, small far away and broad in front; wraps round sideways."""
        texture = Image.new("L", (self.width, self.height))
        draw = ImageDraw.Draw(texture)
        for _ in range(self.width * 2):
            depth = dice.random() ** 1.5
            x, y = dice.uniform(0, self.width), depth * self.height
            long, thick = 3 + depth * 46 * dice.uniform(0.5, 1.5), 0.6 + depth * 5.0 * dice.uniform(0.5, 1.2)
            for shift in (0, -self.width):
                draw.ellipse((x + shift, y, x + shift + long, y + thick), fill=dice.randint(130, 255))
        return texture.filter(ImageFilter.GaussianBlur(0.8))

    def _path(self, path: float | None, breadth: float) -> Image.Image:
        """How strongly each place glitters."""
        every = fade((self.width, self.height), [(0, 26), (0.25, 34), (1, 58)])
        if path is None:
            return every
        lane = Image.new("L", (self.width, self.height))
        middle, near, far = path * self.width, breadth * self.width * 1.6, breadth * self.width * 0.5
        ImageDraw.Draw(lane).polygon(
            [
                (middle - far, 0),
                (middle + far, 0),
                (middle + near, self.height),
                (middle - near, self.height),
            ],
            fill=255,
        )
        lane = lane.resize((self.width // 8, self.height // 8)).filter(ImageFilter.GaussianBlur(breadth * 60))
        lane = lane.resize((self.width, self.height), Image.Resampling.BICUBIC)
        return ImageChops.add(every, lane)

    def glitter(self, canvas: Canvas, top: int, t: float) -> None:
        """Paint the moving glints; the base must already be in the frame's plate."""
        one = ImageChops.offset(self.one, round(26 * t * self.calm), round(2 * math.sin(t * 1.3)))
        two = ImageChops.offset(self.two, round(-19 * t * self.calm), round(2 * math.sin(t * 1.7 + 2)))
        mask = ImageChops.multiply(ImageChops.screen(one, two), self.lit)
        troughs = ImageChops.multiply(ImageChops.offset(one, 37, 5), two)
        canvas.darken(troughs.point(times(51)), 0, top)
        y, cb, cr = self.shine
        canvas.y.paste(y, (0, top), mask)
        small = mask.reduce(2)
        canvas.cb.paste(cb, (0, top // 2), small)
        canvas.cr.paste(cr, (0, top // 2), small)


def glint(size: tuple[int, int], colour: Colour) -> Sprite:
    """A cross-shaped sparkle."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    width, height = size
    draw.line((width / 2, 0, width / 2, height), fill=200)
    draw.line((0, height / 2, width, height / 2), fill=200)
    return Sprite.tint(mask.filter(ImageFilter.GaussianBlur(1)), colour)
