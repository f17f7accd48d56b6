"""Scenes on their pages: who sees and changes them, what the dock says, and the same without any script."""

import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from generations.flow.scenes import arrange
from generations.library.joining import Streams
from generations.library.storage import full_path
from generations.models import Clip, Generation, Scene, State
from tests.library.media import mp4

from .rows import made, real_account

HTMX = {"HX-Request": "true"}
STREAMS = Streams("h264", 1280, 720, "24", "00", "aac", 48000, 2, "11", 8.0, (0.0, 2.0, 4.0, 6.0))


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def mara(people):
    return signed_in(people.mara)


@pytest.fixture
def clips(people) -> list[Clip]:
    """Three of Mara's clips that are at Google and have been looked at: 1a, 1b, 1c."""
    row = made(people.mara, State.READY, account=real_account(people.mara), count=3)
    row.clips.update(streams=STREAMS.to_json())
    for clip in row.clips.all():
        Clip.objects.filter(pk=clip.pk).update(media_id=f"user:4242-email:61-video:{clip.position}")
    return list(row.clips.order_by("position").select_related("generation"))


@pytest.fixture
def scene(people, clips) -> Scene:
    return arrange.begin(people.mara, clips[:2], name="Harbour cut")


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def labels(scene: Scene) -> list[str]:
    return [place.clip.label for place in scene.places.select_related("clip__generation")]


def address(scene: Scene, more: str = "") -> str:
    return f"/scenes/{scene.pk}/{more}"


def test_an_empty_list_says_how_to_begin_and_begins(mara):
    assert "Put clips in order and join them. Start with any clip: Add to scene." in words_of(
        mara.get("/scenes/")
    )
    answer = mara.post("/scenes/", follow=True)
    said = words_of(answer)
    assert (
        answer.status_code == 200 and "Choose the first ones below" in said and "Add at least 2 clips" in said
    )


def test_the_list_shows_length_clips_and_who(mara, people, scene):
    said = words_of(mara.get("/scenes/"))
    assert "Harbour cut" in said and "2 clips · 0:16" in said
    assert "Mara" in words_of(signed_in(people.jonas).get("/scenes/"))


def test_private_foreign_and_absent_scenes_are_the_same_page(people, scene):
    arrange.show_to(scene, people.mara, "private")
    jonas, charlie = signed_in(people.jonas), signed_in(people.charlie)
    answers = [jonas.get(address(scene)), charlie.get(address(scene)), jonas.get("/scenes/12/")]
    answers += [jonas.post(address(scene, "add/"), {"clip": "1a"}), jonas.get(f"/scenes/{10**30}/")]
    answers += [jonas.post(address(scene, "join/"), {"where": "here", "request_key": "k"})]
    assert {answer.status_code for answer in answers} == {404}
    assert Generation.objects.count() == 1
    assert "Harbour" not in words_of(jonas.get("/scenes/"))


def test_a_team_mate_sees_it_changes_nothing_and_makes_a_copy(people, scene):
    jonas = signed_in(people.jonas)
    page = jonas.get(address(scene))
    assert page.status_code == 200 and "Cut start" not in words_of(page)
    refused = jonas.post(address(scene, "rename/"), {"name": "Mine"})
    assert refused.status_code == 403 and "Only Mara can change this scene" in words_of(refused)
    jonas.post(address(scene, "copy/"))
    assert Scene.objects.get(person=people.jonas).name == "Harbour cut, copy"


def test_private_clips_of_a_team_scene_stay_unseen(people, mara):
    row = made(people.mara, State.READY, prompt="Unpublished secret", visibility="private", count=2)
    clips = list(row.clips.all())
    for clip in clips:
        clip.generation = row
    scene = arrange.begin(people.mara, clips)
    page = signed_in(people.jonas).get(address(scene))
    assert "secret" not in page.content.decode() and row.label not in words_of(page)
    assert "The clips of this scene are private to Mara" in words_of(page)


def test_clips_are_added_by_number_ordered_cut_and_taken_out_by_plain_forms(mara, scene):
    mara.post(address(scene, "add/"), {"clip": "#1c"})
    assert labels(scene) == ["1a", "1b", "1c"]
    first, second, third = scene.places.all()
    mara.post(address(scene, f"places/{third.pk}/"), {"do": "earlier"})
    assert labels(scene) == ["1a", "1c", "1b"]
    mara.post(address(scene, "order/"), {"order": f"{second.pk},{first.pk},{third.pk},x,-1,{10**40}"})
    assert labels(scene) == ["1b", "1a", "1c"]
    answer = mara.post(address(scene, f"places/{first.pk}/"), {"start": "1,5", "end": "0.5"}, follow=True)
    assert "6.0 of 8.0 s" in words_of(answer) and "0:22.0" in words_of(answer)
    mara.post(address(scene, f"places/{second.pk}/"), {"do": "out"})
    assert labels(scene) == ["1a", "1c"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"start": "7.8", "end": "0"}, "at least 0.5 s of it must be left"),
        ({"start": "soon", "end": "0"}, "soon is not a number of seconds"),
        ({"start": "nan", "end": "0"}, "Cut off zero seconds or more"),
        ({"start": "-1", "end": "0"}, "Cut off zero seconds or more"),
    ],
)
def test_a_cut_that_makes_no_sense_is_a_sentence(mara, scene, fields, said):
    place = scene.places.first()
    answer = mara.post(address(scene, f"places/{place.pk}/"), fields)
    assert answer.status_code == 422 and said in words_of(answer)
    place.refresh_from_db()
    assert place.trim_start == 0


