"""Frames as three planes of grey, the way video stores them: pasting costs half of what it would in RGB.

A picture is painted once in RGB, taken apart here, and from then on only pasted, shifted and faded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image, ImageChops

LUMA = (0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16.0)  # BT.709, limited range
_BLUE = 0.5 / (1 - 0.0722) * 224 / 255
_RED = 0.5 / (1 - 0.2126) * 224 / 255
CHROMA_BLUE = (-0.2126 * _BLUE, -0.7152 * _BLUE, (1 - 0.0722) * _BLUE, 128.0)
CHROMA_RED = ((1 - 0.2126) * _RED, -0.7152 * _RED, -0.0722 * _RED, 128.0)

Colour = tuple[int, int, int]
STEPS = 24


def planes(picture: Image.Image) -> tuple[Image.Image, Image.Image, Image.Image]:
    """Brightness at full size and the two colour differences at half size."""
    half = picture.reduce(2)
    return picture.convert("L", LUMA), half.convert("L", CHROMA_BLUE), half.convert("L", CHROMA_RED)


@dataclass
class Sprite:
    """A picture with soft edges. Sizes are even, so that colour and brightness stay together."""

    y: Image.Image
    cb: Image.Image
    cr: Image.Image
    mask: Image.Image
    small: Image.Image
    _fainter: dict[int, Sprite] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, picture: Image.Image) -> Sprite:
        """From an RGBA picture; colours bleed outwards first, so that edges do not darken."""
        picture = _even(picture)
        mask = picture.getchannel("A")
        return cls(*planes(picture.convert("RGB")), mask, mask.reduce(2))

    @classmethod
    def tint(cls, mask: Image.Image, colour: Colour) -> Sprite:
        """One colour in the shape of a grey mask: light, mist, shadow."""
        mask = _even(mask)
        plain = Image.new("RGB", (2, 2), colour)
        y, cb, cr = (plane.getpixel((0, 0)) for plane in planes(plain))
        half = (mask.width // 2, mask.height // 2)
        return cls(Image.new("L", mask.size, y), Image.new("L", half, cb), Image.new("L", half, cr), mask,
                   mask.reduce(2))  # fmt: skip

    @property
    def size(self) -> tuple[int, int]:
        return self.mask.size

    def mirrored(self) -> Sprite:
        """The same, left for right."""
        flip = Image.Transpose.FLIP_LEFT_RIGHT
        y, cb, cr = self.y.transpose(flip), self.cb.transpose(flip), self.cr.transpose(flip)
        return Sprite(y, cb, cr, self.mask.transpose(flip), self.small.transpose(flip))

    def faded(self, strength: float) -> Sprite:
        """The same, fainter, in one of 24 steps that are made once each."""
        step = max(0, min(STEPS, round(strength * STEPS)))
        if step not in self._fainter:
            table = [value * step // STEPS for value in range(256)]
            self._fainter[step] = Sprite(
                self.y, self.cb, self.cr, self.mask.point(table), self.small.point(table)
            )
        return self._fainter[step]


def _even(picture: Image.Image) -> Image.Image:
    width, height = picture.width + picture.width % 2, picture.height + picture.height % 2
    if (width, height) == picture.size:
        return picture
    wider = Image.new(picture.mode, (width, height))
    wider.paste(picture)
    return wider


class Canvas:
    """The frame being made."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.y = Image.new("L", (width, height), 16)
        self.cb = Image.new("L", (width // 2, height // 2), 128)
        self.cr = Image.new("L", (width // 2, height // 2), 128)

    def cover(self, plate: Plate, x: float = 0, y: float = 0) -> None:
        """Fill the frame with the part of a plate that begins at (x, y)."""
        left, top = int(x) & ~1, int(y) & ~1
        box = (left, top, left + self.width, top + self.height)
        half = (left // 2, top // 2, (left + self.width) // 2, (top + self.height) // 2)
        self.y, self.cb, self.cr = plate.y.crop(box), plate.cb.crop(half), plate.cr.crop(half)

    def put(self, sprite: Sprite, x: float, y: float, strength: float = 1.0) -> None:
        """Lay a sprite over the frame with its corner at (x, y); parts outside are lost."""
        if strength < 0.999:
            sprite = sprite.faded(strength)
        left, top = int(x) & ~1, int(y) & ~1
        self.y.paste(sprite.y, (left, top), sprite.mask)
        corner = (left // 2, top // 2)
        self.cb.paste(sprite.cb, corner, sprite.small)
        self.cr.paste(sprite.cr, corner, sprite.small)

    def centre(self, sprite: Sprite, x: float, y: float, strength: float = 1.0) -> None:
        width, height = sprite.size
        self.put(sprite, x - width / 2, y - height / 2, strength)

    def brighten(self, mask: Image.Image, x: int, y: int) -> None:
        """Add the mask to the brightness there: light that does not change colours."""
        left, top = x & ~1, y & ~1
        box = (left, top, left + mask.width, top + mask.height)
        self.y.paste(ImageChops.add(self.y.crop(box), mask), box)

    def darken(self, mask: Image.Image, x: int, y: int) -> None:
        left, top = x & ~1, y & ~1
        box = (left, top, left + mask.width, top + mask.height)
        self.y.paste(ImageChops.subtract(self.y.crop(box), mask), box)

    def shift_rows(self, top: int, bottom: int, step: int, offset: Callable[[int], int]) -> None:
        """Move bands of rows sideways, each by its own even offset: a reflection that trembles."""
        for row in range(top & ~1, bottom, step):
            move = offset(row) & ~1
            if not move:
                continue
            for plane, part in ((self.y, 1), (self.cb, 2), (self.cr, 2)):
                band = plane.crop((0, row // part, plane.width, (row + step) // part))
                plane.paste(band, (move // part, row // part))

    def planes(self) -> tuple[bytes, bytes, bytes]:
        return self.y.tobytes(), self.cb.tobytes(), self.cr.tobytes()


class Plate(Canvas):
    """An opaque picture that frames are cut from; it may be larger than a frame."""

    @classmethod
    def of(cls, picture: Image.Image) -> Plate:
        picture = picture.convert("RGB").crop((0, 0, picture.width & ~1, picture.height & ~1))
        plate = cls(2, 2)
        plate.width, plate.height = picture.size
        plate.y, plate.cb, plate.cr = planes(picture)
        return plate
