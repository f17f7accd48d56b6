"""`manage.py up` with short patience, as a process of its own: python -m tests.platform.impatient."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowsite.settings")


def main() -> None:
    import django

    django.setup()
    from flowsite.supervise import Supervisor
    from generations.management.commands.up import Command

    supervisor = Supervisor(stale_after=8, start_grace=15, sends_wait=5, stop_wait=6)
    supervisor.workers.grace = 5
    supervisor.run(lambda: Command(stdout=sys.stdout).prepare(supervisor))


if __name__ == "__main__":
    main()
