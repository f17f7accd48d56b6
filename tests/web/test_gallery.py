"""The gallery as people use it: words, filters, addresses that can be kept, a wall that grows."""

import gzip
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations.library.storage import Incoming
from generations.models import Clip, Generation, State
from tests.library.media import mp4, still

from .rows import made, real_account

HTMX = {"HX-Request": "true"}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def mara(people):
    return signed_in(people.mara)


def shown(answer) -> list[str]:
    """The clips of a page, in order."""
    return re.findall(r'data-open="(\w+)"', answer.content.decode())


def ready(person, prompt, **facts) -> Generation:
    more = {name: facts.pop(name) for name in ("model", "ratio", "kind") if name in facts}
    row = made(person, State.READY, prompt=prompt, **facts)
    if more:
        Generation.objects.filter(pk=row.pk).update(**more)
    return row


@pytest.fixture
def library(people):
    """Five strips: three of Mara's, one of them upright and one private, and two of Aiko's."""
    account = real_account(people.mara)
    return [
        ready(people.mara, "A lighthouse at dusk", account=account, count=4),
        ready(people.mara, "A lighthouse, upright", account=account, ratio="9:16"),
        ready(people.mara, "Secret lighthouse", account=account, visibility="private"),
        ready(people.aiko, "A robot in a meadow"),
        ready(people.aiko, "A robot in the rain", model="veo-3.1-quality"),
    ]


def test_newest_first_folded_and_nothing_private_of_others(mara, people, library):
    everything = mara.get("/gallery/")
    assert shown(everything) == ["S2a", "S1a", "3a", "2a", "1a"]
    assert shown(signed_in(people.jonas).get("/gallery/")) == ["S2a", "S1a", "2a", "1a"]
    assert shown(signed_in(people.charlie).get("/gallery/")) == []
    assert re.search(r'class="on-media fold">.*?4<span class="sr"> clips', everything.content.decode(), re.S)
    assert ">Today <span>8 clips</span>" in everything.content.decode()


def test_words_and_filters_narrow_together_and_within_one_filter_any_fits(mara, library):
    assert shown(mara.get("/gallery/?q=lighthouse")) == ["3a", "2a", "1a"]
    assert shown(mara.get("/gallery/?q=lighthouse&shape=9:16")) == ["2a"]
    both = "model=veo-3.1-fast&model=veo-3.1-quality"
    assert shown(mara.get(f"/gallery/?q=robot&{both}")) == ["S2a", "S1a"]
    assert shown(mara.get(f"/gallery/?q=robot&{both}&shape=9:16")) == []


def test_filters_count_what_a_choice_would_find(mara, people, library):
    page = mara.get("/gallery/?q=lighthouse&shape=9:16").content.decode()
    shapes = page[page.index('id="facet-shape"') :]
    assert re.search(r'value="16:9"[^>]*>.*?class="count">2<', shapes, re.S)
    assert re.search(r'value="9:16"[^>]* checked>.*?class="count">1<', shapes, re.S)
    assert f'name="person" id="person-{people.mara.pk}"' in page


def test_htmx_gets_the_wall_and_what_stands_around_it_but_never_the_field(mara, library):
    answer = mara.get("/gallery/?q=robot&since=&until=&view=", headers=HTMX)
    text = answer.content.decode()
    assert shown(answer) == ["S2a", "S1a"]
    assert 'id="q"' not in text and "<html" not in text
    assert (
        'hx-swap-oob="innerHTML:#facets-body"' in text
        and 'id="found" hx-swap-oob="true"><span>2</span>' in text
    )
    assert answer.headers["HX-Push-Url"] == "/gallery/?q=robot"
    assert "HX-Request" in answer.headers["Vary"]


def test_a_wrong_field_is_told_with_what_was_probably_meant_and_the_wall_stays(mara, library):
    answer = mara.get("/gallery/?q=modle:fast", headers=HTMX)
    text = answer.content.decode()
    assert answer.headers["HX-Reswap"] == "none" and shown(answer) == []
    assert "No field &#x27;modle&#x27;. Did you mean model?" in text
    assert 'href="/gallery/?q=model%3Afast"' in text
    assert answer.status_code == 200
    page = mara.get("/gallery/?q=modle:fast").content.decode()
    assert "Did you mean model?" in page and 'value="modle:fast"' in page


