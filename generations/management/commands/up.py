"""Start everything: database made ready, static files in place, then web, workers and sandbox."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from flowsite.supervise import CannotStart, Supervisor
from generations.flow import nightly
from generations.flow.people.welcome import first_start


class Command(BaseCommand):
    help = "Run web, workers and sandbox under one process; Ctrl-C stops them cleanly."

    def add_arguments(self, parser):
        parser.add_argument("--no-sandbox", action="store_true", help="leave the make-believe vendor out")
        parser.add_argument("--workers", type=int, help="background workers, at least 4 (default 8)")

    def handle(self, *args, no_sandbox: bool, workers: int | None, **options):
        if workers is not None and workers < 4:
            raise CommandError(
                "Write at least --workers 4: two of them never send, so that nothing waits behind it."
            )
        supervisor = Supervisor(with_sandbox=not no_sandbox, workers=workers)
        try:
            supervisor.run(lambda: self.prepare(supervisor))
        except CannotStart as trouble:
            raise CommandError(str(trouble)) from None

    def prepare(self, supervisor: Supervisor) -> list[str]:
        """Bring database and static files up to date, and say what the person at the terminal needs."""
        try:
            self.migrate()
            first = first_start()
            nightly.plan()
        except DatabaseError as trouble:
            raise CannotStart(f"The database cannot be used: {str(trouble).strip()}") from None
        self.collect_static()
        return list(welcome(first, with_sandbox=supervisor.sandbox is not None))

    def migrate(self) -> None:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Making the database ready.")
            call_command("migrate", verbosity=0, interactive=False)

    def collect_static(self) -> None:
        """Only when a file changed: hashing and compressing them takes a good part of a start."""
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        sources = fingerprint()
        if stamp.exists() and stamp.read_text() == sources:
            return
        self.stdout.write("Putting static files in place.")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(sources)


def fingerprint() -> str:
    """Names, sizes and times of all static files, as one word."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(None):
            about = Path(storage.path(name)).stat()
            seen.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def welcome(first: tuple[str, str] | None, *, with_sandbox: bool):
    yield ""
    yield f"Flowsite runs at {settings.PUBLIC_URL or f'http://127.0.0.1:{settings.PORT}'}"
    if first:
        yield f"Sign in as    {first[0]}"
        yield f"Password      {first[1]}   (shown at every start until it is changed)"
    if with_sandbox:
        sandbox = urlsplit(settings.SANDBOX_URL)
        yield f"Sandbox       {sandbox.scheme}://{sandbox.netloc}   (make-believe clips, free)"
    yield f"Data          {settings.DATA_DIR}"
    yield "Ctrl-C stops everything."
    yield ""
