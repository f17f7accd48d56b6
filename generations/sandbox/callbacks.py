"""The vendor's calls to a `replyUrl`: the job record, posted at each state (flow-api.md section 14).

Only addresses on this machine are called. No signature, no second try, no promise of order: as live.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .vendor import Vendor
    from .world import Job


class Callbacks:
    """One thread that waits for the next moment, and a few that call."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._due: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._more = threading.Condition()
        self._callers = ThreadPoolExecutor(4, thread_name_prefix="callback")
        self._thread: threading.Thread | None = None
        self._closed = False

    def follow(self, job: Job) -> None:
        """Call at each state that is still to come."""
        if not job.reply.get("url"):
            return
        now = self._vendor.clock.now()
        with self._more:
            for moment in (job.created, job.starts, job.ends):
                if moment >= now - 1:
                    heappush(self._due, (moment, next(self._numbers), job))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="callbacks", daemon=True)
                self._thread.start()
            self._more.notify()

    def close(self) -> None:
        with self._more:
            self._closed = True
            self._more.notify()
        self._callers.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        while True:
            with self._more:
                while not self._closed and (not self._due or self._due[0][0] > self._vendor.clock.now()):
                    left = self._due[0][0] - self._vendor.clock.now() if self._due else 60.0
                    self._more.wait(min(max(left, 0.01), 0.5))
                if self._closed:
                    return
                _, _, job = heappop(self._due)
            for _ in range(2 if self._vendor.switches.duplicate_callbacks else 1):
                self._callers.submit(self._call, job)

    def _call(self, job: Job) -> None:
        from .routes.records import job_record

        address = urlsplit(job.reply["url"])
        if address.scheme != "http" or not _is_here(address.hostname or ""):
            self._vendor.counters["callbacks refused"] += 1
            return
        body = json.dumps(job_record(self._vendor, self._vendor.world(job.user), job)).encode()
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        line = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=5)
        try:
            line.request("POST", target, body, {"Content-Type": "application/json"})
            line.getresponse().read()
            self._vendor.counters["callbacks"] += 1
        except OSError:
            self._vendor.counters["callbacks failed"] += 1
        finally:
            line.close()


def _is_here(host: str) -> bool:
    try:
        return all(
            ipaddress.ip_address(str(entry[4][0])).is_loopback
            for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
    except OSError:
        return False
