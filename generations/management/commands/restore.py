"""manage.py restore FILE: a backup becomes this site."""

import time
from datetime import timedelta
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from generations.flow.engine.restored import MadeSafe, make_safe
from generations.library.backup import BadBackup, check, restore_files, restore_rows
from generations.library.storage import NoRoom, free_bytes
from generations.models import Connection, Generation, Heartbeat, clock

RUNNING = timedelta(seconds=30)


class Command(BaseCommand):
    help = (
        "Checks FILE from end to end, then makes this site what the backup was: an empty one, or with"
        " --replace any. Nothing is sent by itself afterwards: what waited is held until somebody allows it."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--replace", action="store_true", help="remove what is in this site's database")
        parser.add_argument("--check", action="store_true", help="only check the file")

    def handle(self, *args, file: Path, replace: bool, check: bool, **options):
        contents = self.checked(file)
        self.stdout.write(
            f"A whole backup of {contents.made_at[:16].replace('T', ' ')} ({contents.database}):"
            f" {contents.rows:,} rows, {contents.files:,} files."
        )
        if check:
            return
        self.refuse_if_in_use(replace)
        if contents.bytes > free_bytes():
            raise CommandError(
                f"The files need {contents.bytes:,} bytes; the disk has {free_bytes():,} free."
            )
        safe: list[MadeSafe] = []
        try:
            files = restore_files(file, self.progress())
            rows = restore_rows(file, contents, lambda: safe.append(make_safe()))
        except (BadBackup, NoRoom) as trouble:
            raise CommandError(trouble.sentence) from None
        except (LookupError, ValueError, OSError) as trouble:
            raise CommandError(f"The backup could not be restored: {trouble}") from None
        self.stdout.write(f"{rows:,} rows and {files:,} files are back.")
        self.say(safe[0])

    def checked(self, file: Path):
        try:
            return check(file)
        except BadBackup as bad:
            raise CommandError(bad.sentence) from None
        except OSError as trouble:
            raise CommandError(f"{file} cannot be read: {trouble.strerror}.") from None

    def refuse_if_in_use(self, replace: bool) -> None:
        if "generations_generation" not in connection.introspection.table_names():
            return
        try:
            beat = Heartbeat.newest()
            full = Generation.objects.exists() or Connection.objects.filter(is_sandbox=False).exists()
        except DatabaseError:  # tables of an older version; --replace decides
            beat, full = None, True
        if beat and clock.now() - beat < RUNNING:
            raise CommandError("The site is running. Stop it, and restore half a minute later.")
        if full and not replace:
            raise CommandError("This site has work in it. --replace removes that and puts the backup there.")

    def progress(self):
        told = [time.monotonic()]

        def tell(done: int) -> None:
            if time.monotonic() - told[0] > 2:
                told[0] = time.monotonic()
                self.stderr.write(f"{done:,} files")

        return tell

    def say(self, safe: MadeSafe) -> None:
        if safe.held:
            self.stdout.write(
                f"{safe.held:,} prompts waited then and may have been sent after this backup:"
                " they are held until somebody allows them."
            )
        if safe.uncertain:
            self.stdout.write(
                f"{safe.uncertain:,} were being sent and are uncertain: Flowsite looks for them."
            )
        if safe.without_key:
            self.stdout.write(
                f"{safe.without_key:,} tokens cannot be opened, since the backup came without their keys:"
                " paste them again, or put the old keys into TOKEN_KEYS."
            )
