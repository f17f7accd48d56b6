"""Above us: a ringed planet, and curtains of aurora over a lake."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ..painting.brush import (
    add_light,
    ball,
    below,
    clouds,
    coloured,
    ellipse,
    fade,
    glow,
    gradient,
    grain,
    palette,
    ridge,
    stars,
    stretch,
)  # fmt: skip
from ..painting.canvas import Canvas, Plate, Sprite
from ..painting.stage import Draw, Stage

WORLDS = (  # bands of the planet | nebula | ring
    ("0d2b3c 2f6f86 9fd4dc eefaf6", (20, 92, 120), (206, 222, 224)),
    ("3a1c12 a2582c e8b676 fff0cc", (104, 44, 60), (240, 214, 176)),
    ("1c1440 5a48a0 b39be0 f4e8ff", (70, 40, 120), (218, 204, 240)),
    ("10301f 3f8a63 a8d9a0 f4fbe0", (24, 84, 84), (214, 226, 200)),
    ("40121c b8433c f09a70 ffe6cc", (96, 30, 70), (240, 200, 190)),
    ("14202e 4a6076 a9bccb f6fafc", (40, 58, 96), (226, 228, 236)),
)


def planet(stage: Stage) -> Draw:
    wide, high = stage.size
    bands, cloud, ring = WORLDS[stage.bucket % len(WORLDS)]
    picture = _space(stage, cloud)
    plain = Plate.of(grain(picture, stage.dice, 3))
    radius = round(min(wide, high) * (0.27 if not stage.portrait else 0.30))
    x0, y0 = (
        (wide * stage.dice.uniform(0.36, 0.52), high * 0.50)
        if not stage.portrait
        else (wide * 0.5, high * 0.46)
    )
    texture = _bands(stage, radius, bands)
    disc, dark = _sphere(radius)
    tilt = -18 + stage.dice.uniform(-7, 7)
    rings = _rings(stage, radius, ring, tilt)
    moon = Sprite.of(ball(round(radius * 0.10), palette("14161c 5a5f6a b9bec6 f4f4f2"), (-0.5, -0.3)))
    halo = Sprite.tint(glow((radius * 3, radius * 3), 3.2, 120), palette(bands)[2])
    twinkle = [
        (stage.dice.uniform(0, wide), stage.dice.uniform(0, high), stage.dice.uniform(0, 6))
        for _ in range(26)
    ]
    spark = Sprite.tint(glow((14, 14), 2.5, 255), (255, 252, 244))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain, 8 + t * 7, 10 + t * 1.5)
        for x, y, phase in twinkle:
            canvas.centre(spark, (x - t * 7) % wide, y, 0.35 + 0.65 * math.sin(t * 2.2 + phase) ** 2)
        x, y = x0 - t * 3, y0 - 2 * math.sin(t * 0.4)
        canvas.centre(halo, x, y)
        canvas.centre(rings[0], x, y)
        shown = texture.crop(
            (
                round(t * 16) % (texture.width - radius * 2),
                0,
                round(t * 16) % (texture.width - radius * 2) + radius * 2,
                radius * 2,
            )
        )
        canvas.centre(_globe(shown, disc, dark), x, y)
        canvas.centre(rings[1], x, y)
        angle = t * 0.22 + stage.bucket
        canvas.centre(
            moon, x + math.cos(angle) * radius * 1.95, y - radius * 0.62 + math.sin(angle) * radius * 0.35
        )

    return draw


def _space(stage: Stage, cloud: tuple[int, int, int]) -> Image.Image:
    size = (round(stage.width * 1.25), round(stage.height * 1.12))
    picture = gradient(size, palette("04060c 060b16 05070e"))
    haze = clouds(stage.dice, size, (4, 3), 6)
    lane = clouds(stage.dice, size, (2, 2), 2)
    dense = ImageChops.multiply(stretch(haze, 108, 196, 1.3), stretch(lane, 96, 170))
    add_light(picture, dense.point([min(255, v * 2) for v in range(256)]), (0, 0), cloud)
    add_light(picture, stretch(ImageChops.multiply(dense, haze), 60, 190, 1.8, 130), (0, 0), (210, 226, 236))
    stars(picture, stage.dice, 650, size[1])
    for _ in range(7):
        x, y, reach = (
            stage.dice.randint(0, size[0] - 60),
            stage.dice.randint(0, size[1] - 60),
            stage.dice.choice((24, 36, 52)),
        )
        add_light(picture, glow((reach, reach), 4, 230), (x, y), (226, 236, 255))
    return picture


def _bands(stage: Stage, radius: int, tones: str) -> Image.Image:
    """The planet's weather, wide enough to turn for a long time."""
    size = (radius * 6, radius * 2)
    rows = clouds(stage.dice, (64, radius * 2), (2, 16), 4).resize(size)
    curls = clouds(stage.dice, size, (14, 12), 5)
    mixed = Image.blend(rows, curls, 0.28)
    return coloured(stretch(mixed, 62, 196), palette(tones)).rotate(0)


