"""Every rule of flow-api.md section 9.3 (and 8.1, 10): what is refused, at which field, in which words."""

import pytest

from generations.catalog.plans import Facts
from generations.catalog.request import Input, Request
from generations.catalog.rules import Settings, problems, warnings

from .wire import OTHER, character, edit, frames, free, image, ingredients, pro, ultra, video

CLIP = Input("mediaGenerationId", ref=video())


def text(model="veo-3.1-fast", **changes) -> Request:
    return Request(changes.pop("prompt", "A harbour"), model, **changes)


def picture(**changes) -> Request:
    model = changes.pop("model", "nano-banana-2")
    return Request(changes.pop("prompt", "A boat"), model, "image", seconds=None, **changes)


def extend(**changes) -> Request:
    return Request(
        "on", changes.pop("model", "veo-3.1-fast"), "extend", seconds=None, **{"inputs": (CLIP,)} | changes
    )


def upscale(**changes) -> Request:
    return Request(
        "", changes.pop("model", "veo-3.1-fast"), "upscale", seconds=None, inputs=(CLIP,), **changes
    )


def join(count=2, **changes) -> Request:
    clips = tuple(Input(f"mediaGenerationId_{n}", ref=video(n)) for n in range(1, count + 1))
    return Request("", "", "join", seconds=None, inputs=clips, **changes)


def voiced(name="Zephyr", number=1) -> Input:
    return Input(f"referenceAudio_{number}", ref=name)


POSSIBLE = [
    (text(), pro()),
    (text(seconds=4), ultra()),
    (text("veo-3.1-quality"), pro()),
    (text("veo-3.1-lite-low-priority"), ultra()),
    (text("omni-flash", seconds=10, resolution="360p"), pro()),
    (text("omni-flash-1.2", seconds=10), free()),
    (text("omni-flash-1.2", seconds=15), pro()),
    (text(seed=0, count=4, ratio="9:16", resolution="720p"), pro()),
    (frames(end=True, model="veo-3.1-quality"), pro()),
    (frames(seconds=6), ultra()),
    (frames(model="omni-flash"), pro()),
    (frames(end=True, model="omni-flash-1.2", seconds=10), pro()),
    (ingredients(3), pro()),
    (ingredients(7, model="omni-flash", seconds=10), pro()),
    (ingredients(10, model="omni-flash-1.2", seconds=3), free()),
    (ingredients(0, inputs=(Input("character_1", ref=character(2)), voiced())), pro()),
    (ingredients(1, inputs=(Input("referenceImage_1", picture=7), voiced("kore"))), pro()),
    (edit(), pro()),
    (edit(extra={"startFrameIndex_1": 0, "endFrameIndex_1": 240}), pro()),
    (edit(inputs=tuple(Input(f"referenceImage_{n}", ref=image(n)) for n in range(1, 6))), pro()),
    (edit(inputs=(voiced(), voiced("Kore", 2), voiced("Puck", 3))), pro()),
    (picture(), free()),
    (picture(ratio="4:3", count=4, model="imagen-4"), pro()),
    (picture(inputs=(Input("referenceImage_1", picture=1),), ratio="auto", prompt="As @reference_1"), pro()),
    (picture(inputs=tuple(Input(f"reference_{n}", ref=image(n)) for n in range(1, 11))), pro()),
    (Request("x", "nano-banana-2", "image"), pro()),  # its 8 seconds are not sent
    (extend(), pro()),
    (extend(model="omni-flash-1.2", extra={"source_model": "omni-flash-1.2"}), free()),
    (upscale(), pro()),
    (upscale(resolution="4K"), ultra()),
    (upscale(model="nano-banana-pro", resolution="4k"), pro()),
    (upscale(model="nano-banana-pro", resolution="2k"), free()),
    (Request("", "", "gif", inputs=(CLIP,)), free()),
    (join(10, extra={"trims": [[0, 0], [1, 0.5]]}), free()),
    (text(prompt="@referenceImage and me@example.com"), pro()),
]


@pytest.mark.parametrize(("request_", "facts"), POSSIBLE, ids=lambda value: getattr(value, "mode", ""))
def test_what_is_possible_is_let_through(request_, facts):
    assert problems(request_, facts) == ()


