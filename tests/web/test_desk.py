"""The failure desk: equal failures together, one sum, one button, all or nothing; and what expires."""

import re
from datetime import timedelta

import pytest

from generations.flow.money import settle
from generations.models import (
    Batch,
    Clip,
    ClipState,
    CreditEntry,
    Event,
    Generation,
    SearchText,
    Site,
    State,
    clock,
)

from .rows import made, real_account

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/queue/"}


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


@pytest.fixture
def account(mara):
    return real_account(mara, credits=100)


def failed(person, account, klass="content_audio", reason="PUBLIC_ERROR_AUDIO_FILTERED", **asked):
    row = made(person, State.GENERATING, account=account, **asked)
    assert settle.fail(row, "Not charged.", failure=klass, failure_reason=reason)
    return row


def lines(page: str) -> list[str]:
    return re.findall(r'<div class="row need".*?(?=<div class="row need"|</section>)', page, re.S)


def forms(line: str) -> dict[str, dict]:
    found = re.findall(r'action="/queue/retry/".*?</form>', line, re.S)
    fields = [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in found]
    return {field["verb"]: field for field in fields}


def queue(client) -> str:
    return client.get("/queue/").content.decode()


def test_equal_failures_of_a_batch_are_one_line_with_the_sum_of_all(client, mara, account):
    batch = Batch.objects.create(team=mara.team(), person=mara, name="Crowds")
    rows = [failed(mara, account, batch=batch, prompt=f"crowd {n}", count=2) for n in range(3)]
    failed(mara, account, prompt="alone")
    found = lines(queue(client))
    assert len(found) == 2, "the single prompt is a line of its own"
    three = next(line for line in found if "3 clips" in line)
    calm = forms(three)["calm"]
    assert calm["price_shown"] == "60" and "60 credits" in three
    assert sorted(calm["labels"].split(",")) == sorted(row.label for row in rows)

    for _ in range(2):  # a double click
        assert client.post("/queue/retry/", calm, **HTMX).status_code == 200
    sent = Generation.objects.filter(parent__in=rows)
    assert sent.count() == 3 and all(row.state == State.WAITING for row in sent)
    assert CreditEntry.objects.filter(generation__in=sent).on_hold() == 60
    assert not Generation.objects.filter(pk__in=[r.pk for r in rows]).exclude(state=State.FAILED).exists()
    assert len(lines(queue(client))) == 1


def test_all_or_nothing_when_the_credits_do_not_suffice_for_all(client, mara):
    account = real_account(mara, credits=100)
    for n in range(8):
        failed(mara, account, prompt=f"crowd {n}")
    type(account).objects.filter(pk=account.pk).update(credits=35)
    (line,) = lines(queue(client))
    answer = client.post("/queue/retry/", forms(line)["calm"], **HTMX)
    assert answer.status_code == 422
    assert "None of them was sent" in answer.headers["HX-Trigger"]
    assert not Generation.objects.filter(parent__isnull=False).exists()
    assert CreditEntry.objects.on_hold() == 0


def test_no_other_price_is_spent_than_the_one_on_the_button(client, mara, account):
    failed(mara, account)
    (line,) = lines(queue(client))
    fields = forms(line)["calm"] | {"price_shown": "5"}
    answer = client.post("/queue/retry/", fields, **HTMX)
    assert (
        answer.status_code == 422 and "take 10 credits now. Nothing was sent" in answer.headers["HX-Trigger"]
    )
    assert not Generation.objects.filter(parent__isnull=False).exists()


def test_two_windows_do_not_send_the_same_failures_twice(client, mara, account):
    failed(mara, account)
    (line,) = lines(queue(client))
    (again,) = lines(queue(client))
    first, second = forms(line)["calm"], forms(again)["calm"]
    assert first["request_key"] != second["request_key"]
    assert client.post("/queue/retry/", first, **HTMX).status_code == 200
    answer = client.post("/queue/retry/", second, **HTMX)
    assert answer.status_code == 422 and "was sent again already" in answer.headers["HX-Trigger"]
    assert Generation.objects.filter(parent__isnull=False).count() == 1


