"""From frames and sound to an MP4 that any browser plays: H.264, yuv420p, 24 pictures a second, faststart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from .marks import LABEL
from .painting.canvas import planes

Planes = tuple[bytes, bytes, bytes]


@dataclass
class Film:
    """Frames as planes of bytes, in order, and how to show them. `sound` is a file to take sound from."""

    width: int
    height: int
    frames: Iterable[Planes]
    fps: int = 24
    sound: Path | None = None
    seconds: float = 0.0
    crf: int = 25

    @classmethod
    def of_pictures(cls, pictures: Iterable[Image.Image], fps: int = 24) -> Film:
        first, *rest = pictures
        return cls(first.width, first.height, map(planes_of, [first, *rest]), fps)


def planes_of(picture: Image.Image) -> Planes:
    y, cb, cr = planes(picture)
    return y.tobytes(), cb.tobytes(), cr.tobytes()


def encode(film: Film, preset: str = "ultrafast") -> bytes:
    """The film as MP4. The container says in its metadata that it is a simulation."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        path = Path(folder) / "film.mp4"
        write(film, path, preset)
        return path.read_bytes()


def write(film: Film, path: Path, preset: str = "ultrafast") -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        container.metadata["comment"] = LABEL
        container.metadata["title"] = LABEL
        stream = container.add_stream("libx264", rate=film.fps)
        stream.width, stream.height, stream.pix_fmt = film.width, film.height, "yuv420p"
        stream.options = {"preset": preset, "crf": str(film.crf), "threads": "1", "bf": "0"}
        context = stream.codec_context
        context.colorspace, context.color_range = 1, 1  # BT.709, limited
        context.color_primaries, context.color_trc = 1, 1
        context.gop_size = film.fps * 2
        sound = av.open(str(film.sound), "r") if film.sound else None
        voice = container.add_stream_from_template(sound.streams.audio[0]) if sound else None
        for number, content in enumerate(film.frames):
            for packet in stream.encode(frame(film.width, film.height, content, number)):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
        if sound and voice:
            for packet in _sound_packets(sound, film.seconds):
                packet.stream = voice
                container.mux(packet)
            sound.close()


def _sound_packets(sound: av.container.InputContainer, seconds: float) -> Iterator[av.Packet]:
    for packet in sound.demux(sound.streams.audio[0]):
        if packet.pts is None or packet.time_base is None or packet.pts * packet.time_base >= seconds:
            return
        yield packet


def frame(width: int, height: int, content: Planes, number: int = 0) -> av.VideoFrame:
    """The planes as a frame of video."""
    made = av.VideoFrame(width, height, "yuv420p")
    for plane, values in zip(made.planes, content, strict=True):
        if plane.line_size == plane.width:
            plane.update(values)
        else:
            plane.update(_padded(values, plane.width, plane.line_size, plane.height))
    made.pts = number
    return made


def _padded(content: bytes, width: int, line: int, height: int) -> bytes:
    gap = b"\0" * (line - width)
    return b"".join(content[row * width : (row + 1) * width] + gap for row in range(height))
