"""The form of the five modes: what stands in the slots is what is sent; what cannot be is said."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generations.catalog.request import Request
from generations.flow.intend import write_intent
from generations.models import Character, Clip, ClipState, Draft, Generation, Picture, State
from tests.people import sandbox_account

from .rows import made, real_account
from .test_create import HTMX, form, mara  # noqa: F401

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200
REF = "user:4242-email:{}-character:abc-imgs:{}"


def picture(person, name="cover.png", *, kind="image", **more) -> Picture:
    number = Picture.objects.count()
    facts = {"sha256": f"{number:064d}", "file": f"pictures/{number}.png", "content_type": "image/png"}
    return Picture.objects.create(person=person, name=name, size=1, kind=kind, **facts | more)


def clip(person, *, kind="video", **more) -> Clip:
    row = made(person, State.READY, **more)
    row.clips.update(kind=kind, content_type="video/mp4" if kind == "video" else "image/png")
    return row.clips.get()


def character(person, account, name="Pip", images=1) -> Character:
    ref = REF.format(account.email.encode().hex(), images)
    return Character.objects.create(
        person=person, account=account, name=name, images=images, ref=ref, state="ready"
    )


def slots(*entries) -> str:
    return json.dumps([{"slot": slot, what: str(key)} for slot, what, key in entries])


def dock(page: str) -> str:
    return page[page.index('id="dock"') : page.index("</form>", page.index('id="catalog"'))]


def things(page: str) -> list[dict]:
    return json.loads(re.search(r'id="things" type="application/json">(.*?)</script>', page, re.S)[1])


def sent(client, **changes) -> dict:
    answer = client.post("/create/", form(client) | changes, **HTMX)
    assert answer.status_code == 200, answer.content.decode()
    return Generation.objects.order_by("-pk").first().request


def refused(client, **changes) -> tuple[str, str]:
    """The sentence and its field; nothing is written."""
    before = Generation.objects.count()
    answer = client.post("/create/", form(client) | changes, **HTMX)
    assert answer.status_code == 422, changes
    assert Generation.objects.count() == before
    said = re.search(r'data-field="([^"]*)"[^>]*>([^<]*)<', answer.content.decode())
    return said[2], said[1]


def test_frames_are_sent_as_first_and_last_picture(client, mara):  # noqa: F811
    start, end = picture(mara), picture(mara)
    asked = sent(
        client,
        mode="frames",
        inputs=slots(("startImage", "picture", start.pk), ("endImage", "picture", end.pk)),
    )
    assert [(i["slot"], i["picture"]) for i in asked["inputs"]] == [
        ("startImage", start.pk),
        ("endImage", end.pk),
    ]


def test_names_in_the_prompt_become_markers_and_come_back_as_names(client, mara):  # noqa: F811
    two, pip = picture(mara), character(mara, sandbox_account(mara))
    inputs = slots(("referenceImage_2", "picture", two.pk), ("character_1", "character", pip.pk))
    words = "@Pip walks through @2 at 7@2pm, says @Zephyr hello; @9 is nobody"
    asked = sent(client, mode="ingredients", inputs=inputs, prompt=words, voice="zephyr")
    marked = (
        "@character_1 walks through @referenceImage_2 at 7@2pm, says @referenceAudio_1 hello; @9 is nobody"
    )
    assert asked["prompt"] == marked
    assert {i["slot"]: i["ref"] for i in asked["inputs"]} == {
        "referenceImage_2": "",
        "character_1": pip.ref,
        "referenceAudio_1": "Zephyr",
    }
    row = Generation.objects.get()
    assert row.prompt == words, "people read what they wrote"
    page = client.get(f"/create/?from={row.label}").content.decode()
    assert f">{words}</textarea>" in page
    assert {t["slot"]: t["key"] for t in things(page)} == {
        "referenceImage_2": str(two.pk),
        "character_1": str(pip.pk),
    }
    assert re.search(r'name="voice" value="Zephyr" checked', page)
    assert pip.ref not in page, "an id at the vendor shows the account's address"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"mode": "frames", "end": True}, "startImage", "Add a start frame first."),
        (
            {"mode": "frames", "start": True, "end": True, "model": "omni-flash"},
            "endImage",
            "start frame only",
        ),
        ({"mode": "ingredients", "count_of": 4}, "referenceImage_4", "up to 3 ingredients"),
        (
            {"mode": "ingredients", "count_of": 1, "seconds": "4"},
            "seconds",
            "4 s is not possible with ingredients.",
        ),
        ({"mode": "ingredients", "count_of": 1, "model": "veo-3.1-quality"}, "model", "use ingredients"),
        ({"mode": "ingredients", "count_of": 1, "voice": "Nobody"}, "voice", "voice is not here any more"),
        ({"mode": "text", "start": True}, "startImage", "has no place in this mode"),
    ],
)
def test_what_cannot_be_sent_is_said_at_its_slot(client, mara, changes, field, words):  # noqa: F811
    changes = dict(changes)
    entries = [
        (slot, "picture", picture(mara).pk)
        for name, slot in (("start", "startImage"), ("end", "endImage"))
        if changes.pop(name, False)
    ]
    many = changes.pop("count_of", 0)
    entries += [(f"referenceImage_{n + 1}", "picture", picture(mara).pk) for n in range(many)]
    said, where = refused(client, inputs=slots(*entries), **changes)
    assert words in said and where == field


def test_a_picture_of_another_person_is_neither_shown_nor_sent(client, mara, people):  # noqa: F811
    theirs = picture(people.charlie)
    inputs = slots(("startImage", "picture", theirs.pk))
    said, where = refused(client, mode="frames", inputs=inputs)
    absent = refused(client, mode="frames", inputs=slots(("startImage", "picture", 10**9)))
    assert (said, where) == absent, "absent and forbidden are told alike"
    Draft.objects.create(person=mara, choices={"mode": "frames", "inputs": inputs})
    assert things(client.get("/create/").content.decode()) == []
    assert "cover.png" not in client.get("/_/picks/?slot=startImage").content.decode()


def test_a_character_of_another_account_is_named_with_the_way_out(client, mara):  # noqa: F811
    studio = real_account(mara)
    pip = character(mara, studio)
    inputs = slots(("character_1", "character", pip.pk))
    said, _ = refused(client, mode="ingredients", inputs=inputs, account=str(sandbox_account(mara).pk))
    assert "account" in said
    assert (
        sent(client, mode="ingredients", inputs=inputs, account=str(studio.pk))["inputs"][0]["ref"] == pip.ref
    )


def test_the_part_of_a_clip_is_sent_and_length_and_ratio_follow_it(client, mara):  # noqa: F811
    tall = clip(mara)
    Clip.objects.filter(pk=tall.pk).update(width=720, height=1280)
    inputs = slots(("referenceVideo_1", "clip", tall.label))
    window = {"first_frame": "24", "last_frame": "120"}
    asked = sent(client, mode="edit", model="omni-flash", inputs=inputs, **window)
    assert asked["extra"] == {"startFrameIndex_1": 24, "endFrameIndex_1": 120}
    assert (asked["ratio"], asked["seconds"], asked["inputs"][0]["clip"]) == ("9:16", None, tall.pk)
    for first, last, field in (("120", "24", "end"), ("x", "", "start"), ("", "193", "end")):
        said, where = refused(
            client, mode="edit", model="omni-flash", inputs=inputs, first_frame=first, last_frame=last
        )
        assert (where, bool(said)) == (f"{field}FrameIndex_1", True), (first, last, said)


def test_images_stand_on_pictures_and_may_follow_their_ratio(client, mara):  # noqa: F811
    inputs = slots(("referenceImage_1", "picture", picture(mara).pk))
    asked = sent(client, mode="image", model="nano-banana-pro", ratio="auto", inputs=inputs, seconds="")
    assert asked["ratio"] == "auto"
    said, field = refused(client, mode="image", model="nano-banana-pro", ratio="auto", seconds="", inputs="")
    assert field == "ratio" and "follow a picture" in said


def test_the_draft_keeps_the_slots_also_those_of_other_modes(client, mara):  # noqa: F811
    one, two = picture(mara, "one.png"), picture(mara, "two.png")
    kept = {
        "mode": "ingredients",
        "inputs": slots(("referenceImage_1", "picture", two.pk)),
        "kept": slots(("startImage", "picture", one.pk)),
        "voice": "Kore",
    }
    assert client.post("/_/draft/", kept | {"prompt": "half a"}).status_code == 204
    page = client.get("/create/").content.decode()
    assert [(t["slot"], t["name"]) for t in things(page)] == [
        ("referenceImage_1", "two.png"),
        ("startImage", "one.png"),
    ]
    assert re.search(r'name="mode" value="ingredients" checked', page)
    assert re.search(r'name="voice" value="Kore" checked', page)


@pytest.mark.parametrize(
    "broken", ["{", "[1]", '[{"slot":"x","picture":1}]', '[{"slot":"startImage"}]', "[" * 9000]
)
def test_a_broken_draft_opens_an_empty_dock_with_one_sentence(client, mara, broken):  # noqa: F811
    Draft.objects.create(person=mara, prompt="kept", choices={"mode": "frames", "inputs": broken})
    page = client.get("/create/").content.decode()
    assert ">kept</textarea>" in page and "could not be read" in page and things(page) == []


@pytest.mark.parametrize(
    ("use", "place", "mode", "slot"),
    [
        ("still", "start", "frames", "startImage"),
        ("still", "end", "frames", "endImage"),
        ("still", "ingredient", "ingredients", "referenceImage_1"),
        ("film", "edit", "edit", "referenceVideo_1"),
        ("film", "", "edit", "referenceVideo_1"),
        ("picture", "start", "frames", "startImage"),
        ("character", "", "ingredients", "character_1"),
    ],
)
def test_links_open_the_dock_with_something_in_it(client, mara, use, place, mode, slot):  # noqa: F811
    keys = {
        "still": lambda: f"clip:{clip(mara, kind='image').label}",
        "film": lambda: f"clip:{clip(mara).label}",
        "picture": lambda: f"picture:{picture(mara).pk}",
        "character": lambda: f"character:{character(mara, sandbox_account(mara)).pk}",
    }
    named = keys[use]()
    Draft.objects.create(person=mara, prompt="kept", choices={})
    page = client.get("/create/", {"use": named, "as": place}).content.decode()
    assert re.search(rf'name="mode" value="{mode}" checked', page)
    assert [(t["slot"], t["key"]) for t in things(page)] == [(slot, named.split(":")[1])]
    assert ">kept</textarea>" in page


def test_links_to_what_is_not_there_or_cannot_be_open_the_dock_as_usual(client, mara, people):  # noqa: F811
    film = clip(mara).label
    private = clip(people.aiko, visibility="private").label
    for use, place in (("clip:S99a", "start"), (f"clip:{private}", "edit"), ("picture:x", ""), ("dog:1", "")):
        answer = client.get("/create/", {"use": use, "as": place})
        page = answer.content.decode()
        assert answer.status_code == 200 and "nothing like that to use here" in page and things(page) == []
    said = client.get("/create/", {"use": f"clip:{film}", "as": "start"}).content.decode()
    assert f"{film} is a clip. Use a frame of it." in said and things(said) == []


def test_impossible_choices_stay_and_say_why(client, mara):  # noqa: F811
    def shown(**choices) -> str:
        Draft.objects.update_or_create(person=mara, defaults={"choices": choices})
        return " ".join(dock(client.get("/create/").content.decode()).split())

    frames = shown(mode="frames")
    assert re.search(r'data-slot="endImage">.*?disabled>.*?Add a start frame first</span>', frames)
    assert "Voice · Ingredients only" in frames
    one = slots(("startImage", "picture", picture(mara).pk))
    omni = shown(mode="frames", model="omni-flash", inputs=one)
    assert re.search(r'data-slot="endImage">.*?disabled>.*?Omni uses a start frame only</span>', omni)
    some = slots(("referenceImage_1", "picture", picture(mara).pk))
    cooked = shown(mode="ingredients", inputs=some)
    assert re.search(r'class="chip dashed">.*?8 s · fixed with ingredients', cooked)
    assert re.search(r'value="veo-3.1-quality" disabled>.*?Switch to Frames or Text\.', cooked)
    assert "Needs a picture to follow" in shown(mode="image")


def test_the_price_of_every_mode_is_on_the_button_and_with_what_is_left(client, mara):  # noqa: F811
    real_account(mara)
    film = clip(mara).label
    for mode, model, inputs, price in (
        ("text", "veo-3.1-fast", "", 10),
        ("frames", "veo-3.1-lite", slots(("startImage", "picture", picture(mara).pk)), 5),
        ("ingredients", "veo-3.1-fast", slots(("referenceImage_1", "picture", picture(mara).pk)), 10),
        ("edit", "omni-flash", slots(("referenceVideo_1", "clip", film)), 20),
        ("image", "nano-banana-2", "", 0),
    ):
        choices = {"mode": mode, "model": model, "inputs": inputs, "count": "2"}
        Draft.objects.update_or_create(person=mara, defaults={"prompt": "x", "choices": choices})
        page = dock(client.get("/create/").content.decode())
        assert f'id="price_shown" value="{price * 2}"' in page, mode
        assert f"{1000 - price * 2:,} credits after" in page, mode
        assert ("free</span>" in page) == (price == 0), mode


def test_without_script_a_file_stands_in_its_slot_and_a_mode_is_only_shown(client, mara):  # noqa: F811
    fields = form(client)
    shown = client.post("/create/", fields | {"mode": "frames", "show": "1"})
    assert shown.status_code == 200 and 'name="file_startImage"' in shown.content.decode()
    file = SimpleUploadedFile("cover.png", PNG, "image/png")
    kept = client.post("/create/", fields | {"mode": "frames", "show": "1", "file_startImage": file})
    page = kept.content.decode()
    assert [(t["slot"], t["name"]) for t in things(page)] == [("startImage", "cover.png")]
    assert Generation.objects.count() == 0
    inputs = slots(("startImage", "picture", Picture.objects.get().pk))
    moved = client.post("/create/", fields | {"mode": "ingredients", "inputs": inputs, "show": "1"})
    assert "referenceImage_1" in {t["slot"] for t in things(moved.content.decode())}
    wrong = SimpleUploadedFile("cover.png", b"GIF89a" + b"0" * 60, "image/png")
    answer = client.post("/create/", fields | {"mode": "frames", "file_startImage": wrong})
    assert answer.status_code == 422 and 'data-field="startImage"' in answer.content.decode()
    assert client.post("/create/", fields | {"mode": "frames", "inputs": inputs}).status_code == 302
    taken_out = client.post(
        "/create/", fields | {"mode": "frames", "inputs": inputs, "take_out": "startImage"}
    )
    assert taken_out.status_code == 422 and "Add a start frame first." in taken_out.content.decode()


def test_the_picker_finds_what_suits_the_slot(client, mara, people):  # noqa: F811
    picture(mara, "harbour.png")
    picture(people.aiko, "aiko.png")
    still, film = clip(mara, kind="image", prompt="a harbour at dawn"), clip(people.aiko)
    Clip.objects.update(state=ClipState.READY)
    pictures = client.get("/_/picks/?slot=startImage").content.decode()
    assert "harbour.png" in pictures and still.label in pictures
    assert "aiko.png" not in pictures and f">{film.label}<" not in pictures
    films = client.get("/_/picks/?slot=referenceVideo_1").content.decode()
    assert f">{film.label}<" in films and "harbour.png" not in films
    assert "Nothing matches." in client.get("/_/picks/?slot=startImage&q=zebra").content.decode()


def test_what_is_reused_from_a_team_mate_stands_there_with_their_picture(client, mara, people):  # noqa: F811
    theirs = picture(people.aiko, "poppies.png")
    request = Request.from_json(
        {
            "prompt": "a field",
            "model": "veo-3.1-fast",
            "mode": "frames",
            "inputs": [{"slot": "startImage", "picture": theirs.pk}],
        }
    )
    row, _ = write_intent(people.aiko, sandbox_account(people.aiko), request, request_key="k")
    page = client.get(f"/create/?from={row.label}").content.decode()
    assert [t["name"] for t in things(page)] == ["poppies.png"]
