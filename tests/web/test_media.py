"""Media over real HTTP: players may ask for any part, strangers for nothing, and nothing is executed."""

import hashlib
import http.client
import os
from gzip import decompress
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import path

from flowsite import urls
from generations.library.intake import keep as keep_picture
from generations.library.storage import Incoming, full_path
from generations.models import Clip, State
from generations.web import media
from tests.library.media import still

from .rows import made

urlpatterns = [
    path("c/<str:label>/file/", media.clip_file),
    path("c/<str:label>/poster/<int:width>/", media.clip_poster),
    *urls.urlpatterns,
]
handler404 = urls.handler404
BODY = os.urandom(200_000)


@pytest.fixture
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()


@pytest.fixture
def clip(people, store) -> Clip:
    """Mara's clip, shown to the team; any bytes will do, since nothing here opens them."""
    return saved(made(people.mara, State.READY, prompt="A quiet harbour, at dawn: mist & light (wide)"))


def saved(generation, body: bytes = BODY) -> Clip:
    with Incoming(f"2026/11/24/{generation.label.lower()}a.mp4") as incoming:
        incoming.write(body)
        kept = incoming.keep()
    clip = generation.clips.first() or Clip(generation=generation, position=0)
    clip.kind, clip.state, clip.content_type, clip.width = "video", "ready", "video/mp4", 1280
    clip.file, clip.sha256, clip.size = kept.file, kept.sha256, kept.size
    clip.save()
    return clip


class Browser:
    """Asks the running site over a socket, signed in as somebody or as nobody."""

    def __init__(self, live, person=None) -> None:
        self.host, self.cookie = urlsplit(live.url).netloc, ""
        if person:
            client = Client()
            client.force_login(person)
            self.cookie = f"sessionid={client.cookies['sessionid'].value}"

    def ask(self, address: str, method: str = "GET", **headers: str):
        connection = http.client.HTTPConnection(self.host, timeout=10)
        asked = {"Cookie": self.cookie, "Accept-Encoding": "gzip, deflate"}
        asked |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, address, headers=asked)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer


@pytest.fixture
def mara(live, people):
    return Browser(live, people.mara)


pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


def test_the_whole_file_comes_private_kept_for_a_year_and_harmless(mara, clip):
    answer = mara.ask(f"/c/{clip.label}/file/?v={media.version(clip)}")
    assert (answer.status, answer.body) == (200, BODY)
    expected = {
        "Content-Type": "video/mp4",
        "Content-Length": str(len(BODY)),
        "Accept-Ranges": "bytes",
        "ETag": f'"{clip.sha256}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": "inline",
        "Content-Encoding": None,
    }
    assert {name: answer.getheader(name) for name in expected} == expected


def test_an_address_without_the_right_version_is_not_kept_for_ever(mara, clip):
    for query in ("", "?v=", "?v=000000000000"):
        assert "immutable" not in mara.ask(f"/c/{clip.label}/file/{query}").getheader("Cache-Control")


RANGES = {
    "bytes=0-": (0, 200_000),
    "bytes=0-0": (0, 1),
    "bytes=100-199": (100, 200),
    "bytes=199999-": (199_999, 200_000),
    "bytes=-1": (199_999, 200_000),
    "bytes=-500": (199_500, 200_000),
    "bytes=-900000": (0, 200_000),
    "bytes=65000-140000": (65_000, 140_001),
    "bytes=150000-900000": (150_000, 200_000),
    "Bytes=5-5": (5, 6),
}


def test_one_range_gives_exactly_those_bytes(mara, clip):
    for asked, (start, end) in RANGES.items():
        answer = mara.ask(f"/c/{clip.label}/file/", Range=asked)
        assert (answer.status, answer.body) == (206, BODY[start:end]), asked
        assert answer.getheader("Content-Range") == f"bytes {start}-{end - 1}/200000"
        assert answer.getheader("Content-Length") == str(end - start)


def test_a_range_beyond_the_end_is_refused_with_the_true_size(mara, clip):
    for asked in ("bytes=200000-", "bytes=900000-900001", "bytes=-0", f"bytes={10**20}-"):
        answer = mara.ask(f"/c/{clip.label}/file/", Range=asked)
        assert (answer.status, answer.body) == (416, b""), asked
        assert answer.getheader("Content-Range") == "bytes */200000"


NONSENSE = ("bytes=0-1,5-6", "bytes=5-2", "bytes=-", "bytes=a-b", "items=0-5", "bytes 0-5", "bytes=-5-", "")


def test_several_ranges_and_nonsense_get_the_whole(mara, clip):
    for asked in NONSENSE:
        answer = mara.ask(f"/c/{clip.label}/file/", Range=asked)
        assert (answer.status, answer.body) == (200, BODY), asked
        assert answer.getheader("Content-Range") is None


