"""Named places where a worker may be killed, and the clock of the run; installed only by tests.

A point is armed by a file of its name. Whoever passes it first takes the file away, writes itself down and
ends by SIGKILL: no `finally`, no rollback, no atexit runs. `install` wraps the functions of the engine by
name, in the process that calls it and in all it forks; the product knows nothing of it.
"""

import mmap
import os
import re
import signal
import struct
import threading
import time
from collections import Counter
from pathlib import Path

POINTS = {
    "claim-before-commit": "the attempt is written and not committed",
    "claim-after-commit": "the attempt is committed and nothing has left",
    "upload-answered": "a picture is at the vendor and not written down here",
    "post-first-byte": "the first bytes of the POST have left",
    "post-answer-read": "the answer is read and not written down",
    "accepted-before-commit": "the acceptance is written and not committed",
    "accepted-after-commit": "the acceptance is committed",
    "refused-before-commit": "a refusal is written and not committed",
    "unknown-before-commit": "an unknown answer is written and not committed",
    "sweep-before-commit": "a dead sender's attempt is swept and not committed",
    "sweep-after-commit": "a dead sender's attempt is swept, others are not yet",
    "watch-answer-read": "a job's record is read and not written down",
    "settle-before": "the clips are listed and nothing is charged",
    "settle-after": "the charge is written and not committed",
    "settle-after-commit": "clips, charge and move are committed",
    "release-before-commit": "credits are given back and not committed",
    "download-midway": "half of a piece of a file is on the disk",
    "save-after-fsync": "a file is whole and not renamed",
    "save-after-rename": "a file has its name and no row knows it",
    "row-before-commit": "the clip's row is written and not committed",
    "row-after-commit": "the clip is ready, the workers know nothing of it yet",
    "posters-midway": "the first poster of several lies there",
    "look-midway": "the vendor's lists are read, the evidence is not written",
    "adopt-before-commit": "an adoption is written and not committed",
    "adopt-after-commit": "an adoption is committed",
}
MEDIA = re.compile(r"(?<!\.\d{3})(?<!\.\d{4})\.(mp4|png|jpg|webp|gif|bin)$")
POSTER = re.compile(r"\.\d{3,4}\.webp$")
_inside = threading.local()
_folder = ""


def arm(folder: Path, point: str) -> None:
    (folder / "armed" / point).touch()


def armed(folder: Path) -> set[str]:
    return set(os.listdir(folder / "armed"))


def disarm(folder: Path) -> None:
    for point in armed(folder):
        (folder / "armed" / point).unlink(missing_ok=True)


def deaths(folder: Path) -> Counter[str]:
    """How many workers have ended at each point."""
    log = folder / "deaths.log"
    return Counter(line.split()[0] for line in log.read_text().splitlines()) if log.exists() else Counter()


