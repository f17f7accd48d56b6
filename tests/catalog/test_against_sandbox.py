"""A few hundred of all combinations, sent to the make-believe vendor: it accepts what we allow, at our price.

The whole product is walked by `python -m tests.bench.product`.
"""

import random

import pytest

from generations.catalog.rules import problems
from generations.sandbox import Sandbox

from .walk import Verdict, Walk, combinations


@pytest.fixture(scope="module")
def walk():
    with Sandbox(speed=400, accept_delay=0, image_seconds=0) as running:
        walking = Walk(running)
        yield walking
        walking.close()


def test_what_we_allow_the_vendor_accepts_and_charges_what_we_said(walk):
    chance, verdict = random.Random(20261124), Verdict()
    for shelf in walk.shelves:
        everything = list(combinations(shelf))
        possible = [asked for asked in everything if not problems(asked, shelf.facts)]
        for asked in chance.sample(possible, 90) + chance.sample(everything, 60):
            walk.ask(shelf, asked, verdict)
    compared = walk.compare_prices(verdict)
    assert verdict.disagreements == []
    assert verdict.asked == 450 and verdict.accepted > 250 and verdict.refused > 50
    assert compared > 200


def test_the_price_in_the_accounts_own_list_is_the_one_we_name(walk):
    ultra, pro, _ = walk.shelves
    assert ultra.facts.costs["veo-3.1-fast", 8] == 10 and pro.facts.costs["veo-3.1-fast", 8] == 20
    assert (ultra.facts.plan, pro.facts.plan, walk.shelves[2].facts.plan) == ("ultra", "pro", "free")
