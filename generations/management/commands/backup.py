"""manage.py backup FILE: database and media in one file, while the site goes on."""

import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generations.library.backup import BadBackup, write_backup


class Command(BaseCommand):
    help = (
        "Writes all rows of one moment and all media into FILE, reads it back, then gives it its name."
        " Stored tokens stay encrypted, and their keys are NOT in it unless --with-keys says so."
        " Exit status 1 when a row names a file that is not there; the backup is kept all the same."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--with-keys", action="store_true", help="put the keys of stored tokens in: guard the file well"
        )

    def handle(self, *args, file: Path, with_keys: bool, verbosity: int = 1, **options):
        self.told = time.monotonic()
        if not file.resolve().parent.is_dir():
            raise CommandError(f"{file.resolve().parent} is no folder.")
        if file.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
            raise CommandError("Write the backup outside the media folder, or the next one would hold it.")
        try:
            packed = write_backup(file, with_keys=with_keys, progress=self.tell if verbosity else _nothing)
        except BadBackup as bad:
            raise CommandError(f"What was written does not read back. {bad.sentence}") from None
        except OSError as trouble:
            raise CommandError(f"The backup was not made: {trouble.strerror or trouble}.") from None
        for sentence in packed.troubles:
            self.stdout.write(sentence)
        keys = "with the keys of tokens" if packed.with_keys else "without the keys of tokens"
        self.stdout.write(
            f"{file}: {packed.rows:,} rows, {packed.files:,} files, {packed.bytes:,} bytes, {keys}. Checked."
        )
        if packed.troubles:
            sys.exit(1)

    def tell(self, packed) -> None:
        if time.monotonic() - self.told > 2:
            self.told = time.monotonic()
            self.stderr.write(f"{packed.files:,} files, {packed.bytes:,} bytes")


def _nothing(packed) -> None:
    pass
