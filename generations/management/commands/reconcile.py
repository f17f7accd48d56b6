"""Look for everything whose answer was lost, now; says what was found. Sends nothing."""

from django.core.management.base import BaseCommand

from generations.flow import answer, reconcile
from generations.models import Account, Attempt, Generation, Outcome, State


class Command(BaseCommand):
    help = "Compare what is uncertain with the vendor's records and adopt what carries our reference."

    def handle(self, **options) -> None:
        answer.sweep()
        unknown = Attempt.objects.filter(outcome__in=[Outcome.UNKNOWN, Outcome.WRITTEN_OFF])
        adopted = sum(
            reconcile.look(account)
            for account in Account.objects.filter(pk__in=unknown.values("account_id")).distinct()
        )
        open_questions = Generation.objects.filter(state=State.UNCERTAIN).order_by("id")
        for generation in open_questions:
            self.stdout.write(f"{generation.label}: still uncertain, asked {generation.account}")
        self.stdout.write(f"{adopted} found, {open_questions.count()} still uncertain. Nothing was sent.")
