"""Things on a table: a bottle, stacked pebbles, a vase. Soft light that moves over them."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    add_light,
    add_shade,
    ball,
    clouds,
    cylinder,
    ellipse,
    fade,
    glow,
    gradient,
    grain,
    mix,
    palette,
    ramp,
    rounded,
    stretch,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

ROOMS = (
    "c9cfc0 dfe4d6 c3c9b6 a9b19c",
    "d9cdbf efe6da d8c6b2 b99f86",
    "b9c6d2 dbe4ec b7c6d4 8ea3b8",
    "d8bfc2 f0dfe0 d9bfc0 b3898f",
    "2a2622 4a423a 3a322c 211c18",
    "cdbfa0 ece0c4 cfb98c a5875a",
)
GLASS = (
    "04301c 0c6b40 1fa565 9ff0c4",
    "4a1a04 a4480c e88a2a ffe0a0",
    "0a1c4a 1c4aa0 4a8ae0 d0e6ff",
    "3a0828 8a1c5a d0509a ffd0e8",
    "2a2016 6a4a24 b8863c ffe8b0",
    "10302e 2a7a72 5cc0b0 e0fff6",
)


def _room(stage: Stage) -> tuple[Image.Image, float]:
    """A wall that bends into a table, lit from a window. Gives the picture and where things stand."""
    wide, high = stage.size
    tones = palette(ROOMS[stage.bucket % len(ROOMS)])
    edge = high * (0.60 if not stage.portrait else 0.62)
    picture = gradient(stage.size, [tones[0], tones[1], tones[1], tones[2], tones[3]])
    reach = round(max(wide, high) * 1.2)
    add_light(
        picture,
        glow((reach, reach), 2.0, 120),
        (round(wide * 0.22 - reach / 2), round(high * 0.18 - reach / 2)),
        (255, 248, 230),
    )
    bend = fade(
        stage.size, [(0, 0), (edge / high - 0.10, 0), (edge / high, 46), (edge / high + 0.14, 0), (1, 70)]
    )
    add_shade(picture, bend, (0, 0), mix(tones[3], (20, 10, 10), 0.5))
    return picture, edge


def _bars(stage: Stage) -> Sprite:
    """Window light: four panes, slanting, with soft edges."""
    wide, high = stage.size
    small = Image.new("L", (wide // 4, high // 4))
    draw = ImageDraw.Draw(small)
    for column in range(3):
        for row in range(2):
            x, y = wide / 4 * (0.16 + 0.15 * column), high / 4 * (0.10 + 0.30 * row)
            slant = wide / 4 * 0.07
            draw.polygon(
                [
                    (x, y),
                    (x + wide / 4 * 0.12, y),
                    (x + wide / 4 * 0.12 + slant, y + high / 4 * 0.26),
                    (x + slant, y + high / 4 * 0.26),
                ],
                fill=84,
            )
    return Sprite.tint(
        small.filter(ImageFilter.GaussianBlur(3)).resize(stage.size, Image.Resampling.BICUBIC),
        (255, 244, 216),
    )


def _shadow(picture: Image.Image, x: float, y: float, wide: float, high: float, strength: int = 150) -> None:
    mask = Image.new("L", picture.size)
    small = Image.new("L", (round(wide * 1.6), round(high * 2.4)))
    ImageDraw.Draw(small).ellipse((wide * 0.2, high * 0.6, wide * 1.5, high * 1.7), fill=strength)
    mask.paste(
        small.filter(ImageFilter.GaussianBlur(max(3, high * 0.28))),
        (round(x - wide * 0.5), round(y - high * 1.15)),
    )
    picture.paste(Image.new("RGB", picture.size, (26, 16, 14)), (0, 0), mask)


def _stand(
    picture: Image.Image, x: float, y: float, wide: float, tall: float, tones: list[tuple[int, int, int]]
) -> None:
    """A round podium."""
    flat = wide * 0.26
    _shadow(picture, x + wide * 0.12, y + tall, wide * 1.15, flat * 1.2)
    size = (round(wide), round(tall + flat))
    side = cylinder(size, tones, 0.30)
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(mask)
    draw.rectangle((0, flat, size[0] * 2, tall * 2 + flat), fill=255)
    draw.ellipse((0, tall * 2, size[0] * 2 - 1, (tall + flat) * 2 - 1), fill=255)
    picture.paste(side, (round(x - wide / 2), round(y - flat / 2)), mask.reduce(2))
    top = gradient((size[0], round(flat)), [ramp(tones, 0.95), ramp(tones, 0.8)])
    picture.paste(top, (round(x - wide / 2), round(y - flat / 2)), ellipse(top.size))


def _lively(stage: Stage, picture: Image.Image, *, leaves: bool = True) -> Draw:
    """The still picture with wandering light, leaf shadows, dust, and a camera that glides."""
    wide, high = stage.size
    big = grain(vignette(picture, 0.3), stage.dice, 5).resize(
        (round(wide * 1.10) & ~1, round(high * 1.10) & ~1), Image.Resampling.BICUBIC
    )
    plain = Plate.of(big)
    bars = _bars(stage)
    branch = [Sprite.tint(_leaves(stage, turn), (40, 34, 30)) for turn in range(-3, 4)] if leaves else []
    dust = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(30)]
    mote = [Sprite.tint(glow((size, size), 2.2, 150), (255, 248, 230)) for size in (8, 12, 26)]

    def draw(canvas: Canvas, t: float) -> None:
        glide = 0.5 + 0.5 * math.sin(t * 0.26 - 1.2)
        canvas.cover(plain, wide * 0.10 * glide, high * (0.05 + 0.04 * math.sin(t * 0.2)))
        canvas.put(bars, -wide * 0.06 + t * 7, -10 + t * 2, 0.85)
        if branch:
            canvas.put(branch[round(3 + 2.9 * math.sin(t * 0.9))], wide * 0.02, -6 + 3 * math.sin(t * 1.3))
        for x, y, phase in dust:
            canvas.centre(
                mote[int(phase * 3)],
                (x * wide + t * (4 + 8 * phase)) % wide,
                (y * high - t * 6 + 8 * math.sin(t * 0.8 + phase * 6)) % high,
                0.25 + 0.5 * math.sin(t * 0.7 + phase * 9) ** 2,
            )

    return draw


def _leaves(stage: Stage, turn: int) -> Image.Image:
    """Shadows of leaves in an upper corner, at one of seven angles of the wind."""
    wide, high = round(max(stage.size) * 0.42) & ~1, round(min(stage.size) * 0.5) & ~1
    small = Image.new("L", (wide // 3, high // 3))
    draw = ImageDraw.Draw(small)
    w, h = wide / 3, high / 3
    for leaf in range(9):
        x, y = w * (0.04 + 0.09 * leaf), h * (0.06 + 0.055 * leaf + 0.03 * (leaf % 2))
        angle = math.radians(50 + 40 * (leaf % 2) * (1 if leaf % 4 else -1) + turn * (1.2 + leaf * 0.25))
        long = h * 0.26
        tip = (x + math.cos(angle) * long, y + math.sin(angle) * long)
        side = (math.cos(angle + 1.57) * long * 0.17, math.sin(angle + 1.57) * long * 0.17)
        half = ((x + tip[0]) / 2, (y + tip[1]) / 2)
        draw.polygon(
            [(x, y), (half[0] + side[0], half[1] + side[1]), tip, (half[0] - side[0], half[1] - side[1])],
            fill=66,
        )
    return small.filter(ImageFilter.GaussianBlur(2.2)).resize((wide, high), Image.Resampling.BICUBIC)


def bottle(stage: Stage) -> Draw:
    wide, high = stage.size
    picture, edge = _room(stage)
    room = palette(ROOMS[stage.bucket % len(ROOMS)])
    x, unit = wide * (0.44 + 0.1 * stage.dice.random()), min(high, wide * 1.25) * 0.1
    stone = [mix(room[3], (60, 50, 44), 0.4), room[2], room[1], (255, 255, 250)]
    _stand(picture, x + unit * 0.6, edge + unit * 1.2, unit * 5.4, unit * 0.7, stone)
    cube = rounded((round(unit * 1.7), round(unit * 1.7)), unit * 0.1, stone)
    _shadow(picture, x + unit * 2.0, edge + unit * 1.05, unit * 2.0, unit * 0.5, 120)
    picture.paste(cube, (round(x + unit * 1.1), round(edge - unit * 0.75)), cube)
    _shadow(picture, x + unit * 0.35, edge + unit * 1.25, unit * 2.6, unit * 0.6)
    glass = palette(GLASS[stage.bucket % len(GLASS)])
    body = rounded((round(unit * 2.1), round(unit * 3.6)), unit * 0.42, glass)
    shine = fade(body.size, [(0, 0), (0.08, 200), (0.8, 90), (1, 0)])
    strip = Image.new("L", body.size)
    ImageDraw.Draw(strip).rounded_rectangle(
        (unit * 0.26, unit * 0.3, unit * 0.52, unit * 3.1), unit * 0.12, fill=190
    )
    lit = body.convert("RGB")
    add_light(
        lit,
        ImageChops.multiply(strip.filter(ImageFilter.GaussianBlur(unit * 0.06)), shine),
        (0, 0),
        (255, 255, 255),
    )
    add_light(
        lit,
        glow((round(unit * 1.5), round(unit * 2.6)), 2.2, 110),
        (round(unit * 0.7), round(unit * 1.0)),
        glass[2],
    )
    picture.paste(lit, (round(x - unit * 1.05), round(edge - unit * 2.6)), body.getchannel("A"))
    neck = cylinder((round(unit * 0.74), round(unit * 0.5)), glass)
    picture.paste(neck, (round(x - unit * 0.37), round(edge - unit * 2.95)))
    cap = rounded(
        (round(unit * 1.05), round(unit * 1.0)), unit * 0.12, palette("8a6a40 d8b888 f6e4c4 fff8e8")
    )
    picture.paste(cap, (round(x - unit * 0.52), round(edge - unit * 3.85)), cap)
    sphere = ball(round(unit * 0.62), stone, rim=glass[2])
    _shadow(picture, x + unit * 1.75, edge + unit * 1.45, unit * 1.3, unit * 0.36)
    picture.paste(sphere, (round(x + unit * 1.0), round(edge + unit * 0.28)), sphere)
    return _lively(stage, picture)


def pebbles(stage: Stage) -> Draw:
    wide, high = stage.size
    picture, edge = _room(stage)
    tone = (
        "3a3632 7a746c b8b0a4 f0eae0",
        "16181c 34383e 6a7078 b0b6bc",
        "6a5c4c b09c84 ded0ba fffaf0",
        "4a3a34 8a6a5c c49c88 f0d8c8",
    )
    unit = min(high, wide * 1.25) * 0.1
    x, y = wide * 0.5, edge + unit * 2.1
    for place, size in enumerate((3.0, 2.35, 1.75, 1.25, 0.8)):
        width, tall = round(unit * size * 1.45), round(unit * size * 0.52)
        stone = ball(64, palette(tone[(place + stage.bucket) % 4]), (-0.25, -0.5), (210, 196, 180)).resize(
            (width, tall), Image.Resampling.LANCZOS
        )
        veins = clouds(stage.dice, stone.size, (6, 5), 5)
        face = stone.convert("RGB")
        add_shade(face, stretch(veins, 128, 210, 1, 60), (0, 0), (30, 24, 22))
        if place == 0:
            _shadow(picture, x + width * 0.10, y + tall * 0.1, width * 1.1, tall * 0.75, 170)
        y -= tall * 0.80
        shift = x + stage.dice.uniform(-0.10, 0.10) * width - width / 2
        contact = glow((round(width * 0.8), round(tall * 0.5)), 1.6, 130)
        if place:
            add_shade(picture, contact, (round(shift + width * 0.1), round(y + tall * 0.68)), (20, 14, 12))
        picture.paste(face, (round(shift), round(y)), stone.getchannel("A"))
    small = ball(round(unit * 0.5), palette(tone[(stage.bucket + 2) % 4])).resize(
        (round(unit * 1.5), round(unit * 0.8))
    )
    _shadow(picture, x + unit * 3.0, edge + unit * 2.2, unit * 1.5, unit * 0.4)
    picture.paste(small, (round(x + unit * 2.3), round(edge + unit * 1.5)), small)
    return _lively(stage, picture)


def vase(stage: Stage) -> Draw:
    wide, high = stage.size
    picture, edge = _room(stage)
    unit = min(high, wide * 1.25) * 0.1
    x, foot = wide * (0.47 + 0.06 * stage.dice.random()), edge + unit * 1.9
    room = palette(ROOMS[stage.bucket % len(ROOMS)])
    _stand(
        picture,
        x,
        foot - unit * 0.1,
        unit * 4.2,
        unit * 0.5,
        [mix(room[3], (60, 50, 44), 0.4), room[2], room[1], (255, 255, 250)],
    )
    _shadow(picture, x + unit * 0.4, foot, unit * 2.8, unit * 0.55)
    glaze = palette(
        (
            "6a3c02 c88a08 f8c828 fff2a8",
            "123a5a 2a78a8 78c4e4 e8faff",
            "5a1420 b03a3a f08070 ffe0d0",
            "203a20 4a8a50 98d090 f0ffe8",
        )[stage.bucket % 4]
    )
    draw = ImageDraw.Draw(picture)
    blooms = []
    for stem in range(6):
        lean = (stem - 2.5) * 0.34 + stage.dice.uniform(-0.08, 0.08)
        top = (
            x + lean * unit * 1.9,
            foot - unit * (5.6 + 0.7 * math.cos(lean * 2) + stage.dice.uniform(-0.3, 0.3)),
        )
        draw.line(
            [(x + lean * 0.2 * unit, foot - unit * 3.4), (x + lean * unit * 0.9, foot - unit * 4.6), top],
            fill=(70, 92, 50),
            width=max(3, round(unit * 0.09)),
            joint="curve",
        )
        blooms.append(top)
    size = (round(unit * 3.0), round(unit * 3.7))
    outline = Image.new("L", (size[0] * 2, size[1] * 2))
    pen = ImageDraw.Draw(outline)
    pen.ellipse((unit * 0.2, unit * 1.7, unit * 5.8, unit * 7.4), fill=255)
    pen.rectangle((unit * 2.2, unit * 0.3, unit * 3.8, unit * 3), fill=255)
    pen.ellipse((unit * 1.9, unit * 0.05, unit * 4.1, unit * 0.75), fill=255)
    body = outline.reduce(2)
    face = cylinder(size, glaze, 0.30)
    add_shade(face, fade(size, [(0, 0), (0.5, 0), (1, 140)]), (0, 0), glaze[0])
    add_light(
        face,
        glow((round(unit * 0.9), round(unit * 1.5)), 2.4, 220),
        (round(unit * 0.45), round(unit * 1.3)),
        (255, 255, 246),
    )
    picture.paste(face, (round(x - size[0] / 2), round(foot - size[1])), body)
    petals = palette(
        ("8a1438 e0446a ffa0b0", "a86a08 f2b82a fff0b0", "6a4a9a b088e0 f0e0ff", "b04010 f57a32 ffd0a0")[
            (stage.bucket + 1) % 4
        ]
    )
    for top in blooms:
        bloom = ball(round(unit * 0.52), petals, (-0.3, -0.4), petals[2])
        picture.paste(bloom, (round(top[0] - unit * 0.52), round(top[1] - unit * 0.52)), bloom)
    return _lively(stage, picture)
