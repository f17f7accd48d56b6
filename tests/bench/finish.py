"""200 jobs that finish at once: from completion to READY, against plain httpx with as many threads.

    .venv/bin/python -m tests.bench.finish            (SQLite; an empty PostgreSQL database with DATABASE_URL)

The whole site runs (`manage.py up`, eight workers) beside a stub vendor in a process of its own. All jobs are
due at one moment and say "completed" with a link to the same film; ours reads, fetches, hashes, opens, syncs,
renames and settles. The plain threads fetch and write the same files. Goal: at most 4 times plus the poll
interval (15 s), and all posters within 60 s.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.bench.accept import free_port  # noqa: E402

JOBS, THREADS, TIMES, POLL, POSTERS = 200, 8, 4, 15.0, 60.0
WARM = 25.0  # seconds until the site has started


def serve(port: int, film: bytes) -> None:
    """Every job is done; every film is the same."""

    async def answer(reader, writer):
        try:
            while line := await reader.readline():
                while (await reader.readline()).strip():
                    pass
                path = line.split()[1].decode()
                if path.startswith("/film"):
                    kind, body = "video/mp4", film
                else:
                    kind, body = "application/json", record(path.rsplit("/", 1)[-1], port)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except (ConnectionError, IndexError):
            pass
        finally:
            writer.close()

    async def run():
        server = await asyncio.start_server(answer, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


def record(job: str, port: int) -> bytes:
    """A completed job in the shape of flow-api.md 11.1; anything else asked for is an empty answer."""
    if not job.startswith("j"):
        return b"{}"
    media = {
        "mediaGenerationId": f"user:4242-email:61-video:{job[1:20]}",
        "videoUrl": f"http://127.0.0.1:{port}/film/{job[1:20]}.mp4",
        "mediaStatus": {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_SUCCESSFUL"},
    }
    told = {"jobid": job, "type": "video", "status": "completed", "response": {"media": [media]}}
    return json.dumps(told).encode()


def film_of(folder: Path) -> bytes:
    """Eight seconds of 720p as the sandbox paints them."""
    from generations.sandbox.media.looks import clip_look
    from generations.sandbox.media.painter import paint

    look = clip_look("A lighthouse at dusk", 1, "landscape", 8, 720)
    paint(look, folder)
    return (folder / f"{look.key}.mp4").read_bytes()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        port, film = free_port(), film_of(Path(folder))
        stub = multiprocessing.get_context("spawn").Process(target=serve, args=(port, film), daemon=True)
        stub.start()
        os.environ |= {
            "DATA_DIR": folder,
            "PORT": str(free_port()),
            "DJANGO_SETTINGS_MODULE": "flowsite.settings",
            "WORKERS": str(THREADS),
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        due = write_rows(f"http://127.0.0.1:{port}/v1/google-flow")
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-sandbox"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return measure(due, port, len(film), Path(folder))
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(timeout=60)
            stub.kill()


def write_rows(base_url: str):
    """200 jobs that were accepted two minutes ago and are asked about at one moment, soon."""
    from generations.catalog.request import Request
    from generations.models import Account, Attempt, Connection, Generation, Outcome, State, clock
    from generations.models.ids import new_id
    from tests.people import cast

    people, moment = cast(), clock.now()
    due = moment + timedelta(seconds=WARM)
    connection = Connection(owner=people.mara, base_url=base_url, user_number="4242", is_good=True)
    connection.give_token("user:4242-bench")
    connection.save()
    account = Account.objects.create(connection=connection, email="a@example.com", read_at=due)
    request = Request(prompt="A lighthouse", model="veo-3.1-fast")
    before = moment - timedelta(minutes=2)
    rows = [
        Generation(
            id=new_id(), team=people.team, person=people.mara, account=account, number=n + 1,
            request_key=f"k{n}", content_hash="x", request=request.to_json(), prompt="A lighthouse",
            mode="text", kind="video", model="veo-3.1-fast", ratio="16:9", seconds=8, expected_seconds=90,
            state=State.GENERATING, accepted_at=before, sent_at=before, due_at=due,
        )
        for n in range(JOBS)
    ]  # fmt: skip
    Generation.objects.bulk_create(rows)
    Attempt.objects.bulk_create(
        Attempt(
            generation=row, account=account, number=1, reference=f"r{n}", outcome=Outcome.ACCEPTED,
            opened_at=before, closed_at=before, lease_until=before, base_url=base_url, user_number="4242",
            job_id=f"j1124101530{n:09d}v-u4242-email:a@example.com-bot:google-flow",
        )
        for n, row in enumerate(rows)
    )  # fmt: skip
    return due


def measure(due, port: int, size: int, folder: Path) -> int:
    from django.db import connection

    from generations.models import Clip, ClipState, Generation, State

    while Generation.objects.exclude(state=State.READY).exists():
        if time.time() > due.timestamp() + 300:
            raise SystemExit(f"{Generation.objects.filter(state=State.READY).count()} READY after 300 s")
        time.sleep(0.2)
    last = Generation.objects.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    ours = (last - due).total_seconds()
    while Clip.objects.filter(state=ClipState.READY, posters_at__isnull=True).exists():
        if time.time() > due.timestamp() + 300:
            break
        time.sleep(0.2)
    posters = time.time() - due.timestamp()
    times = sorted(plain(port, folder) for _ in range(3))
    limit = TIMES * times[1] + POLL
    print(
        f"{JOBS} films of {size / 1e6:.1f} MB on {connection.vendor}: READY after {ours:.1f} s, "
        f"plain {times[1]:.1f} s ({times[0]:.1f} to {times[2]:.1f}); at most 4 × plain + 15 s = {limit:.1f} s"
    )
    print(f"ours ÷ plain: {ours / times[1]:.1f}; all posters after {posters:.1f} s, at most {POSTERS:.0f}")
    return 0 if ours <= limit and posters <= POSTERS else 1


def plain(port: int, folder: Path) -> float:
    """Seconds of as many threads that fetch the same files and write them."""
    import httpx

    def fetch(number: int) -> None:
        address, path = f"http://127.0.0.1:{port}/film/{number}.mp4", folder / f"plain-{number}.mp4"
        with client.stream("GET", address) as answer, open(path, "wb") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
            os.fsync(file.fileno())

    begun = time.perf_counter()
    with httpx.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(fetch, range(JOBS)))
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
