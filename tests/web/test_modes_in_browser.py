"""The five modes of the dock in a browser: pictures in their slots, dropped ones, and what an @ means."""

import json
import time

import pytest

from generations.models import Draft, Errand, Generation, Picture, Upload
from tests.people import sandbox_account

from .test_modes import picture, slots


def until(page, said: str) -> None:
    end = time.monotonic() + 15
    while not page.evaluate(said):
        assert time.monotonic() < end, said
        page.wait_for_timeout(50)


def choose_mode(page, mode: str) -> None:
    page.click(f".modes label:has(input[value={mode}])")


def shown_slots(page) -> list[str]:
    return page.eval_on_selector_all(
        "[data-slot].full:not(.off)", "all => all.map(slot => slot.dataset.slot)"
    )


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures_keep_their_place_through_the_modes_and_names_mean_them(browser, people):
    one, two = picture(people.mara, "one.png"), picture(people.mara, "two.png")
    inputs = slots(("startImage", "picture", one.pk), ("endImage", "picture", two.pk))
    Draft.objects.create(person=people.mara, choices={"mode": "frames", "inputs": inputs, "seconds": "4"})
    page = browser(people.mara)
    page.goto("/create/")
    assert shown_slots(page) == ["startImage", "endImage"]
    page.click("[data-swap]")
    assert json.loads(page.input_value("[name=inputs]"))[0] == {"slot": "startImage", "picture": str(two.pk)}
    choose_mode(page, "ingredients")
    assert shown_slots(page) == ["referenceImage_1", "referenceImage_2"]
    assert "fixed with ingredients" in page.inner_text("[data-choice=seconds] > summary")

    page.click("[data-choice=voice] > summary")
    page.click("[data-hear] >> nth=0")
    end = time.monotonic() + 15
    while not Errand.objects.filter(kind="read_cast").exists():
        assert time.monotonic() < end, "nobody fetches the sample that was not there"
        page.wait_for_timeout(100)
    page.keyboard.press("Escape")

    page.focus("#prompt")
    page.keyboard.type("At dawn @")
    page.locator("#mentions li").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#prompt") == "At dawn @2 "
    assert page.inner_text(".echo mark") == "@2"
    page.focus("[data-slot=referenceImage_2] .pick")
    page.keyboard.press("Delete")
    page.locator(".echo mark.lost").wait_for()
    assert page.evaluate("document.activeElement.closest('[data-slot]').dataset.slot") == "referenceImage_2"

    choose_mode(page, "text")
    assert page.input_value("[name=inputs]") == "[]" and not page.locator("[data-slots]").is_visible()
    choose_mode(page, "frames")
    assert shown_slots(page) == ["startImage"]
    page.click("[data-choice=model] > summary")
    page.click("[data-choice=model] label:has(input[value=omni-flash])")
    assert page.inner_text("[data-slot=endImage]").strip() == "Omni uses a start frame only"
    end = time.monotonic() + 15
    while Draft.objects.get().choices.get("model") != "omni-flash":
        assert time.monotonic() < end, "the draft was not saved"
        page.wait_for_timeout(100)
    page.reload()
    assert shown_slots(page) == ["startImage"]


DROP = """(kind) => {
  const data = new DataTransfer(), png = [137, 80, 78, 71, 13, 10, 26, 10, ...Array(300).fill(7)];
  data.items.add(new File([new Uint8Array(png)], "boat.png", { type: "image/png" }));
  const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("main").dispatchEvent(event);
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_dropped_picture_uploads_at_once_and_the_click_waits_for_it(browser, people):
    page = browser(people.mara)
    page.goto("/create/")
    page.fill("#prompt", "A paper boat crosses a puddle")
    page.evaluate(DROP, "dragover")
    assert page.get_attribute("#dock", "data-drop") == "Start frame"
    assert "dropping" in page.get_attribute("#dock", "class")
    page.evaluate(DROP, "drop")
    page.locator("[data-slot=startImage].busy").wait_for()
    assert page.locator("input[value=frames]").is_checked(), "a picture in Text is a start frame"
    page.click("#generate")
    assert "Uploading 1 picture" in page.inner_text("#generate")
    until(page, "document.querySelector('[name=inputs]').value.includes('picture')")
    assert Generation.objects.count() == 0
    Picture.objects.update(state="refused", sentence="The picture is damaged or cut off.")
    page.get_by_text("The picture is damaged or cut off.").wait_for()
    assert "Replace or remove" in page.inner_text("#dock-money") and page.locator("#generate").is_disabled()
    page.focus("[data-slot=startImage] .pick")
    page.keyboard.press("Delete")
    assert page.input_value("#prompt") == "A paper boat crosses a puddle"

    Picture.objects.all().delete()
    page.evaluate(DROP, "drop")
    page.locator("[data-slot=startImage].busy").wait_for()
    until(page, "document.querySelector('[name=inputs]').value.includes('picture')")
    page.click("#generate")
    stored = Picture.objects.get()
    Upload.objects.create(account=sandbox_account(people.mara), sha256=stored.sha256, media_id="m")
    Picture.objects.update(state="ready")
    page.locator("#feed article").wait_for()
    assert Generation.objects.get().request["inputs"][0]["picture"] == stored.pk


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_slot_never_offers_what_another_one_takes(browser, people):
    """A picture of the list before was chosen as the clip to edit while the new list was on its way."""
    picture(people.mara, "one.png")
    page = browser(people.mara)
    page.goto("/create/")
    choose_mode(page, "frames")
    page.click("[data-slot=startImage] .pick")
    page.locator("#givens [data-given]").first.wait_for()
    page.keyboard.press("Escape")
    waiting = []
    page.route("**/_/picks/**", lambda route: waiting.append(route))
    choose_mode(page, "edit")
    page.click("[data-slot=referenceVideo_1] .pick")
    page.locator("#picker").wait_for(state="visible")
    assert page.locator("#givens [data-given]").count() == 0
    page.wait_for_timeout(300)
    assert waiting, "the new list is asked for"
    waiting[0].continue_()
    until(page, "document.querySelector('#givens').textContent.trim() !== ''")
    assert page.locator("#givens [data-given]").count() == 0, "there is no clip yet"
