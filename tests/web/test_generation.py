"""/g/S1/: everything that explains a row, and nothing secret."""

import re

import pytest

from generations.models import Errand, Generation, Outcome, State
from generations.models.errand import ErrandKind

from .rows import made, real_account
from .test_live import ask, page_of


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


def shown(client, row) -> str:
    return client.get(f"/g/{row.label}/").content.decode()


@pytest.mark.parametrize("state", [s for s in State if s != State.HELD])
def test_every_state_can_be_explained(client, mara, state):
    row = made(mara, state)
    page = shown(client, row)
    for words in ("What happened", "Attempts to send", "Credits", "Reserved", "Mara", row.prompt):
        assert words in page


def test_the_timeline_has_who_and_why(client, mara):
    row = made(mara)
    client.post(f"/g/{row.label}/cancel/")
    events = re.findall(r'<td class="g-time">.*?</tr>', shown(client, row), re.S)
    assert any("Cancelled" in line and "Mara" in line for line in events)


def test_a_reply_is_shown_without_what_could_be_a_secret(client, mara):
    row = made(mara, State.GENERATING)
    row.attempts.update(
        reply='{"error": "x", "url": "https://flow-content.google/v/1.mp4?sig=SECRETSIG", '
        '"token": "user:4242-SECRETTOKEN"}',
        reference="site.1.1.deadbeefdeadbeefdeadbeefdeadbeef",
    )
    page = shown(client, row)
    assert "SECRETSIG" not in page and "SECRETTOKEN" not in page
    assert "deadbeefdeadbeefdeadbeefdeadbeef" not in page, (
        "a reference proves a job is ours: its tail stays here"
    )
    assert "flow-content.google/v/1.mp4" in page


def test_an_uncertain_row_shows_what_was_seen_and_the_three_ways_on(client, mara):
    row = made(mara, State.UNCERTAIN, account=real_account(mara))
    row.attempts.update(
        evidence={"looks": [{"at": "2026-11-24T12:00:00+00:00", "listed": 3, "read": 2, "trouble": ""}]}
    )
    page = shown(client, row)
    assert "1 look so far" in page and "2 unknown jobs were read; none carried our reference" in page
    assert f"{row.expected_credits} credits stay on hold" in page
    for words in ("Check now", "It was not sent: give the credits back", "Send again"):
        assert words in page


def test_check_now_asks_a_worker_and_sends_nothing(client, mara):
    row = made(mara, State.UNCERTAIN)
    client.post(f"/g/{row.label}/check/")
    assert Errand.objects.get().kind == ErrandKind.RECONCILE
    assert row.attempts.count() == 1


def test_written_off_gives_the_credits_back_once(client, mara):
    row = made(mara, State.UNCERTAIN, account=real_account(mara))
    for _ in range(2):
        client.post(f"/g/{row.label}/write-off/")
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert row.attempts.get().outcome == Outcome.WRITTEN_OFF
    assert row.credit_entries.on_hold() == 0
    assert row.credit_entries.filter(kind="release").count() == 1


def test_send_again_is_a_child_with_its_own_click_and_a_double_click_is_one(client, mara):
    row = made(mara, State.UNCERTAIN)
    page = shown(client, row)
    form = re.search(rf'action="/g/{row.label}/send-again/".*?</form>', page, re.S)[0]
    fields = dict(re.findall(r'name="(request_key|price_shown)" value="([^"]*)"', form))
    for _ in range(2):
        client.post(f"/g/{row.label}/send-again/", fields)
    child = Generation.objects.get(parent=row)
    assert child.attempts.count() == 0 and child.state == State.WAITING
    assert f"/g/{child.label}/" in shown(client, row)


def test_only_who_may_decide_is_asked_to(client, mara, people):
    row = made(mara, State.UNCERTAIN)
    client.force_login(people.aiko)
    page = shown(client, row)
    assert "give the credits back" not in page


def test_trying_again_makes_a_child_and_a_double_click_makes_one(client, mara):
    row = made(mara, State.CANCELLED)
    fields = {"request_key": "one-click", "price_shown": "0"}
    for _ in range(2):
        client.post(f"/g/{row.label}/again/", fields)
    assert Generation.objects.filter(parent=row, relation="again").count() == 1


def test_a_price_that_changed_is_not_spent_by_try_again(client, mara):
    row = made(mara, State.CANCELLED, account=real_account(mara))
    answer = client.post(f"/g/{row.label}/again/", {"request_key": "k", "price_shown": "1"})
    assert answer.status_code == 422 and "Nothing was sent" in answer.content.decode()
    assert not Generation.objects.filter(parent=row).exists()


def test_the_page_follows_its_row_and_no_other(client, mara):
    row, other = made(mara), made(mara)
    page = page_of(client, f"/g/{row.label}/")
    other.move(State.CANCELLED)
    answer = ask(client, page)
    assert answer.status_code == 200 and "generation-live" not in answer.content.decode()
    row.move(State.CANCELLED)
    assert 'id="generation-live" hx-swap-oob="true"' in ask(client, page).content.decode()


def test_an_unknown_verb_is_no_page(client, mara):
    row = made(mara)
    assert client.post(f"/g/{row.label}/explode/").status_code == 404
    assert client.get(f"/g/{row.label}/cancel/").status_code == 302
    row.refresh_from_db()
    assert row.state == State.WAITING, "a link never cancels"
