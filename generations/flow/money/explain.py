"""Where every credit went: the ledger of a generation and of an account in lines, and whether it balances.

Reads only. The page /g/228/ and `manage.py ledger` say the same, from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from ...models import Account, CreditEntry, Drift, Generation, State
from ...models.ledger import ON_HOLD, Kind
from ...models.states import FINISHED
from . import balance

UNHELD = (State.READY, State.SAVING)  # made and charged: a spend is written


@dataclass(frozen=True)
class Line:
    """One entry: what it did to what is on hold, and to the balance."""

    at: datetime
    what: str
    amount: int
    on_hold: int  # of the generation, after it
    charged: int  # of the generation, after it
    who: str = ""
    why: str = ""


def lines(generation: Generation) -> list[Line]:
    """Every entry of a generation in order, with what was on hold and charged after each."""
    on_hold, charged, found = 0, 0, []
    for entry in generation.credit_entries.select_related("by").order_by("pk"):
        on_hold += entry.amount if entry.kind in (Kind.RESERVE, Kind.ADJUST) else -entry.amount
        charged += entry.amount if entry.kind == Kind.SPEND else 0
        who = entry.by.shown_name if entry.by else "Flowsite"
        why = ". ".join(part for part in (entry.cause.capitalize(), entry.why) if part)
        found.append(Line(entry.at, entry.get_kind_display(), entry.amount, on_hold, charged, who, why))
    return found


def verdict(generation: Generation) -> str:
    """One sentence: what it has cost, or why that is not known yet."""
    entries = list(generation.credit_entries.order_by("pk"))
    spent = sum(e.amount for e in entries if e.kind == Kind.SPEND)
    released_at = next((e.at for e in entries if e.kind == Kind.RELEASE), None)
    if not entries:
        return "Nothing is on hold: it waits for a yes." if generation.is_moving else "Nothing was on hold."
    if generation.is_moving and not spent:
        held = sum(e.amount if e.kind in (Kind.RESERVE, Kind.ADJUST) else -e.amount for e in entries)
        return f"{held:,} on hold until it is decided."
    if spent:
        return f"{spent:,} charged."
    if balance.is_checking(generation, released_at):
        return "Given back. Whether Google charged it shows with the next balance."
    if generation.accepted_at and generation.expected_credits and generation.state == State.FAILED:
        return "Not charged, as Google states; the balance was compared."
    return "Not charged."


def drift_beside(generation: Generation) -> list[Drift]:
    """What moved outside Flowsite on the account between asking and the comparison after the end."""
    if generation.sent_at is None or not generation.expected_credits:
        return []
    found = Drift.objects.filter(account_id=generation.account_id, at__gte=generation.sent_at)
    if generation.finished_at:
        found = found.filter(at__lte=generation.finished_at + 2 * balance.lag(generation.account))
    return list(found.order_by("pk")[:20])


@dataclass(frozen=True)
class Total:
    """What the ledger says about an account, and what Google says."""

    told: int | None
    on_hold: int
    spent: int
    given_back: int
    outside: int
    came_in: int


def total(account: Account) -> Total:
    entries = CreditEntry.objects.filter(account=account)
    sums = dict(entries.values_list("kind").annotate(Sum("amount")))
    drift = Drift.objects.filter(account=account).aggregate(
        outside=Sum("amount", filter=Q(amount__gt=0)), came_in=Sum("amount", filter=Q(amount__lt=0))
    )
    return Total(
        account.credits,
        entries.on_hold(),
        sums.get(Kind.SPEND, 0),
        sums.get(Kind.RELEASE, 0),
        drift["outside"] or 0,
        -(drift["came_in"] or 0),
    )


# --- does it balance --------------------------------------------------------------------------------------


def faults(account: Account | None = None) -> Iterator[str]:
    """Everything that does not balance, a sentence each; nothing when all is well."""
    entries, rows = CreditEntry.objects.all(), Generation.objects.filter(origin="made")
    accounts = Account.objects.all()
    if account is not None:
        entries, rows = entries.filter(account=account), rows.filter(account=account)
        accounts = accounts.filter(pk=account.pk)
    yield from _wrongly_held(entries)
    yield from _without_entries(rows)
    yield from _twice(entries)
    for one in accounts:
        outside = total(one).outside
        if outside != one.drift:
            yield f"{one}: {one.drift:,} spent outside by its own count, {outside:,} by its drift lines."


def _wrongly_held(entries) -> Iterator[str]:
    """A finished row holds nothing, none holds less than nothing: so spent is what was reserved and kept."""
    held = entries.values("generation_id", state=F("generation__state")).annotate(hold=ON_HOLD)
    over = held.filter(Q(generation__state__in=FINISHED) & ~Q(hold=0) | Q(hold__lt=0))
    for row in over.order_by("generation_id"):
        yield f"{_label(row['generation_id'])}: {row['state']}, and {row['hold']:,} credits are on hold."


def _without_entries(rows) -> Iterator[str]:
    kinds = {
        kind: Count("credit_entries", filter=Q(credit_entries__kind=kind))
        for kind in (Kind.RESERVE, Kind.SPEND)
    }
    counted = rows.annotate(reserves=kinds[Kind.RESERVE], spends=kinds[Kind.SPEND])
    held_for_a_yes = Q(state__in=[State.HELD, State.CANCELLED])
    for row in counted.filter(~held_for_a_yes, reserves=0).order_by("pk"):
        yield f"{row.label}: {row.state}, and nothing was ever reserved for it."
    for row in counted.filter(state__in=UNHELD, spends=0).order_by("pk"):
        yield f"{row.label}: {row.state}, and nothing was written down as spent."


def _twice(entries) -> Iterator[str]:
    """The database forbids it; a copy of a table into another database may not."""
    many = entries.values("generation_id", "kind", "cause").annotate(n=Count("pk")).filter(n__gt=1)
    for row in many.order_by("generation_id"):
        yield f"{_label(row['generation_id'])}: {row['kind']} is written {row['n']} times."


def _label(pk: int) -> str:
    return Generation.objects.get(pk=pk).label
