"""Tools to paint with: gradients, clouds, ridges, balls, glows, grain. All follow the given dice."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]


NEGATIVE = [255 - value for value in range(256)]


def times(strength: int) -> list[int]:
    """The table that makes a mask fainter: 255 leaves it as it is."""
    return [value * strength // 255 for value in range(256)]


def hexed(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def palette(text: str) -> list[Colour]:
    """Colours written as `0b1d3a 35507f`."""
    return [hexed(word) for word in text.split()]


def mix(one: Colour, two: Colour, part: float) -> Colour:
    return tuple(round(a + (b - a) * part) for a, b in zip(one, two, strict=True))  # type: ignore[return-value]


def dimmed(colours: Sequence[Colour], part: float) -> list[Colour]:
    """The same colours with less light."""
    return [mix((0, 0, 0), colour, part) for colour in colours]


def ramp(colours: Sequence[Colour], part: float) -> Colour:
    """The colour at `part` (0 to 1) of a row of colours."""
    place = max(0.0, min(1.0, part)) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    return mix(colours[first], colours[first + 1], place - first)


def gradient(size: tuple[int, int], colours: Sequence[Colour]) -> Image.Image:
    """From the first colour at the top to the last at the bottom."""
    strip = Image.new("RGB", (1, 256))
    for row in range(256):
        strip.putpixel((0, row), ramp(colours, row / 255))
    return strip.resize(size, Image.Resampling.BICUBIC)


def fade(size: tuple[int, int], stops: Sequence[tuple[float, int]]) -> Image.Image:
    """A grey gradient from top to bottom through (place, value) stops."""
    strip = Image.new("L", (1, 256))
    for row in range(256):
        strip.putpixel((0, row), round(_between(stops, row / 255)))
    return strip.resize(size, Image.Resampling.BICUBIC)


def _between(stops: Sequence[tuple[float, int]], place: float) -> float:
    for (one, low), (two, high) in zip(stops, stops[1:], strict=False):
        if one <= place <= two:
            return low + (high - low) * (place - one) / max(1e-6, two - one)
    return stops[0][1] if place < stops[0][0] else stops[-1][1]


def clouds(
    dice: random.Random, size: tuple[int, int], cells: tuple[int, int], octaves: int = 4
) -> Image.Image:
    """Fractal noise, 0 to 255 around 128; `cells` is how coarse it begins."""
    total = Image.new("L", size, 128)
    weight = 0.5
    wide, high = cells
    for _ in range(octaves):
        wide, high = max(2, wide), max(2, high)
        raw = Image.frombytes("L", (wide, high), dice.randbytes(wide * high))
        layer = raw.resize(size, Image.Resampling.BICUBIC)
        total = _add(total, layer, weight)
        weight *= 0.55
        wide, high = wide * 2, high * 2
    return total


def _add(total: Image.Image, layer: Image.Image, weight: float) -> Image.Image:
    """total + (layer - 128) * weight, kept within a byte."""
    up = layer.point([round(max(0, value - 128) * weight) for value in range(256)])
    down = layer.point([round(max(0, 128 - value) * weight) for value in range(256)])
    return ImageChops.subtract(ImageChops.add(total, up), down)


def stretch(picture: Image.Image, low: int, high: int, power: float = 1.0, top: int = 255) -> Image.Image:
    """Everything below `low` becomes 0, above `high` becomes `top`; between them a curve."""
    table = [
        round(top * max(0.0, min(1.0, (value - low) / max(1, high - low))) ** power) for value in range(256)
    ]
    return picture.point(table)


@functools.cache
def _round_light(power: float) -> Image.Image:
    return Image.radial_gradient("L").point(
        [round(255 * max(0.0, 1 - value / 180) ** power) for value in range(256)]
    )


def glow(size: tuple[int, int], power: float = 2.0, top: int = 255) -> Image.Image:
    """A soft round light, brightest in the middle, nothing at the edge."""
    light = _round_light(power).resize(size, Image.Resampling.BICUBIC)
    return light.point(times(top)) if top != 255 else light


def add_light(picture: Image.Image, mask: Image.Image, at: tuple[int, int], colour: Colour) -> None:
    """Screen a colour over the picture in the shape of the mask, in place."""
    box = (at[0], at[1], at[0] + mask.width, at[1] + mask.height)
    part = picture.crop(box)
    light = Image.merge("RGB", [mask.point(times(channel)) for channel in colour])
    picture.paste(ImageChops.screen(part, light), box)


def add_shade(picture: Image.Image, mask: Image.Image, at: tuple[int, int], colour: Colour) -> None:
    picture.paste(Image.new("RGB", mask.size, colour), at, mask)


def grain(picture: Image.Image, dice: random.Random, amount: float = 5.0) -> Image.Image:
    """Fine noise that hides the steps of gradients and makes flat areas look filmed."""
    wide, high = picture.size
    tile = Image.frombytes("L", (256, 256), dice.randbytes(65536))
    table = [round((value - 127.5) / 127.5 * amount) for value in range(256)]
    up = Image.new("L", picture.size)
    down = Image.new("L", picture.size)
    bright, dark = tile.point([max(0, step) for step in table]), tile.point([max(0, -step) for step in table])
    for x in range(0, wide, 256):
        for y in range(0, high, 256):
            up.paste(bright, (x, y))
            down.paste(dark, (x, y))
    return ImageChops.subtract(
        ImageChops.add(picture, Image.merge("RGB", (up, up, up))), Image.merge("RGB", (down, down, down))
    )


def vignette(picture: Image.Image, strength: float = 0.35) -> Image.Image:
    dark = Image.radial_gradient("L").resize(picture.size, Image.Resampling.BICUBIC)
    table = [round(255 * strength * max(0.0, (value - 110) / 145) ** 1.6) for value in range(256)]
    picture.paste(Image.new("RGB", picture.size, (8, 8, 14)), (0, 0), dark.point(table))
    return picture


def ridge(dice: random.Random, width: int, height: float, swing: float, rough: float = 0.55) -> list[Point]:
    """A mountain line from left to right around `height`, by midpoint displacement."""
    line = [height + dice.uniform(-swing, swing) * 0.5, height + dice.uniform(-swing, swing) * 0.5]
    while len(line) < 129:
        longer = []
        for one, two in zip(line, line[1:], strict=False):
            longer += [one, (one + two) / 2 + dice.uniform(-swing, swing) * 0.5]
        line = [*longer, line[-1]]
        swing *= rough
    return [(place * width / (len(line) - 1), value) for place, value in enumerate(line)]


def waves(dice: random.Random, width: int, height: float, swing: float, count: float = 2.0) -> list[Point]:
    """A rolling line of a few sines: hills and dunes."""
    sines = [(dice.uniform(0.6, 1.4) * count * part, dice.uniform(0, 6.28), 1 / part) for part in (1, 2, 3.3)]
    return [
        (
            x,
            height
            + swing
            * sum(size * math.sin(x / width * 6.28 * turns + turn) for turns, turn, size in sines)
            / 1.8,
        )
        for x in range(0, width + 8, 8)
    ]


def shape(size: tuple[int, int], points: Sequence[Point], softness: float = 0.0) -> Image.Image:
    """A grey mask of a polygon with smooth edges."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(big).polygon([(x * 2, y * 2) for x, y in points], fill=255)
    mask = big.reduce(2)
    return mask.filter(ImageFilter.GaussianBlur(softness)) if softness else mask


