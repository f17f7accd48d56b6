"""A file is whole under its final name, or not there at all; pictures are upright and tell nobody where."""

import errno
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from generations.library import storage
from generations.library.intake import keep as keep_picture
from generations.library.pictures import BadPicture
from generations.library.storage import Incoming, NoRoom

from .media import still


def everything(root) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_a_kept_file_is_whole_and_its_hash_and_size_are_told(media):
    with Incoming("2026/11/24/228a-1.mp4") as incoming:
        incoming.write(b"first ")
        incoming.write(b"second")
        assert everything(media) != ["2026/11/24/228a-1.mp4"]
        kept = incoming.keep()
    assert kept == storage.Kept("2026/11/24/228a-1.mp4", sha256(b"first second").hexdigest(), 12)
    assert everything(media) == ["2026/11/24/228a-1.mp4"]
    assert storage.open_media(kept.file).read() == b"first second"


@pytest.mark.parametrize("trouble", [RuntimeError, SystemExit, KeyboardInterrupt, None])
def test_any_other_way_out_leaves_nothing(media, trouble):
    try:
        with Incoming("2026/11/24/228a-1.mp4") as incoming:
            incoming.write(b"half")
            if trouble:
                raise trouble
    except BaseException as exc:
        assert type(exc) is trouble
    assert everything(media) == []


def test_what_has_come_in_can_be_looked_at_and_its_name_corrected_before_it_is_kept(media):
    with Incoming("2026/11/24/228a-1.bin") as incoming:
        incoming.write(still("PNG"))
        assert incoming.path.read_bytes() == still("PNG")
        kept = incoming.keep("2026/11/24/228a-1.png")
    assert everything(media) == [kept.file] == ["2026/11/24/228a-1.png"]


def test_collecting_twice_gives_the_same_file(media):
    for body in (b"one", b"two"):
        with Incoming("2026/11/24/228a-1.mp4") as incoming:
            incoming.write(body)
            incoming.keep()
    assert everything(media) == ["2026/11/24/228a-1.mp4"]
    assert storage.open_media("2026/11/24/228a-1.mp4").read() == b"two"


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import django
from django.conf import settings
settings.MEDIA_ROOT = {root!r}
django.setup()
from generations.library.storage import Incoming
with Incoming("2026/11/24/228a-1.mp4") as incoming:
    incoming.write(b"x" * 1_000_000)
    incoming.path
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_between_write_and_rename_leaves_nothing_visible(media):
    code = KILLED.format(tests=os.getcwd(), root=str(media))
    child = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"DJANGO_SETTINGS_MODULE": "flowsite.settings"}
    )
    assert child.returncode == -signal.SIGKILL
    with pytest.raises(FileNotFoundError):
        storage.open_media("2026/11/24/228a-1.mp4")
    (half,) = everything(media)
    assert half.endswith(".part") and half.split("/")[-1].startswith(".")

    assert storage.sweep_temporaries(timedelta(hours=1)) == 0  # may still be growing
    os.utime(media / half, (time.time() - 7200,) * 2)
    assert storage.sweep_temporaries(timedelta(hours=1)) == 1
    assert everything(media) == []


def test_sweeping_touches_only_temporaries(media):
    with Incoming("2026/11/24/228a-1.mp4") as incoming:
        incoming.write(b"whole")
        incoming.keep()
    os.utime(media / "2026/11/24/228a-1.mp4", (0, 0))
    assert storage.sweep_temporaries(timedelta(0)) == 0
    assert everything(media) == ["2026/11/24/228a-1.mp4"]


def goes_to_a_full_disk(incoming) -> None:
    """/dev/full is the kernel's own full disk: every write that reaches it fails with ENOSPC."""
    incoming._out.close()
    incoming._out = open("/dev/full", "wb")  # noqa: SIM115


def test_a_full_disk_is_told_as_a_sentence(media):
    with pytest.raises(NoRoom) as full, Incoming("2026/11/24/228a-1.mp4") as incoming:
        goes_to_a_full_disk(incoming)
        incoming.write(b"x" * 1_000_000)
    assert full.value.sentence.startswith("The disk for clips is full.")
    assert full.value.__cause__.errno == errno.ENOSPC
    assert everything(media) == []


