"""One clip at its address: for those who may see it, with what it cost, and the way through the search."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from generations.library.storage import Incoming
from generations.models import Budget, Clip, Errand, Generation, State, clock
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


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_page_says_what_was_asked_what_it_cost_and_who_made_it(mara, people):
    row = made(people.mara, State.READY, account=real_account(people.mara), count=4)
    Generation.objects.filter(pk=row.pk).update(
        sent_at=clock.now(), finished_at=clock.now() + timedelta(seconds=71)
    )
    row.clips.update(seed=418220, size=4_800_000)
    said = words_of(mara.get("/c/1b/"))
    parts = ["A lighthouse at dusk", "Veo 3.1 Fast, 8 s, 16:9", "418220 clip b of 4", "10 credits, ≈ $0.08"]
    for part in [
        *parts,
        "saved $0.72 against the official API",
        "Mara, today",
        "took 71 s",
        "1280 × 720, 4.8 MB, checked",
    ]:
        assert part in said


def test_sandbox_clips_are_told_as_such_and_never_as_money(mara, people):
    made(people.mara, State.READY)
    said = words_of(mara.get("/c/S1a/"))
    assert "0 credits, sandbox" in said and "$" not in said


def test_unfinished_foreign_private_and_absent_clips_are_the_same_page(people, mara):
    made(people.mara, State.READY, visibility="private")
    made(people.mara, State.SAVING)
    made(people.mara, State.WAITING)
    jonas, charlie = signed_in(people.jonas), signed_in(people.charlie)
    answers = [jonas.get("/c/S1a/"), charlie.get("/c/S1a/"), mara.get("/c/S2a/"), mara.get("/c/S3a/")]
    answers += [
        mara.get("/c/999a/"),
        mara.get("/c/S1b/"),
        mara.get("/c/S1/"),
        mara.get("/c/x/"),
        mara.get("/c/s1a/"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    same = {re.sub(rb'csrf|X-CSRFToken": "[^"]+"', b"", answer.content) for answer in answers[2:]}
    assert len(same) == 1
    assert mara.get("/c/S1a/").status_code == 200


def test_the_arrows_go_through_the_search_it_was_found_by(mara, people):
    for prompt in ("A robot", "A lighthouse", "A robot again", "A third robot"):
        made(people.mara, State.READY, prompt=prompt)
    page = mara.get("/c/S3a/?q=robot")
    text = page.content.decode()
    assert "2 of 3" in words_of(page)
    assert re.search(r'href="/c/S4a/\?q=robot" rel="prev"', text)
    assert re.search(r'href="/c/S1a/\?q=robot" rel="next"', text)
    assert 'href="/gallery/?q=robot" data-back' in text
    assert mara.get("/c/S3a/?q=modle:x").status_code == 200


def test_only_the_maker_decides_who_sees_it(mara, people):
    row = made(people.mara, State.READY)
    jonas = signed_in(people.jonas)
    assert jonas.get("/c/S1a/").status_code == 200
    assert jonas.post("/c/S1a/visibility/", {"visibility": "private"}).status_code == 403
    answer = mara.post("/c/S1a/visibility/", {"visibility": "private"}, headers=HTMX)
    assert (
        answer.status_code == 200
        and 'value="private" id="see-me" aria-pressed="true"' in answer.content.decode()
    )
    assert jonas.get("/c/S1a/").status_code == 404
    assert row.events.filter(verb="made private", by=people.mara).exists()
    assert mara.post("/c/S1a/visibility/", {"visibility": "everybody"}).status_code == 422


def test_a_reroll_from_here_is_sent_once_however_often_it_is_clicked(mara, people):
    made(people.mara, State.READY, account=real_account(people.mara))
    page = mara.get("/c/1a/").content.decode()
    form = re.search(r'<form method="post" action="(/g/1/reroll/)".*?</form>', page, re.S)
    assert "Reroll 10 credits" in words_of(mara.get("/c/1a/"))
    key = re.search(r'name="request_key" value="([^"]+)"', form[0])[1]
    for _ in range(3):
        mara.post(form[1], {"request_key": key})
    assert Generation.objects.count() == 2


def test_where_it_came_from_is_a_list_of_what_may_be_seen(mara, people):
    first = made(people.mara, State.READY, prompt="First")
    second, third = (
        made(people.mara, State.READY, prompt="Second"),
        made(people.jonas, State.READY, prompt="Third"),
    )
    hidden = made(people.jonas, State.READY, prompt="Hidden", visibility="private")
    Generation.objects.filter(pk=second.pk).update(parent=first, relation="reroll")
    Generation.objects.filter(pk__in=[third.pk, hidden.pk]).update(parent=second, relation="again")
    page = mara.get("/c/S2a/").content.decode()
    tree = page[page.index('class="family"') : page.index("</section>", page.index('class="family"'))]
    assert re.findall(r"<b>(\w+)</b> (\w+)", tree) == [("S1a", "Fast"), ("S2a", "reroll"), ("S3a", "again")]
    assert "Where it came from" not in mara.get(f"/c/{hidden.label}a/").content.decode()
    assert 'class="family"' not in signed_in(people.mara).get("/c/S4a/").content.decode()


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to `action`."""
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', page, re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def with_original(person, **asked) -> Generation:
    row = made(person, State.READY, account=real_account(person), **asked)
    for clip in row.clips.all():
        Clip.objects.filter(pk=clip.pk).update(media_id=f"user:1-email:61-video:{clip.pk}")
    return row


