"""The numbers of Usage, all from the ledger: sums over what the team, or this person, spent in a span.

Sandbox credits are never counted. Who spends is visible to the whole team; prompts are not read here.
"""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import ceil

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import TruncDate, TruncMonth
from django.utils.timezone import localtime

from ...catalog import failures, money, prices
from ...flow.money import balance, budget, explain, quote
from ...flow.people import capabilities
from ...models import Account, Budget, Clip, CreditEntry, Drift, Generation, Person, State, clock
from ...models.budget import Period
from ...models.ledger import ON_HOLD, Kind
from ...models.states import FINISHED
from .. import words
from .pace import WEEKS, Pace, pace_of
from .spans import Span

NEAR = 0.8  # of a limit
CAUSES = 5
OFFICIAL = ("text", "frames", "ingredients", "image", "extend")


@dataclass(frozen=True)
class PersonRow:
    person: Person
    credits: int
    clips: int
    used: int = 0  # of the limit: what waits counts as spent
    limit: int | None = None


@dataclass(frozen=True)
class ModelRow:
    name: str
    clips: int
    credits: int
    series: int | None  # the colour of the chart

    @property
    def each(self) -> str:
        return (
            f"{self.credits / self.clips:.0f}"
            if self.clips and self.credits
            else "free"
            if self.clips
            else ""
        )


@dataclass(frozen=True)
class FailureRow:
    sentence: str
    count: int
    charged: int
    group: str = ""


@dataclass(frozen=True)
class Warned:
    """A person near a monthly limit; `ends` is the weekday on which it ends at this pace, if it does."""

    name: str
    share: int  # per cent
    ends: str = ""


