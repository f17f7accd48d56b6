"""One real sandbox for all of these tests, fast and with tiny clips; a new customer for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from generations.sandbox import Sandbox

from .client import Caller

_numbers = itertools.count(7000)


@pytest.fixture(scope="session")
def shared_vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), speed=400, seed=3, canned_media=True) as vendor:
        yield vendor


@pytest.fixture
def vendor(shared_vendor: Sandbox) -> Iterator[Sandbox]:
    before = shared_vendor.control.switches
    yield shared_vendor
    shared_vendor.control.calm()
    shared_vendor.control.switch(**before)


@pytest.fixture
def caller(vendor: Sandbox) -> Iterator[Caller]:
    with Caller(vendor, next(_numbers)) as caller:
        yield caller
