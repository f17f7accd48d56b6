"""Settings: one save per section, nothing typed is lost, and accounts that only their owner changes."""

import pytest
from django.test import Client

from generations.models import Account, Errand, Event, Person
from generations.models.errand import ErrandKind
from tests.people import sandbox_account

from .rows import real_account

HTMX = {"HX-Request": "true"}
LOOKS = {"theme": "dark", "density": "s", "hover_play": "on", "confirm_above": "250"}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def mara(people):
    return signed_in(people.mara)


def test_settings_begin_with_appearance_and_every_section_opens(mara):
    assert mara.get("/settings/").headers["Location"] == "/settings/appearance/"
    for section in ("appearance", "account", "accounts", "shortcuts", "sandbox"):
        assert mara.get(f"/settings/{section}/").status_code == 200
    assert mara.get("/settings/nothing/").status_code == 404


def test_appearance_is_saved_and_shown_on_every_page(mara, people):
    answer = mara.post("/settings/appearance/", LOOKS, follow=True)
    page = answer.content.decode()
    assert 'data-theme="dark" data-density="s"' in page and "Saved." in page
    person = Person.objects.get(pk=people.mara.pk)
    assert (person.hover_play, person.single_keys, person.confirm_above, person.share_by_default) == (
        True, False, 250, False,
    )  # fmt: skip


def test_a_wrong_number_is_told_and_nothing_typed_is_lost(mara, people):
    answer = mara.post("/settings/appearance/", LOOKS | {"confirm_above": "many"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="many"' in page and "whole number from 0 to 100,000" in page
    assert 'value="dark" checked' in page
    assert Person.objects.get(pk=people.mara.pk).theme == "system"


def test_an_e_mail_leads_to_one_person(mara, people):
    fields = {"first_name": "Mara", "last_name": "L", "email": "AIKO@example.com"}
    answer = mara.post("/settings/account/", fields)
    assert answer.status_code == 422 and "Somebody else here uses this e-mail." in answer.content.decode()
    mara.post("/settings/account/", fields | {"email": "mara@northlight.example"})
    assert Person.objects.get(pk=people.mara.pk).get_full_name() == "Mara L"


def test_a_save_changes_nothing_but_its_own_section(mara, people):
    Person.objects.filter(pk=people.mara.pk).update(resend_free=True)
    mara.post("/settings/account/", {"first_name": "M", "is_superuser": "on", "resend_free": ""})
    person = Person.objects.get(pk=people.mara.pk)
    assert person.resend_free and not person.is_superuser
    mara.post("/settings/accounts/", {"resend_proved_absent": "on"})
    person = Person.objects.get(pk=people.mara.pk)
    assert person.resend_proved_absent and not person.resend_free


def test_the_theme_of_the_menu_is_kept(mara, people):
    assert mara.post("/_/theme/", {"theme": "light"}, headers=HTMX).status_code == 204
    assert mara.post("/_/theme/", {"theme": "pink"}, headers=HTMX).status_code == 422
    assert Person.objects.get(pk=people.mara.pk).theme == "light"


def test_an_account_shows_what_is_known_and_never_its_token(mara, people):
    account = real_account(people.mara)
    page = mara.get("/settings/accounts/").content.decode()
    assert "Ultra, 1,000 credits" in page and f"ends in {account.connection.token_end}" in page
    assert "a-token-that-is-not" not in page
    assert "Sandbox" in page


def test_an_account_is_lent_taken_back_put_aside_and_used_again(mara, people):
    account = real_account(people.mara)
    for action, field, value in (
        ("lend", "is_lent", True),
        ("take-back", "is_lent", False),
        ("put-aside", "is_chosen", False),
        ("use", "is_chosen", True),
    ):
        answer = mara.post(f"/settings/accounts/{account.pk}/{action}/", follow=True)
        assert answer.status_code == 200
        assert getattr(Account.objects.get(pk=account.pk), field) is value
    assert Event.objects.filter(account=account, by=people.mara).count() >= 4


def test_what_is_lent_is_shown_to_the_team_by_whom(people, mara):
    account = real_account(people.mara)
    mara.post(f"/settings/accounts/{account.pk}/lend/")
    page = signed_in(people.jonas).get("/settings/accounts/").content.decode()
    assert "Connected by Mara, who decides about it." in page
    assert account.connection.token_end not in page


@pytest.mark.parametrize("action", ["lend", "put-aside", "token", "read"])
def test_nobody_else_can_touch_an_account_nor_anybody_the_sandbox(people, mara, action):
    account = real_account(people.mara)
    for client, pk in ((signed_in(people.jonas), account.pk), (mara, sandbox_account(people.mara).pk)):
        assert (
            client.post(f"/settings/accounts/{pk}/{action}/", {"token": "user:1-abcdefgh"}).status_code == 404
        )
    assert mara.get(f"/settings/accounts/{account.pk}/{action}/").status_code == 405


def test_an_unknown_action_is_no_page(mara, people):
    assert mara.post(f"/settings/accounts/{real_account(people.mara).pk}/explode/").status_code == 404


def test_reading_again_asks_the_vendor_once(mara, people):
    account = real_account(people.mara)
    for _ in range(2):
        mara.post(f"/settings/accounts/{account.pk}/read/")
    assert Errand.objects.filter(kind=ErrandKind.READ_ACCOUNT, account=account).count() == 1
    assert "being read now" in mara.get("/settings/accounts/").content.decode()


def test_a_token_is_replaced_only_by_one_of_the_same_user_and_never_shown(mara, people):
    account = real_account(people.mara)
    address = f"/settings/accounts/{account.pk}/token/"
    other = mara.post(address, {"token": "user:99-abcdefghijkl"})
    assert other.status_code == 422 and "belongs to another useapi.net user" in other.content.decode()
    assert "abcdefghijkl" not in other.content.decode()
    fresh = mara.post(address, {"token": f"user:{account.user_number}-fresh-and-secret-zz9x"}, follow=True)
    page = fresh.content.decode()
    assert "ends in zz9x" in page and "fresh-and-secret" not in page
    account = Account.objects.get(pk=account.pk)
    assert account.connection.token.reveal().endswith("zz9x") and account.connection.is_good is None


def test_a_signed_out_account_says_what_to_do(mara, people):
    real_account(people.mara, needs_sign_in=True, health="Google has signed your account out.")
    page = mara.get("/settings/accounts/").content.decode()
    assert "Sign in again" in page
    assert "Google has signed your account out. Sign it in again at useapi.net, then read it again." in page


@pytest.mark.browser
def test_every_section_fits_a_phone_and_works_by_keyboard(browser, people):
    real_account(people.mara)
    page = browser(people.mara, width=390, height=844)
    for section in ("appearance", "account", "accounts", "shortcuts", "sandbox"):
        page.goto(f"/settings/{section}/")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.goto("/settings/appearance/")
    page.focus("input[name=theme][value=system]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.focus("#id_single_keys")
    page.keyboard.press("Space")
    page.press("#id_confirm_above", "Enter")
    page.wait_for_selector("html[data-theme=dark]")
    person = Person.objects.get(pk=people.mara.pk)
    assert person.theme == "dark" and not person.single_keys
