"""Marked steps: two prompts told apart word for word, by the address alone, in the page, and by a key."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.models import Clip, Generation, State, clock
from generations.web.clip.differing import IN, OUT, SAME, Piece, words_changed

from .rows import made
from .test_clip import HTMX, signed_in, words_of


def told(first: str, second: str) -> str:
    """The way from one to the other, with [-out-] and {+in+}."""
    signs = {SAME: "{}", OUT: "[-{}-]", IN: "{{+{}+}}"}
    return "".join(signs[piece.kind].format(piece.text) for piece in words_changed(first, second))


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("A boat at dawn", "A boat at dusk", "A boat at [-dawn-]{+dusk+}"),
        ("A boat, slowly", "A boat", "A boat[-, slowly-]"),
        ("dawn.", "dawn!", "dawn[-.-]{+!+}"),
        ("", "A boat", "{+A boat+}"),
        ("A boat", "", "[-A boat-]"),
        ("", "", ""),
        ("Fox", "fox", "[-Fox-]{+fox+}"),
        ("夜明けの港", "夕暮れの港", "[-夜明け-]{+夕暮れ+}の港"),
        ("cafe\u0301 noir", "caf\u00e9 noir", "caf\u00e9 noir"),
        ("👩‍🚀 walks", "👩‍🌾 walks", "[-👩‍🚀 -]{+👩‍🌾 +}walks"),
        ("शांत झील", "शांत नदी", "शांत [-झील-]{+नदी+}"),
        ("a\n\nb", "a b", "a b"),
    ],
)
def test_a_difference_reads_as_people_would_say_it(first, second, said):
    assert told(first, second) == said


WORDS = st.lists(st.sampled_from(["a", "boat", "é", "e\u0301", "港", ", ", " ", "\n", "{x|y}", "@2"])).map(
    "".join
)


@given(WORDS, WORDS)
def test_what_is_not_taken_out_is_the_second_prompt_and_equal_prompts_differ_in_nothing(first, second):
    pieces = words_changed(first, second)
    assert "".join(piece.text for piece in pieces if piece.kind != OUT) == second
    assert all(piece.text for piece in pieces)
    assert {piece.kind for piece in words_changed(first, first)} <= {SAME}


def test_very_long_prompts_are_told_apart_at_once():
    begin = time.monotonic()
    words_changed("a b " * 900, "b a a " * 700)
    words_changed("a b " * 70, "b a c " * 60)
    words_changed("".join(f"w{n} " for n in range(4000)), "".join(f"w{n * 7 % 4000} " for n in range(4000)))
    assert words_changed("x " * 9000 + "a", "x " * 9000 + "b")[1:] == [Piece(OUT, "a"), Piece(IN, "b")]
    assert time.monotonic() - begin < 5


@pytest.fixture
def mara(people):
    return signed_in(people.mara)


@pytest.fixture
def line(people) -> list[Generation]:
    """Three steps, each a reroll of the one before; the second with other settings."""
    rows = [
        made(people.mara, State.READY, prompt=prompt)
        for prompt in ("A boat at dawn", "A <b>boat</b> at dusk", "A boat")
    ]
    for row, parent in zip(rows[1:], rows, strict=False):
        Generation.objects.filter(pk=row.pk).update(parent=parent, relation="reroll")
    changed = rows[1].request | {"seed": 77, "model": "veo-3.1-lite"}
    Generation.objects.filter(pk=rows[1].pk).update(request=changed, model="veo-3.1-lite", ratio="9:16")
    return rows


def compared(page: str) -> str:
    at = page.index('id="difference"')
    return page[at : page.index("</section>", at)]


@pytest.mark.django_db
def test_two_marked_steps_show_what_differs_without_any_script(mara, line):
    one = mara.get("/c/S3a/?q=boat&mark=S1a")
    assert "S1a is marked. Mark another step" in words_of(one)
    link = re.search(r'id="mark-S2a" href="([^"]+)"', one.content.decode())[1].replace("&amp;", "&")
    assert link == "/c/S3a/?q=boat&mark=S1a%2CS2a", "the search stays in the address"
    page = mara.get(link).content.decode()
    part = compared(page)
    assert "A <del>boat </del><ins>&lt;b&gt;boat&lt;/b&gt; </ins>at <del>dawn</del><ins>dusk</ins>" in part
    settings = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', part)
    assert [(name, *(re.sub("<[^>]+>", "", side) for side in sides)) for name, *sides in settings] == [
        ("Model", "Veo 3.1 Fast", "Veo 3.1 Lite"),
        ("Ratio", "16:9", "9:16"),
        ("Seed", "none", "77"),
    ]
    assert page.count('class="step marked"') == 2
    clear = re.search(r'id="unmark" href="([^"]+)"', part)[1]
    assert clear == "/c/S3a/?q=boat" and "marked" not in mara.get(clear).content.decode()
    turned = {label: re.search(rf'id="mark-{label}" href="([^"]+)"', page)[1] for label in ("S1a", "S3a")}
    assert turned["S1a"].endswith("mark=S2a") and turned["S3a"].endswith("mark=S2a%2CS3a")


@pytest.mark.django_db
def test_marks_of_what_is_not_in_the_tree_say_nothing(mara, people, line):
    Generation.objects.filter(pk=line[0].pk).update(visibility="private", person=people.jonas)
    made(people.mara, State.READY, prompt="No relative")
    for mark in ("S1a,S2a", "S4a,S2a", "x,S2a", "S2a,S2a", "../../,S2a"):
        said = words_of(mara.get("/c/S3a/", {"mark": mark}))
        assert "S2a is marked" in said and "dawn" not in said and "No relative" not in said, mark


@pytest.mark.django_db
def test_marks_stay_when_the_poller_brings_a_newer_tree(mara, people, line):
    page = mara.get("/c/S3a/?mark=S1a,S2a").content.decode()
    poll = re.search(r'data-poll-url="([^"]+)"', page)[1].replace("&amp;", "&")
    newer = made(people.mara, State.READY, prompt="Newer")
    Generation.objects.filter(pk=newer.pk).update(parent=line[2], relation="reroll")
    answer = mara.get(f"{poll}&v=0", headers=HTMX).content.decode()
    assert "mark-S4a" in answer and "<del>" in compared(answer)


@pytest.mark.django_db
def test_equal_prompts_and_missing_ones_are_said(mara, people, line):
    Generation.objects.filter(pk=line[1].pk).update(
        prompt="A boat at dawn", model=line[0].model, ratio="16:9", request=line[0].request
    )
    said = words_of(mara.get("/c/S3a/?mark=S2a&mark=S1a"))
    assert (
        "S1a to S2a" in said and "The prompts are the same." in said and "All settings are the same." in said
    )
    Generation.objects.filter(pk__in=[row.pk for row in line]).update(prompt="")
    assert "Neither has a prompt." in words_of(mara.get("/c/S3a/?mark=S2a,S3a"))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_m_marks_the_step_with_the_focus_and_the_page_stays(browser, people):
    rows = [made(people.mara, State.READY, prompt=prompt) for prompt in ("A boat at dawn", "A boat at dusk")]
    Generation.objects.filter(pk=rows[1].pk).update(parent=rows[0], relation="reroll")
    Clip.objects.update(posters_at=clock.now(), content_type="video/mp4")
    page = browser(people.mara)
    page.goto("/c/S2a/?q=boat")
    page.evaluate("window.stayed = true")
    page.keyboard.press("m")
    page.get_by_text("S2a is marked.").wait_for()
    page.focus("#node-S1a")
    page.keyboard.press("m")
    page.locator("#difference del").wait_for()
    assert page.inner_text("#difference del") == "dawn" and page.inner_text("#difference ins") == "dusk"
    assert page.evaluate("[document.activeElement.id, window.stayed]") == ["node-S1a", True]
    assert page.url.endswith("?q=boat&mark=S2a%2CS1a") and "at=" in page.get_attribute(
        "#poll", "data-poll-url"
    )
    decoration = "getComputedStyle(document.querySelector('#difference %s')).textDecorationLine"
    assert [page.evaluate(decoration % tag) for tag in ("del", "ins")] == ["line-through", "underline"]
    page.focus("#unmark")
    page.keyboard.press("Enter")
    page.locator("#difference del").wait_for(state="detached")
    page.keyboard.press("/")
    assert page.url.endswith("?q=boat")
