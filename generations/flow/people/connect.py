"""Tokens and accounts. The only place that makes a client of the vendor.

The web never calls the vendor: a token that was pasted is stored, and an errand asks what stands behind it.
"""

import os
import re
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from ...models import Account, Connection, Errand, Event, Person, clock
from ...models.errand import ErrandKind, ErrandState
from ...models.secret import KeyIsMissing
from ...vendor.client import FlowClient
from ...vendor.errors import BadToken, NoSubscription, NotFound, Refused, SignedOut
from ...vendor.transport import Reader
from ..engine import doorbell
from ..intend import Refusal

TOKEN = re.compile(r"user:(\d{1,15})-[A-Za-z0-9._~+/=-]{6,300}")


@lru_cache(maxsize=1)
def _reader(pid: int) -> Reader:
    return Reader()


def client_for(account_or_connection: Account | Connection) -> FlowClient:
    """A client that speaks with this account's token. Raises KeyIsMissing when the token cannot be opened."""
    connection = getattr(account_or_connection, "connection", account_or_connection)
    return FlowClient(
        connection.base_url,
        connection.token.reveal(),
        allow_hosts=tuple(settings.MEDIA_HOSTS),
        reader=_reader(os.getpid()),
    )


def read_token(pasted: str) -> tuple[str, str]:
    """The token and its user number out of what was pasted. Raises Refusal with what to do."""
    text = pasted.strip().strip("\"'")
    if text.lower().startswith("bearer "):
        text = text[7:].strip()
    if not text:
        raise Refusal(
            "Paste the API token here. It starts with user: and is on your useapi.net page.", "token"
        )
    if any(c.isspace() for c in text):
        raise Refusal("The token has a line break or a space inside. Copy it again in one piece.", "token")
    if not text.startswith("user:"):
        raise Refusal("The token must start with user:. Copy the whole of it, with that part.", "token")
    found = TOKEN.fullmatch(text)
    if not found:
        raise Refusal(
            "This does not look like a whole token: user:, a number, a dash, then letters.", "token"
        )
    return text, found[1]


def store_token(person: Person, pasted: str, *, base_url: str = "") -> Connection:
    """Store a token, encrypted, and ask the vendor about it. Raises Refusal when it cannot be a token."""
    token, number = read_token(pasted)
    base_url = base_url or settings.FLOW_API_URL
    with transaction.atomic():
        connection = Connection.objects.filter(owner=person, base_url=base_url, user_number=number).first()
        connection = connection or Connection(owner=person, base_url=base_url, user_number=number)
        connection.give_token(token)
        connection.save()
        Event.objects.create(
            by=person, team=person.team(), verb="token stored", why=f"ends in {connection.token_end}"
        )
        ask(ErrandKind.READ_ACCOUNTS, person=person, connection=connection)
    return connection


def ask(kind: ErrandKind, *, person: Person | None = None, **about) -> Errand:
    """Write an errand down, or return the one that is under way, and ring."""
    waiting = Errand.objects.filter(kind=kind, state__in=[ErrandState.WAITING, ErrandState.RUNNING], **about)
    errand = waiting.first() or Errand.objects.create(kind=kind, person=person, **about)
    doorbell.ring_after_commit()
    return errand


def use_account(person: Person, connection: Connection, email: str, *, label: str = "") -> Account:
    """Put an account of a connection to use. Raises Refusal when somebody else has connected it."""
    email = email.strip().lower()
    taken = (
        Account.objects.filter(
            base_url=connection.base_url, user_number=connection.user_number, email__iexact=email
        )
        .exclude(connection__owner=person)
        .select_related("connection__owner")
        .first()
    )
    if taken:
        owner = taken.connection.owner.shown_name
        raise Refusal(
            f"{owner} has connected this account already. Ask {owner} to lend it to the team.", "email"
        )
    with transaction.atomic():
        account, made = Account.objects.get_or_create(
            connection=connection, email=email, defaults={"label": label, "is_chosen": True}
        )
        if not account.is_chosen or (label and label != account.label):
            account.is_chosen, account.label = True, label or account.label
            account.save(update_fields=["is_chosen", "label"])
        Event.objects.create(
            by=person,
            team=person.team(),
            account=account,
            verb="account connected" if made else "account chosen",
        )
        ask(ErrandKind.READ_ACCOUNT, person=person, account=account, connection=connection)
    return account


def lend(account: Account, by: Person, *, lent: bool) -> None:
    """The owner lends an account to the team, or takes it back. Raises Refusal for anybody else."""
    if account.connection.owner_id != by.pk or account.is_sandbox:
        raise Refusal("Only the person who connected this account can lend it.")
    Account.objects.filter(pk=account.pk).update(is_lent=lent)
    Event.objects.create(
        by=by, team=by.team(), account=account, verb="account lent" if lent else "account taken back"
    )


def put_aside(account: Account, by: Person) -> None:
    """The owner takes an account out of use; what runs goes on. Raises Refusal for anybody else."""
    if account.connection.owner_id != by.pk or account.is_sandbox:
        raise Refusal("Only the person who connected this account can remove it from use.")
    Account.objects.filter(pk=account.pk).update(is_chosen=False)
    Event.objects.create(by=by, team=by.team(), account=account, verb="account put aside")


def token_refused(connection: Connection, sentence: str) -> None:
    """The vendor has refused the token: everything that needs it waits until it is replaced."""
    Connection.objects.filter(pk=connection.pk).update(
        is_good=False, trouble=sentence[:300], checked_at=clock.now()
    )


def token_good(connection: Connection) -> None:
    if connection.is_good is not True:
        Connection.objects.filter(pk=connection.pk).update(is_good=True, trouble="", checked_at=clock.now())
        connection.is_good, connection.trouble = True, ""


def signed_out(account: Account, sentence: str) -> None:
    """Google has ended the account's session (flow-api.md 5.1): its line waits until it is reconnected."""
    Account.objects.filter(pk=account.pk).update(needs_sign_in=True, health=sentence[:300])


def in_words(trouble: Exception) -> str:
    """What went wrong while asking, for the person who asked."""
    if isinstance(trouble, BadToken):
        return "The token was refused. Copy it again from your API page: it starts with user:."
    if isinstance(trouble, NoSubscription):
        return "The API subscription has ended. Renew it at useapi.net, then try again."
    if isinstance(trouble, NotFound):
        return "This account is not connected under the token. Connect it at useapi.net, then try again."
    if isinstance(trouble, SignedOut):
        return "Google has signed this account out. Reconnect it at useapi.net, then try again."
    if isinstance(trouble, Refused):
        return f"The API said no: {trouble.text or trouble.status}."
    if isinstance(trouble, KeyIsMissing):
        return str(trouble)
    return "The API did not answer. Nothing was spent. Try again in a moment."
