"""One beat of the pump with 50,000 finished rows against an empty database: time and query plans.

Prints the ratio of the medians in one run (SQLite or PostgreSQL by DATABASE_URL), and whether any
query of a beat reads a whole table.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
ROWS, BEATS = 50_000, 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowsite.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            empty, _ = beats()
            call_command("seed_library", clips=ROWS, verbosity=0)
            full, scans = beats()
            print(
                f"beat on {connection.vendor}: empty {empty * 1000:.2f} ms, with {ROWS:,} finished rows "
                f"{full * 1000:.2f} ms, ratio {full / empty:.2f}; whole-table reads: {scans or 'none'}"
            )
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def beats() -> tuple[float, list[str]]:
    """Median seconds of a beat, and the queries of one beat that scan a table of ours."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from generations.flow.engine import doorbell
    from generations.flow.engine.pump import Pump

    pump, times = Pump("bench"), []
    with doorbell.other_hands(lambda *work: None):
        pump.beat()
        for _ in range(BEATS):
            begun = time.perf_counter()
            pump.beat()
            times.append(time.perf_counter() - begun)
        with CaptureQueriesContext(connection) as seen:
            pump.beat()
    return statistics.median(times), [q["sql"][:120] for q in seen if _scans(q["sql"])]


def _scans(sql: str) -> bool:
    from django.db import connection

    if not sql.startswith("SELECT"):
        return False
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    big = ("generations_generation", "generations_clip", "generations_attempt", "generations_event")
    return (
        any(f"SCAN {table}" in plan and "USING" not in plan for table in big)
        or "Seq Scan on generations_c" in plan
    )


if __name__ == "__main__":
    main()
