"""A card says how often its prompt was sent, and where else a waiting one could go, at which price."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from generations.flow import answer
from generations.flow.money import settle
from generations.models import Attempt, CreditEntry, Generation, Outcome, Rest, State, clock
from generations.vendor.errors import Refused

from .rows import made, real_account
from .test_desk import HTMX, lines, queue


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


@pytest.fixture
def studio(mara):
    return real_account(mara)


def sent(row: Generation, *attempts: tuple[str, int | None, str]) -> Generation:
    """Write down what became of so many tries, as the engine does."""
    for number, (outcome, status, reason) in enumerate(attempts, 1):
        Attempt.objects.create(
            generation=row,
            account=row.account,
            number=number,
            reference=f"r{row.pk}-{number}",
            outcome=outcome,
            status=status,
            reason=reason,
            lease_until=clock.now(),
            closed_at=clock.now(),
            base_url=row.account.base_url,
            user_number="1",
        )
    Generation.objects.filter(pk=row.pk).update(waits=len(attempts) - (row.state == State.FAILED))
    return Generation.objects.get(pk=row.pk)


BUSY = (Outcome.REFUSED, 503, "PUBLIC_ERROR_HIGH_TRAFFIC")
SLOW = (Outcome.REFUSED, 429, "PUBLIC_ERROR_USER_REQUESTS_THROTTLED")
UNSENT = (Outcome.NEVER_SENT, None, "connection refused")


def failed(person, account, *attempts):
    row = made(person, account=account)
    settle.fail(row, "Refused.", failure="overloaded", failure_reason="PUBLIC_ERROR_HIGH_TRAFFIC")
    return sent(Generation.objects.get(pk=row.pk), *attempts)


def card(client, row) -> str:
    page = client.get("/create/").content.decode()
    return re.search(rf'<article[^>]*data-number="{row.label}".*?</article>', page, re.S)[0]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize(
    ("attempts", "told"),
    [
        ([BUSY, BUSY, BUSY], "Sent 3 times, refused each time."),
        ([SLOW, BUSY], "Sent twice, refused both times. Google asked this account to slow down."),
        ([UNSENT, BUSY, BUSY], "Tried 3 times: refused twice, not sent once."),
        ([UNSENT, UNSENT], "Tried twice; Google could not be reached."),
    ],
)
def test_a_failed_card_says_how_often_it_was_sent(client, mara, studio, attempts, told):
    row = failed(mara, studio, *attempts)
    assert f"Google is busy. Trying again is one click. {told}" in words(card(client, row))
    page = words(client.get(f"/g/{row.label}/").content.decode())
    for _, _, reason in attempts:
        assert reason in page


def test_what_was_sent_once_says_nothing_of_it(client, mara, studio):
    assert "Sent" not in words(card(client, failed(mara, studio, BUSY)))


def test_a_waiting_card_says_it_too(client, mara, studio):
    row = sent(made(mara, account=studio), BUSY, BUSY)
    Generation.objects.filter(pk=row.pk).update(
        wait_reason="overloaded", due_at=clock.now() + timedelta(minutes=3)
    )
    said = words(card(client, row))
    assert "Waiting, try 3" in said and "Sent twice, refused both times. Google is busy." in said


def test_equal_failures_share_only_what_is_true_of_all(client, mara, studio):
    failed(mara, studio, BUSY, BUSY)
    failed(mara, studio, BUSY, BUSY, BUSY)
    (line,) = lines(queue(client))
    assert "Trying again is one click." in line and "Sent" not in words(line)


def test_many_cards_ask_for_their_attempts_once(client, mara, studio, django_assert_num_queries):
    from generations.web.strip.tries import tries_of

    rows = [sent(made(mara, account=studio), BUSY, BUSY) for _ in range(5)]
    with django_assert_num_queries(1):
        assert len(tries_of(rows)) == 5


# --- to another account -------------------------------------------------------------------------------------


def rest(account) -> None:
    Rest.objects.create(account=account, reason="throttled", until=clock.now() + timedelta(minutes=20))


def move_of(html: str) -> tuple[str, dict]:
    found = re.search(r'<form[^>]*action="(/g/\w+/move/\?to=\d+)".*?</form>', html, re.S)
    return found and (found[1], dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0])))


def test_a_resting_card_goes_to_another_account_at_the_price_there(client, mara, studio):
    row = made(mara, account=studio, count=2)
    assert move_of(card(client, row)) is None, "in line it needs no other"
    rest(studio)
    spare = real_account(mara, email="spare@northlight.example", label="Spare")
    for page in (card(client, row), queue(client), client.get(f"/g/{row.label}/").content.decode()):
        assert "Move to Spare, 20 credits" in page
        assert move_of(page)[1]["price_shown"] == "20"
    address, asked = move_of(card(client, row))
    assert client.post(address, asked | {"price_shown": "19"}, **HTMX).status_code == 422
    answer = client.post(address, asked, **HTMX)
    assert answer.status_code == 200 and "waits for Spare now" in answer.headers["HX-Trigger"]
    assert Generation.objects.get(pk=row.pk).account == spare
    assert CreditEntry.objects.filter(account=spare).on_hold() == 20
    assert CreditEntry.objects.filter(account=studio).on_hold() == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"paused_at": datetime(2026, 1, 2, tzinfo=UTC)}, "Spare is paused"),
        ({"needs_sign_in": True}, "Spare must sign in again"),
        ({"credits": 3}, "Spare has 3 of 10 credits"),
    ],
)
def test_when_none_can_take_it_the_card_says_why(client, mara, studio, change, why):
    row = made(mara, account=studio)
    rest(studio)
    real_account(mara, email="spare@northlight.example", label="Spare", **change)
    said = card(client, row)
    assert move_of(said) is None and f"No other account can take it: {why}." in words(said)


def test_when_the_other_rests_too_or_there_is_none(client, mara, studio):
    row = made(mara, account=studio)
    rest(studio)
    assert "Studio account, your only account" in words(card(client, row))
    rest(real_account(mara, email="spare@northlight.example", label="Spare"))
    assert "No other account can take it: Spare rests too." in words(card(client, row))


def test_only_accounts_one_may_spend_from_and_only_ones_own_work(client, people, studio):
    row = made(people.mara, account=studio)
    rest(studio)
    aikos = real_account(people.aiko, email="aiko@northlight.example", label="Aiko’s")
    assert move_of(card(client, row)) is None
    assert client.post(f"/g/{row.label}/move/?to={aikos.pk}", {"price_shown": "10"}).status_code == 404
    type(aikos).objects.filter(pk=aikos.pk).update(is_lent=True)
    assert "Move to Aiko’s, 10 credits" in unescape(card(client, row))
    client.force_login(people.aiko)
    assert move_of(client.get("/queue/?scope=everyone").content.decode()) is None


@pytest.mark.parametrize("waited_before", [False, True])
def test_an_upload_that_took_too_long_is_tried_once_more_and_no_oftener(mara, studio, waited_before):
    row = made(mara, account=studio)
    if waited_before:  # for another reason, which is none of this one's tries
        limited = Refused("RESOURCE_EXHAUSTED", status=429)
        answer.put_back(row, studio, None, limited, answer.classify(limited, row))
        row = Generation.objects.get(pk=row.pk)
    no = Refused("VIDEO_UPLOAD_TIMEOUT", status=400, reason="PUBLIC_ERROR_VIDEO_UPLOAD_TIMEOUT")
    for state in (State.WAITING, State.FAILED):
        answer.put_back(row, studio, None, no, answer.classify(no, row))
        row = Generation.objects.get(pk=row.pk)
        assert row.state == state
    assert row.failure == "file_video_slow" and CreditEntry.objects.on_hold() == 0
