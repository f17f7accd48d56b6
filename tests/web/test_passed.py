"""Compare with prompts that passed: what came through and reads most like the refused prompt."""

import pytest

from generations.library import index
from generations.library.alike import alike
from generations.models import Generation

from .rows import made, real_account

REFUSED = "A knight with a bloody sword storms the gate, rain, low angle"
NEAR = "A knight with a wooden sword walks to the gate, rain, low angle"
FAR = "A paper boat in the rain"
OTHER = "Two cups of tea"


def labels(found) -> list[str]:
    return [clip.generation.prompt for clip in found]


@pytest.fixture
def refused(people):
    row = made(people.mara, "failed", prompt=REFUSED)
    Generation.objects.filter(pk=row.pk).update(failure="content_violence")
    return Generation.objects.get(pk=row.pk)


def shown(person, state, prompt, **more):
    row = made(person, state, prompt=prompt, **more)
    index.write_words(row)
    return row


def test_the_prompt_that_shares_most_words_comes_first_and_strangers_do_not_come(people, refused):
    for prompt in (NEAR, FAR, OTHER):
        shown(people.mara, "ready", prompt)
    shown(people.mara, "failed", "A knight with a sharp sword storms the gate, rain, low angle")
    assert labels(alike(people.mara, refused, 5)) == [NEAR, FAR]


def test_nothing_private_and_nothing_of_another_team_is_shown(people, refused):
    shown(people.aiko, "ready", NEAR, visibility="private")
    shown(people.charlie, "ready", NEAR)
    assert alike(people.mara, refused, 5) == []


def test_make_believe_tells_nothing_about_googles_filter(people):
    account = real_account(people.mara)
    row = made(people.mara, "failed", prompt=REFUSED, account=account)
    shown(people.mara, "ready", NEAR)
    assert alike(people.mara, row, 5) == []
    shown(people.mara, "ready", FAR, account=account)
    assert labels(alike(people.mara, row, 5)) == [FAR]


def test_the_card_leads_to_a_page_that_marks_the_words_nobody_else_used(client, people, refused):
    shown(people.aiko, "ready", NEAR)
    client.force_login(people.mara)
    assert f'href="/g/{refused.label}/passed/"' in client.get("/create/").content.decode()
    page = client.get(f"/g/{refused.label}/passed/").content.decode()
    assert "<mark>bloody</mark> sword" in page and "<mark>sword" not in page
    assert "<del>bloody </del><ins>wooden </ins>" in page
    assert client.get("/g/S999/passed/").status_code == 404


@pytest.mark.parametrize("prompt", ["?!", "a", "海边的灯塔", "<b>&amp;", "word " * 900])
def test_any_prompt_has_a_page(client, people, prompt):
    row = made(people.mara, "failed", prompt=prompt)
    shown(people.mara, "ready", prompt + " dusk")
    client.force_login(people.mara)
    assert client.get(f"/g/{row.label}/passed/").status_code == 200
