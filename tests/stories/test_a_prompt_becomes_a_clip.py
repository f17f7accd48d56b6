"""The main job, as somebody lives it: sign in, ask for a clip, close the tab, find it, play it, keep it."""

import hashlib
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from generations.library import storage
from generations.models import Clip, Generation, clock
from tests.people import PASSWORD
from tests.web.rows import made, real_account

from .conftest import state_of, until

pytestmark = pytest.mark.browser

PROMPT = "A red-and-white lighthouse on a granite headland at dusk, beam sweeping over the sea"
SHIFTS = """
window.shifted = 0; window.moved = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (shift.hadRecentInput) continue;
    window.shifted += shift.value;
    window.moved.push(...shift.sources.map((s) => s.node?.id || s.node?.className || "?"));
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def sign_in(page, name: str = "mara") -> None:
    page.goto("/")
    page.get_by_label("Email or username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/create/")


def box(page, selector: str) -> tuple:
    found = page.locator(selector).bounding_box()
    return tuple(round(found[side], 1) for side in ("x", "y", "width", "height"))


def test_from_a_prompt_to_a_clip_that_is_ours(browser, people, engine, vendor):
    page = browser()
    sign_in(page)
    page.evaluate(SHIFTS)
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    page.locator("#generate").dblclick()
    card = page.locator("#feed article")
    card.wait_for()
    assert card.get_attribute("data-number") == "S1"
    frame = box(page, "#feed .frames")

    seen = set()
    until(lambda: seen.add(card.get_attribute("data-state")) or "generating" in seen, what=f"saw {seen}")
    assert box(page, "#feed .frames") == frame
    assert page.evaluate("window.shifted") < 0.02, page.evaluate("window.moved")

    page.close()  # closing the tab loses nothing
    until(lambda: state_of("S1") == "ready", what="the clip was not made while the tab was closed")
    assert Generation.objects.count() == 1, "a double click sends once"
    assert len(vendor.control.record()["submissions"]) == 1

    page = browser(people.mara)
    page.goto("/create/")
    picture = page.locator("#feed .frame img")
    picture.wait_for(timeout=40_000)
    assert box(page, "#feed .frames") == frame, "the result has the place and shape the running strip had"

    page.get_by_label("Search prompts and clips").fill("granite lighthouse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery/**")
    page.locator('.open[data-open="S1a"]').click()
    page.wait_for_url("**/c/S1a/**")
    video = page.locator("video")
    page.locator("[data-part=play]").click()
    until(lambda: video.evaluate("v => v.currentTime > 0.2"), what="it does not play")
    video.evaluate("v => { v.pause(); v.currentTime = v.duration * 0.75; }")
    until(lambda: video.evaluate("v => !v.seeking && v.readyState >= 2"), what="it does not seek")
    assert video.evaluate("v => v.currentTime > v.duration * 0.7")

    with page.expect_download() as coming:
        page.locator("a[download]").first.click()
    ours = hashlib.sha256(coming.value.path().read_bytes()).hexdigest()
    clip = Clip.objects.get()
    assert ours == clip.sha256
    with storage.open_media(clip.file) as file:
        assert hashlib.sha256(file.read()).hexdigest() == ours


def test_a_strip_goes_through_its_states_without_moving_the_page(browser, people, engine):
    page = browser(people.mara)
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    page.keyboard.press("Control+Enter")
    page.locator("#feed article").wait_for()
    page.get_by_label("Prompt", exact=True).fill("Ringed planet, teal nebula, slow orbit")
    page.keyboard.press("Control+Enter")
    page.locator("#feed article").nth(1).wait_for()
    page.wait_for_selector("#generate[aria-busy=false]")
    page.wait_for_timeout(400)
    page.evaluate(SHIFTS)
    states: list[str] = []

    def all_shown() -> bool:
        for number in ("S1", "S2"):
            state = page.locator(f'article[data-number="{number}"]').get_attribute("data-state")
            if f"{number} {state}" not in states:
                states.append(f"{number} {state}")
        ready = {"S1 ready", "S2 ready"} <= set(states)
        return ready and page.locator("#feed .frame img").count() == 2

    until(all_shown, 40, f"saw only {states}")
    page.wait_for_timeout(500)
    assert "S2 generating" in states
    assert page.evaluate("window.shifted") < 0.02, page.evaluate("window.moved")


def test_an_outcome_is_spoken_once_and_counted_in_the_title(browser, people, engine):
    page = browser(people.mara)
    page.goto("/create/")
    assert page.locator("[role=status]").count() == 1
    page.get_by_label("Prompt", exact=True).fill("A crowd chanting, drums [fail:content_audio@job]")
    page.keyboard.press("Control+Enter")
    page.locator('article[data-state="failed"]').wait_for(timeout=30_000)
    spoken = page.locator("[role=status]")
    until(lambda: "S1 failed" in spoken.inner_text(), 10, "the outcome was not spoken")
    assert "charge" in spoken.inner_text()  # "checking charge" until Google's next balance (3.6)
    assert (
        page.get_by_text("Google’s sound filter stopped this clip.").count()
        or page.get_by_text("Google's sound filter stopped this clip.").count()
    )


def test_everything_by_keyboard(browser, people, engine):
    page = browser(people.mara)
    page.goto("/create/")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "prompt"
    page.keyboard.type("Pip the robot turns toward the low sun")
    page.keyboard.press("Control+;")
    assert page.evaluate("document.activeElement.name") == "mode"
    page.keyboard.press("Shift+Tab")
    page.locator("#prompt").focus()
    page.keyboard.press("Control+Enter")
    page.locator("#feed article").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/queue/")
    until(lambda: page.locator(".q-row").count() == 0, 30, "the row did not leave the queue")
    assert "Nothing is waiting." in page.locator("#queue-groups").inner_text()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/create/")
    page.locator('article[data-state="ready"] .open').wait_for(timeout=30_000)
    page.locator('article[data-state="ready"] .open').focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/S1a/**")


@pytest.mark.parametrize("lost", [{}, {"name": "sessionid"}], ids=["all cookies", "the session"])
def test_what_was_typed_outlives_the_session(browser, people, lost):
    page = browser(people.mara)
    page.goto("/create/")
    page.context.clear_cookies(**lost)
    page.get_by_label("Prompt", exact=True).fill("Half an hour of careful words")
    page.locator("#generate").click()
    page.wait_for_url("**/sign-in/**")
    page.get_by_label("Email or username").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/create/")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Half an hour of careful words")
    assert Generation.objects.count() == 0


def test_back_and_a_second_submit_send_nothing_twice(browser, people):
    page = browser(people.mara, java_script_enabled=False)
    page.goto("/create/")
    keys = [page.locator("#request_key").input_value()]
    page.locator("#prompt").fill("Once only")
    page.locator("#generate").click()
    page.locator("#feed article").wait_for()
    page.go_back()
    page.locator("#prompt").fill("Once only")
    keys.append(page.locator("#request_key").input_value())
    page.locator("#generate").click()
    page.locator("#feed article").first.wait_for()
    assert sorted(Generation.objects.values_list("request_key", flat=True)) == sorted(set(keys))


def test_the_guess_of_what_is_left_stays_true_while_nothing_changes(browser, people):
    row = made(people.mara, "generating")
    Generation.objects.filter(pk=row.pk).update(accepted_at=clock.now() - timedelta(seconds=20))
    page = browser(people.mara)
    page.clock.install()
    page.goto("/create/")
    guess = page.locator("[data-left-since]")
    before = guess.inner_text()
    assert before.endswith(" left")
    page.clock.run_for(60_000)
    assert guess.inner_text() != before and "left" in guess.inner_text()
    page.clock.run_for(600_000)
    assert guess.inner_text().startswith("usually 1:")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_of_this_half_runs_under_the_csp(browser, people, width, dark):
    account = real_account(people.mara)
    for state in ("waiting", "generating", "uncertain", "failed", "cancelled", "stopped", "saving"):
        made(people.mara, state, account=account, count=2)
    page = browser(people.mara, width=width, height=844, dark=dark)
    for address in ("/create/", "/queue/", "/queue/?show=finished", "/g/1/", "/g/3/"):
        page.goto(address)
        page.wait_for_timeout(300)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{address} scrolls sideways by {wide}"
        assert page.locator("h1").count() == 1
    assert not [said for said in browser.console if re.search(r"error|refused|violates", said, re.I)]
