"""The worker processes of a run, and the one who kills them. Ends only what it started, by process id."""

import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from . import faults

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Crew:
    """Loose workers from the nursery, and complete sites; `kill_one` takes any process of either."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder, self.dice, self.kills = folder, dice, 0
        self.log = open(folder / "workers.log", "ab")  # noqa: SIM115 (for the whole run)
        self.wanted, self.workers, self.said = 0, set(), queue.Queue()
        self.nursery: subprocess.Popen | None = None
        self.sites: list[Site] = []
        self.clusters_started = 0

    # --- loose workers ------------------------------------------------------------------------------

    def start(self, workers: int) -> None:
        """Have so many loose workers from now on."""
        if self.nursery is None and workers:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker", str(self.folder)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            )  # fmt: skip
            assert self.nursery.stdout.readline().strip() == "ready", "the nursery did not start"
            threading.Thread(target=self._listen, daemon=True).start()
        self.wanted = workers
        self.look()

    def _listen(self) -> None:
        for line in self.nursery.stdout:
            self.said.put(line.split())

    def look(self) -> None:
        """Take note of births and deaths; order what is missing; start sites that were killed."""
        while not self.said.empty():
            word, pid = self.said.get()
            self._ordered -= word == "born"
            (self.workers.add if word == "born" else self.workers.discard)(int(pid))
        for _ in range(self.wanted - len(self.workers) - self._ordered):
            self.nursery.stdin.write("another\n")
            self.nursery.stdin.flush()
            self._ordered += 1
        for site in self.sites:
            site.look()

    _ordered = 0

    def dismiss(self) -> None:
        """Loose workers that nobody wants any more end as they all do."""
        for pid in self.workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # --- complete sites -----------------------------------------------------------------------------

    def open_sites(self, ports: list[int]) -> None:
        for number, port in enumerate(ports, 1):
            self.sites.append(Site(self.folder, number, port, self.log))

    # --- death ----------------------------------------------------------------------------------------

    def kill_one(self) -> None:
        """SIGKILL at a random moment to a random process: a loose worker, or anything inside of a site."""
        found = [(pid, 8) for pid in self.workers]
        for site in self.sites:
            head, *below = site.processes()
            found += [(head, 1), *((pid, 3) for pid in below)]
        if not found:
            return
        victim = self.dice.choices([pid for pid, _ in found], [weight for _, weight in found])[0]
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
            self.kills += 1

    def all_kills(self) -> int:
        return self.kills + faults.deaths(self.folder).total()

    def end(self) -> None:
        self.wanted = 0
        self.dismiss()
        self.workers = set()
        if self.nursery:
            self.nursery.stdin.close()
            self.nursery.wait(timeout=20)
            self.nursery = None
        for site in self.sites:
            site.end()


class Site:
    """A supervisor with its web server and its cluster; started again when it has been killed."""

    def __init__(self, folder: Path, number: int, port: int, log) -> None:
        self.folder, self.log, self.starts = folder, log, 0
        home = folder / f"site{number}"
        home.mkdir()
        self.env = os.environ | {"DATA_DIR": str(home), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        self.out = open(folder / f"site{number}.log", "ab")  # noqa: SIM115
        self.start()

    def start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.site", str(self.folder)],
            cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out,
        )  # fmt: skip

    def look(self) -> None:
        if self.process.poll() is not None:
            self.start()

    def processes(self) -> list[int]:
        """The supervisor and all below it."""
        return [self.process.pid, *descendants(self.process.pid)]

    def end(self) -> None:
        """Ask, then end the supervisor; what is left below it ends by its lifeline within seconds."""
        below = descendants(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        deadline = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{pid}") for pid in below) and time.monotonic() < deadline:
            time.sleep(0.1)


def descendants(head: int) -> list[int]:
    """Process ids below `head`, as /proc tells at this moment."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(name))
    found, below = [], list(parents.get(head, []))
    while below:
        pid = below.pop()
        found.append(pid)
        below += parents.get(pid, [])
    return found
