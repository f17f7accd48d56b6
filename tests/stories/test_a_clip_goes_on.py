"""What comes after a clip: it goes on, becomes larger and a GIF, and a frame of it starts the next prompt."""

import pytest

from generations.models import Clip, Generation

from .conftest import state_of, until

pytestmark = pytest.mark.browser


def first_clip(page) -> None:
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("A red-and-white lighthouse at dusk, beam over the sea")
    page.keyboard.press("Control+Enter")
    until(lambda: state_of("S1") == "ready", what="the first clip was not made")


def test_a_clip_is_extended_by_keyboard_and_knows_where_it_came_from(browser, people, engine, vendor):
    page = browser(people.mara)
    first_clip(page)
    page.goto("/c/S1a/")
    page.keyboard.press("e")
    until(lambda: page.evaluate("document.activeElement.id") == "next-prompt", what="the panel did not open")
    page.keyboard.type("The storm comes in")
    page.locator("#extend-panel [name=count][value='2']").check(force=True)
    page.locator("#extend-panel [data-send]").dblclick()
    page.locator("#family li li b", has_text="S2").wait_for()
    until(lambda: state_of("S2") == "ready", what="the extension was not made")
    page.locator("#family li li b", has_text="S2a").wait_for()  # the open page learns of it by itself
    assert Generation.objects.count() == 2, "a double click sends once"
    assert len(vendor.control.record()["submissions"]) == 2

    page.locator("#family [data-node=S2a]").click()
    page.wait_for_url("**/c/S2a/")
    said = page.locator(".clip-page").inner_text()
    assert "The storm comes in" in said and "2 pieces, about" in said and "Goes on from" in said
    assert Generation.objects.get(number=2).parent.number == 1


def test_a_gif_and_the_frame_in_the_player_are_things_of_their_own(browser, people, engine):
    page = browser(people.mara)
    first_clip(page)
    page.goto("/c/S1a/")
    page.locator("summary[data-act=more]").click()
    page.locator("[data-act=gif]").click()
    page.locator("#family li li b", has_text="S2").wait_for()
    video = page.locator("video")
    until(lambda: video.evaluate("v => v.readyState >= 2"), what="the clip does not load")
    video.evaluate("v => { v.currentTime = v.duration / 2; }")
    until(lambda: video.evaluate("v => !v.seeking && v.readyState >= 2"), what="it does not seek")
    page.keyboard.press("u")
    page.wait_for_url("**/create/?use=picture:*&as=start")
    until(lambda: people.mara.pictures.get().width, what="the frame was not looked at")
    picture = people.mara.pictures.get()
    assert picture.name.startswith("S1a at ") and picture.content_type == "image/png"
    assert picture.width == Clip.objects.get(generation__number=1).width
    assert page.locator("[name=mode][value=frames]").is_checked()
    assert picture.frame_of == Clip.objects.get(generation__number=1)
    assert picture.frame_at == pytest.approx(picture.frame_of.length / 2, abs=0.05)

    until(lambda: state_of("S2") == "ready", what="the GIF was not made")
    assert Clip.objects.get(generation__number=2).content_type == "image/gif"
    page.goto("/c/S2a/")
    shown = page.locator(".still img")
    until(lambda: shown.evaluate("i => i.complete && i.naturalWidth > 0"), what="the GIF is not shown")
    assert page.locator("[data-act=extend], [data-act=reroll]").count() == 0

    page.goto(f"/create/?use=picture:{picture.pk}&as=start")
    page.get_by_label("Prompt", exact=True).fill("The lamp goes out")
    page.keyboard.press("Control+Enter")
    until(lambda: state_of("S3") == "ready", what="the clip from the frame was not made")
    page.goto("/c/S3a/")
    assert "S1a at 0:00" in page.locator(".facts").inner_text()  # clips of tests last a second
    page.locator("#family [data-node=S1a]").wait_for()
