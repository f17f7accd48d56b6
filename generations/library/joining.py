"""Clips joined into one without making a picture anew: packets are copied, so nothing is lost.

That works only where the streams agree: codec, size, rate and sound, down to the decoder's own settings.
`differences` says in a sentence where they do not. A start can be cut at key frames only (the nearest one
before the wanted second is taken); an end within a few frames. Foreign files: call `look` and `join` in
workers, never in the web process.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av

from generations.models import Clip

from . import probe
from .probe import NotMedia, Probed
from .storage import Incoming, Kept, full_path, place_for

HERE = "join:"  # source_url of a clip that is made here: the names and trims of its parts
PER_PACKET, HEAD = 40, 16_384  # bytes of index per packet and around it, at most
STEP = 0.0005  # seconds; times closer than this are the same


class CannotJoin(Exception):
    """The clips cannot be joined here; `sentence` is fit for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Streams:
    """How a file is made. `video` and `sound` are equal where packets of two files may stand in one stream.

    `keys`: seconds at which a picture stands by itself, where a start can be cut. `length` in seconds.
    """

    codec: str
    width: int
    height: int
    rate: str  # pictures per second, as a fraction
    video: str  # the decoder's settings, in hex
    sound_codec: str
    sound_rate: int
    channels: int
    sound: str
    length: float
    keys: tuple[float, ...] = (0.0,)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def read(cls, stored: dict) -> "Streams":
        return cls(**stored | {"keys": tuple(stored["keys"])})

    def start(self, wanted: float) -> float:
        """Where it really starts when `wanted` seconds are to be cut off: the key frame at or before."""
        return max((key for key in self.keys if key <= wanted + STEP), default=0.0)


@dataclass(frozen=True)
class Part:
    """A stored file and the seconds to be cut off at its ends."""

    file: str
    trim_start: float = 0.0
    trim_end: float = 0.0


def look(file: str) -> Streams:
    """How a stored file is made. Raises NotMedia, FileNotFoundError."""
    try:
        with _open(file) as film:
            picture, sound = film.streams.video[0], next(iter(film.streams.audio), None)
            zero = _first(picture)
            keys = sorted(
                float(packet.pts * packet.time_base - zero)
                for packet in film.demux(picture)
                if packet.is_keyframe and packet.pts is not None
            )
            return Streams(
                codec=picture.codec_context.name,
                width=picture.codec_context.width,
                height=picture.codec_context.height,
                rate=str(picture.average_rate or 0),
                video=(picture.codec_context.extradata or b"").hex(),
                sound_codec=sound.codec_context.name if sound else "",
                sound_rate=sound.codec_context.sample_rate if sound else 0,
                channels=sound.codec_context.channels if sound else 0,
                sound=(sound.codec_context.extradata or b"").hex() if sound else "",
                length=round(_length(picture), 3),
                keys=tuple(round(key, 3) for key in keys) or (0.0,),
            )
    except (av.FFmpegError, IndexError, ValueError):
        raise NotMedia("The clip cannot be opened.") from None


def _first(stream) -> Fraction:
    return (stream.start_time or 0) * stream.time_base


def _length(stream) -> float:
    return float((stream.duration or 0) * stream.time_base)


# --- do they agree? -----------------------------------------------------------------------------------


def differences(named: list[tuple[str, Streams]]) -> str:
    """Why these clips ("228a" and how it is made) cannot be joined by copying; empty when they can."""
    (first, one), *others = named
    for name, other in others:
        if told := _difference(first, one, name, other):
            return told
    return ""


def _difference(first: str, one: Streams, name: str, other: Streams) -> str:
    shape, other_shape = _shape(one), _shape(other)
    if shape != other_shape:
        return f"{first} is {shape} and {name} is {other_shape}. Clips joined here must have one shape."
    if (one.width, one.height) != (other.width, other.height):
        return (
            f"{first} has {one.width} × {one.height} points and {name} {other.width} × {other.height}."
            " Upscale the smaller one first."
        )
    if Fraction(one.rate) != Fraction(other.rate):
        rates = f"{float(Fraction(one.rate)):g}", f"{float(Fraction(other.rate)):g}"
        return f"{first} has {rates[0]} pictures a second and {name} {rates[1]}."
    if bool(one.sound_codec) != bool(other.sound_codec):
        loud, silent = (first, name) if one.sound_codec else (name, first)
        return f"{loud} has sound and {silent} is silent."
    if (one.sound_codec, one.sound_rate, one.channels, one.sound) != (
        other.sound_codec, other.sound_rate, other.channels, other.sound
    ):  # fmt: skip
        return f"The sound of {first} and {name} is stored in two ways."
    if (one.codec, one.video) != (other.codec, other.video):
        return f"The pictures of {first} and {name} are stored in two ways."
    return ""


def _shape(streams: Streams) -> str:
    """16:9, or the nearest usual shape."""
    shapes = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:3": 4 / 3, "3:4": 3 / 4}
    own = streams.width / max(1, streams.height)
    return min(shapes, key=lambda name: abs(shapes[name] - own) / shapes[name])


# --- the file -----------------------------------------------------------------------------------------


