"""A loopback server that does what a test tells it, byte by byte, and writes down what it was sent."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TOKEN = "user:4242-s3cr3tT0k3nValue"
EMAIL = "maria.k@example.com"
HEX = EMAIL.encode().hex()
JOB = f"j1124101530123456789v-u4242-email:{EMAIL}-bot:google-flow"
CLIP = f"user:4242-email:{HEX}-video:a1d95d21-0000-4000-8000-000000000001"
PICTURE = f"user:4242-email:{HEX}-image:0f6c1a52-7c1e-4a0a-9a5b-2b1f0c7d9e11"


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


@dataclass
class Talk:
    """One connection, seen from the server."""

    sock: socket.socket
    heard: list[Request]
    file: object = field(init=False)

    def __post_init__(self) -> None:
        self.file = self.sock.makefile("rb")

    def hear(self) -> Request | None:
        """Read one request, body included, and write it down."""
        line = self.file.readline().decode("latin-1").strip()
        if not line:
            return None
        headers = {}
        while header := self.file.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        request = Request(line, headers)
        self.heard.append(request)
        request.body = self.file.read(int(headers.get("content-length", 0)))
        return request

    def say(self, data: bytes | str) -> None:
        with contextlib.suppress(OSError):
            self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def reset(self) -> None:
        """Close so that the other side sees a reset, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Act = Callable[[Talk], None]


class Peer:
    """Plays one act per connection; the last act is played for all further ones."""

    def __init__(self, *acts: Act, tls: object = None):
        self.acts = list(acts)
        self.heard: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return self.origin + "/v1/google-flow"

    def posts(self) -> list[Request]:
        return [request for request in self.heard if request.method == "POST"]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            act = self.acts[min(self.connections, len(self.acts) - 1)]
            self.connections += 1
            threading.Thread(target=self._play, args=(sock, act), daemon=True).start()

    def _play(self, sock: socket.socket, act: Act) -> None:
        with contextlib.suppress(OSError, ValueError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                act(Talk(sock, self.heard))

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._listener.close()


def head(status: int | str, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *headers, "Connection: close", "", ""])


def answer(status: int, body: object = "", *headers: str, kind: str = "application/json") -> Act:
    """Hear a request and answer it in full; a body that is no text or bytes becomes JSON."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    def act(talk: Talk) -> None:
        talk.hear()
        talk.say(head(status, f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers))
        talk.say(data)

    return act


def says(data: bytes | str, pause: float = 0.0) -> Act:
    """Hear a request, send exactly this, close after a pause."""

    def act(talk: Talk) -> None:
        talk.hear()
        talk.say(data)
        time.sleep(pause)

    return act


def drips(start: str, piece: bytes, every: float) -> Act:
    """Hear a request, send a start and then one piece after the other without an end."""

    def act(talk: Talk) -> None:
        talk.hear()
        talk.sock.sendall(start.encode())
        while True:
            time.sleep(every)
            talk.sock.sendall(piece)

    return act


def resets_at_once(talk: Talk) -> None:
    talk.reset()


def resets_unheard(talk: Talk) -> None:
    """Reset when the request has surely left the other side, without reading it."""
    talk.sock.recv(1, socket.MSG_PEEK)
    time.sleep(0.05)
    talk.reset()


def resets_after_hearing(talk: Talk) -> None:
    talk.hear()
    talk.reset()


def closes_after_hearing(talk: Talk) -> None:
    talk.hear()


def stays_silent(talk: Talk) -> None:
    talk.hear()
    time.sleep(5)


def serves_for_ever(status: int, body: object, *headers: str) -> Act:
    """Answer every request of a connection that is kept alive."""
    data = json.dumps(body).encode()

    def act(talk: Talk) -> None:
        while talk.hear():
            lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(data)}", *headers, "", ""]
            talk.say("\r\n".join(lines).encode() + data)

    return act
