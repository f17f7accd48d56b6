"""Two witnesses of the same contract: the client and the make-believe vendor share no code and must agree.

The sandbox keeps its own record of what it accepted; what the client believes is held against it.
"""

from __future__ import annotations

import io
import itertools
import time

import pytest

from generations.sandbox import Sandbox
from generations.vendor import errors
from generations.vendor.client import FlowClient
from generations.vendor.replies import account_named

ULTRA = "ultra@sandbox.example"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c636000000200"
    "0154a24f5d0000000049454e44ae426082"
)
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(speed=400) as running:
        yield running


@pytest.fixture
def client(sandbox):
    """A client whose customer is new to the sandbox, so that tests do not see each other's jobs."""
    with FlowClient(sandbox.base_url, sandbox.token_for(5000 + next(numbers))) as client:
        client.accept_seconds = 2
        yield client
    sandbox.control.calm()


def video(prompt: str = "A paper boat crosses a rain puddle", **fields):
    return {
        "prompt": prompt,
        "model": "veo-3.1-fast",
        "email": ULTRA,
        "replyRef": f"ref-{next(numbers)}",
    } | fields


def finished(client: FlowClient, job_id: str):
    for _ in range(100):
        job = client.job(job_id)
        if job.state != "running":
            return job
        time.sleep(0.05)
    pytest.fail("The job did not end")


def submissions(sandbox: Sandbox, reference: str) -> list[dict]:
    return [row for row in sandbox.control.record()["submissions"] if row["replyRef"] == reference]


def test_accounts_and_their_health(client):
    accounts = client.accounts()
    assert account_named(accounts, ULTRA.upper()).ok
    assert not account_named(accounts, "out@sandbox.example").ok
    detail = client.account(ULTRA)
    assert (detail.credits, detail.plan_hint) == (25_000, "ultra")
    assert any(model.credit_cost == 100 for model in detail.models)
    with pytest.raises(errors.NotFound):
        client.account("nobody@sandbox.example")


def test_a_video_from_prompt_to_file(client, sandbox):
    fields = video(count=2)
    accepted = client.send_video(fields)
    assert accepted.job_id in [row.job_id for row in client.jobs("executing").ids]
    job = finished(client, accepted.job_id)
    assert (job.state, job.reply_ref, job.email) == ("completed", fields["replyRef"], ULTRA)
    assert [clip.ok for clip in job.media] == [True, True]
    assert job.remaining_credits == 25_000 - 20
    for clip in job.media:
        parts: list[bytes] = []
        done = client.download(clip.url, parts.append)
        assert (done.content_type, done.bytes) == ("video/mp4", len(b"".join(parts)))
        renewed = client.asset_link(clip.media_id)
        assert renewed.expires_at > time.time()
        assert client.download(renewed.url, lambda piece: None).sha256 == done.sha256
    assert accepted.job_id in [row.job_id for row in client.jobs("history").ids]
    assert len(submissions(sandbox, fields["replyRef"])) == 1
    assert sandbox.control.counters.get("downloads with a token", 0) == 0


def test_a_picture_is_uploaded_and_starts_a_clip(client):
    upload = client.upload(ULTRA, io.BytesIO(PNG), "image/png", len(PNG))
    assert (upload.email, upload.width, upload.height) == (ULTRA, 1, 1)
    job = finished(client, client.send_video(video(startImage=upload.media_id)).job_id)
    assert job.state == "completed"


def test_a_deleted_picture_is_gone_and_may_be_deleted_again(client):
    upload = client.upload(ULTRA, io.BytesIO(PNG), "image/png", len(PNG))
    client.delete_assets(ULTRA, [upload.media_id])
    client.delete_assets(ULTRA, [upload.media_id])
    with pytest.raises(errors.NotFound):
        client.asset_link(upload.media_id)


def test_pictures_at_once(client):
    fields = {"prompt": "a boat", "model": "nano-banana-2", "count": 2, "email": ULTRA, "aspectRatio": "16:9"}
    result = client.send_images(fields)
    assert [medium.ok for medium in result.media] == [True, True]
    for medium in result.media:
        assert client.download(medium.url, lambda piece: None).content_type.startswith("image/")
    parts: list[bytes] = []
    written = client.send_for_file(
        "/images/upscale", {"mediaGenerationId": result.media[0].media_id, "resolution": "2k"}, parts.append
    )
    assert b"".join(parts).startswith(b"\xff\xd8\xff") and written.bytes > 1000


def test_clips_become_a_film_and_a_gif(client):
    job = finished(client, client.send_video(video(count=2)).job_id)
    film: list[bytes] = []
    media = [{"mediaGenerationId": clip.media_id} for clip in job.media]
    client.send_for_file("/videos/concatenate", {"media": media}, film.append)
    assert b"".join(film)[4:8] == b"ftyp"
    gif: list[bytes] = []
    client.send_for_file("/videos/gif", media[0], gif.append)
    assert b"".join(gif).startswith(b"GIF8")


def test_solvers_voices_and_characters_can_be_read(client):
    assert client.captcha_providers()["freeCaptchaCredits"] == 300
    assert "data" in client.captcha_stats()
    assert len(client.voices(ULTRA, source="system")) == 30
    assert client.characters(ULTRA) == []


