"""HTTP as it crosses the wire: requests as they came, answers as they leave, and the ways a line can break.

Own and small instead of `http.server`, for three reasons: the raw target must be seen (flow-api.md section
3.3 tells `:` from `%3A`), troubles need the bare socket, and several hundred polls a second must be cheap.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

BIGGEST_BODY = 110 * 1024 * 1024  # an MP4 upload may have 100 MB (flow-api.md section 7.1)
REASONS = {
    200: "OK", 201: "Created", 206: "Partial Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized",
    402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 410: "Gone", 412: "Precondition Failed", 413: "Content Too Large",
    416: "Range Not Satisfiable", 422: "Unprocessable Content", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


class LineCut(Exception):
    """The other side went away, or a trouble says that we do."""


@dataclass
class Request:
    """One request, with its target exactly as sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    def __post_init__(self) -> None:
        self.path, _, query = self.target.partition("?")
        self.query = dict(parse_qsl(query, keep_blank_values=True))


@dataclass
class Response:
    """One answer. `delivery` names one of the ways in `DELIVERIES`, usually the undisturbed one."""

    status: int
    body: bytes = b""
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delivery: str = "whole"

    @classmethod
    def json(cls, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return cls(status, json.dumps(content).encode(), headers=headers or {})


class Refusal(Exception):
    """Ends a call with an error answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None, type: str = "") -> None:
        super().__init__(status)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.response = Response(status, raw, type or "application/json", headers or {})


def refuse(status: int, text: str) -> Refusal:
    """The vendor's second envelope, `{"error": text, "code": status}` (flow-api.md section 16)."""
    return Refusal(status, {"error": text, "code": status})


def read_head(stream: BinaryIO) -> Request | None:
    """The next request's line and headers, or None when the caller has closed the connection."""
    line = stream.readline(65537)
    while line in (b"\r\n", b"\n"):
        line = stream.readline(65537)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise refuse(400, "Not an HTTP request")
    headers: dict[str, str] = {}
    while (line := stream.readline(65537)) not in (b"\r\n", b"\n"):
        if not line or len(headers) > 200:
            raise LineCut
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if words[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return Request(words[0], words[1], headers)


def read_body(request: Request, stream: BinaryIO, wire: socket.socket) -> None:
    """Fill in the body; invites it first when the caller waits for `100 Continue` (section 7.1)."""
    if request.headers.get("expect", "").lower() == "100-continue":
        wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in request.headers.get("transfer-encoding", "").lower():
        request.body = _read_chunks(stream)
    elif length := int(request.headers.get("content-length") or 0):
        if length > BIGGEST_BODY:
            raise refuse(413, "Body too large")
        request.body = _read_exactly(stream, length)


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise LineCut
    return content


def _read_chunks(stream: BinaryIO) -> bytes:
    parts: list[bytes] = []
    while size := int(stream.readline(1024).split(b";")[0] or b"0", 16):
        parts.append(_read_exactly(stream, size))
        stream.readline(8)
    while stream.readline(65537) not in (b"\r\n", b"\n", b""):
        pass
    return b"".join(parts)


def head_of(response: Response, length: int, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown Status Code')}",
        "Server: flowsite-sandbox (simulator, not Google Flow)",
        "X-Simulator: flowsite sandbox; nothing here is real and nothing is charged",
        f"Content-Type: {response.type}",
        f"Content-Length: {length}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def send(response: Response, wire: socket.socket, *, keep: bool, bare: bool = False) -> None:
    """Put the answer on the line in its way. `bare` leaves the body out (HEAD)."""
    DELIVERIES[response.delivery](response, wire, keep, b"" if bare else response.body)


def reset(wire: socket.socket) -> None:
    """Close with a TCP reset, so that the caller sees a broken line and no orderly end."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()
    raise LineCut


def _whole(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    wire.sendall(head_of(response, len(response.body), keep) + body)


def _cut(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    reset(wire)


def _cut_body(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    wire.sendall(head_of(response, len(body), keep) + body[: len(body) // 2])
    time.sleep(0.05)  # lets the half arrive before the reset throws away what is unread
    reset(wire)


def _short(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    wire.sendall(head_of(response, len(body), False) + body[: len(body) * 3 // 5])
    raise LineCut


def _huge(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    wire.sendall(head_of(response, 10_000_000_000, False) + body)
    raise LineCut


def _drip(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    """About 4 s for any size: slow, but never silent long enough for a read time-out."""
    wire.sendall(head_of(response, len(body), keep))
    step = max(1, len(body) // 80)
    for start in range(0, len(body), step):
        wire.sendall(body[start : start + step])
        time.sleep(0.05)


def _hang(response: Response, wire: socket.socket, keep: bool, body: bytes) -> None:
    """Say nothing until the caller gives up (or ten minutes have passed)."""
    wire.settimeout(600)
    try:
        while wire.recv(4096):
            pass
    except OSError:
        pass
    raise LineCut


DELIVERIES = {
    "whole": _whole, "cut": _cut, "cut_body": _cut_body, "short": _short, "huge": _huge, "drip": _drip,
    "hang": _hang,
}  # fmt: skip
