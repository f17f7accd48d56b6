"""`manage.py up`: web, workers and sandbox under one process that starts what dies and stops cleanly.

A living process is no proof of work: a django-q2 cluster can stop for ever while all its processes look
well (stack.md 2.2). So the workers are judged by their heartbeat row, and ended as a whole group. However
this process itself ends, nothing outlives it: each group is headed by lifeline.py, which reads the end of
a pipe that only we hold; and the next start ends what should still be there after all (leftovers.py).
"""

import fcntl
import logging
import os
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from generations.flow.engine import doorbell
from generations.models import Attempt, Heartbeat, Outcome, clock

from . import leftovers
from .children import Child, Log

log = logging.getLogger(__name__)

BEAT = 0.25
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class CannotStart(Exception):
    """The sentence says why, and what to do."""


class Pulse:
    """How long the workers' heartbeat has stood still, by our own clock.

    Counted from the last change that was *seen*: a database that could not be asked, a clock that was set
    or a machine that slept is no fault of theirs.
    """

    def __init__(self, grace: float) -> None:
        self.beat, self.since = None, time.monotonic() + grace

    def still_for(self, beat) -> float:
        if beat != self.beat:
            self.beat, self.since = beat, time.monotonic()
        return time.monotonic() - self.since

    def excuse(self) -> None:
        self.since = max(self.since, time.monotonic())


