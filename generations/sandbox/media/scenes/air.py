"""Far views: balloons over misty hills, dunes, mountains above the fog."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw

from ..painting.brush import (
    add_light,
    add_shade,
    below,
    clouds,
    coloured,
    cylinder,
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
    waves,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

SKIES = {
    "dawn": ("8fa3bd c3bfc6 f0d2b8 fbe3c0 fff0d4", "e8c9ae c79a86 936c70 54425a"),
    "dusk": ("3b4a83 8a6f9f d98f8a f6b98a ffdca6", "c98a86 925f78 5b3f63 2e2547"),
    "day": ("4f97d0 86bfe6 bfdff2 e5f1f5 f6f6ee", "b9cfd0 85ab9c 54836c 2e5546"),
    "night": ("070c1f 101c3e 20315a 3a4d78 5a6c94", "3c4c70 293757 1a2440 0e152a"),
}
CLOTHS = (
    "f4d58a 3b5f9c",
    "f2ead9 d9623a",
    "e8845a 3d7a8c",
    "fff2d0 c2413b",
    "9fc4c9 f0b44c",
    "efe6d8 6d5a8c",
)


def _layers(stage: Stage, tones: str, top: float, count: int, rolling: bool) -> list[Sprite]:
    """Hills from far to near, each with mist on its foot; wider than the frame, for moving past."""
    wide, high = stage.size
    width = round(wide * 1.35) & ~1
    made = []
    for place in range(count):
        part = place / max(1, count - 1)
        height = high * (top + (0.96 - top) * part**1.15)
        tall = round(high - height + high * 0.14) & ~1
        swing = high * (0.035 + 0.05 * part)
        line = waves(stage.dice, width, tall * 0.0 + high * 0.10, swing, 2 + part * 2) if rolling else ridge(
            stage.dice, width, high * 0.10, swing * 2.6, 0.52)  # fmt: skip
        face = gradient(
            (width, tall),
            [
                ramp(palette(tones), part),
                mix(ramp(palette(tones), part), palette(tones)[0], 0.55 - 0.4 * part),
            ],
        )
        texture = clouds(stage.dice, (width, tall), (18, 5), 5)
        add_shade(face, stretch(texture, 120, 220, 1, 60), (0, 0), ramp(palette(tones), min(1, part + 0.3)))
        face.putalpha(below((width, tall), line, 0.6))
        made.append(Sprite.of(face))
    return made


def _put_layers(canvas: Canvas, layers: list[Sprite], t: float, high: int, pace: float) -> None:
    for place, layer in enumerate(layers):
        part = (place + 1) / len(layers)
        canvas.put(layer, -40 - t * pace * part**1.4, high - layer.size[1] + 2)


def balloons(stage: Stage) -> Draw:
    light = stage.pick("dawn", "dusk", "day")
    wide, high = stage.size
    sky, tones = SKIES[light]
    picture = gradient(stage.size, palette(sky))
    veil = stretch(clouds(stage.dice, stage.size, (3, 8), 5), 125, 220, 1.2, 120)
    add_shade(
        picture,
        ImageChops.multiply(veil, fade(stage.size, [(0, 255), (0.6, 60), (1, 0)])),
        (0, 0),
        (255, 244, 232),
    )
    sun = stage.dice.uniform(0.2, 0.8)
    add_light(
        picture,
        glow((high, high), 2.4, 170),
        (round(wide * sun - high / 2), round(high * 0.12)),
        (255, 226, 180),
    )
    plain = Plate.of(grain(vignette(picture, 0.25), stage.dice, 4))
    layers = _layers(stage, tones, 0.60, 5, False)
    mist = Sprite.tint(_mist((round(wide * 1.5), high // 4), stage), palette(sky)[-1])
    flock = []
    spots = [
        (0.16, 0.62, 0.08),
        (0.80, 0.50, 0.10),
        (0.44, 0.66, 0.11),
        (0.62, 0.26, 0.17),
        (0.22, 0.30, 0.22),
        (0.86, 0.64, 0.26),
    ]
    if stage.portrait:
        spots = [
            (0.2, 0.50, 0.06),
            (0.78, 0.56, 0.07),
            (0.5, 0.62, 0.08),
            (0.74, 0.30, 0.13),
            (0.36, 0.36, 0.26),
        ]
    for place, (x, y, size) in enumerate(spots):
        cloth = CLOTHS[(place * 2 + stage.bucket) % len(CLOTHS)]
        sprite = _balloon(round(min(wide, high * 1.1) * size), cloth, light, 1 - size / 0.3, palette(sky)[-1])
        flock.append(
            (
                sprite,
                x + stage.dice.uniform(-0.05, 0.05),
                y + stage.dice.uniform(-0.05, 0.05),
                size,
                stage.dice.uniform(0, 6),
            )
        )

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        _put_layers(canvas, layers[:3], t, high, 14)
        canvas.put(mist, -wide * 0.2 + t * 8, high * 0.62)
        for sprite, x, y, size, phase in flock[:3]:
            canvas.centre(
                sprite, x * wide + t * size * 60, y * high - t * size * 40 + 4 * math.sin(t * 0.8 + phase)
            )
        _put_layers(canvas, layers[3:], t, high, 14)
        for sprite, x, y, size, phase in flock[3:]:
            canvas.centre(
                sprite, x * wide + t * size * 75, y * high - t * size * 55 + 5 * math.sin(t * 0.8 + phase)
            )

    return draw


def _mist(size: tuple[int, int], stage: Stage, top: int = 150) -> Image.Image:
    veil = stretch(clouds(stage.dice, size, (6, 3), 4), 60, 220, 1, top)
    return ImageChops.multiply(veil, fade(size, [(0, 0), (0.5, 255), (1, 0)]))


def _balloon(size: int, cloth: str, light: str, haze: float, air: tuple[int, int, int]) -> Sprite:
    """Striped envelope, lit from one side, with a basket. Far ones take the colour of the air."""
    size = max(24, size) & ~1
    one, two = palette(cloth)
    width, height = size, round(size * 1.45) & ~1
    big = Image.new("RGBA", (width * 2, height * 2))
    draw = ImageDraw.Draw(big)
    middle, globe = width, width * 2 * 0.94
    for gore in range(9, -1, -1):
        half = globe / 2 * math.sin(math.pi / 2 * (gore + 1) / 10)
        colour = one if gore % 2 == 0 else two
        draw.ellipse((middle - half, width * 0.06, middle + half, width * 0.06 + globe), fill=colour)
        bottom = width * 1.72
        draw.polygon(
            [
                (middle - half * 0.86, width * 1.40),
                (middle + half * 0.86, width * 1.40),
                (middle + half * 0.22, bottom + width * 0.42),
                (middle - half * 0.22, bottom + width * 0.42),
            ],
            fill=colour,
        )
    draw.rectangle(
        (middle - globe / 2 * 0.995, width * 0.88, middle + globe / 2 * 0.995, width * 1.08),
        fill=(250, 244, 232),
    )
    envelope = big.getchannel("A")
    shade = cylinder(big.size, palette("1c1030 6a5468 ffffff"), 0.34).convert("L")
    rgb = ImageChops.multiply(
        big.convert("RGB"), Image.merge("RGB", [shade.point([110 + v * 145 // 255 for v in range(256)])] * 3)
    )
    add_light(
        rgb, glow((width, width), 2.2, 120), (round(width * 0.25), round(width * 0.12)), (255, 246, 226)
    )
    under = fade(big.size, [(0, 0), (0.45, 0), (0.75, 120)])
    add_shade(rgb, under, (0, 0), (52, 28, 48))
    big = rgb.convert("RGBA")
    big.putalpha(envelope)
    draw = ImageDraw.Draw(big)
    for rope in (-0.14, 0.14):
        draw.line(
            (middle + width * rope, width * 2.1, middle + width * rope * 0.8, width * 2.5),
            fill=(70, 50, 44),
            width=2,
        )
    draw.rounded_rectangle(
        (middle - width * 0.15, width * 2.45, middle + width * 0.15, width * 2.78), 6, fill=(122, 80, 50)
    )
    draw.rectangle(
        (middle - width * 0.15, width * 2.45, middle + width * 0.15, width * 2.52), fill=(172, 122, 78)
    )
    small = big.resize((width, height), Image.Resampling.LANCZOS)
    alpha = small.getchannel("A")
    tinted = Image.blend(
        small.convert("RGB"), Image.new("RGB", small.size, air), max(0.0, haze - 0.25) * 0.75
    )
    if light == "dusk":
        tinted = Image.blend(tinted, Image.new("RGB", small.size, (120, 60, 90)), 0.18)
    tinted.putalpha(alpha)
    return Sprite.of(tinted)


def mountains(stage: Stage) -> Draw:
    light = stage.pick("dawn", "day", "dusk", "night")
    wide, high = stage.size
    sky, tones = SKIES[light]
    picture = gradient(stage.size, palette(sky))
    veil = stretch(clouds(stage.dice, stage.size, (3, 9), 5), 122, 215, 1.2, 140)
    add_shade(
        picture,
        ImageChops.multiply(veil, fade(stage.size, [(0, 200), (0.5, 140), (1, 0)])),
        (0, 0),
        palette(sky)[-1],
    )
    sun = stage.dice.uniform(0.25, 0.75)
    reach = round(high * 1.2)
    add_light(
        picture,
        glow((reach, reach), 2.6, 200),
        (round(wide * sun - reach / 2), round(high * 0.42 - reach / 2)),
        (255, 224, 176) if light != "night" else (150, 176, 230),
    )
    add_light(
        picture, glow((160, 160), 4, 255), (round(wide * sun - 80), round(high * 0.40 - 80)), (255, 246, 226)
    )
    _peaks(picture, stage, light)
    plain = Plate.of(grain(vignette(picture, 0.3), stage.dice, 4))
    layers = _layers(stage, tones, 0.62, 4, False)
    mists = [
        Sprite.tint(
            _mist((round(wide * 1.6), high // 3), stage, 200), mix(palette(sky)[-1], palette(tones)[0], 0.25)
        )
        for _ in range(2)
    ]
    bird = [_bird(step) for step in range(6)]
    flock = [
        (stage.dice.uniform(0, 0.3), stage.dice.uniform(0.16, 0.34), stage.dice.uniform(0, 6))
        for _ in range(6)
    ]

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        canvas.put(mists[0], -wide * 0.15 - t * 9, high * 0.50)
        _put_layers(canvas, layers[:2], t, high, 12)
        canvas.put(mists[1], -wide * 0.35 + t * 13, high * 0.62)
        _put_layers(canvas, layers[2:], t, high, 16)
        for x, y, phase in flock:
            wing = bird[int((t * 7 + phase) % 6)]
            canvas.centre(wing, x * wide + t * 42 + 90 * phase / 6, y * high + 8 * math.sin(t + phase))

    return draw


def _peaks(picture: Image.Image, stage: Stage, light: str) -> None:
    """A snowy range behind everything, lit from one side."""
    wide, high = picture.size
    for depth in range(2):
        line = ridge(stage.dice, wide, high * (0.44 + 0.10 * depth), high * (0.34 - 0.1 * depth), 0.5)
        mask = below(picture.size, line)
        stone = clouds(stage.dice, picture.size, (14, 14), 6)
        slope = ImageChops.subtract(stone, ImageChops.offset(stone, 9, 5), 0.5, 128)
        snow = "4a5a80 8fa0c0 e9eef6 ffffff" if light in ("day", "night") else "5d5478 a08fa6 f0cdb8 fff1de"
        face = coloured(stretch(slope, 70, 190), palette(snow))
        if light == "night":
            face = Image.blend(face, Image.new("RGB", face.size, (14, 22, 52)), 0.62)
        rock = fade(picture.size, [(0, 0), (0.42, 40), (0.62, 210), (1, 255)])
        add_shade(face, rock, (0, 0), palette(SKIES[light][1])[0])
        air = Image.new("RGB", face.size, palette(SKIES[light][0])[3])
        picture.paste(Image.blend(face, air, 0.5 - 0.28 * depth), (0, 0), mask)


def _bird(step: int) -> Sprite:
    lift = math.sin(step / 6 * 2 * math.pi)
    big = Image.new("RGBA", (80, 60))
    draw = ImageDraw.Draw(big)
    for side in (-1, 1):
        draw.line(
            [(40, 30), (40 + side * 16, 24 - lift * 12), (40 + side * 34, 30 - lift * 20)],
            fill=(34, 30, 44, 255),
            width=4,
            joint="curve",
        )
    return Sprite.of(big.resize((26, 20), Image.Resampling.LANCZOS))


def dunes(stage: Stage) -> Draw:
    light = stage.pick("dusk", "day", "dawn")
    wide, high = stage.size
    sky = {
        "dusk": "5a3f5f b0656a ee9d6b ffcf8e",
        "day": "c9a27c dcb98f ecd0a6 f6e2bf",
        "dawn": "9aa0b4 d5b3a8 f3cfa6 ffe6c0",
    }[light]
    sand = {
        "dusk": "3d1420 8c2f1e d4642a f7a55a",
        "day": "6e2a10 b5561c e08a3c f8c483",
        "dawn": "5a3230 a5644a dba271 f9dcb0",
    }[light]
    picture = gradient(stage.size, palette(sky))
    reach = round(high * 1.1)
    sun = stage.dice.uniform(0.25, 0.75)
    add_light(
        picture,
        glow((reach, reach), 2.6, 210),
        (round(wide * sun - reach / 2), round(high * 0.36 - reach / 2)),
        (255, 220, 160),
    )
    add_light(
        picture, glow((150, 150), 4, 255), (round(wide * sun - 75), round(high * 0.30 - 75)), (255, 244, 214)
    )
    plain = Plate.of(grain(picture, stage.dice, 4))
    hills = [_dune(stage, sand, place, sky) for place in range(5)]
    dust = Sprite.tint(_mist((round(wide * 1.8), high // 3), stage, 110), palette(sky)[-1])
    caravan = [_camel(round(high * 0.055), step) for step in range(4)]

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, (hill, top, pace) in enumerate(hills):
            canvas.put(hill, -wide * 0.06 - t * pace, top)
            if place == 1:
                for step in range(4):
                    x = wide * 0.30 + step * high * 0.075 + t * 7
                    canvas.put(caravan[int(t * 3 + step) % 4], x, high * 0.432 + 3 * math.sin(x / 60))
            if place == 2:
                canvas.put(dust, -wide * 0.7 + t * 46, high * 0.46, 0.9)
        canvas.put(dust, -wide * 0.2 + t * 70, high * 0.66, 0.55)

    return draw


def _dune(stage: Stage, sand: str, place: int, sky: str) -> tuple[Sprite, float, float]:
    """One dune: a lit and a shaded side along a curling crest, with ripples."""
    wide, high = stage.size
    width = round(wide * 1.5) & ~1
    part = place / 4
    top = high * (0.40 + 0.42 * part**1.1)
    tall = round(high - top + 8) & ~1
    swing = high * (0.018 + 0.075 * part)
    line = waves(stage.dice, width, swing + 6, swing, 1.6 + part)
    mask = below((width, tall), line, 0.5)
    face = gradient(
        (width, tall), [ramp(palette(sand), 0.98 - 0.25 * part), ramp(palette(sand), 0.62 - 0.3 * part)]
    )
    crest = waves(stage.dice, width, swing + 6 + tall * 0.30, tall * 0.20, 2.2)
    shaded = below((width, tall), [(x, y) for x, y in crest], 1.2)
    ridge_soft = below((width, tall), [(x, y - 14) for x, y in crest], 14)
    add_light(
        face,
        ImageChops.subtract(ridge_soft, shaded).point(times(80)),
        (0, 0),
        (255, 214, 150),
    )
    add_shade(
        face,
        ImageChops.multiply(shaded, fade((width, tall), [(0, 190), (0.8, 110), (1, 60)])),
        (0, 0),
        ramp(palette(sand), 0.18),
    )
    ripples = clouds(stage.dice, (width, tall), (10, 60), 3).rotate(-5, Image.Resampling.BICUBIC)
    add_shade(face, stretch(ripples, 130, 200, 1, 70), (0, 0), ramp(palette(sand), 0.25))
    air = Image.new("RGB", face.size, palette(sky)[2])
    face = Image.blend(face, air, 0.55 * (1 - part) ** 2)
    face = grain(face, stage.dice, 7)
    face.putalpha(mask)
    return Sprite.of(face), top, 5 + 34 * part**1.5


def _camel(size: int, step: int) -> Sprite:
    big = Image.new("RGBA", (size * 6, size * 4))
    draw = ImageDraw.Draw(big)
    unit, dark = size / 10 * 4, (52, 26, 26, 255)
    draw.ellipse((unit * 3, unit * 3.4, unit * 10, unit * 6.2), fill=dark)
    draw.ellipse((unit * 5, unit * 1.8, unit * 8, unit * 5), fill=dark)
    draw.line(
        [(unit * 9.4, unit * 4.6), (unit * 11.4, unit * 3.6), (unit * 11.8, unit * 1.6)],
        fill=dark,
        width=round(unit * 0.9),
        joint="curve",
    )
    draw.ellipse((unit * 11.2, unit * 0.8, unit * 13.4, unit * 2.2), fill=dark)
    for leg in range(4):
        swing = math.sin(step / 4 * 6.28 + leg * 1.6) * 0.6
        x = 3.8 + leg * 1.7
        draw.line(
            [(unit * x, unit * 5.4), (unit * (x + swing), unit * 9.6)], fill=dark, width=round(unit * 0.6)
        )
    return Sprite.of(big.resize((round(size * 1.5), size), Image.Resampling.LANCZOS))
