"""The sign-in page's sample pictures: `python -m generations.sandbox.media.samples static/img/samples`."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from .painter import still
from .painting.canvas import Canvas
from .painting.stage import Stage
from .scenes import PAINTERS

SAMPLES = (  # file name, scene, mood, bucket, moment in seconds
    ("aurora-wide", "aurora", "", 0, 2.0),
    ("lighthouse-tall", "lighthouse", "dusk", 0, 2.0),
    ("dunes-wide", "dunes", "dusk", 0, 3.0),
    ("jellyfish-tall", "jellyfish", "", 0, 1.0),
    ("robot-wide", "robot", "day", 0, 2.0),
    ("pebbles-tall", "pebbles", "", 1, 2.0),
    ("planet-wide", "planet", "", 0, 2.0),
    ("meadow-tall", "meadow", "day", 0, 2.0),
    ("sea-wide", "open_sea", "night", 0, 2.0),
    ("bottle-tall", "bottle", "", 0, 2.0),
    ("balloons-wide", "balloons", "dawn", 0, 3.0),
    ("lighthouse-wide", "lighthouse", "dusk", 0, 1.4),
    ("street-wide", "street", "", 0, 2.0),
    ("vase-tall", "vase", "", 1, 2.0),
)
LIMIT = 40_000  # bytes each


def paint_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene, mood, bucket, moment in SAMPLES:
        size = (1280, 720) if name.endswith("wide") else (720, 1280)
        canvas = Canvas(*size)
        PAINTERS[scene](Stage(*size, scene, mood, bucket))(canvas, moment)
        _save(
            still(canvas).resize((size[0] // 2, size[1] // 2), Image.Resampling.LANCZOS),
            folder / f"{name}.webp",
        )


def _save(picture: Image.Image, path: Path) -> None:
    """As good as fits."""
    for quality in range(86, 30, -6):
        picture.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= LIMIT:
            return


if __name__ == "__main__":
    paint_all(Path(sys.argv[1]))
