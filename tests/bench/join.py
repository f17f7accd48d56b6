"""Joining ten 8 s clips here, against copying their bytes the way every file comes into the library.

    python -m tests.bench.join [--pairs 7]

Copying reads the ten files and writes them as one: hashed, synced, renamed. Joining does the same with the
packets of the films. Prints the median ratio of interleaved pairs with its spread, and how much the peak of
memory grows. Ends with status 1 above twice the time.
"""

import argparse
import os
import statistics
import struct
import sys
import time
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import av

from tests.bench.upload import forget_peak, peak

CLIPS, SECONDS, RATE = 10, 8, 24
BYTES_A_SECOND = 820_000  # about 6.5 MB for 8 s, as the vendor's clips of 720p are
MOST = 2.0


def film(path: Path, seed: int) -> None:
    """A 720p clip with sound of about the vendor's weight: noise that no encoder can squeeze."""
    random = Random(seed)
    noise = random.randbytes(1280 * 720 * 2)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        picture = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = 1280, 720, "yuv420p"
        picture.codec_context.gop_size, picture.bit_rate = 2 * RATE, 8 * BYTES_A_SECOND
        sound = container.add_stream("aac", rate=48000, layout="stereo")
        for number in range(SECONDS * RATE):
            frame = av.VideoFrame(1280, 720, "yuv420p")
            for plane, start in zip(frame.planes, (number * 1280, 0, 0), strict=True):
                plane.update(noise[start : start + plane.buffer_size])
            frame.pts = number
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        for number in range(SECONDS * 48000 // 1024):
            block = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            for plane in block.planes:
                plane.update(struct.pack("1024f", *(random.uniform(-0.1, 0.1) for _ in range(1024))))
            block.sample_rate, block.pts, block.time_base = 48000, number * 1024, Fraction(1, 48000)
            container.mux(sound.encode(block))
        container.mux(sound.encode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    with TemporaryDirectory() as folder:
        _set_up(folder)
        return _measure(Path(folder), pairs)


def _set_up(folder: str) -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "flowsite.settings", "DATA_DIR": folder}
    import django
    from django.conf import settings

    django.setup()
    settings.MEDIA_ROOT = folder


def _measure(folder: Path, pairs: int) -> int:
    from generations.library import joining
    from generations.library.storage import Incoming, open_media

    parts = [joining.Part(f"{n}.mp4") for n in range(CLIPS)]
    for n, part in enumerate(parts):
        film(folder / part.file, n)
    megabytes = sum((folder / part.file).stat().st_size for part in parts) / 1e6

    def join() -> None:
        with Incoming("joined.mp4") as incoming:
            joining.join_into(incoming, parts)
            incoming.keep()

    def copy() -> None:
        with Incoming("copied.mp4") as incoming:
            for part in parts:
                with open_media(part.file) as file:
                    while block := file.read(1 << 20):
                        incoming.write(block)
            incoming.keep()

    copy()
    forget_peak(os.getpid())
    before = peak(os.getpid())
    join()
    grown = (peak(os.getpid()) - before) / 1024
    taken = [(_timed(join), _timed(copy)) for _ in range(pairs)]
    ratios = sorted(one / other for one, other in taken)
    middle = statistics.median(ratios)
    joined, copied = (statistics.median(times) for times in zip(*taken, strict=True))
    print(f"{CLIPS} clips of {SECONDS} s, {megabytes:.1f} MB; {pairs} interleaved pairs")
    print(f"joined {joined:.3f} s, copied {copied:.3f} s (medians)")
    print(f"ratio {middle:.2f} (median; {ratios[0]:.2f} to {ratios[-1]:.2f}), at most {MOST}")
    print(f"peak memory grew by {grown:.1f} MB while joining")
    return 0 if middle <= MOST else 1


def _timed(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
