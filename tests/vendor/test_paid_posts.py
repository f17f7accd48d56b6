"""What a paid POST means in every way it can end. The peer counts: there is never a second POST."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from generations.vendor import errors
from generations.vendor.client import FlowClient
from generations.vendor.transport import Sending

from .peer import (
    EMAIL,
    JOB,
    TOKEN,
    Peer,
    answer,
    closes_after_hearing,
    drips,
    head,
    resets_after_hearing,
    resets_at_once,
    resets_unheard,
    says,
    stays_silent,
)

FIELDS = {"prompt": "A paper boat", "model": "veo-3.1-fast", "email": EMAIL, "seed": None}
CREATED = {"jobid": JOB, "type": "video", "status": "created"}
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def send(base: str, *, seconds: float = 5, sending: Sending | None = None):
    client = FlowClient(base, TOKEN)
    client.accept_seconds = seconds
    return client.send_video(FIELDS, sending=sending)


def test_an_accepted_job_is_named_and_was_sent_once():
    with Peer(answer(201, CREATED)) as peer:
        sending = Sending()
        accepted = send(peer.base, sending=sending)
    assert (accepted.job_id, accepted.status) == (JOB, "created")
    assert (sending.left, sending.status) == (True, 201)
    (post,) = peer.heard
    assert post.line == "POST /v1/google-flow/videos HTTP/1.1"
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    assert post.headers["connection"] == "close"
    assert json.loads(post.body) == {
        "prompt": "A paper boat",
        "model": "veo-3.1-fast",
        "email": EMAIL,
        "async": True,
    }


def test_the_other_paid_paths_are_sent_the_same_way():
    with Peer(answer(201, CREATED)) as peer:
        client = FlowClient(peer.base, TOKEN)
        assert client.send("/videos/extend", {"prompt": "on"}).job_id == JOB
        assert client.send("/videos/upscale", {"resolution": "4K"}).job_id == JOB
        with pytest.raises(ValueError):
            client.send("/videos/../accounts", {})
    assert [post.target.rpartition("/")[2] for post in peer.posts()] == ["extend", "upscale"]


def test_each_paid_post_has_a_connection_of_its_own():
    with Peer(answer(201, CREATED)) as peer:
        client = FlowClient(peer.base, TOKEN)
        for _ in range(3):
            client.send_video(FIELDS)
    assert peer.connections == 3


def test_a_finished_answer_with_a_job_id_is_accepted_too():
    done = {"jobId": JOB, "media": [{"videoUrl": "https://flow-content.google/video/1?Expires=1795605422"}]}
    with Peer(answer(200, done | {"remainingCredits": 18760})) as peer:
        accepted = send(peer.base)
    assert accepted.job_id == JOB
    assert accepted.media[0].ok
    assert accepted.remaining_credits == 18760


UNKNOWN = {
    "reset without reading": resets_unheard,
    "reset after reading": resets_after_hearing,
    "closed after reading": closes_after_hearing,
    "garbage": says("\x00\x01 this is no HTTP\r\n\r\n"),
    "cut headers": says("HTTP/1.1 201 Created\r\nContent-Ty"),
    "HTML 502": answer(502, PAGE, kind="text/html"),
    "HTML 404 of a proxy": answer(404, PAGE, kind="text/html"),
    "HTML 503 of a proxy": answer(503, PAGE, kind="text/html"),
    "JSON 503 of a gateway": answer(503, {"message": "Service Unavailable"}),
    "empty 500": answer(500),
    "JSON 500": answer(500, {"error": "API error: 500"}),
    "JSON 500 that names a job": answer(500, {"jobid": JOB}),
    "JSON 408": answer(408, {"error": "Polling timeout"}),
    "JSON 409": answer(409, {"error": "Conflict"}),
    "JSON 504": answer(504, {"error": "Gateway"}),
    "400 that is no object": answer(400, "[]"),
    "401 with an empty body": answer(401),
    "cut 400": says(head(400, "Content-Length: 500") + '{"error":"Parameter'),
    "redirect to the same place": answer(307, "", "Location: /v1/google-flow/videos"),
    "permanent redirect": answer(308, "", "Location: http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("act", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_neither_yes_nor_no_is_unknown_and_never_repeated(act):
    with Peer(act) as peer:
        sending = Sending()
        with pytest.raises(errors.OutcomeUnknown) as caught:
            send(peer.base, sending=sending)
        time.sleep(0.05)
    assert sending.left
    assert not caught.value.accepted_hint
    assert peer.connections == 1
    assert len(peer.posts()) <= 1


ACCEPTED_BUT_LOST = {
    "cut 201": says(head(201, "Content-Length: 500") + '{"jobid":"j112410'),
    "cut chunks": says(head(201, "Transfer-Encoding: chunked") + '10\r\n{"jobid":"j11241'),
    "201 without a job id": answer(201, {"status": "created"}),
    "201 with an empty job id": answer(201, {"jobid": ""}),
    "201 with a job id nobody can ask about": answer(201, {"jobid": "../accounts"}),
    "201 of HTML": answer(201, PAGE, kind="text/html"),
    "201 of broken JSON": answer(201, '{"jobid": "j1'),
    "empty 204": answer(204),
    "201 said to be zipped": answer(201, "not zipped at all", "Content-Encoding: gzip"),
    "201 that is too large": answer(201, '{"x":"' + "y" * (6 * 1024 * 1024) + '"}'),
    "201 nested too deep": answer(201, '{"jobid":' * 5000),
}


@pytest.mark.parametrize("act", ACCEPTED_BUT_LOST.values(), ids=ACCEPTED_BUT_LOST)
def test_a_yes_that_was_lost_is_unknown_with_the_hint_that_it_was_a_yes(act):
    with Peer(act) as peer, pytest.raises(errors.OutcomeUnknown) as caught:
        send(peer.base)
    assert caught.value.accepted_hint
    assert caught.value.status in (201, 204)
    assert len(peer.posts()) == 1


def test_the_beginning_of_a_cut_answer_is_kept_for_the_administrator():
    with (
        Peer(says(head(201, "Content-Length: 500") + '{"jobid":"j112410')) as peer,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        send(peer.base)
    assert caught.value.raw == '{"jobid":"j112410'


def test_a_silent_vendor_is_unknown_when_the_time_is_over():
    with Peer(stays_silent) as peer, pytest.raises(errors.OutcomeUnknown) as caught:
        send(peer.base, seconds=0.3)
    assert caught.value.status is None


@pytest.mark.parametrize(
    "act",
    [
        drips(head(201, "Content-Length: 5000"), b" ", 0.05),
        drips("HTTP/1.1 201 Created\r\n", b"X-Slow: 1\r\n", 0.05),
    ],
    ids=["body", "headers"],
)
def test_an_answer_that_drips_ends_at_the_limit_for_the_whole(act):
    started = time.monotonic()
    with Peer(act) as peer, pytest.raises(errors.OutcomeUnknown):
        send(peer.base, seconds=0.5)
    assert time.monotonic() - started < 2


def test_a_slip_of_ours_in_reading_a_yes_is_unknown_too():
    def slips(body: dict):
        raise KeyError("a slip")

    with Peer(answer(201, CREATED)) as peer, pytest.raises(errors.OutcomeUnknown) as caught:
        FlowClient(peer.base, TOKEN)._post_paid("/videos", FIELDS, None, slips)
    assert caught.value.accepted_hint


def test_a_redirect_is_not_followed_anywhere():
    with Peer(answer(201, CREATED)) as other, Peer(answer(307, "", f"Location: {other.base}/videos")) as peer:
        with pytest.raises(errors.OutcomeUnknown) as caught:
            send(peer.base)
        time.sleep(0.05)
    assert caught.value.status == 307
    assert len(peer.posts()) == 1
    assert other.heard == []


REFUSED = [
    (400, {"error": "Parameter n not supported", "code": 400}, errors.Invalid, ""),
    (401, {"error": "Unauthorized"}, errors.BadToken, ""),
    (402, {"error": "Account has no subscription or subscription expired"}, errors.NoSubscription, ""),
    (402, {"error": "Not enough credits"}, errors.NoCredits, ""),
    (
        403,
        {"error": "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3 attempt(s)"},
        errors.Forbidden,
        "PUBLIC_ERROR_UNUSUAL_ACTIVITY",
    ),
    (404, {"error": "Google Flow account nobody@example.com not found"}, errors.NotFound, ""),
    (412, {"error": "Not enough credits: requested 20, available 3"}, errors.NoCredits, ""),
    (422, {"error": {"message": "Blocked by policy"}}, errors.Invalid, ""),
    (429, {"error": "no_eligible_account", "message": "All rest"}, errors.RateLimited, "no_eligible_account"),
    (503, {"error": "Captcha service failed: ERROR_ZERO_BALANCE"}, errors.Busy, "ERROR_ZERO_BALANCE"),
    (503, {"error": {"code": 503, "message": "Down", "status": "UNAVAILABLE"}}, errors.Busy, "UNAVAILABLE"),
    (596, {"error": "Account x in error state: refresh token rejected"}, errors.SignedOut, ""),
]


@pytest.mark.parametrize(("status", "body", "kind", "reason"), REFUSED)
def test_a_definite_no_is_told_from_the_rest(status, body, kind, reason):
    with Peer(answer(status, body)) as peer, pytest.raises(errors.Refused) as caught:
        send(peer.base)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.reason) == (status, reason)
    assert caught.value.text
    assert len(peer.posts()) == 1


def test_a_no_in_full_counts_even_while_the_body_is_still_going_out():
    """httpcore swallows the broken write and reads the early answer (stack.md section 3.1)."""
    body = json.dumps({"error": "Too long"}).encode()

    def refuses_early(talk):
        talk.sock.recv(1000)
        talk.say(head(400, f"Content-Length: {len(body)}").encode() + body)
        time.sleep(0.3)

    with Peer(refuses_early) as peer, pytest.raises(errors.Invalid):
        FlowClient(peer.base, TOKEN).send_video({"prompt": "x" * 8_000_000})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("PUBLIC_ERROR_UNSAFE_GENERATION", errors.Invalid),
        ("Blocked by our content policy", errors.Invalid),
        ("API error: 500", errors.OutcomeUnknown),
    ],
)
def test_of_images_a_500_about_the_content_is_a_no(error, kind):
    with Peer(answer(500, {"error": error})) as peer, pytest.raises(kind):
        FlowClient(peer.base, TOKEN).send_images({"prompt": "a boat", "count": 1})
    with Peer(answer(500, {"error": error})) as peer, pytest.raises(errors.OutcomeUnknown):
        send(peer.base)


def test_pictures_come_back_and_filtered_ones_are_told():
    made = {
        "image": {
            "generatedImage": {
                "seed": 73125,
                "mediaGenerationId": "user:4242-email:6d-image:b7",
                "modelNameType": "NARWHAL",
                "fifeUrl": "https://flow-content.google/image/b7?Expires=1795605000&Signature=abc",
            }
        }
    }
    inline = {"image": {"generatedImage": {"encodedImage": "iVBORw0KGgo="}}}
    silent = {"image": {"generatedImage": {"seed": 1, "prompt": "a boat"}}}
    with Peer(answer(200, {"jobId": JOB, "media": [made, inline, silent]})) as peer:
        result = FlowClient(peer.base, TOKEN).send_images({"prompt": "a boat", "count": 3})
    assert [medium.ok for medium in result.media] == [True, True, False]
    assert [medium.position for medium in result.media] == [0, 1, 2]
    assert result.media[1].encoded.startswith(b"\x89PNG")
    assert "async" not in json.loads(peer.heard[0].body)


def test_pictures_without_a_list_are_unknown_with_the_hint():
    with Peer(answer(200, {"jobId": JOB})) as peer, pytest.raises(errors.OutcomeUnknown) as caught:
        FlowClient(peer.base, TOKEN).send_images({"prompt": "a boat"})
    assert caught.value.accepted_hint


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize(
    "base",
    [
        f"http://127.0.0.1:{closed_port()}",
        "http://no-such-host.invalid/v1",
        "http://" + "x" * 64 + ".example/v1",
    ],
    ids=["refused port", "unknown name", "impossible name"],
)
def test_without_a_connection_nothing_was_sent(base):
    sending = Sending()
    with pytest.raises(errors.NotSent):
        send(base, sending=sending)
    assert sending.begun and not sending.left


def test_a_plain_peer_behind_https_gets_nothing():
    def hears_bytes(talk):
        talk.sock.recv(100)
        talk.say("HTTP/1.1 400 Bad Request\r\n\r\n")

    with Peer(hears_bytes) as peer, pytest.raises(errors.NotSent):
        send(peer.base.replace("http:", "https:"))


def test_a_peer_that_resets_at_once_may_have_got_bytes_or_not_and_the_word_fits():
    """A race: the reset may come before the first byte is written, or after."""
    with Peer(resets_at_once) as peer:
        for _ in range(30):
            sending = Sending()
            with pytest.raises((errors.NotSent, errors.OutcomeUnknown)) as caught:
                send(peer.base, sending=sending)
            assert isinstance(caught.value, errors.OutcomeUnknown) is sending.left
    assert peer.connections == 30


def test_fields_that_are_no_json_were_not_sent():
    with Peer(answer(201, CREATED)) as peer, pytest.raises(errors.NotSent):
        FlowClient(peer.base, TOKEN).send_video({"prompt": object()})
    assert peer.connections == 0


def test_a_sending_serves_one_post_only():
    with Peer(answer(201, CREATED)) as peer:
        sending = Sending()
        send(peer.base, sending=sending)
        with pytest.raises(ValueError):
            send(peer.base, sending=sending)
    assert len(peer.posts()) == 1


def test_many_threads_send_at_the_same_time_without_mixing_answers():
    def echoes(talk):
        prompt = json.loads(talk.hear().body)["prompt"]
        body = json.dumps({"jobid": f"j{prompt}"}).encode()
        talk.say(head(201, f"Content-Length: {len(body)}").encode() + body)

    got = {}
    with Peer(echoes) as peer:
        client = FlowClient(peer.base, TOKEN)

        def one(number):
            got[number] = client.send_video({"prompt": str(number)}).job_id

        threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == {number: f"j{number}" for number in range(24)}
