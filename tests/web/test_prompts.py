"""Prompts and models as people read them: names for markers, labels for ids, and the shape of what came."""

import re

import pytest

from generations.flow.people import capabilities
from generations.models import Capability, Character, Generation, State
from generations.web import prompts
from generations.web.strip.drawing import card_of

from .rows import made, real_account
from .test_clip import signed_in, words_of


@pytest.fixture
def mara(people):
    return signed_in(people.mara)


def stands_on(row: Generation, prompt: str, *inputs: dict, **extra) -> Generation:
    """The row as one of before: the vendor's markers in its prompt."""
    request = {**row.request, "prompt": prompt, "mode": "ingredients", "inputs": list(inputs), "extra": extra}
    Generation.objects.filter(pk=row.pk).update(request=request, prompt=prompt)
    return Generation.objects.get(pk=row.pk)


def given(slot: str, ref: str = "", picture: int | None = None) -> dict:
    return {"slot": slot, "picture": picture, "clip": None, "ref": ref}


def chips_in(page: str) -> list[str]:
    return re.findall(r'<span class="mention">([^<]+)</span>', page)


def test_markers_of_older_rows_are_names_on_cards_tiles_and_the_clip_page(mara, people):
    row = stands_on(
        made(people.mara, State.READY),
        "@character_1 holds @referenceImage_2, <b>not</b> @referenceImage_7, says @referenceAudio_1",
        given("character_1", "user:1-email:61-character:x-imgs:1"),
        given("referenceImage_2", picture=1),
        given("referenceAudio_1", "Zephyr"),
        names={"character_1": "Pip"},
    )
    for address in ("/create/", "/gallery/", "/gallery/?view=list", "/c/S1a/", "/g/S1/"):
        page = mara.get(address).content.decode()
        assert chips_in(page)[:3] == ["@Pip", "@2", "@Zephyr"], address
        shown = re.sub(r"<pre.*?</pre>", "", page, flags=re.S)  # the request as it was sent says what it said
        assert "referenceImage_" not in shown.partition('id="dock"')[0], address
        assert "&lt;b&gt;not&lt;/b&gt; @7" in page, "what stands on nothing is plain text, and never markup"
    assert 'data-copy="@Pip holds @2,' in mara.get("/c/S1a/").content.decode()
    assert "@Pip holds @2" in card_of(row).article_label


def test_a_character_that_the_row_does_not_name_is_looked_up_on_its_page_and_a_word_on_cards(mara, people):
    account = real_account(people.mara)
    ref = "user:1-email:61-character:x-imgs:1"
    Character.objects.create(person=people.mara, account=account, name="Otto", ref=ref, state="ready")
    row = stands_on(made(people.mara, State.READY), "@Character_1 waves", given("character_1", ref))
    assert prompts.said(row) == "@character 1 waves" and prompts.meant(row) == ("character 1",)
    assert chips_in(mara.get("/c/S1a/").content.decode()) == ["@Otto"]
    assert chips_in(mara.get("/create/").content.decode()) == ["@character 1"]


def test_an_address_or_a_word_that_only_looks_like_a_name_is_no_chip():
    assert prompts.chips("mail a@2.com, @22 and @2", ("2",)) == (
        'mail a@2.com, @22 and <span class="mention">@2</span>'
    )


def test_a_model_that_an_administrator_added_is_called_by_its_label(mara, people):
    capabilities.forget()
    row = made(people.mara, State.READY, account=real_account(people.mara))
    Generation.objects.filter(pk=row.pk).update(model="veo-9")
    assert "veo-9" in words_of(mara.get("/c/1a/")), "of a model that nobody knows, at least the id"
    Capability.objects.create(model="veo-9", what="name", value="Veo Nine", source="page", dated="2026-11-24")
    capabilities.forget()
    for address in ("/create/", "/gallery/?view=list", "/c/1a/", "/g/1/", "/usage/"):
        page = re.sub(r"<(script|pre|input)\b.*?>", "", mara.get(address).content.decode(), flags=re.S)
        assert "Veo Nine" in page and ">veo-9" not in page and "veo-9<" not in page, address


def test_an_image_that_follows_a_picture_is_a_square_until_its_shape_is_known(people):
    row = made(people.mara, State.SAVING)
    Generation.objects.filter(pk=row.pk).update(ratio="auto", kind="image")
    assert card_of(Generation.objects.get()).ratio == "r11"
    row = made(people.mara, State.READY, count=2)
    Generation.objects.filter(pk=row.pk).update(ratio="auto", kind="image")
    row.clips.update(width=900, height=1190)
    card = card_of(Generation.objects.get(pk=row.pk))
    assert card.ratio == "r34" and not any(frame.contain for frame in card.frames)
