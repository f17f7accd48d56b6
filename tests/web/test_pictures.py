"""Pictures on their way in: taken at once, looked at by a worker, private to who brought them."""

import json
import time
from io import BytesIO

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from generations.flow.people import errands
from generations.models import Errand, Picture, State
from generations.models.errand import ErrandKind
from tests.library.media import still
from tests.people import sandbox_account

from .rows import made

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def bring(person, data: bytes, name: str = "beach.png", **fields):
    file = SimpleUploadedFile(name, data)
    return signed_in(person).post("/_/pictures/", {"file": file, **fields})


def brought(person, data: bytes, name: str = "beach.png") -> Picture:
    """A picture that came in and was looked at."""
    picture = Picture.objects.get(pk=bring(person, data, name).json()["id"])
    errands.run_due(5, pictures=True)
    picture.refresh_from_db()
    return picture


def film(seconds: float = 1.0, *, size=(64, 48), note: str = "") -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as made_film:
        if note:
            made_film.metadata["comment"] = note
        stream = made_film.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for place in range(round(seconds * 24)):
            image = Image.new("RGB", size, (place * 5 % 255, 90, 160))
            for packet in stream.encode(av.VideoFrame.from_image(image)):
                made_film.mux(packet)
        for packet in stream.encode():
            made_film.mux(packet)
    return out.getvalue()


def animated_webp() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def test_a_picture_comes_in_is_looked_at_and_shown_small(people):
    answer = bring(people.mara, still("PNG", 400, 300))
    told = answer.json()
    assert (answer.status_code, told["state"], told["kind"], told["url"]) == (200, "checking", "image", "")
    errands.run_due(5, pictures=True)
    client = signed_in(people.mara)
    told = client.get(f"/_/pictures/{told['id']}/").json()
    assert (told["state"], told["width"], told["height"], told["name"]) == ("ready", 400, 300, "beach.png")
    small = client.get(told["url"])
    assert small["Content-Type"] == "image/webp" and len(b"".join(small)) < 14_001


def test_the_same_bytes_twice_are_the_same_picture(people):
    first = bring(people.mara, still("PNG")).json()["id"]
    errands.run_due(5, pictures=True)
    again = bring(people.mara, still("PNG"), "other name.png").json()
    assert (again["id"], again["state"], again["name"]) == (first, "ready", "beach.png")
    assert bring(people.aiko, still("PNG")).json()["id"] != first


def test_what_it_is_is_told_by_its_content_not_by_its_name(people):
    told = bring(people.mara, still("PNG"), "holiday.mp4").json()
    assert told["kind"] == "image"
    errands.run_due(5, pictures=True)
    assert Picture.objects.get(pk=told["id"]).content_type == "image/png"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (HEIC, "Save it as JPEG first"),
        (animated_webp(), "animated"),
        (still("GIF"), "GIF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20_971_521 - 8), "just over 20 MB. Google takes up to 20."),
        (b"\xff\xd8\xff" + bytes(31 * 1024 * 1024), "This picture is 31 MB. Google takes up to 20."),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(100), "QuickTime"),
    ],
    ids=["empty", "svg", "heic", "animated webp", "gif", "20 MB and a byte", "31 MB", "mov"],
)
def test_what_cannot_be_used_is_refused_at_once_with_a_reason(people, data, words, settings):
    answer = bring(people.mara, data)
    assert answer.status_code == 422 and words in answer.json()["sentence"]
    assert not Picture.objects.exists() and not Errand.objects.filter(kind=ErrandKind.CHECK_PICTURE).exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_a_file_beyond_all_limits_is_not_read_to_its_end(people, monkeypatch, tmp_path, settings):
    monkeypatch.setattr("flowsite.uploads.LARGEST_FILE", 200_000)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    answer = bring(people.mara, still("PNG") + bytes(5_000_000))
    assert answer.status_code == 422 and "larger than 100 MB" in answer.json()["sentence"]
    monkeypatch.setattr("flowsite.uploads.LARGEST_FORM", 300_000)
    answer = bring(people.mara, still("PNG") + bytes(5_000_000))
    assert answer.status_code == 422 and "larger than 100 MB" in answer.json()["sentence"]
    assert not Picture.objects.exists() and list(tmp_path.glob("*.upload*")) == []


def bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(), "megapixels"),
        (still("JPEG", 400, 300)[:3000], "damaged or cut off"),
        (film()[:-400], "cut off"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + bytes(4000), "Choose another copy"),
    ],
    ids=["bomb", "broken picture", "cut film", "no film at all"],
)
def test_a_worker_refuses_what_only_looking_inside_tells(people, data, words, settings):
    pk = bring(people.mara, data).json()["id"]
    errands.run_due(5, pictures=True)
    told = signed_in(people.mara).get(f"/_/pictures/{pk}/").json()
    assert told["state"] == "refused" and words in told["sentence"], told
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_nothing_of_a_picture_tells_where_it_was_taken(people, settings):
    note = PngImagePlugin.PngInfo()
    note.add_text("Location", "52.5163 N, 13.3777 E")
    out = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "PNG", pnginfo=note)
    brought(people.mara, out.getvalue())
    brought(people.mara, film(note="52.5163 N, 13.3777 E"), "walk.mp4")
    kept = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(kept) == 4 and not any(b"52.5163" in path.read_bytes() for path in kept)


def test_a_film_tells_its_length_in_frames(people):
    picture = brought(people.mara, film(2.0), "walk.mp4")
    told = signed_in(people.mara).get(f"/_/pictures/{picture.pk}/").json()
    assert (told["kind"], told["state"], told["frames"], told["width"]) == ("video", "ready", 48, 64)
    assert abs(told["seconds"] - 2.0) < 0.05 and told["url"]


def test_a_picture_is_private_but_for_clips_that_others_may_see(people):
    from generations.models import InputUse

    picture = brought(people.mara, still("PNG", 300, 200))
    for path in ("", "thumb/", "file/"):
        assert signed_in(people.aiko).get(f"/_/pictures/{picture.pk}/{path}").status_code == 404
    shown = made(people.mara, State.READY)
    InputUse.objects.create(generation=shown, slot="startImage", picture=picture)
    assert signed_in(people.aiko).get(f"/_/pictures/{picture.pk}/file/").status_code == 200
    assert signed_in(people.aiko).get(f"/_/pictures/{picture.pk}/thumb/").status_code == 200
    assert signed_in(people.charlie).get(f"/_/pictures/{picture.pk}/file/").status_code == 404
    assert signed_in(people.aiko).post(f"/_/pictures/{picture.pk}/delete/").status_code == 404


def test_a_viewer_brings_nothing_and_no_account_of_others_is_reached(people):
    assert bring(people.vera, still("PNG")).status_code == 403
    theirs = sandbox_account(people.charlie)
    assert bring(people.mara, still("PNG"), account=theirs.pk).status_code == 404
    assert not Picture.objects.exists()


def test_the_pickers_find_what_is_mine_and_what_i_may_see(people):
    brought(people.mara, still("PNG", 300, 200), "red boat.png")
    brought(people.mara, still("JPEG", 300, 200), "blue boat.jpg")
    brought(people.aiko, still("PNG", 200, 200), "red boat of aiko.png")
    found = signed_in(people.mara).get("/_/ingredients/?q=red+boat").json()
    assert [picture["name"] for picture in found["pictures"]] == ["red boat.png"]
    found = signed_in(people.mara).get("/_/ingredients/?q=zeph").json()
    assert [(voice["ref"], voice["own"]) for voice in found["voices"]] == [("Zephyr", False)]
    assert json.dumps(found)  # no id of a vendor's account is in it
    assert "user:" not in json.dumps(found["pictures"] + found["clips"] + found["voices"])


def test_the_page_lists_pictures_with_their_uses_and_works_without_script(people):
    client = signed_in(people.mara)
    assert "Pictures you bring stay here" in client.get("/gallery/ingredients/").content.decode()
    files = [SimpleUploadedFile("a.png", still("PNG")), SimpleUploadedFile("b.svg", b"<svg/>")]
    page = client.post("/gallery/ingredients/", {"file": files}, follow=True).content.decode()
    assert "1 file came in." in page and "b.svg: This is a drawing (SVG)" in page and "Being checked" in page
    errands.run_due(5, pictures=True)
    page = client.get("/gallery/ingredients/").content.decode()
    assert "not used yet" in page and "a.png" in page
    assert "a.png" not in signed_in(people.aiko).get("/gallery/ingredients/").content.decode()


