"""An impossible choice moves to the nearest possible one, and people are told what changed (ui.md 5)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.catalog.engines import engines
from generations.catalog.options import nearest
from generations.catalog.plans import Facts
from generations.catalog.prices import price_of
from generations.catalog.request import MODES, Input, Request
from generations.catalog.rules import Settings, problems

from .wire import character, edit, frames, free, image, ingredients, pro, ultra, video

A_CLIP = (Input("referenceVideo_1", ref=video()),)


def test_a_possible_request_stays_as_it_is():
    for asked in (Request("x", "veo-3.1-fast"), frames(), ingredients(3), edit()):
        assert nearest(asked, pro()) == (asked, [])


@pytest.mark.parametrize(
    ("asked", "facts", "told"),
    [
        (Request("x", "veo-3.1-fast", seconds=4), pro(), ["Length set to 8 s"]),
        (Request("x", "veo-3.1-fast", seconds=10), ultra(), ["Length set to 8 s"]),
        (Request("x", "veo-3.1-fast", seconds=5), ultra(), ["Length set to 6 s"]),
        (Request("x", "omni-flash", seconds=15), pro(), ["Length set to 10 s"]),
        (ingredients(1, seconds=4), ultra(), ["Length set to 8 s"]),
        (ingredients(1, model="veo-3.1-quality"), ultra(), ["Model set to Veo 3.1 Fast"]),
        (Request("x", "veo-3.1-lite-low-priority"), pro(), ["Model set to Veo 3.1 Fast"]),
        (Request("x", "veo-3.1-fast"), free(), ["Model set to Omni Flash 1.2"]),
        (Request("x", "veo-3.1-fast", ratio="4:3"), pro(), ["Ratio set to 16:9"]),
        (Request("x", "veo-3.1-fast", ratio="3:4"), pro(), ["Ratio set to 9:16"]),
        (Request("x", "veo-3.1-fast", count=9), pro(), ["Clips set to 4"]),
        (Request("x", "veo-3.1-fast", seed=-3), pro(), ["Seed left open"]),
        (Request("x", "veo-3.1-fast", resolution="360p"), pro(), ["Resolution set to 720p"]),
        (frames(end=True, model="omni-flash"), pro(), ["End frame left out. Omni uses a start frame only"]),
        (ingredients(5), pro(), ["Ingredient left out"]),
        (edit(model="veo-3.1-fast"), pro(), ["Model set to Omni Flash"]),
        (edit(extra={"startFrameIndex_1": 300}), pro(), ["The whole clip is edited"]),
    ],
)
def test_people_are_told_what_changed(asked, facts, told):
    moved, said = nearest(asked, facts)
    assert said == told and problems(moved, facts) == ()


def test_a_start_frame_becomes_ingredient_one_and_back():
    there, said = nearest(frames(end=True).but(mode="ingredients"), pro())
    assert [i.slot for i in there.inputs] == ["referenceImage_1", "referenceImage_2"]
    assert said == ["Start frame is ingredient 1", "End frame is ingredient 2"]
    back, said = nearest(there.but(mode="frames"), pro())
    assert back.inputs[0] == frames().inputs[0]
    assert said[0] == "Ingredient 1 is the start frame"


def test_a_picture_goes_along_from_clips_to_images_with_its_marker():
    asked = ingredients(1).but(mode="image", prompt="Like @referenceImage_1", ratio="1:1")
    moved, said = nearest(asked, pro())
    assert said == ["Model set to Nano Banana 2"]
    assert moved.inputs == asked.inputs and moved.prompt == asked.prompt and moved.seconds is None
    assert problems(moved, pro()) == ()


def test_a_marker_without_its_picture_becomes_plain_text():
    moved, said = nearest(ingredients(4).but(prompt="@referenceImage_4 beside @referenceImage_1"), pro())
    assert moved.prompt == "referenceImage_4 beside @referenceImage_1"
    assert said == ["Ingredient left out", "@referenceImage_4 is plain text now"]


def test_what_only_a_person_can_give_stays_missing():
    moved, said = nearest(Request("", "veo-3.1-fast", "frames"), pro())
    assert {p.field for p in problems(moved, pro())} == {"prompt", "startImage"} and said == []


ids = st.sampled_from([e.id for e in engines()] + ["veo-9", ""])
facts = st.sampled_from([Facts(), free(), pro(), Facts(plan="plus"), Facts(plan="ultra_lower"), ultra()])
slots = st.sampled_from(
    ["startImage", "endImage", "character_1", "character_7", "referenceAudio_1", "referenceAudio_4", "camera"]
    + [f"referenceImage_{n}" for n in (1, 2, 3, 5, 8, 11, 99)]
    + ["reference_1", "reference_9", "referenceVideo_1", "referenceVideo_2", "mediaGenerationId_3"]
)


@st.composite
def inputs(draw):
    given_slots = draw(st.lists(slots, max_size=8))
    return tuple(draw(st.sampled_from(_given(slot))) for slot in given_slots)


def _given(slot: str) -> list[Input]:
    if slot.startswith("character"):
        return [Input(slot, ref=character(1)), Input(slot, ref=character(2))]
    if slot.startswith("referenceAudio"):
        return [Input(slot, ref="Zephyr"), Input(slot, ref="kore")]
    if slot.startswith("referenceVideo") or slot.startswith("media"):
        return [Input(slot, ref=video()), Input(slot, clip=3)]
    return [Input(slot, ref=image()), Input(slot, picture=5)]


prompts = st.lists(
    st.sampled_from(
        ["a boat", "@referenceImage_2", "@REFERENCE_1", "@character_1", "@referenceAudio_4", "@"]
        + ["@referenceVideo_1"]
    ),
    min_size=1,
    max_size=5,
).map(" ".join)
requests = st.builds(
    Request,
    prompt=prompts,
    model=ids,
    mode=st.sampled_from(MODES),
    ratio=st.sampled_from(["16:9", "9:16", "1:1", "4:3", "3:4", "auto", "21:9", "0:0", "wide", ""]),
    seconds=st.sampled_from([None, 0, 3, 4, 5, 6, 8, 9, 10, 15, 99]),
    count=st.sampled_from([-1, 0, 1, 2, 4, 5, 99]),
    seed=st.sampled_from([None, -1, 0, 7, 2**31 - 1, 2**31]),
    resolution=st.sampled_from(["", "360p", "720p", "1080p", "4K", "2k", "4k", "8K"]),
    inputs=inputs(),
    extra=st.fixed_dictionaries(
        {},
        optional={
            "startFrameIndex_1": st.integers(-1, 241),
            "endFrameIndex_1": st.integers(0, 242),
            "source_model": ids,
        },
    ),
)
rules = st.sampled_from(
    [Settings.shipped(), Settings(omni_end_frame=True, omni_voice_alone=True, upscale_720p=True)]
)

# What nobody but the person has: a picture, a clip, a clip that can go on, a plan.
THEIRS = {
    "Add a start frame first.",
    "Add an ingredient first.",
    "Choose a clip to edit.",
    "Choose one clip.",
    "Join 2 to 10 clips.",
}


@settings(max_examples=600, deadline=None, derandomize=True)
@given(requests, facts, rules)
def test_whatever_was_chosen_the_nearest_is_possible(asked, known, site):
    moved, told = nearest(asked, known, site)
    left = {p.sentence for p in problems(moved, known, site)} - THEIRS
    if asked.mode in ("upscale", "extend"):  # the clip, and the plan it is on, are the person's
        theirs = ("can't be extended", "needs a paid Google", "needs Ultra $199. This account")
        left = {why for why in left if not any(word in why for word in theirs)}
    assert not left
    assert nearest(moved, known, site)[0] == moved
    assert all(isinstance(sentence, str) and not sentence.endswith(".") for sentence in told)
    assert price_of(moved, known).credits != -1


@settings(max_examples=300, deadline=None, derandomize=True)
@given(requests, facts)
def test_nothing_is_changed_without_a_word(asked, known):
    moved, told = nearest(asked, known)
    shown = ("prompt", "model", "ratio", "count", "inputs")
    if any(getattr(asked, name) != getattr(moved, name) for name in shown):
        assert told


@settings(max_examples=300, deadline=None, derandomize=True)
@given(requests, facts)
def test_the_nearest_survives_its_own_json(asked, known):
    moved, _ = nearest(asked, known)
    again = Request.from_json(moved.to_json())
    assert again == moved and again.fingerprint() == moved.fingerprint()