def here(point: str, last_deed=lambda: None) -> None:
    """Die here if the point is armed and nobody was quicker."""
    try:
        os.unlink(f"{_folder}/armed/{point}")
    except FileNotFoundError:
        return
    last_deed()
    log = os.open(f"{_folder}/deaths.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, f"{point} {os.getpid()} {time.time():.3f}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def before(owner, name: str, point: str, when=lambda *a, **k: True) -> None:
    true = getattr(owner, name)

    def wrapped(*args, **kwargs):
        if when(*args, **kwargs):
            here(point)
        return true(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner, name: str, point: str, when=lambda result, *a, **k: bool(result)) -> None:
    true = getattr(owner, name)

    def wrapped(*args, **kwargs):
        result = true(*args, **kwargs)
        if when(result, *args, **kwargs):
            here(point)
        return result

    setattr(owner, name, wrapped)


def within(owner, name: str, mark: str) -> None:
    """Let this thread know that it is inside of that function."""
    true = getattr(owner, name)

    def wrapped(*args, **kwargs):
        setattr(_inside, mark, True)
        try:
            return true(*args, **kwargs)
        finally:
            setattr(_inside, mark, False)

    setattr(owner, name, wrapped)


def is_inside(mark: str) -> bool:
    return getattr(_inside, mark, False)


def install(folder: Path) -> None:
    """Wrap the engine of this process at every point."""
    global _folder
    _folder = str(folder)
    _at_sending()
    _at_ending()
    _at_saving()


def _at_sending() -> None:
    from generations.flow import answer, send
    from generations.models import Attempt, Outcome
    from generations.vendor.client import FlowClient
    from generations.vendor.transport import Sending

    def closes(outcome: Outcome, swept: bool = False):
        return lambda won, _, to, **__: won and to == outcome and is_inside("sweep") == swept

    after(send, "_open", "claim-before-commit")
    after(send, "claim", "claim-after-commit")
    after(FlowClient, "upload", "upload-answered")
    for name in ("send", "send_images"):
        after(FlowClient, name, "post-answer-read")
        within(FlowClient, name, "paid")
    after(Sending, "__call__", "post-first-byte", lambda _, __, event, *___: is_inside("paid")
          and event.endswith(".send_request_headers.complete"))  # fmt: skip
    after(Attempt, "close", "accepted-before-commit", closes(Outcome.ACCEPTED))
    after(Attempt, "close", "refused-before-commit", closes(Outcome.REFUSED))
    after(Attempt, "close", "unknown-before-commit", closes(Outcome.UNKNOWN))
    after(Attempt, "close", "sweep-before-commit", closes(Outcome.UNKNOWN, swept=True))
    after(answer, "accepted", "accepted-after-commit")
    after(answer, "unknown", "sweep-after-commit", lambda won, *_, **__: won and is_inside("sweep"))
    within(answer, "sweep", "sweep")


def _at_ending() -> None:
    from generations.flow import answer, reconcile, watch
    from generations.flow.money import settle
    from generations.models import Generation

    before(watch, "apply", "watch-answer-read")
    before(settle, "charge", "settle-before")
    after(settle, "charge", "settle-after", lambda *_, **__: True)
    after(watch, "completed", "settle-after-commit")
    after(settle, "give_back", "release-before-commit", lambda *_, **__: True)
    after(reconcile, "_remember", "look-midway")
    after(
        Generation, "move", "adopt-before-commit", lambda won, *_, **to: won and to.get("verb") == "adopted"
    )
    after(answer, "adopt", "adopt-after-commit")


def _at_saving() -> None:
    from generations.flow import collect
    from generations.library.storage import Incoming

    write, replace = Incoming.write, os.replace

    def write_or_half(self, chunk):
        if MEDIA.search(self.file) and not self.file.startswith("spool/"):
            here("download-midway", lambda: (self._out.write(chunk[: len(chunk) // 2]), self._out.flush()))
        write(self, chunk)

    def rename(source, target, *args, **kwargs):
        is_clip = str(source).endswith(".part") and MEDIA.search(str(target)) and "/spool/" not in str(target)
        if is_clip:
            here("save-after-fsync")
        replace(source, target, *args, **kwargs)
        if is_clip:
            here("save-after-rename")
        if POSTER.search(str(target)):
            here("posters-midway")

    Incoming.write, os.replace = write_or_half, rename
    after(collect, "_decide", "row-before-commit", lambda *_, **__: True)
    after(collect, "_keep", "row-after-commit", lambda *_, **__: True)


class Hands:
    """The hands of everybody's clock: seconds by which all processes of the run are wrong together."""

    def __init__(self, folder: Path) -> None:
        path = folder / "clock"
        if not path.exists():
            path.write_bytes(struct.pack("d", 0.0))
        with open(path, "r+b") as file:
            self._face = mmap.mmap(file.fileno(), 8)

    @property
    def off(self) -> float:
        return struct.unpack("d", self._face[:8])[0]

    def set(self, seconds: float) -> None:
        self._face[:8] = struct.pack("d", seconds)

    def install(self) -> None:
        """Let the one function that tells the time go by these hands."""
        from generations.models import clock

        true = clock.epoch
        clock.epoch = lambda: true() + self.off
