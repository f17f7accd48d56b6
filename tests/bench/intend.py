"""Writing one generation down (`intend`, commit included) against one autocommit INSERT, same connection.

Prints medians of 400 interleaved pairs and the median of their ratios (at most 12).

    [DATABASE_URL=…] .venv/bin/python tests/bench/intend.py
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowsite.settings")
        import django

        django.setup()
        measure_in_test_database()


def measure_in_test_database() -> None:
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        inserts, intents = measure(400)
        ratio = statistics.median(i / o for i, o in zip(intents, inserts, strict=True))
        print(
            f"intend on {connection.vendor}: {statistics.median(intents) * 1000:.2f} ms, "
            f"one INSERT {statistics.median(inserts) * 1000:.2f} ms, ratio (at most 12): {ratio:.1f}"
        )
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure(pairs: int) -> tuple[list[float], list[float]]:
    from generations.catalog.request import Request
    from generations.flow import intend
    from generations.models import Account, Event, Person

    person = Person.objects.create_user("bench", password=None)
    account = Account.objects.get(connection__owner=person)
    inserts, intents = [], []
    for n in range(pairs + 20):
        request = Request(
            prompt=f"A lighthouse at dusk, take {n}, beam sweeping over the sea", model="veo-3.1-lite"
        )
        begun = time.perf_counter()
        Event.objects.create(by=person, verb="bench", why="one row")
        between = time.perf_counter()
        intend.write_intent(person, account, request, request_key=f"key {n}")
        ended = time.perf_counter()
        if n >= 20:
            inserts.append(between - begun)
            intents.append(ended - between)
        if n % 100 == 99:  # the balance of the account must not end the measuring
            Account.objects.update(credits=25_000_000)
    return inserts, intents


if __name__ == "__main__":
    main()
