"""The failure desk for many rows at once that sends nothing: files asked for again, and a yes to all."""

import re

import pytest

from generations.flow import collect
from generations.flow.money import budget
from generations.flow.unsaved import Verdict
from generations.library import gallery
from generations.models import (
    Attempt,
    Batch,
    Budget,
    ClipState,
    CreditEntry,
    Event,
    Generation,
    SearchText,
    State,
)
from generations.models.ledger import Kind

from .rows import made, real_account
from .test_desk import HTMX, lines, queue


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


def never_arrived(person, account, *, media_id="user:1-email:61-video:x", **asked) -> Generation:
    """Made and charged at Google; its file was given up on by the engine itself."""
    row = made(person, State.SAVING, account=account, **asked)
    clip = row.clips.get()
    clip.media_id = f"{media_id}{row.pk}" if media_id else ""
    clip.save()
    collect._not_saved(clip, Verdict("Google no longer has this file.", "link_dead"))
    return Generation.objects.get(pk=row.pk)


def form(line: str, address: str) -> dict:
    (found,) = re.findall(rf'<form[^>]*action="{address}".*?</form>', line, re.S)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found))


# --- ask again, free ----------------------------------------------------------------------------------------


def test_files_that_never_arrived_are_asked_for_together_and_nothing_is_sent_or_paid(client, mara):
    account = real_account(mara)
    rows = [never_arrived(mara, account, prompt=f"boat {n}") for n in range(3)]
    never_arrived(mara, account, prompt="no id", media_id="")
    money = CreditEntry.objects.count()
    (line,) = lines(queue(client))
    assert "4 clips were made, but the files did not arrive whole." in line
    assert "Ask again, 3 of 4" in line and "free" in line
    asked = form(line, "/queue/ask-again/")

    answer = client.post("/queue/ask-again/", asked, **HTMX)
    assert "Asking Google for 3 files again" in answer.headers["HX-Trigger"]
    for row in rows:
        assert Generation.objects.get(pk=row.pk).state == State.SAVING
        clip = row.clips.get()
        assert (clip.state, clip.tries, clip.trouble, clip.source_url) == (ClipState.SAVING, 0, "", "")
    answer = client.post("/queue/ask-again/", asked, **HTMX)  # a double click
    assert answer.status_code == 200 and "asked for already" in answer.headers["HX-Trigger"]
    assert Event.objects.filter(why="asked for the file again, free", by=mara).count() == 3
    assert CreditEntry.objects.count() == money and Attempt.objects.count() == 4
    assert Generation.objects.count() == 4


def test_a_file_that_was_asked_for_again_and_fails_again_is_back_in_needs_you(client, mara):
    row = never_arrived(mara, real_account(mara))
    assert client.post(f"/g/{row.label}/ask-again/", **HTMX).status_code == 200
    assert "need" not in "".join(lines(queue(client)))
    collect._not_saved(row.clips.get(), Verdict("Google no longer has this file.", "link_dead"))
    assert len(lines(queue(client))) == 1


def test_nobody_asks_for_the_files_of_others(client, mara, people):
    rows = [never_arrived(mara, real_account(mara)) for _ in range(1)]
    client.force_login(people.aiko)
    answer = client.post("/queue/ask-again/", {"labels": rows[0].label}, **HTMX)
    assert answer.status_code == 422
    assert Generation.objects.get(pk=rows[0].pk).state == State.FAILED
    assert client.post("/queue/ask-again/", {"labels": "999999"}, **HTMX).status_code == 404
    assert client.post("/queue/ask-again/", {}, **HTMX).status_code == 422


def test_a_file_that_never_arrived_is_found_by_its_state_and_its_reason(mara):
    row = never_arrived(mara, real_account(mara), prompt="a boat")
    assert " link dead " in SearchText.objects.get(pk=row.pk).words
    for asked in ("is:failed", "link dead is:failed", "boat is:failed"):
        assert row.pk in found_by(mara, asked), asked
    collect.ask_again_now(row, mara)
    assert " link dead " not in SearchText.objects.get(pk=row.pk).words, "it has not failed any more"
    assert row.pk not in found_by(mara, "link dead is:failed")


