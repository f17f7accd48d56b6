"""Asking: what may be repeated is, within limits, and no answer of a stranger is taken for the vendor's."""

from __future__ import annotations

import io
import json
import os
import threading
import time

import pytest

from generations.vendor import errors
from generations.vendor.client import FlowClient
from generations.vendor.replies import account_named
from generations.vendor.transport import Reader

from .peer import (
    CLIP,
    EMAIL,
    HEX,
    JOB,
    PICTURE,
    TOKEN,
    Peer,
    answer,
    drips,
    head,
    resets_after_hearing,
    says,
    serves_for_ever,
    stays_silent,
)

RUNNING = {"jobid": JOB, "type": "video", "status": "started"}
PAGE = "<html><head><title>502 Bad Gateway</title></head></html>"


def client(peer: Peer, **settings) -> FlowClient:
    return FlowClient(peer.base, TOKEN, reader=Reader(backoff=0.01), **settings)


def test_a_job_id_goes_raw_into_the_path():
    with Peer(answer(200, RUNNING)) as peer:
        record = client(peer).job(JOB)
    assert record.state == "running"
    assert peer.heard[0].target == f"/v1/google-flow/jobs/{JOB}"
    assert ":" in peer.heard[0].target and "@" in peer.heard[0].target


@pytest.mark.parametrize("job_id", ["j1v-u4242-email:jo***@gmail.com-bot:google-flow", "j1+a@b.c!'()*,;=$&~"])
def test_no_sign_of_a_job_id_is_escaped(job_id):
    with Peer(answer(200, RUNNING)) as peer:
        client(peer).job(job_id)
    assert peer.heard[0].target == f"/v1/google-flow/jobs/{job_id}"


@pytest.mark.parametrize(
    "job_id",
    ["", "..", ".", "a/b", "a?b", "a#b", "a%3Ab", "a b", "a\r\nX: y", "a\x00", "ä", "a\\b", "j" * 256],
)
def test_a_job_id_that_is_no_single_segment_is_not_sent(job_id):
    with Peer(answer(200, RUNNING)) as peer, pytest.raises(errors.Invalid):
        client(peer).job(job_id)
    assert peer.connections == 0


def test_addresses_and_media_ids_are_escaped_in_the_path():
    link = {
        "url": "https://flow-content.google/v/1?Expires=1795605422&Signature=abc",
        "mediaGenerationId": CLIP,
    }
    with Peer(answer(200, {}), answer(200, link), answer(200, {}), answer(200, {"voices": []})) as peer:
        one = client(peer)
        one.account("maria+k/x@example.com")
        assert one.asset_link(CLIP).expires_at == 1795605422
        one.delete_assets(EMAIL, [CLIP])
        one.voices(EMAIL, source="user")
    assert [request.target.removeprefix("/v1/google-flow") for request in peer.heard] == [
        "/accounts/maria%2Bk%2Fx%40example.com",
        f"/assets/user%3A4242-email%3A{HEX}-video%3Aa1d95d21-0000-4000-8000-000000000001",
        "/assets/maria.k%40example.com",
        "/voices?email=maria.k%40example.com&source=user",
    ]
    assert peer.heard[2].method == "DELETE"
    assert json.loads(peer.heard[2].body) == {"mediaGenerationIds": [CLIP]}


def test_accounts_are_found_in_any_case_and_behind_a_mask():
    told = {
        "Maria.K@Example.com": {"health": "OK", "project": {"projectTitle": "Nov 02"}},
        "no***@example.com": {"created": "2026-09-02T08:11:04.120Z"},
        "out@example.com": {
            "health": "Google has signed your account out.",
            "error": "Google has signed out",
        },
    }
    with Peer(answer(200, told)) as peer:
        accounts = client(peer).accounts()
    assert account_named(accounts, EMAIL).project_title == "Nov 02"
    assert account_named(accounts, "nobody@example.com").ok
    assert account_named(accounts, "absent@example.org") is None
    out = account_named(accounts, "out@example.com")
    assert (out.ok, out.health) == (False, "Google has signed your account out.")


def test_an_account_tells_its_credits_plan_and_prices():
    told = {
        "health": "OK",
        "sessionData": {"access_token": "ya29.very-secret"},
        "credits": {"credits": 18760, "userPaygateTier": "PAYGATE_TIER_TWO", "sku": "G1_TIER2"},
        "models": {
            "videoModels": [
                {
                    "key": "veo_3_1_t2v",
                    "displayName": "Veo 3.1 - Quality",
                    "creditCost": 100,
                    "videoLengthSeconds": 8,
                    "videoGenerationTimeSeconds": 240,
                },
                "not a model",
            ]
        },
    }
    with Peer(answer(200, told)) as peer:
        account = client(peer).account(EMAIL)
    assert (account.credits, account.plan_hint, account.ok) == (18760, "ultra", True)
    assert [(m.key, m.credit_cost, m.expected_seconds) for m in account.models] == [
        ("veo_3_1_t2v", 100, 240.0)
    ]
    assert "ya29" not in account.raw


