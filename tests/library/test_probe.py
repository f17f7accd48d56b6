"""What a file really is: whole clips and stills open, everything else is refused with its reason."""

import pytest

from generations.library.probe import NotMedia, Probed, look

from .media import mp4, still


@pytest.fixture
def file(tmp_path):
    def write(data: bytes):
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return write


def refusal(path) -> str:
    with pytest.raises(NotMedia) as refused:
        look(path)
    return refused.value.sentence


def test_a_clip_tells_its_size_length_and_rate(file):
    assert look(file(mp4())) == Probed("video", "video/mp4", 320, 180, 2.0, 24.0, False)


def test_a_clip_with_sound_says_so(file):
    assert look(file(mp4(sound=True))).has_sound


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_stills_are_known_by_their_content(file, kind):
    assert look(file(still(kind))) == Probed("image", f"image/{kind.lower()}", 64, 36)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.999])
def test_a_cut_clip_is_refused_though_its_header_declares_the_whole(file, share):
    whole = mp4()
    assert "cut off" in refusal(file(whole[: int(len(whole) * share)]))


def test_a_clip_whose_index_is_missing_is_refused(file):
    whole = mp4()
    assert "cut off" in refusal(file(whole[: int.from_bytes(whole[:4])]))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_cut_still_is_refused(file, kind):
    whole = still(kind, 400, 300)
    assert "cut off or damaged" in refusal(file(whole[: len(whole) // 2]))


def test_pages_messages_and_nothing_are_no_clips(file):
    assert "web page" in refusal(file(b"<html><h1>403 Forbidden</h1></html>"))
    assert "web page" in refusal(file(b'\n{"error": "expired"}'))
    assert refusal(file(b"")) == "The file is empty."
    assert "neither" in refusal(file(b"\x00" * 5000))


def test_a_box_that_only_looks_like_a_clip_is_refused(file):
    boxes = [b"ftypisom\0\0\0\1isom", b"moov" + bytes(100), b"mdat" + bytes(100)]
    fake = b"".join((len(b) + 4).to_bytes(4) + b for b in boxes)
    assert "no picture" in refusal(file(fake))


def test_an_image_that_claims_to_be_enormous_is_not_decoded(file):
    # A PNG of a few bytes whose header says 60,000 by 60,000 pixels.
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert "larger" in refusal(file(png + b"\0\0\0\0IEND\xaeB`\x82"))
