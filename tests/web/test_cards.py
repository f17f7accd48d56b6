"""What a card says in every state, and that it never says more than is known."""

import re
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from generations.catalog.request import Request
from generations.flow.intend import write_intent
from generations.flow.money import settle
from generations.models import Account, Clip, Connection, Generation, State, clock
from generations.web import words
from generations.web.strip import drawing, feed
from generations.web.strip.cards import LOOKS, Card, Frame, row_of
from tests.people import sandbox_account

from .rows import real_account

PROMPT = "A red-and-white lighthouse on a granite headland at dusk, beam sweeping over the sea"


# --- the template alone ------------------------------------------------------------------------------------


def drawn(state: str, **facts) -> str:
    count = facts.get("count", 1)
    facts.setdefault("frames", row_of((), count))
    return render_to_string("strip/_strip.html", {"card": Card("7", "228", state, PROMPT, **facts)})


@pytest.mark.parametrize("state", LOOKS)
def test_each_state_has_its_word_its_icon_and_the_prompt_once(state):
    html = drawn(state)
    look = LOOKS[state]
    visible = re.sub(r'aria-label="[^"]*"', "", html)
    assert visible.count(escape(PROMPT)) == 1
    assert ('class="ghost"' in html) != ('class="prompt"' in html)
    if look.word:
        assert f"{look.word}</span>" in html and f"#{look.icon}" in html and f"role-{look.role}" in html
    else:
        assert 'class="status"' not in html, "the picture is the word"


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_running_strip_has_the_shape_of_its_result(count):
    running, ready = drawn("generating", count=count), drawn("ready", count=count)
    for html in (running, ready):
        assert f"gen r169 n{count}" in html
        assert len(re.findall(r'<div class="frame[ "]', html)) == count


def test_one_upright_clip_has_its_words_beside_it():
    assert "side" in Card("7", "228", "ready", PROMPT, ratio="r916").classes.split()
    assert "side" not in Card("7", "228", "ready", PROMPT, ratio="r916", count=3).classes.split()
    html = drawn("generating", ratio="r916")
    assert 'class="prompt"' in html and 'class="ghost"' not in html, "a narrow frame holds no sentence"


def test_a_card_is_named_for_people_who_hear_it():
    card = Card("7", "228", "ready", PROMPT + ", warm windows, gulls, distant surf", count=4)
    assert card.article_label.startswith("228, ready, 4 clips: A red-and-white lighthouse")
    assert card.article_label.endswith("…")


def test_the_hairline_is_silent_and_never_full():
    html = drawn("generating", progress=64)
    assert re.search(r'<progress max="100" value="64"[^>]*aria-hidden="true"', html)
    assert 'value="' not in re.search(r"<progress[^>]*>", drawn("generating"))[0], (
        "nothing learned, no number"
    )
    assert "<progress" not in drawn("waiting") + drawn("ready") + drawn("failed")


def test_once_a_clip_is_ready_each_frame_speaks_for_itself():
    frames = (
        Frame("ready", poster="/p.webp", label="228a", letter="a"),
        Frame("dim", label="228b", letter="b"),
    )
    html = drawn("saving", count=2, frames=frames)
    assert html.count("Saving") == 1 and 'class="ghost"' not in html


# --- from real rows -----------------------------------------------------------------------------


@pytest.fixture
def account(people):
    """A real account of Mara's with a balance; nothing is ever sent from it here."""
    connection = Connection(owner=people.mara, base_url="http://127.0.0.1:9/v1", user_number="4242")
    connection.give_token("user:4242-0123456789abcdef")
    connection.save()
    return Account.objects.create(
        connection=connection, email="studio@example.com", label="Studio account", credits=5000
    )


@pytest.fixture
def made(people, account):
    """Write a click down and put it into a state: made("failed", failure="busy", count=2)."""

    def make(state=State.WAITING, *, by=None, on=None, count=1, **changes):
        request = Request(prompt=PROMPT, model="veo-3.1-fast", count=count)
        key = f"key-{Generation.objects.count()}"
        row, _ = write_intent(by or people.mara, on or account, request, request_key=key)
        moment = clock.now()
        if state in {"generating", "stopped", "saving", "ready"}:
            changes.setdefault("accepted_at", moment - timedelta(seconds=68))
        if state in {"ready", "failed", "cancelled"}:
            changes.setdefault("finished_at", moment)
        Generation.objects.filter(pk=row.pk).update(state=state, **changes)
        return Generation.objects.get(pk=row.pk)

    return make


