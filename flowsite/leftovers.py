"""What an earlier supervisor of this folder left behind, found by a mark in its processes' environment.

The mark is random and new with every start, and kept in DATA_DIR/up.json; a process that carries it is
ours whatever its number, and one that does not is never touched, even if it has a number we once knew.
"""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

NAME = "FLOWSITE_UP"


class Record:
    """DATA_DIR/up.json: the mark of the last start and the groups it made."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "up.json"

    def write(self, mark: str, groups: list[int]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": os.getpid(), "mark": mark, "groups": groups}))
        os.replace(fresh, self.path)

    def read(self) -> tuple[str, list[int]]:
        try:
            known = json.loads(self.path.read_text())
            return str(known["mark"]), [int(group) for group in known["groups"]]
        except (OSError, ValueError, KeyError, TypeError):
            return "", []

    def forget(self) -> None:
        with suppress(FileNotFoundError):
            self.path.unlink()


def survivors(mark: str, groups: list[int]) -> set[int]:
    """Process numbers of what still runs of that start."""
    if not mark:
        return set()
    if Path("/proc/self/environ").exists():
        return {pid for pid in _numbers_in_proc() if _carries(pid, mark)}
    return {group for group in groups if _is_a_lifeline(group)}


def end(mark: str, groups: list[int], patience: float = 10.0) -> None:
    """Kill what still runs of that start, again and again until nothing does.

    Once is not enough: a server that is being killed may have forked a worker since we looked, and on a busy
    machine a killed process holds its port for a while.
    """
    deadline = time.monotonic() + patience
    while left := survivors(mark, groups):
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)


def _numbers_in_proc() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _carries(pid: int, mark: str) -> bool:
    try:
        if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z":
            return False
        return f"{NAME}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (OSError, IndexError):
        return False


def _is_a_lifeline(pid: int) -> bool:
    """Without /proc (macOS): the head of a recorded group must still be our lifeline."""
    ask = ["ps", "-o", "command=", "-p", str(pid)]
    return "flowsite/lifeline.py" in subprocess.run(ask, capture_output=True, text=True).stdout  # noqa: S603
