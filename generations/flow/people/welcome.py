"""Somebody new: a place in the team, a sandbox account that works at once, a way to a password.

Nobody exists without these: `Person` rows call welcome() when they are made (connect_signal, from apps.py),
and calling it again changes nothing.
"""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.signals import post_save
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from ...models import Account, Connection, Membership, Person, Team
from ...models.team import Role

log = logging.getLogger(__name__)

SANDBOX_EMAIL = "ultra@sandbox.example"
# What the sandbox tells of this account; known beforehand, so that prices are right from the first page on.
SANDBOX_PLAN = {"tier": "PAYGATE_TIER_TWO", "sku": "G1_TIER2", "credits": 25_000}
FIRST_NAME = "owner"
# Read aloud and typed by hand: no 0, 1, i, l, o.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def connect_signal() -> None:
    """Welcome every person at the moment their row is made, whoever makes it."""
    post_save.connect(_person_saved, sender=Person, dispatch_uid="welcome")


def _person_saved(sender, instance: Person, created: bool, raw: bool = False, **kwargs) -> None:
    if created and not raw:  # raw: a copy of rows that bring their own team and accounts
        welcome(instance)


@transaction.atomic
def welcome(person: Person) -> None:
    """Membership in the one team (owner for the first person and administrators), and the sandbox."""
    if not person.memberships.exists():
        team = Team.objects.order_by("pk").first() or Team.objects.create(name="Our team")
        leads = person.is_superuser or not team.memberships.exists()
        Membership.objects.create(person=person, team=team, role=Role.OWNER if leads else Role.MAKER)
    if not person.connections.filter(is_sandbox=True).exists():
        _give_sandbox(person)


def _give_sandbox(person: Person) -> None:
    """The sandbox believes any token; the number in it keeps people's make-believe credits apart."""
    number = str(1_000_000 + person.pk)
    connection = Connection(owner=person, base_url=settings.SANDBOX_URL, user_number=number, is_sandbox=True)
    connection.give_token(f"user:{number}-sandbox-{secrets.token_hex(12)}")
    connection.is_good = True
    connection.save()
    Account.objects.create(
        connection=connection, email=SANDBOX_EMAIL, label="Sandbox", is_chosen=True, **SANDBOX_PLAN
    )


# --- the first person, and the password that is printed until it is changed ------------------------------


def first_start() -> tuple[str, str] | None:
    """(name, one-time password) of the first person, made now if nobody exists; None once it was changed.

    The password stays in DATA_DIR/secrets/first-password (mode 0600) so that every start can print it;
    the file goes when the person has chosen their own.
    """
    if not Person.objects.exists():
        return _make_first_person()
    return _still_printed()


def _make_first_person() -> tuple[str, str]:
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    _write_secretly(_note(), f"{FIRST_NAME}\n{password}\n")
    Person.objects.create_superuser(FIRST_NAME, "", password)
    return FIRST_NAME, password


def _still_printed() -> tuple[str, str] | None:
    try:
        name, password = _note().read_text().split()
    except (OSError, ValueError):
        return None
    person = Person.objects.filter(username=name).first()
    if person and person.check_password(password):
        return name, password
    with suppress(OSError):
        _note().unlink()
    return None


def is_first_password(person: Person) -> bool:
    """Whether this person still signs in with the printed password."""
    return _still_printed() is not None and person.username == FIRST_NAME


# --- a password link, for somebody who has none or forgot it --------------------------------------------


def password_link(person: Person, origin: str) -> str:
    """An address where this person chooses a password; works once and for three days.

    `origin`: where the site was asked ("http://127.0.0.1:8000/"); PUBLIC_URL wins over it.
    """
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    path = reverse("password-reset-confirm", args=[uid, default_token_generator.make_token(person)])
    return (settings.PUBLIC_URL or origin.rstrip("/")) + path


def can_mail() -> bool:
    """Whether EMAIL_URL names a mail server."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def mail_password_link(person: Person, origin: str) -> bool:
    """Mail the link; False when there is no mail server, no address, or the server did not take it."""
    if not can_mail() or not person.email:
        return False
    link = password_link(person, origin)
    text = (
        f"Hello {person.shown_name},\n\nhere you choose a new password for Flowsite. You sign in as"
        f" {person.username}.\n\n{link}\n\nThe link works once, for three days. If you did not ask for it,"
        " nothing has changed and you need not do anything.\n"
    )
    try:
        send_mail("Your password for Flowsite", text, None, [person.email])
    except OSError:  # smtplib's errors are OSErrors too
        log.exception("The mail server did not take a password link")
        return False
    return True


# --------------------------------------------------------------------------------------------------------


def _note() -> Path:
    return Path(settings.DATA_DIR) / "secrets" / "first-password"


def _write_secretly(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