def clip(row, position=0, state="ready", **facts):
    saved = {"file": "x.mp4", "sha256": "0" * 64, "width": 1280, "height": 720, "length": 8.0}
    return Clip.objects.create(
        generation=row,
        position=position,
        kind="video",
        state=state,
        **((saved if state == "ready" else {}) | facts),
    )


def test_what_was_charged_is_said_by_the_ledger_alone(people, made):
    waiting, free, paid = (made("failed", failure="safety", failure_reason="x") for _ in range(3))
    settle.give_back(free, "Refused, not charged.")
    settle.charge(paid, 20)
    cards = [drawing.card_of(row, people.mara) for row in (waiting, free, paid)]
    assert [card.tag for card in cards] == ["Checking charge", "Not charged", "Charged 20"]
    assert [card.charged for card in cards] == [False, False, True]


def test_the_real_cost_stands_where_the_estimate_was_with_what_it_saved(people, made):
    """Four were asked for at 10 credits, three came: 30 at $0.008 each, against $0.80 a clip at Google."""
    studio = real_account(people.mara)
    running, row = made("generating", on=studio, count=4), made("ready", on=studio, count=4)
    for n in range(3):
        clip(row, n)
    assert "40 credits" in drawing.card_of(running, people.mara).meta
    settle.charge(row, 30)
    card = drawing.card_of(row, people.mara)
    assert card.meta[1:4] == ("8 s", "30 credits", "saved $2.16")
    assert card.compared == "$2.40 at Google's API in June 2026, ≈ $0.24 here."
    page = render_to_string("strip/_strip.html", {"card": card})
    assert 'saved $2.16<span class="sr"> against the official API</span>' in page


def test_what_google_does_not_sell_saves_nothing_that_could_be_told(people, made):
    row = made("ready", on=real_account(people.mara))
    clip(row)
    request = row.request | {"model": "veo-3.1-lite-low-priority"}
    Generation.objects.filter(pk=row.pk).update(model=request["model"], request=request)
    settle.charge(row, 0)
    card = drawing.card_of(Generation.objects.get(pk=row.pk), people.mara)
    assert "free" in card.meta and not card.saved and not any("saved" in word for word in card.meta)


def test_every_button_that_sends_has_a_price_and_a_key_and_no_other_has(people, made):
    rows = [made(state) for state in State] + [made("failed", failure="busy")]
    rows.append(made("uncertain", uncertain_at=clock.now() - timedelta(hours=1)))
    clip(rows[-4])
    seen = set()
    for row in rows:
        card = drawing.card_of(row, people.mara)
        for action in (*card.actions, *(a for frame in card.frames for a in frame.actions)):
            sends = action.key in {"again", "reroll", "send-again", "allow", "cheaper"}
            assert bool(action.price) == bool(action.request_key) == sends, action
            seen.add(action.key)
    assert {"again", "send-again", "cancel", "stop", "check", "reuse"} <= seen


def test_who_may_only_look_is_offered_nothing_that_acts(people, made):
    for state in State:
        card = drawing.card_of(made(state), people.vera)
        assert [a for a in card.actions if a.method == "post"] == [], state
        assert "Reuse prompt" not in [a.label for a in card.actions]


def test_a_team_mate_may_reuse_but_not_stop_what_another_started(people, made):
    labels = [a.label for a in drawing.card_of(made("generating"), people.aiko).actions]
    assert labels == ["Reuse prompt"]


def test_cancel_exists_only_before_sending(people, made):
    with_cancel = [
        state
        for state in State
        if "cancel" in [a.key for a in drawing.card_of(made(state), people.mara).actions]
    ]
    assert with_cancel == [State.HELD, State.WAITING]


def test_a_guess_is_a_range_and_no_percentage_is_shown(people, made):
    card = drawing.card_of(made("generating"), people.mara)
    html = render_to_string("strip/_strip.html", {"card": card})
    assert re.fullmatch(r"(\d+–\d+|up to \d+|about \d+) (s|min) left", card.right)
    assert "%" not in re.sub(r"<[^>]*>", "", html)


def test_what_takes_longer_than_usual_says_how_long_is_usual(people, made):
    late = made("generating", accepted_at=clock.now() - timedelta(minutes=20))
    card = drawing.card_of(late, people.mara)
    assert card.look.word == "Taking longer" and card.right.startswith("usually ")


def test_an_uncertain_send_says_what_is_held_and_that_nothing_is_sent_again(people, made):
    card = drawing.card_of(made("uncertain", uncertain_at=clock.now()), people.mara)
    assert card.right == "20 credits on hold"
    assert "Not sent again by itself." in card.hint
    assert [a.key for a in card.actions] == ["check", "details"]