class Supervisor:
    """`stale_after`: seconds without a heartbeat until the workers are replaced; `start_grace`: seconds more
    that a start may take; `sends_wait`: seconds that open sends may take when stopping; `stop_wait`:
    seconds that each child may take after it was asked to stop.
    """

    def __init__(
        self,
        *,
        with_sandbox: bool = True,
        workers: int | None = None,
        stale_after: float = 30.0,
        start_grace: float = 20.0,
        sends_wait: float = 30.0,
        stop_wait: float = 10.0,
        out=sys.stdout,
    ) -> None:
        self.folder = Path(settings.DATA_DIR)
        self.stale_after, self.start_grace = stale_after, start_grace
        self.sends_wait, self.stop_wait = sends_wait, stop_wait
        self.out = out
        self.mark = secrets.token_hex(8)
        self.record = leftovers.Record(self.folder)
        sandbox_here = with_sandbox and urlsplit(settings.SANDBOX_URL).hostname in LOOPBACK
        self.sandbox = self._make_sandbox() if sandbox_here else None
        self.web = self._make("web", [sys.executable, "-m", "gunicorn", "-c", "python:flowsite.webserver"])
        self.web.command.append("flowsite.wsgi")
        self.workers = self._make("workers", [sys.executable, "manage.py", "qcluster"], grace=30.0)
        if workers:
            self.workers.env["WORKERS"] = str(workers)
        self.children = [child for child in (self.sandbox, self.web, self.workers) if child]
        self.cluster = ""
        self.pulse = Pulse(0)
        self.asked = 0
        self.told = False
        self._last_look = self._last_turn = 0.0

    def _make(self, name: str, command: list[str], grace: float = 10.0) -> Child:
        env = {leftovers.NAME: self.mark, "PYTHONUNBUFFERED": "1"}
        return Child(name, command, Log(self.folder / "logs" / f"{name}.log"), grace, env)

    def _make_sandbox(self) -> Child:
        port = urlsplit(settings.SANDBOX_URL).port or 80
        options = ["--port", str(port), "--speed", f"{settings.FLOW_SPEED:g}"]
        command = [sys.executable, "manage.py", "sandbox", *options, "--dir", str(self.folder / "sandbox")]
        return self._make("sandbox", command, grace=40.0)

    # --- the whole run ---------------------------------------------------------------------------------

    def run(self, prepare=lambda: []) -> None:
        """Supervise until asked to stop.

        `prepare` is called when the folder is ours and before anything starts; it returns the lines that are
        shown once the web server answers. Raises CannotStart.
        """
        self.take_the_folder()
        welcome = prepare()
        self.start_all()
        try:
            while not self.asked:
                self.tick(welcome)
                time.sleep(BEAT)
        finally:
            self.stop()

    def take_the_folder(self) -> None:
        """Be the only supervisor of this folder, with nothing of an earlier one left. Raises CannotStart."""
        self._lock = open(self.folder / "up.lock", "a+")  # noqa: SIM115 (held as long as this process lives)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"Flowsite already runs with the data in {self.folder}. Stop that one first, or name another"
                " folder with DATA_DIR."
            ) from None
        patience = 5.0 if self.end_leftovers() else 0.0
        self.check_port(settings.PORT, "PORT", "PORT=8001 make run", patience)
        if self.sandbox:
            port = urlsplit(settings.SANDBOX_URL).port or 80
            example = "SANDBOX_URL=http://127.0.0.1:8791/v1/google-flow make run"
            self.check_port(port, "SANDBOX_URL", example, patience)

    def end_leftovers(self) -> bool:
        """Whether there were any. Their lifelines end them too; open sends get time for their answer."""
        mark, groups = self.record.read()
        deadline = time.monotonic() + self.sends_wait
        while (left := leftovers.survivors(mark, groups)) and self.open_sends():
            if time.monotonic() > deadline:
                break
            time.sleep(BEAT)
        if left:
            self.say(f"Ending {len(left)} processes that an earlier start left behind.")
            leftovers.end(mark, groups)
        self.record.forget()
        return bool(left)

    def check_port(self, port: int, name: str, example: str, patience: float) -> None:
        """Raises CannotStart when the port stays taken; what was just killed may hold it a moment longer."""
        deadline = time.monotonic() + patience
        while (slip := self.port_slip(port)) and time.monotonic() < deadline:
            time.sleep(BEAT)
        if slip:
            raise CannotStart(slip.format(port=port, name=name, example=example))

    @staticmethod
    def port_slip(port: int) -> str:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                return "Port {port} needs more rights than this user has. Try: {example}"
            except OSError:
                return "Port {port} is taken by another program. {name} names another one: {example}"
        return ""

    def start_all(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked_to_stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup the terminal may close
            signal.signal(signal.SIGHUP, self._asked_to_stop)
        # The reading end goes to every group's head; the writing end is ours alone and closes when we end.
        self._reads, self._writes = os.pipe()
        for child in self.children:
            self.start(child)

    def start(self, child: Child) -> None:
        if child is self.workers:
            self.cluster = f"{socket.gethostname()[:40]}-{os.getpid()}-{child.starts}"
            child.env["FLOWSITE_CLUSTER"] = self.cluster
            self.pulse = Pulse(self.start_grace)
        child.start(self._reads)
        self.record.write(self.mark, [each.process.pid for each in self.children if each.process])
        if child is self.workers:
            doorbell.ring_pump()

    def _asked_to_stop(self, number, frame) -> None:
        self.asked += 1

    # --- one beat ----------------------------------------------------------------------------------------

    def tick(self, welcome: list[str]) -> None:
        for child in self.children:
            if child.is_over:
                status = child.bury()
                self.forget_heartbeat(child)
                wait = max(0.0, child.not_before - time.monotonic())
                when = f"in {wait:.0f} s" if wait else "again"
                self.say(f"{child.name} ended by itself (status {status}); starting it {when}.")
            if not child.is_running and time.monotonic() >= child.not_before:
                self.start(child)
        self.look_at_the_heartbeat()
        self.show_logs()
        if not self.told and self.web_answers():
            self.told = True
            for line in welcome:
                self.say(line)

    def look_at_the_heartbeat(self) -> None:
        now = time.monotonic()
        if now - self._last_look < 1.0 or not self.workers.is_running:
            return
        if now - self._last_look > 10.0:  # we ourselves were stopped, or the machine slept
            self.pulse.excuse()
        self._last_look = now
        try:
            beat = Heartbeat.objects.filter(cluster=self.cluster).values_list("beat_at", flat=True).first()
        except DatabaseError as trouble:
            self.pulse.excuse()
            connection.close()
            log.warning("The heartbeat could not be read: %s", trouble)
            return
        if self.pulse.still_for(beat) > self.stale_after:
            self.say(f"The workers have given no sign of life for {self.stale_after:.0f} s; replacing them.")
            self.workers.ask_to_stop()
            self.wait_for([self.workers], min(5.0, self.stop_wait))
            self.workers.kill_group()
            self.forget_heartbeat(self.workers)
            self.start(self.workers)

    def forget_heartbeat(self, child: Child) -> None:
        if child is self.workers:
            with suppress(DatabaseError):
                Heartbeat.objects.filter(cluster=self.cluster).delete()

    def show_logs(self) -> None:
        for child in self.children:
            for line in child.log.fresh_lines():
                self.say(f"{child.name:<8} {line}")
        if time.monotonic() - self._last_turn > 10.0:
            self._last_turn = time.monotonic()
            for child in self.children:
                child.log.turn()

    def web_answers(self) -> bool:
        try:
            web = HTTPConnection("127.0.0.1", settings.PORT, timeout=2)
            web.request("GET", "/healthz")
            return web.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    # --- the end --------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Open sends first, then workers, web and sandbox; a second Ctrl-C cuts all waiting."""
        self.say("Stopping. What is being sent may finish; press Ctrl-C again to cut it.")
        self.ask_the_workers()
        for child in (self.workers, self.web, self.sandbox):
            if child is None:
                continue
            child.ask_to_stop()
            self.wait_for([child], self.stop_wait)
            if child.is_running:
                self.say(self.what_is_cut(child))
            child.kill_group()
        self.show_logs()
        self.forget_heartbeat(self.workers)
        self.record.forget()
        self.say("Stopped.")

    def ask_the_workers(self) -> None:
        deadline = time.monotonic() + self.sends_wait
        with suppress(DatabaseError):
            asked = {"stop_asked_at": clock.now()}
            unborn = {"beat_at": clock.now(), **asked}
            Heartbeat.objects.update_or_create(cluster=self.cluster, defaults=asked, create_defaults=unborn)
        while (
            self.workers.is_running and self.asked < 2 and time.monotonic() < deadline and self.open_sends()
        ):
            self.show_logs()
            time.sleep(BEAT)

    def wait_for(self, children: list[Child], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while any(c.is_running for c in children) and self.asked < 2 and time.monotonic() < deadline:
            time.sleep(0.05)

    def open_sends(self) -> list[str]:
        """Numbers of the generations whose answer is still awaited by a worker that lives."""
        try:
            rows = Attempt.objects.filter(outcome=Outcome.OPEN, lease_until__gt=clock.now())
            return [attempt.generation.label for attempt in rows.select_related("generation")[:50]]
        except DatabaseError:
            connection.close()
            return []

    def what_is_cut(self, child: Child) -> str:
        if child is self.workers and (labels := self.open_sends()):
            return (
                f"Cut while sending: {', '.join(labels)}. Each shows as Uncertain until Google has been"
                " asked, and is not sent again by itself."
            )
        return f"{child.name} had not stopped by itself and was ended."

    def say(self, line: str) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone
            print(line, file=self.out, flush=True)
