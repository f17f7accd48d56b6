"""manage.py rebuild DIR: make rows again from clips and the sidecars beside them."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from generations.library.rebuild import rebuild


class Command(BaseCommand):
    help = "Makes rows for every clip below DIR that has a sidecar and no row. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args, folder, **options):
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        result = rebuild(folder)
        for sentence in result.troubles:
            self.stdout.write(sentence)
        self.stdout.write(
            f"{result.added:,} clips added, {result.here_already:,} were here already,"
            f" {len(result.troubles):,} with trouble."
        )
        if result.troubles:
            sys.exit(1)
