"""Connecting: three steps with live checks, a token that never comes back, and a sandbox that needs none."""

import logging

import pytest
from django.test import Client

from generations.flow.engine import inline
from generations.flow.people import connect, errands
from generations.models import Account, Connection, Errand, Generation
from tests.people import sandbox_account

HTMX = {"HX-Request": "true"}


@pytest.fixture
def vendor(sandbox, settings):
    """The site talks to the sandbox as if it were the vendor."""
    settings.FLOW_API_URL = sandbox.base_url
    yield sandbox
    sandbox.control.calm()


@pytest.fixture
def mara(people):
    client = Client()
    client.force_login(people.mara)
    client.person = people.mara
    return client


def paste(client, token):
    return client.post("/_/connect/token/", {"token": token}, headers=HTMX)


def connected(client, vendor, email="ultra@sandbox.example"):
    """Steps 1 and 2 done as a worker does them; returns the last answer."""
    paste(client, vendor.token)
    errands.run_due(10)
    client.post("/_/connect/account/", {"email": email}, headers=HTMX)
    errands.run_due(10)
    return client.get("/_/connect/watch/", headers=HTMX)


@pytest.mark.parametrize(
    "pasted, sentence",
    [
        ("", "Paste the API token here"),
        ("4242-abcdefgh", "must start with user:"),
        ("user:4242", "does not look like a whole token"),
        ("user:4242-abc\ndefgh", "line break or a space inside"),
        ("user:4242-abc defgh", "line break or a space inside"),
    ],
)
def test_what_cannot_be_a_token_is_said_at_once_and_nothing_is_stored(mara, vendor, pasted, sentence):
    answer = paste(mara, pasted)
    assert sentence in answer.content.decode()
    assert not Connection.objects.filter(owner=mara.person, is_sandbox=False).exists()
    assert not pasted or pasted not in answer.content.decode()


def test_a_refused_token_is_told_in_place_and_the_later_steps_stay_locked(mara, vendor):
    assert "Asking the API about this token" in paste(mara, "user:4242-not-the-right-one").content.decode()
    errands.run_due(10)
    answer = mara.get("/_/connect/watch/", headers=HTMX).content.decode()
    assert "The token was refused. Copy it again from your API page: it starts with user:." in answer
    assert 'hx-trigger="every' not in answer  # nothing to wait for any more
    assert 'name="email"' not in answer


def test_the_list_of_accounts_shows_plan_credits_and_which_must_sign_in_again(mara, vendor):
    paste(mara, vendor.token)
    errands.run_due(10)
    page = mara.get("/connect/").content.decode()
    assert "Ultra, 25,000 credits" in page
    signed_out = page[page.index("ou***@sandbox.example") - 300 : page.index("ou***@sandbox.example") + 400]
    assert "disabled" in signed_out and "Sign it in again at useapi.net" in signed_out
    refused = mara.post("/_/connect/account/", {"email": "out@sandbox.example"}, headers=HTMX)
    assert "Sign it in again" in refused.content.decode()
    assert not Account.objects.real().exists()


def test_a_chosen_account_is_checked_and_can_be_used(mara, vendor):
    answer = connected(mara, vendor).content.decode()
    account = Account.objects.real().get()
    assert (account.email, account.credits, account.is_chosen) == ("ultra@sandbox.example", 25_000, True)
    for line in ("Account answers", "Plan and prices read", "Limits known", "Room for saved clips"):
        assert line in answer
    assert f"{len(account.vendor_models):,} models" in answer
    assert "First clip" in answer and "5 credits" in answer


def test_an_account_that_a_team_mate_connected_is_told_by_name(mara, people, vendor):
    theirs = connect.store_token(people.jonas, vendor.token)
    connect.use_account(people.jonas, theirs, "ultra@sandbox.example")
    paste(mara, vendor.token)
    errands.run_due(10)
    page = mara.get("/connect/").content.decode()
    assert "Jonas has connected this account already. Ask Jonas to lend it to the team." in page
    answer = mara.post("/_/connect/account/", {"email": "ultra@sandbox.example"}, headers=HTMX)
    assert "Ask Jonas to lend it" in answer.content.decode()
    assert Account.objects.real().get().connection.owner == people.jonas


