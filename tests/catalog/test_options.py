"""The table behind the dock: what it offers, at what price, and the words on what it cannot."""

import json

import pytest

from generations.catalog.nearest import nearest
from generations.catalog.options import options
from generations.catalog.plans import Facts
from generations.catalog.prices import price_of
from generations.catalog.request import Input, Request
from generations.catalog.rules import Settings, problems

from .wire import LISTED, edit, frames, free, image, ingredients, pro, ultra

MODES = ("text", "frames", "ingredients", "edit", "image")
EVERYBODY = [Facts(), free(), Facts(plan="plus"), pro(), Facts(plan="ultra_lower"), ultra()]


def model(facts, mode, id, **settings) -> dict:
    return next(m for m in options(facts, mode, **settings)["models"] if m["id"] == id)


def length(row: dict, seconds: int) -> dict:
    return next(one for one in row["lengths"] if one["seconds"] == seconds)


@pytest.mark.parametrize("mode", MODES)
def test_the_table_is_small_enough_to_stand_in_a_page(mode):
    for facts in [*EVERYBODY, ultra(vendor_models=LISTED, credits=18760)]:
        text = json.dumps(options(facts, mode), separators=(",", ":"), ensure_ascii=False)
        assert len(text.encode()) <= 6 * 1024 / 1.5


def test_the_words_on_the_chips_are_those_of_the_design():
    assert model(ultra(), "ingredients", "veo-3.1-fast")["fixed"] == "8 s · fixed with ingredients"
    assert model(pro(), "text", "veo-3.1-quality")["fixed"] == "8 s only"
    assert length(model(pro(), "text", "veo-3.1-fast"), 4)["why"] == "4 s needs Ultra"
    assert length(model(pro(), "text", "veo-3.1-fast"), 10)["why"] == "10 s needs Omni Flash"
    assert model(pro(), "text", "veo-3.1-lite-low-priority")["why"] == "Ultra $199 only"
    quality = model(pro(), "ingredients", "veo-3.1-quality")
    assert quality["why"] == "Can't use ingredients. Switch to Frames or Text."
    assert model(pro(), "frames", "omni-flash")["end"] == "Omni uses a start frame only"
    assert model(pro(), "text", "veo-3.1-fast")["voice"] == "Voice · Ingredients only"
    assert model(ultra(), "text", "veo-3.1-lite")["use"] == "Cheapest, about 60 s"


def test_an_end_frame_for_omni_appears_with_its_setting():
    allowed = Settings(omni_end_frame=True)
    assert "end" not in model(pro(), "frames", "omni-flash", settings=allowed)


def test_what_is_possible_has_no_reason():
    fast = model(ultra(), "text", "veo-3.1-fast")
    assert "why" not in fast and "fixed" not in fast
    assert [one["seconds"] for one in fast["lengths"] if "why" not in one] == [4, 6, 8]
    assert length(fast, 8) == {"seconds": 8, "credits": 10, "official": 0.8}


def test_the_chosen_model_is_one_that_the_plan_has():
    assert options(pro(), "text")["model"] == "veo-3.1-fast"
    assert options(free(), "text")["model"] == "omni-flash-1.2"
    assert options(pro(), "edit")["model"] == "omni-flash"
    assert options(free(), "image")["model"] == "nano-banana-2"


def test_images_have_five_shapes_and_are_free():
    table = options(pro(), "image")
    assert table["ratios"] == ["16:9", "4:3", "1:1", "3:4", "9:16"]
    assert {m["credits"] for m in table["models"]} == {0}
    assert model(pro(), "image", "nano-banana-pro")["official"] == 0.134
    assert "Imagen" in model(pro(), "image", "imagen-4")["note"]


def test_prices_are_the_accounts_own_when_it_says_them():
    assert length(model(ultra(vendor_models=LISTED), "text", "omni-flash"), 10)["credits"] == 14
    assert "dated" not in model(ultra(vendor_models=LISTED), "text", "veo-3.1-quality")
    assert model(ultra(), "text", "veo-3.1-quality")["dated"] == "June 2026"


def base(mode: str, id: str) -> Request:
    made = {
        "text": Request("x", id),
        "frames": frames(model=id),
        "ingredients": ingredients(1, model=id),
        "edit": edit(model=id),
        "image": Request("x", id, "image", seconds=None),
    }
    return made[mode]


@pytest.mark.parametrize("mode", MODES)
def test_the_dock_offers_exactly_what_the_rules_allow_at_exactly_the_price_of_the_button(mode):
    for facts in EVERYBODY:
        for row in options(facts, mode)["models"]:
            asked = base(mode, row["id"])
            for one in row.get("lengths", [{"seconds": None, "credits": row.get("credits")}]):
                asked = asked.but(seconds=one["seconds"])
                possible = not problems(asked, facts)
                assert possible == ("why" not in row and "why" not in one), (facts.plan, row["id"], one)
                if "credits" in one:
                    assert one["credits"] == price_of(asked, facts).credits


@pytest.mark.parametrize("mode", MODES)
def test_switching_through_all_modes_never_leaves_an_impossible_dock(mode):
    asked = ingredients(2, seconds=8).but(
        inputs=(Input("referenceImage_1", ref=image()), Input("referenceAudio_1", ref="Zephyr"))
    )
    for facts in EVERYBODY:
        moved, _ = nearest(asked.but(mode=mode), facts)
        fields = {p.field for p in problems(moved, facts)}
        assert fields <= ({"referenceVideo_1"} if mode == "edit" else set())
