"""The painted clips: playable, quick to make, different by words and seed, marked as simulated."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image

from generations.sandbox import Sandbox
from generations.sandbox.media import edits, marks
from generations.sandbox.media.looks import Look, clip_look
from generations.sandbox.media.painter import paint
from generations.sandbox.media.painting.canvas import Canvas
from generations.sandbox.media.painting.stage import Stage
from generations.sandbox.media.scenes import PAINTERS
from generations.sandbox.media.scenes.casting import MOODS, SCENES, cast

from .client import ULTRA, Caller


def test_words_choose_the_scene_and_every_scene_can_be_asked_for() -> None:
    assert cast("A lighthouse at night, beam turning") == ("lighthouse", "night")
    assert cast("two hot-air balloons drifting at dawn")[0] == "balloons"
    assert cast("Zqx vrrb [fail:throttled]") == cast("zqx vrrb")
    assert set(SCENES) == set(PAINTERS)
    for scene, words in SCENES.items():
        assert cast(words.split()[0])[0] == scene


def test_a_painted_clip_is_h264_with_sound_at_its_declared_size_and_length(tmp_path: Path) -> None:
    for shape, lines, size in (("landscape", 720, (1280, 720)), ("portrait", 360, (360, 640))):
        look = clip_look("A paper boat", 1, shape, 2, lines)
        paint(look, tmp_path)
        path = tmp_path / f"{look.key}.mp4"
        with av.open(str(path)) as clip:
            picture, sound = clip.streams.video[0], clip.streams.audio[0]
            assert (picture.width, picture.height) == size
            assert (picture.codec_context.name, picture.pix_fmt, picture.average_rate) == (
                "h264",
                "yuv420p",
                24,
            )
            assert sound.codec_context.name == "aac"
            assert sum(1 for _ in clip.decode(video=0)) == 48
        content = path.read_bytes()
        assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("scene", PAINTERS)
def test_a_scene_moves(scene: str) -> None:
    canvas = Canvas(1280, 720)
    draw = PAINTERS[scene](Stage(1280, 720, scene, "", 0))
    moments = []
    for moment in (1.0, 1.5, 5.0):
        draw(canvas, moment)
        moments.append(canvas.y.resize((160, 90)).tobytes())
    for one, two in ((0, 1), (1, 2)):
        changed = sum(abs(a - b) > 6 for a, b in zip(moments[one], moments[two], strict=True))
        assert changed > 40, (scene, changed)


@pytest.mark.parametrize("scene", PAINTERS)
def test_a_scene_fills_the_frame_and_differs_by_seed_and_shape(scene: str, tmp_path: Path) -> None:
    seen = set()
    for bucket, (width, height) in ((0, (1280, 720)), (1, (1280, 720)), (0, (720, 1280)), (0, (960, 960))):
        look = Look(scene, "", bucket, width, height, mime="image/png")
        paint(look, tmp_path)
        content = (tmp_path / f"{look.key}.still").read_bytes()
        seen.add(hashlib.sha256(content).hexdigest())
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.size == (width, height)
            spread = picture.convert("L").getextrema()
            assert spread[1] - spread[0] > 90  # not an empty frame
    assert len(seen) == 4


def test_every_mood_can_be_painted_by_every_scene(tmp_path: Path) -> None:
    for mood in MOODS:
        paint(Look("lighthouse", mood, 0, 320, 180, mime="image/webp"), tmp_path)
        paint(Look("meadow", mood, 0, 320, 180, mime="image/jpeg"), tmp_path)


def test_an_extension_begins_where_the_source_was_one_second_before_its_end(tmp_path: Path) -> None:
    from generations.sandbox.media.looks import continued

    source = clip_look("A lighthouse", 2, "landscape", 3, 360)
    longer = continued(source, "more")
    for look in (source, longer):
        paint(look, tmp_path)
    with (
        av.open(str(tmp_path / f"{source.key}.mp4")) as one,
        av.open(str(tmp_path / f"{longer.key}.mp4")) as two,
    ):
        last = list(one.decode(video=0))[48].to_image().convert("L").resize((64, 36))
        first = next(two.decode(video=0)).to_image().convert("L").resize((64, 36))
    differences = [abs(a - b) for a, b in zip(last.tobytes(), first.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 4


def test_joined_clips_keep_their_sound(tmp_path: Path) -> None:
    looks = [
        clip_look(words, 0, "landscape", 2, 360) for words in ("waves on the sea", "a street in the rain")
    ]
    for look in looks:
        paint(look, tmp_path)
    joined = edits.join(
        [((tmp_path / f"{look.key}.mp4").read_bytes(), 0.5 * place, 0) for place, look in enumerate(looks)]
    )
    with av.open(io.BytesIO(joined)) as film:
        sound = film.streams.audio[0]
        assert sum(1 for _ in film.decode(video=0)) == 48 + 36
        assert float(sound.duration * sound.time_base) == pytest.approx(3.5, abs=0.1)


def test_films_make_room_and_are_painted_again_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.sandbox.media.studio.ROOM", 1)
    with Sandbox(tmp_path, speed=400, seed=6, canned_media=False) as vendor, Caller(vendor, 1) as caller:
        fields = {"model": "omni-flash", "duration": 4, "resolution": "360p"}
        links = [caller.media(words, **fields)[0]["videoUrl"] for words in ("a dune", "a robot")]
        first = [httpx.get(link, timeout=60).content for link in links]
        again = [httpx.get(link, timeout=60).content for link in links]
        assert [hashlib.sha256(body).digest() for body in again] == [
            hashlib.sha256(b).digest() for b in first
        ]
        assert min(len(body) for body in first) > 100_000  # painted ones, not the tiny stand-ins
        assert len(list((tmp_path / "media").glob("*.mp4"))) == 1


def test_marks_change_the_hash_and_nothing_that_is_seen() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "orange").save(stream, kind)
        plain = stream.getvalue()
        one, two = (marks.mark(plain, f"image/{kind.lower()}", marks.note(name)) for name in "ab")
        assert len({plain, one, two}) == 3
        with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(two)) as after:
            assert before.tobytes() == after.tobytes()
        assert b"simulated media" in one


def test_an_uploaded_picture_comes_alive_through_the_real_painter(tmp_path: Path) -> None:
    with Sandbox(tmp_path, speed=400, seed=5, canned_media=False) as vendor, Caller(vendor, 1) as caller:
        media = caller.media("It moves", startImage=caller.picture(ULTRA), model="veo-3.1-lite", duration=4)
        content = httpx.get(media[0]["videoUrl"], timeout=60).content
        with av.open(io.BytesIO(content)) as clip:
            frames = list(clip.decode(video=0))
        assert len(frames) == 96
        red, green, blue = frames[40].to_image().getpixel((640, 360))
        assert green > red + 40 and blue > red + 40  # still the teal of the upload
        thumbnail = httpx.get(media[0]["thumbnailUrl"]).content
        assert Image.open(io.BytesIO(thumbnail)).size == (1280, 720)
