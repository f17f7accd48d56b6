"""Tokens and signatures of links are in no message, repr or log, and the token reaches no other host."""

from __future__ import annotations

import io
import logging
import pickle
import traceback

import pytest

from generations.vendor import errors, replies
from generations.vendor.client import FlowClient
from generations.vendor.download import download
from generations.vendor.redaction import redact
from generations.vendor.transport import Reader

from .peer import CLIP, EMAIL, HEX, JOB, TOKEN, Peer, answer, closes_after_hearing, head, says

SECRET = TOKEN.partition("-")[2]
LINK = "https://flow-content.google/video/1?Expires=1795605422&KeyName=kkkk&Signature=s1gn4tur3"


def told(trouble: BaseException) -> str:
    """Everything a log, a page or a database could get out of an exception."""
    lines = traceback.format_exception(trouble)
    return "\n".join([*lines, str(trouble), repr(trouble), str(vars(trouble)), repr(trouble.args)])


class Log(logging.Handler):
    """Keeps what the HTTP library logs, before any filter of the site sees it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"


@pytest.fixture
def log(monkeypatch):
    handler = Log()
    for name in ("httpx", "httpcore.connection", "httpcore.http11"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        logging.getLogger(name).manager._clear_cache()
    yield handler
    logging.getLogger("httpx").manager._clear_cache()


ECHOES = {
    "in an error text": answer(400, {"error": f"Bad header Bearer {TOKEN}"}),
    "as a reason": answer(403, {"error": {"details": [{"reason": TOKEN}]}}),
    "in a page": answer(502, f"<title>Bearer {TOKEN} was bad</title>", kind="text/html"),
    "in a lost yes": answer(201, {"note": TOKEN, "url": LINK}),
    "in a cut answer": says(head(201, "Content-Length: 900") + TOKEN),
    "in a broken status line": says(f"HTTP/1.1 {TOKEN}\r\n\r\n"),
    "in a broken header": says(f"HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}\r\nno header {TOKEN}\r\n\r\n"),
    "nowhere": closes_after_hearing,
}


@pytest.mark.parametrize("act", ECHOES.values(), ids=ECHOES)
def test_an_echoed_token_is_in_no_exception_and_no_log(act, log):
    with Peer(act) as peer:
        client = FlowClient(peer.base, TOKEN, reader=Reader(backoff=0.01))
        for call in (
            lambda: client.send_video({"prompt": "x"}),
            lambda: client.send_images({"prompt": "x"}),
            lambda: client.job(JOB),
            lambda: client.upload(EMAIL, io.BytesIO(b"x"), "image/png", 1),
            lambda: client.send_for_file("/videos/gif", {}, lambda piece: None),
        ):
            with pytest.raises(errors.FlowError) as caught:
                call()
            assert SECRET not in told(caught.value)
            assert "s1gn4tur3" not in told(caught.value)
    assert SECRET not in log.text
    assert "send_request_headers.started" in log.text


def test_a_token_that_looks_like_none_is_hidden_too():
    secret = "plain" + "password"
    with Peer(answer(400, {"error": f"no: {secret}"})) as peer, pytest.raises(errors.Invalid) as caught:
        FlowClient(peer.base, secret).send_video({})
    assert secret not in told(caught.value)


@pytest.mark.parametrize("token", ["", "user:1-a b", "user:1-a\r\nX-Evil: 1", "user:1-ä", "user:1-\x00"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_without_being_shown(token):
    with pytest.raises(errors.BadToken) as caught:
        FlowClient("https://api.example/v1", token)
    assert not token or token not in told(caught.value)


def test_blanks_around_a_pasted_token_are_dropped():
    with Peer(answer(200, {})) as peer:
        FlowClient(peer.base, f" {TOKEN}\n").accounts()
    assert peer.heard[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_client_shows_its_address_and_not_its_token():
    client = FlowClient("https://api.useapi.net/v1/google-flow/", TOKEN)
    assert repr(client) == "<FlowClient https://api.useapi.net/v1/google-flow>"


@pytest.mark.parametrize(
    "base",
    ["", "ftp://x.example", "https://", "https://u:p@x.example/v1", "https://x.example/?a=1", "x.example"],
)
def test_an_address_that_is_none_is_refused(base):
    with pytest.raises(ValueError):
        FlowClient(base, TOKEN)


def test_signed_links_and_raw_answers_are_in_no_repr():
    job = {
        "jobid": JOB,
        "status": "completed",
        "note": f"Bearer {TOKEN}",
        "response": {"media": [{"mediaGenerationId": CLIP, "videoUrl": LINK, "thumbnailUrl": LINK}]},
    }
    record = replies.JobRecord.read(job)
    assert "s1gn4tur3" not in repr(record) + record.raw_redacted
    assert SECRET not in repr(record) + record.raw_redacted
    assert "Expires=1795605422" in record.raw_redacted
    assert record.media[0].url == LINK
    assert "s1gn4tur3" not in repr(replies.Link(LINK, None))


def test_the_log_of_a_download_shows_no_signature(log):
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    with Peer(
        answer(302, "", "Location: /two?Signature=s1gn4tur3"), answer(200, png, kind="image/png")
    ) as peer:
        download(
            f"{peer.origin}/one?Signature=s1gn4tur3&Expires=1795605422",
            lambda piece: None,
            allow_hosts=[peer.origin],
            allow_private=True,
        )
    assert "Expires=1795605422" in log.text
    assert "s1gn4tur3" not in log.text


def test_the_token_goes_to_no_media_host():
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    with Peer(answer(200, png, kind="image/png")) as peer:
        FlowClient(peer.base, TOKEN).download(f"{peer.origin}/one", lambda piece: None)
    (request,) = peer.heard
    assert "authorization" not in request.headers
    assert SECRET not in str(request)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Bearer {TOKEN}", "Bearer ***"),
        ("user:12-abc and user%3A12-abc", "user:12-*** and user%3A12-***"),
        (LINK, "https://flow-content.google/video/1?Expires=1795605422&KeyName=***&Signature=***"),
        ("?X-Goog-Signature=abc\\u0026x=1", "?X-Goog-Signature=***\\u0026x=1"),
        (JOB, "j1124101530123456789v-u4242-email:ma***@example.com-bot:google-flow"),
        ("/jobs/j1-email:maria.k%40example.com-bot", "/jobs/j1-email:ma***%40example.com-bot"),
        (f"user:4242-email:{HEX}-video:a1", "user:4242-email:6d61***-video:a1"),
        ("Missing bearer token", "Missing bearer token"),
        ("Account maria.k@example.com in error state", "Account maria.k@example.com in error state"),
    ],
)
def test_what_is_hidden_and_what_stays(text, expected):
    assert redact(text) == expected


def test_redacting_a_large_hostile_text_is_quick():
    redact("email:" * 60_000 + "user:1-" * 60_000 + "Signature=" * 60_000)


def test_an_error_survives_the_queue():
    """django-q2 carries exceptions of tasks as pickles."""
    error = pickle.loads(pickle.dumps(errors.DownloadFailed("link_dead", "Gone", status=403)))
    assert (error.kind, error.text, error.status) == ("link_dead", "Gone", 403)
    lost = pickle.loads(pickle.dumps(errors.OutcomeUnknown("x", accepted_hint=True, status=201)))
    assert (lost.accepted_hint, lost.status) == (True, 201)
