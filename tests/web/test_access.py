"""What a person may not see does not exist for them; what they may see and not do is said to them."""

import pytest

from generations.models import State

from .rows import made

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def ours(people):
    """Mara's: one for the team, one private."""
    return made(people.mara, State.READY), made(people.mara, State.READY, visibility="private")


def test_absent_private_and_other_teams_numbers_are_the_same_page(client, people, ours):
    _, private = ours
    client.force_login(people.aiko)
    absent = client.get("/g/S999/")
    hidden = client.get(f"/g/{private.label}/")
    client.force_login(people.charlie)
    foreign = client.get(f"/g/{ours[0].label}/")
    assert absent.status_code == hidden.status_code == foreign.status_code == 404
    assert absent.content == hidden.content


@pytest.mark.parametrize("label", ["0", "S", "s1", "S01", "١", "S1a", "999999999999999", "-1", "S1/"])
def test_numbers_nobody_would_write_are_not_found(client, people, ours, label):
    client.force_login(people.mara)
    assert client.get(f"/g/{label}/").status_code == 404


def test_team_mates_see_each_others_team_work(client, people, ours):
    client.force_login(people.vera)
    assert client.get(f"/g/{ours[0].label}/").status_code == 200


@pytest.mark.parametrize("verb", ["cancel", "stop", "front", "check", "write-off", "save-now", "watch"])
def test_only_the_maker_may_act_on_a_row_and_others_are_told_who(client, people, verb):
    states = {"cancel": "waiting", "front": "waiting", "check": "uncertain", "write-off": "uncertain"}
    states |= {"save-now": "saving", "watch": "stopped"}
    row = made(people.mara, states.get(verb, "generating"))
    client.force_login(people.aiko)
    answer = client.post(f"/g/{row.label}/{verb}/")
    assert answer.status_code == 403
    assert "Only Mara" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == states.get(verb, "generating")


def test_to_htmx_a_refusal_is_the_card_as_it_is_and_a_sentence(client, people):
    row = made(people.mara, State.GENERATING)
    client.force_login(people.mara)
    answer = client.post(f"/g/{row.label}/cancel/", **HTMX)
    assert answer.status_code == 422, "422 swaps, other errors do not (layout/base.html)"
    assert f'id="card-{row.pk}"' in answer.content.decode()
    assert "cannot be cancelled" in answer.headers["HX-Trigger"]


def test_a_viewer_may_look_and_not_spend(client, people, ours):
    client.force_login(people.vera)
    page = client.get("/create/").content.decode()
    assert "You may look here, not generate." in page
    answer = client.post("/create/", {"prompt": "a fox", "request_key": "k1"})
    assert answer.status_code == 422
    assert people.vera.generations.count() == 0


def test_nobody_gets_in_without_signing_in(client, people, ours):
    for address in ("/create/", "/queue/", f"/g/{ours[0].label}/", "/_/changes/"):
        answer = client.get(address)
        assert answer.status_code == 302 and "/sign-in/" in answer.headers["Location"]


def test_fragments_answer_only_to_htmx(client, people, ours):
    client.force_login(people.mara)
    assert client.get("/_/changes/?v=0").status_code == 404
    assert client.get(f"/_/card/{ours[0].label}/").status_code == 404
    assert client.get(f"/_/card/{ours[0].label}/", **HTMX).status_code == 200
