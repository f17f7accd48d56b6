"""Store a connection without a browser: the token comes on standard input, never on the command line."""

import sys

from django.core.management.base import BaseCommand, CommandError

from generations.flow.intend import Refusal
from generations.flow.people import connect, errands
from generations.models import Errand, Person
from generations.models.errand import ErrandState


class Command(BaseCommand):
    help = "Store a useapi.net token (standard input) for USER and put a Google Flow account to use."

    def add_arguments(self, parser) -> None:
        parser.add_argument("user", help="who will own the connection")
        parser.add_argument("--email", required=True, help="the Google Flow account, as the vendor lists it")
        parser.add_argument("--label", default="", help="how the account is called on screen")
        parser.add_argument("--url", default="", help="another base address than FLOW_API_URL")

    def handle(self, *, user: str, email: str, label: str, url: str, **options) -> None:
        person = Person.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no person {user!r}.", returncode=2)
        if sys.stdin.isatty():
            self.stderr.write("Paste the API token and press Enter:")
        try:
            connection = connect.store_token(person, sys.stdin.readline(), base_url=url)
            self._ask(connection)
            account = connect.use_account(person, connection, email, label=label)
        except Refusal as refusal:
            raise CommandError(refusal.sentence, returncode=2) from None
        self._ask(connection, account=account)
        account.refresh_from_db()
        told = f"{account.credits:,} credits" if account.credits is not None else "credits not told"
        self.stdout.write(
            f"Connected {account.email} for {person}: {told}. Token ends in {connection.token_end}."
        )
        if account.needs_sign_in:
            self.stdout.write(f"But: {account.health}")

    def _ask(self, connection, **about) -> None:
        """Run the question here and now; no worker need be running. Raises CommandError with the answer."""
        errand = (
            Errand.objects.filter(connection=connection, **about)
            .exclude(state__in=[ErrandState.DONE, ErrandState.FAILED])
            .first()
        )
        if errand is None:
            return
        errands.run(errand)
        errand.refresh_from_db()
        if errand.state == ErrandState.FAILED:
            raise CommandError(errand.sentence, returncode=1)