def test_what_a_person_may_not_see_cannot_be_added(people, scene, mara):
    made(people.jonas, State.READY, visibility="private")
    for label in ("S1a", "999a", "x", "1d"):
        answer = mara.post(address(scene, "add/"), {"clip": label})
        assert answer.status_code == 422 and f"There is no clip {label} that you may see" in words_of(answer)


def test_the_dock_says_the_price_and_where_it_can_be_joined(mara, scene):
    page = mara.get(address(scene))
    said = words_of(page)
    assert "2 clips 0:16.0 · 16:9" in said and "At Google" in said and "Join free" in said
    assert not re.search(r'name="where"[^>]*disabled', page.content.decode())


def test_a_way_that_is_closed_stays_visible_with_its_reason(mara, scene):
    Clip.objects.filter(position=1).update(
        media_id="", streams=STREAMS.to_json() | {"sound_codec": "", "sound": ""}
    )
    page = mara.get(address(scene))
    said = words_of(page)
    assert "At Google: Google does not have 1b" in said
    assert "Here: 1a has sound and 1b is silent." in said
    assert re.search(r'<button class="btn ink" disabled>Join', page.content.decode())


def test_join_here_makes_one_clip_and_shows_it_on_the_page(mara, scene):
    page = mara.get(address(scene)).content.decode()
    key = re.search(r'name="request_key" value="([^"]+)"', page)[1]
    for _ in range(2):  # a double click
        mara.post(address(scene, "join/"), {"where": "here", "request_key": key})
    joined = Generation.objects.exclude(pk=scene.places.first().clip.generation_id).get()
    assert joined.prompt == "Harbour cut: 1a, 1b" and joined.state == State.SAVING
    assert f'data-number="{joined.label}"' in mara.get(address(scene)).content.decode()


def test_a_cut_off_the_key_frame_is_said_for_joining_here(mara, scene, people):
    arrange.trim(scene, people.mara, scene.places.first().pk, 3.1, 0)
    assert "Joined here, 1a starts at 2.0 s, not at 3.1 s" in words_of(mara.get(address(scene)))


def test_from_a_clip_to_a_new_scene_or_one_that_is_there(mara, people, scene, clips):
    page = words_of(mara.get("/scenes/add/?c=1b,1c"))
    assert "Begin with 2 clips" in page and "Harbour cut" in page
    mara.post("/scenes/add/", {"c": "1c", "scene": scene.pk})
    assert labels(scene) == ["1a", "1b", "1c"]
    answer = mara.post("/scenes/add/", {"c": "1b,1c", "name": " Night  cut "}, follow=True)
    assert "Night cut" in words_of(answer)
    assert mara.get("/scenes/add/?c=999a").status_code == mara.get("/scenes/add/").status_code == 404


def test_the_picker_finds_clips_and_no_images(mara, people, scene):
    made(people.mara, State.READY, prompt="A robot on a pier")
    page = words_of(mara.get(address(scene, "?q=robot")))
    assert "S1a" in page.split("Add clips")[-1]
    part = mara.get(address(scene, "?q=robot"), headers=HTMX).content.decode()
    assert "<html" not in part and 'value="S1a"' in part
    assert "No clips match" in words_of(mara.get(address(scene, "?q=zebra"), headers=HTMX))
    assert "No field" in words_of(mara.get(address(scene, "?q=modle:x"), headers=HTMX))


def test_a_deleted_scene_leaves_its_clips(mara, scene):
    mara.post(address(scene, "delete/"))
    assert not Scene.objects.exists() and Clip.objects.count() == 3


@pytest.mark.browser
def test_a_clip_is_cut_with_keys_and_carried_with_the_pointer(browser, people, clips, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    full_path("clips").mkdir()
    full_path("clips/x.mp4").write_bytes(mp4(seconds=8))
    scene = arrange.begin(people.mara, clips, name="Harbour cut")
    page = browser(people.mara)
    page.goto(address(scene))
    grip = page.locator("[data-label='1a'] [data-grip=end]")
    grip.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#scene-dock")).to_contain_text("0:21.0")
    expect(page.locator("[data-label='1a'] .long")).to_have_text("5.0 s")
    last, first = page.locator("[data-label='1c'] .shot"), page.locator("[data-label='1a'] .shot")
    there, to = last.bounding_box(), first.bounding_box()
    page.mouse.move(there["x"] + 60, there["y"] + 50)
    page.mouse.down()
    page.mouse.move(to["x"] + 40, to["y"] + 50, steps=4)
    with page.expect_response("**/order/"):
        page.mouse.up()
    expect(page.locator("[data-place]").first).to_have_attribute("data-label", "1c")
    page.reload()
    expect(page.locator("[data-place]").first).to_have_attribute("data-label", "1c")
    assert labels(scene) == ["1c", "1a", "1b"]
    assert scene.places.get(clip=clips[0]).trim_end == 3.0


@pytest.mark.browser
def test_without_script_a_scene_is_made_cut_and_joined(browser, people, clips):
    page = browser(people.mara, java_script_enabled=False)
    page.goto("/scenes/")
    page.get_by_role("button", name="Choose clips").click()
    for label in ("1c", "1a"):
        page.locator(f"button[value='{label}']").click()
        page.goto(page.url.split("?")[0] + "?add=1")
    chosen = page.locator("[data-label='1c']")
    chosen.get_by_label("Cut start").fill("2")
    chosen.locator("button.no-js[value=trim]").click()
    expect(page.locator("#scene-dock")).to_contain_text("0:14.0")
    page.locator("#scene-dock label", has_text="Here").click()
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#joined")).to_contain_text("Untitled scene: 1c, 1a")