def found_by(person, asked: str) -> set[int]:
    return {tile.generation.pk for tile in gallery.page(person, asked).tiles}


# --- allow all ----------------------------------------------------------------------------------------------


@pytest.fixture
def studio(people):
    return real_account(people.mara, is_lent=True, credits=100)


@pytest.fixture
def held(people, studio):
    """Six prompts of Aiko's batch, over a limit of nothing: 60 credits together."""
    Budget.objects.create(team=people.team, period="day", hard=5)
    batch = Batch.objects.create(team=people.team, person=people.aiko, name="Crowds")
    rows = [made(people.aiko, account=studio, batch=batch, prompt=f"crowd {n}") for n in range(6)]
    assert {row.state for row in rows} == {State.HELD}
    return rows


def test_a_batch_over_the_limit_is_allowed_with_one_yes(client, mara, held, people):
    (line,) = lines(queue(client))
    assert "Aiko asks for 6 prompts of Crowds" in line and "60 credits together." in line
    yes = form(line, "/queue/allow/")
    assert yes["price_shown"] == "60"
    for _ in range(2):  # a double click
        assert client.post("/queue/allow/", yes, **HTMX).status_code == 200
    assert set(Generation.objects.values_list("state", flat=True)) == {State.WAITING}
    assert CreditEntry.objects.filter(kind=Kind.RESERVE).count() == 6
    assert CreditEntry.objects.on_hold() == 60
    assert Event.objects.filter(verb="allowed", by=people.mara).count() == 6
    assert budget.used(people.team, people.aiko, since=budget.start_of("day")) == 60


def test_all_or_none_when_the_credits_do_not_carry_all(client, mara, held, studio):
    (line,) = lines(queue(client))
    type(studio).objects.filter(pk=studio.pk).update(credits=55)
    answer = client.post("/queue/allow/", form(line, "/queue/allow/"), **HTMX)
    assert answer.status_code == 422
    told = "All 6 need 60 credits, and Studio account has 55 left. None was allowed."
    assert told in answer.headers["HX-Trigger"]
    nothing_was_allowed()


def test_all_or_none_when_one_was_decided_meanwhile(client, mara, held):
    (line,) = lines(queue(client))
    assert client.post(f"/g/{held[3].label}/decline/", **HTMX).status_code == 200
    answer = client.post("/queue/allow/", form(line, "/queue/allow/"), **HTMX)
    assert answer.status_code == 422
    assert f"{held[3].label} has been decided meanwhile. None was allowed." in answer.headers["HX-Trigger"]
    nothing_was_allowed()


def test_no_other_sum_is_allowed_than_the_one_that_was_read(client, mara, held):
    (line,) = lines(queue(client))
    yes = form(line, "/queue/allow/") | {"price_shown": "50"}
    answer = client.post("/queue/allow/", yes, **HTMX)
    assert answer.status_code == 422 and "They take 60 credits now" in answer.headers["HX-Trigger"]
    nothing_was_allowed()


def test_who_asks_cannot_say_yes(client, held, people):
    client.force_login(people.aiko)
    assert "/queue/allow/" not in queue(client)
    labels = ",".join(row.label for row in held)
    answer = client.post("/queue/allow/", {"labels": labels, "price_shown": "60"}, **HTMX)
    assert answer.status_code == 422 and "Only an owner" in answer.headers["HX-Trigger"]
    nothing_was_allowed()


def nothing_was_allowed() -> None:
    assert not Generation.objects.filter(state=State.WAITING).exists()
    assert CreditEntry.objects.on_hold() == 0 and not Event.objects.filter(verb="allowed").exists()