def test_each_next_step_says_its_price_and_what_is_impossible_says_why(mara, people):
    with_original(people.mara)
    said = words_of(mara.get("/c/1a/"))
    for part in ("Extend 8 s 10 credits", "Reroll 10 credits", "1080p free", "4K 50 credits", "GIF free"):
        assert part in said
    assert "Can't extend clips." in said.replace("&#x27;", "'")


def test_a_clip_without_an_original_at_google_offers_no_step_that_needs_it(mara, people):
    made(people.mara, State.READY, account=real_account(people.mara))
    said = words_of(mara.get("/c/1a/"))
    assert "are not possible. Google keeps no original of it." in said
    assert "GIF" not in said and "Reroll 10 credits" in said


def test_an_extension_is_one_click_with_a_price_a_parent_and_its_own_words(mara, people):
    row = with_original(people.mara)
    page = mara.get("/c/1a/").content.decode()
    sent = form_of(page, "/c/1a/extend/") | {
        "prompt": "The storm comes",
        "model": "veo-3.1-lite",
        "count": "3",
    }
    assert sent["price_shown"] == "10"  # of the model that was chosen
    answer = mara.post("/c/1a/extend/", sent, headers=HTMX)
    assert answer.status_code == 422 and "It takes 15 credits now" in words_of(answer)
    assert "The storm comes" in answer.content.decode() and Generation.objects.count() == 1
    for _ in range(3):
        answer = mara.post("/c/1a/extend/", sent | {"price_shown": "15"}, headers=HTMX)
        assert answer.status_code == 200 and "2 waits in line" in answer.headers["HX-Trigger"]
    made_of_it = Generation.objects.exclude(pk=row.pk).get()
    assert (made_of_it.parent, made_of_it.relation, made_of_it.prompt) == (row, "extend", "The storm comes")
    assert (made_of_it.expected_credits, made_of_it.seconds, made_of_it.count) == (15, 8, 3)
    assert "<b>2</b> extend" in answer.content.decode() and "data-moving" in answer.content.decode()


def test_a_step_above_the_limit_asks_an_owner_and_says_so_before(people):
    with_original(people.aiko)
    Budget.objects.create(team=people.team, period="month", hard=25)
    aiko = signed_in(people.aiko)
    page = aiko.get("/c/1a/").content.decode()
    assert 'data-ask-above="15" data-approver="Mara"' in page  # 10 of 25 are spent already
    assert "4K for 50 credits passes a limit. Mara is asked first." in page
    sent = form_of(page, "/c/1a/extend/") | {"prompt": "On", "model": "veo-3.1-fast", "count": "2"}
    answer = aiko.post("/c/1a/extend/", sent | {"price_shown": "20"}, headers=HTMX)
    assert "2 needs a yes before it is sent" in answer.headers["HX-Trigger"]
    assert Generation.objects.get(number=2).state == State.HELD


def test_without_script_what_was_refused_keeps_what_was_typed(mara, people):
    with_original(people.mara)
    page = mara.get("/c/1a/").content.decode()
    sent = form_of(page, "/c/1a/extend/") | {"prompt": "  ", "model": "veo-3.1-fast", "count": "2"}
    answer = mara.post("/c/1a/extend/", sent | {"price_shown": "20"})
    assert answer.status_code == 422 and "Write a prompt first." in words_of(answer)
    assert re.search(r'name="count" value="2" checked', answer.content.decode())
    assert mara.post("/c/1a/gif/", form_of(page, "/c/1a/gif/")).status_code == 302
    assert mara.post("/c/1a/paint/", {}).status_code == 404


def test_without_script_the_last_frame_can_be_used(mara, people):
    row = made(people.mara, State.READY)
    row.clips.update(content_type="video/mp4")
    assert mara.post("/c/S1a/frame/").status_code == 302
    errand = Errand.objects.get(kind="frame")
    assert (errand.clip.generation, errand.asked) == (row, {"second": 8.0})
    assert signed_in(people.vera).post("/c/S1a/frame/").status_code == 422
    assert signed_in(people.charlie).post("/c/S1a/frame/").status_code == 404


