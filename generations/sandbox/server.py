"""The listening socket: one thread per connection, loopback only, keep-alive, no delay."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import threading
import traceback
from typing import TYPE_CHECKING, BinaryIO, cast

from . import wire
from .routes import answer

if TYPE_CHECKING:
    from .vendor import Vendor


class NotLoopback(ValueError):
    """Somebody asked the sandbox to be reachable from other machines."""


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024
    block_on_close = False

    def __init__(self, vendor: Vendor, host: str, port: int) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise NotLoopback(f"The sandbox serves this machine only; {host} is not a loopback address.")
        self.vendor = vendor
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), Connection)
        vendor.origin = f"http://{host}:{self.server_address[1]}"

    def follow(self, connection: socket.socket, *, opened: bool) -> None:
        with self._lock:
            (self._open.add if opened else self._open.discard)(connection)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        traceback.print_exc()


class Connection(socketserver.BaseRequestHandler):
    """Answers one request after another until the caller leaves or a trouble cuts the line."""

    def handle(self) -> None:
        line: socket.socket = self.request
        server = cast(Server, self.server)
        server.follow(line, opened=True)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with line.makefile("rb", 65536) as stream:
                while self._serve_one(server.vendor, line, cast(BinaryIO, stream)):
                    pass
        except (wire.LineCut, OSError, ValueError):
            pass  # the caller went away in the middle, or a trouble did it on purpose
        finally:
            server.follow(line, opened=False)

    def _serve_one(self, vendor: Vendor, line: socket.socket, stream: BinaryIO) -> bool:
        try:
            request = wire.read_head(stream)
            if request is None:
                return False
            if vendor.troubles.cuts_early(request):
                wire.reset(line)
            wire.read_body(request, stream, line)
        except wire.Refusal as refusal:
            wire.send(refusal.response, line, keep=False)
            return False
        response = answer(vendor, request)
        keep = request.headers.get("connection", "").lower() != "close"
        wire.send(response, line, keep=keep, bare=request.method == "HEAD")
        return keep
