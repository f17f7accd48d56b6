"""Weather: a paper boat on a puddle in the rain, a lit cabin in falling snow."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    add_light,
    add_shade,
    below,
    clouds,
    fade,
    glow,
    gradient,
    grain,
    mix,
    palette,
    ridge,
    stars,
    stretch,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage
from ..painting.water import Water


def paper_boat(stage: Stage) -> Draw:
    wide, high = stage.size
    tones = ("9ab0bc 5f7d8e 35505f 172a36", "c8a88c 8a6f6a 4a4450 201f2c", "8fb0a0 4f7a70 28504c 102826")[
        stage.bucket % 3
    ]
    top = round(high * (0.24 if not stage.portrait else 0.26)) & ~1
    picture = Image.new("RGB", stage.size)
    bank = gradient(
        (wide, top + 4), palette("38342f 5c554c 7d7466" if stage.bucket % 3 != 2 else "2c3228 4a5440 6b7558")
    )
    add_shade(
        bank, stretch(clouds(stage.dice, bank.size, (60, 16), 4), 110, 200, 1, 130), (0, 0), (24, 22, 20)
    )
    picture.paste(bank.filter(ImageFilter.GaussianBlur(3)), (0, 0))
    for _ in range(18):
        size = stage.dice.randint(24, 90)
        colour = stage.dice.choice(((255, 214, 150), (150, 200, 220), (255, 170, 140)))
        add_light(
            picture,
            glow((size, size), 1.1, 110),
            (stage.dice.randint(-20, wide), stage.dice.randint(-40, top - 30)),
            colour,
        )
    water = Water(stage.dice, (wide, high - top & ~1), palette(tones), (226, 236, 238), 0.5, 0.3, 0.5, 0.5)
    picture.paste(water.base, (0, top))
    add_shade(picture, fade((wide, 60), [(0, 0), (0.5, 170), (1, 0)]), (0, top - 30), (20, 22, 24))
    plain = Plate.of(grain(vignette(picture, 0.45), stage.dice, 4))
    size = round(min(wide, high) * 0.46)
    boat = Sprite.of(_folded(size))
    mirror = Sprite.of(_folded(size).transpose(Image.Transpose.FLIP_TOP_BOTTOM)).faded(0.30)
    rings = [Sprite.tint(_hoop(step), (232, 242, 246)) for step in (0.2, 0.4, 0.6, 0.8, 1.0)]
    drops = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(22)]
    streak = Sprite.tint(_streak(), (226, 236, 244))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        water.glitter(canvas, top, t)
        for x, y, phase in drops:
            age = (t * 0.9 + phase) % 1.0
            depth = 0.15 + 0.85 * y
            canvas.centre(
                rings[min(4, int(age * 5))], x * wide, top + depth * (high - top), (1 - age) * 0.8 * depth
            )
            fall = (t * 2.2 + phase * 1.7) % 1.0
            canvas.put(streak, (x * 1.3 * wide + fall * 20) % wide, fall * high * 1.2 - 80, 0.55)
        x = wide * 0.30 + t * 22 if not stage.portrait else wide * 0.42 + t * 9
        y = high * 0.55 + 5 * math.sin(t * 1.5)
        canvas.centre(mirror, x, y + size * 0.50)
        canvas.centre(boat, x, y)

    return draw


def _folded(size: int) -> Image.Image:
    """A boat folded from a sheet: lit and shaded facets, faint lines of writing."""
    big = Image.new("RGBA", (size * 2, round(size * 1.3)), (250, 248, 240, 0))
    draw = ImageDraw.Draw(big)
    unit = size / 10 * 2

    def face(points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        draw.polygon([(x * unit, y * unit) for x, y in points], fill=colour)

    face([(5, 0.4), (2.7, 3.7), (5, 4.6)], (250, 247, 238))
    face([(5, 0.4), (7.3, 3.7), (5, 4.6)], (206, 204, 202))
    face([(0.2, 2.9), (2.7, 6.1), (5, 6.1), (5, 4.5)], (255, 253, 246))
    face([(9.8, 2.9), (7.3, 6.1), (5, 6.1), (5, 4.5)], (222, 219, 214))
    face([(2.0, 5.2), (2.7, 6.1), (7.3, 6.1), (8.0, 5.2), (5, 4.6)], (236, 232, 224))
    for line in range(5):
        y = 3.9 + line * 0.36
        draw.line(
            [((1.6 + line * 0.34) * unit, y * unit), (4.8 * unit, (y + 0.75) * unit)],
            fill=(196, 204, 216, 150),
            width=2,
        )
    return big.resize((size, round(size * 0.65)), Image.Resampling.LANCZOS)


def _hoop(reach: float) -> Image.Image:
    wide, high = round(96 * reach) + 6, round(34 * reach) + 6
    mask = Image.new("L", (wide * 2, high * 2))
    ImageDraw.Draw(mask).ellipse((2, 2, wide * 2 - 3, high * 2 - 3), outline=220, width=3)
    return mask.reduce(2)


def _streak() -> Image.Image:
    mask = Image.new("L", (12, 60))
    ImageDraw.Draw(mask).line((2, 0, 8, 58), fill=130, width=2)
    return mask.filter(ImageFilter.GaussianBlur(0.7))


def cabin(stage: Stage) -> Draw:
    """A lit cabin in falling snow."""
    light = stage.pick("night", "dusk")
    wide, high = stage.size
    sky = {"night": "060c20 101f44 24406e 4a6a98", "dusk": "2c2c5e 6a4f86 c07a90 f5b090"}[light]
    snow = {"night": "5c7cac 7f9cc4 a9c0de 6f8ab4", "dusk": "a890b4 c8b0c4 e6cfd6 a890b0"}[light]
    picture = gradient(stage.size, palette(sky))
    stars(picture, stage.dice, 240 if light == "night" else 60, high * 0.45)
    for depth in range(3):
        line = ridge(stage.dice, wide, high * (0.44 + 0.09 * depth), high * (0.20 - 0.05 * depth), 0.55)
        tone = mix(palette(sky)[2], palette(sky)[1], depth / 2)
        picture.paste(Image.new("RGB", stage.size, tone), (0, 0), below(stage.size, line, 0.5))
    ground = gradient(stage.size, palette(snow))
    drift = below(stage.size, ridge(stage.dice, wide, high * 0.70, high * 0.06, 0.42), 1.5)
    add_shade(
        ground, stretch(clouds(stage.dice, stage.size, (8, 14), 5), 122, 215, 1, 80), (0, 0), palette(sky)[1]
    )
    picture.paste(ground, (0, 0), drift)
    _firs(picture, stage, palette(sky))
    unit = min(wide, high) * 0.1
    x, y = wide * (0.5 + 0.12 * (stage.dice.random() - 0.5)), high * 0.76
    add_light(
        picture,
        glow((round(unit * 9), round(unit * 7)), 2.2, 190),
        (round(x - unit * 4.5), round(y - unit * 3.8)),
        (255, 176, 92),
    )
    _hut(picture, x, y, unit, palette(snow))
    plain = Plate.of(grain(vignette(picture, 0.4), stage.dice, 4))
    flakes = [_snow(stage, depth) for depth in range(3)]
    puff = [
        Sprite.tint(glow((round(unit * (0.7 + 0.25 * step)),) * 2, 1.8, 84), (206, 214, 230))
        for step in range(6)
    ]
    window = Sprite.tint(glow((round(unit * 2.2),) * 2, 2.6, 150), (255, 196, 110))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for step in range(7):
            age = (t * 0.22 + step / 7) % 1.0
            canvas.centre(
                puff[int(age * 6)],
                x + unit * (1.05 + age * 1.5 + 0.2 * math.sin(t + step)),
                y - unit * (2.9 + age * 2.8),
                1 - age,
            )
        flicker = 0.66 + 0.22 * math.sin(t * 3.1) + 0.12 * math.sin(t * 7.3)
        canvas.centre(window, x - unit * 0.7, y - unit * 0.7, flicker)
        canvas.centre(window, x + unit * 0.8, y - unit * 0.7, flicker * 0.9)
        for sheet, fall, sway in zip(flakes, (34, 60, 104), (7, 12, 22), strict=True):
            canvas.brighten(
                ImageChops.offset(sheet, round(sway * math.sin(t * 0.7)) + int(t * fall / 5), int(t * fall)),
                0,
                0,
            )

    return draw


def _firs(picture: Image.Image, stage: Stage, sky: list[tuple[int, int, int]]) -> None:
    wide, high = picture.size
    draw = ImageDraw.Draw(picture)
    for depth in range(3):
        for _ in range(16 - depth * 4):
            x = stage.dice.uniform(0, wide)
            if depth and abs(x - wide / 2) < min(wide, high) * 0.30:
                continue
            foot, size = (
                high * (0.70 + 0.06 * depth),
                high * (0.16 + 0.10 * depth) * stage.dice.uniform(0.7, 1.2),
            )
            tone = mix(mix(sky[1], (8, 20, 24), 0.4 + 0.2 * depth), sky[2], 0.35 - 0.15 * depth)
            for level in range(5):
                y, half = foot - size * (1 - level * 0.18), size * (0.07 + 0.045 * level)
                draw.polygon([(x, y), (x - half, y + size * 0.30), (x + half, y + size * 0.30)], fill=tone)
                draw.polygon(
                    [(x, y), (x - half * 0.8, y + size * 0.24), (x - half * 0.1, y + size * 0.16)],
                    fill=mix(tone, (226, 234, 246), 0.6),
                )


def _hut(picture: Image.Image, x: float, y: float, unit: float, snow: list[tuple[int, int, int]]) -> None:
    draw = ImageDraw.Draw(picture)
    wall = gradient((round(unit * 3.4), round(unit * 1.6)), palette("5a3a28 7a4e34 4a2e20"))
    pen = ImageDraw.Draw(wall)
    for log in range(7):
        pen.line((0, unit * 0.23 * log, unit * 3.4, unit * 0.23 * log), fill=(44, 26, 20), width=2)
    picture.paste(wall, (round(x - unit * 1.7), round(y - unit * 1.5)))
    for left in (-1.05, 0.45):
        draw.rectangle(
            (x + unit * left, y - unit * 1.05, x + unit * (left + 0.7), y - unit * 0.4), fill=(255, 206, 120)
        )
        draw.line(
            (x + unit * (left + 0.35), y - unit * 1.05, x + unit * (left + 0.35), y - unit * 0.4),
            fill=(90, 54, 34),
            width=3,
        )
        draw.line(
            (x + unit * left, y - unit * 0.72, x + unit * (left + 0.7), y - unit * 0.72),
            fill=(90, 54, 34),
            width=3,
        )
    draw.rectangle((x + unit * 0.85, y - unit * 2.9, x + unit * 1.25, y - unit * 2.0), fill=(92, 66, 60))
    roof = [
        (x - unit * 2.1, y - unit * 1.35),
        (x - unit * 1.2, y - unit * 2.65),
        (x + unit * 1.2, y - unit * 2.65),
        (x + unit * 2.1, y - unit * 1.35),
    ]
    draw.polygon(roof, fill=mix(snow[2], (255, 255, 255), 0.35))
    draw.polygon(
        [roof[0], roof[3], (roof[3][0], roof[3][1] + unit * 0.14), (roof[0][0], roof[0][1] + unit * 0.14)],
        fill=snow[0],
    )
    draw.rectangle((x + unit * 0.80, y - unit * 2.98, x + unit * 1.30, y - unit * 2.84), fill=(236, 240, 248))
    draw.ellipse((x - unit * 2.6, y - unit * 0.12, x + unit * 2.6, y + unit * 0.5), fill=snow[2])


def _snow(stage: Stage, depth: int) -> Image.Image:
    sheet = Image.new("L", stage.size)
    draw = ImageDraw.Draw(sheet)
    for _ in range((260, 130, 46)[depth]):
        x, y = stage.dice.uniform(0, stage.width), stage.dice.uniform(0, stage.height)
        size = stage.dice.uniform(0.8, 1.7) * (1, 1.7, 3.4)[depth]
        draw.ellipse((x - size, y - size, x + size, y + size), fill=stage.dice.randint(90, 190))
    return sheet.filter(ImageFilter.GaussianBlur((0.5, 0.8, 2.0)[depth]))
