"""Write every stored token under the first of TOKEN_KEYS, so that an old key can be dropped from the list."""

from django.core.management import BaseCommand, CommandError

from generations.models import Connection
from generations.models.secret import KeyIsMissing


class Command(BaseCommand):
    help = "Encrypt all stored tokens anew under the first key of TOKEN_KEYS."

    def handle(self, *args, **options):
        done = lost = 0
        for connection in Connection.objects.select_related("owner").iterator(chunk_size=200):
            try:
                fresh = connection.token.rotated()
            except KeyIsMissing:
                lost += 1
                self.stderr.write(f"{connection} cannot be opened: its key is not in TOKEN_KEYS.")
                continue
            # Only if nobody pasted another token meanwhile; that one is under the first key already.
            done += Connection.objects.filter(pk=connection.pk, token=connection.token).update(token=fresh)
        self.stdout.write(f"{done} tokens are encrypted under the first key.")
        if lost:
            raise CommandError(
                f"{lost} could not be opened. Put the old key back into TOKEN_KEYS, or paste them anew."
            )
