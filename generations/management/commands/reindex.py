"""manage.py reindex: write the search index again from the rows, and check that it agrees with them."""

from django.core.management.base import BaseCommand, CommandError

from generations.library import index


class Command(BaseCommand):
    help = "Writes the search index again and checks it. People can go on working meanwhile."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only check, write nothing")

    def handle(self, *args, check=False, **options):
        if not check:
            done = index.rebuild(progress=lambda n: self.stderr.write(f"{n:,} written"))
            self.stdout.write(f"{done:,} generations are in the search index.")
        if troubles := index.troubles():
            raise CommandError(" ".join([*troubles, "manage.py reindex mends this."]))
        self.stdout.write("The search index agrees with the rows.")
