"""Carries requests. One way for what must not be repeated, another for what may be.

`post_once` makes a POST on a connection of its own and never repeats, redirects or reuses anything. `Reader`
makes GETs from many threads and repeats them. Neither judges an answer beyond "it is complete"; that is
`envelope` and `client`.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from .errors import NotSent, OutcomeUnknown, ReadFailed
from .redaction import excerpt, guard_logs, redact
from .wire import Deadline, Line

guard_logs()

JSON_LIMIT = 5 * 1024 * 1024
"""Largest answer read into memory (flow-api.md 21.7); endpoints that carry base64 have their own."""

ACCEPT_SECONDS = 320.0
"""How long a paid POST may take altogether: the vendor's own figure (flow-api.md section 2.1)."""

CHUNK = 64 * 1024

TRIES_AGAIN = (502, 503, 504)


class Sending:
    """What is known about one POST, at any time, also after SystemExit or a cancellation went by.

    `left`: bytes may have reached the vendor. `status`: the status line that was read. `begun`: it was used
    at all. A `Sending` serves one POST only.
    """

    def __init__(self) -> None:
        self.begun = False
        self.left = False
        self.status: int | None = None

    @property
    def accepted_hint(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def begin(self) -> None:
        if self.begun:
            raise ValueError("A Sending serves one POST only.")
        self.begun = True

    def __call__(self, name: str, info: dict) -> None:
        """The httpx `trace` extension. Said before the first byte is written, so it errs on the safe side."""
        if name.endswith(".send_request_headers.started"):
            self.left = True
        elif name.endswith(".receive_response_headers.complete"):
            told = info.get("return_value")
            if isinstance(told, tuple) and len(told) > 1 and isinstance(told[1], int):
                self.status = told[1]

    def __repr__(self) -> str:
        return f"<Sending left={self.left} status={self.status}>"


@dataclass(frozen=True)
class Answer:
    """A complete answer: nothing was cut, the size is within its limit."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class TooBig(Exception):
    """The answer is larger than its limit."""


def post_once(
    url: str,
    *,
    headers: Mapping[str, str],
    content: Callable[[], bytes | Iterator[bytes]],
    sending: Sending,
    secrets: tuple[str, ...] = (),
    overall: float = ACCEPT_SECONDS,
    max_bytes: int = JSON_LIMIT,
) -> Answer:
    """Make one POST, once, and return its complete answer, whatever its status.

    `content` makes the body; trouble in it counts as not sent. `overall`: seconds for everything together.
    Raises NotSent when no byte can have left, OutcomeUnknown for every other trouble. What is no `Exception`
    (SystemExit of a task that ran out of time, KeyboardInterrupt, a cancellation) passes through; `sending`
    tells the rest.
    """
    sending.begin()
    read = bytearray()
    try:
        body = content()
        with one_exchange("POST", url, headers, body, sending, overall) as response:
            collect(read, response.iter_bytes(), max_bytes)
            return Answer(response.status_code, response.headers, bytes(read))
    except Exception as trouble:
        told = {"status": sending.status, "raw": excerpt(bytes(read), *secrets)}
        text = describe(trouble, *secrets)
        if not sending.left:
            raise NotSent(text) from None
        raise OutcomeUnknown(text, accepted_hint=sending.accepted_hint, **told) from None
    except BaseException as ending:
        ending.add_note("A POST to the vendor was open: " + repr(sending))
        raise


@contextlib.contextmanager
def one_exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes | Iterator[bytes] | None,
    sending: Sending,
    overall: float,
) -> Iterator[httpx.Response]:
    """An answer whose status is known and whose body is not read yet, on a connection nobody else uses.

    Trouble while the line is closed is ignored: what was read before is what counts.
    """
    timeout = httpx.Timeout(connect=10, write=60, read=overall, pool=5)
    client = httpx.Client(
        transport=Line(Deadline(overall)), timeout=timeout, follow_redirects=False, trust_env=False
    )
    client.headers.clear()
    try:
        plain = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        request = client.build_request(
            method, url, headers=plain | dict(headers), content=content, extensions={"trace": sending}
        )
        response = client.send(request, stream=True)
        yield response
    finally:
        with contextlib.suppress(Exception):
            client.close()


def collect(target: bytearray, chunks: Iterator[bytes], max_bytes: int) -> None:
    """Gather an answer. What came before trouble stays in `target`. Raises TooBig."""
    for chunk in chunks:
        target += chunk[: max_bytes + 1 - len(target)]
        if len(target) > max_bytes:
            raise TooBig(f"The answer is larger than {max_bytes} bytes")


def describe(trouble: BaseException, *secrets: str) -> str:
    """Trouble as a short redacted text.

    It stands in for the cause, which is never chained: h11 quotes whole headers and status lines.
    """
    return redact(f"{type(trouble).__name__}: {trouble}"[:500], *secrets)


class Reader:
    """Makes GETs for many threads and tokens, in one process.

    A request borrows an idle client and gives it back, so no two threads ever share a connection pool:
    httpcore's pool turns quadratic with many connections and can close one that another thread was just given
    (stack.md 2.6, 3.1). There are as many clients as there were threads at the same time. Cookies are never
    kept, since tokens of several people pass here. `backoff`: first
    pause in seconds, doubled for each further try, with up to half as much by chance.
    """

    def __init__(self, *, backoff: float = 2.0):
        self._idle: list[tuple[httpx.Client, Deadline]] = []
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._backoff = backoff

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        secrets: tuple[str, ...] = (),
        timeout: float = 30.0,
        max_bytes: int = JSON_LIMIT,
        tries: int = 3,
    ) -> Answer:
        """A complete answer of any status. Network trouble, 502, 503, 504 are tried `tries` times in all.

        A stated `Retry-After` longer than the next pause ends the tries. Raises ReadFailed.
        """
        for attempt in range(1, tries + 1):
            pause = self._backoff * 2 ** (attempt - 1) * random.uniform(1.0, 1.5)
            try:
                answer = self._get(url, headers, timeout, max_bytes)
            except Exception as trouble:
                passing = isinstance(trouble, httpx.TransportError)
                if attempt == tries or not passing:
                    raise ReadFailed(describe(trouble, *secrets)) from None
            else:
                stated = answer.headers.get("retry-after", "").strip()
                waits = stated != "" and not (stated.isdigit() and int(stated) <= pause)
                if answer.status not in TRIES_AGAIN or attempt == tries or waits:
                    return answer
            time.sleep(pause)
        raise ValueError("tries must be at least 1")

    def _get(self, url: str, headers: Mapping[str, str], seconds: float, max_bytes: int) -> Answer:
        client, deadline = self._borrow()
        timeout = httpx.Timeout(connect=10, read=seconds, write=10, pool=5)
        deadline.restart(seconds)
        read = bytearray()
        fit = False
        try:
            accept = {"Accept": "application/json"}
            request = client.build_request("GET", url, headers=accept | dict(headers), timeout=timeout)
            response = client.send(request, stream=True)
            try:
                collect(read, response.iter_bytes(), max_bytes)
                fit = True
            finally:
                response.close()
            return Answer(response.status_code, response.headers, bytes(read))
        finally:
            self._give_back(client, deadline, fit)

    def _borrow(self) -> tuple[httpx.Client, Deadline]:
        with self._lock:
            if self._process != os.getpid():
                # After a fork both processes would read each other's answers from the same connections.
                self._process, self._idle = os.getpid(), []
            if self._idle:
                return self._idle.pop()
        deadline = Deadline(0)
        client = httpx.Client(
            transport=Line(deadline, keep_alive=True),
            trust_env=False,
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        )
        return client, deadline

    def _give_back(self, client: httpx.Client, deadline: Deadline, fit: bool) -> None:
        if fit:
            with self._lock:
                self._idle.append((client, deadline))
        else:
            with contextlib.suppress(Exception):
                client.close()

    def close(self) -> None:
        """Close the idle clients. Requests under way finish undisturbed."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client, _ in idle:
            client.close()
