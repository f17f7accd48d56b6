"""What a file really is, by its content: never by its name or by what the vendor said about it.

Two looks, since each misses what the other sees. A cut MP4 declares its full length and opens without
complaint (stack.md 9), so its top-level boxes are walked against the size of the file. Then it is opened
and a picture decoded. Foreign files: call this in workers, not in the web process.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import av
from PIL import Image

IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
WIDEST = 8192  # pixels; the vendor's largest is 4K
LONGEST = 3600  # seconds; a joined scene stays far below
MOST_PIXELS = 64_000_000


class NotMedia(Exception):
    """The file cannot be shown; `sentence` says what it is instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Probed:
    """`length` in seconds and `frame_rate` per second; None for images."""

    kind: Literal["video", "image"]
    content_type: str
    width: int
    height: int
    length: float | None = None
    frame_rate: float | None = None
    has_sound: bool = False


def look(path: str | Path) -> Probed:
    """Open a file and say what it is. Raises NotMedia; OSError when it cannot be read at all."""
    with open(path, "rb") as file:
        head = file.read(16)
        if not head:
            raise NotMedia("The file is empty.")
        if head[4:8] == b"ftyp":
            check_boxes(file)
            return _video(path)
    if head.lstrip()[:1] in {b"<", b"{"}:
        raise NotMedia("The file is a web page or a message, not a clip.")
    return _image(path)


def check_boxes(file: BinaryIO) -> None:
    """Walk the top-level boxes of an MP4: all there, none reaching beyond the end. Raises NotMedia."""
    seen = set()
    for name, end, size in _boxes(file):
        if end > size:
            raise NotMedia(f"The file is cut off: {size:,} of {end:,} bytes arrived.")
        seen.add(name)
    if missing := {b"ftyp", b"moov", b"mdat"} - seen:
        raise NotMedia(f"The file is cut off: part {min(missing).decode()!r} is missing.")


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name and end of each box, and the size of the file. A box of size 0 reaches to the end."""
    size, here = file.seek(0, os.SEEK_END), 0
    while here < size:
        file.seek(here)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        elif length == 0:
            length = size - here
        if len(head) < 8 or length < 8:
            raise NotMedia("The file is cut off or damaged.")
        here += length
        yield head[4:8], here, size


def _video(path: str | Path) -> Probed:
    try:
        # The demuxer is named, so that nothing but an MP4 is ever parsed by the library's many formats.
        with av.open(str(path), format="mp4", metadata_errors="replace") as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise NotMedia("The clip has no picture that could be opened.")
            width, height = stream.codec_context.width, stream.codec_context.height
            length = _seconds(container, stream)
            if not (0 < width <= WIDEST and 0 < height <= WIDEST and 0 < length <= LONGEST):
                raise NotMedia("The clip is larger or longer than Flowsite opens.")
            rate = float(stream.average_rate) if stream.average_rate else None
            has_sound = bool(container.streams.audio)
            if next(container.decode(stream), None) is None:
                raise NotMedia("The clip has no picture that could be opened.")
            return Probed("video", "video/mp4", width, height, round(length, 3), rate, has_sound)
    except (av.FFmpegError, ValueError, IndexError, MemoryError):
        raise NotMedia("The file looks like a clip but cannot be opened.") from None


def _seconds(container, stream) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _image(path: str | Path) -> Probed:
    try:
        with Image.open(path, formats=list(IMAGES)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NotMedia("The image is larger than Flowsite opens.")
            image.load()  # to the last byte: a cut image opens, too
            return Probed("image", IMAGES[image.format], image.width, image.height)
    except Image.DecompressionBombError:
        raise NotMedia("The image is larger than Flowsite opens.") from None
    except Image.UnidentifiedImageError:
        raise NotMedia("The file is neither a clip nor an image.") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise NotMedia("The image is cut off or damaged.") from None
