"""What crosses the socket: tokens, raw targets, bodies of every kind, and who may listen."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from generations.sandbox import Sandbox
from generations.sandbox.server import NotLoopback

from .client import ULTRA, Caller, png


def _spoken(vendor: Sandbox, request: bytes, follow_up: bytes = b"") -> bytes:
    """The raw answer to raw bytes; the follow-up is sent after the first answer has come."""
    host, port = vendor.origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as line:
        line.sendall(request)
        answer = line.recv(65536)
        if follow_up:
            line.sendall(follow_up)
            answer += line.recv(65536)
        return answer


def test_a_job_id_must_come_raw(caller: Caller) -> None:
    jobid = caller.accepted()
    assert caller.get(f"/jobs/{jobid}").status_code == 200
    for encoded in (jobid.replace(":", "%3A"), jobid.replace("@", "%40"), "nonsense"):
        answer = caller.get(f"/jobs/{encoded}")
        assert answer.status_code == 400
        assert answer.json() == {"error": "Invalid job ID format", "code": 400}


def test_foreign_tokens_are_unauthorized_and_foreign_jobs_forbidden(caller: Caller) -> None:
    for token in ("", "Bearer user:1-other", "Bearer 1-sandbox", "Bearer user:x-sandbox-0"):
        answer = httpx.get(f"{caller.vendor.base_url}/accounts", headers={"Authorization": token})
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    jobid = caller.accepted()
    with Caller(caller.vendor, 6999) as other:
        assert other.get(f"/jobs/{jobid}").status_code == 403
    assert caller.get(f"/jobs/{jobid.replace('j', 'j1', 1)}").status_code == 404


def test_customers_do_not_share_credits(caller: Caller) -> None:
    caller.accepted()
    with Caller(caller.vendor, 6998) as other:
        assert other.credits() == 25_000


def test_a_large_upload_may_wait_for_100_continue(caller: Caller) -> None:
    content = png()
    head = (
        f"POST /any/prefix/v1/google-flow/assets/ultra%40sandbox.example HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {caller.vendor.token_for(caller.user)}\r\nContent-Type: image/png\r\n"
        f"Content-Length: {len(content)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    ).encode()
    answer = _spoken(caller.vendor, head, content)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_chunked_and_multipart_bodies_are_understood(caller: Caller) -> None:
    body = json.dumps({"prompt": "A kite", "async": True}).encode()
    chunked = caller.post("/videos", content=iter([body[:9], body[9:]]))
    assert chunked.status_code == 201
    form = {"prompt": (None, "A kite"), "async": (None, "true"), "count": (None, "2"), "email": (None, ULTRA)}
    assert len(caller.finished(caller.post("/videos", files=form).json()["jobid"])["response"]["media"]) == 2


def test_it_refuses_to_listen_to_other_machines(tmp_path: object) -> None:
    with pytest.raises(NotLoopback):
        Sandbox(host="0.0.0.0")


def test_it_refuses_other_host_names_and_web_pages_at_the_control_address(vendor: Sandbox) -> None:
    assert httpx.get(f"{vendor.origin}/", headers={"Host": "evil.example"}).status_code == 403
    answer = httpx.post(f"{vendor.origin}/_control/clock", json={}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_every_answer_says_that_it_is_a_simulator(vendor: Sandbox) -> None:
    page = httpx.get(f"{vendor.origin}/")
    assert "simulator" in page.text
    assert "simulator" in page.headers["server"]
    assert "simulator" in httpx.get(f"{vendor.base_url}/accounts").headers["server"]


def test_unknown_paths_and_wrong_gets_are_told(caller: Caller) -> None:
    assert caller.get("/nothing").json()["error"] == "Endpoint not found"
    assert caller.get("/images/j1").json()["error"] == "Wrong GET url"
    assert caller.get("/jobs/").status_code == 200


def test_the_control_address_works_over_http(vendor: Sandbox, caller: Caller) -> None:
    control = f"{vendor.origin}/_control"
    order = {
        "class": "throttled",
        "endpoint": "/videos",
        "times": 1,
        "retry_after": "date",
        "user": caller.user,
    }
    assert httpx.post(f"{control}/troubles", json=order).json()["trouble"] == "throttled"
    assert caller.clip().headers["retry-after"].endswith("GMT")
    assert caller.clip().status_code == 201
    assert httpx.delete(f"{control}/troubles").json() == {"orders": []}
    assert httpx.post(f"{control}/troubles", json={"class": "no such"}).status_code == 400
    assert httpx.post(f"{control}/switches", json={"no_such": 1}).status_code == 400
    assert httpx.post(f"{control}/switches", json={"jobid_style": "docs"}).json()["jobid_style"] == "docs"
    assert "-email:ul***@sandbox.example-bot" in caller.accepted()
    assert httpx.get(f"{control}/record").json()["counters"]["POST /videos"] > 0