def below(size: tuple[int, int], line: Sequence[Point], softness: float = 0.0) -> Image.Image:
    """The mask of everything below a line."""
    return shape(size, [*line, (size[0] + 9, size[1]), (-9, size[1])], softness)


def ellipse(size: tuple[int, int], softness: float = 0.0) -> Image.Image:
    """A grey mask of an ellipse that fills the size (less its softness)."""
    pad = softness * 2
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(big).ellipse((pad, pad, size[0] * 2 - 1 - pad, size[1] * 2 - 1 - pad), fill=255)
    mask = big.reduce(2)
    return mask.filter(ImageFilter.GaussianBlur(softness)) if softness else mask


def coloured(mask: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """A grey picture in colours, from the first for black to the last for white."""
    picture = mask.convert("P") if mask.mode != "P" else mask
    picture = Image.frombytes("P", mask.size, mask.tobytes())
    picture.putpalette([part for value in range(256) for part in ramp(colours, value / 255)])
    return picture.convert("RGB")


def ball(
    radius: int, colours: Sequence[Colour], light: Point = (-0.35, -0.4), rim: Colour | None = None
) -> Image.Image:
    """A lit ball as RGBA: `colours` from shadow to highlight, `light` is where it shines from."""
    size = radius * 2
    reach = int(size * 1.7)
    shine = Image.radial_gradient("L").resize((reach, reach), Image.Resampling.BICUBIC)
    shine = shine.point(NEGATIVE)
    field = Image.new("L", (size, size), 0)
    field.paste(
        shine, (round(radius + light[0] * radius - reach / 2), round(radius + light[1] * radius - reach / 2))
    )
    face = coloured(stretch(field, 40, 235), colours)
    if rim:
        edge = ImageChops.subtract(ellipse((size, size)), ellipse((size, size), radius * 0.14))
        bottom = fade((size, size), [(0, 0), (0.45, 0), (1, 200)])
        add_light(face, ImageChops.multiply(edge, bottom), (0, 0), rim)
    face.putalpha(ellipse((size, size)))
    return face


def rounded(size: tuple[int, int], radius: float, colours: Sequence[Colour]) -> Image.Image:
    """A block with round corners as RGBA, lit from the upper left."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(big).rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), radius * 2, fill=255)
    mask = big.reduce(2)
    down = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    across = Image.linear_gradient("L").rotate(90).resize(size, Image.Resampling.BICUBIC)
    slope = ImageChops.add(down, across, 2).point(NEGATIVE)
    face = coloured(slope, colours)
    soft = max(2.0, min(size) * 0.07)
    inner = mask.filter(ImageFilter.GaussianBlur(soft))
    rim = ImageChops.subtract(mask, stretch(inner, 120, 250))
    face.paste(Image.new("RGB", size, colours[0]), (0, 0), rim.point([value // 2 for value in range(256)]))
    lit = ImageChops.offset(inner, round(soft), round(soft))
    add_light(face, stretch(ImageChops.subtract(mask, lit), 60, 255, 1.4, 90), (0, 0), colours[-1])
    face.putalpha(mask)
    return face


def cylinder(size: tuple[int, int], colours: Sequence[Colour], light: float = 0.32) -> Image.Image:
    """A standing cylinder's surface as RGB, brightest at `light` of its width."""
    strip = Image.new("RGB", (256, 1))
    for x in range(256):
        distance = abs(x / 255 - light) / max(light, 1 - light)
        strip.putpixel((x, 0), ramp(colours, 1 - distance**1.3))
    return strip.resize(size, Image.Resampling.BICUBIC)


def stars(
    picture: Image.Image, dice: random.Random, count: int, bottom: float, colour: Colour = (255, 250, 240)
) -> None:
    """Dots of different brightness, denser towards the top."""
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(count):
        x, y = dice.uniform(0, picture.width), dice.random() ** 1.6 * bottom
        size, bright = dice.choice((0.7, 0.7, 0.9, 1.3)), dice.randint(50, 220)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(*colour, bright))
