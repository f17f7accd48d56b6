"""What an administrator knows better lies over the tables; what would break a page is refused in words."""

from datetime import date

import pytest

from generations.catalog import plans
from generations.catalog.engines import engine, engines
from generations.catalog.options import options
from generations.catalog.overlay import (
    OF_A_MODEL,
    RULES,
    BadFact,
    Fact,
    check,
    overlay_of,
    read,
    written,
)
from generations.catalog.prices import price_of
from generations.catalog.request import Input, Request
from generations.catalog.rules import problems

NOVEMBER = date(2026, 11, 24)


def facts_with(*told: tuple[str, str, str], **account) -> plans.Facts:
    rows = [Fact(*one, source="a test", dated=NOVEMBER) for one in told]
    return plans.facts_of(sku="WS_ULTRA", tier="PAYGATE_TIER_TWO", overlay=overlay_of(rows), **account)


def test_a_length_added_by_hand_can_be_chosen_everywhere():
    asked = Request("a fox", "veo-3.1-fast", seconds=12)
    assert problems(asked, facts_with())
    facts = facts_with(("veo-3.1-fast", "lengths", "8, 4, 6, 12"))
    assert not problems(asked, facts)
    fast = next(m for m in options(facts)["models"] if m["id"] == "veo-3.1-fast")
    assert [row["seconds"] for row in fast["lengths"] if "why" not in row] == [4, 6, 8, 12]
    assert problems(asked, facts_with()), "the tables themselves are as they were"


def test_a_price_by_hand_wins_over_the_table_and_loses_to_the_account():
    asked = Request("a fox", "veo-3.1-fast", seconds=8, count=2)
    facts = facts_with(("veo-3.1-fast", "credits", "8: 13, 4: 7"))
    price = price_of(asked, facts)
    assert (price.credits, price.source, price.dated) == (26, "table", "November 2026")
    stated = [{"key": "veo_3_1_t2v_fast_ultra", "videoLengthSeconds": 8, "creditCost": 9}]
    facts = facts_with(("veo-3.1-fast", "credits", "8: 13"), vendor_models=stated)
    assert price_of(asked, facts).credits == 18


def test_a_new_model_is_offered_priced_and_recognised():
    facts = facts_with(
        ("veo-4-fast", "name", "Veo 4 Fast"),
        ("veo-4-fast", "lengths", "8, 16"),
        ("veo-4-fast", "credits", "8: 20, 16: 40"),
        ("veo-4-fast", "match", "veo_4, fast; not lite"),
        vendor_models=[{"key": "veo_4_t2v_fast", "videoLengthSeconds": 16, "creditCost": 33}],
    )
    asked = Request("a fox", "veo-4-fast", seconds=16)
    assert not problems(asked, facts)
    assert price_of(asked, facts).credits == 33
    assert price_of(asked.but(seconds=8), facts).credits == 20
    assert any(m["name"] == "Veo 4 Fast" for m in options(facts)["models"])
    assert "a test" in facts.engine("veo-4-fast").source


FRAMES = (Input("startImage", 1), Input("endImage", 2))
VOICE = (Input("referenceAudio_1", ref="Puck"),)


@pytest.mark.parametrize(
    ("rule", "mode", "inputs"),
    [("omni_end_frame", "frames", FRAMES), ("omni_voice_alone", "ingredients", VOICE)],
)
def test_where_sources_disagree_a_setting_decides(rule, mode, inputs):
    asked = Request("a fox", "omni-flash", mode, inputs=inputs)
    assert problems(asked, facts_with())
    assert not problems(asked, facts_with(("", rule, "yes")))


def test_upscale_to_720p_and_longer_trims_are_settings():
    wanted = Request("", "veo-3.1-fast", "upscale", seconds=None, resolution="720p",
                     inputs=(Input("mediaGenerationId", clip=1),))  # fmt: skip
    assert problems(wanted, facts_with())
    assert not problems(wanted, facts_with(("", "upscale_720p", "yes")))
    clips = tuple(Input(f"mediaGenerationId_{n}", clip=n) for n in (1, 2))
    join = Request("", "", "join", seconds=None, inputs=clips, extra={"trims": [[9, 0], [0, 0]]})
    assert "0 to 8 s" in problems(join, facts_with())[0].sentence
    assert not problems(join, facts_with(("", "trim_max", "10")))


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (("veo-3.1-fast", "lengths", "8, banana"), "as 8, 4, 6"),
        (("veo-3.1-fast", "lengths", ""), "at least one length"),
        (("veo-3.1-fast", "lengths", "4, 6"), "reference_lengths has 8 s"),
        (("veo-3.1-fast", "ratios", "16:10"), "16:10 is not known"),
        (("veo-3.1-fast", "modes", "image"), "no mode image"),
        (("veo-3.1-fast", "modes", ""), "at least one mode"),
        (("veo-3.1-fast", "counts", "1, 9"), "Counts are 1 to 4"),
        (("veo-3.1-fast", "plans", "ultra, gold"), "gold is not known"),
        (("veo-3.1-fast", "credits", "8 = ten"), "as 8: 10, 4: 5, edit: 20"),
        (("veo-3.1-fast", "credits", "8: -10"), "as 8: 10"),
        (("veo-3.1-fast", "end_frame", "maybe"), "yes or no"),
        (("veo-3.1-fast", "colour", "red"), "no colour"),
        (("veo-9", "lengths", "8"), "Add its name first"),
        (("", "trim_max", "eight"), "Write a number"),
        (("", "trim_max", "1e9"), "Write a number"),
        (("", "join_min", "11"), "from 2 to 10"),
        (("", "prompt_soft", "30000"), "prompt_soft cannot be more"),
        (("", "colour", "red"), "There is no rule colour"),
    ],
)
def test_a_bad_fact_is_refused_with_a_sentence(fact, said):
    with pytest.raises(BadFact, match=said.replace("(", r"\(")):
        check(Fact(*fact, source="a test", dated=NOVEMBER))


def test_a_row_that_cannot_be_read_any_more_leaves_the_tables_as_they_are():
    facts = facts_with(("veo-3.1-fast", "lengths", "soon"), ("gone", "lengths", "8"), ("", "no_rule", "1"))
    assert facts.engine("veo-3.1-fast") == engine("veo-3.1-fast")
    assert facts.engines() == engines() and facts.settings is None


def test_everything_the_tables_hold_can_be_written_and_read_again():
    for one in engines():
        for what in OF_A_MODEL:
            if what in ("match", "credits"):
                continue
            value = written(getattr(one, what))
            if value and what != "length_plans":
                assert read(Fact(one.id, what, value)) == getattr(one, what), (one.id, what)
    for rule in RULES:
        assert (
            read(Fact("", rule, written(getattr(facts_with(("", "trim_max", "8")).settings, rule))))
            is not None
        )
