"""manage.py scrub: read every clip again and compare it with what was saved."""

import sys
from datetime import timedelta

from django.core.management.base import BaseCommand

from generations.library.scrub import scrub
from generations.library.storage import sweep_temporaries


class Command(BaseCommand):
    help = "Hashes every clip again and reports what is gone or changed. Exit status 1 when anything is."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, help="at most so many clips, those longest unchecked first")

    def handle(self, *args, limit=None, **options):
        sweep_temporaries(timedelta(hours=1))
        read, wrong = 0, 0
        for finding in scrub(limit):
            read += 1
            if finding.trouble:
                wrong += 1
                self.stdout.write(f"{finding.clip.label}  {finding.clip.file}: {finding.trouble}")
        self.stdout.write(f"{read:,} clips read, {wrong:,} with trouble.")
        if wrong:
            sys.exit(1)
