"""Clips joined by copying: nothing is lost, cuts fall where they may, and what does not agree is said."""

from fractions import Fraction
from functools import cache
from io import BytesIO

import av
import pytest

from generations.library import joining
from generations.library.joining import CannotJoin, Part, Streams
from generations.library.storage import Incoming, full_path

RATE = 24


@cache
def film(seconds: int = 2, size: tuple[int, int] = (96, 54), sound: bool = True, rate: int = RATE) -> bytes:
    """A clip that is bright where its key frames are, with pictures that lean on later ones."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"bf": "2", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = rate
        voice = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for number in range(rate * seconds):
            picture = av.VideoFrame(*size, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes([(40 + 4 * number) % 220]) * plane.buffer_size)
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
        for number in range(46 * seconds if voice else 0):
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.planes[0].update(bytes(silence.planes[0].buffer_size))
            silence.sample_rate, silence.pts, silence.time_base = 48000, number * 1024, Fraction(1, 48000)
            container.mux(voice.encode(silence))
        if voice:
            container.mux(voice.encode())
    return out.getvalue()


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored(name: str, content: bytes) -> str:
    full_path(name).write_bytes(content)
    return name


def joined(*parts: Part) -> av.container.InputContainer:
    with Incoming("joined.mp4") as incoming:
        joining.join_into(incoming, list(parts))
        kept = incoming.keep()
    assert kept.size == full_path("joined.mp4").stat().st_size
    return av.open(str(full_path("joined.mp4")))


def brightness(container) -> list[int]:
    return [round(bytes(frame.planes[0])[0] / 4) for frame in container.decode(video=0)]


def moments(container) -> list[float]:
    return [round(frame.time, 3) for frame in container.decode(video=0)]


def test_every_picture_of_every_clip_is_there_in_order_and_evenly_spaced():
    stored("a.mp4", film(2))
    stored("b.mp4", film(1))
    whole = joined(Part("a.mp4"), Part("b.mp4"), Part("a.mp4"))
    seen = moments(whole)
    assert len(seen) == 5 * RATE
    assert {round(b - a, 2) for a, b in zip(seen, seen[1:], strict=False)} == {0.04}
    one, other = (brightness(av.open(BytesIO(film(n)))) for n in (2, 1))
    assert brightness(joined(Part("a.mp4"), Part("b.mp4"), Part("a.mp4"))) == one + other + one


def test_the_film_begins_with_its_index_so_that_it_plays_before_it_has_arrived():
    stored("a.mp4", film(1))
    joined(Part("a.mp4"), Part("a.mp4"))
    start = full_path("joined.mp4").read_bytes()
    assert start.index(b"moov") < start.index(b"mdat")


def test_a_start_is_cut_at_the_key_frame_before_and_an_end_within_a_few_pictures():
    stored("a.mp4", film(3))
    streams = joining.look("a.mp4")
    assert streams.keys == (0.0, 1.0, 2.0)
    assert [streams.start(wanted) for wanted in (0, 0.9, 1.0, 1.7, 2.9)] == [0, 0, 1.0, 1.0, 2.0]
    shown = brightness(joined(Part("a.mp4", trim_start=1.7), Part("a.mp4", trim_end=0.5)))
    whole = brightness(av.open(BytesIO(film(3))))
    assert shown[: 2 * RATE] == whole[RATE:]
    rest = shown[2 * RATE :]
    assert rest == whole[: len(rest)]
    assert 0 <= len(rest) - 2.5 * RATE <= 4


def test_sound_goes_along_with_the_pictures():
    stored("a.mp4", film(2))
    whole = joined(Part("a.mp4", trim_end=1), Part("a.mp4", trim_start=1))
    sound = whole.streams.audio[0]
    assert abs(float(sound.duration * sound.time_base) - 2) < 0.1


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (film(1, size=(54, 96)), "228a is 16:9 and 231a is 9:16"),
        (film(1, size=(192, 108)), "228a has 96 × 54 points and 231a 192 × 108"),
        (film(1, sound=False), "228a has sound and 231a is silent"),
        (film(1, rate=30), "228a has 24 pictures a second and 231a 30"),
    ],
)
def test_what_does_not_agree_is_said_plainly(other, said):
    one, two = joining.look(stored("a.mp4", film(1))), joining.look(stored("b.mp4", other))
    assert said in joining.differences([("228a", one), ("230a", one), ("231a", two)])
    assert joining.differences([("228a", one), ("230a", one)]) == ""


def test_what_was_seen_of_a_file_survives_being_stored():
    streams = joining.look(stored("a.mp4", film(2)))
    assert Streams.read(streams.to_json()) == streams


def test_a_missing_or_broken_clip_leaves_nothing_behind():
    stored("a.mp4", film(1))
    stored("broken.mp4", b"\0\0\0\x18ftypisom" + bytes(40))
    for bad in ("gone.mp4", "broken.mp4"):
        with pytest.raises(CannotJoin, match="no longer|does not open"):
            joined(Part("a.mp4"), Part(bad))
    assert sorted(p.name for p in full_path("a.mp4").parent.iterdir()) == ["a.mp4", "broken.mp4"]


def test_nothing_left_of_a_clip_is_no_film():
    stored("a.mp4", film(1))
    with pytest.raises(CannotJoin, match="Nothing would be left"):
        joined(Part("a.mp4"), Part("a.mp4", trim_end=1.0))