@pytest.mark.parametrize("first", [resets_after_hearing, answer(502, PAGE), answer(503, {}), answer(504)])
def test_asking_is_repeated_after_network_trouble_and_gateway_errors(first):
    with Peer(first, first, answer(200, RUNNING)) as peer:
        assert client(peer).job(JOB).status == "started"
    assert peer.connections == 3


def test_asking_once_means_once():
    with Peer(answer(502, PAGE, kind="text/html")) as peer, pytest.raises(errors.ReadFailed) as caught:
        client(peer).job(JOB, tries=1)
    assert peer.connections == 1
    assert caught.value.status == 502
    assert caught.value.text == "502 Bad Gateway"


def test_a_stated_wait_is_told_and_not_hammered():
    with (
        Peer(answer(503, {"error": "Media not ready"}, "Retry-After: 20")) as peer,
        pytest.raises(errors.ReadFailed) as caught,
    ):
        client(peer).asset_link(PICTURE)
    assert peer.connections == 1
    assert (caught.value.status, caught.value.retry_after) == (503, 20)


@pytest.mark.parametrize(
    "act",
    [
        answer(500, {"error": "boom"}),
        answer(404, PAGE, kind="text/html"),
        answer(410, PAGE, kind="text/html"),
        answer(200, "[]"),
        answer(200, '{"jobid":'),
        answer(200, {}),
        answer(301, "", "Location: http://127.0.0.1:1/"),
        answer(408, {"error": "Polling timeout"}),
        answer(200, '{"x":"' + "y" * (6 * 1024 * 1024) + '"}'),
        says("nonsense\r\n\r\n"),
        says(head(200, "Content-Length: 500") + "{"),
        answer(502, {"error": "x"}),
        answer(503, {"error": "x"}),
    ],
)
def test_trouble_in_asking_says_nothing_about_the_job(act):
    with Peer(act) as peer, pytest.raises(errors.ReadFailed):
        client(peer).job(JOB)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.BadToken),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (410, errors.Gone),
        (429, errors.RateLimited),
        (596, errors.SignedOut),
    ],
)
def test_a_definite_no_to_a_question_is_told_at_once(status, kind):
    with Peer(answer(status, {"error": "No", "code": status})) as peer, pytest.raises(kind) as caught:
        client(peer).job(JOB)
    assert type(caught.value) is kind
    assert peer.connections == 1


def test_only_a_job_can_be_gone():
    with Peer(answer(410, {"error": "Gone"})) as peer, pytest.raises(errors.ReadFailed):
        client(peer).asset_link(PICTURE)


@pytest.mark.parametrize(
    "act",
    [
        stays_silent,
        drips(head(200, "Content-Length: 5000"), b" ", 0.05),
        drips("HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n", 0.05),
    ],
    ids=["silence", "slow body", "slow headers"],
)
def test_a_slow_answer_ends_at_the_limit_for_the_whole(act):
    started = time.monotonic()
    with Peer(act) as peer, pytest.raises(errors.ReadFailed):
        Reader().get(peer.base + "/accounts", headers={}, timeout=0.4, tries=1)
    assert time.monotonic() - started < 2


def test_what_runs_is_listed_with_its_account_and_kind():
    told = {
        "emails": [EMAIL],
        "videos": {
            "executing": {JOB: {"email": EMAIL, "timestamp": "2026-11-24T10:15:30Z", "elapsed": "01:23"}}
        },
        "images": {"executing": {"j2i-u1-email:x@y.z-bot:google-flow": {"timestamp": None}}},
        "combined": {"executing": {JOB: {"email": EMAIL}}},
    }
    with Peer(answer(200, told)) as peer:
        page = client(peer).jobs("executing")
    assert peer.heard[0].target == "/v1/google-flow/jobs/?options=executing"
    video, image = page.ids
    assert (video.job_id, video.email, video.kind, video.timestamp.hour) == (JOB, EMAIL, "video", 10)
    assert (image.email, image.kind, image.timestamp) == ("x@y.z", "image", None)


def test_the_history_tells_the_status():
    told = {"videos": {"history": {JOB: {"email": EMAIL, "httpStatus": 429}}}, "images": None}
    with Peer(answer(200, told)) as peer:
        (row,) = client(peer).jobs("history").ids
    assert row.http_status == 429


