"""Files that come as base64 inside JSON are written while they arrive and checked before they count."""

from __future__ import annotations

import base64
import hashlib
import json
import random

import pytest

from generations.vendor import errors
from generations.vendor.client import FlowClient

from .peer import CLIP, JOB, PICTURE, TOKEN, Peer, answer, head, says

FILM = random.Random(7).randbytes(700_001)


def joined(peer: Peer, **limits) -> tuple[bytes, object]:
    parts: list[bytes] = []
    media = [{"mediaGenerationId": CLIP}, {"mediaGenerationId": CLIP, "trimStart": 1}]
    client = FlowClient(peer.base, TOKEN)
    written = client.send_for_file("/videos/concatenate", {"media": media}, parts.append, **limits)
    assert len(parts) > 5
    return b"".join(parts), written


@pytest.mark.parametrize("last", [True, False], ids=["film last", "film first"])
def test_a_joined_film_is_written_piece_by_piece(last):
    film = {"encodedVideo": base64.b64encode(FILM).decode()}
    rest = {"jobId": JOB, "inputsCount": 2, "note": 'the word "encodedVideo": "AAAA" in a text'}
    with Peer(answer(200, rest | film if last else film | rest)) as peer:
        got, written = joined(peer)
    assert got == FILM
    assert (written.bytes, written.job_id) == (len(FILM), JOB)
    assert written.sha256 == hashlib.sha256(FILM).hexdigest()
    assert json.loads(peer.heard[0].body)["media"][1] == {"mediaGenerationId": CLIP, "trimStart": 1}


def test_escaped_slashes_are_read():
    body = json.dumps({"encodedGif": base64.b64encode(b"\xff\xff\xfe" * 30).decode()}).replace("/", "\\/")
    parts: list[bytes] = []
    with Peer(answer(200, body)) as peer:
        FlowClient(peer.base, TOKEN).send_for_file("/videos/gif", {"mediaGenerationId": CLIP}, parts.append)
    assert b"".join(parts) == b"\xff\xff\xfe" * 30


def join(peer: Peer, write, **limits) -> object:
    client = FlowClient(peer.base, TOKEN)
    return client.send_for_file("/videos/concatenate", {"media": []}, write, **limits)


WHOLE = json.dumps({"jobId": JOB, "encodedVideo": base64.b64encode(FILM).decode()})


@pytest.mark.parametrize(
    "act",
    [
        says(head(200, f"Content-Length: {len(WHOLE)}") + WHOLE[:400_000]),
        says(head(200) + WHOLE[:400_000]),
        says(head(200) + WHOLE[:-1]),
        answer(200, {"jobId": JOB}),
        answer(200, {"encodedVideo": ""}),
        answer(200, {"encodedVideo": None}),
        answer(200, {"encodedVideo": "not base64 at all: ???"}),
        answer(200, "<html>", kind="text/html"),
        answer(200, "x" * 3_000_000),
        answer(502, "<html>", kind="text/html"),
    ],
    ids=[
        "cut",
        "cut unseen",
        "last sign lost",
        "absent",
        "empty",
        "null",
        "no base64",
        "HTML",
        "endless",
        "502",
    ],
)
def test_a_film_that_is_not_whole_does_not_count(act):
    with Peer(act) as peer, pytest.raises(errors.OutcomeUnknown):
        join(peer, lambda piece: None)
    assert len(peer.posts()) == 1


def test_a_line_that_never_opened_was_not_sent():
    with pytest.raises(errors.NotSent):
        FlowClient("http://127.0.0.1:9", TOKEN).send_for_file("/videos/gif", {}, lambda piece: None)


def test_a_film_beyond_the_limit_is_given_up():
    parts: list[bytes] = []
    with (
        Peer(answer(200, WHOLE)) as peer,
        pytest.raises(errors.OutcomeUnknown, match="larger than 100000 bytes"),
    ):
        join(peer, parts.append, max_bytes=100_000)
    assert sum(map(len, parts)) <= 100_000


def test_a_refusal_is_told_and_nothing_is_written():
    parts: list[bytes] = []
    with (
        Peer(answer(403, {"error": "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3"})) as peer,
        pytest.raises(errors.Forbidden),
    ):
        FlowClient(peer.base, TOKEN).send_for_file(
            "/images/upscale", {"mediaGenerationId": PICTURE, "resolution": "4k"}, parts.append
        )
    assert parts == []


def test_a_full_disk_is_the_callers_trouble():
    def full(piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    with Peer(answer(200, WHOLE)) as peer, pytest.raises(OSError, match="No space left"):
        join(peer, full)
