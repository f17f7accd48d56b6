"""By the sea: a lighthouse at dusk, and open water under sun or moon."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    NEGATIVE,
    add_light,
    add_shade,
    below,
    clouds,
    coloured,
    cylinder,
    dimmed,
    fade,
    glow,
    gradient,
    grain,
    palette,
    ridge,
    shape,
    stars,
    stretch,
    times,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage
from ..painting.water import Water

LIGHTS = {  # sky from top to horizon | sea from horizon to front | glints | how bright the stars are
    "dusk": ("123a78 3c64a4 8d86b4 e2a494 f9cfa4", "8f7f9e 3f5a92 123a86 0b2766", "ffd9b0", 0.5),
    "night": ("050b1e 0c1c3e 1b3560 33517c 54709a", "2b4468 152b52 0b1c3e 061029", "bcd2f2", 1.0),
    "dawn": ("5a84b8 9bb2cd e3c9c0 f8d9b6 ffe9cd", "c9b6b4 7f9cb4 46789e 28587f", "fff0d0", 0.0),
    "storm": ("1d2733 334250 54626c 7b8489 a0a3a0", "6b7780 45545f 2c3a46 18232e", "cfd8dc", 0.0),
    "day": ("2f7fc4 6aa9dc a8d0ec d8ebf5 f2f7f8", "7fb7d4 3f8fbe 1d6ea6 0d4f86", "ffffff", 0.0),
}


def _sky(stage: Stage, light: str, horizon: int) -> Image.Image:
    sky, _, _, starry = LIGHTS[light]
    picture = gradient((stage.width, horizon), palette(sky))
    if starry:
        stars(picture, stage.dice, round(260 * starry), horizon * 0.75)
    veil = stretch(
        clouds(stage.dice, (stage.width, horizon), (3, 9), 5), 118, 215, 1.3, 150 if light != "storm" else 210
    )
    veil = ImageChops.multiply(veil, fade((stage.width, horizon), [(0, 40), (0.5, 190), (0.9, 230), (1, 60)]))
    tone = {"night": (70, 96, 140), "storm": (58, 66, 74), "day": (255, 255, 255)}.get(light, (255, 206, 186))
    add_shade(picture, veil, (0, 0), tone)
    return picture


def lighthouse(stage: Stage) -> Draw:
    light = stage.pick("dusk", "night", "dawn", "storm")
    wide, high = stage.size
    horizon = round(high * (0.66 if not stage.portrait else 0.70)) & ~1
    base = (0.30 + 0.42 * stage.dice.random()) * wide if not stage.portrait else wide * 0.5
    foot = horizon - high * (0.07 if not stage.portrait else 0.10)
    tall = high * (0.46 if not stage.portrait else 0.32)
    picture = Image.new("RGB", stage.size)
    picture.paste(_sky(stage, light, horizon))
    sun_x = 0.18 if base > wide / 2 else 0.82
    if light in ("dusk", "dawn"):
        add_light(
            picture,
            glow((wide, high), 2.4, 190),
            (round(wide * (sun_x - 0.5)), horizon - high // 2),
            (255, 190, 130),
        )
    water = Water(
        stage.dice,
        (wide, high - horizon & ~1),
        palette(LIGHTS[light][1]),
        palette(LIGHTS[light][2])[0],
        sun_x if light in ("dusk", "dawn") else None,
    )
    picture.paste(water.base, (0, horizon))
    plain = Plate.of(grain(vignette(picture.copy(), 0.3), stage.dice, 4))
    rock, rock_at = _rock(stage, base, foot, light)
    tower, lamp = _tower(stage, tall, light)
    tower_at = (base - tower.size[0] / 2, foot - tower.size[1] + 6)
    house = _house(round(tall * 0.34), light)
    lamp_x, lamp_y = tower_at[0] + lamp[0], tower_at[1] + lamp[1]
    beams = [(beam, beam.mirrored()) for beam in _beams(wide, light)]
    halo = Sprite.tint(glow((round(tall * 1.1),) * 2, 3.0, 235), (255, 236, 190))
    foam = [Sprite.tint(glow((wide // 7, 10), 1.6, 170), (226, 232, 240)) for _ in range(3)]
    drift = Sprite.tint(
        _wisps(stage, wide, horizon // 2),
        {"night": (80, 104, 150), "storm": (92, 100, 108)}.get(light, (255, 214, 196)),
    )

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        canvas.put(drift, -wide * 0.3 + t * 9, horizon * 0.16)
        water.glitter(canvas, horizon, t)
        turn = t * 0.8 + stage.bucket
        _sweep(canvas, beams, lamp_x, lamp_y, turn)
        canvas.put(rock, *rock_at)
        canvas.put(house, base - tall * 0.5, foot - house.size[1] + 8)
        canvas.put(tower, *tower_at)
        facing = max(0.0, math.cos(turn * 2)) ** 6
        canvas.centre(halo, lamp_x, lamp_y, 0.45 + 0.5 * facing)
        for place, spray in enumerate(foam):
            reach = 0.5 + 0.5 * math.sin(t * 1.1 + place * 2.1)
            canvas.centre(
                spray,
                base + (place - 1) * wide * 0.17 + 6 * math.sin(t + place),
                horizon + (high - horizon) * (0.34 + 0.22 * place) - 5 * reach,
                0.2 + 0.5 * reach,
            )

    return draw


def _wisps(stage: Stage, wide: int, high: int) -> Image.Image:
    size = (round(wide * 1.6), high)
    veil = stretch(clouds(stage.dice, size, (5, 7), 5), 132, 215, 1.4, 120)
    return ImageChops.multiply(veil, fade(size, [(0, 0), (0.35, 255), (0.65, 255), (1, 0)]))


def _rock(stage: Stage, base: float, foot: float, light: str) -> tuple[Sprite, tuple[float, float]]:
    """A cliff with a lit side, cracks and moss."""
    wide, high = stage.size
    width = round(wide * (0.62 if not stage.portrait else 1.25)) & ~1
    top = foot - 4
    height = round(high - top + 12) & ~1
    line = ridge(stage.dice, width, 0, height * 0.10, 0.62)
    lean = stage.dice.uniform(0.85, 1.2)
    edge = []
    for x, y in line:
        away = abs(x - width / 2) / (width / 2)
        slope = max(0.0, away - 0.16) ** (1.05 * lean if x < width / 2 else 1.05 / lean) * height * 1.25
        edge.append((x, slope + y * min(1.0, away * 3.2)))
    mask = below((width, height), [(x, max(2, y + 10)) for x, y in edge])
    stone = clouds(stage.dice, (width, height), (9, 7), 6)
    cracks = clouds(stage.dice, (width, height), (26, 5), 4).rotate(14, Image.Resampling.BICUBIC)
    tones = {"night": "06080f 141a28 2a3347 44506a", "storm": "14161a 2b2e33 4a4e53 6e7376"}.get(
        light, "1f1412 4a332c 7a5a4a b08a72"
    )
    face = coloured(stretch(stone, 60, 205), palette(tones))
    add_shade(
        face,
        stretch(cracks, 60, 118).point(NEGATIVE).point(times(127)),
        (0, 0),
        palette(tones)[0],
    )
    side = Image.linear_gradient("L").rotate(90).resize((width, height))
    add_shade(
        face,
        side.point(times(150))
        if base < stage.width / 2
        else side.point([(255 - v) * 150 // 255 for v in range(256)]),
        (0, 0),
        (10, 8, 20),
    )
    moss = ImageChops.multiply(
        stretch(stone, 118, 170), fade((width, height), [(0, 230), (0.28, 90), (0.5, 0)])
    )
    add_shade(face, moss, (0, 0), {"night": (30, 44, 40), "storm": (66, 76, 58)}.get(light, (110, 104, 62)))
    face.putalpha(mask)
    return Sprite.of(face), (base - width / 2, top - 10)


def _tower(stage: Stage, tall: float, light: str) -> tuple[Sprite, tuple[float, float]]:
    """Red and white, with gallery and lamp room. Gives the sprite and where the lamp is."""
    width, height = round(tall * 0.42) & ~1, round(tall) & ~1
    scale = 2
    big = Image.new("RGBA", (width * scale, height * scale))
    body_top, body_bottom = height * 0.24, float(height)
    half_top, half_bottom = width * 0.20, width * 0.30
    stripes = Image.new("RGB", (width, height))
    dim = {"night": 0.50, "storm": 0.72}.get(light, 1.0)
    white = dimmed(palette("6d6a80 b9b1b4 f2e9e0 fffaf2"), dim)
    red = dimmed(palette("5a0f14 a31d1c e03b24 ff6a45"), dim)
    for band in range(5):
        top = body_top + (body_bottom - body_top) * band / 5
        stripes.paste(
            cylinder((width, round(height / 5) + 2), red if band % 2 == 0 else white), (0, round(top))
        )
    body = shape((width, height), [
        (width / 2 - half_top, body_top), (width / 2 + half_top, body_top),
        (width / 2 + half_bottom, body_bottom), (width / 2 - half_bottom, body_bottom),
    ])  # fmt: skip
    stripes.putalpha(body)
    big.paste(stripes.resize(big.size, Image.Resampling.BICUBIC), (0, 0))
    draw = ImageDraw.Draw(big)

    def box(left: float, top: float, right: float, bottom: float, colour: tuple[int, ...]) -> None:
        draw.rectangle([round(edge * scale) for edge in (left, top, right, bottom)], fill=colour)

    middle, dark = width / 2, tuple(round(part * dim) for part in (44, 38, 46))
    box(middle - half_top * 1.35, body_top - height * 0.022, middle + half_top * 1.35, body_top + 2, dark)
    for post in range(7):
        x = middle + (post - 3) * half_top * 0.42
        box(x - 0.6, body_top - height * 0.06, x + 0.6, body_top - height * 0.02, dark)
    box(
        middle - half_top * 1.35,
        body_top - height * 0.066,
        middle + half_top * 1.35,
        body_top - height * 0.058,
        dark,
    )
    box(
        middle - half_top * 0.72,
        height * 0.095,
        middle + half_top * 0.72,
        body_top - height * 0.02,
        (255, 232, 170),
    )
    box(
        middle - half_top * 0.30,
        height * 0.105,
        middle + half_top * 0.30,
        body_top - height * 0.03,
        (255, 252, 236),
    )
    for bar in (-0.72, -0.26, 0.22, 0.68):
        box(
            middle + half_top * bar - 0.8,
            height * 0.095,
            middle + half_top * bar + 0.8,
            body_top - height * 0.02,
            dark,
        )
    roof = [
        (middle - half_top * 0.95, height * 0.10),
        (middle + half_top * 0.95, height * 0.10),
        (middle, height * 0.012),
    ]
    draw.polygon([(x * scale, y * scale) for x, y in roof], fill=red[2])
    draw.polygon(
        [(x * scale, y * scale) for x, y in [(middle + half_top * 0.2, height * 0.10), roof[1], roof[2]]],
        fill=red[1],
    )
    for window in (0.42, 0.62, 0.80):
        box(
            middle - 3,
            height * window,
            middle + 3,
            height * window + 11,
            (255, 222, 150) if light != "day" else dark,
        )
    return Sprite.of(big.resize((width, height), Image.Resampling.LANCZOS)), (middle, height * 0.155)


def _house(size: int, light: str) -> Sprite:
    width, height = round(size * 1.5), size
    big = Image.new("RGBA", (width * 2, height * 2))
    draw = ImageDraw.Draw(big)
    dim = {"night": 0.5, "storm": 0.72}.get(light, 1.0)

    def tone(*colour: int) -> tuple[int, ...]:
        return tuple(round(part * dim) for part in colour)

    draw.rectangle((width * 0.16, height * 0.95, width * 1.84, height * 2), fill=tone(232, 224, 220))
    draw.rectangle((width * 1.3, height * 0.95, width * 1.84, height * 2), fill=tone(190, 180, 186))
    draw.polygon(
        [
            (width * 0.04, height),
            (width * 0.52, height * 0.42),
            (width * 1.5, height * 0.42),
            (width * 1.96, height),
        ],
        fill=tone(196, 44, 34),
    )
    draw.rectangle((width * 1.3, height * 0.25, width * 1.44, height * 0.6), fill=tone(120, 60, 52))
    for x in (0.38, 0.76, 1.42):
        draw.rectangle((width * x, height * 1.25, width * (x + 0.2), height * 1.62), fill=(255, 214, 130))
    return Sprite.of(big.resize((width, height), Image.Resampling.LANCZOS))


def _beams(wide: int, light: str) -> list[Sprite]:
    """The beam at twelve lengths, from across to nearly towards us."""
    colour = (255, 240, 205)
    made = []
    for step in range(12):
        long = max(40, round(wide * 0.95 * (step + 1) / 12)) & ~1
        high = round(90 - 4 * step) & ~1
        mask = shape((long, high), [(0, high / 2 - 3), (long, 4), (long, high - 4), (0, high / 2 + 3)], 3)
        along = Image.linear_gradient("L").rotate(90).resize((long, high)).point(NEGATIVE)
        top = 205 if light in ("night", "storm") else 175
        made.append(
            Sprite.tint(ImageChops.multiply(mask, along.point([v * top // 255 for v in range(256)])), colour)
        )
    return made


def _sweep(canvas: Canvas, beams: list[tuple[Sprite, Sprite]], x: float, y: float, turn: float) -> None:
    """Two beams, opposite each other; the nearer one is shorter and brighter as it passes."""
    for side in (0.0, math.pi):
        across = math.cos(turn + side)
        right, left = beams[min(11, int(abs(across) * 12))]
        beam = right if across >= 0 else left
        canvas.put(beam, x if across >= 0 else x - beam.size[0], y - beam.size[1] / 2)


def open_sea(stage: Stage) -> Draw:
    light = stage.pick("night", "dusk", "dawn", "day")
    wide, high = stage.size
    horizon = round(high * (0.50 + 0.12 * stage.dice.random())) & ~1
    sun_x, sun_y = stage.dice.uniform(0.3, 0.7), horizon * (0.52 if light == "night" else 0.78)
    picture = Image.new("RGB", stage.size)
    picture.paste(_sky(stage, light, horizon))
    tone = {"night": (190, 212, 245), "day": (255, 255, 250)}.get(light, (255, 206, 140))
    reach = round(high * 1.1)
    add_light(
        picture,
        glow((reach, reach), 2.6, 215),
        (round(sun_x * wide - reach / 2), round(sun_y - reach / 2)),
        tone,
    )
    disc = round(high * 0.035) if light == "night" else round(high * 0.05)
    add_light(
        picture,
        glow((disc * 7, disc * 7), 3.2, 255),
        (round(sun_x * wide - disc * 3.5), round(sun_y - disc * 3.5)),
        tone,
    )
    moon = Image.new("L", (disc * 2, disc * 2), 0)
    ImageDraw.Draw(moon).ellipse((1, 1, disc * 2 - 2, disc * 2 - 2), fill=255)
    add_shade(
        picture,
        moon.filter(ImageFilter.GaussianBlur(1)),
        (round(sun_x * wide - disc), round(sun_y - disc)),
        (255, 252, 240),
    )
    water = Water(
        stage.dice,
        (wide, high - horizon & ~1),
        palette(LIGHTS[light][1]),
        palette(LIGHTS[light][2])[0],
        sun_x,
        0.13,
    )
    picture.paste(water.base, (0, horizon))
    for far in range(2):
        coast = ridge(stage.dice, wide, horizon - 4 - far * 8, 26 - far * 10, 0.6)
        mask = ImageChops.multiply(below(stage.size, coast), below(stage.size, [(0, 0), (wide, 0)]))
        mask.paste(0, (0, horizon, wide, high))
        shade = tuple(part // (3 - far) for part in palette(LIGHTS[light][1])[1])
        picture.paste(Image.new("RGB", stage.size, shade), (0, 0), mask)
    plain = Plate.of(grain(vignette(picture, 0.4), stage.dice, 4))
    drift = Sprite.tint(
        _wisps(stage, wide, horizon // 2),
        {"night": (96, 122, 168), "day": (255, 255, 255)}.get(light, (255, 200, 172)),
    )
    boat, boat_x = _sail(round(high * 0.09), light), stage.dice.uniform(0.2, 0.6)

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        canvas.put(drift, -wide * 0.4 + t * 12, horizon * 0.2)
        water.glitter(canvas, horizon, t)
        canvas.put(boat, (boat_x * wide + t * 14), horizon - boat.size[1] + 6 + 2.5 * math.sin(t * 1.4))

    return draw


def _sail(size: int, light: str) -> Sprite:
    big = Image.new("RGBA", (size * 4, size * 4))
    draw = ImageDraw.Draw(big)
    cloth = {"night": (150, 166, 196), "day": (250, 250, 246)}.get(light, (96, 58, 66))
    hull = {"night": (18, 24, 40), "day": (150, 52, 40)}.get(light, (44, 26, 38))
    unit = size / 10 * 4
    draw.polygon([(unit * 5, 0), (unit * 5, unit * 7.6), (unit * 9.3, unit * 7.6)], fill=cloth)
    draw.polygon(
        [(unit * 4.6, unit * 1.4), (unit * 4.6, unit * 7.6), (unit * 1.4, unit * 7.6)],
        fill=tuple(part * 4 // 5 for part in cloth),
    )
    draw.polygon(
        [
            (unit * 0.8, unit * 8.1),
            (unit * 9.6, unit * 8.1),
            (unit * 8.2, unit * 9.8),
            (unit * 2, unit * 9.8),
        ],
        fill=hull,
    )
    return Sprite.of(big.resize((size, size), Image.Resampling.LANCZOS))
