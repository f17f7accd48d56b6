"""One process under the supervisor: started in a group of its own, ended as a group, its words kept.

The group is headed by lifeline.py, which outlives no supervisor. Children write straight into their log
files, never into a pipe, so that a supervisor that is stopped or gone cannot block them in mid-sentence.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LIFELINE = Path(__file__).with_name("lifeline.py")
ROOT = LIFELINE.parent.parent
LOG_LIMIT = 5_000_000
LOGS_KEPT = 3
QUICK_DEATH = 10.0  # seconds; a child that dies sooner is started again more and more slowly
LONGEST_PAUSE = 30.0


class Log:
    """A file of bounded size, and a reader that has not yet shown all of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._shown = path.stat().st_size

    def open(self):
        return open(self.path, "ab")

    def fresh_lines(self) -> list[str]:
        """What was written since the last call, as whole lines."""
        if self.path.stat().st_size < self._shown:
            self._shown = 0
        with open(self.path, "rb") as file:
            file.seek(self._shown)
            text = file.read(256_000)
        whole = text[: text.rfind(b"\n") + 1]
        self._shown += len(whole)
        return whole.decode(errors="replace").splitlines()

    def turn(self) -> None:
        """Keep a full file beside it and begin again. Writers append, so they go on at the new start."""
        if self.path.stat().st_size < LOG_LIMIT:
            return
        for number in range(LOGS_KEPT, 1, -1):
            with suppress(FileNotFoundError):
                os.replace(f"{self.path}.{number - 1}", f"{self.path}.{number}")
        shutil.copyfile(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)
        self._shown = 0


@dataclass
class Child:
    """`grace`: seconds it may take to stop when the supervisor is gone."""

    name: str
    command: list[str]
    log: Log
    grace: float = 10.0
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    starts: int = 0
    quick_deaths: int = 0
    not_before: float = 0.0

    def start(self, lifeline: int) -> None:
        """`lifeline`: the reading end of the supervisor's pipe."""
        guard = [sys.executable, "-S", "-E", str(LIFELINE), str(lifeline), str(self.grace), *self.command]
        with self.log.open() as log:
            self.process = subprocess.Popen(  # noqa: S603
                guard,
                cwd=ROOT,
                env=os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(lifeline,),
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.starts += 1

    @property
    def is_running(self) -> bool:
        """Looked at without reaping, so that the group's number cannot belong to anybody else meanwhile."""
        if self.process is None or self.process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def is_over(self) -> bool:
        """Started once, dead now, and not yet noted."""
        return self.process is not None and self.process.returncode is None and not self.is_running

    def ask_to_stop(self) -> None:
        if self.is_running:
            os.kill(self.process.pid, signal.SIGTERM)

    def kill_group(self) -> None:
        """End every process of the group at once and take note of its death. Harmless when it is over."""
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def bury(self) -> int:
        """The child has died: end what is left of its group, plan the next start, return its status."""
        self.kill_group()
        now = time.monotonic()
        self.quick_deaths = self.quick_deaths + 1 if now - self.started_at < QUICK_DEATH else 0
        # At once the first time; after deaths in quick succession with a doubling pause.
        pause = 0.0 if self.quick_deaths < 2 else min(LONGEST_PAUSE, 2.0 ** (self.quick_deaths - 2))
        self.not_before = now + pause
        return self.process.returncode