REFUSED = [
    # 1 prompt
    (text(prompt="  \n"), pro(), "prompt", "Write a prompt first."),
    (text(prompt="x" * 20001), pro(), "prompt",
     "The prompt has 20,001 characters. Shorten it to 20,000 or fewer."),
    (extend(inputs=()), pro(), "mediaGenerationId", "Choose one clip."),
    # 2 model
    (text("veo-9"), pro(), "model", "There is no model 'veo-9'. Choose another."),
    (text("nano-banana-2"), pro(), "model", "Nano Banana 2 makes images, not clips."),
    (picture(model="veo-3.1-fast"), pro(), "model", "Veo 3.1 Fast makes clips, not images."),
    (edit(model="veo-3.1-fast"), pro(), "model", "Veo 3.1 Fast can't edit clips."),
    (extend(model="omni-flash"), pro(), "model", "Omni Flash can't extend clips."),
    (text("veo-3.1-lite-low-priority"), pro(), "model",
     "Veo 3.1 Lite, low priority needs Ultra $199. This account has Pro."),
    (text("veo-3.1-lite-low-priority"), Facts(plan="ultra_lower"), "model",
     "Veo 3.1 Lite, low priority needs Ultra $199. This account has Ultra $99."),
    (text(), free(), "model", "Veo 3.1 Fast needs a paid Google AI plan. This account has Free."),
    # 3 length
    (text("veo-3.1-quality", seconds=4), ultra(), "seconds", "Quality is 8 s only."),
    (text(seconds=10), ultra(), "seconds", "10 s needs Omni Flash."),
    (text(seconds=9), pro(), "seconds", "9 s needs Omni Flash 1.2."),
    (text(seconds=99), pro(), "seconds", "99 s is not possible."),
    (text(seconds=None), pro(), "seconds", "Choose a length."),
    (text(seconds=True), pro(), "seconds", "Choose a length."),
    (ingredients(1, seconds=6), ultra(), "seconds", "6 s is not possible with ingredients."),
    (frames(end=True, model="omni-flash-1.2", seconds=12), pro(), "seconds",
     "12 s is not possible with an end frame."),
    (text("omni-flash-1.2", seconds=12), free(), "seconds", "12 s needs Pro or Ultra."),
    # 4, 5 frames, ingredients, clip: one of them
    (frames(start=False), pro(), "startImage", "Add a start frame first."),
    (frames(start=False, end=True), pro(), "startImage", "Add a start frame first."),
    (frames(end=True, model="omni-flash"), pro(), "endImage", "Omni uses a start frame only."),
    (ingredients(0), pro(), "referenceImage_1", "Add an ingredient first."),
    (ingredients(1, inputs=(Input("startImage", picture=1),)), pro(), "startImage",
     "A start frame has no place in this mode."),
    (text(inputs=(Input("referenceImage_1", picture=1),)), pro(), "referenceImage_1",
     "An ingredient has no place in this mode."),
    (Request("x", "omni-flash", "edit", seconds=None), pro(), "referenceVideo_1", "Choose a clip to edit."),
    (edit(inputs=(Input("startImage", picture=1),)), pro(), "startImage",
     "A start frame has no place in this mode."),
    (edit(inputs=(Input("referenceVideo_2", ref=video()),)), pro(), "referenceVideo_2",
     "A clip has no place in this mode."),
    (frames(start=True).but(inputs=(Input("startImage", picture=1), voiced())), pro(), "referenceAudio_1",
     "A voice can't go with frames. Use Ingredients."),
    (text(inputs=(Input("negativePrompt", ref="x"),)), pro(), "negativePrompt", "There is no such place."),
    # 6 budgets
    (ingredients(4), pro(), "referenceImage_4",
     "Veo 3.1 Fast takes up to 3 ingredients. Pictures of characters count."),
    (ingredients(8, model="omni-flash"), pro(), "referenceImage_8",
     "Omni Flash takes up to 7 ingredients. Pictures of characters count."),
    (ingredients(0, inputs=(Input("character_1", ref=character(2)), Input("referenceImage_1", ref=image()),
                            Input("referenceImage_2", ref=image(2)))), pro(), "referenceImage_2",
     "Veo 3.1 Fast takes up to 3 ingredients. Pictures of characters count."),
    (edit(inputs=tuple(Input(f"referenceImage_{n}", ref=image(n)) for n in range(1, 7))), pro(),
     "referenceImage_6",
     "Omni Flash takes up to 5 ingredients. Pictures of characters count."),
    (picture(inputs=tuple(Input(f"reference_{n}", ref=image(n)) for n in range(1, 12))), pro(),
     "reference_11",
     "Nano Banana 2 takes up to 10 pictures. Pictures of characters count."),
    (ingredients(1, inputs=(Input("referenceImage_1", picture=1), Input("referenceImage_1", picture=2))),
     pro(),
     "referenceImage_1", "This place holds an ingredient already."),
    # 7 voices
    (text(inputs=(voiced(),)), pro(), "referenceAudio_1", "A voice needs an ingredient or a character."),
    (text("omni-flash", inputs=(voiced(),)), pro(), "referenceAudio_1",
     "A voice needs an ingredient or a character."),
    (text("veo-3.1-quality", inputs=(voiced(),)), pro(), "referenceAudio_1",
     "Veo 3.1 Quality can't use a voice."),
    (ingredients(1, inputs=(Input("referenceImage_1", ref=image()), voiced(), voiced("Kore", 2))), pro(),
     "referenceAudio_2", "Veo 3.1 Fast takes one voice."),
    (edit(inputs=tuple(voiced("Kore", n) for n in range(1, 5))), pro(), "referenceAudio_4",
     "Omni Flash takes up to 3 voices."),
    (ingredients(1, inputs=(Input("referenceImage_1", ref=image()), voiced("Nobody"))), pro(),
     "referenceAudio_1",
     "There is no voice 'Nobody'."),
    (ingredients(1, inputs=(Input("referenceImage_1", ref=image()), voiced(image(2)))), pro(),
     "referenceAudio_1",
     "Choose a voice."),  # never the id, which shows the account
    # 8 count and seed
    (text(count=0), pro(), "count", "Choose 1 to 4 clips."),
    (text(count=5), pro(), "count", "Choose 1 to 4 clips."),
    (picture(count=9), pro(), "count", "Choose 1 to 4 images."),
    (upscale(count=2), pro(), "count", "One at a time."),
    (text(seed=-1), pro(), "seed", "The seed is a whole number from 0 to 2,147,483,647."),
    (text(seed=2**40), pro(), "seed", "The seed is a whole number from 0 to 2,147,483,647."),
    # 9 window
    (edit(extra={"startFrameIndex_1": 240}), pro(), "startFrameIndex_1",
     "The edit starts at a frame from 0 to 239."),
    (edit(extra={"endFrameIndex_1": 241}), pro(), "endFrameIndex_1",
     "The edit ends at a frame from 1 to 240."),
    (edit(extra={"startFrameIndex_1": 24, "endFrameIndex_1": 24}), pro(), "endFrameIndex_1",
     "The edit must end after it starts."),
    # 10 markers
    (text(prompt="Like @referenceImage_1"), pro(), "prompt", "@referenceImage_1 has no picture."),
    (ingredients(1).but(prompt="Like @REFERENCEIMAGE_2"), pro(), "prompt",
     "@REFERENCEIMAGE_2 has no picture."),
    (ingredients(1).but(prompt="@character_1 waves"), pro(), "prompt", "@character_1 has no character."),
    (ingredients(1).but(prompt="@referenceAudio_1 says hello"), pro(), "prompt",
     "@referenceAudio_1 has no voice."),
    (picture(prompt="@referenceAudio_1"), pro(), "prompt",
     "@referenceAudio_1 is no marker here. Write it without the @."),
    (edit().but(prompt="In @referenceVideo_1"), pro(), "prompt",
     "@referenceVideo_1 is no marker here. Write it without the @."),
    (extend().but(prompt="@character_1 walks on"), pro(), "prompt",
     "@character_1 cannot stand in the prompt of an extension."),
    # 11 one account
    (ingredients(0, inputs=(Input("referenceImage_1", ref=image()),
                            Input("referenceImage_2", ref=image(2, OTHER)))), pro(), "account",
      "These pictures and clips are stored on different accounts. Use those of one account."),
    (ingredients(1), pro(email="other@example.com"), "account",
     "These pictures and clips are stored on another account. Choose that account."),
    # 12 quality and ingredients
    (ingredients(1, model="veo-3.1-quality"), ultra(), "model",
     "Veo 3.1 Quality can't use ingredients. Switch to Frames or Text."),
    # 13 short clips
    (text(seconds=4), pro(), "seconds", "4 s needs Ultra."),
    (frames(seconds=6), pro(), "seconds", "6 s needs Ultra."),
    # shapes and sizes
    (text(ratio="1:1"), pro(), "ratio", "Veo 3.1 Fast makes 16:9 or 9:16."),
    (picture(ratio="21:9"), pro(), "ratio", "Nano Banana 2 makes 16:9, 4:3, 1:1, 3:4 or 9:16."),
    (picture(ratio="auto"), pro(), "ratio", "The ratio can follow a picture only when there is one."),
    (text(resolution="360p"), pro(), "resolution", "360p needs Omni Flash."),
    (text(resolution="1080p"), pro(), "resolution", "1080p is not possible."),
    (picture(resolution="2k"), pro(), "resolution", "Image has no choice of resolution."),
    # ids of the wrong kind
    (frames().but(inputs=(Input("startImage", ref=video()),)), pro(), "startImage",
     "This is not a start frame."),
    (edit().but(inputs=(Input("referenceVideo_1", ref=image()),)), pro(), "referenceVideo_1",
     "This is not a clip."),
    (frames().but(inputs=(Input("startImage"),)), pro(), "startImage", "Choose a start frame."),
    (frames().but(inputs=(Input("startImage", picture=1, clip=2),)), pro(), "startImage",
     "Choose a start frame."),
    (edit().but(inputs=(Input("referenceVideo_1"),)), pro(), "referenceVideo_1", "Choose a clip."),
    # clips that are there already
    (extend(extra={"source_model": "omni-flash"}), pro(), "mediaGenerationId",
     "Clips of Omni Flash can't be extended."),
    (extend(extra={"source_model": "omni-flash-1.2"}), pro(), "model",
     "A clip of Omni Flash 1.2 goes on with Omni Flash 1.2 or its relatives."),
    (upscale(resolution="4K"), pro(), "resolution", "4K needs Ultra."),
    (upscale(resolution="720p"), ultra(), "resolution", "Choose 1080p or 4K."),
    (upscale(), free(), "resolution", "1080p needs a paid Google AI plan."),
    (upscale(model="nano-banana-pro", resolution="4k"), free(), "resolution",
     "4k needs a paid Google AI plan."),
    (Request("", "", "gif"), pro(), "mediaGenerationId", "Choose one clip."),
    (join(1), pro(), "mediaGenerationId_1", "Join 2 to 10 clips."),
    (join(11), pro(), "mediaGenerationId_1", "Join 2 to 10 clips."),
    (join(extra={"trims": [[0, 0], [9, 0]]}), pro(), "trims", "Clip 2 can lose 0 to 8 s at each end."),
    (join(extra={"trims": ["no"]}), pro(), "trims", "Clip 1 can lose 0 to 8 s at each end."),
    (join(extra={"trims": [[4, 4]], "lengths": [8.0]}), pro(), "trims", "Nothing would be left of clip 1."),
    (Request("x", "veo-3.1-fast", "dream"), pro(), "mode", "There is no mode 'dream'."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "facts", "field", "sentence"),
    REFUSED,
    ids=[f"{n}-{row[2]}" for n, row in enumerate(REFUSED)],
)
def test_what_is_impossible_says_so_at_its_field(request_, facts, field, sentence):
    found = problems(request_, facts)
    assert (field, sentence) in [(p.field, p.sentence) for p in found]
    assert all(p.sentence.endswith(".") and "!" not in p.sentence for p in found)