def _sphere(radius: int) -> tuple[Image.Image, Image.Image]:
    """The round mask, and how dark each place is: night on the far side, thin air at the edge."""
    size = radius * 2
    disc = ellipse((size, size))
    light = Image.radial_gradient("L").resize((round(size * 1.9),) * 2, Image.Resampling.BICUBIC)
    left, top = round(size * 0.95 - radius * 0.45), round(size * 0.95 - radius * 0.55)
    dark = light.crop((left, top, left + size, top + size)).point(
        [min(250, round(max(0, value - 62) * 3.6)) for value in range(256)]
    )
    return disc, dark


def _globe(shown: Image.Image, disc: Image.Image, dark: Image.Image) -> Sprite:
    face = shown.copy()
    face.paste((2, 4, 12), (0, 0, *face.size), dark)
    face.putalpha(disc)
    return Sprite.of(face)


def _rings(stage: Stage, radius: int, colour: tuple[int, int, int], tilt: float) -> tuple[Sprite, Sprite]:
    """The far and the near half of the rings."""
    size = round(radius * 4.7)
    squash = 0.24
    flat = Image.new("L", (size, size))
    draw = ImageDraw.Draw(flat)
    middle = size / 2
    edge = radius * 2.25
    while edge > radius * 1.30:
        gap = 0.72 < (edge / radius - 1.30) / 0.95 < 0.78
        bright = 0 if gap else round(90 + 120 * stage.dice.random() ** 1.4 * (0.5 + 0.5 * math.sin(edge / 7)))
        draw.ellipse((middle - edge, middle - edge, middle + edge, middle + edge), fill=bright)
        edge -= max(1.0, radius * 0.012)
    draw.ellipse((middle - edge, middle - edge, middle + edge, middle + edge), fill=0)
    tilted = flat.resize((size, round(size * squash)), Image.Resampling.LANCZOS)
    halves = []
    for part in (0, 1):
        half = tilted.copy()
        cut = tilted.height // 2
        half.paste(0, (0, cut, size, tilted.height) if part == 0 else (0, 0, size, cut))
        field = Image.new("L", (size, size))
        field.paste(half, (0, (size - tilted.height) // 2))
        halves.append(Sprite.tint(field.rotate(-tilt, Image.Resampling.BICUBIC), colour))
    return halves[0].faded(0.75), halves[1]


def aurora(stage: Stage) -> Draw:
    wide, high = stage.size
    tones = (("1affb0", "2a9bff", "8a3bd8"), ("35ffd0", "1f8fd0", "304ce0"), ("7dff9a", "20d0a0", "b040c0"))[
        stage.bucket % 3
    ]
    shore = round(high * (0.62 if not stage.portrait else 0.64)) & ~1
    sky = gradient((wide, shore), palette("040a1c 08203a 0d3a4e 145560"))
    stars(sky, stage.dice, 420, shore * 0.9)
    plain = Plate.of(grain(_with_lake(stage, sky, shore), stage.dice, 3))
    curtains = [
        (
            Sprite.tint(_curtain(stage, round(wide * 1.7), shore, place), palette(tone)[0]),
            11 + 9 * place,
            place * 2.1,
        )
        for place, tone in enumerate(tones)
    ]
    ranges = [_range(stage, shore, depth) for depth in range(2)]
    pines = _pines(stage, shore)
    flip = Image.Transpose.FLIP_TOP_BOTTOM
    gloom = fade((wide, high - shore & ~1), [(0, 110), (0.5, 150), (1, 235)])
    deep = Sprite.tint(gloom, (3, 12, 24))

    def draw(canvas: Canvas, t: float) -> None:
        canvas.cover(plain)
        for sprite, pace, phase in curtains:
            breath = 0.62 + 0.38 * math.sin(t * 0.9 + phase)
            canvas.put(
                sprite, -wide * 0.35 + math.sin(t * 0.28 + phase) * pace * 5 - t * 4, -shore * 0.04, breath
            )
        for sprite, top in ranges:
            canvas.put(sprite, 0, top)
        canvas.put(pines, 0, shore - pines.size[1] + 2)
        _mirror(canvas, shore, flip)
        canvas.put(deep, 0, shore)
        canvas.shift_rows(
            shore + 6, high, 6, lambda row: round(math.sin(row * 0.11 + t * 3.2) * (1 + (row - shore) / 70))
        )

    return draw


def _mirror(canvas: Canvas, shore: int, flip: Image.Transpose) -> None:
    """The lake shows what is above it, a little squeezed."""
    depth = canvas.height - shore
    for plane, part in ((canvas.y, 1), (canvas.cb, 2), (canvas.cr, 2)):
        above = plane.crop((0, max(0, (shore - depth) // part), plane.width, shore // part))
        plane.paste(above.transpose(flip), (0, shore // part))


def _with_lake(stage: Stage, sky: Image.Image, shore: int) -> Image.Image:
    picture = Image.new("RGB", stage.size, (3, 10, 20))
    picture.paste(sky, (0, 0))
    return picture


def _curtain(stage: Stage, wide: int, high: int, place: int) -> Image.Image:
    """Rays that hang from a waving line, bright below and fading upwards."""
    rays = clouds(stage.dice, (wide, 8), (40, 2), 4).resize((wide, high))
    folds = clouds(stage.dice, (wide, 8), (7, 2), 3).resize((wide, high))
    light = ImageChops.multiply(stretch(rays, 84, 210, 1.0), stretch(folds, 96, 190, 0.9))
    body = fade((wide, high), [(0, 0), (0.12, 60), (0.55, 210), (0.72, 255), (0.80, 60), (0.9, 0), (1, 0)])
    light = ImageChops.multiply(light, body)
    moved = Image.new("L", (wide, high))
    step = 8
    for x in range(0, wide, step):
        sink = (
            0.09 * math.sin(x / wide * 12 + place * 2) + 0.05 * math.sin(x / wide * 31 + place) - 0.10 * place
        )
        moved.paste(light.crop((x, 0, x + step, high)), (x, round(high * sink)))
    return moved.filter(ImageFilter.GaussianBlur(3)).point([min(255, v * 2) for v in range(256)])


def _range(stage: Stage, shore: int, depth: int) -> tuple[Sprite, int]:
    wide = stage.width
    tall = round(shore * (0.36 - 0.14 * depth)) & ~1
    line = ridge(stage.dice, wide, tall * 0.42, tall * 0.8, 0.5)
    face = gradient((wide, tall), palette(("1a6472 0d3a4a", "0b2f3f 051824")[depth]))
    face.putalpha(below((wide, tall), line, 0.6))
    return Sprite.of(face), shore - tall


def _pines(stage: Stage, shore: int) -> Sprite:
    wide, tall = stage.width, round(shore * 0.13) & ~1
    big = Image.new("RGBA", (wide * 2, tall * 2))
    draw = ImageDraw.Draw(big)
    x = 0.0
    while x < wide * 2:
        size = tall * 2 * stage.dice.uniform(0.35, 0.95) * (0.55 + 0.45 * abs(math.sin(x / wide * 4)))
        for level in range(4):
            y = tall * 2 - size * (1 - level * 0.24)
            half = size * (0.07 + 0.055 * level)
            draw.polygon([(x, y), (x - half, y + size * 0.36), (x + half, y + size * 0.36)], fill=(2, 9, 14))
        x += size * stage.dice.uniform(0.10, 0.34)
    draw.rectangle((0, tall * 2 - 10, wide * 2, tall * 2), fill=(2, 9, 14))
    return Sprite.of(big.resize((wide, tall), Image.Resampling.LANCZOS))
