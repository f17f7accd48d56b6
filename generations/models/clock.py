"""The one function that tells the time.

Leases must mean the same on every machine that shares a database, so on PostgreSQL the time is the
database's: its clock is read twice a minute and carried on by the monotonic clock in between, which a
person who sets the machine's clock cannot move. On SQLite there is one machine and one clock.
Tests move time with `shift`.
"""

import time
from datetime import datetime, timedelta
from datetime import timezone as tz

from django.db import connection

RESYNC = 30.0
_shift = timedelta()
_synced: tuple[float, float] | None = None  # (monotonic, database epoch) at the last reading


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.fromtimestamp(epoch(), tz.utc)


def epoch() -> float:
    """The present moment in Unix seconds."""
    base = _database_epoch() if connection.vendor == "postgresql" else time.time()
    return base + _shift.total_seconds()


def shift(by: timedelta) -> None:
    """Move the time of this process by `by` from the true one (tests only)."""
    global _shift
    _shift = by


def _database_epoch() -> float:
    global _synced
    tick = time.monotonic()
    if _synced is None or tick - _synced[0] > RESYNC:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            _synced = (time.monotonic(), cursor.fetchone()[0])
    return _synced[1] + time.monotonic() - _synced[0]