REFUSALS = [
    ("token", errors.BadToken, ""),
    ("subscription", errors.NoSubscription, ""),
    ("credits", errors.NoCredits, ""),
    ("credits_412", errors.NoCredits, ""),
    ("plan", errors.Invalid, ""),
    ("account_missing", errors.NotFound, ""),
    ("account_signed_out", errors.SignedOut, ""),
    ("captcha_quality", errors.Forbidden, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
    ("captcha_evaluation", errors.Forbidden, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
    ("captcha_traffic", errors.RateLimited, "PUBLIC_ERROR_UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"),
    ("captcha_money", errors.Busy, "ERROR_ZERO_BALANCE"),
    ("throttled", errors.RateLimited, "PUBLIC_ERROR_USER_REQUESTS_THROTTLED"),
    ("quota_model", errors.RateLimited, "PUBLIC_ERROR_PER_MODEL_DAILY_QUOTA_REACHED"),
    ("all_quarantined", errors.RateLimited, "no_eligible_account"),
    ("model_access", errors.Forbidden, "PUBLIC_ERROR_MODEL_ACCESS_DENIED"),
    ("overloaded", errors.Busy, "UNAVAILABLE"),
    ("content_minor", errors.Invalid, "PUBLIC_ERROR_MINOR"),
    ("content_warning", errors.Invalid, "PUBLIC_BOTTLE_CONTENT_WARNING"),
]


@pytest.mark.parametrize(("trouble", "kind", "reason"), REFUSALS)
def test_what_the_client_calls_refused_the_vendor_never_accepted(client, sandbox, trouble, kind, reason):
    sandbox.control.trouble(trouble, endpoint="/videos", times=1)
    fields = video()
    with pytest.raises(kind) as caught:
        client.send_video(fields)
    assert type(caught.value) is kind
    assert caught.value.reason == reason
    assert submissions(sandbox, fields["replyRef"]) == []


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_stated_wait_is_understood_in_both_forms(client, sandbox, form):
    sandbox.control.trouble("throttled", endpoint="/videos", times=1, retry_after=form)
    with pytest.raises(errors.RateLimited) as caught:
        client.send_video(video())
    assert caught.value.retry_after is not None


LINES = [
    ("cut_before", 0, False),
    ("cut_after", 1, False),
    ("cut_body", 1, True),
    ("hang_before", 0, False),
    ("hang", 1, False),
    ("html_502", 0, False),
    ("html_502_accepted", 1, False),
    ("status_500_accepted", 1, False),
    ("server_wait", 1, False),
    ("no_jobid", 1, True),
    ("empty_jobid", 1, True),
    ("ok_empty", 1, True),
    ("ok_html", 1, True),
    ("not_json", 1, True),
    ("html_503", 0, False),
    ("html_429", 0, False),
    ("empty_403", 0, False),
    ("redirect_post", 0, False),
]


@pytest.mark.parametrize(("trouble", "accepted", "hint"), LINES)
def test_a_broken_answer_is_unknown_and_the_vendor_saw_one_post(client, sandbox, trouble, accepted, hint):
    sandbox.control.trouble(trouble, endpoint="/videos", times=1)
    fields = video()
    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.send_video(fields)
    assert caught.value.accepted_hint is hint
    assert len(submissions(sandbox, fields["replyRef"])) == accepted


@pytest.mark.parametrize(
    "place",
    ["job", "error", "object", "details", "json", "response", "media", "reasons", "reason", "code_text"],
)
def test_the_reason_of_a_failed_job_is_found_wherever_the_vendor_hides_it(client, place):
    job = finished(client, client.send_video(video(f"a boat [fail:content_minor@{place}]")).job_id)
    assert job.state == "failed"
    assert job.reason == ("MINOR" if place == "reasons" else "PUBLIC_ERROR_MINOR")


def test_a_failed_job_may_give_no_reason_at_all(client):
    job = finished(client, client.send_video(video("a boat [fail:content_minor@nothing]")).job_id)
    assert (job.state, job.reason) == ("failed", "")


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("link_dead", "link_dead"),
        ("link_gone", "link_dead"),
        ("short_body", "short_body"),
        ("cut_download", "short_body"),
        ("huge_body", "too_big"),
        ("slow_download", "timeout"),
        ("wrong_body", "wrong_body"),
        ("no_bytes", "wrong_body"),
        ("not_media", "wrong_body"),
        ("redirect_out", "off_list"),
        ("link_502", "network"),
    ],
)
def test_each_failure_of_the_media_host_has_its_name(client, trouble, kind):
    job = finished(client, client.send_video(video(f"a boat [fail:{trouble}]")).job_id)
    with pytest.raises(errors.DownloadFailed) as caught:
        client.download(job.media[0].url, lambda piece: None, overall=1.5)
    assert caught.value.kind == kind


def test_a_partial_result_keeps_the_clips_that_came(client):
    job = finished(client, client.send_video(video("a boat [fail:partial]", count=3)).job_id)
    assert [clip.ok for clip in job.media] == [True, True, False]


def test_jobs_in_the_shape_of_before_2026_are_understood(client):
    job = finished(client, client.send_video(video("a boat [fail:old_shape]")).job_id)
    assert [clip.ok for clip in job.media] == [True]
