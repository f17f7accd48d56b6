"""Work on finished files: animated previews, joining, enlarging, posters, and a hum for a voice."""

from __future__ import annotations

import io
import math
import struct
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image, ImageOps

from .film import Film, Planes, encode


def poster(content: bytes) -> bytes:
    """A JPEG of a clip's first frame or of a picture, at most 640 pixels wide."""
    picture = next(_pictures(content), None) or Image.open(io.BytesIO(content))
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    picture.thumbnail((640, 640))
    return _jpeg(picture, 82)


def gif(content: bytes) -> bytes:
    """An animated GIF, six pictures a second, 320 pixels on the long side."""
    frames = [picture.copy() for number, picture in enumerate(_pictures(content)) if number % 4 == 0]
    for frame in frames:
        frame.thumbnail((320, 320))
    small = [frame.quantize(64) for frame in frames]
    stream = io.BytesIO()
    small[0].save(stream, "GIF", save_all=True, append_images=small[1:], duration=166, loop=0)
    return stream.getvalue()


def enlarge(content: bytes, lines: int) -> bytes:
    """The picture with its short side at `lines` pixels, as JPEG."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    scale = lines / min(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    return _jpeg(picture.resize(size, Image.Resampling.BICUBIC), 90)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _pictures(content: bytes) -> Iterator[Image.Image]:
    try:
        with av.open(io.BytesIO(content), "r") as film:
            if not film.streams.video or film.format.name.endswith("_pipe"):
                return
            for frame in film.decode(video=0):
                yield frame.to_image()
    except av.FFmpegError:
        return


def join(parts: list[tuple[bytes, float, float]]) -> bytes:
    """One film of all parts, each trimmed by its seconds at start and end, at the first one's size."""
    with av.open(io.BytesIO(parts[0][0]), "r") as first:
        width, height = first.streams.video[0].width, first.streams.video[0].height
        silent = not first.streams.audio
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        sound = None if silent else _joined_sound(parts, Path(folder) / "sound.m4a")
        return encode(Film(width, height, _frames(parts, width, height), sound=sound, seconds=math.inf))


def _last(film: av.container.InputContainer, trim: float) -> float:
    """The second at which a part ends."""
    return (film.duration or 0) / 1_000_000 - trim


def _joined_sound(parts: list[tuple[bytes, float, float]], path: Path) -> Path:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=44100, frame_size=1024)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        samples = 0
        for content, start, end in parts:
            with av.open(io.BytesIO(content), "r") as film:
                last = _last(film, end)
                for frame in film.decode(audio=0):
                    if not start <= (frame.time or 0.0) < last:
                        continue
                    frame.pts = None
                    for block in resampler.resample(frame):
                        block.pts, samples = samples, samples + block.samples
                        container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path


def _frames(parts: list[tuple[bytes, float, float]], width: int, height: int) -> Iterator[Planes]:
    for content, start, end in parts:
        with av.open(io.BytesIO(content), "r") as film:
            last = _last(film, end)
            for frame in film.decode(video=0):
                if start <= (frame.time or 0.0) < max(last, start + 0.05):
                    yield _planes(frame.reformat(width=width, height=height, format="yuv420p"))


def _planes(frame: av.VideoFrame) -> Planes:
    shrunk = []
    for plane in frame.planes:
        content, line = bytes(plane), plane.line_size
        if line != plane.width:
            content = b"".join(content[row * line : row * line + plane.width] for row in range(plane.height))
        shrunk.append(content)
    return shrunk[0], shrunk[1], shrunk[2]


def hum(name: str) -> bytes:
    """Half a second of a tone that belongs to the name, as WAV."""
    pitch = 140 + sum(name.encode()) % 120
    rate = 8000
    tones = (
        int(9000 * math.sin(2 * math.pi * pitch * place / rate) * math.sin(math.pi * place / 4000))
        for place in range(4000)
    )
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", tone) for tone in tones))
    return stream.getvalue()
