"""Callbacks: a hint that makes us look, and useless to a stranger (flow-api.md 14, architecture.md 3.3)."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client

from generations.flow import answer, callback, reconcile, send, watch
from generations.models import Attempt, Generation, Outcome, Site, State, clock

from .conftest import fresh


@pytest.fixture
def hook(db) -> str:
    return f"/hooks/{Site.current().hook_secret}/"


@pytest.fixture
def call(hook):
    """call({...}) or call(b"...") is one callback; the vendor has neither session nor form token."""

    def post(body, address: str = "", status: int = 204):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        caller = Client(enforce_csrf_checks=True)
        answer = caller.post(address or hook, body, content_type="application/json")
        assert answer.status_code == status
        return answer

    return post


def sleeping(generation: Generation) -> Generation:
    """The row with its next look far away."""
    Generation.objects.filter(pk=generation.pk).update(due_at=clock.now() + timedelta(hours=1))
    return fresh(generation)


def is_due(generation: Generation) -> bool:
    return fresh(generation).due_at <= clock.now()


@pytest.fixture
def running(click):
    generation = click()
    send.send_due(generation.account_id, limit=5)
    assert fresh(generation).state == State.GENERATING
    return sleeping(generation)


def record(generation: Generation, status: str = "completed", **more) -> dict:
    attempt = generation.attempts.get()
    return {
        "jobid": attempt.job_id,
        "status": status,
        "request": {"replyRef": attempt.reference},
        "response": {"media": []},
    } | more


def test_a_callback_makes_the_job_due_and_nothing_it_says_is_believed(running, call, vendor):
    call(record(running, "failed", error="API error: 500"))
    assert is_due(running)
    assert fresh(running).state == State.GENERATING, "a state is believed only when it was asked for"


def test_again_and_again_in_any_order_changes_nothing_more(running, call, engine, vendor):
    for status in ("completed", "created", "failed", "completed", "started", "queued"):
        call(record(running, status))
    assert engine.finish(running).state == State.READY
    for status in ("completed", "failed"):
        call(record(running, status))
    assert fresh(running).state == State.READY
    assert len(vendor.control.record()["submissions"]) == 1


def test_that_a_job_has_begun_is_no_reason_to_ask(running, call):
    call(record(running, "created"))
    assert not is_due(running)


def test_the_job_id_alone_is_enough_for_a_job_of_ours(running, call):
    call({"jobId": running.attempts.get().job_id, "status": "completed"})
    assert is_due(running)


STRANGE = [
    b"",
    b"not json",
    b"[1, 2]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"jobid": 7, "request": [], "status": {}}',
    b'{"jobid": "../../etc/passwd", "status": "completed"}',
    b'{"jobid": "j1%2Fx", "status": "completed", "request": {"replyRef": "' + b"x" * 5000 + b'"}}',
    b'{"jobid": "j1124101530123456789v-u1-email:charlie@example.com-bot:google-flow", "status": "completed"}',
]


@pytest.mark.parametrize("body", STRANGE)
def test_what_is_not_about_a_job_of_ours_is_answered_and_does_nothing(body, running, call):
    before = Generation.objects.values().get(pk=running.pk)
    call(body)
    assert Generation.objects.values().get(pk=running.pk) == before


def test_somebody_elses_job_under_our_reference_is_read_and_not_adopted(click, engine, call, vendor, account):
    generation = click("storm [fail:cut_before:1]")
    send.send_due(account.pk, limit=0.1)
    vendor.control.foreign(count=1, kind="video", seconds=70, reply_ref="somebody-elses", email=account.email)
    foreign = next(iter(reconcile.connect.client_for(account).jobs("executing").ids)).job_id
    call(record(generation) | {"jobid": foreign})
    engine.turn()
    assert fresh(generation).state == State.UNCERTAIN
    assert generation.attempts.get().job_id is None


def test_an_image_whose_answer_was_lost_is_adopted_by_its_callback(click, engine, call, vendor, account):
    """The vendor lists no pictures, so a callback is the only way home (architecture.md 3.3 step 4)."""
    vendor.control.switch(history_lag=10_000)
    generation = click("storm [fail:cut_after]", model="nano-banana-2", mode="image", seconds=None)
    send.send_due(account.pk, limit=5)
    assert fresh(generation).state == State.UNCERTAIN
    engine.turn()
    assert fresh(generation).state == State.UNCERTAIN
    sleeping(generation)
    job = vendor.control.record()["submissions"][0]["jobid"]
    call(record(generation) | {"jobid": job})
    assert is_due(generation)
    assert engine.finish(generation).state == State.READY
    assert len(vendor.control.record()["submissions"]) == 1


def test_the_sandbox_calls_and_the_clip_is_there_without_a_poll(
    vendor, live, click, account, engine, settings
):
    settings.PUBLIC_URL = live.url
    vendor.control.switch(duplicate_callbacks=True)
    generation = click()
    send.send_due(account.pk, limit=5)
    Generation.objects.filter(pk=generation.pk).update(due_at=clock.now() + timedelta(hours=1))
    assert engine.finish(generation).state == State.READY


# --- the secret ---------------------------------------------------------------------------------


def test_a_wrong_secret_is_any_address_that_does_not_exist(running, call):
    stranger = call(record(running), address="/hooks/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/", status=404)
    nowhere = call(record(running), address="/nowhere/at-all/", status=404)
    assert stranger.content == nowhere.content
    assert stranger.headers.items() == nowhere.headers.items()
    assert not is_due(running)


def test_an_old_secret_lives_for_seven_days(running, call, hook):
    callback.rotate()
    assert f"/hooks/{Site.current().hook_secret}/" != hook
    call(record(running), address=hook)
    assert is_due(running)
    try:
        clock.shift(timedelta(days=7, minutes=1))
        call(record(running), address=hook, status=404)
        call(record(running), address=f"/hooks/{Site.current().hook_secret}/")
    finally:
        clock.shift(timedelta())


def test_ten_megabytes_are_refused_unread(db, hook, rf):
    from generations.web.hooks import hook as view

    class Unread:
        def read(self, *_):
            raise AssertionError("it was read")

    request = rf.post(hook, b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(10 * 1024 * 1024)
    request._stream = Unread()
    assert view(request, Site.current().hook_secret).status_code == 413


def test_the_secret_is_in_no_log(call, hook, caplog, settings):
    from flowsite.logs import NoSecrets

    logger = logging.getLogger("django.request")
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    handler.addFilter(NoSecrets())
    logger.addHandler(handler)
    try:
        call(b" " * (65 * 1024), status=413)
    finally:
        logger.removeHandler(handler)
    assert lines, "Django writes refused requests down"
    assert not [line for line in lines if Site.current().hook_secret in line]
    assert "/hooks/…" in lines[0]


@pytest.mark.parametrize(
    ("public", "base", "travels"),
    [
        ("", "https://api.useapi.net/v1/google-flow", False),
        ("https://flow.example.com", "https://api.useapi.net/v1/google-flow", True),
        ("https://flow.example.com", "http://127.0.0.1:8790/v1/google-flow", False),
        ("http://127.0.0.1:8000", "https://api.useapi.net/v1/google-flow", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8790/v1/google-flow", True),
    ],
)
def test_the_address_travels_only_to_a_vendor_that_can_reach_it(public, base, travels, account, settings):
    settings.PUBLIC_URL = public
    account.base_url = base
    expected = f"{public}/hooks/{Site.current().hook_secret}/" if travels else ""
    assert callback.reply_url(account) == expected


def test_the_command_and_the_audit(people, capsys):
    from django.core.management import call_command

    from generations.models import Event

    before = Site.current().hook_secret
    call_command("rotate_hook")
    assert Site.current().hook_secret != before
    said = capsys.readouterr().out
    assert "seven days" in said and before not in said
    event = Event.objects.get(verb="callback address changed")
    assert before not in event.why


def test_while_it_is_being_sent_the_job_is_kept_for_the_look_that_may_follow(click, call, account):
    generation = click()
    attempt = send.claim(generation, account)
    call(record(generation) | {"jobid": "j1-named-early"})
    assert fresh(generation).state == State.SENDING
    assert Attempt.objects.get(pk=attempt.pk).hints == ["j1-named-early"]
    answer.unknown(attempt, "The worker stopped while sending")
    assert Attempt.objects.get(pk=attempt.pk).outcome == Outcome.UNKNOWN
    assert watch.watch_due(0.1) == 0
