"""Small real media, made once per run: a clip with and without sound, and stills."""

from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from PIL import Image, ImageDraw


@cache
def mp4(width: int = 320, height: int = 180, seconds: int = 2, sound: bool = False) -> bytes:
    """A playable H.264 clip of 24 frames per second, index first as the vendor sends it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")  # moving the index to the front needs a file that can be read again
        _film(path, width, height, seconds, sound)
        return path.read_bytes()


def _film(path: Path, width: int, height: int, seconds: int, sound: bool) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        voice = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for number in range(24 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(_picture(width, height, number))))
        container.mux(stream.encode())
        if voice:
            for number in range(48 * seconds):
                silence = av.AudioFrame(format="fltp", layout="mono", samples=1000)
                silence.planes[0].update(bytes(silence.planes[0].buffer_size))
                silence.sample_rate, silence.pts, silence.time_base = 48000, number * 1000, Fraction(1, 48000)
                container.mux(voice.encode(silence))
            container.mux(voice.encode())


@cache
def still(kind: str = "PNG", width: int = 64, height: int = 36) -> bytes:
    out = BytesIO()
    _picture(width, height, 3).save(out, kind)
    return out.getvalue()


def _picture(width: int, height: int, number: int) -> Image.Image:
    image = Image.new("RGB", (width, height), (20, 24, 40 + number))
    ImageDraw.Draw(image).ellipse((number, 5, number + height // 2, height - 5), fill=(230, 180, 40))
    return image