class Usage:
    """Everything the page shows, each number asked for once."""

    def __init__(self, person: Person, scope: str, span: Span) -> None:
        self.person, self.scope, self.span = person, scope, span
        self.team = person.team()

    # --- what is counted ----------------------------------------------------------------------------------

    @cached_property
    def rows(self):
        found = Generation.objects.filter(team=self.team, is_sandbox=False)
        return found.filter(person=self.person) if self.scope == "me" else found

    @property
    def entries(self):
        found = CreditEntry.objects.filter(
            generation__team=self.team,
            generation__is_sandbox=False,
            at__gte=self.span.start,
            at__lt=self.span.end,
        )
        return found.filter(generation__person=self.person) if self.scope == "me" else found

    @property
    def finished(self):
        return self.rows.filter(finished_at__gte=self.span.start, finished_at__lt=self.span.end)

    @cached_property
    def clips(self) -> list[dict]:
        """Ready clips, counted by what decides their price."""
        made = Clip.objects.ready().filter(generation__in=self.finished)
        return list(
            made.values(
                "kind",
                model=_of("model"),
                seconds=_of("seconds"),
                mode=_of("mode"),
                person=_of("person_id"),
            )
            .annotate(n=Count("pk"))
            .order_by()
        )

    def clips_said(self) -> str:
        """395 clips, 61 images."""
        counted = Counter()
        for row in self.clips:
            counted[row["kind"]] += row["n"]
        videos, images = counted["video"], counted["image"]
        said = [f"{videos:,} clip{'s' * (videos != 1)}"]
        return ", ".join(said + ([f"{images:,} image{'s' * (images != 1)}"] if images else []))

    # --- spent --------------------------------------------------------------------------------------------

    @cached_property
    def by_step(self) -> dict[tuple[date, str], int]:
        """Credits spent by day (or month) and model."""
        truncated = TruncMonth("at") if self.span.by_month else TruncDate("at")
        spent = self.entries.filter(kind=Kind.SPEND, amount__gt=0).annotate(step=truncated)
        sums = spent.values_list("step", "generation__model").annotate(Sum("amount")).order_by()
        return {(getattr(step, "date", lambda s=step: s)(), model): total for step, model, total in sums}

    @cached_property
    def by_model(self) -> Counter:
        spent: Counter = Counter()
        for (_, model), credits in self.by_step.items():
            spent[model] += credits
        return spent

    @property
    def spent(self) -> int:
        return self.by_model.total()

    @property
    def is_empty(self) -> bool:
        return not self.by_step and not self.clips and not self.failures

    @cached_property
    def series(self) -> list[str]:
        """Up to four models, the dearest first; what is left shares the last colour."""
        return [model for model, _ in self.by_model.most_common(4)]

    def models(self) -> list[ModelRow]:
        made: Counter = Counter()
        for row in self.clips:
            made[row["model"]] += row["n"]
        found = sorted({*made, *self.by_model}, key=lambda m: (-self.by_model[m], -made[m], m))
        place = {model: n for n, model in enumerate(self.series)}
        return [ModelRow(name_of(m), made[m], self.by_model[m], place.get(m)) for m in found]

    def people(self) -> list[PersonRow]:
        sums = dict(
            self.entries.filter(kind=Kind.SPEND).values_list("generation__person").annotate(Sum("amount"))
        )
        made: Counter = Counter()
        for row in self.clips:
            made[row["person"]] += row["n"]
        monthly = Budget.objects.filter(team=self.team, period=Period.MONTH, is_own=False, hard__isnull=False)
        limits = {one.person_id: one.hard for one in monthly.filter(person__isnull=False)}
        since, found = budget.start_of(Period.MONTH), []
        people = Person.objects.filter(Q(pk__in=[*sums, *made]) | Q(memberships__team=self.team)).distinct()
        for person in people.filter(pk=self.person.pk) if self.scope == "me" else people:
            limit = limits.get(person.pk)
            if not (sums.get(person.pk) or made[person.pk] or limit is not None):
                continue
            used = budget.used(self.team, person, since=since) if limit is not None else 0
            found.append(PersonRow(person, sums.get(person.pk, 0), made[person.pk], used, limit))
        return sorted(found, key=lambda row: -row.credits)

    def near_limits(self, people: list[PersonRow]) -> list[Warned]:
        """Who has used most of a monthly limit, the nearest first."""
        today, found = self.span.today, []
        last = monthrange(today.year, today.month)[1]
        for row in people:
            if row.limit and row.used >= row.limit * NEAR:
                days = ceil((row.limit - row.used) * today.day / row.used)
                ends = today + timedelta(days=days)
                soon = row.used < row.limit and today.day + days <= last
                share = min(100, row.used * 100 // row.limit)
                found.append(Warned(row.person.shown_name, share, _named(ends, today) if soon else ""))
        return sorted(found, key=lambda one: -one.share)

    @cached_property
    def pace(self) -> Pace | None:
        """How fast this team, or person, spends."""
        spends = CreditEntry.objects.filter(generation__in=self.rows, kind=Kind.SPEND, amount__gt=0)
        first = spends.aggregate(first=Min("at"))["first"]
        if first is None:
            return None
        lately = spends.filter(at__gte=clock.now() - timedelta(days=7 * WEEKS + 1))
        days = lately.annotate(day=TruncDate("at")).values_list("day").annotate(Sum("amount")).order_by()
        return pace_of(dict(days), self.span.today, localtime(first).date())

    # --- saved against the official API ------------------------------------------------------------------

    @cached_property
    def here(self) -> Decimal:
        """What the spent credits cost by the plans of their accounts."""
        sums = dict(self.entries.filter(kind=Kind.SPEND).values_list("account").annotate(Sum("amount")))
        total = Decimal(0)
        for account in Account.objects.filter(pk__in=sums):
            total += sums[account.pk] * (quote.usd_per_credit(account) or 0)
        return total

    @cached_property
    def official(self) -> tuple[Decimal, list[str], list[str]]:
        """What the same clips cost at Google's API; models without a price there; months of the prices."""
        total, without, dated = Decimal(0), [], []
        for row in self.clips:
            each = prices.official_each(row["model"], row["seconds"]) if row["mode"] in OFFICIAL else None
            if each is None:
                without.append(name_of(row["model"]))
                continue
            total += each * row["n"]
            dated.append(prices.official_dated(row["model"]))
        return total, sorted(set(without)), prices.in_order(dated)

    def saved(self) -> dict[str, str]:
        official, without, dated = self.official
        told = f"{money.dollars(self.here)} here, {money.dollars(official)} there"
        return {
            "amount": money.dollars(max(Decimal(0), official - self.here)),
            "told": told + (f", {' and '.join(without)} not counted" if without else ""),
            "dated": " and ".join(dated),
        }

    # --- failures -----------------------------------------------------------------------------------------

    @cached_property
    def failures(self) -> list[FailureRow]:
        failed = self.finished.filter(state=State.FAILED)
        charged = Sum("credit_entries__amount", filter=Q(credit_entries__kind=Kind.SPEND))
        counted = (
            failed.values_list("failure").annotate(n=Count("pk", distinct=True), paid=charged).order_by()
        )
        found = [
            FailureRow(failures.failure(klass).told()[0], n, paid or 0, failures.group(klass))
            for klass, n, paid in counted
        ]
        return sorted(found, key=lambda row: -row.count)

    def causes(self) -> list[tuple[str, int]]:
        """Failures by short name, the commonest first; from the fifth on together."""
        counted: Counter = Counter()
        for row in self.failures:
            counted[row.group] += row.count
        found = [(name, n) for name, n in counted.most_common() if name != "Other"]
        most, rest = found[: CAUSES - 1], found[CAUSES - 1 :]
        other = counted["Other"] + sum(n for _, n in rest)
        return most + ([("Other", other)] if other else [])

    def failed_of(self) -> tuple[int, int, int]:
        """Failed prompts, sent prompts, and what the failed ones were charged."""
        sent = self.finished.filter(sent_at__isnull=False).count()
        return sum(f.count for f in self.failures), sent, sum(f.charged for f in self.failures)

    # --- the ledger of the accounts -----------------------------------------------------------------------

    @cached_property
    def accounts(self) -> list[Account]:
        usable = Account.objects.usable_by(self.person).real().select_related("connection__owner")
        return list(usable.order_by("pk"))

    def ledger(self) -> dict:
        """Of the accounts this person may spend from, whoever spent: it is their balance that must agree."""
        pks = [a.pk for a in self.accounts]
        inside = {"at__gte": self.span.start, "at__lt": self.span.end}
        entries = CreditEntry.objects.filter(account__in=pks, **inside)
        sums = dict(entries.values_list("kind").annotate(Sum("amount")).order_by())
        drift = Drift.objects.filter(account__in=pks, **inside).aggregate(
            outside=Sum("amount", filter=Q(amount__gt=0)), came_in=Sum("amount", filter=Q(amount__lt=0))
        )
        tag, role = self._tag(entries)
        return {
            "reserved": sum(quote.on_hold(a) for a in self.accounts),
            "spent": sums.get(Kind.SPEND, 0),
            "given_back": sums.get(Kind.RELEASE, 0),
            "outside": drift["outside"] or 0,
            "came_in": -(drift["came_in"] or 0),
            "tag": tag,
            "role": role,
        }

    def _tag(self, entries) -> tuple[str, str]:
        ended = entries.filter(generation__state__in=FINISHED).values("generation_id")
        held = CreditEntry.objects.filter(generation__in=ended).values("generation_id").annotate(hold=ON_HOLD)
        off = sum(abs(hold) for hold in held.exclude(hold=0).values_list("hold", flat=True))
        off += sum(abs(explain.total(a).outside - a.drift) for a in self.accounts)
        if off:
            return f"Off by {off:,}", "bad"
        read = [a.settled_at for a in self.accounts]
        if not read or None in read:
            return "Not compared yet", ""
        if balance.unchecked(Account.objects.filter(pk__in=[a.pk for a in self.accounts])):
            return "Comparing", ""
        return f"Balanced {words.clock(min(read))}", "ok"


def _named(day: date, today: date) -> str:
    """today, tomorrow, on Thursday, on 28 November"""
    days = (day - today).days
    if days < 2:
        return ("today", "tomorrow")[days]
    return f"on {day:%A}" if days < 7 else f"on {day.day} {day:%B}"


def _of(field: str) -> F:
    return F(f"generation__{field}")


def name_of(model: str) -> str:
    """What people call a model."""
    return capabilities.name_of(model)