@pytest.mark.parametrize(
    "query", ["(", "-", "a or", 'c* "', "on:never", "x" * 600, "'; drop table", "\0", "%", "#99999999999"]
)
def test_no_query_breaks_the_page(mara, library, query):
    assert mara.get("/gallery/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    "address", ["person=x", "since=2026-13-01", "before=x", "before=" + "9" * 30, "view=x", "kind=x"]
)
def test_nonsense_in_the_address_is_left_out(mara, library, address):
    assert len(shown(mara.get(f"/gallery/?{address}"))) == 5


def test_nothing_found_offers_the_nearest_with_one_link_each(mara, library):
    page = mara.get("/gallery/?q=lighthouse model:quality").content.decode()
    assert "No clips match. Closest:" in re.sub(r"\s+", " ", page)
    assert "3 without &quot;model:quality&quot;" in page and 'href="/gallery/?q=lighthouse"' in page
    assert "1 without &quot;lighthouse&quot;" in page


def test_a_new_workspace_says_what_will_be_here(people):
    page = signed_in(people.charlie).get("/gallery/").content.decode()
    assert "Clips you make appear here and stay here, also after Google's link expires." in page


def test_pages_go_on_by_a_real_link_without_repeating(mara, people):
    account = real_account(people.mara, credits=100_000)
    for number in range(65):
        ready(people.mara, f"Wave {number}", account=account)
    first = mara.get("/gallery/?q=wave")
    older = re.search(r'href="([^"]+)" data-older="#days"', first.content.decode())[1].replace("&amp;", "&")
    rest = mara.get(older)
    assert [len(shown(first)), len(shown(rest))] == [60, 5]
    assert not set(shown(first)) & set(shown(rest))
    assert "data-older" not in rest.content.decode()
    alone = mara.get(older, headers={"X-Older": "true"}).content.decode()
    assert "<html" not in alone and 'id="days"' in alone and "facet" not in alone
    assert len(gzip.compress(first.content)) <= 45_000


def test_sixty_clips_cost_as_many_questions_as_six(mara, people):
    account = real_account(people.mara, credits=100_000)

    def asked() -> int:
        mara.get("/gallery/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert mara.get("/gallery/?q=wave").status_code == 200
        return len(queries)

    for number in range(6):
        ready(people.mara, f"Wave {number}", account=account, count=2)
    few = asked()
    for number in range(54):
        ready(people.mara, f"Wave {number}", account=account, count=2)
    assert asked() == few <= 30


def test_the_list_says_the_same_in_lines_and_keeps_the_search(mara, library):
    page = mara.get("/gallery/?q=robot&view=list")
    text = page.content.decode()
    assert shown(page) == ["S2a", "S1a"] and "<table" in text
    assert 'href="/gallery/?q=robot"' in text  # back to the wall
    assert "Aiko" in text


def test_a_failed_prompt_is_found_when_asked_for_and_leads_to_what_happened(mara, people):
    row = made(people.mara, State.FAILED, prompt="Drums at night")
    assert shown(mara.get("/gallery/")) == []
    page = mara.get("/gallery/?q=is:failed").content.decode()
    assert f'href="/g/{row.label}/"' in page and "Failed" in page


def test_the_size_of_pictures_is_kept_per_person(mara, people):
    assert mara.post("/_/density/", {"density": "l"}, headers=HTMX).status_code == 204
    assert 'data-density="l"' in mara.get("/gallery/").content.decode()
    assert mara.post("/_/density/", {"density": "xxl"}).status_code == 422


def test_who_may_only_look_is_offered_nothing_that_spends(people, library):
    page = signed_in(people.vera).get("/gallery/").content.decode()
    assert (
        'data-act="download"' in page and 'data-act="reroll"' not in page and 'data-act="reuse"' not in page
    )


def test_a_strip_unfolds_into_its_other_clips(mara, library):
    page = mara.get("/gallery/").content.decode()
    address = re.search(r'data-unfold="([^"]+)"', page)[1].replace("&amp;", "&")
    assert shown(mara.get(address, headers=HTMX)) == ["1b", "1c", "1d"]
    assert mara.get(address).status_code == 404  # a fragment, never a page


def wait_for_tiles(page, number: int) -> None:
    """Wait until the wall has so many pictures (the policy forbids Playwright's wait_for_function)."""
    for _ in range(100):
        if page.locator(".tile").count() == number:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.locator('.tile').count()} pictures instead of {number}")


# --- in a browser ----------------------------------------------------------------------------------------
@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    with Incoming("clips/x.mp4") as incoming:
        incoming.write(mp4())
        incoming.keep()
    for width in (320, 640, 1280):
        with Incoming(f"clips/x.mp4.{width}.webp") as incoming:
            incoming.write(still("WEBP", 320, 180))
            incoming.keep()


