"""Built things: a street in the rain at night, and a hall of arches with the sun coming in."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    add_light,
    add_shade,
    clouds,
    fade,
    glow,
    gradient,
    grain,
    mix,
    palette,
    ramp,
    stretch,
    vignette,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

NIGHTS = ("0a1a28 16384a 2f6a7c 7fb8b8", "140c28 33204e 6a3a72 c07a94", "0a1424 1c2f52 3f5f92 92a8c8")
WINDOWS = ("ffe2a8", "ffd08a", "d8f2ff", "fff4d8", "8ad8f0")
SIGNS = ("ff4f7a", "36d6e7", "ffb347", "8cff9a", "b58cff")


def street(stage: Stage) -> Draw:
    wide, high = stage.size
    tones = palette(NIGHTS[stage.bucket % len(NIGHTS)])
    ground = round(high * (0.60 if not stage.portrait else 0.64)) & ~1
    eye = (wide * 0.5, ground - high * 0.012)
    picture = Image.new("RGB", stage.size)
    picture.paste(gradient((wide, ground), tones))
    for row in range(6):
        _block(picture, stage, tones, eye, ground, row, -1)
        _block(picture, stage, tones, eye, ground, row, 1)
    add_light(
        picture,
        glow((wide, high), 2.4, 150),
        (round(eye[0] - wide / 2), round(eye[1] - high / 2)),
        mix(tones[3], (255, 240, 220), 0.4),
    )
    _signs(picture, stage, eye, ground)
    picture.paste(_wet(picture, ground), (0, ground))
    plain = Plate.of(grain(vignette(picture, 0.4), stage.dice, 5))
    rain = [_rain(stage, depth) for depth in range(2)]
    lamp, tail = (
        Sprite.tint(glow((size, size), 3, 255), colour)
        for size, colour in ((60, (255, 246, 222)), (44, (255, 60, 52)))
    )
    gleam, red = (Sprite.tint(glow((26, 120), 2, 150), colour) for colour in ((255, 236, 200), (255, 80, 70)))
    cars = [(stage.dice.random(), stage.dice.choice((-1, 1))) for _ in range(5)]
    rings = [Sprite.tint(_ring(size), tones[3]) for size in (10, 18, 28, 38)]
    drops = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(40)]

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        canvas.shift_rows(
            ground + 10,
            high,
            6,
            lambda row: round(math.sin(row * 0.21 + t * 4.4) * (1.2 + (row - ground) / 60)),
        )
        for start, side in cars:
            way = (start + t * (0.075 if side > 0 else 0.06)) % 1.0
            near = way**2.4 if side > 0 else (1 - way) ** 2.4
            x = eye[0] + side * (wide * 0.02 + near * wide * 0.30)
            y = eye[1] + high * 0.06 + near * high * 0.32
            light, streak = (lamp, gleam) if side > 0 else (tail, red)
            for offset in (-1, 1):
                shift = offset * (3 + near * wide * 0.045)
                canvas.centre(light, x + shift, y, 0.35 + 0.65 * near**0.5)
                canvas.centre(streak, x + shift, y + 26 + 90 * near, 0.25 + 0.45 * near)
        for x, y, phase in drops:
            age = (t * 1.6 + phase) % 1.0
            depth = 0.08 + 0.92 * y
            canvas.centre(
                rings[min(3, int(age * 4))],
                x * wide,
                ground + depth * (high - ground),
                (1 - age) * 0.5 * depth,
            )
        for sheet, pace in ((rain[0], 760), (rain[1], 1250)):
            drop = int(t * pace)
            canvas.brighten(ImageChops.offset(sheet, -drop // 9, drop), 0, 0)

    return draw


def _block(
    picture: Image.Image,
    stage: Stage,
    tones: list[tuple[int, int, int]],
    eye: tuple[float, float],
    ground: int,
    row: int,
    side: int,
) -> None:
    """A building seen along the street: its face runs towards the vanishing point."""
    wide, high = picture.size
    near, far = 0.13 + 0.87 * ((row + 1) / 6) ** 2.1, 0.13 + 0.87 * (row / 6) ** 2.1
    near_x, far_x = eye[0] + side * wide * 0.58 * near, eye[0] + side * wide * 0.58 * far
    storeys = stage.dice.uniform(0.75, 1.75) * (1.15 if stage.portrait else 1.0)

    def point(part: float, level: float) -> tuple[float, float]:
        """A place on the wall: `part` from far to near, `level` from street to roof."""
        scale = far + (near - far) * part
        return far_x + (near_x - far_x) * part, eye[1] + scale * high * (0.08 - level * storeys)

    wall = mix(tones[0], tones[2], 0.62 - 0.10 * row)
    draw = ImageDraw.Draw(picture)
    draw.polygon([point(0, 0), point(1, 0), point(1, 1), point(0, 1)], fill=wall)
    back = eye[0] + side * wide * 0.75
    draw.polygon(
        [point(0, 0), point(0, 1), (back, point(0, 1)[1]), (back, point(0, 0)[1])],
        fill=mix(wall, tones[0], 0.45),
    )
    draw.polygon([point(0, 0), point(1, 0), point(1, 1), point(0, 1)], fill=wall)
    columns, floors = 5, 12
    for column in range(columns):
        for floor in range(1, floors):
            left, right = (column + 0.22) / columns, (column + 0.80) / columns
            low, top = (floor + 0.15) / floors, (floor + 0.66) / floors
            lit = stage.dice.random() < 0.46
            colour = palette(stage.dice.choice(WINDOWS))[0] if lit else mix(wall, (6, 10, 18), 0.55)
            if lit:
                colour = mix(colour, tones[3], stage.dice.uniform(0, 0.55))
            draw.polygon(
                [point(left, low), point(right, low), point(right, top), point(left, top)], fill=colour
            )


def _signs(picture: Image.Image, stage: Stage, eye: tuple[float, float], ground: int) -> None:
    wide, high = picture.size
    for place in range(7):
        side = 1 if place % 2 else -1
        near = stage.dice.uniform(0.28, 0.95)
        x, y = eye[0] + side * wide * 0.53 * near, eye[1] - high * stage.dice.uniform(0.05, 0.35) * near
        colour = palette(SIGNS[(place + stage.bucket) % len(SIGNS)])[0]
        width, height = max(4, round(22 * near)), max(10, round(120 * near * stage.dice.uniform(0.5, 1)))
        ImageDraw.Draw(picture).rounded_rectangle(
            (x, y, x + width, y + height), 4, fill=mix(colour, (255, 255, 255), 0.35)
        )
        reach = height * 3
        add_light(
            picture,
            glow((reach, reach), 2.4, 170),
            (round(x + width / 2 - reach / 2), round(y + height / 2 - reach / 2)),
            colour,
        )


def _wet(picture: Image.Image, ground: int) -> Image.Image:
    """The street as a dark mirror: the city upside down, stretched and smeared downwards."""
    wide, high = picture.size
    depth = high - ground & ~1
    above = picture.crop((0, max(0, ground - round(depth * 1.5)), wide, ground)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    mirror = above.resize((wide, depth), Image.Resampling.BICUBIC)
    smear = mirror.resize((wide // 3, max(2, depth // 26)), Image.Resampling.BOX).resize(
        (wide, depth), Image.Resampling.BICUBIC
    )
    mirror = Image.blend(mirror, smear, 0.6)
    add_shade(mirror, fade((wide, depth), [(0, 60), (0.3, 80), (1, 190)]), (0, 0), (6, 10, 18))
    return mirror


def _rain(stage: Stage, depth: int) -> Image.Image:
    """A sheet of streaks as brightness; it wraps round."""
    wide, high = stage.size
    sheet = Image.new("L", (wide, high))
    draw = ImageDraw.Draw(sheet)
    for _ in range(170 if depth == 0 else 70):
        x, y = stage.dice.uniform(0, wide), stage.dice.uniform(0, high)
        long = stage.dice.uniform(16, 30) * (1 + depth)
        draw.line(
            (x, y, x - long / 9, y + long), fill=stage.dice.randint(26, 58) + depth * 22, width=1 + depth
        )
    return sheet


def _ring(size: int) -> Image.Image:
    wide, high = size * 3, max(6, size)
    mask = Image.new("L", (wide * 2, high * 2))
    ImageDraw.Draw(mask).ellipse((2, 2, wide * 2 - 3, high * 2 - 3), outline=230, width=3)
    return mask.reduce(2)


def arches(stage: Stage) -> Draw:
    """A vaulted corridor; bands of sunlight wander over the floor."""
    wide, high = stage.size
    tones = palette(
        (
            "3a1410 8a3a24 c8704a f2b88c fff0dc",
            "2c2a26 6a6458 a89c86 dccfb4 fff8e6",
            "14243a 345070 6f8eaa b8cedc f4faff",
            "2a2010 6e5226 b08a48 e4c68c fff4d6",
        )[stage.bucket % 4]
    )
    middle, eye = wide * 0.5, high * (0.50 if not stage.portrait else 0.52)
    picture = Image.new("RGB", stage.size, tones[1])
    rings = 9
    for place in range(rings, 0, -1):
        scale = 1.45 * (place / rings) ** 1.9 + 0.04
        tone = ramp(tones, 0.18 + 0.72 * (1 - place / rings))
        _arch(picture, middle, eye, scale, tone, stage)
    add_light(
        picture,
        glow((high, high), 2.6, 255),
        (round(middle - high / 2), round(eye - high / 2)),
        (255, 250, 236),
    )
    floor = eye + high * 0.028
    _tiles(picture, middle, eye, floor, tones)
    texture = clouds(stage.dice, stage.size, (30, 20), 4)
    add_shade(picture, stretch(texture, 118, 210, 1, 50), (0, 0), tones[0])
    plain = Plate.of(grain(vignette(picture, 0.42), stage.dice, 5))
    shafts = [_shaft(stage, middle, eye, place, -1 if stage.bucket % 2 else 1) for place in range(6)]
    dust = [(stage.dice.random(), stage.dice.random(), stage.dice.random()) for _ in range(50)]
    mote = [Sprite.tint(glow((size, size), 2.2, 170), (255, 244, 220)) for size in (6, 10, 16)]
    walker = [_walker(round(high * 0.12), step, tones[0]) for step in range(8)]

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for place, (shaft, x, y) in enumerate(shafts):
            canvas.put(
                shaft, x + 14 * math.sin(t * 0.32 + place), y, 0.55 + 0.35 * math.sin(t * 0.6 + place * 1.3)
            )
        figure = walker[int(t * 6) % 8]
        canvas.put(
            figure,
            middle - figure.size[0] / 2 + 26 * math.sin(t * 0.2),
            eye + high * 0.085 - figure.size[1] + t * 1.2,
        )
        for x, y, phase in dust:
            canvas.centre(
                mote[int(phase * 3)],
                (x * wide + t * (6 + 9 * phase)) % wide,
                (y * high + 9 * math.sin(t * 0.7 + phase * 6) - t * 5) % high,
                0.35 + 0.5 * abs(math.sin(t * 0.8 + phase * 9)),
            )

    return draw


def _arch(
    picture: Image.Image, x: float, eye: float, scale: float, tone: tuple[int, int, int], stage: Stage
) -> None:
    wide, high = picture.size
    half, top, bottom = min(wide, high * 1.2) * 0.46 * scale, high * 0.56 * scale, high * 0.62 * scale
    big = Image.new("L", (wide * 2, high * 2))
    draw = ImageDraw.Draw(big)
    draw.ellipse(((x - half) * 2, (eye - top) * 2, (x + half) * 2, (eye - top + half * 2.2) * 2), fill=255)
    draw.rectangle(
        ((x - half) * 2, (eye - top + half * 1.1) * 2, (x + half) * 2, (eye + bottom) * 2), fill=255
    )
    mask = big.reduce(2)
    inner = mask.filter(ImageFilter.GaussianBlur(3 + 16 * scale))
    picture.paste(Image.new("RGB", picture.size, tone), (0, 0), mask)
    picture.paste(
        Image.new("RGB", picture.size, mix(tone, (20, 8, 8), 0.55)), (0, 0), ImageChops.subtract(mask, inner)
    )


def _tiles(
    picture: Image.Image, x: float, eye: float, floor: float, tones: list[tuple[int, int, int]]
) -> None:
    """A chequered floor that runs to the light."""
    wide, high = picture.size
    depth = [floor + (high - floor) * (place / 12) ** 2.0 for place in range(13)]
    layer, mask = picture.copy(), Image.new("L", picture.size)
    draw, draw_mask = ImageDraw.Draw(layer), ImageDraw.Draw(mask)
    for place, (top, bottom) in enumerate(zip(depth, depth[1:], strict=False)):
        for column in range(-8, 8):
            spread = [(y - eye) / (high - eye) * wide * 0.13 for y in (top, bottom)]
            corners = [
                (x + column * spread[0], top),
                (x + (column + 1) * spread[0], top),
                (x + (column + 1) * spread[1], bottom),
                (x + column * spread[1], bottom),
            ]
            tone = (
                ramp(tones, 0.80 - 0.05 * place) if (place + column) % 2 else ramp(tones, 0.45 - 0.03 * place)
            )
            draw.polygon(corners, fill=tone)
            draw_mask.polygon(corners, fill=235)
    half = min(wide, high * 1.2) * 0.46
    room = Image.new("L", picture.size)
    ImageDraw.Draw(room).polygon(
        [(x - half * 0.05, floor), (x + half * 0.05, floor), (x + half * 1.5, high), (x - half * 1.5, high)],
        fill=255,
    )
    picture.paste(layer, (0, 0), ImageChops.multiply(mask, room.filter(ImageFilter.GaussianBlur(3))))


def _shaft(stage: Stage, x: float, eye: float, place: int, side: int) -> tuple[Sprite, float, float]:
    """A slanting beam from a window we do not see."""
    wide, high = stage.size
    scale = 0.25 + 0.95 * (place / 5) ** 1.4
    width, tall = round(wide * 0.30 * scale + 60) & ~1, round(high * 0.72 * scale + 60) & ~1
    small = Image.new("L", (width // 4, tall // 4))
    w, h = width / 4, tall / 4
    points = [(w * 0.70, 0), (w * 0.95, 0), (w * 0.40, h), (w * 0.05, h)]
    if side > 0:
        points = [(w - px, py) for px, py in points]
    ImageDraw.Draw(small).polygon(points, fill=150)
    soft = small.filter(ImageFilter.GaussianBlur(3)).resize((width, tall), Image.Resampling.BICUBIC)
    mask = ImageChops.multiply(soft, fade((width, tall), [(0, 0), (0.12, 255), (0.75, 150), (1, 0)]))
    left = x - side * min(wide, high * 1.2) * 0.40 * scale - width / 2
    return Sprite.tint(mask, (255, 238, 204)), left, eye - tall * 0.45


def _walker(size: int, step: int, tone: tuple[int, int, int]) -> Sprite:
    big = Image.new("RGBA", (size * 2, size * 4))
    draw = ImageDraw.Draw(big)
    unit, dark = size / 10 * 4, (*mix(tone, (0, 0, 0), 0.4), 255)
    swing = math.sin(step / 8 * 6.28)
    draw.ellipse((unit * 2.1, 0, unit * 3.1, unit * 1.2), fill=dark)
    draw.rounded_rectangle((unit * 1.7, unit * 1.2, unit * 3.5, unit * 5.2), unit * 0.7, fill=dark)
    for side in (-1, 1):
        draw.line(
            [(unit * 2.6, unit * 5), (unit * (2.6 + side * swing * 0.8), unit * 9.8)],
            fill=dark,
            width=round(unit * 0.8),
        )
    return Sprite.of(big.resize((size // 2, size), Image.Resampling.LANCZOS))
