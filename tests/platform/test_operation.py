"""What an administrator does at the terminal, and what a watching machine asks."""

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from generations.models import Connection, Heartbeat, Person, clock

pytestmark = pytest.mark.django_db


def test_the_web_server_is_alive_even_when_nothing_else_works(client):
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.parametrize(
    ("silent", "status", "words"),
    [(5, 200, "ok"), (90, 503, "silent for 90 s"), (None, 503, "have not started")],
)
def test_readiness_is_judged_by_the_heartbeat_of_the_workers(client, silent, status, words):
    if silent is not None:
        Heartbeat.objects.create(cluster="here", beat_at=clock.now() - timedelta(seconds=silent))
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {"database": "ok", "storage": "ok", "workers": words, "clips": "ok"}


def test_readiness_fails_when_clips_could_not_be_stored(client, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["storage"].startswith("cannot be written")


def test_after_rotating_the_old_key_can_be_dropped_from_the_list(people, settings, capsys):
    known = {c.pk: c.token.reveal() for c in Connection.objects.all()}
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]
    call_command("rotate_tokens")
    assert "5 tokens are encrypted" in capsys.readouterr().out
    settings.TOKEN_KEYS = [new]
    assert {c.pk: c.token.reveal() for c in Connection.objects.all()} == known


def test_a_token_whose_key_is_gone_is_named_without_being_shown_and_the_others_are_rotated(
    people, settings, capsys
):
    lost = Connection.objects.first()
    old = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    lost.give_token("user:1-lostsecretletters")
    lost.save()
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *old]
    with pytest.raises(CommandError, match="1 could not be opened"):
        call_command("rotate_tokens")
    said = capsys.readouterr()
    assert "4 tokens are encrypted" in said.out and "cannot be opened" in said.err
    assert "lostsecret" not in said.out + said.err


def test_an_administrator_who_forgot_the_password_gets_a_link_at_the_terminal(people, client, capsys):
    call_command("first_person", link="mara")
    path = re.search(r"http://127\.0\.0\.1:\d+(/reset/\S+)", capsys.readouterr().out)[1]
    form = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": "Quieter-harbour-12", "new_password2": "Quieter-harbour-12"})
    assert Person.objects.get(username="mara").check_password("Quieter-harbour-12")


def test_a_name_that_nobody_has_is_answered_with_the_names_there_are(people):
    with pytest.raises(CommandError, match="Nobody is called marra. There are: .*mara"):
        call_command("first_person", link="marra")
    with pytest.raises(CommandError, match="There are people already."):
        call_command("first_person")
