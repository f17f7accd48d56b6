"""Change the secret in the address that the vendor may call (flow-api.md 14)."""

from django.core.management import BaseCommand

from generations.flow import callback


class Command(BaseCommand):
    help = "Give new jobs another callback address. The old one is answered for seven days."

    def handle(self, *args, **options):
        callback.rotate()
        self.stdout.write("New jobs carry a new address. The old one is answered for seven days.")