def test_a_busy_google_can_be_tried_with_a_cheaper_model_at_its_own_price(client, mara, account):
    row = failed(mara, account, "upstream", "PUBLIC_ERROR_SOMETHING_WENT_WRONG")
    (line,) = lines(queue(client))
    ways = forms(line)
    assert set(ways) == {"now", "use_lite"}
    assert int(ways["use_lite"]["price_shown"]) < int(ways["now"]["price_shown"])
    assert client.post("/queue/retry/", ways["use_lite"], **HTMX).status_code == 200
    assert row.children.get().model == "veo-3.1-lite"


def test_somebody_elses_failures_are_not_there(client, mara, account, people):
    row = failed(mara, account)
    (line,) = lines(queue(client))
    fields = forms(line)["calm"]
    client.force_login(people.charlie)
    assert lines(queue(client)) == []
    assert client.post("/queue/retry/", fields, **HTMX).status_code == 404
    assert not row.children.exists()


def test_an_unknown_reason_is_shown_as_it_came_and_each_kind_by_itself(client, mara, account):
    for reason in ("PUBLIC_ERROR_NEW_THING", "PUBLIC_ERROR_NEW_THING", "PUBLIC_ERROR_OTHER"):
        failed(mara, account, "unknown", reason)
    found = lines(queue(client))
    assert len(found) == 2
    assert any("PUBLIC_ERROR_NEW_THING" in line and "See the 2" in line for line in found)


def test_the_words_of_a_failure_can_be_searched(mara, account):
    row = failed(mara, account, prompt="a crowd")
    assert " audio filtered " in SearchText.objects.get(pk=row.pk).words
    other = failed(mara, account, "link_dead", "", prompt="a dog")
    assert " link dead " in SearchText.objects.get(pk=other.pk).words


# --- not saved and soon gone ------------------------------------------------------------------------------


@pytest.fixture
def expiring(mara):
    """Two clips that Google made hours ago and whose links die at 20:40 or so."""
    ends = clock.now() + timedelta(minutes=50)
    for n in range(2):
        row = made(mara, State.SAVING, prompt=f"boat {n}")
        Generation.objects.filter(pk=row.pk).update(completed_at=clock.now() - timedelta(hours=5))
        Clip.objects.filter(generation=row).delete()
        Clip.objects.create(
            generation=row,
            position=0,
            kind="video",
            state=ClipState.SAVING,
            url_expires_at=ends,
            trouble="The connection broke while saving.",
            due_at=clock.now() + timedelta(minutes=15),
        )
    return ends


def test_what_expires_unsaved_is_said_first_with_a_time_and_one_button(client, mara, expiring, people):
    page = queue(client)
    (line,) = lines(page)
    assert "2 clips expire at Google before" in line and "are not saved yet" in line
    assert re.search(r"Needs you(?:<span>)?<b>2</b>", page), "and in the badge"
    assert client.post("/queue/save/", **HTMX).status_code == 200
    assert all(clip.due_at <= clock.now() for clip in Clip.objects.all())
    assert Event.objects.filter(verb="save now", by=mara).count() == 2
    client.force_login(people.aiko)
    assert lines(queue(client)) == []
    Clip.objects.update(due_at=clock.now() + timedelta(hours=1))
    client.post("/queue/save/", **HTMX)
    assert all(clip.due_at > clock.now() for clip in Clip.objects.all()), "only one's own"


def test_who_watches_the_site_is_told(client, mara, expiring):
    told = client.get("/readyz").json()
    assert told["clips"].startswith("2 not saved, the first link dies at ")
    Clip.objects.all().delete()
    assert client.get("/readyz").json()["clips"] == "ok"


def test_a_full_disk_is_said_under_the_header_and_the_page_works(client, mara):
    Site.current()
    Site.objects.update(saving_stopped_at=clock.now(), saving_trouble="The disk for clips is full.")
    for address in ("/create/", "/queue/"):
        page = client.get(address).content.decode()
        assert "Saving rests since" in page and "The disk for clips is full." in page
    Site.objects.update(saving_stopped_at=None, saving_trouble="")
    assert "Saving rests" not in queue(client)
