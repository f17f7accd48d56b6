"""From the commit of a click to the sandbox's accept, and from the job's end to a clip on disk.

Starts the whole site (`manage.py up`) in a folder of its own at speed 1 of our gaps (one click at a time,
idle between), writes clicks as the page does, and reads the moments from the rows. Prints medians and 95 %.

    .venv/bin/python tests/bench/accept.py [--clicks 30]
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clicks", type=int, default=30)
    clicks = parser.parse_args().clicks
    with tempfile.TemporaryDirectory() as folder:
        web, sandbox = free_port(), free_port()
        os.environ |= {
            "DATA_DIR": folder,
            "PORT": str(web),
            "SANDBOX_URL": f"http://127.0.0.1:{sandbox}/v1/google-flow",
            "FLOW_SPEED": "20",
            "SUBMIT_GAP": "0",
            "DJANGO_SETTINGS_MODULE": "flowsite.settings",
        }
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            time.sleep(12)
            measure(clicks)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure(clicks: int) -> None:
    import django

    django.setup()
    from generations.catalog.request import Request
    from generations.flow import intend
    from generations.models import Account, Generation, State

    account = Account.objects.select_related("connection__owner").get(is_sandbox=True)
    person = account.connection.owner
    to_accept, to_disk = [], []
    for n in range(clicks):
        request = Request(prompt="a lighthouse", model="veo-3.1-lite", seed=1)
        made, _ = intend.write_intent(person, account, request, request_key=f"click {n}")
        committed = time.time()
        while (row := Generation.objects.get(pk=made.pk)).state not in (State.READY, State.FAILED):
            time.sleep(0.05)
        assert row.state == State.READY, row.failure
        to_accept.append(row.accepted_at.timestamp() - committed)
        to_disk.append(row.finished_at.timestamp() - row.completed_at.timestamp())
        time.sleep(0.3)
    print(f"commit to accept: {told(to_accept)} (goal: half within 1 s, 95 % within 2 s)")
    print(f"completion seen to clip READY on disk: {told(to_disk)} (goal: within a second and its download)")


def told(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {statistics.median(ordered):.2f} s, 95 % {ordered[int(len(ordered) * 0.95)]:.2f} s"


if __name__ == "__main__":
    main()
