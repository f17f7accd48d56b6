"""Prices as the button says them (flow-api.md sections 4.3 and 4.7)."""

from decimal import Decimal

import pytest

from generations.catalog import money
from generations.catalog.plans import Facts
from generations.catalog.prices import official_dated, price_of, price_tables
from generations.catalog.request import Input, Request

from .wire import LISTED, edit, free, pro, ultra, video

CLIP = (Input("mediaGenerationId", ref=video()),)


@pytest.mark.parametrize(
    ("facts", "model", "seconds", "each"),
    [
        (pro(), "veo-3.1-lite", 8, 10),
        (ultra(), "veo-3.1-lite", 8, 5),
        (pro(), "veo-3.1-fast", 8, 20),
        (ultra(), "veo-3.1-fast", 8, 10),
        (ultra(), "veo-3.1-fast", 4, 10),
        (pro(), "veo-3.1-quality", 8, 100),
        (ultra(), "veo-3.1-quality", 8, 100),
        (ultra(), "veo-3.1-lite-low-priority", 8, 0),
        (pro(), "omni-flash", 4, 7),
        (pro(), "omni-flash", 6, 10),
        (pro(), "omni-flash", 8, 12),
        (ultra(), "omni-flash", 10, 15),
        (pro(), "omni-flash-1.2", 3, 9),
        (pro(), "omni-flash-1.2", 10, 30),
        (pro(), "omni-flash-1.2", 15, 60),
        (Facts(), "veo-3.1-fast", 8, 20),  # nobody knows the plan: never promise too little
        (Facts(plan="ultra_lower"), "veo-3.1-fast", 8, 10),
        (pro(), "veo-3.1-quality", 4, None),
        (pro(), "no-such-model", 8, None),
    ],
)
def test_a_clip_costs_what_the_table_says(facts, model, seconds, each):
    price = price_of(Request("x", model, seconds=seconds, count=3), facts)
    assert price.each == each
    assert price.credits == (None if each is None else 3 * each)
    assert price.source == "table"


@pytest.mark.parametrize(("seconds", "each"), [(4, 4), (6, 5), (8, 6), (10, 7)])
def test_a_small_omni_clip_costs_about_half(seconds, each):
    assert price_of(Request("x", "omni-flash", seconds=seconds, resolution="360p"), pro()).each == each


def test_what_the_account_says_wins_over_the_table_and_needs_no_date():
    price = price_of(Request("x", "omni-flash", seconds=10), ultra(vendor_models=LISTED))
    assert (price.credits, price.source, price.dated) == (14, "account", "")


def test_a_price_from_the_table_says_from_when_it_is():
    assert price_of(Request("x", "omni-flash"), pro()).dated == "October 2026"
    assert price_of(Request("x", "veo-3.1-fast"), pro()).dated == "June 2026"


def test_the_account_does_not_know_small_clips_so_the_table_does():
    price = price_of(Request("x", "omni-flash", seconds=10, resolution="360p"), ultra(vendor_models=LISTED))
    assert (price.credits, price.source) == (7, "table")


def test_work_on_a_clip_has_its_own_prices():
    assert price_of(edit(), pro()).credits == 20
    assert price_of(edit(resolution="360p"), pro()).credits == 10
    assert price_of(edit(), ultra(vendor_models=LISTED)).credits == 19
    extend = Request("on", "veo-3.1-quality", "extend", seconds=None, inputs=CLIP, count=2)
    assert price_of(extend, pro()).credits == 200
    upscale = Request("", "veo-3.1-fast", "upscale", seconds=None, inputs=CLIP)
    assert price_of(upscale, ultra()).credits == 0
    assert price_of(upscale.but(resolution="4K"), ultra()).credits == 50
    assert price_of(upscale.but(model="nano-banana-pro", resolution="4k"), pro()).credits == 0
    assert price_of(Request("", "", "gif", inputs=CLIP), pro()).is_free
    assert price_of(Request("", "", "join", inputs=CLIP), pro()).is_free


def test_images_are_free_and_save_what_the_official_api_asks():
    price = price_of(Request("x", "nano-banana-pro", "image", count=4), ultra())
    assert price.is_free and price.money == 0
    assert price.official == price.saved == Decimal("0.536")
    assert price_of(Request("x", "imagen-4", "image"), free()).official is None


def test_money_follows_the_plan_and_is_compared_with_the_official_price():
    price = price_of(Request("x", "veo-3.1-fast", count=2), pro())
    assert round(price.money, 2) == Decimal("0.80") and price.official == Decimal("1.60")
    assert round(price.saved, 2) == Decimal("0.80")
    assert money.line(price.money, price.official) == "≈ $0.80 · official API $1.60"


def test_without_a_plan_there_is_no_estimate_and_nothing_is_called_saved():
    price = price_of(Request("x", "veo-3.1-fast"), Facts())
    assert price.money is None and price.saved is None and price.official == Decimal("0.80")
    assert money.line(price.money, price.official) == "official API $0.80"


def test_an_edit_has_no_official_counterpart():
    assert price_of(edit(), pro()).official is None


def test_the_june_prices_stay_visible_as_history():
    june = [row for row in price_tables() if row["engine"] == "omni-flash" and row.get("older")]
    assert june[0]["by_seconds"]["8"] == 25 and june[0]["dated"] == "June 2026"
    assert official_dated("veo-3.1-fast") == "June 2026" and official_dated("nothing") == ""


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (money.credits(20), "20 credits"),
        (money.credits(1), "1 credit"),
        (money.credits(0), "free"),
        (money.credits(None), "price unknown"),
        (money.credits(18760), "18,760 credits"),
        (money.estimate(Decimal("0.1999")), "≈ $0.20"),
        (money.estimate(Decimal("0.0039")), "≈ $0.004"),
        (money.estimate(Decimal(0)), "≈ $0.00"),
        (money.estimate(None), ""),
        (money.official(Decimal("1.6")), "official API $1.60"),
        (money.saved(Decimal("0.70")), "saved $0.70"),
        (money.saved(Decimal("-1")), ""),
        (money.dollars(Decimal("1204")), "$1,204.00"),
        (money.span(20, 40), "20–40 s"),
        (money.span(20, 20.2), "20 s"),
        (money.waiting(240, 1200), "4–20 min"),
        (money.waiting(20, 40), "20–40 s"),
        (money.length(8), "0:08"),
        (money.length(70.4), "1:10"),
        (money.length(3725), "1:02:05"),
    ],
)
def test_money_and_time_are_written_in_one_way(said, text):
    assert said == text
