"""Primary keys in order of time: 63 bits, milliseconds since 2020 and 20 bits below (architecture.md 5).

"Newest first" is then "highest id first" without a second index, and an imported or rebuilt clip takes
its place by the time of its file.
"""

import secrets
import threading
from datetime import datetime

from . import clock

EPOCH_2020 = 1577836800
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A fresh key for this moment; within one process keys only ever grow."""
    global _last
    with _lock:
        fresh = _at(clock.epoch())
        _last = (
            fresh if fresh > _last or _last - fresh > (60_000 << 20) else _last + 1 + secrets.randbelow(64)
        )
        return _last


def id_at(moment: datetime) -> int:
    """A fresh key for work made at `moment` (imports, rebuilds)."""
    return _at(moment.timestamp())


def first_id_of(moment: datetime) -> int:
    """The lowest key a row made at `moment` can have: for filters by date."""
    return max(0, int((moment.timestamp() - EPOCH_2020) * 1000)) << 20


def made_at(key: int) -> float:
    """The Unix second a key was made for."""
    return (key >> 20) / 1000 + EPOCH_2020


def _at(seconds: float) -> int:
    return (max(0, int((seconds - EPOCH_2020) * 1000)) << 20) | secrets.randbits(20)