def test_the_token_is_in_no_answer_no_address_and_no_log(mara, vendor, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [paste(mara, vendor.token), connected(mara, vendor)]
    answers += [mara.get(address) for address in ("/connect/", "/connect/?token=new", "/settings/accounts/")]
    answers.append(mara.post("/_/connect/token/", {"token": vendor.token}))
    secret = vendor.token.partition("-")[2]
    for answer in answers:
        assert secret not in answer.content.decode() and secret not in str(answer.headers)
    assert secret not in caplog.text
    for errand in Errand.objects.all():
        assert secret not in str(errand.result) + errand.sentence


def test_the_first_clip_is_made_with_the_account_and_a_double_click_makes_one(mara, vendor):
    connected(mara, vendor)
    account = Account.objects.real().get()
    fields = {"account": account.pk, "prompt": "A paper boat", "request_key": "key-1"}
    for _ in range(2):
        mara.post("/_/connect/try/", fields, headers=HTMX)
    made = Generation.objects.get()
    assert (made.account, made.expected_credits, made.is_sandbox) == (account, 5, False)


def test_somebody_elses_account_cannot_be_spent_from_here(mara, people, vendor):
    theirs = sandbox_account(people.jonas)
    answer = mara.post("/_/connect/try/", {"account": theirs.pk, "prompt": "Boat"}, headers=HTMX)
    assert answer.status_code == 404 and not Generation.objects.exists()


def test_a_blank_prompt_is_refused_in_a_sentence(mara):
    answer = mara.post("/_/connect/try/", {"prompt": "  ", "request_key": "k"}, headers=HTMX)
    assert 'role="alert"' in answer.content.decode() and not Generation.objects.exists()


def test_it_works_without_script(mara, vendor):
    assert mara.post("/_/connect/token/", {"token": vendor.token}).headers["Location"] == "/connect/"
    page = mara.get("/connect/").content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page
    errands.run_due(10)
    mara.post("/_/connect/account/", {"email": "ultra@sandbox.example"})
    errands.run_due(10)
    assert "25,000 credits" in mara.get("/connect/").content.decode()


@pytest.mark.browser
def test_the_typed_token_stays_in_its_field_until_it_is_right(browser, people, vendor):
    page = browser(people.mara)
    page.goto("/connect/")
    page.fill("#token", "user:4242-not-the-right-one")
    page.click("text=Check the token")
    page.wait_for_selector("text=Asking the API")
    errands.run_due(10)
    page.wait_for_selector("text=The token was refused")
    assert page.input_value("#token") == "user:4242-not-the-right-one"
    page.fill("#token", vendor.token)
    page.click("#step-token button.ink")
    page.wait_for_selector("text=Asking the API")
    errands.run_due(10)
    page.wait_for_selector("#step-account input[value='ultra@sandbox.example']")
    assert page.locator("#token").count() == 0
    page.click("text=Use this account")
    page.wait_for_selector("text=Account answers")
    errands.run_due(10)
    page.wait_for_selector("#first-prompt")
    assert vendor.token not in page.content() and "token" not in page.url


@pytest.mark.browser
def test_a_pasted_token_is_checked_without_a_click(browser, people, vendor):
    page = browser(people.mara, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/connect/")
    page.evaluate("text => navigator.clipboard.writeText(text)", vendor.token)
    page.focus("#token")
    page.keyboard.press("Control+v")
    page.wait_for_selector("text=Asking the API")
    assert Connection.objects.filter(owner=people.mara, is_sandbox=False).count() == 1


@pytest.mark.browser
def test_the_sandbox_beside_it_makes_a_clip_that_walks_through_its_states(browser, people, vendor, settings):
    Connection.objects.filter(is_sandbox=True).update(base_url=vendor.base_url)
    Account.objects.filter(is_sandbox=True).update(base_url=vendor.base_url)
    settings.FLOW_SPEED = 20
    page = browser(people.mara)
    page.goto("/connect/")
    with inline.running(threads=3):
        page.click(".connect-sandbox .try button")
        page.wait_for_selector("#walk-tried >> text=S1")
        page.wait_for_selector("#walk-tried .check-line.done:nth-child(4)", timeout=30_000)
    assert Generation.objects.get().state == "ready"