def test_a_disk_that_fills_at_the_last_moment_keeps_nothing(media):
    with pytest.raises(NoRoom), Incoming("2026/11/24/228a-1.mp4") as incoming:
        goes_to_a_full_disk(incoming)
        incoming.write(b"few bytes, still in the buffer")
        incoming.keep()
    assert everything(media) == []


def test_a_folder_that_may_not_be_written_is_told_as_a_sentence(settings):
    settings.MEDIA_ROOT = "/sys/flowsite"  # closed to everyone, root included
    with pytest.raises(NoRoom) as closed, Incoming("a.mp4"):
        pass
    assert "may not write" in closed.value.sentence


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", "a//b", "a\\b", "./a"])
def test_names_that_lead_out_of_the_media_folder_are_refused(media, name):
    with pytest.raises(ValueError):
        storage.open_media(name)
    with pytest.raises(ValueError), Incoming(name):
        pass


def test_free_room_is_told_even_before_the_folder_exists(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not" / "yet"
    assert storage.free_bytes() > 0


@pytest.mark.django_db
def test_places_are_lower_case_and_told_apart(media, make_clip):
    real, fake, next_frame = make_clip(), make_clip(is_sandbox=True), make_clip(position=1)
    names = [storage.place_for(c, "video/mp4") for c in (real, fake, next_frame)]
    assert len({n.lower() for n in names}) == 3 and all(n == n.lower() for n in names)
    assert names[0].startswith(real.generation.made_at.strftime("%Y/%m/%d/") + f"{real.label}-")
    assert names[1].startswith("sandbox/2") and f"/s{fake.generation.number}a-" in names[1]
    assert storage.place_for(real, "video/mp4") == names[0]
    assert storage.place_for(real, "image/jpeg; x=y").endswith(".jpg")
    assert storage.place_for(real, "application/octet-stream").endswith(".bin")


# --- pictures ------------------------------------------------------------------------------------------
def photograph(kind: str, orientation: int = 6) -> bytes:
    """A picture lying on its side, red where its top will be, that knows where it was taken."""
    image = Image.new("RGB", (90, 40), "blue")
    image.paste("red", (0, 0, 30, 40))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Phone of Maria"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 8.0)
    out = BytesIO()
    image.save(out, kind, exif=exif, quality=95)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_stored_upright_and_without_metadata(media, person, kind):
    picture = keep_picture(person, BytesIO(photograph(kind)), "C:\\photos\\Beach.jpg")
    stored = storage.open_media(picture.file).read()
    with Image.open(BytesIO(stored)) as image:
        assert image.format == kind and image.size == (40, 90) == (picture.width, picture.height)
        assert image.convert("RGB").getpixel((20, 5))[0] > 200  # red, at the top
        assert not dict(image.getexif())
    assert b"Maria" not in stored
    assert (picture.name, picture.size, picture.content_type) == (
        "Beach.jpg",
        len(stored),
        f"image/{kind.lower()}",
    )
    assert picture.sha256 == sha256(stored).hexdigest()


@pytest.mark.django_db
def test_the_same_picture_is_kept_once_per_person(media, person, other_person):
    first = keep_picture(person, BytesIO(still("PNG")), "a.png")
    assert keep_picture(person, BytesIO(still("PNG")), "b.png") == first
    other = keep_picture(other_person, BytesIO(still("PNG")), "c.png")
    assert other != first and other.file != first.file


@pytest.mark.django_db
def test_a_lost_picture_comes_back_when_it_is_brought_again(media, person):
    picture = keep_picture(person, BytesIO(still("PNG")), "a.png")
    storage.full_path(picture.file).unlink()
    keep_picture(person, BytesIO(still("PNG")), "a.png")
    assert storage.open_media(picture.file).read()


@pytest.mark.django_db
def test_pictures_that_cannot_be_used_are_refused_with_a_sentence(media, person):
    def refusal(data):
        with pytest.raises(BadPicture) as refused:
            keep_picture(person, BytesIO(data), "x")
        return refused.value.sentence

    assert "empty" in refusal(b"")
    assert "SVG" in refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert "GIF" in refusal(still("GIF"))
    assert "no PNG, JPEG or WebP" in refusal(b"PK\x03\x04 a letter in a zip")
    assert "cut off" in refusal(still("JPEG", 400, 300)[:3000])
    assert "20 MB" in refusal(b"\xff\xd8\xff" + bytes(20_971_520))
    bomb = BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 20_000 and "megapixels" in refusal(bomb.getvalue())
    assert everything(media) == []
