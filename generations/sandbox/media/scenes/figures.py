"""Somebody to look at: a small robot among tulips, and jellyfish in deep water."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    add_light,
    add_shade,
    ball,
    clouds,
    coloured,
    dimmed,
    fade,
    glow,
    gradient,
    grain,
    mix,
    palette,
    ramp,
    rounded,
    stars,
    stretch,
    times,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

PAINTS = (
    "6b2408 c9571c f58a3a ffc48a",
    "5c564e b8aea2 efe7da ffffff",
    "123a5a 2f7fae 7cc4e4 dff4ff",
    "5a4408 c79a1c f5cf4a fff0b0",
    "1c4a34 3f9a6c 8fd8a8 e6ffe8",
    "5a1030 b83a6a f08aa8 ffdce6",
)
PETALS = (
    "8a1c3a e0486a ff9aa8",
    "a88a10 f2cf2a fff6a0",
    "9a90a0 f4eef2 ffffff",
    "7a1c6a c85ab0 f4a8e0",
    "a8400c f5822a ffc890",
)


def robot(stage: Stage) -> Draw:
    light = stage.pick("day", "dusk", "night", "day")
    wide, high = stage.size
    sky = {
        "day": "b9c3c6 d8dcd8 eeeade f6efd9",
        "dusk": "4a4a86 a06a94 ef9a7c ffd49a",
        "night": "060c22 0e1c44 1c3468 35548c",
    }[light]
    grass = {
        "day": "c3cf8a 8fb84a 4f9420 2a6a10",
        "dusk": "c09a78 7a8a48 3f6a28 1c3f18",
        "night": "2c4a70 183858 0e2a40 081826",
    }[light]
    horizon = round(high * (0.42 if not stage.portrait else 0.46)) & ~1
    picture = Image.new("RGB", stage.size)
    picture.paste(gradient((wide, horizon + 30), palette(sky)))
    if light == "night":
        stars(picture, stage.dice, 160, horizon)
    veil = stretch(clouds(stage.dice, (wide, horizon), (4, 5), 4), 120, 220, 1.3, 90)
    add_shade(picture, veil, (0, 0), palette(sky)[-1])
    ground = gradient((wide, high - horizon), palette(grass))
    blades = clouds(stage.dice, (wide, high - horizon), (60, 20), 3)
    add_shade(ground, stretch(blades, 120, 210, 1, 70), (0, 0), palette(grass)[-1])
    picture.paste(ground, (0, horizon))
    mist = fade((wide, 120), [(0, 0), (0.5, 220), (1, 0)])
    add_shade(picture, mist, (0, horizon - 60), palette(sky)[-1])
    dim = {"day": 1.0, "dusk": 0.82, "night": 0.45}[light]
    heads = _tulips(dim)
    rows = [_row(stage, heads, wide, place, palette(sky)[-1], light) for place in range(9)]
    plain = Plate.of(grain(vignette(picture, 0.22), stage.dice, 4))
    size = high * (0.74 if not stage.portrait else 0.50)
    paint = palette(PAINTS[stage.bucket % len(PAINTS)])
    paint = dimmed(paint, 0.55 + 0.45 * dim)
    parts = _robot(round(size), paint)
    at_x = wide * (0.36 + 0.28 * stage.dice.random() if not stage.portrait else 0.5)
    shadow = Sprite.tint(glow((round(size * 0.9), round(size * 0.16)), 1.6, 150), (18, 34, 10))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, (row, y, pace) in enumerate(rows):
            if place == 7:
                canvas.centre(shadow, at_x, high * 0.93)
                _act(canvas, parts, at_x, high * 0.93, size, t, stage.bucket)
            sway = math.sin(t * 1.1 + place * 0.9) * (1 + place * 0.55)
            canvas.put(row, -wide * 0.12 + sway - t * pace, y)

    return draw


def _tulips(dim: float) -> list[Image.Image]:
    heads = []
    for petals in PETALS:
        colours = dimmed(palette(petals), dim)
        heads.append(ball(40, colours, (-0.3, -0.45)))
    return heads


def _row(
    stage: Stage, heads: list[Image.Image], wide: int, place: int, air: tuple[int, int, int], light: str
) -> tuple[Sprite, float, float]:
    """One row of the field: far rows small and hazy, the nearest large and out of focus."""
    part = place / 8
    high = stage.height
    horizon = 0.42 if not stage.portrait else 0.46
    size = max(5, round(high * (0.012 + 0.062 * part**1.7)))
    width = round(wide * 1.3) & ~1
    tall = round(size * 3.2 + high * 0.03) & ~1
    field = Image.new("RGBA", (width, tall))
    draw = ImageDraw.Draw(field)
    stem = {"day": (52, 112, 26), "dusk": (48, 84, 34), "night": (14, 44, 48)}[light]
    x = stage.dice.uniform(-size, size)
    while x < width:
        y = stage.dice.uniform(0, high * 0.03)
        draw.line(
            (x + size / 2, y + size * 0.8, x + size / 2 + stage.dice.uniform(-3, 3), tall),
            fill=stem,
            width=max(1, size // 8),
        )
        draw.ellipse(
            (x + size * 0.7, y + size * 1.6, x + size * 1.1, y + size * 3),
            fill=mix(stem, (200, 220, 120), 0.15),
        )
        head = stage.dice.choice(heads).resize((size, round(size * 1.12)), Image.Resampling.BILINEAR)
        field.alpha_composite(head, (max(0, round(x)), max(0, round(y))))
        x += size * stage.dice.uniform(1.0, 2.6) * (1 if place < 7 else 1.8)
    alpha = field.getchannel("A")
    colour = Image.blend(
        field.convert("RGB"), Image.new("RGB", field.size, air), max(0.0, 0.55 - part * 0.75)
    )
    colour.putalpha(alpha)
    if place >= 7:
        colour = colour.filter(ImageFilter.GaussianBlur(1.5 + (place - 7) * 2.5))
    elif place <= 1:
        colour = colour.filter(ImageFilter.GaussianBlur(0.8))
    y = high * (horizon + (0.90 - horizon) * part**1.5) - tall * 0.45
    return Sprite.of(colour), y, 2 + 9 * part**2


def _robot(size: int, paint: list[tuple[int, int, int]]) -> dict[str, list[Sprite]]:
    """Head with two looks, body, legs, and an arm at sixteen angles."""
    unit = size / 10
    dark = palette("08090c 14161c 2a2e38 4c525e")
    steel = palette("3a3a40 6a6c74 a6a8ae e6e6e6")
    head = Image.new("RGBA", (round(unit * 5.2), round(unit * 4.6)))
    for side in (0.0, 4.5):
        head.alpha_composite(
            rounded((round(unit * 0.7), round(unit * 1.6)), unit * 0.3, dark),
            (round(unit * side), round(unit * 2.3)),
        )
    head.alpha_composite(
        rounded((round(unit * 4.4), round(unit * 3.2)), unit * 0.75, paint),
        (round(unit * 0.4), round(unit * 1.4)),
    )
    head.alpha_composite(
        rounded((round(unit * 3.5), round(unit * 2.2)), unit * 0.5, dark),
        (round(unit * 0.85), round(unit * 1.9)),
    )
    draw = ImageDraw.Draw(head)
    draw.line(
        (unit * 2.6, unit * 1.5, unit * 2.75, unit * 0.6),
        fill=(50, 50, 56, 255),
        width=max(2, round(unit * 0.14)),
    )
    head.alpha_composite(
        ball(max(3, round(unit * 0.34)), palette("a07808 f0c020 fff2a0")),
        (round(unit * 2.42), round(unit * 0.08)),
    )
    awake, blink = head.copy(), head.copy()
    for x in (1.75, 3.45):
        lamp = ball(max(3, round(unit * 0.50)), palette("c8d8e0 f4fbff ffffff"))
        awake.alpha_composite(lamp, (round(unit * (x - 0.5)), round(unit * 2.5)))
        ImageDraw.Draw(blink).rounded_rectangle(
            (unit * (x - 0.5), unit * 2.9, unit * (x + 0.5), unit * 3.1),
            unit * 0.1,
            fill=(235, 245, 250, 255),
        )
    looks = [awake.rotate(turn, Image.Resampling.BICUBIC) for turn in (-4, -2, 0, 2, 4)]
    body = Image.new("RGBA", (round(unit * 3.2), round(unit * 4.4)))
    for x in (0.55, 1.85):
        body.alpha_composite(
            rounded((round(unit * 0.8), round(unit * 1.5)), unit * 0.2, dark),
            (round(unit * x), round(unit * 2.6)),
        )
        body.alpha_composite(
            rounded((round(unit * 1.15), round(unit * 0.55)), unit * 0.25, paint),
            (round(unit * (x - 0.18)), round(unit * 3.75)),
        )
    body.alpha_composite(
        rounded((round(unit * 2.7), round(unit * 2.9)), unit * 0.6, paint), (round(unit * 0.25), 0)
    )
    body.alpha_composite(
        rounded((round(unit * 1.4), round(unit * 1.05)), unit * 0.2, palette("8a6a08 e0b020 fff0a0")),
        (round(unit * 0.9), round(unit * 0.8)),
    )
    arms = [_arm(unit, paint, dark, turn) for turn in range(16)]
    rest = _arm(unit, paint, dark, 0, hanging=True)
    return {
        "head": [Sprite.of(look) for look in looks],
        "blink": [Sprite.of(blink)],
        "body": [Sprite.of(body)],
        "arm": [Sprite.of(arm) for arm in arms],
        "rest": [Sprite.of(rest)],
        "neck": [Sprite.of(rounded((round(unit * 0.9), round(unit * 0.5)), unit * 0.1, steel))],
    }


def _arm(
    unit: float,
    paint: list[tuple[int, int, int]],
    dark: list[tuple[int, int, int]],
    turn: int,
    *,
    hanging: bool = False,
) -> Image.Image:
    size = round(unit * 4.4)
    arm = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(arm)
    middle = size / 2
    angle = math.radians(112) if hanging else math.radians(-12 - 8 * math.sin(turn / 16 * 6.28))
    elbow = (middle + math.cos(angle) * unit * 0.9, middle + math.sin(angle) * unit * 0.9)
    upper = angle + (0.2 if hanging else -0.9 - 0.45 * math.sin(turn / 16 * 6.28))
    hand = (elbow[0] + math.cos(upper) * unit, elbow[1] + math.sin(upper) * unit)
    draw.line([(middle, middle), elbow, hand], fill=(*dark[2], 255), width=round(unit * 0.42), joint="curve")
    palm = ball(max(3, round(unit * 0.46)), paint)
    arm.alpha_composite(palm, (round(hand[0] - palm.width / 2), round(hand[1] - palm.height / 2)))
    return arm


def _act(
    canvas: Canvas,
    parts: dict[str, list[Sprite]],
    x: float,
    ground: float,
    size: float,
    t: float,
    bucket: int,
) -> None:
    """Bob, look around, blink now and then, wave."""
    unit = size / 10
    bob = unit * 0.12 * math.sin(t * 2.4)
    body = parts["body"][0]
    top = ground - body.size[1] + bob * 0.3
    canvas.centre(parts["rest"][0], x - unit * 1.35, top + unit * 0.7)
    canvas.centre(parts["arm"][int(t * 13) % 16], x + unit * 1.3, top + unit * 0.6)
    canvas.put(body, x - body.size[0] / 2, top)
    canvas.centre(parts["neck"][0], x, top - unit * 0.05 + bob * 0.5)
    if (t + bucket * 0.7) % 2.9 < 0.14:
        look = parts["blink"][0]
    else:
        look = parts["head"][int(2 + 2.4 * math.sin(t * 0.9 + bucket))]
    canvas.put(look, x - look.size[0] / 2, top - look.size[1] + unit * 0.25 + bob)


def jellyfish(stage: Stage) -> Draw:
    wide, high = stage.size
    water = ("7fe8f0 2fb4dc 0f6cb0 062a62", "8ff0d8 2fb8a8 0f6a86 052c4a", "b0a8f4 6a62d8 332f9c 100f4a")[
        stage.bucket % 3
    ]
    picture = gradient(stage.size, palette(water))
    reach = round(max(wide, high) * 1.1)
    add_light(
        picture,
        glow((reach, reach), 2.2, 200),
        (round(wide * 0.35 - reach / 2), round(-reach * 0.55)),
        (220, 255, 255),
    )
    haze = stretch(clouds(stage.dice, stage.size, (4, 4), 4), 110, 220, 1.4, 60)
    add_light(picture, haze, (0, 0), (120, 220, 240))
    plain = Plate.of(grain(vignette(picture, 0.45), stage.dice, 4))
    rays = [_ray(stage, place) for place in range(4)]
    bells = [_bell(round(min(wide, high) * 0.46), step, water) for step in range(20)]
    small = [
        Sprite.of(
            _bell_picture(round(min(wide, high) * 0.15), step, water).filter(ImageFilter.GaussianBlur(1.6))
        ).faded(0.75)
        for step in range(0, 20, 2)
    ]
    flock = [
        (stage.dice.uniform(0.05, 0.95), stage.dice.uniform(0.25, 0.95), stage.dice.uniform(0, 6))
        for _ in range(5)
    ]
    motes = [(stage.dice.random(), stage.dice.random(), stage.dice.uniform(0.4, 1.0)) for _ in range(46)]
    mote = [Sprite.tint(glow((size, size), 2, 150), (226, 255, 255)) for size in (6, 10, 22)]
    x0, y0 = wide * (0.42 + 0.18 * stage.dice.random()), high * (0.55 if not stage.portrait else 0.5)

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, ray in enumerate(rays):
            canvas.put(
                ray,
                wide * (place * 0.24 - 0.22) + 26 * math.sin(t * 0.4 + place * 1.7),
                -20,
                0.55 + 0.45 * math.sin(t * 0.7 + place * 2.2),
            )
        for x, y, phase in flock:
            canvas.centre(
                small[int((t * 9 + phase * 3) % 10)],
                x * wide + 10 * math.sin(t * 0.5 + phase),
                (y * high - t * 13) % (high * 1.2) - high * 0.1,
            )
        beat = (t * 16 + stage.bucket * 3) % 20
        lift = math.sin(beat / 20 * 6.28)
        canvas.centre(bells[int(beat)], x0 + 22 * math.sin(t * 0.5), y0 - t * 10 + 9 * lift)
        for x, y, size in motes:
            place = 0 if size < 0.7 else 1 if size < 0.95 else 2
            canvas.centre(
                mote[place], (x * wide + t * 9 * size) % wide, (y * high - t * 22 * size) % high, 0.8
            )

    return draw


def _ray(stage: Stage, place: int) -> Sprite:
    wide, high = round(stage.width * 0.5), round(stage.height * 0.95)
    big = Image.new("L", (wide // 4, high // 4))
    top, bottom = stage.dice.uniform(0.2, 0.4), stage.dice.uniform(0.5, 0.8)
    ImageDraw.Draw(big).polygon(
        [
            (wide / 4 * top, 0),
            (wide / 4 * (top + 0.14), 0),
            (wide / 4 * (bottom + 0.22), high / 4),
            (wide / 4 * (bottom - 0.12), high / 4),
        ],
        fill=150,
    )
    soft = big.filter(ImageFilter.GaussianBlur(7)).resize((wide, high), Image.Resampling.BICUBIC)
    return Sprite.tint(
        ImageChops.multiply(soft, fade((wide, high), [(0, 255), (0.4, 170), (1, 0)])), (214, 252, 255)
    )


def _bell(size: int, step: int, water: str) -> Sprite:
    return Sprite.of(_bell_picture(size, step, water))


def _bell_picture(size: int, step: int, water: str) -> Image.Image:
    """A jellyfish in one phase of its stroke, glowing and half transparent."""
    beat = math.sin(step / 20 * 6.28)
    width, height = size, round(size * 1.9)
    picture = Image.new("RGBA", (width, height), (236, 252, 255, 0))
    half, rise = width * (0.40 - 0.045 * beat), size * (0.33 + 0.05 * beat)
    middle, rim = width / 2, size * 0.46
    strands = Image.new("L", (width, height))
    draw = ImageDraw.Draw(strands)
    for strand in range(13):
        x = middle + (strand - 6) / 6 * half * 0.82
        points = []
        for part in range(24):
            along = part / 23
            points.append(
                (
                    x
                    + math.sin(along * 6 + step / 20 * 6.28 + strand) * size * 0.055 * along
                    - (x - middle) * along * 0.35,
                    rim + along * size * (0.85 + 0.35 * math.sin(strand * 2.3) - 0.06 * beat),
                )
            )
        draw.line(points, fill=150 if strand % 3 else 235, width=2 if strand % 3 else 5, joint="curve")
    strands = ImageChops.multiply(
        strands.filter(ImageFilter.GaussianBlur(0.8)),
        fade((width, height), [(0, 255), (0.3, 255), (0.98, 30), (1, 0)]),
    )
    picture.paste(Image.new("RGBA", (width, height), (236, 252, 255, 255)), (0, 0), strands)
    big = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(big).pieslice(
        ((middle - half) * 2, (rim - rise) * 2, (middle + half) * 2, (rim + rise) * 2), 180, 360, fill=255
    )
    for scallop in range(8):
        x = middle + (scallop - 3.5) / 3.5 * half * 0.86
        ImageDraw.Draw(big).ellipse(
            ((x - half * 0.15) * 2, (rim - size * 0.03) * 2, (x + half * 0.15) * 2, (rim + size * 0.03) * 2),
            fill=255,
        )
    dome = big.reduce(2)
    inner = dome.filter(ImageFilter.GaussianBlur(size * 0.06))
    veil = ImageChops.multiply(dome, inner.point([255 - v * 120 // 255 for v in range(256)]))
    shade = coloured(
        stretch(inner, 90, 255),
        [(255, 255, 255), ramp(palette(water), 0.05), mix(ramp(palette(water), 0.25), (255, 255, 255), 0.35)],
    )
    shade.putalpha(veil.point(times(235)))
    picture.alpha_composite(shade)
    for lobe in range(4):
        x = middle + (lobe - 1.5) * half * 0.30
        spot = glow((round(size * 0.14), round(size * 0.12)), 2, 190)
        picture.paste((255, 244, 252, 255), (round(x - size * 0.07), round(rim - rise * 0.52)), spot)
    return picture
