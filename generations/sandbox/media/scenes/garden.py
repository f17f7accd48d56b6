"""Growing things: a meadow of poppies, a misty wood."""

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
    ramp,
    ridge,
    stretch,
    times,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

FLOWERS = (
    "7a1404 e8501c ff9a5a",
    "7a0a14 e02a2a ff7a60",
    "5a1a6a b060d8 e8b8ff",
    "8a6a04 f5c81c fff4a0",
    "1a2a8a 4a78e0 b0d0ff",
    "9a8a90 fff0f4 ffffff",
)


def meadow(stage: Stage) -> Draw:
    light = stage.pick("day", "dawn", "dusk")
    wide, high = stage.size
    sky = {"day": "9fb8c8 cdd8dc eef0e8", "dawn": "a8b4c8 e8d0c0 fff0d0", "dusk": "54508a b87a90 ffb888"}[
        light
    ]
    field = {
        "day": "a8c83a 5c9a1c 24620c 0e3a06",
        "dawn": "c0b860 7c9030 3c5c18 1c340c",
        "dusk": "8a7a50 4c5c2c 243c18 101f0c",
    }[light]
    horizon = round(high * (0.34 if not stage.portrait else 0.38)) & ~1
    picture = Image.new("RGB", stage.size)
    picture.paste(gradient((wide, horizon + 20), palette(sky)))
    add_light(
        picture,
        glow((wide, wide), 2.4, 170),
        (round(wide * 0.2), round(horizon - wide * 0.5)),
        (255, 236, 190),
    )
    ground = gradient((wide, high - horizon), palette(field))
    add_shade(
        ground,
        stretch(clouds(stage.dice, ground.size, (40, 12), 4), 118, 215, 1, 90),
        (0, 0),
        palette(field)[2],
    )
    picture.paste(ground, (0, horizon))
    trees = ridge(stage.dice, wide, horizon - 6, 30, 0.7)
    mask = ImageChops.multiply(below(stage.size, trees, 2), below(stage.size, [(0, 0), (wide, 0)]))
    mask.paste(0, (0, horizon + 6, wide, high))
    picture.paste(Image.new("RGB", stage.size, mix(palette(field)[2], palette(sky)[1], 0.55)), (0, 0), mask)
    add_shade(picture, fade((wide, 90), [(0, 0), (0.5, 190), (1, 0)]), (0, horizon - 45), palette(sky)[-1])
    plain = Plate.of(grain(vignette(picture, 0.25), stage.dice, 5))
    petals = [palette(FLOWERS[(stage.bucket + step) % len(FLOWERS)]) for step in (0, 0, 1, 3)]
    rows = [_bed(stage, petals, place, palette(field), palette(sky)[-1]) for place in range(8)]
    fly = [_butterfly(step, palette(FLOWERS[(stage.bucket + 4) % len(FLOWERS)])) for step in range(6)]
    seeds = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(24)]
    seed = Sprite.tint(glow((10, 10), 2.2, 210), (255, 252, 236))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, (row, y, pace) in enumerate(rows):
            gust = math.sin(t * 1.3 - place * 0.5) + 0.4 * math.sin(t * 2.9 + place)
            canvas.put(row, -wide * 0.10 + gust * (0.8 + place * 1.1) - t * pace, y)
            if place == 5:
                x = wide * 0.3 + t * 34 + 40 * math.sin(t * 1.1)
                canvas.centre(
                    fly[int(t * 14) % 6], x, high * 0.55 + 46 * math.sin(t * 0.9) + 8 * math.sin(t * 5)
                )
        for x, y, phase in seeds:
            canvas.centre(
                seed,
                (x * wide + t * (18 + 20 * phase)) % wide,
                (y * high * 0.8 - t * 5 + 12 * math.sin(t + phase * 6)) % high,
                0.4 + 0.5 * phase,
            )

    return draw


