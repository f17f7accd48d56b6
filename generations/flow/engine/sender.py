"""Who is sending: machine, process and its start, so that a killed worker is noticed at once.

Only a process that certainly is gone counts: another machine's, or another container's, may be alive
out of sight and keeps its lease.
"""

import os
import socket
from functools import lru_cache
from pathlib import Path


def me() -> str:
    """This process, in a form that `is_gone` understands."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def is_gone(sender: str) -> bool:
    """True when that process ran here and does not any more."""
    try:
        machine, pid, started = sender.rsplit(" ", 2)
    except ValueError:
        return False
    return machine == _machine() and _started(int(pid)) != started


@lru_cache(maxsize=1)
def _machine() -> str:
    """Host and process namespace: a process id means something only inside both."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "-"
    return f"{socket.gethostname()[:60]}:{namespace}"


def _started(pid: int) -> str:
    """Start of a process in ticks since boot; "" when there is none (a zombie has ended too)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if os.path.isdir("/proc/self") else "?"
    return "" if fields[0] in "ZX" else fields[19]
