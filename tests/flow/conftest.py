"""The engine against a real vendor on a socket: a sandbox for each test, and an account of Mara's there."""

import time
from collections.abc import Callable

import pytest

from generations.catalog.request import Request
from generations.flow import collect, intend, reconcile, send, watch
from generations.flow.people import errands
from generations.models import Account, Connection, Generation, State
from generations.sandbox import Sandbox


@pytest.fixture
def vendor(tmp_path, settings):
    """A fast vendor with tiny clips; our own waits are shortened likewise."""
    settings.FLOW_SPEED = 100
    settings.SUBMIT_GAP = 0
    settings.MEDIA_ROOT = tmp_path / "media"
    with Sandbox(dir=tmp_path / "vendor", speed=100, canned_media=True) as running:
        yield running


@pytest.fixture
def account(vendor, people) -> Account:
    """Mara's Ultra account, real as far as Flowsite knows, at the vendor of this test."""
    return connect(people.mara, vendor)


def connect(person, vendor, email: str = "ultra@sandbox.example", user: int = 4242) -> Account:
    connection = Connection(owner=person, base_url=vendor.base_url, user_number=str(user), is_good=True)
    connection.give_token(vendor.token_for(user))
    connection.is_good = True
    connection.save()
    account = Account.objects.create(connection=connection, email=email)
    errands.learn(account, errands.connect.client_for(account).account(email))
    return account


@pytest.fixture
def click(account):
    """click("a lighthouse", count=2) writes one generation down, as a click would."""
    clicks = iter(range(10_000))

    def write(prompt: str = "a lighthouse at dusk", *, person=None, key: str = "", **asked) -> Generation:
        request = Request(prompt=prompt, model=asked.pop("model", "veo-3.1-fast"), **asked)
        who = person or account.connection.owner
        made, _ = intend.write_intent(who, account, request, request_key=key or f"click-{next(clicks)}")
        return made

    return write


class Engine:
    """The engine's verbs, turned by hand: one turn of everything, without a queue."""

    def turn(self) -> None:
        for account in Account.objects.filter(generations__state=State.WAITING).distinct():
            send.send_due(account.pk, limit=5)
        watch.watch_due(5)
        reconcile.look_for_due(5)
        collect.save_due(5)

    def until(self, done: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, [
                (g.label, g.state, g.wait_reason, g.failure, g.failure_text[:80])
                for g in Generation.objects.all()[:10]
            ]
            self.turn()
            time.sleep(0.02)

    def finish(self, generation: Generation, seconds: float = 20) -> Generation:
        """Turn until this one is over."""
        self.until(lambda: not fresh(generation).is_moving, seconds)
        return fresh(generation)


def fresh(generation: Generation) -> Generation:
    return Generation.objects.get(pk=generation.pk)


@pytest.fixture
def engine(vendor) -> Engine:
    return Engine()
