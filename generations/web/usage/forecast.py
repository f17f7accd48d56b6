"""The balance of the accounts in use: how it went, and what will be left when new credits come.

Google tells nobody when that is. What we have seen is credits coming in that filled an account up to its
plan; a month later they come again. It is a guess, so it is a range and is said to be one; where no such day
was seen, nothing is forecast.
"""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils.timezone import localtime

from ...flow.money import quote
from ...models import Account, CreditEntry, Drift, clock
from ...models.ledger import Kind
from .pace import Pace, pace_of
from .spans import Span

WIDTH, HEIGHT, TOP = 260, 64, 14
FULL = 0.95  # of a plan's monthly credits: the account was filled up
WORTH = 0.05  # of them, at least: less is a refund


@dataclass(frozen=True)
class Renewal:
    """New credits came on `seen`; the next ones from `first` to `last`, up to `credits`."""

    account: Account
    seen: date
    first: date
    last: date
    credits: int

    @property
    def days(self) -> str:
        """14–15 Dec"""
        one, other = self.first, self.last
        if one.month == other.month:
            return f"{one.day}–{other.day} {other:%b}"
        return f"{one.day} {one:%b} – {other.day} {other:%b}"


@dataclass(frozen=True)
class Line:
    """The balance as an SVG: points of what was, and the two edges of what is guessed."""

    was: str
    low: str
    high: str
    now: tuple[float, float]
    mark: float | None  # where new credits come
    label: str
    sentence: str
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Forecast:
    balance: int | None
    words: str
    line: Line | None


def forecast(accounts: list[Account], span: Span) -> Forecast:
    """Of the accounts that are in use and whose balance is known."""
    known = [a for a in accounts if a.is_chosen and a.credits is not None]
    if not known:
        return Forecast(None, "", None)
    balance = sum(a.credits for a in known)
    moved = _moved(known)
    spent = {day: amounts[0] for day, amounts in moved.items()}
    since = min(localtime(a.made_at).date() for a in known)
    first = min([since, *spent])
    pace = pace_of(spent, span.today, first)
    nearest = min((r for a in known if (r := renewal_of(a, span.today))), key=lambda r: r.first, default=None)
    left = _left(balance, pace, nearest, span.today)
    return Forecast(
        balance, _words(nearest, left, len(known)), _line(balance, moved, span, first, nearest, left)
    )


def renewal_of(account: Account, today: date) -> Renewal | None:
    """When new credits come by what was seen before; None where nothing was seen."""
    plan = quote.facts_of(account).known_plan
    if plan is None or not plan.monthly_credits:
        return None
    most = plan.monthly_credits
    found = Drift.objects.filter(
        account=account, amount__lte=-round(most * WORTH), told__gte=round(most * FULL)
    )
    newest = found.order_by("-at").first()
    if newest is None:
        return None
    seen = localtime(newest.at).date()
    last = seen
    months = 0
    while last <= today:
        months += 1
        last = _months_later(seen, months)
    # It is seen with the next reading, which may be a day late.
    return Renewal(account, seen, last - timedelta(days=1), last, most)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _moved(accounts: list[Account]) -> dict[date, tuple[int, int]]:
    """By day: credits spent (here and elsewhere), and credits that came in."""
    spent, came = Counter(), Counter()
    entries = CreditEntry.objects.filter(account__in=accounts, kind=Kind.SPEND, amount__gt=0)
    for day, total in _by_day(entries):
        spent[day] += total
    for day, total in _by_day(Drift.objects.filter(account__in=accounts, amount__gt=0)):
        spent[day] += total
    for day, total in _by_day(Drift.objects.filter(account__in=accounts, amount__lt=0)):
        came[day] -= total
    return {day: (spent[day], came[day]) for day in {*spent, *came}}


def _by_day(rows):
    return (
        rows.filter(at__gte=clock.now() - timedelta(days=400))
        .annotate(day=TruncDate("at"))
        .values_list("day")
        .annotate(Sum("amount"))
        .order_by()
    )


def _left(balance: int, pace: Pace | None, nearest: Renewal | None, today: date) -> tuple[int, int] | None:
    if pace is None or nearest is None:
        return None
    low, high = pace.over((nearest.last - today).days)
    return max(0, balance - high), max(0, balance - low)


def _words(nearest: Renewal | None, left: tuple[int, int] | None, many: int) -> str:
    if nearest is None:
        return "When new credits come is not known yet."
    whose = f" on {nearest.account.name}" if many > 1 else ""
    again = f"then {nearest.credits:,} again{whose}" if many == 1 else f"then new credits{whose}"
    told = f"a guess: they came on {nearest.seen.day} {nearest.seen:%b} before"
    if left is None:
        return f"New credits{whose} about {nearest.days}, {told}."
    low, high = (_round(amount) for amount in left)
    amounts = f"{low:,}–{high:,}" if low != high else f"about {low:,}"
    return f"{amounts} left about {nearest.days}, {again}. {told[0].upper()}{told[1:]}."


def _round(amount: int) -> int:
    """As exact as a guess can be: two or three digits."""
    step = 100 if amount >= 10_000 else 10 if amount >= 1_000 else 1
    return round(amount / step) * step


def _line(balance, moved, span: Span, first: date, nearest, left) -> Line | None:
    days = [span.start.date() + timedelta(days=n) for n in range((span.today - span.start.date()).days + 1)]
    days = [day for day in days if day >= first]
    if len(days) < 2:
        return None
    amounts, after = [], balance
    for day in reversed(days):
        amounts.append(after)
        spent, came = moved.get(day, (0, 0))
        after += spent - came
    amounts.reverse()
    end = nearest.last if left else span.today
    wide = max(1, (end - days[0]).days)
    ends = [*amounts, *(left or ())]
    most, least = max(ends), min(ends)
    scale = (HEIGHT - TOP - 6) / max(1, most - least)

    def at(day: date, amount: int) -> tuple[float, float]:
        x = 4 + (WIDTH - 8) * (day - days[0]).days / wide
        return round(x, 1), round(TOP + (most - amount) * scale, 1)

    was = [at(day, amount) for day, amount in zip(days, amounts, strict=True)]
    edges = [f"{_point(was[-1])} {_point(at(end, amount))}" for amount in left] if left else ["", ""]
    sentence = f"The balance went from {amounts[0]:,} to {balance:,}"
    if left:
        sentence += (
            f"; {_round(left[0]):,} to {_round(left[1]):,} by {nearest.last.day} {nearest.last:%B}, a guess"
        )
    mark = at(end, balance)[0] if left else None
    label = nearest.days if left else ""
    return Line(" ".join(map(_point, was)), *edges, was[-1], mark, label, sentence)


def _point(point: tuple[float, float]) -> str:
    return f"{point[0]},{point[1]}"
