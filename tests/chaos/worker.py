"""The workers of the chaos run, and the nursery they come from: `python -m tests.chaos.worker FOLDER`.

The nursery imports the product once, with fault points and short leases, and forks a worker for each line
it reads; killing thousands costs no start of Python. A worker is our own engine on the shared database
until somebody kills it. All of them die with the nursery, and the nursery with whoever feeds it.

Leases are short, so that a dead worker's roles are free again after seconds and living workers overlap far
more often than they ever do on a real site.
"""

import ctypes
import os
import select
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

SHORT = 3.0  # seconds a row belongs to whoever saves it or asks about it
ROLE = 0.7  # seconds a role stays with whoever holds it, so that hundreds of kills fit into half an hour
RENEW = 0.2
PATIENT = 6.0  # speed of the account whose attempts can be proved absent (vendor.QUIET)
PR_SET_PDEATHSIG = 1


def make_mortal(folder: Path) -> None:
    """Fault points, the common clock, short leases and two speeds, for this process and all it forks."""
    from .faults import Hands, install

    install(folder)
    Hands(folder).install()
    shorten_leases()
    two_speeds()
    few_posters(folder)


def shorten_leases() -> None:
    from generations.flow import collect, watch
    from generations.flow.engine import pump, tasks
    from generations.models import EngineLease

    take, keep = EngineLease.take.__func__, EngineLease.keep.__func__
    EngineLease.take = classmethod(lambda cls, name, seconds: take(cls, name, min(seconds, ROLE)))
    EngineLease.keep = classmethod(
        lambda cls, name, token, seconds: keep(cls, name, token, min(seconds, ROLE))
    )
    pump.RENEW = tasks.RENEW = collect.RENEW = RENEW
    collect.LEASE = watch.CLAIM = timedelta(seconds=SHORT)


def two_speeds() -> None:
    """Looks that lie close enough to prove an absence need an account that is not driven too fast."""
    from generations.flow.engine import pace

    from .vendor import QUIET

    usual = pace.speed
    pace.speed = lambda account: min(usual(account), PATIENT if account.user_number == str(QUIET) else 1e9)


def few_posters(folder: Path) -> None:
    """No money and no clip depends on posters, and they take most of the processor: only while armed."""
    from generations.flow.engine import tasks

    make = tasks.posters
    tasks.posters = lambda: make() if (folder / "armed" / "posters-midway").exists() else None


def nursery(folder: Path) -> None:
    import django

    django.setup()
    from generations.flow.engine import inline  # noqa: F401 (imported once, for all)

    make_mortal(folder)
    print("ready", flush=True)
    while True:
        if select.select([sys.stdin], [], [], 0.05)[0]:
            if not sys.stdin.readline():
                return
            if not (child := os.fork()):
                be_a_worker()
            print("born", child, flush=True)
        reap()


def reap() -> None:
    try:
        while ended := os.waitpid(-1, os.WNOHANG)[0]:
            print("dead", ended, flush=True)
    except ChildProcessError:
        pass


def be_a_worker() -> None:
    from generations.flow.engine import inline

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(0)
    with inline.running(threads=10):
        threading.Event().wait()


if __name__ == "__main__":
    nursery(Path(sys.argv[1]))
