"""Everybody who exists can work at once."""

import pytest
from django.conf import settings

from generations.flow.people import welcome
from generations.models import Account, Connection, Membership, Person, Team
from generations.models.team import Role
from tests.people import sandbox_account


def test_everybody_starts_with_a_sandbox_account_that_works_at_once(people):
    account = sandbox_account(people.aiko)
    assert account.name == "Sandbox" and account.is_chosen and account.is_healthy
    assert account.base_url == settings.SANDBOX_URL
    assert Account.objects.usable_by(people.aiko).get() == account


def test_two_people_never_share_make_believe_credits(people):
    tokens = {c.token.reveal() for c in Connection.objects.all()}
    assert len(tokens) == 5 and len({c.user_number for c in Connection.objects.all()}) == 5


@pytest.mark.django_db
def test_the_first_person_owns_the_team_and_later_ones_make_clips_in_it():
    first = Person.objects.create_user("first")
    second = Person.objects.create_user("second")
    assert first.team() == second.team() == Team.objects.get()
    assert (first.role(), second.role()) == (Role.OWNER, Role.MAKER)


@pytest.mark.django_db
def test_welcoming_somebody_twice_changes_nothing():
    person = Person.objects.create_user("first")
    welcome.welcome(person)
    assert Membership.objects.count() == Connection.objects.count() == Account.objects.count() == 1


@pytest.mark.django_db
def test_the_first_password_is_printed_at_every_start_until_it_is_changed():
    name, password = welcome.first_start()
    note = settings.DATA_DIR / "secrets" / "first-password"
    assert note.stat().st_mode & 0o777 == 0o600
    assert welcome.first_start() == (name, password)
    person = Person.objects.get(username=name)
    assert person.is_superuser and person.check_password(password) and welcome.is_first_password(person)

    person.set_password("my-own-lighthouse")
    person.save()
    assert welcome.first_start() is None
    assert not note.exists()
