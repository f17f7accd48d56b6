"""Everything `make test` checks, in order, and in its last lines what it did not check and why.

Style, import contract, Django's own checks, forgotten migrations, then the tests on SQLite and, when
TEST_DATABASE_URL names one, on PostgreSQL. With CI=true a missing Chromium or PostgreSQL fails the run.
The databases are tested beside each other; what drives a browser or measures time runs after them, alone.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
CI = os.environ.get("CI", "").lower() == "true"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# What asks the database itself; pages, admin and commands lay the same questions before it.
ON_POSTGRES = (
    "tests/flow",
    "tests/library",
    "tests/chaos",
    "tests/web/test_hostile.py",
    "tests/web/test_usage.py",
)
NO_DATABASE = ("tests/catalog", "tests/sandbox", "tests/vendor")
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
ALONE = "browser or alone"


class Run:
    def __init__(self) -> None:
        self.failed: list[str] = []
        self.not_run: list[str] = []
        self.counts: list[str] = []

    def step(self, name: str, *command: str, **env: str) -> bool:
        print(f"--- {name}", flush=True)
        ok = subprocess.call(command, cwd=ROOT, env=os.environ | env) == 0
        if not ok:
            self.failed.append(name)
        return ok

    def tests(self, name: str, *words: str, url: str = "") -> None:
        """pytest, shown as it goes."""
        print(f"--- Tests on {name}", flush=True)
        self._closed(name, _pytest(url, *words))

    def beside(self, name: str, *words: str, url: str) -> Callable[[], None]:
        """pytest in the background; what is returned waits for it and shows what it said."""
        said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by the one who reads it)
        running = _pytest(url, *words, to=said)

        def end() -> None:
            running.wait()
            said.seek(0)
            print(f"--- Tests on {name}", flush=True)
            self._closed(name, running, said)

        return end

    def _closed(self, name: str, pytest: subprocess.Popen, said: TextIO | None = None) -> None:
        """Show what pytest says to its end, and keep its closing line for ours."""
        last = ""
        for line in said or pytest.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if line.startswith("SKIPPED"):
                self.not_run.append(f"{name}: {line.strip().removeprefix('SKIPPED ')}")
            last = line.strip() or last
        self.counts.append(f"{last.strip('= ')} on {name}")
        if pytest.wait() != 0:
            self.failed.append(f"Tests on {name}")


def _pytest(url: str, *words: str, to: TextIO | int = subprocess.PIPE) -> subprocess.Popen:
    env = {key: value for key, value in os.environ.items() if key != "TEST_DATABASE_URL"}
    if url:
        env["TEST_DATABASE_URL"] = url
    command = [PYTHON, "-m", "pytest", "-rs", *words]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=to, stderr=subprocess.STDOUT, text=True)


def main() -> int:
    started, run = time.monotonic(), Run()
    style(run)
    check_chromium(run)
    if not POSTGRES:
        run.not_run.append("PostgreSQL: TEST_DATABASE_URL names no database.")
        run.tests("SQLite")
    elif reachable(POSTGRES):
        on_both(run)
    else:
        run.tests("SQLite")
        run.not_run.append("PostgreSQL: the server named by TEST_DATABASE_URL does not answer.")
        run.failed.append("PostgreSQL is missing")
    if CI and not POSTGRES:
        run.failed.append("PostgreSQL is missing")
    return tell(run, time.monotonic() - started)


def on_both(run: Run) -> None:
    """Three runs beside each other; then what drives a browser, beside it what starts whole sites.

    The pages are driven once, on SQLite; what differs between the databases is below them.
    """
    ends = [
        run.beside("PostgreSQL", *ON_POSTGRES, "-m", "not browser", url=POSTGRES),
        run.beside("no database", *NO_DATABASE, "-m", f"not ({ALONE})", url=""),
    ]
    run.tests("SQLite", *(f"--ignore={place}" for place in NO_DATABASE), "-m", f"not ({ALONE})")
    for end in ends:
        end()
    end = run.beside("SQLite, alone", "-m", "alone and not browser", url="")
    run.tests("SQLite, in the browser", "-m", "browser")
    end()
    run.not_run.append(f"PostgreSQL: all but {', '.join(ON_POSTGRES)}; they ask what those ask.")
    run.not_run.append("PostgreSQL: tests in the browser; they ran on SQLite.")


def style(run: Run) -> None:
    run.step("Style", str(BIN / "ruff"), "check", ".")
    run.step("Layout of the code", str(BIN / "ruff"), "format", "--check", ".")
    run.step("Imports point down only", str(BIN / "lint-imports"))
    with tempfile.TemporaryDirectory(prefix="flowsite-check-") as folder:
        alone = {"DATA_DIR": folder, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "flowsite.settings"}
        run.step("Django's checks", PYTHON, "manage.py", "check", **alone)
        changes = ("manage.py", "makemigrations", "--check", "--dry-run")
        run.step("Migrations fit the models", PYTHON, *changes, **alone)


def check_chromium(run: Run) -> None:
    if not any(map(shutil.which, CHROMIUMS)) and CI and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.call(["apt-get", "update", "-qq"])
        subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if any(map(shutil.which, CHROMIUMS)):
        return
    run.not_run.append("Browser: no Chromium on this machine (Debian: apt install chromium).")
    if CI:
        run.failed.append("Chromium is missing")


def reachable(url: str) -> bool:
    ask = "import psycopg, sys; psycopg.connect(sys.argv[1], dbname='postgres', connect_timeout=5).close()"
    return subprocess.call([PYTHON, "-c", ask, url], stderr=subprocess.DEVNULL) == 0


def tell(run: Run, seconds: float) -> int:
    """The last lines: what was not run and why, what failed, and one line that counts everything."""
    print()
    for line in dict.fromkeys(run.not_run):
        print(f"Not run. {line}")
    if not run.not_run:
        print("Everything was run.")
    for name in run.failed:
        print(f"Failed. {name}")
    clean = [re.sub(r" in [\d.]+s.*? on ", " on ", count) for count in run.counts]
    verdict = "failed" if run.failed else "passed"
    print(f"==== {verdict}: {'; '.join(clean) or 'no tests ran'}, in {seconds:.0f} s ====")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
