"""Seconds of processor that the sandbox takes to paint eight seconds: at most 1.5 (architecture.md 9).

    .venv/bin/python -m tests.bench.paint

Printed as a ratio too, against encoding as many plain frames of that size in the same run.
"""

import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

from generations.sandbox.media.looks import clip_look
from generations.sandbox.media.painter import paint

PROMPTS = ("A lighthouse at dusk", "street in the rain", "a jellyfish", "balloons at dawn", "a meadow")
FRAMES, RATE = 192, 24


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paint(clip_look("A lighthouse", 0, "landscape", 1, 720), Path(folder))  # the sound is made once
        ours, plain = [], []
        for place, prompt in enumerate(PROMPTS):
            plain.append(spent(lambda: encode(Path(folder) / "plain.mp4")))
            look = clip_look(prompt, place, "landscape", 8, 720)
            ours.append(spent(lambda look=look: paint(look, Path(folder))))
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    took, bare = statistics.median(ours), statistics.median(plain)
    print(f"painted {took:.2f} s of processor (at most 1.5), plain {bare:.2f} s")
    print(f"ratio {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


def spent(work) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def encode(path: Path) -> None:
    """Plain grey frames through the same encoder."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=Fraction(RATE), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frame = av.VideoFrame(1280, 720, "yuv420p")
        for number in range(FRAMES):
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


if __name__ == "__main__":
    main()
