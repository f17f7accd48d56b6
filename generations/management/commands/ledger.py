"""Where every credit went: of one prompt, of an account, or whether all of it balances. Changes nothing."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime

from generations.flow.money import explain
from generations.models import Account, Drift, Generation


class Command(BaseCommand):
    help = "Print the ledger of one prompt (228 or S3), of an account, or check that everything balances."

    def add_arguments(self, parser) -> None:
        parser.add_argument("number", nargs="?", help="a number such as 228 or S3")
        parser.add_argument("--account", help="the e-mail of an account: its totals and what moved outside")
        parser.add_argument(
            "--check", action="store_true", help="exit status 1 when something does not balance"
        )

    def handle(self, number=None, account=None, check=False, **options) -> None:
        if not (number or account or check):
            raise CommandError("Say a number, --account EMAIL, or --check.")
        accounts = self._accounts(account) if account else []
        if number:
            self._prompt(number)
        for one in accounts:
            self._account(one)
        if check:
            self._check(accounts)

    def _prompt(self, number: str) -> None:
        found = Generation.objects.numbered(number.lstrip("#")).select_related("account__connection", "team")
        if not found:
            raise CommandError(f"There is no prompt {number}.")
        for row in found.order_by("pk"):
            self.stdout.write(f"{row.label}, {row.team}, {row.account.email}, {row.get_state_display()}")
            for line in explain.lines(row):
                at, after = _clock(line.at), f"on hold {line.on_hold:,}, charged {line.charged:,}"
                self.stdout.write(
                    f"  {at}  {line.what:13} {line.amount:>7,}  {after}  {line.who}  {line.why}".rstrip()
                )
            self.stdout.write(f"  {explain.verdict(row)}")
            for drift in explain.drift_beside(row):
                self.stdout.write(f"  {_clock(drift.at)}  beside it {drift}; not blamed on this prompt")

    def _account(self, account: Account) -> None:
        total = explain.total(account)
        told = "not told yet" if total.told is None else f"{total.told:,}"
        self.stdout.write(f"{account.email}: balance {told}, as Google last said")
        for words, amount in [
            ("reserved", total.on_hold),
            ("spent here", total.spent),
            ("given back", total.given_back),
            ("spent outside", total.outside),
            ("came in", total.came_in),
        ]:
            self.stdout.write(f"  {words:13} {amount:>9,}")
        for drift in Drift.objects.filter(account=account).order_by("pk"):
            self.stdout.write(
                f"  {_clock(drift.at)}  {drift}: expected {drift.expected:,}, told {drift.told:,}"
            )

    def _check(self, accounts: list[Account]) -> None:
        wrong = 0
        for account in accounts or [None]:
            for fault in explain.faults(account):
                wrong += 1
                self.stdout.write(fault)
        if wrong:
            raise CommandError(f"{wrong} line{'s do' if wrong > 1 else ' does'} not balance.")
        self.stdout.write("Everything balances.")

    def _accounts(self, email: str) -> list[Account]:
        found = list(Account.objects.filter(email__iexact=email.strip()).order_by("pk"))
        if not found:
            raise CommandError(f"There is no account {email}.")
        return found


def _clock(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M:%S}"
