"""Ingredients in another order: by buttons and by dragging; an @ goes on meaning the same picture."""

import json

import pytest

from generations.models import Draft
from tests.people import sandbox_account

from .test_modes import character, picture, slots

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ("one.png", "two.png", "three.png")


@pytest.fixture
def dock(browser, people):
    """Create with three pictures and two characters, and a prompt that names them."""
    shelf = [picture(people.mara, name) for name in NAMES]
    account = sandbox_account(people.mara)
    pip, otto = character(people.mara, account, "Pip"), character(people.mara, account, "Otto", images=2)
    entries = [(f"referenceImage_{n}", "picture", one.pk) for n, one in zip((1, 2, 4), shelf, strict=True)]
    entries += [("character_1", "character", pip.pk), ("character_2", "character", otto.pk)]
    choices = {"mode": "ingredients", "model": "omni-flash", "inputs": slots(*entries)}
    Draft.objects.create(
        person=people.mara, prompt="@1 meets @2, @4 and @Pip at a@2.com, @9", choices=choices
    )
    page = browser(people.mara)
    page.goto("/create/")
    page.locator("[data-by]").first.wait_for(state="attached")
    names = {("picture", str(one.pk)): one.name for one in shelf}
    return page, names | {("character", str(one.pk)): one.name for one in (pip, otto)}


def stands(dock) -> dict[str, str]:
    """Slot to name, as it would be sent."""
    page, names = dock
    listed = json.loads(page.input_value("[name=inputs]"))
    return {one["slot"]: next(names[pair] for pair in one.items() if pair in names) for one in listed}


def test_buttons_move_a_picture_and_its_number_in_the_prompt_follows(dock):
    page = dock[0]
    page.focus("[data-slot=referenceImage_4] .pick")
    page.get_by_role("button", name="Move left: Ingredient 4").click()
    assert stands(dock) == {
        "character_1": "Pip",
        "character_2": "Otto",
        "referenceImage_1": "one.png",
        "referenceImage_2": "three.png",
        "referenceImage_4": "two.png",
    }
    assert page.input_value("#prompt") == "@1 meets @4, @2 and @Pip at a@2.com, @9"
    assert page.evaluate("document.activeElement.dataset.by") == "-1", "the same button, where it went"
    assert page.evaluate("document.activeElement.closest('[data-slot]').dataset.slot") == "referenceImage_2"
    page.keyboard.press("Enter")
    assert page.input_value("#prompt") == "@2 meets @4, @1 and @Pip at a@2.com, @9"
    assert stands(dock)["referenceImage_1"] == "three.png"
    assert page.evaluate("document.activeElement.className") == "pick", "at the end there is nothing to press"
    assert page.locator("[data-slot=referenceImage_1] .left").is_disabled()
    assert page.locator("[data-slot=referenceImage_4] .right").is_disabled()
    assert page.locator("#picker:popover-open").count() == 0, "moving opens no picker"
    page.locator("[data-slot=character_2] .pick").focus()
    page.get_by_role("button", name="Move left: Otto").click()
    assert stands(dock)["character_1"] == "Otto"
    assert page.input_value("#prompt") == "@2 meets @4, @1 and @Pip at a@2.com, @9"


def test_dragging_moves_among_its_kind_and_a_click_still_opens_the_picker(dock):
    page = dock[0]

    def drag(start: str, end: str) -> None:
        page.locator(f"[data-slot={start}] .pick").hover()
        page.mouse.down()
        page.mouse.move(*centre(page, end), steps=6)
        page.mouse.up()

    drag("referenceImage_1", "referenceImage_4")
    assert [stands(dock)[f"referenceImage_{n}"] for n in (1, 2, 4)] == ["two.png", "three.png", "one.png"]
    assert page.input_value("#prompt") == "@4 meets @1, @2 and @Pip at a@2.com, @9"
    before = page.input_value("[name=inputs]")
    drag("character_1", "referenceImage_1")
    drag("referenceImage_1", "character_1")
    assert page.input_value("[name=inputs]") == before, "a character is no picture"
    page.locator("[data-slot=referenceImage_1] .pick").hover()
    page.mouse.down()
    page.mouse.move(5, 5, steps=4)
    page.mouse.up()
    assert page.input_value("[name=inputs]") == before and page.locator("#picker:popover-open").count() == 0
    page.click("[data-slot=referenceImage_1] .pick")
    page.locator("#picker:popover-open").wait_for()


def centre(page, slot: str) -> tuple[float, float]:
    box = page.locator(f"[data-slot={slot}] .pick").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
