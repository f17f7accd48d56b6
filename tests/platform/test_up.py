"""`manage.py up` as a machine sees it: real processes, real signals, a folder and ports of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from flowsite.leftovers import Record, survivors

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.alone


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """A supervisor and what it started, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "flowsite.settings",
            "DATA_DIR": str(folder),
            "DATABASE_URL": "",
            "PORT": str(self.port),
            "SANDBOX_URL": f"http://127.0.0.1:{free_port()}/v1/google-flow",
            "FLOW_SPEED": "20",
            "WORKERS": "4",
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.platform.impatient"]
        with open(self.folder / "said.txt", "w") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=said, stderr=said, start_new_session=True
            )
        self.until(lambda: self.get("/healthz") == 200, "the web server answers")

    def words(self) -> str:
        return (self.folder / "said.txt").read_text()

    def get(self, path: str) -> int:
        try:
            web = HTTPConnection("127.0.0.1", self.port, timeout=3)
            web.request("GET", path)
            return web.getresponse().status
        except (OSError, HTTPException):
            return 0

    def groups(self) -> list[int]:
        """Heads of the groups, in the order sandbox, web, workers."""
        return json.loads((self.folder / "up.json").read_text())["groups"]

    def left(self) -> set[int]:
        return survivors(*self.mark)

    def remember(self) -> None:
        self.mark = Record(self.folder).read()

    def until(self, is_so, what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{self.words()}"
            time.sleep(0.1)


@contextmanager
def running(folder: Path):
    site = Site(folder)
    site.start()
    site.remember()
    try:
        yield site
    finally:
        site.process.kill()
        site.process.wait()
        for pid in site.left():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running(tmp_path_factory.mktemp("site")) as started:
        yield started


def test_a_start_prints_the_address_and_a_password_that_nobody_else_can_read(site):
    site.until(lambda: "Ctrl-C stops everything." in site.words(), "the welcome is printed")
    assert f"http://127.0.0.1:{site.port}" in site.words()
    password = re.search(r"Password +(\S+)", site.words())[1]
    note = site.folder / "secrets" / "first-password"
    assert note.read_text() == f"owner\n{password}\n"
    assert note.stat().st_mode & 0o077 == 0


def test_it_becomes_ready_once_the_workers_have_shown_a_heartbeat(site):
    site.until(lambda: site.get("/readyz") == 200, "database, storage and workers are ready")


@pytest.mark.parametrize("which", [0, 1, 2], ids=["sandbox", "web", "workers"])
def test_a_child_that_is_killed_is_started_again(site, which):
    killed = site.groups()[which]
    os.killpg(killed, signal.SIGKILL)
    site.until(lambda: site.groups()[which] != killed, "the killed group is replaced")
    site.until(lambda: site.get("/healthz") == 200, "the web server answers")


def test_workers_that_look_alive_but_show_no_heartbeat_are_replaced(site):
    site.until(lambda: site.get("/readyz") == 200, "the workers work")
    stopped = site.groups()[2]
    os.killpg(stopped, signal.SIGSTOP)
    site.until(lambda: site.groups()[2] != stopped, "the silent workers are replaced", 30)
    site.until(lambda: "no sign of life" in site.words(), "the terminal says why")


def test_a_second_start_on_the_same_folder_is_refused_with_a_sentence(site):
    second = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert second.returncode != 0
    assert "already runs with the data in" in second.stderr and "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_refused_with_a_sentence(site, tmp_path):
    env = site.env | {"DATA_DIR": str(tmp_path)}
    second = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30
    )
    assert second.returncode != 0
    assert f"Port {site.port} is taken by another program." in second.stderr


def test_a_stop_leaves_no_process_behind(site):
    site.remember()
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=25) == 0
    assert site.left() == set()
    assert site.words().rstrip().endswith("Stopped.")


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path):
    with running(tmp_path) as site:
        assert len(site.left()) > 6
        site.process.kill()
        site.until(lambda: site.left() == set(), "everything is gone", 25)


def test_the_next_start_ends_what_even_the_lifelines_could_not(tmp_path):
    with running(tmp_path) as site:
        for head in site.groups():
            os.kill(head, signal.SIGSTOP)
        site.process.kill()
        site.process.wait()
        assert site.left()
        site.start()
        site.until(lambda: site.left() == set(), "what was left behind is ended")
        site.until(lambda: "Ctrl-C stops everything." in site.words(), "the new start is complete")
        site.remember()
