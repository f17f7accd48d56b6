"""Signing in, being slowed down, and getting a new password."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from generations.models import Person, SignInTries, clock
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db


def sign_in(client, name: str, password: str = PASSWORD, **more):
    return client.post(reverse("sign-in"), {"username": name, "password": password, **more})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def later():
    """Move the clock on: later(seconds)."""
    yield lambda seconds: clock.shift(timedelta(seconds=seconds))
    clock.shift(timedelta())


@pytest.mark.parametrize("name", ["aiko", "aiko@example.com", "AIKO@Example.COM"])
def test_a_name_and_an_address_in_any_case_sign_in(client, people, name):
    assert sign_in(client, name).status_code == 302
    assert int(client.session["_auth_user_id"]) == people.aiko.pk


def test_an_address_that_two_people_share_signs_in_nobody(client, people):
    Person.objects.filter(pk=people.jonas.pk).update(email="aiko@example.com")
    assert sign_in(client, "aiko@example.com").status_code == 422
    assert not is_signed_in(client)


def test_a_name_that_looks_like_an_address_wins_over_the_address(client, people):
    other = person("aiko@example.com", people.team)
    sign_in(client, "aiko@example.com")
    assert int(client.session["_auth_user_id"]) == other.pk


def test_a_wrong_password_is_told_and_nothing_says_whether_the_name_exists(client, people):
    wrong, nobody = sign_in(client, "aiko", "no"), sign_in(client, "nobody", "no")
    for answer in (wrong, nobody):
        assert answer.status_code == 422
        assert "Name or password is wrong." in answer.content.decode()


def test_somebody_who_left_cannot_sign_in(client, people):
    Person.objects.filter(pk=people.aiko.pk).update(is_active=False)
    assert sign_in(client, "aiko").status_code == 422


def test_after_five_wrong_passwords_even_the_right_one_waits_and_the_wait_is_told(client, people, later):
    answers = [sign_in(client, "aiko", "wrong") for _ in range(5)]
    assert [a.status_code for a in answers] == [422, 422, 422, 422, 429]
    assert "Wait 10 s, then try again." in answers[-1].content.decode()
    assert sign_in(client, "aiko").status_code == 429

    later(11)
    assert sign_in(client, "aiko", "wrong").status_code == 429
    assert "Wait 20 s" in sign_in(client, "aiko").content.decode()

    later(40)
    assert sign_in(client, "aiko").status_code == 302
    assert not SignInTries.objects.exists()


def test_guessing_at_one_person_does_not_lock_out_another_nor_the_same_one_elsewhere(client, people):
    for _ in range(6):
        sign_in(client, "aiko", "wrong")
    elsewhere = client.post(
        reverse("sign-in"), {"username": "aiko", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7"
    )
    assert elsewhere.status_code == 302
    client.logout()
    assert sign_in(client, "jonas").status_code == 302


def test_behind_a_proxy_only_the_address_our_own_proxy_wrote_counts(client, people, settings):
    settings.PUBLIC_URL = "https://flow.example.com"
    for guess in range(5):
        claimed = f"203.0.113.{guess}, 198.51.100.7"
        last = client.post(
            reverse("sign-in"), {"username": "aiko", "password": "wrong"}, HTTP_X_FORWARDED_FOR=claimed
        )
    assert last.status_code == 429


def test_staying_signed_in_is_a_choice(client, people):
    sign_in(client, "aiko")
    assert client.session.get_expire_at_browser_close()
    client.logout()
    sign_in(client, "aiko", keep="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == 30 * 24 * 3600


def test_signing_in_leads_back_to_the_page_that_was_asked_for_and_never_to_another_site(client, people):
    assert (
        client.post("/sign-in/?next=/gallery/", {"username": "aiko", "password": PASSWORD}).url == "/gallery/"
    )
    client.logout()
    away = client.post("/sign-in/?next=https://evil.example/", {"username": "aiko", "password": PASSWORD})
    assert "evil" not in away.url


def test_signing_out_needs_a_click_not_a_link(client, people):
    client.force_login(people.aiko)
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out")).url == reverse("sign-in")
    assert not is_signed_in(client)


def test_a_changed_password_signs_other_devices_out_and_keeps_this_one(client, people):
    from django.test import Client

    other = Client()
    other.force_login(people.aiko)
    client.force_login(people.aiko)
    new = "Quieter-harbour-12"
    words = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("password-change"), words).status_code == 302
    assert client.get(reverse("password-change")).status_code == 200
    assert other.get(reverse("password-change")).status_code == 302


def test_a_forgotten_password_is_mailed_as_a_link_that_works_once(client, people, mailoutbox, settings):
    settings.PUBLIC_URL = "https://flow.example.com"
    assert client.post(reverse("password-reset"), {"email": "aiko@example.com"}).status_code == 302
    link = re.search(r"https://flow\.example\.com(/reset/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    new = {"new_password1": "Quieter-harbour-12", "new_password2": "Quieter-harbour-12"}
    assert client.post(form.redirect_chain[-1][0], new).url == reverse("password-reset-complete")
    assert sign_in(client, "aiko", "Quieter-harbour-12").status_code == 302
    client.logout()
    assert "new_password1" not in client.get(link, follow=True).content.decode()


def test_asking_for_mail_again_and_again_does_not_flood_a_mailbox(client, people, mailoutbox):
    for _ in range(8):
        client.post(reverse("password-reset"), {"email": "aiko@example.com"})
    assert len(mailoutbox) == 5


def test_a_stranger_learns_nothing_from_a_forgotten_password(client, people, mailoutbox):
    known = client.post(reverse("password-reset"), {"email": "aiko@example.com"})
    unknown = client.post(reverse("password-reset"), {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mailoutbox) == 1


def test_whoever_signs_in_with_the_printed_password_is_asked_to_choose_their_own(client):
    from generations.flow.people.welcome import first_start

    name, password = first_start()
    answer = sign_in(client, name, password)
    assert "Choose your own" in str(next(iter(get_messages(answer.wsgi_request))))
