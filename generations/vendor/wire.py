"""The lowest layer: TCP and TLS lines that keep a deadline and, for downloads, go to public addresses only.

httpx limits each single read, so a peer that sends one byte now and then could hold a worker for ever; here a
whole exchange has an end. And a name is resolved and judged here, then exactly the judged address is dialled:
checking first and letting the library resolve again would leave a gap for a name that changes its mind.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
import time

import httpcore
import httpx


@functools.cache
def tls() -> ssl.SSLContext:
    """One context for all clients: building it costs 25 ms, using it again 0.7 ms (stack.md section 3.1)."""
    return httpx.create_ssl_context()


class AddressRefused(Exception):
    """A name led to an address that may not be asked, since it is not public."""


class Deadline:
    """An end for one exchange, in seconds from now."""

    def __init__(self, seconds: float):
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def limit(self, timeout: float | None, too_late: type[Exception]) -> float:
        """The time the next step may take; raises `too_late` when there is none left."""
        left = self.left()
        if left <= 0:
            raise too_late("The time for the whole exchange is over")
        return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A line whose every step ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline):
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._deadline.limit(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class Dialler(httpcore.NetworkBackend):
    """Opens lines that keep `deadline`; with `public_only` none to an address that is not public."""

    def __init__(self, deadline: Deadline, *, public_only: bool = False):
        self._backend = httpcore.SyncBackend()
        self._deadline = deadline
        self._public_only = public_only

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        targets = public_addresses(host, port) if self._public_only else [host]
        for position, target in enumerate(targets, 1):
            limit = self._deadline.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(target, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(targets):
                    raise
            else:
                return TimedStream(stream, self._deadline)
        raise httpcore.ConnectError("The name has no address")


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of `host`. Raises AddressRefused when one is not public, ConnectError without any."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as trouble:
        raise httpcore.ConnectError(str(trouble)) from trouble
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise AddressRefused(f"{host} leads to {address}, which is not a public address")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet. IPv4 inside IPv6 is judged as IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if inner is not None:
        ip = inner
    return ip.is_global and not ip.is_multicast


def is_loopback(host: str) -> bool:
    """Whether `host`, as written in a URL, is this machine. `localhost` counts; no name is resolved."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        ip = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


class Line(httpx.HTTPTransport):
    """A connection with a deadline: no repeats, no HTTP/2, no proxy from the environment.

    Without `keep_alive` it serves one exchange. httpx 0.28.1 has no parameter for the network backend, so its
    pool is replaced here; both versions are pinned.
    """

    def __init__(self, deadline: Deadline, *, public_only: bool = False, keep_alive: bool = False):
        super().__init__(verify=tls(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls(),
            max_connections=2 if keep_alive else 1,
            max_keepalive_connections=2 if keep_alive else 0,
            keepalive_expiry=30,
            http1=True,
            http2=False,
            retries=0,
            network_backend=Dialler(deadline, public_only=public_only),
        )
