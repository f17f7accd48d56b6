"""Images are made while we wait (flow-api.md 8.1): three at once per account; every odd answer has a word."""

import threading

from generations.catalog.request import Request
from generations.flow import send
from generations.flow.engine import schedule
from generations.models import ClipState, Generation, State

from .conftest import fresh

IMAGE = {"model": "nano-banana-2", "mode": "image", "seconds": None}


def test_three_images_are_made_at_once_and_a_clip_beside_them(
    transactional_db, click, engine, account, vendor
):
    vendor.control.switch(image_seconds=60)
    rows = [click(f"boat {number}", **IMAGE) for number in range(4)]
    workers = [threading.Thread(target=send_one, args=(account.pk,), daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    engine_sees = {"most": 0}

    def sending() -> int:
        engine_sees["most"] = max(
            engine_sees["most"], Generation.objects.filter(state=State.SENDING, kind="image").count()
        )
        return engine_sees["most"]

    wait_for(lambda: sending() == 3)
    assert not schedule.has_room(account, "image") and schedule.has_room(account, "video")
    for worker in workers:
        worker.join(20)
    engine.until(lambda: all(fresh(row).state == State.READY for row in rows))
    assert engine_sees["most"] == 3


def send_one(account_id: int) -> None:
    from django.db import connection

    try:
        send.send_due(account_id, limit=8)
    finally:
        connection.close()


def wait_for(true, seconds: float = 10) -> None:
    import time

    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_silent_refusal_is_a_failure_with_its_own_reason_and_costs_nothing(click, engine):
    row = engine.finish(click("a storm [fail:content_silent]", **IMAGE))
    assert (row.state, row.failure) == (State.FAILED, "content_silent")
    assert not row.clips.exists() and row.attempts.get().outcome == "accepted"


def test_fewer_images_than_asked_keep_the_strip_and_name_the_missing(click, engine):
    row = engine.finish(click("a storm [fail:partial]", count=4, **IMAGE))
    assert row.state == State.READY
    states = list(row.clips.order_by("position").values_list("state", flat=True))
    assert ClipState.READY in states and ClipState.FAILED in states and len(states) == 4


def test_images_are_sent_without_async_and_with_model_and_count_said():
    from generations.catalog import body

    path, fields = body.fields_of(Request("a boat", **IMAGE), email="a@example.com", refs={}, reference="ref")
    assert path == "/images" and "async" not in fields and "duration" not in fields
    assert (fields["model"], fields["count"], fields["replyRef"]) == ("nano-banana-2", 1, "ref")
