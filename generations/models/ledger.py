"""The only home of credits: entries are added, never changed; every total is a sum (architecture.md 3.6).

`amount` is never negative except in an adjust. What is on hold for a generation is
reserve + adjust - spend - release, and is zero once it is settled.
"""

from django.conf import settings
from django.db import connection, models
from django.db.models import Case, F, Q, Sum, TextChoices, Value, When
from django.db.models.functions import Coalesce

from . import clock
from .states import MOVING


class Kind(TextChoices):
    RESERVE = "reserve", "Reserved"
    SPEND = "spend", "Spent"
    RELEASE = "release", "Given back"
    ADJUST = "adjust", "Price changed"


ON_HOLD = Sum(Case(When(kind__in=[Kind.RESERVE, Kind.ADJUST], then=F("amount")), default=-F("amount")))


class CreditQuerySet(models.QuerySet):
    def counted(self) -> "CreditQuerySet":
        """Real money only: sandbox clips are never counted."""
        return self.filter(account__is_sandbox=False)

    def on_hold(self) -> int:
        return self.aggregate(total=Coalesce(ON_HOLD, Value(0)))["total"]

    def taken(self) -> int:
        """Spent, or still on hold for it: what counts against a limit."""
        return self.exclude(kind=Kind.SPEND).on_hold()

    def spent(self) -> int:
        return self.filter(kind=Kind.SPEND).aggregate(total=Coalesce(Sum("amount"), Value(0)))["total"]


HELD_ON = """
    SELECT COALESCE(SUM(CASE WHEN e.kind IN ('reserve', 'adjust') THEN e.amount ELSE -e.amount END), 0)
    FROM generations_generation g JOIN generations_creditentry e ON e.generation_id = g.id
    WHERE g.account_id = %s AND g.state IN ({})
"""


def held_on(account_id: int, states=MOVING) -> int:
    """Credits on hold on an account for rows in `states`; asked twice with every click, so by hand."""
    places = ", ".join(["%s"] * len(states))
    with connection.cursor() as cursor:
        cursor.execute(HELD_ON.format(places), [account_id, *sorted(states)])
        return int(cursor.fetchone()[0])


class CreditEntry(models.Model):
    generation = models.ForeignKey(
        "generations.Generation", on_delete=models.PROTECT, related_name="credit_entries"
    )
    account = models.ForeignKey(
        "generations.Account", on_delete=models.PROTECT, related_name="credit_entries"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.IntegerField()
    cause = models.CharField(max_length=40, blank=True)  # of an adjust
    why = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField(default=clock.now)

    objects = CreditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "credit entries"
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "kind"],
                condition=~Q(kind="adjust"),
                name="each_kind_once_per_generation",
            ),
            models.UniqueConstraint(
                fields=["generation", "cause"], condition=Q(kind="adjust"), name="each_price_change_once"
            ),
            models.CheckConstraint(condition=Q(kind="adjust") | Q(amount__gte=0), name="no_negative_credits"),
        ]
        indexes = [
            models.Index(fields=["account", "kind"], name="credits_of_an_account"),
            models.Index(fields=["account", "at"], name="credits_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class Drift(models.Model):
    """The balance moved by more or less than the ledger explains: of the account, never of one job.

    `amount` above zero was spent outside Flowsite; below zero, credits came in (a new month, a refund).
    `expected` is what the ledger allowed, `told` what Google said. Append-only.
    """

    account = models.ForeignKey("generations.Account", on_delete=models.CASCADE, related_name="drifts")
    amount = models.IntegerField()
    expected = models.IntegerField()
    told = models.IntegerField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "drifts"
        indexes = [models.Index(fields=["account", "at"], name="drifts_of_an_account")]

    def __str__(self) -> str:
        return f"{abs(self.amount):,} {'spent outside' if self.amount > 0 else 'came in'}"