def test_while_nobody_knows_the_plan_google_decides():
    cases = [
        (text(seconds=4), "seconds", "4 s needs Ultra. Google decides."),
        (text("veo-3.1-lite-low-priority"), "model",
         "Veo 3.1 Lite, low priority needs Ultra $199. Google decides."),
        (upscale(resolution="4K"), "resolution", "4K needs Ultra. Google decides."),
    ]  # fmt: skip
    for asked, field, sentence in cases:
        assert problems(asked, Facts()) == ()
        assert (field, sentence) in [(w.field, w.sentence) for w in warnings(asked, Facts())]


def test_a_low_priority_clip_warns_that_only_the_family_manager_gets_it():
    assert "manager of a family plan" in warnings(text("veo-3.1-lite-low-priority"), ultra())[0].sentence


def test_a_very_long_prompt_is_warned_about_and_still_possible():
    long = text(prompt="x" * 5001)
    assert problems(long, pro()) == ()
    assert "5,000 characters" in warnings(long, pro())[0].sentence
    assert warnings(text(prompt="x" * 5000), pro()) == ()


def test_settings_of_the_site_lift_what_the_vendors_sources_disagree_about():
    end = frames(end=True, model="omni-flash")
    voice = text("omni-flash", inputs=(voiced(),))
    small = upscale(resolution="720p")
    for asked, setting in [(end, "omni_end_frame"), (voice, "omni_voice_alone"), (small, "upscale_720p")]:
        assert problems(asked, pro())
        assert problems(asked, pro(), Settings(**{setting: True})) == ()
    assert problems(text(inputs=(voiced(),)), pro(), Settings(omni_voice_alone=True))  # Veo stays as it is


def test_what_ships_is_what_the_defaults_file_says():
    shipped = Settings.shipped()
    assert (shipped.omni_end_frame, shipped.omni_voice_alone, shipped.trim_max) == (False, False, 8.0)
    assert shipped == Settings()
