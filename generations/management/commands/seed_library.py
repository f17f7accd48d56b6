"""manage.py seed_library: a synthetic library for measuring, of any size, in the first team of this site.

Prompts are 20 to 40 words of a vocabulary of 5,000 made-up ones, spread by Zipf's law over 900 days. Planted:

    cinematic      in 50 % of the prompts
    dragon         in 5 %
    obsidian       in 0.1 %
    quetzalcoatl   in 20 prompts, whatever the size

A prompt has 1, 2 or 4 clips (2.5 on average); a tenth are private, a tenth in a batch. The people are
called seed-01, seed-02 … and cannot sign in; their accounts have no token, so nothing is ever sent.
The media are a few shared files. Meant for a site of its own: nothing takes it out again.
"""

import time

from django.core.management.base import BaseCommand, CommandError

from generations.management.seeding import Seed, settle_down


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--clips", type=int, required=True)
        parser.add_argument("--people", type=int, default=20)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same prompts")

    def create_parser(self, *args, **kwargs):
        from argparse import RawDescriptionHelpFormatter

        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def handle(self, *args, clips, people, seed, verbosity=1, **options):
        if clips < 1 or people < 1:
            raise CommandError("Give at least one clip and one person.")
        began, told = time.monotonic(), 0.0
        for done in Seed(clips, people, seed).grow():
            if verbosity and time.monotonic() - told > 2:
                told = time.monotonic()
                self.stderr.write(f"{done:,} of {clips:,} clips")
        settle_down()
        seconds = time.monotonic() - began
        self.stdout.write(f"{clips:,} clips in {seconds:.1f} s, {clips / seconds:,.0f} a second.")