def test_fewer_clips_than_asked_for_are_said_in_the_place_of_the_missing_one(people, made):
    row = made("ready", count=4)
    for position in range(3):
        clip(row, position)
    settle.charge(row, 60)
    last = drawing.card_of(row, people.mara).frames[3]
    assert (last.state, last.sentence, last.hint) == (
        "failed",
        "Google returned 3 of 4.",
        "Charged 60 of 80.",
    )


def test_a_clip_that_is_not_saved_says_until_when_google_keeps_it(people, made):
    row = made("saving")
    clip(row, state="saving", trouble="The disk is full.", url_expires_at=clock.now() + timedelta(hours=3))
    card = drawing.card_of(row, people.mara)
    assert card.look.word == "Not saved yet" and card.right.startswith("Google keeps it until ")


def test_sandbox_work_is_marked_and_costs_nothing(people, made):
    row = made("ready", on=sandbox_account(people.mara))
    clip(row)
    card = drawing.card_of(row, people.mara)
    assert card.number.startswith("S") and card.frames[0].sandbox
    assert card.meta[0] == "Sandbox" and "0 credits" in card.meta
    assert not any("official" in word for word in card.meta)


def test_a_retry_that_was_made_is_linked_and_not_offered_again(people, made):
    row = made("failed", failure="busy")
    child = made()
    Generation.objects.filter(pk=child.pk).update(parent=row, relation="again")
    labels = [a.words for a in drawing.card_of(row, people.mara).actions]
    assert labels[0] == f"Went on as {child.label}" and not any("credits" in label for label in labels)


def test_a_page_asks_the_same_questions_for_three_cards_as_for_twelve(
    people, made, django_assert_max_num_queries, django_assert_num_queries
):
    def draw():
        return feed.cards(list(feed.with_all(Generation.objects.all())), people.mara)

    for times in (1, 3):
        for state in ("waiting", "generating", "failed") * times:
            clip(made(state), state="saving")
        if times == 1:
            draw()  # what is asked once per person is known from here on
            with django_assert_max_num_queries(20) as few:
                assert len(draw()) == 3
    with django_assert_num_queries(len(few)):
        assert len(draw()) == 12


# --- in a browser -------------------------------------------------------------------------------

JOURNEY = ["waiting", "sending", "uncertain", "generating", "stopped", "saving", "ready"]


@pytest.mark.browser
def test_nothing_moves_while_a_job_goes_through_its_states(people, account, made, browser):
    """The place of a strip is known when the prompt is sent; its neighbours below stay where they are."""
    below = made("ready", by=people.mara)
    clip(below)
    row = made()
    page = browser(people.mara)
    page.goto("/create/")
    frame, under = f"#card-{row.pk} .frames", f"#card-{row.pk}"
    places = []
    for state in JOURNEY:
        changes = (
            {"accepted_at": clock.now()} if state in {"generating", "stopped", "saving", "ready"} else {}
        )
        changes |= {"finished_at": clock.now()} if state == "ready" else {}
        changes |= {"uncertain_at": clock.now()} if state == "uncertain" else {}
        if state == "saving":
            clip(row, state="saving", size=4_800_000, saved_bytes=3_100_000)
        if state == "ready":
            row.clips.update(state="ready", file="x.mp4", sha256="0" * 64, width=1280, height=720, length=8)
        Generation.objects.filter(pk=row.pk).update(state=state, **changes)
        told = Generation.objects.get(pk=row.pk)
        told.note("told")
        page.evaluate("document.dispatchEvent(new Event('flowsite:poll'))")
        page.wait_for_selector(f"#card-{row.pk}[data-state={state}][data-version='{told.version}']")
        places.append([page.locator(one).bounding_box() for one in (frame, under)])
    assert all(place == places[0] for place in places), places


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_said"),
    [
        (words.credits(1), "1 credit"),
        (words.credits(18760), "18,760 credits"),
        (words.credits(None), "price unknown"),
        (words.price(0), "free"),
        (words.length(8.02), "0:08"),
        (words.length(None), ""),
        (words.elapsed(68.9), "1:08"),
        (words.elapsed(3849), "1:04:09"),
        (words.span(22, 38), "20–40 s"),
        (words.span(0, 18), "up to 20 s"),
        (words.span(130, 250), "2–5 min"),
        (words.ordinal(2), "2nd"),
        (words.ordinal(11), "11th"),
        (words.ordinal(103), "103rd"),
        (words.size(4_800_000), "4.8 MB"),
        (words.ratio_class("9:16"), "r916"),
        (words.nearest_class(1920, 1080), "r169"),
        (words.nearest_class(1000, 1320), "r34"),
    ],
)
def test_numbers_are_written_in_one_way(said, is_said):
    assert said == is_said
