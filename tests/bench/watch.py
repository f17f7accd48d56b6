"""The watcher with 2,000 running jobs against 32 threads on one httpx Client, at the same stub.

    .venv/bin/python -m tests.bench.watch            (SQLite; PostgreSQL with DATABASE_URL)

Both ask about every job once. The watcher also reads each answer, writes the next look into its row and
claims the rows before; the plain threads only read the bytes. The stub is a process of its own. Printed:
polls per second of both in seven interleaved pairs, the median ratio (at least 0.5) and its spread.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

JOBS, ACCOUNTS, THREADS, PAIRS, WANTED = 2000, 20, 32, 7, 0.5
TOKEN = "user:4242-bench"
RECORD = (
    '{"jobid": "%s", "type": "video", "status": "started", "created": "2026-11-24T10:15:30.456Z",'
    ' "updated": "2026-11-24T10:15:33.101Z", "request": {"async": true, "prompt": "A red-and-white lighthouse'
    ' on a cliff at dusk, waves below, slow push in, warm light in the lantern room", "model":'
    ' "veo-3.1-fast", "aspectRatio": "landscape", "duration": 8, "email": "ma***@example.com", "replyRef":'
    ' "a1b2c3d4.228123456789.1.0123456789abcdef0123456789abcdef", "internalModel": "veo_3_1_t2v_fast"},'
    ' "response": {"operations": [{"operation": {"name": "a1d95d21"}, "sceneId": "a1d95d21", "status":'
    ' "MEDIA_GENERATION_STATUS_PENDING"}]}}'
)


class Stub(asyncio.Protocol):
    """Answers every GET at once: the job runs."""

    def connection_made(self, transport):
        self.transport, self.rest = transport, b""

    def data_received(self, data):
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, _, self.rest = self.rest.partition(b"\r\n\r\n")
            job = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
            body = (RECORD % job).encode()
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


def serve(port) -> None:
    async def run():
        server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def main() -> int:
    mine, theirs = multiprocessing.get_context("spawn").Pipe()
    stub = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    stub.start()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "flowsite.settings"
        import django

        django.setup()
        from django.db import connection

        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            return measure(f"http://127.0.0.1:{mine.recv()}/v1/google-flow")
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
            stub.kill()


def measure(base_url: str) -> int:
    from django.db import connection

    jobs = write_rows(base_url)
    watched(jobs)  # both have warm connections, as a process that has run for a while
    plain(base_url, jobs)
    ratios = []
    for _ in range(PAIRS):
        theirs, ours = plain(base_url, jobs), watched(jobs)
        ratios.append(ours / theirs)
        print(
            f"plain {theirs:,.0f} polls/s, watcher {ours:,.0f} polls/s, ratio {ours / theirs:.2f}", flush=True
        )
    middle = statistics.median(ratios)
    print(
        f"watcher ÷ plain threads on {connection.vendor}, {JOBS:,} running jobs (at least {WANTED}): "
        f"{middle:.2f} (spread {min(ratios):.2f} to {max(ratios):.2f})"
    )
    return 0 if middle >= WANTED else 1


def write_rows(base_url: str) -> list[str]:
    """2,000 jobs that were accepted ten minutes ago, on twenty accounts."""
    from django.contrib.auth.hashers import make_password

    from generations.catalog.request import Request
    from generations.models import Account, Attempt, Connection, Generation, Outcome, State, clock
    from generations.models.ids import new_id
    from tests.people import cast

    make_password("x")
    people, moment = cast(), clock.now() - timedelta(minutes=10)
    connection = Connection(owner=people.mara, base_url=base_url, user_number="4242", is_good=True)
    connection.give_token(TOKEN)
    connection.save()
    accounts = [
        Account.objects.create(connection=connection, email=f"a{n}@example.com") for n in range(ACCOUNTS)
    ]
    request = Request(prompt="A lighthouse", model="veo-3.1-fast")
    rows = [
        Generation(
            id=new_id(), team=people.team, person=people.mara, account=accounts[n % ACCOUNTS], number=n + 1,
            request_key=f"k{n}", content_hash="x", request=request.to_json(), prompt="A lighthouse",
            mode="text", kind="video", model="veo-3.1-fast", ratio="16:9", seconds=8, expected_seconds=90,
            state=State.GENERATING, accepted_at=moment, sent_at=moment,
        )
        for n in range(JOBS)
    ]  # fmt: skip
    Generation.objects.bulk_create(rows, batch_size=200)
    jobs = [
        f"j1124101530{n:09d}v-u4242-email:a{n % ACCOUNTS}@example.com-bot:google-flow" for n in range(JOBS)
    ]
    Attempt.objects.bulk_create(
        [
            Attempt(
                generation=row, account=row.account, number=1, reference=f"r{n}", outcome=Outcome.ACCEPTED,
                opened_at=moment, closed_at=moment, lease_until=moment, base_url=base_url,
                user_number="4242", job_id=jobs[n],
            )
            for n, row in enumerate(rows)
        ],
        batch_size=200,
    )  # fmt: skip
    return jobs


def watched(jobs: list[str]) -> float:
    """Polls per second of one pass of the watcher over all jobs."""
    from generations.flow import watch
    from generations.models import Generation, clock

    Generation.objects.update(due_at=clock.now(), looks=0)
    begun = time.perf_counter()
    answers = watch.watch_due(120)
    took = time.perf_counter() - begun
    asked = Generation.objects.filter(looks=1, due_at__gt=clock.now()).count()
    if answers != len(jobs) or asked != len(jobs):
        raise SystemExit(f"{answers} answers, {asked} rows written, {len(jobs)} wanted")
    return answers / took


def plain(base_url: str, jobs: list[str]) -> float:
    """Polls per second of 32 threads on one httpx Client that read the bytes and nothing else."""
    import httpx

    headers = {"Authorization": f"Bearer {TOKEN}"}
    shared = httpx.Client(headers=headers, trust_env=False, timeout=60)
    with shared as client, ThreadPoolExecutor(THREADS) as pool:

        def ask(job: str) -> int:
            try:
                return len(client.get(f"{base_url}/jobs/{job}").content)
            except httpx.TransportError:
                # httpcore's pool now and then closes a connection it has just given away (stack.md 2.6).
                return len(client.get(f"{base_url}/jobs/{job}").content)

        begun = time.perf_counter()
        read = sum(size > 0 for size in pool.map(ask, jobs))
        took = time.perf_counter() - begun
    if read != len(jobs):
        raise SystemExit("The stub did not answer.")
    return read / took


if __name__ == "__main__":
    sys.exit(main())
