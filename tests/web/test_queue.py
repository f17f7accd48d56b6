"""Queue: true numbers, true reasons, and only what this person may do."""

import re
from datetime import timedelta

import pytest

from generations.models import Batch, Generation, Person, Rest, State, clock
from generations.web import words
from tests.people import sandbox_account

from .rows import made, real_account
from .test_live import ask, out_of_band, page_of

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/queue/"}


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


def queue(client, query: str = "") -> str:
    return client.get(f"/queue/{query}").content.decode()


def figure(page: str, name: str) -> str:
    return re.search(rf'<p class="figure[^"]*">{name}(?:<span>)?<b>([^<]*)</b>', page)[1]


def rows(page: str) -> list[str]:
    return re.findall(r'<article class="q-row"[^>]*data-number="(\w+)"', page)


def test_the_numbers_say_what_runs_and_waits(client, mara):
    for state in (
        State.GENERATING,
        State.SAVING,
        State.WAITING,
        State.WAITING,
        State.UNCERTAIN,
        State.FAILED,
    ):
        made(mara, state)
    page = queue(client)
    assert [figure(page, name) for name in ("Generating", "Waiting", "Needs you")] == ["2", "2", "2"]


def test_nothing_waiting_says_so(client, mara):
    assert "Nothing is waiting." in queue(client)


def test_others_private_rows_are_counted_and_nothing_more(client, mara, people):
    made(people.aiko, visibility="private", prompt="Aiko’s secret")
    made(people.aiko, prompt="for all")
    page = queue(client, "?scope=everyone")
    assert figure(page, "Waiting") == "2"
    assert "1 private" in page and "secret" not in page and "for all" in page
    assert "for all" not in queue(client)


def test_identical_failures_are_one_line_and_one_button_retries_them_all(client, mara):
    failed = [made(mara, State.FAILED, prompt=f"crowd {n}") for n in range(3)]
    page = queue(client)
    assert "sound filter stopped 3 clips." in page
    form = re.search(r'action="/queue/retry/".*?</form>', page, re.S)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    for _ in range(2):
        assert client.post("/queue/retry/", fields, **HTMX).status_code == 200
    again = Generation.objects.filter(parent__in=failed)
    assert again.count() == 3
    assert all(row.prompt.endswith("No speech, ambient sound only.") for row in again)
    assert figure(queue(client), "Needs you") == "0"


def test_an_uncertain_send_offers_to_look_and_never_sends_by_itself(client, mara):
    row = made(mara, State.UNCERTAIN)
    page = queue(client)
    assert f"{row.label} may or may not have been sent" in page
    assert "Not sent again by itself" in page
    answer = client.post(f"/g/{row.label}/check/", **HTMX)
    assert answer.status_code == 200 and "Checking with Google" in answer.headers["HX-Trigger"]
    assert row.attempts.count() == 1


def test_cancel_takes_the_row_off_the_list_and_gives_the_credits_back(client, mara):
    account = real_account(mara)
    row = made(mara, account=account)
    assert figure(queue(client), "Reserved") == str(row.expected_credits)
    answer = client.post(f"/g/{row.label}/cancel/", **HTMX)
    assert answer.status_code == 200 and 'id="queue-groups"' in answer.content.decode()
    page = queue(client)
    assert rows(page) == [] and figure(page, "Reserved") == "0"


def test_move_to_front_is_shown_at_once(client, mara):
    first, second = made(mara), made(mara)
    assert rows(queue(client)) == [first.label, second.label]
    answer = client.post(f"/g/{second.label}/front/", **HTMX).content.decode()
    assert rows(answer) == [second.label, first.label]


def test_pausing_mine_is_said_on_every_card_and_under_the_header(client, mara):
    row = made(mara)
    client.post("/queue/pause/")
    page = queue(client)
    assert "Your queue is paused since" in page and "Resume mine" in page
    assert "Paused" in page and rows(page) == [row.label]
    assert "Your queue is paused since" in client.get("/create/").content.decode()
    client.post("/queue/pause/?paused=no")
    assert "Your queue is paused" not in queue(client)
    assert Person.objects.get(pk=mara.pk).queue_paused_at is None


def test_a_resting_account_says_why_until_when_and_how_many_wait(client, mara):
    made(mara)
    until = clock.now() + timedelta(minutes=20)
    Rest.objects.create(account=sandbox_account(mara), reason="throttled", until=until)
    page = queue(client)
    assert f"Resting until {words.clock(until)}" in page  # tomorrow, late in the evening
    assert "1 clip waits for it." in page


def test_turns_name_who_comes_before(client, mara, people):
    account = real_account(mara, is_lent=True)
    for person in (people.aiko, mara):
        made(person, account=account)
    page = queue(client)
    order = re.findall(r'class="avatar" title="(\w+)"', page[page.index("turn-line") :])
    assert order[:2] in (["Mara", "Aiko"], ["Aiko", "Mara"])
    if order[0] == "Aiko":
        assert "your next clip starts after one of Aiko’s" in page
    else:
        assert "your next clip is the next one" in page


def test_a_batch_is_a_group_that_its_owner_pauses_and_cancels(client, mara, people):
    batch = Batch.objects.create(team=people.team, person=mara, name="Night shots", source="night-shots.csv")
    running, waiting = made(mara, State.GENERATING, batch=batch), made(mara, batch=batch)
    page = queue(client)
    assert "Night shots" in page and "2 prompts by Mara, from night-shots.csv" in page
    assert "1 generating, 1 waiting" in page
    client.post(f"/queue/batch/{batch.pk}/pause/", {"paused": "yes"})
    assert "Paused" in queue(client)
    client.post(f"/queue/batch/{batch.pk}/cancel/")
    states = {row.pk: row.state for row in Generation.objects.all()}
    assert states == {running.pk: State.GENERATING, waiting.pk: State.CANCELLED}
    client.force_login(people.aiko)
    assert client.post(f"/queue/batch/{batch.pk}/cancel/").status_code == 403
    client.force_login(people.charlie)
    assert client.post(f"/queue/batch/{batch.pk}/cancel/").status_code == 404


def test_long_groups_show_fifty_and_unfold(client, mara, monkeypatch):
    from generations.web.queue import board

    monkeypatch.setattr(board, "PER_GROUP", 3)
    for _ in range(5):
        made(mara)
    page = queue(client)
    assert len(rows(page)) == 3 and "Show 2 more" in page
    assert len(rows(queue(client, "?unfold=single"))) == 5


def test_finished_work_is_listed_and_can_be_narrowed_to_failures(client, mara):
    ready, failed = made(mara, State.READY), made(mara, State.FAILED)
    made(mara)
    assert rows(queue(client, "?show=finished")) == [failed.label, ready.label]
    assert rows(queue(client, "?show=finished&only=failed")) == [failed.label]


def test_the_queues_poll_sends_a_changed_row_and_regroups_when_one_leaves(client, mara):
    first, second = made(mara, State.SENDING), made(mara)
    page = page_of(client, "/queue/")
    assert ask(client, page).status_code == 204
    first.move(State.FAILED, failure="content_audio")
    html = ask(client, page).content.decode()
    assert f'id="card-{first.pk}"' in html, "its outcome is told"
    assert 'id="queue-groups"' in html and 'id="queue-numbers"' in html
    assert second.label in html
    assert "hx-swap-oob" in html and out_of_band(html) == []