def test_characters_and_voices_say_what_is_missing_and_keep_what_was_typed(people):
    client, mine = signed_in(people.mara), sandbox_account(people.mara)
    page = client.get("/gallery/characters/").content.decode()
    assert "Give a face a name and a voice, then write @name in any prompt." in page
    assert Errand.objects.filter(kind=ErrandKind.READ_CAST, account=mine).count() == 1
    typed = {"account": mine.pk, "name": "Pip", "notes": "Small & curious", "voice": "Zephyr"}
    answer = client.post("/gallery/characters/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Choose one or two pictures of the character." in page
    assert 'value="Pip"' in page and "Small &amp; curious" in page
    face = SimpleUploadedFile("pip.png", still("PNG", 200, 200))
    answer = client.post("/gallery/characters/", {**typed, "file": face}, follow=True)
    assert "Pip is being made. It costs no credits." in answer.content.decode()
    assert Errand.objects.filter(kind=ErrandKind.MAKE_CHARACTER).count() == 1
    answer = client.post("/gallery/voices/", {"account": mine.pk, "name": "Salt", "base": "Kore"})
    assert answer.status_code == 422 and "Write what the voice says" in answer.content.decode()


def test_the_cast_of_an_account_is_for_those_who_may_spend_from_it(people):
    from generations.models import Character

    mine = sandbox_account(people.mara)
    pip = Character.objects.create(
        account=mine, name="Pip", ref="user:1-email:61-character:x-imgs:1", state="ready"
    )
    assert "Pip" in signed_in(people.mara).get("/gallery/characters/").content.decode()
    for other in (people.aiko, people.charlie):
        client = signed_in(other)
        assert client.get(f"/gallery/characters/?account={mine.pk}").status_code == 404
        assert client.post(f"/_/characters/{pip.pk}/delete/").status_code == 404
        assert client.get("/_/ingredients/?q=pip").json()["characters"] == []
    assert [c["name"] for c in signed_in(people.mara).get("/_/ingredients/?q=pip").json()["characters"]] == [
        "Pip"
    ]


def test_without_script_the_last_frame_of_a_clip_opens_in_the_dock(people):
    from generations.library.storage import Incoming
    from generations.models import Clip

    shown = made(people.mara, State.READY)
    with Incoming("2026/11/24/frame.mp4") as incoming:
        incoming.write(film(2.0))
        kept = incoming.keep()
    clip = Clip.objects.filter(generation=shown).first() or Clip(generation=shown, position=0)
    clip.kind, clip.state, clip.content_type, clip.length = "video", "ready", "video/mp4", 2.0
    clip.file, clip.sha256, clip.size = kept.file, kept.sha256, kept.size
    clip.save()
    client = signed_in(people.aiko)  # the clip is the team's, the frame becomes hers
    waiting = client.post(f"/_/frames/{clip.label}/", headers={"accept": "text/html"}, follow=True)
    assert "Taking the frame" in waiting.content.decode()
    errands.run_due(5, pictures=True)
    picture = Picture.objects.get(person=people.aiko)
    there = client.get(waiting.wsgi_request.path, headers={"accept": "text/html"})
    assert there.url == f"/create/?use=picture:{picture.pk}&as=start"
    told = client.get(waiting.wsgi_request.path, headers={"accept": "application/json"}).json()
    assert told["state"] == "ready" and told["name"].startswith(clip.label)
    assert signed_in(people.charlie).post(f"/_/frames/{clip.label}/").status_code == 404


@pytest.mark.browser
def test_dropped_pictures_show_how_far_they_have_come(browser, people):
    page = browser(people.mara)
    page.goto("/gallery/ingredients/")
    files = [
        {"name": "boat.png", "mimeType": "image/png", "buffer": still("PNG", 300, 200)},
        {
            "name": "drawing.png",
            "mimeType": "image/png",
            "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        },
    ]
    page.set_input_files("[data-intake] input[type=file]", files)
    page.locator(".coming .bad-words", has_text="drawing.png: This is a drawing (SVG)").wait_for()
    page.locator(".coming li", has_text="boat.png").wait_for()
    end = time.monotonic() + 15
    while not Errand.objects.filter(kind=ErrandKind.CHECK_PICTURE).exists():  # the line is there first
        assert time.monotonic() < end, "the picture never came"
        page.wait_for_timeout(50)
    errands.run_due(5, pictures=True)
    page.locator(".card", has_text="boat.png").locator("img").wait_for()
    page.locator(".toast", has_text="1 of 2 came in.").wait_for(state="attached")
    page.locator(".card summary", has_text="Use as").click()
    page.get_by_role("link", name="Start frame").click()
    page.locator("[data-dock]").wait_for()
    assert f"use=picture:{Picture.objects.get().pk}&as=start" in page.url