def test_one_reader_serves_many_threads_over_few_connections():
    with Peer(serves_for_ever(200, RUNNING)) as peer:
        reader = Reader()
        one = FlowClient(peer.base, TOKEN, reader=reader)
        failed = []

        def polls():
            try:
                for _ in range(25):
                    one.job(JOB, tries=1)
            except errors.FlowError as trouble:
                failed.append(trouble)

        threads = [threading.Thread(target=polls) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reader.close()
    assert failed == []
    assert len(peer.heard) == 32 * 25
    assert peer.connections <= 32


def test_a_shared_reader_mixes_neither_tokens_nor_cookies():
    with Peer(serves_for_ever(200, {}, "Set-Cookie: who=maria; Path=/")) as peer:
        reader = Reader()
        FlowClient(peer.base, TOKEN, reader=reader).accounts()
        FlowClient(peer.base, "user:7-other", reader=reader).accounts()
    first, second = peer.heard
    assert peer.connections == 1
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert second.headers["authorization"] == "Bearer user:7-other"
    assert "cookie" not in second.headers


def test_a_forked_worker_opens_connections_of_its_own():
    with Peer(serves_for_ever(200, {})) as peer:
        reader = Reader()
        one = FlowClient(peer.base, TOKEN, reader=reader)
        one.accounts()
        child = os.fork()
        if child == 0:
            try:
                one.accounts()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        one.accounts()
    assert len(peer.heard) == 3
    assert peer.connections == 2


def test_a_closed_keep_alive_connection_costs_one_more_try_at_most():
    with Peer(answer(200, {})) as peer:
        one = client(peer)
        one.accounts()
        time.sleep(0.05)
        one.accounts()
    assert peer.connections == 2


def test_an_upload_is_streamed_with_its_length_and_lands_where_the_vendor_says():
    stored = {
        "media": {"image": {"dimensions": {"width": 1920, "height": 1080}}},
        "mediaGenerationId": {"mediaGenerationId": PICTURE},
        "width": 1920,
        "height": 1080,
        "email": EMAIL,
    }
    file = io.BytesIO(b"skip" + b"\x89PNG" * 50_000)
    file.seek(4)
    with Peer(answer(200, stored)) as peer:
        upload = client(peer).upload(EMAIL, file, "image/png", 200_000)
    (post,) = peer.heard
    assert post.target == "/v1/google-flow/assets/maria.k%40example.com"
    assert post.headers["content-type"] == "image/png"
    assert post.headers["content-length"] == "200000"
    assert "transfer-encoding" not in post.headers
    assert post.body == b"\x89PNG" * 50_000
    assert (upload.media_id, upload.width, upload.height, upload.email) == (PICTURE, 1920, 1080, EMAIL)


def test_an_upload_is_repeated_once_in_full_after_network_trouble():
    stored = {
        "mediaGenerationId": CLIP,
        "email": EMAIL,
        "media": {"video": {"dimensions": {"length": "11.940s"}}},
    }
    with Peer(resets_after_hearing, answer(200, stored)) as peer:
        upload = client(peer).upload(EMAIL, io.BytesIO(b"x" * 1000), "video/mp4", 1000)
    assert upload.seconds == 11.94
    assert [post.body for post in peer.heard] == [b"x" * 1000] * 2
    with Peer(resets_after_hearing) as peer, pytest.raises(errors.ReadFailed):
        client(peer).upload(EMAIL, io.BytesIO(b"x" * 1000), "video/mp4", 1000)
    assert peer.connections == 2


def test_a_file_that_shrinks_while_it_is_uploaded_is_the_callers_trouble():
    with Peer(answer(200, {})) as peer, pytest.raises(OSError, match="changed while it was read"):
        client(peer).upload(EMAIL, io.BytesIO(b"short"), "image/png", 1000)


def test_a_refused_picture_tells_why():
    refused = {
        "error": {
            "code": 400,
            "message": "Request contains an invalid argument.",
            "status": "INVALID_ARGUMENT",
            "details": [{"@type": "x", "reason": "PUBLIC_ERROR_TRUMP_FACE_DETECTED"}],
        }
    }
    with Peer(answer(400, refused)) as peer, pytest.raises(errors.Invalid) as caught:
        client(peer).upload(EMAIL, io.BytesIO(b"x"), "image/png", 1)
    assert caught.value.reason == "PUBLIC_ERROR_TRUMP_FACE_DETECTED"


def test_deleting_takes_any_yes():
    with Peer(answer(204), answer(200, {"deleted": True}), answer(404, {"error": "no"})) as peer:
        one = client(peer)
        one.delete_assets(EMAIL, [CLIP])
        one.delete_voice("user:1-email:61-voice:W-mid:M")
        with pytest.raises(errors.NotFound):
            one.delete_character("user:1-email:61-character:E-imgs:1")


def test_voices_characters_and_solvers_are_read_as_told():
    with Peer(
        answer(200, {"voices": [{"voice": "Kore"}, None]}),
        answer(200, {"characters": [{"character": "c"}]}),
        answer(200, {"freeCaptchaCredits": 300, "CapSolver": "CAP-***"}),
        answer(200, {"date": "2026-11-23", "total": 0, "data": []}),
        answer(200, {"voice": "user:v"}),
        answer(200, {"character": "user:c"}),
    ) as peer:
        one = client(peer)
        assert one.voices(EMAIL) == [{"voice": "Kore"}]
        assert one.characters(EMAIL) == [{"character": "c"}]
        assert one.captcha_providers() == {"freeCaptchaCredits": 300, "CapSolver": "CAP-***"}
        assert one.captcha_stats(date="2026-11-23")["total"] == 0
        assert one.create_voice({"email": EMAIL, "voice": "Kore"})["voice"] == "user:v"
        assert one.create_character({"displayName": "Ada"})["character"] == "user:c"
    assert peer.heard[3].target.endswith("/accounts/captcha-stats?date=2026-11-23")