def _bed(
    stage: Stage,
    petals: list[list[tuple[int, int, int]]],
    place: int,
    field: list[tuple[int, int, int]],
    air: tuple[int, int, int],
) -> tuple[Sprite, float, float]:
    """A row of flowers: dots far away, open blossoms in the middle, soft colour in front."""
    part = place / 7
    wide, high = stage.size
    size = max(4, round(min(high, wide * 1.3) * (0.012 + 0.135 * part**1.7)))
    width, tall = round(wide * 1.25) & ~1, round(size * 3 + high * 0.05) & ~1
    layer = Image.new("RGBA", (width, tall), (*field[1], 0))
    draw = ImageDraw.Draw(layer)
    for _ in range(round(width / size * (1.6 if part < 0.7 else 0.8))):
        x = stage.dice.uniform(-size, width)
        tip = stage.dice.uniform(0.25, 0.6) * tall
        draw.line(
            [(x, tall), (x + stage.dice.uniform(-0.5, 0.5) * size, tip)],
            fill=mix(field[2], field[0], stage.dice.uniform(0.1, 0.6)),
            width=max(1, size // 9),
        )
    heads = [_blossom(size, colours, turn) for colours in petals for turn in range(3)]
    for _ in range(round(width / size * (1.25 if part < 0.8 else 0.8))):
        x, y = stage.dice.uniform(0, width - size), stage.dice.uniform(0, high * 0.045)
        draw.line(
            [(x + size / 2, y + size / 2), (x + size / 2 + stage.dice.uniform(-4, 4), tall)],
            fill=field[2],
            width=max(1, size // 12),
        )
        layer.alpha_composite(stage.dice.choice(heads), (round(x), round(y)))
    alpha = layer.getchannel("A")
    colour = Image.blend(layer.convert("RGB"), Image.new("RGB", layer.size, air), max(0.0, 0.42 - part * 0.7))
    colour.putalpha(alpha)
    if place == 7:
        colour = colour.filter(ImageFilter.GaussianBlur(size * 0.07))
    elif place < 2:
        colour = colour.filter(ImageFilter.GaussianBlur(0.7))
    start = 0.34 if not stage.portrait else 0.38
    return Sprite.of(colour), high * (start + (0.97 - start) * part**1.35) - tall * 0.55, 2 + 8 * part


def _blossom(size: int, colours: list[tuple[int, int, int]], turn: int) -> Image.Image:
    big = Image.new("RGBA", (size * 3, size * 3), (*colours[1], 0))
    draw = ImageDraw.Draw(big)
    middle = size * 1.5
    for petal in range(8):
        angle = petal / 8 * 6.28 + turn * 0.4
        x, y = middle + math.cos(angle) * size * 0.72, middle + math.sin(angle) * size * 0.50
        tone = mix(colours[1], colours[2], 0.5 + 0.5 * math.sin(angle - 2.2))
        draw.ellipse((x - size * 0.58, y - size * 0.44, x + size * 0.58, y + size * 0.44), fill=tone)
    draw.ellipse(
        (middle - size * 0.34, middle - size * 0.24, middle + size * 0.34, middle + size * 0.24),
        fill=colours[0],
    )
    draw.ellipse(
        (middle - size * 0.18, middle - size * 0.16, middle + size * 0.12, middle + size * 0.06),
        fill=mix(colours[0], (250, 220, 120), 0.5),
    )
    return big.resize((size, size), Image.Resampling.LANCZOS)


def _butterfly(step: int, colours: list[tuple[int, int, int]]) -> Sprite:
    open_ = 0.25 + 0.75 * abs(math.cos(step / 6 * math.pi))
    big = Image.new("RGBA", (120, 90), (*colours[1], 0))
    draw = ImageDraw.Draw(big)
    for side in (-1, 1):
        draw.ellipse(sorted_box(60, 60 + side * 46 * open_, 10, 50), fill=colours[1])
        draw.ellipse(sorted_box(60, 60 + side * 34 * open_, 44, 76), fill=colours[2])
    draw.ellipse((57, 20, 63, 72), fill=(30, 22, 20))
    return Sprite.of(big.resize((40, 30), Image.Resampling.LANCZOS))


def sorted_box(one: float, two: float, top: float, bottom: float) -> tuple[float, float, float, float]:
    return min(one, two), top, max(one, two), bottom


def wood(stage: Stage) -> Draw:
    light = stage.pick("dawn", "day", "dusk", "night")
    wide, high = stage.size
    tones = palette(
        {
            "dawn": "fff2cc e6d3a0 9aa77c 3f5a48 14241f",
            "day": "f0fad8 bcd8a0 6fa068 2a5a3c 0c2418",
            "dusk": "ffd9a8 e0987a 8a5a6a 40304e 161226",
            "night": "a8c4e8 5c7cae 2c466e 14243e 060c18",
        }[light]
    )
    picture = gradient(stage.size, [tones[1], tones[0], tones[1], tones[2]])
    sun = (wide * stage.dice.uniform(0.35, 0.65), high * 0.36)
    reach = round(high * 1.3)
    add_light(
        picture,
        glow((reach, reach), 2.2, 255),
        (round(sun[0] - reach / 2), round(sun[1] - reach / 2)),
        (255, 250, 226),
    )
    plain = Plate.of(grain(picture, stage.dice, 4))
    layers = [_trunks(stage, tones, place) for place in (0, 1, 2, 4)]
    shafts = [_beam(stage, place, tones[0]) for place in range(3)]
    mist = Sprite.tint(
        ImageChops.multiply(
            stretch(clouds(stage.dice, (round(wide * 1.6) & ~1, high // 3 & ~1), (6, 3), 4), 70, 220, 1, 190),
            fade((round(wide * 1.6) & ~1, high // 3 & ~1), [(0, 0), (0.5, 255), (1, 0)]),
        ),
        mix(tones[0], tones[1], 0.5),
    )
    flies = [(stage.dice.random(), stage.dice.uniform(0.4, 0.95), stage.dice.random()) for _ in range(28)]
    fly = Sprite.tint(glow((22, 22), 3, 255), (255, 240, 170))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, (layer, pace) in enumerate(layers):
            canvas.put(layer, -wide * 0.12 - t * pace, 0)
            if place == 1:
                for step, beam in enumerate(shafts):
                    canvas.put(
                        beam,
                        wide * (0.16 * step - 0.1) + 12 * math.sin(t * 0.4 + step),
                        -10,
                        0.5 + 0.4 * math.sin(t * 0.7 + step * 1.9),
                    )
            if place == 2:
                canvas.put(mist, -wide * 0.5 + t * 15, high * 0.56)
        for x, y, phase in flies:
            canvas.centre(
                fly,
                (x * wide + 26 * math.sin(t * 0.6 + phase * 9)) % wide,
                y * high + 16 * math.sin(t * 0.9 + phase * 20),
                max(0.0, math.sin(t * 1.5 + phase * 12)),
            )

    return draw


def _trunks(stage: Stage, tones: list[tuple[int, int, int]], place: int) -> tuple[Sprite, float]:
    part = place / 4
    wide, high = stage.size
    width = round(wide * 1.3) & ~1
    layer = Image.new("RGBA", (width, high), (*ramp(tones, 0.35 + 0.65 * part), 0))
    draw = ImageDraw.Draw(layer)
    tone = (*ramp(tones, 0.36 + 0.64 * part), 255)
    gap = min(wide, high) * (0.07 + 0.42 * part**1.4)
    x = stage.dice.uniform(0, gap)
    foot = high * (0.70 + 0.26 * part)
    while x < width:
        thick = min(wide, high) * (0.010 + 0.055 * part**1.6) * stage.dice.uniform(0.6, 1.4)
        lean = stage.dice.uniform(-0.04, 0.04) * high
        draw.polygon(
            [
                (x - thick, foot),
                (x + thick, foot),
                (x + lean + thick * 0.6, -5),
                (x + lean - thick * 0.6, -5),
            ],
            fill=tone,
        )
        draw.polygon(
            [
                (x - thick * 2.2, foot + 8),
                (x - thick, foot - thick * 3),
                (x + thick, foot - thick * 3),
                (x + thick * 2.2, foot + 8),
            ],
            fill=tone,
        )
        for _ in range(5):
            y, side = stage.dice.uniform(0, high * 0.5), stage.dice.choice((-1, 1))
            long = gap * stage.dice.uniform(0.3, 0.8)
            draw.line(
                [
                    (x + lean * (1 - y / foot), y),
                    (x + side * long * 0.6, y - long * 0.25),
                    (x + side * long, y - long * 0.55),
                ],
                fill=tone,
                width=max(1, round(thick * 0.22)),
                joint="curve",
            )
        x += gap * stage.dice.uniform(0.5, 1.5)
    line = ridge(stage.dice, width, foot, high * 0.03, 0.7)
    draw.polygon([*line, (width, high), (0, high)], fill=tone)
    for _ in range(round(width / 7)):
        x, tall = stage.dice.uniform(0, width), high * 0.015 * (1 + 3 * part) * stage.dice.random()
        draw.line(
            [(x, foot + 6), (x + stage.dice.uniform(-8, 8), foot - tall)], fill=tone, width=1 + place // 2
        )
    if place < 3:
        size = (width, round(high * 0.34) & ~1)
        crown = stretch(clouds(stage.dice, size, (34, 11), 4), 112, 150)
        crown = ImageChops.multiply(crown, fade(size, [(0, 255), (0.35, 200), (1, 0)]))
        layer.paste(tone, (0, 0), crown.point(times(110 + 40 * place)))
    if place == 4:
        layer = layer.filter(ImageFilter.GaussianBlur(2.4))
    return Sprite.of(layer), 2 + 20 * part**2


def _beam(stage: Stage, place: int, colour: tuple[int, int, int]) -> Sprite:
    wide, high = round(stage.width * 0.5) & ~1, round(stage.height * 0.9) & ~1
    small = Image.new("L", (wide // 4, high // 4))
    w, h = wide / 4, high / 4
    ImageDraw.Draw(small).polygon(
        [(w * 0.62, 0), (w * 0.78, 0), (w * 0.42, h), (w * (0.06 + 0.04 * place), h)], fill=130
    )
    soft = small.filter(ImageFilter.GaussianBlur(5)).resize((wide, high), Image.Resampling.BICUBIC)
    return Sprite.tint(ImageChops.multiply(soft, fade((wide, high), [(0, 255), (0.6, 160), (1, 0)])), colour)
