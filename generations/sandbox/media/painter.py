"""The painter: a process of its own that reads orders and makes files. Ends when its orders end.

For a clip it leaves an MP4 and a still of its middle; for a picture the still alone, in the ordered format.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from . import film, sound
from .looks import Look, look_of
from .painting.canvas import Canvas
from .painting.stage import Draw, Stage
from .scenes import PAINTERS
from .scenes.picture import moving_picture

FPS = 24
DISSOLVE = 1.6  # seconds in which a first-last clip turns into its end frame
STILL_AT = 2.0


def paint(look: Look, folder: Path) -> None:
    """Make the look's files in the folder; each appears whole or not at all."""
    stage_size = _stage_size(look)
    draw = _scene(look, stage_size, folder)
    canvas = Canvas(*stage_size)
    if look.seconds:
        work = film.Film(
            look.width, look.height, _frames(look, draw, canvas, folder), FPS, seconds=look.seconds,
            sound=sound.file_for(look.scene, folder),
        )  # fmt: skip
        half = folder / f"{look.key}.half"
        film.write(work, half)
        half.replace(folder / f"{look.key}.mp4")
    draw(canvas, look.begin + (min(STILL_AT, look.seconds / 2) if look.seconds else STILL_AT))
    _save(still(canvas), folder / f"{look.key}.still", look.mime or "image/jpeg")


def _stage_size(look: Look) -> tuple[int, int]:
    """Scenes are painted with 720 pixels on the short side, stills at their own size."""
    if not look.seconds:
        return look.width & ~1, look.height & ~1
    return (1280, 720) if look.width >= look.height else (720, 1280)


def _scene(look: Look, size: tuple[int, int], folder: Path) -> Draw:
    stage = Stage(*size, look.scene, look.mood, look.bucket)
    if look.picture:
        return moving_picture(stage, _uploaded(folder / "uploads" / look.picture))
    return PAINTERS[look.scene](stage)


def _uploaded(path: Path) -> Image.Image:
    """An uploaded picture, or the first frame of an uploaded clip."""
    content = path.read_bytes()
    if content[4:8] == b"ftyp":
        with av.open(io.BytesIO(content), "r") as clip:
            return next(clip.decode(video=0)).to_image()
    return Image.open(io.BytesIO(content))


def _frames(look: Look, draw: Draw, canvas: Canvas, folder: Path) -> Iterator[film.Planes]:
    count = max(1, round(look.seconds * FPS))
    ending = Canvas(canvas.width, canvas.height)
    last = (
        _scene(look_of(json.loads(look.ending)), (canvas.width, canvas.height), folder)
        if look.ending
        else None
    )
    begin = look.seconds / 2 - DISSOLVE / 2
    for number in range(count):
        t = number / FPS
        draw(canvas, look.begin + t)
        part = (t - begin) / DISSOLVE
        if last and part > 0:
            last(ending, t)
            canvas.y = Image.blend(canvas.y, ending.y, min(1.0, part))
            canvas.cb = Image.blend(canvas.cb, ending.cb, min(1.0, part))
            canvas.cr = Image.blend(canvas.cr, ending.cr, min(1.0, part))
        yield _sized(canvas, look)


def _sized(canvas: Canvas, look: Look) -> film.Planes:
    if (canvas.width, canvas.height) == (look.width, look.height):
        return canvas.planes()
    half = (look.width // 2, look.height // 2)
    way = Image.Resampling.BILINEAR if look.width > canvas.width else Image.Resampling.BOX
    return (
        canvas.y.resize((look.width, look.height), way).tobytes(),
        canvas.cb.resize(half, way).tobytes(),
        canvas.cr.resize(half, way).tobytes(),
    )


def still(canvas: Canvas) -> Image.Image:
    """The frame as an RGB picture."""
    frame = film.frame(canvas.width, canvas.height, canvas.planes())
    return frame.reformat(
        format="rgb24", src_colorspace=1, dst_colorspace=1, src_color_range=1, dst_color_range=2
    ).to_image()


def _save(picture: Image.Image, path: Path, mime: str) -> None:
    half = path.with_suffix(".half")
    options = {"image/jpeg": {"quality": 86}, "image/webp": {"quality": 84, "method": 2}, "image/png": {}}[
        mime
    ]
    picture.save(half, mime.removeprefix("image/").upper(), **options)
    half.replace(path)


def main() -> None:
    """One order a line; answers a line when the file is there, or `failed`, the story on standard error."""
    os.nice(5)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            paint(look_of(order["look"]), Path(order["folder"]))
            print("painted", flush=True)
        except Exception:  # the next order must still be heard, and the caller falls back to a canned clip
            traceback.print_exc()
            print("failed", flush=True)


if __name__ == "__main__":
    main()
