"""Kill workers, break lines, set clocks, and let the accountant compare: `make chaos`, or

    python tests/chaos/run.py --clicks 5000 --kills 200 --each 20 --seed 1 --minutes 30

Three acts. The storm: loose workers, then complete sites (`manage.py up` with real django-q2 clusters; two
of them on PostgreSQL) while lines break, the vendor lies, workers are killed at random and at every point
of faults.py, and all clocks are set back and forward by an hour. The lull: lines still break, nobody is
killed; absences can be proved. The end: all is calm, and everything must come to an end or a question.

Everything happens in a folder and a database of its own: SQLite, or a new database on the server that
DATABASE_URL (postgres://…) names. Exit status 0: every line of the table is as it must be. Else folder and
database stay, and where they are is said. The seed fixes clicks, troubles and the order of kills; which
moment a kill meets is up to the machine.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clicks", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--each", type=int, default=20, help="kills at every fault point")
    parser.add_argument("--points", default="", help="only these fault points, with commas")
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--loose", type=int, default=3, help="workers from the nursery")
    parser.add_argument("--sites", type=int, default=-1, help="default: 1 on SQLite, 2 on PostgreSQL")
    parser.add_argument("--pages", type=int, default=10, help="read the page of every so many ready rows")
    parser.add_argument("--lull", type=float, default=120, help="seconds")
    parser.add_argument("--drain", type=float, default=180, help="seconds at most for the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30, help="of the whole run")
    # SIGKILL loses nothing that was written, so the run need not wait for a disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else ""
    parser.add_argument("--dir", default=memory, help="where the folder of the run lies")
    parser.add_argument("--keep", action="store_true", help="leave folder and database behind in any case")
    return parser.parse_args()


def main() -> int:
    asked = options()
    folder = Path(tempfile.mkdtemp(prefix="flowsite-chaos-", dir=asked.dir or None))
    (folder / "armed").mkdir()
    drop = prepare_environment(folder)
    wrong = 1
    try:
        wrong = play(asked, folder)
    finally:
        if wrong or asked.keep:
            print(f"Left behind: {folder} and {os.environ['DATABASE_URL']}")
        else:
            drop()
            shutil.rmtree(folder, ignore_errors=True)
    return wrong


def prepare_environment(folder: Path):
    """Set the variables that all processes of the run read; returns what removes the database."""
    from cryptography.fernet import Fernet

    from tests.chaos.crew import free_port

    given = os.environ.get("DATABASE_URL", "")
    port = free_port()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "flowsite.settings",
        "DATA_DIR": str(folder),
        "MEDIA_STORE": str(folder / "media"),
        "DATABASE_URL": f"sqlite:///{folder}/flowsite.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TOKEN_KEYS": Fernet.generate_key().decode(),
        "FLOW_SPEED": "100",
        "SUBMIT_GAP": "0",
        "RUNNING_CLIPS": "20",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CHAOS_FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    if not given.startswith("postgres"):
        return lambda: None
    import psycopg

    name, server = f"chaos_{os.getpid()}", urlsplit(given)._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as line:
        line.execute(f"CREATE DATABASE {name}")
        line.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # as above
    os.environ["DATABASE_URL"] = urlsplit(given)._replace(path=f"/{name}").geturl()

    def drop() -> None:
        from django.db import connections

        connections.close_all()
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(f"DROP DATABASE {name} WITH (FORCE)")

    return drop


def play(asked: argparse.Namespace, folder: Path) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.chaos.accountant import compare
    from tests.chaos.pages import explained
    from tests.chaos.stage import Stage
    from tests.chaos.worker import two_speeds

    call_command("migrate", verbosity=0, interactive=False)
    two_speeds()
    stage = Stage(asked, folder)
    try:
        stage.storm()
        stage.lull()
        stage.drain()
        stage.crew.end()
        lines = compare(stage.vendor.record(), stage.clicks.made)
        lines += explained(asked.pages)
        lines += stage.kills_done()
        lines += stage.answer_questions()
    finally:
        stage.end()
    return tell(lines, stage, folder)


def tell(lines, stage, folder: Path) -> int:
    from django.db import connection

    log = (folder / "workers.log").read_text(errors="replace")
    errors = [line for line in log.splitlines() if line[:1].isalpha() and "Error" in line.split(":")[0]]
    print(f"{connection.vendor}, seed {stage.asked.seed}: {stage.words()}")
    print(f"seconds of processor: {stage.processor}")
    for line in lines:
        must = "" if line.must_be is None else f"  must be {line.must_be}"
        print(f"{line.words:66}{line.found:8}{must}{'   WRONG' if line.wrong else ''}")
        if line.wrong and line.examples:
            print(*(f"      {name}" for name in line.examples), sep="\n")
    for text in sorted(set(errors))[:12]:
        print(f"in the workers' log {errors.count(text)} times: {text[:200]}")
    wrong = sum(line.wrong for line in lines)
    musts = sum(line.must_be is not None for line in lines)
    verdict = f"{wrong} of {musts} lines wrong" if wrong else f"all {musts} lines as they must be"
    print(f"==== chaos on {connection.vendor}, seed {stage.asked.seed}: {stage.words()}: {verdict} ====")
    return 1 if wrong else 0


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):  # whoever ends the run ends all it has started
        signal.signal(number, lambda *_: sys.exit(1))
    threading.excepthook = lambda trouble: sys.__excepthook__(*trouble[:3])
    sys.exit(main())
