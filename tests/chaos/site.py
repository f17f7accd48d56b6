"""A complete site of the chaos run: `manage.py up` as it is, with short patience and mortal workers.

    python -m tests.chaos.site FOLDER            the supervisor: web and a cluster of django-q2
    python -m tests.chaos.site FOLDER qcluster   what it starts in the place of `manage.py qcluster`

A heartbeat that stands still for 3 s has its cluster replaced.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowsite.settings")
STALE = 3.0


def supervise(folder: Path) -> None:
    from flowsite.supervise import Supervisor

    from .faults import Hands

    Hands(folder).install()
    site = Supervisor(
        with_sandbox=False, workers=5, stale_after=STALE, start_grace=20, sends_wait=3, stop_wait=3
    )
    site.workers.command = [sys.executable, "-m", "tests.chaos.site", str(folder), "qcluster"]
    site.workers.grace = 3
    site.web.command[-1] = "tests.chaos.wsgi"
    site.web.env["CHAOS_FOLDER"] = str(folder)
    site.run()


def cluster(folder: Path) -> None:
    from django.core.management import call_command

    from .worker import make_mortal

    make_mortal(folder)
    call_command("qcluster")


if __name__ == "__main__":
    import django

    django.setup()
    (cluster if sys.argv[2:] == ["qcluster"] else supervise)(Path(sys.argv[1]))
