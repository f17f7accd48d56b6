"""The whole product on this machine: browser, site, engine and make-believe vendor, each on its own."""

import time
from collections.abc import Callable

import pytest

from generations.flow.engine import inline
from generations.models import Account, Connection, Generation
from generations.sandbox import Sandbox

SPEED = 20  # a clip takes about five seconds: long enough to see every state, short enough to wait for


@pytest.fixture
def vendor(tmp_path, settings):
    """A sandbox of this test, with small clips that are quickly made."""
    settings.FLOW_SPEED = SPEED
    settings.MEDIA_ROOT = tmp_path / "media"
    with Sandbox(dir=tmp_path / "vendor", speed=SPEED, canned_media=True) as running:
        settings.SANDBOX_URL = running.base_url
        yield running


@pytest.fixture
def engine(vendor, people):
    """The real engine, running while the test does; everybody's sandbox account speaks with this vendor."""
    Connection.objects.filter(is_sandbox=True).update(base_url=vendor.base_url)
    Account.objects.filter(is_sandbox=True).update(base_url=vendor.base_url)
    with inline.running(threads=4):
        yield


def until(true: Callable[[], object], seconds: float = 30, what: str = "") -> None:
    """Wait for something to become true; fails with `what` when it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what or "it did not come true in time"
        time.sleep(0.1)


def state_of(label: str) -> str:
    return Generation.objects.numbered(label).values_list("state", flat=True).first() or ""
