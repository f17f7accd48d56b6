"""The poller: nothing newer costs one question, what changed is sent, and never more than may be seen."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import State

from .rows import made

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


def page_of(client, address: str = "/create/") -> dict:
    """What the page's poller would ask next: address, version and the cards shown."""
    html = client.get(address).content.decode()
    poll = re.search(r'data-poll-url="([^"]+)" data-version="(\d+)"', html)
    cards = re.findall(r'data-card="(\d+)"', html)
    return {"url": poll[1].replace("&amp;", "&"), "v": poll[2], "ids": ",".join(cards)}


def ask(client, page: dict):
    return client.get(f"{page['url']}&v={page['v']}&ids={page['ids']}", **HTMX)


def out_of_band(html: str) -> list[str]:
    """Ids of the cards that replace what a page shows."""
    return re.findall(r'<article id="card-(\d+)"[^>]*hx-swap-oob="true"', html)


def test_nothing_newer_is_204_and_one_question_more_than_being_signed_in(client, mara):
    made(mara)
    page = page_of(client)
    with CaptureQueriesContext(connection) as asked:
        answer = ask(client, page)
    assert answer.status_code == 204 and not answer.content
    ours = [q["sql"] for q in asked if "session" not in q["sql"] and "generations_person" not in q["sql"]]
    assert len(ours) == 1, ours


def test_a_changed_card_is_sent_and_an_unchanged_one_is_not(client, mara):
    still, moving = made(mara, State.READY), made(mara)
    page = page_of(client)
    moving.move(State.CANCELLED)
    answer = ask(client, page)
    assert answer.status_code == 200
    assert out_of_band(answer.content.decode()) == [str(moving.pk)]
    assert str(still.pk) not in answer.content.decode()


def test_the_next_poll_asks_from_the_new_version(client, mara):
    row = made(mara)
    page = page_of(client)
    row.move(State.CANCELLED)
    version = re.search(r'data-poll-url="[^"]*" data-version="(\d+)"', ask(client, page).content.decode())[1]
    assert ask(client, page | {"v": version}).status_code == 204


def test_new_work_of_the_team_comes_to_the_top(client, mara, people):
    made(mara)
    page = page_of(client)
    fresh = made(people.aiko, prompt="Fresh from Aiko")
    html = ask(client, page).content.decode()
    assert 'hx-swap-oob="afterbegin:#feed"' in html and "Fresh from Aiko" in html
    assert out_of_band(html) == [] and f'id="card-{fresh.pk}"' in html


def test_an_older_page_gets_its_changes_and_no_new_work(client, mara):
    rows = [made(mara) for _ in range(30)]
    page = page_of(client, f"/create/?before={rows[4].pk}")
    made(mara, prompt="brand new")
    rows[0].move(State.CANCELLED)
    html = ask(client, page).content.decode()
    assert out_of_band(html) == [str(rows[0].pk)]
    assert "brand new" not in html


def test_scope_mine_hears_nothing_of_others(client, mara, people):
    made(mara)
    page = page_of(client, "/create/?scope=mine")
    made(people.aiko, prompt="not for this page")
    assert "not for this page" not in ask(client, page).content.decode()


def test_what_is_not_visible_is_never_sent_whatever_ids_are_named(client, mara, people):
    private = made(people.aiko, visibility="private", prompt="Aiko’s secret")
    foreign = made(people.charlie, prompt="Southbank’s secret")
    made(mara)
    answer = ask(
        client, {"url": "/_/changes/?page=create&top=yes", "v": "0", "ids": f"{private.pk},{foreign.pk},x,-1"}
    )
    assert answer.status_code == 200
    assert "secret" not in answer.content.decode()


def test_a_card_that_became_private_leaves_the_pages_of_others(client, mara, people):
    row = made(people.aiko)
    page = page_of(client)
    row.note("made private", visibility="private")
    html = ask(client, page).content.decode()
    assert f'<div id="card-{row.pk}" hx-swap-oob="delete">' in html


def test_waiting_cards_are_told_their_new_place_when_somebody_else_moves(client, mara):
    first, second = made(mara), made(mara)
    page = page_of(client)
    assert "Waiting, 2nd in line" in client.get("/create/").content.decode()
    first.move(State.CANCELLED)
    html = ask(client, page).content.decode()
    status = re.search(rf'<div id="card-{second.pk}-status"[^>]*hx-swap-oob="true">(.*?)</p>', html, re.S)[1]
    assert "next in line" in status
    assert out_of_band(html) == [str(first.pk)], "its place is one line, not the whole card"


def test_the_badge_counts_what_needs_this_person(client, mara, people):
    row = made(mara, State.SENDING)
    page = page_of(client)
    row.move(State.UNCERTAIN)
    html = ask(client, page).content.decode()
    assert 'id="badge" data-needs="1" hx-swap-oob="true"' in html
    client.force_login(people.aiko)
    assert 'id="badge" data-needs="0"' in ask(client, page).content.decode()


def test_odd_versions_and_ids_are_no_trouble(client, mara):
    made(mara)
    for query in (
        "v=&ids=",
        "v=x&ids=,,",
        "v=-1",
        "v=99999999999999999999",
        "ids=" + "9" * 50,
        "v=²&ids=²",
        f"ids={2**63}",
    ):
        assert client.get(f"/_/changes/?{query}", **HTMX).status_code in (200, 204)


def test_an_ended_session_is_sent_to_sign_in_and_nowhere_else(client, mara):
    page = page_of(client)
    client.logout()
    answer = ask(client, page)
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/")


def test_a_page_never_misses_a_change_between_its_version_and_its_rows(client, mara, monkeypatch):
    """A row that changes while the page is being drawn is newer than the version the page carries."""
    from generations.web.strip import feed

    row = made(mara)
    read = feed.page

    def slow_page(*args, **kwargs):
        found = read(*args, **kwargs)
        type(row).objects.get(pk=row.pk).move(State.CANCELLED)
        return found

    monkeypatch.setattr(feed, "page", slow_page)
    page = page_of(client)
    assert out_of_band(ask(client, page).content.decode()) == [str(row.pk)]