def with_posters():
    Clip.objects.update(posters_at="2026-11-24T12:00:00Z")


@pytest.mark.browser
def test_typing_searches_without_touching_the_field_and_back_returns(browser, people, library, media):
    with_posters()
    page = browser(people.mara)
    page.goto("/gallery/")
    page.keyboard.press("/")
    page.keyboard.type("robot", delay=20)
    page.wait_for_url("**/gallery/?q=robot")
    wait_for_tiles(page, 2)
    assert page.evaluate("document.activeElement.id") == "q" and page.input_value("#q") == "robot"
    page.check("input[value='veo-3.1-quality']")
    page.wait_for_url("**model=veo-3.1-quality")
    wait_for_tiles(page, 1)
    assert page.evaluate("document.activeElement.value") == "veo-3.1-quality"
    page.go_back()
    page.wait_for_url("**/gallery/?q=robot")
    wait_for_tiles(page, 2)


@pytest.mark.browser
def test_without_script_the_form_sends_field_and_filters(browser, people, library, media):
    with_posters()
    page = browser(people.mara, java_script_enabled=False)
    page.goto("/gallery/")
    page.fill("#q", "lighthouse")
    page.check("input[value='9:16']")
    page.press("#q", "Enter")
    page.wait_for_load_state()
    assert "q=lighthouse" in page.url and page.locator(".tile").count() == 1
    page.click("a[data-open]")
    page.wait_for_load_state()
    assert "/c/2a/" in page.url and page.locator("video[controls]").count() == 1


@pytest.mark.browser
def test_rows_fill_the_wall_and_nothing_scrolls_sideways(browser, people, library, media):
    with_posters()
    for number in range(12):
        ready(people.mara, f"Wave {number}")
    with_posters()
    for width in (390, 768, 1440, 2560):
        page = browser(people.mara, width=width)
        page.goto("/gallery/")
        rows = page.evaluate(
            """() => { const rows = {}; const wall = document.querySelector('.wall').getBoundingClientRect();
            for (const t of document.querySelectorAll('.tile')) { const b = t.getBoundingClientRect();
              (rows[Math.round(b.top)] ||= []).push([b.height, b.right]); }
            return [Object.values(rows), wall.right, document.documentElement.scrollWidth - innerWidth]; }"""
        )
        whole, edge, over = rows
        assert over <= 0
        for row in whole[:-1]:
            assert abs(max(right for _, right in row) - edge) < 2
            assert max(height for height, _ in row) - min(height for height, _ in row) < 1.5


@pytest.mark.browser
def test_filters_open_as_a_sheet_on_a_phone_and_close_with_escape(browser, people, library, media):
    page = browser(people.mara, width=390, height=844)
    page.goto("/gallery/")
    assert not page.is_visible("#facets")
    page.click("[data-open-facets]")
    page.check("input[value='9:16']")
    page.wait_for_url("**shape=9%3A16")
    assert page.is_visible("#facets") and page.is_checked("input[value='9:16']")
    page.keyboard.press("Escape")
    assert not page.is_visible("#facets")
    assert page.locator(".active .chip.on").inner_text().strip() == "9:16"


@pytest.mark.browser
def test_older_pictures_come_by_themselves_and_join_their_day(browser, people, media):
    account = real_account(people.mara, credits=100_000)
    for number in range(70):
        ready(people.mara, f"Wave {number}", account=account)
    with_posters()
    page = browser(people.mara)
    page.goto("/gallery/")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    wait_for_tiles(page, 70)
    assert page.locator("ul.wall").count() == 1 and page.locator("h2.day").count() == 1
    assert page.locator("a[data-older]").count() == 0


@pytest.mark.browser
def test_the_pointer_plays_one_clip_and_a_click_on_reroll_asks_first(browser, people, library, media):
    with_posters()
    page = browser(people.mara)
    page.goto("/gallery/?q=dusk")
    page.hover(".tile")
    page.wait_for_selector(".tile video")
    page.click(".tile [data-act=reroll]")
    page.wait_for_selector("dialog >> text=40 credits")
    before = Generation.objects.count()
    page.click("dialog .ink")
    page.wait_for_selector("text=Asked for again")
    assert Generation.objects.count() == before + 1
    again = Generation.objects.order_by("-pk").first()
    assert again.relation == "reroll" and again.parent.prompt == "A lighthouse at dusk"
