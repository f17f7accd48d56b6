"""A film that a person brings to be edited: opened, and packed again without what its maker's device noted.

The streams are copied, not encoded: nothing is lost, and a clip of 100 MB takes a second or two. Foreign
bytes: workers only.
"""

from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from . import probe
from .pictures import BadPicture


@dataclass(frozen=True)
class Film:
    width: int
    height: int
    seconds: float
    still: Image.Image  # of its beginning


def clean(path: Path, target: Path) -> Film:
    """Write the film of `path` to `target` with its picture and sound alone. Raises BadPicture."""
    try:
        found = probe.look(path)
        still = picture_at(path, 0)
        _copy_streams(path, target)
    except probe.NotMedia as no:
        raise BadPicture(f"{no.sentence} Choose another copy of it.") from None
    except (av.FFmpegError, ValueError, IndexError):
        raise BadPicture("The clip cannot be read to its end. Save it as MP4 (H.264) first.") from None
    width, height = still.size  # as shown: a film held upright has its sides changed
    return Film(width, height, found.length or 0.0, still)


def _copy_streams(path: Path, target: Path) -> None:
    with (
        av.open(str(path), format="mp4", metadata_errors="replace") as source,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        chosen = [*source.streams.video[:1], *source.streams.audio[:1]]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in chosen}
        for packet in source.demux(*chosen):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)


def picture_at(path: Path, second: float) -> Image.Image:
    """The frame that is shown at `second`, upright; the last one beyond the end. Raises NotMedia."""
    try:
        with av.open(str(path), format="mp4") as film:
            stream = film.streams.video[0]
            if second > 0:
                film.seek(int(second * av.time_base), backward=True)
            shown = None
            for frame in film.decode(stream):
                if shown is not None and frame.time is not None and frame.time > second + 1e-6:
                    break
                shown = frame
            if shown is None:
                raise probe.NotMedia("The clip has no picture that could be opened.")
            image = shown.to_image()
            return image.rotate(shown.rotation, expand=True) if shown.rotation else image
    except (av.FFmpegError, ValueError, IndexError):
        raise probe.NotMedia("The clip cannot be opened.") from None
