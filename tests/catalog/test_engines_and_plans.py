"""Models and plans as the menus show them, and what an account's own list says about prices and times."""

from decimal import Decimal

import pytest

from generations.catalog.engines import Engine, default_engine, engine, engines
from generations.catalog.plans import Facts, facts_of, plan, plan_of
from generations.catalog.prices import price_of
from generations.catalog.request import MODES, Request

from .wire import FREE, LISTED, PRO, ULTRA, free, pro, ultra


def test_the_menu_begins_with_the_model_that_most_people_want():
    assert default_engine("video").id == engines("video")[0].id == "veo-3.1-fast"
    assert default_engine("image").id == engines("image")[0].id == "nano-banana-2"


def test_every_model_of_the_seed_is_there_by_its_own_id():
    known = {e.id for e in engines()}
    assert {
        "veo-3.1-fast",
        "veo-3.1-quality",
        "veo-3.1-lite",
        "veo-3.1-lite-low-priority",
        "omni-flash",
        "nano-banana",
        "nano-banana-pro",
        "imagen-4",
    } <= known


def test_every_model_knows_modes_that_exist_and_a_source_with_a_date():
    for one in engines():
        assert set(one.modes) <= set(MODES)
        assert one.source.startswith("flow-api.md") and one.dated.startswith("2026-")
        assert one.use and one.name and one.short


def test_names_that_google_no_longer_serves_say_what_answers_in_their_place():
    assert engine("imagen-4").alias_of == "nano-banana-2-lite"
    assert "Nano Banana 2 Lite" in engine("imagen-4").note
    assert engine("nano-banana").alias_of == "nano-banana-2"


def test_only_ultra_has_the_short_veo_clips():
    assert engine("veo-3.1-fast").ultra_lengths == (4, 6)
    assert engine("omni-flash-1.2").ultra_lengths == ()  # its long ones come with Pro too


def test_a_model_the_administrator_added_appears_last_and_one_with_a_known_id_replaces_it():
    new = Engine.read({"id": "veo-4-fast", "name": "Veo 4 Fast", "lengths": [8], "modes": ["text"]})
    changed = Engine.read({"id": "omni-flash", "name": "Omni Flash 1.3", "lengths": [8]})
    facts = Facts(extra_engines=(new, changed))
    assert facts.engines("video")[-1] == new
    assert facts.engine("omni-flash").name == "Omni Flash 1.3"
    assert engine("omni-flash").name == "Omni Flash"
    assert new.ratios == ("16:9", "9:16")
    assert price_of(Request("x", "veo-4-fast"), facts).credits is None


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (ULTRA, "ultra"),
        (PRO, "pro"),
        (FREE, "free"),
        ({"tier": "PAYGATE_TIER_ONE", "sku": "G1_TIER1P5"}, "plus"),
        ({"tier": "", "sku": "WS_ULTRA"}, "ultra"),
        ({"tier": "PAYGATE_TIER_TWO", "sku": ""}, "ultra"),
        ({"tier": "PAYGATE_TIER_TWO", "sku": "G1_SOMETHING_NEW"}, "ultra"),
        ({"tier": "PAYGATE_TIER_NINE", "sku": ""}, "unknown"),
        ({"tier": "", "sku": ""}, "unknown"),
    ],
)
def test_the_plan_is_read_from_the_words_of_the_account(said, known):
    assert plan_of(**said) == known


def test_a_credit_is_worth_what_the_plan_asks_for_it():
    assert round(pro().usd_per_credit, 4) == Decimal("0.0200")
    assert round(ultra().usd_per_credit, 4) == Decimal("0.0080")
    assert free().usd_per_credit is None and Facts().usd_per_credit is None
    assert plan("ultra_lower").usd_per_credit > plan("ultra").usd_per_credit


def test_ultra_means_both_ultra_plans():
    assert ultra().has_ultra and Facts(plan="ultra_lower").has_ultra
    assert not pro().has_ultra and not Facts().has_ultra


def test_an_ultra_account_pays_the_ultra_price_of_its_own_list():
    costs = ultra(vendor_models=LISTED).costs
    assert costs["veo-3.1-fast", 8] == 10
    assert costs["veo-3.1-fast", 4] == 9
    assert costs["veo-3.1-quality", 8] == 100
    assert costs["veo-3.1-lite", 8] == 5
    assert costs["veo-3.1-lite-low-priority", 8] == 0


def test_a_pro_account_is_not_promised_the_ultra_price():
    costs = pro(vendor_models=LISTED).costs
    assert costs["veo-3.1-fast", 8] == 20
    assert ("veo-3.1-fast", 4) not in costs


def test_the_two_omnis_are_told_apart_and_edits_have_a_price_of_their_own():
    costs = ultra(vendor_models=LISTED).costs
    assert costs["omni-flash", 10] == 14
    assert costs["omni-flash", "edit"] == 19
    assert costs["omni-flash-1.2", 10] == 31


def test_the_first_guess_of_the_time_is_the_vendors_for_eight_seconds():
    facts = ultra(vendor_models=LISTED)
    assert facts.expected_seconds("veo-3.1-fast") == 100
    assert facts.expected_seconds("veo-3.1-lite") == 55
    assert facts.expected_seconds("omni-flash") == 90  # not stated: the table
    assert facts.expected_seconds("no-such-model") is None


@pytest.mark.parametrize(
    "junk", [None, {}, "x", [None, 3, {"key": {}}], [{"key": "veo_3_1", "creditCost": -1}]]
)
def test_a_list_that_makes_no_sense_is_no_list(junk):
    assert facts_of(**ULTRA, vendor_models=junk).costs == {}


def test_of_two_prices_for_the_same_thing_the_dearer_is_shown():
    twice = [{"key": "veo_3_1_t2v_lite", "videoLengthSeconds": 8, "creditCost": cost} for cost in (5, 7, 6)]
    assert pro(vendor_models=twice).costs["veo-3.1-lite", 8] == 7
