"""Captcha and the day's free allowances: what the owner of an account is told."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from generations.catalog.request import Request
from generations.flow.money import allowance
from generations.flow.people import capabilities, captcha, connect, errands
from generations.models import Capability, Errand, Generation, State, clock
from generations.vendor.captcha import Day, Solvers

DAY = {
    "date": "2026-11-23",
    "total": 159,
    "summary": {
        "sample_size_by_provider": {"CapSolver": 159},
        "success_rate_by_provider": {"CapSolver": 23},
        "by_status_code_videos": {
            "200": 37,
            "403:PUBLIC_ERROR_UNUSUAL_ACTIVITY": 98,
            "429:PUBLIC_ERROR_UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC": 24,
        },
        "by_status_code_images": {},
    },
}


def looked(client_of) -> str:
    page = client_of.get("/settings/accounts/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_day_is_read_with_reasons_and_without_a_summary():
    day = Day.read(DAY)
    assert (day.tries, day.accepted, day.reasons[0]) == (159, 37, ("PUBLIC_ERROR_UNUSUAL_ACTIVITY", 98))
    rows = [
        {"statusCode": 200},
        {"statusCode": 403, "reason": "PUBLIC_ERROR_UNUSUAL_ACTIVITY"},
        {"statusCode": 0},
    ]
    bare = Day.read({"date": "2026-11-23", "total": 3, "data": rows})
    assert (bare.tries, bare.accepted, len(bare.reasons)) == (3, 1, 2)
    assert Day.read("nonsense").tries == 0
    assert Solvers.read({"CapSolver": "CAP***"}) == Solvers(("CapSolver",), None)


def test_the_owner_is_told_how_the_captchas_fare_and_nobody_else(account, people, engine, click, vendor):
    engine.finish(click("a lighthouse"))
    mara = signed_in(people.mara)
    assert "A worker is asking useapi.net." in looked(mara)
    errands.run_due(5)
    said = looked(mara)
    assert "free solves of useapi.net, 300 left" in said and "1 of 1 accepted (100 %)" in said
    assert "Captcha" not in looked(signed_in(people.jonas))
    assert Errand.objects.filter(kind="captcha").count() == 1  # fresh: not asked for at every look


def test_few_accepted_captchas_come_with_what_helps(account, people):
    result = {
        "solvers": ["CapSolver"],
        "free": None,
        "date": "",
        "tries": 159,
        "accepted": 37,
        "by_solver": [],
    }
    errand = captcha.ask(account.connection, people.mara)
    errand.result = result | {"reasons": [["PUBLIC_ERROR_UNUSUAL_ACTIVITY", 98]]}
    errand.state, errand.done_at = "done", errand.made_at
    errand.save()
    said = looked(signed_in(people.mara))
    assert "37 of 159 accepted (23 %)" in said and "not trusted by Google 98" in said
    assert "Sending more slowly helps most" in said


def test_free_work_of_today_fills_its_gauge(account, people, engine, click):
    engine.finish(click("boats", model="nano-banana-2", mode="image", seconds=None, count=3))
    engine.finish(click("a slow one", model="veo-3.1-lite-low-priority"))
    used = {gauge.allowance.id: gauge.used for gauge in allowance.today(account)}
    assert used == {"images": 3, "low_priority": 1}
    said = looked(signed_in(people.mara))
    assert "3 of about 500" in said and "1 of about 1,000" in said


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 0), ("America/Los_Angeles", 8)])
def test_a_gauge_is_empty_again_when_the_vendors_day_begins(zone, hour, account, people, engine, click):
    """The clock is set to five minutes before that midnight, in November; then to five minutes after it."""
    Capability.objects.create(what="day_zone", value=zone, source="x", dated="2026-11-24")
    capabilities.forget()
    before = datetime(2031, 11, 20, hour, tzinfo=UTC) - timedelta(minutes=5)
    try:
        clock.shift(before - datetime.now(UTC))
        row = click("boats", model="nano-banana-2", mode="image", seconds=None, count=3)
        Generation.objects.filter(pk=row.pk).update(accepted_at=clock.now())
        used = {gauge.allowance.id: gauge.used for gauge in allowance.today(account)}
        assert used["images"] == 3
        page = signed_in(people.mara).get("/settings/accounts/").content.decode()
        assert f"since midnight {zone}" in page and "June 2026" in page
        clock.shift(before + timedelta(minutes=10) - datetime.now(UTC))
        used = {gauge.allowance.id: gauge.used for gauge in allowance.today(account)}
        assert used["images"] == 0
        assert "0 of about 500" in looked(signed_in(people.mara))
    finally:
        clock.shift(timedelta())
        capabilities.forget()


def test_no_captcha_field_ever_leaves(account):
    from generations.catalog import body

    request = Request("a lighthouse", "veo-3.1-fast")
    _, fields = body.fields_of(request, email="a@example.com", refs={}, reference="r")
    assert not [name for name in fields if "captcha" in name.lower()]


def test_a_refused_captcha_waits_once_and_then_says_what_helps(account, people, engine, click, vendor):
    vendor.control.trouble("captcha_quality", endpoint="/videos", times=2)
    row = engine.finish(click("a lighthouse"), seconds=30)
    assert row.state == State.FAILED and row.failure == "captcha_quality"
    assert row.attempts.count() == 2
    assert connect.client_for(account).captcha_providers()  # the vendor still answers: nothing else is broken