def test_a_range_of_another_version_gets_the_whole_again(mara, clip):
    address, changed = f"/c/{clip.label}/file/", mara.ask(f"/c/{clip.label}/file/").getheader("Last-Modified")
    for same in (f'"{clip.sha256}"', changed):
        assert mara.ask(address, Range="bytes=0-9", If_Range=same).status == 206
    for other in ('"another"', f'W/"{clip.sha256}"', "Mon, 01 Jan 2024 00:00:00 GMT", "nonsense"):
        assert mara.ask(address, Range="bytes=0-9", If_Range=other).status == 200


def test_what_the_browser_has_is_not_sent_again(mara, clip):
    address = f"/c/{clip.label}/file/"
    changed = mara.ask(address).getheader("Last-Modified")
    for tags in (f'"{clip.sha256}"', f'"x", W/"{clip.sha256}"', "*"):
        answer = mara.ask(address, If_None_Match=tags, Range="bytes=0-9")
        assert (answer.status, answer.body) == (304, b"")
        assert answer.getheader("ETag") == f'"{clip.sha256}"'
    assert mara.ask(address, If_Modified_Since=changed).status == 304
    assert mara.ask(address, If_None_Match='"x"', If_Modified_Since=changed).status == 200


def test_head_tells_the_size_and_sends_nothing(mara, clip):
    for headers in ({}, {"Range": "bytes=0-9"}):
        answer = mara.ask(f"/c/{clip.label}/file/", "HEAD", **headers)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.getheader("Content-Length") == "200000"
    assert mara.ask(f"/c/{clip.label}/file/", "POST").status in {403, 405}


def test_a_download_is_named_by_number_and_first_words(mara, clip):
    answer = mara.ask(f"/c/{clip.label}/file/?download=1")
    name = f'attachment; filename="{clip.label} A quiet harbour at dawn mist.mp4"'
    assert answer.getheader("Content-Disposition") == name
    assert answer.body == BODY


def test_hidden_and_absent_media_are_the_same_404(live, people, clip):
    private = saved(made(people.mara, State.READY, visibility="private"))
    aiko, charlie = Browser(live, people.aiko), Browser(live, people.charlie)
    assert aiko.ask(f"/c/{clip.label}/file/").status == 200
    answers = [
        aiko.ask("/c/S999a/file/"),
        aiko.ask(f"/c/{private.label}/file/"),
        aiko.ask(f"/c/{private.label}/poster/320/"),
        charlie.ask(f"/c/{clip.label}/file/", Range="bytes=0-9"),
        charlie.ask(f"/c/{clip.label}/file/", If_None_Match=f'"{clip.sha256}"'),
    ]
    assert {answer.status for answer in answers} == {404}
    assert decompress(answers[0].body) == decompress(answers[1].body) and not any(
        a.getheader("ETag") for a in answers
    )
    nobody = Browser(live).ask(f"/c/{clip.label}/file/")
    assert nobody.status == 302 and "/sign-in/" in nobody.getheader("Location")


def test_a_clip_that_is_not_saved_yet_or_whose_file_is_gone_is_not_found(mara, people, clip):
    going = made(people.mara, State.SAVING)
    Clip.objects.get_or_create(generation=going, position=0, defaults={"kind": "video"})
    assert mara.ask(f"/c/{going.label}a/file/").status == 404
    full_path(clip.file).unlink()
    assert mara.ask(f"/c/{clip.label}/file/").status == 404


def test_posters_have_tags_of_their_own(mara, clip):
    assert mara.ask(f"/c/{clip.label}/poster/640/").status == 404
    for width in (320, 640, 1280):
        full_path(f"{clip.file}.{width}.webp").write_bytes(b"webp %d" % width)
    Clip.objects.filter(pk=clip.pk).update(posters_at=clip.generation.made_at)
    tags = set()
    for width, got in ((320, 320), (640, 640), (400, 640), (5000, 1280)):
        answer = mara.ask(f"/c/{clip.label}/poster/{width}/?v={media.version(clip)}")
        assert (answer.status, answer.body) == (200, b"webp %d" % got)
        assert answer.getheader("Content-Type") == "image/webp"
        assert answer.getheader("Cache-Control").endswith("immutable")
        tags.add(answer.getheader("ETag"))
    assert len(tags) == 3


def test_what_is_no_known_kind_is_never_shown_in_the_browser(mara, clip):
    Clip.objects.filter(pk=clip.pk).update(content_type="text/html")
    answer = mara.ask(f"/c/{clip.label}/file/")
    assert answer.getheader("Content-Type") == "application/octet-stream"
    assert answer.getheader("Content-Disposition").startswith("attachment")


def test_pictures_belong_to_who_brought_them(live, people, store):
    picture = keep_picture(people.mara, BytesIO(still("PNG")), "beach.png")
    answer = Browser(live, people.mara).ask(f"/_/pictures/{picture.pk}/file/")
    assert answer.status == 200 and hashlib.sha256(answer.body).hexdigest() == picture.sha256
    assert Browser(live, people.aiko).ask(f"/_/pictures/{picture.pk}/file/").status == 404
