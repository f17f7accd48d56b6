"""What a poll with nothing new costs, beside a bare view behind the same sign-in.

    .venv/bin/python tests/bench/poll.py

Processor time in this process over 2,000 calls each, through every middleware of the site, in seven mixed
pairs. Printed: median of bare ÷ ours (at least 0.6 wanted, architecture.md 9), the spread, and the queries.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.urls import path  # noqa: E402

CALLS, PAIRS, WANTED = 2000, 7, 0.6
HTMX = {"HTTP_HX_REQUEST": "true"}


def bare(request):
    """What LoginRequiredMiddleware alone costs."""
    return HttpResponse(status=204)


def main() -> int:
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    try:
        call_command("collectstatic", verbosity=0, interactive=False)
        return measure()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure() -> int:
    from generations.web import urls
    from tests.people import cast
    from tests.web.rows import made

    urls.urlpatterns.append(path("_/bare/", bare))
    people = cast()
    shown = [made(people.mara, state) for state in ("ready", "generating", "waiting") * 20]
    client = Client()
    client.force_login(people.mara)
    version = 10**9
    ours = (
        f"/_/changes/?page=create&scope=everyone&top=yes&v={version}&ids={','.join(str(g.pk) for g in shown)}"
    )
    for address in (ours, "/_/bare/"):
        assert client.get(address, **HTMX).status_code == 204, address
        took(client, address, 200)
    ratios = []
    for _ in range(PAIRS):
        plain = took(client, "/_/bare/", CALLS)
        poll = took(client, ours, CALLS)
        ratios.append(plain / poll)
        print(
            f"bare {1e6 * plain / CALLS:.0f} µs, poll {1e6 * poll / CALLS:.0f} µs, ratio {plain / poll:.3f}"
        )
    queries = [asked(client, address) for address in ("/_/bare/", ours)]
    middle = statistics.median(ratios)
    print(f"queries: bare {queries[0]}, poll {queries[1]}")
    print(f"bare ÷ poll, processor time: {middle:.3f} (spread {min(ratios):.3f} to {max(ratios):.3f})")
    kept = middle >= WANTED and queries[1] <= queries[0] + 1
    print(f"at least {WANTED}, at most one query more: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def took(client: Client, address: str, calls: int) -> float:
    begun = time.process_time()
    for _ in range(calls):
        client.get(address, **HTMX)
    return time.process_time() - begun


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address, **HTMX)
    return len(queries)


if __name__ == "__main__":
    sys.exit(main())