def source_of(parts: list[Part]) -> str:
    """The source_url of a clip that is joined here; what it says is all that joining needs."""
    return HERE + json.dumps([[part.file, part.trim_start, part.trim_end] for part in parts])


def parts_of(source: str) -> list[Part]:
    return [Part(*told) for told in json.loads(source.removeprefix(HERE))]


def join_into(incoming: Incoming, parts: list[Part]) -> None:
    """Write the parts one after another into a file on its way in. Raises CannotJoin, NoRoom."""
    try:
        with contextlib.ExitStack() as stack:
            sources = [stack.enter_context(_open(part.file)) for part in parts]
            _write(incoming.path, sources, parts)
    except FileNotFoundError:
        raise CannotJoin("A clip of this scene is no longer on the disk.") from None
    except (av.FFmpegError, IndexError, ValueError):
        raise CannotJoin("A clip of this scene does not open any more.") from None
    incoming.measure()


def _open(file: str):
    """A stored clip; its index tells all we need, so no picture is decoded to guess at more."""
    return av.open(str(full_path(file)), format="mp4", options={"probesize": "32"})


def _write(path: Path, sources: list, parts: list[Part]) -> None:
    """Room for the index is kept at the front, so that the film plays at once and is not written twice."""
    packets = sum(stream.frames for source in sources for stream in source.streams)
    room = {"moov_size": str(HEAD + packets * PER_PACKET)}
    with av.open(str(path), "w", format="mp4", options=room) as film:
        first = sources[0].streams
        kinds = [first.video[0], *first.audio[:1]]
        tracks = {stream.type: _Track(film.add_stream_from_template(stream)) for stream in kinds}
        at = Fraction(0)
        for source, part in zip(sources, parts, strict=True):
            at += _append(film, tracks, source, part, at)


@dataclass
class _Track:
    """One stream of the film, and the last moment of decoding that was written there."""

    stream: object
    last: int | None = None


@dataclass(frozen=True)
class _Cut:
    """What is kept of one stream of a part, and how far its times move: all in ticks of the stream."""

    start: int
    end: int
    move: int

    @classmethod
    def of(cls, stream, zero: Fraction, start: Fraction, end: Fraction, at: Fraction) -> "_Cut":
        base = stream.time_base
        return cls(
            round((zero + start) / base), round((zero + end) / base), round((at - start - zero) / base)
        )


def _append(film, tracks: dict[str, _Track], source, part: Part, at: Fraction) -> Fraction:
    """Copy one part to `at`, in seconds of the film; returns how long it is."""
    picture = source.streams.video[0]
    streams = [picture, *source.streams.audio[:1]]
    packets = [p for p in source.demux(streams) if p.pts is not None and p.dts is not None]
    zero = _first(picture)
    start, end = _window([p for p in packets if p.stream_index == picture.index], picture, part)
    cuts = {s.index: (_Cut.of(s, zero, start, end, at), tracks[s.type]) for s in streams}
    for packet in packets:
        cut, track = cuts[packet.stream_index]
        if not cut.start <= packet.pts < cut.end:
            continue
        dts = packet.dts + cut.move
        if track.last is not None and dts <= track.last:
            continue  # sound that reaches over the end of its part
        packet.pts, packet.dts, packet.stream = packet.pts + cut.move, dts, track.stream
        track.last = dts
        film.mux_one(packet)
    return end - start


def _window(packets: list, picture, part: Part) -> tuple[Fraction, Fraction]:
    """First and last moment of the part that is kept, in seconds of the part."""
    zero, base = picture.start_time or 0, picture.time_base
    shown = [p.pts - zero for p in packets]  # in the order of decoding
    wanted = _ticks(part.trim_start + STEP, base)
    keys = [p.pts - zero for p in packets if p.is_keyframe]
    start = max((key for key in keys if key <= wanted), default=keys[0])
    whole = max(p.pts - zero + (p.duration or 0) for p in packets)
    limit = whole - _ticks(part.trim_end + STEP, base)
    if limit <= start:
        raise CannotJoin("Nothing would be left of a clip of this scene.")
    end = _clean_end(shown, start, whole, limit) if part.trim_end > STEP else whole
    return start * base, end * base


def _clean_end(shown: list[int], start: int, whole: int, limit: int) -> int:
    """The first moment from `limit` on where nothing kept leans on a picture that is left out.

    Pictures may lean on later ones, so all that is decoded before the cut must be shown before it.
    """
    earliest, later = whole, [whole]
    for moment in reversed(shown):
        earliest = min(earliest, moment)
        later.append(earliest)
    later.reverse()  # later[n]: the earliest moment among shown[n:]
    latest = start
    for n, moment in enumerate(shown):
        latest = max(latest, moment)
        if later[n + 1] > latest and later[n + 1] >= limit:
            return later[n + 1]
    return whole


def _ticks(seconds: float, base: Fraction) -> int:
    return int(seconds / float(base))


def bring(clip: Clip) -> tuple[Kept, Probed]:
    """Make the file of a clip that is joined here, and look at it before it is kept.

    Raises CannotJoin, NotMedia, NoRoom. Touches no database.
    """
    with Incoming(place_for(clip, "video/mp4")) as incoming:
        join_into(incoming, parts_of(clip.source_url))
        probed = probe.look(incoming.path)
        return incoming.keep(), probed
