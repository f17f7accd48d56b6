"""The make-believe vendor's own time: the real clock plus an offset that tests may push forward."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970 in the sandbox's world. `advance` makes a week pass at once."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self._moved = threading.Condition()

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Push the clock and wake everybody who sleeps on it."""
        with self._moved:
            self.offset += seconds
            self._moved.notify_all()

    def wake(self) -> None:
        """Let sleepers look again without moving the clock (stopping, a changed speed)."""
        with self._moved:
            self._moved.notify_all()

    def sleep_until(self, moment: float, stop: threading.Event | None = None) -> None:
        """Return when the sandbox's clock has reached `moment`, or when `stop` is set."""
        with self._moved:
            while (left := moment - self.now()) > 0:
                if stop is not None and stop.is_set():
                    return
                self._moved.wait(min(left, 1.0))

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds > 0:
            self.sleep_until(self.now() + seconds, stop)


def iso(moment: float) -> str:
    """The vendor's way to write a time: `2026-11-24T10:15:30.456Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