def test_who_may_only_look_takes_no_step(people):
    with_original(people.mara)
    vera, charlie = signed_in(people.vera), signed_in(people.charlie)
    assert "Extend" not in words_of(vera.get("/c/1a/"))
    assert vera.post("/c/1a/gif/", {"request_key": "k"}, headers=HTMX).status_code == 422
    assert charlie.post("/c/1a/gif/", {"request_key": "k"}).status_code == 404
    assert Generation.objects.count() == 1


def test_a_frame_that_failed_says_why_and_what_it_cost(mara, people):
    row = made(people.mara, State.READY, account=real_account(people.mara), count=2)
    Clip.objects.filter(generation=row, position=1).update(
        state="failed",
        failure="content_audio",
        failure_reason="PUBLIC_ERROR_AUDIO_FILTERED",
        sha256="",
        file="",
    )
    page = mara.get("/c/1b/")
    assert page.status_code == 200
    said = words_of(page)
    assert "Google's sound filter stopped this clip." in said.replace("&#x27;", "'").replace("’", "'")
    assert "<video" not in page.content.decode() and "PUBLIC_ERROR_AUDIO_FILTERED" in said
    assert "Charged 20 for the strip" in said


def test_who_may_only_look_sees_the_clip_and_no_button_that_spends(people):
    made(people.mara, State.READY)
    page = signed_in(people.vera).get("/c/S1a/").content.decode()
    assert "Reroll" not in page and "Download" in page and "Copy" in page


def test_a_picture_is_shown_as_a_picture(mara, people):
    row = made(people.mara, State.READY)
    row.clips.update(kind="image", content_type="image/png", length=None)
    page = mara.get("/c/S1a/").content.decode()
    assert '<figure class="still"><img src="/c/S1a/file/' in page and "<video" not in page


# --- in a browser ----------------------------------------------------------------------------------------
@pytest.fixture
def film(settings, tmp_path):
    """The one file all clips of rows.made share."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    with Incoming("clips/x.mp4") as incoming:
        incoming.write(mp4(seconds=4))
        incoming.keep()
    for width in (320, 640, 1280):
        with Incoming(f"clips/x.mp4.{width}.webp") as incoming:
            incoming.write(still("WEBP", 320, 180))
            incoming.keep()


def finished(person, prompt) -> Generation:
    row = made(person, State.READY, prompt=prompt)
    row.clips.update(posters_at=clock.now(), content_type="video/mp4", length=4.0, frame_rate=24)
    return row


@pytest.mark.browser
def test_it_plays_seeks_steps_and_goes_back_to_the_same_place(browser, people, film):
    for number in range(30):
        finished(people.mara, f"Wave {number}")
    page = browser(people.mara, height=500)
    page.goto("/gallery/")
    page.locator("[data-open=S9a]").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    page.click("[data-open=S9a]")
    page.wait_for_url("**/c/S9a/")
    page.wait_for_selector("[data-part=transport]:not([hidden])")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-part=play][aria-pressed=true]")
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    assert page.evaluate("document.querySelector('video').currentTime") > 0.1
    page.evaluate("document.querySelector('video').currentTime = 3")
    page.wait_for_selector("[data-part=time]:has-text('0:03.0')")
    page.keyboard.press(".")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('video').currentTime") > 3.03
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/c/S8a/")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/c/S9a/")
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery/")
    page.wait_for_timeout(300)
    assert abs(page.evaluate("scrollY") - before) < 5


@pytest.mark.browser
def test_nothing_scrolls_sideways_on_any_screen(browser, people, film):
    finished(people.mara, "A very long word " + "w" * 200)
    for width in (390, 768, 1440, 2560):
        page = browser(people.mara, width=width)
        page.goto("/c/S1a/")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.browser
def test_the_prompt_is_copied(browser, people, film):
    finished(people.mara, 'Said "so" & done')
    page = browser(people.mara, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/c/S1a/")
    page.click("[data-copy]")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == 'Said "so" & done'


@pytest.mark.browser
def test_the_switch_changes_in_place_and_keeps_the_focus(browser, people, film):
    row = finished(people.mara, "A harbour")
    page = browser(people.mara)
    page.goto("/c/S1a/")
    page.click("#see-me")
    page.wait_for_selector("#see-me[aria-pressed=true]")
    assert page.evaluate("document.activeElement.id") == "see-me"
    assert Generation.objects.get(pk=row.pk).visibility == "private"
