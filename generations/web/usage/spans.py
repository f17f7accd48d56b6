"""Which stretch of time a page of Usage is about: this week, month or year, in the site’s time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.timezone import localtime

from ...models import clock


@dataclass(frozen=True)
class Span:
    """`steps` are the days (of a year: the first days of months) that get a bar each."""

    name: str
    label: str
    start: datetime
    end: datetime
    steps: tuple[date, ...]
    today: date

    @property
    def by_month(self) -> bool:
        return self.name == "year"


NAMES = ("week", "month", "year")


def span(name: str) -> Span:
    """The week (from Monday), month or year that is now; the month for any other word."""
    now = localtime(clock.now())
    midnight, today = now.replace(hour=0, minute=0, second=0, microsecond=0), now.date()
    if name == "week":
        start = midnight - timedelta(days=today.weekday())
        steps = tuple(start.date() + timedelta(days=n) for n in range(7))
        return Span("week", "this week", start, _day(midnight, steps[-1]), steps, today)
    if name == "year":
        steps = tuple(date(today.year, month, 1) for month in range(1, 13))
        start = midnight.replace(month=1, day=1)
        return Span("year", f"in {today.year}", start, start.replace(year=today.year + 1), steps, today)
    start = midnight.replace(day=1)
    last = (date(today.year + today.month // 12, today.month % 12 + 1, 1) - timedelta(days=1)).day
    steps = tuple(date(today.year, today.month, n) for n in range(1, last + 1))
    return Span("month", f"in {today:%B}", start, _day(midnight, steps[-1]), steps, today)


def _day(midnight: datetime, last: date) -> datetime:
    """The midnight that ends the last day; a change of the clock moves it by an hour at most."""
    return midnight.replace(year=last.year, month=last.month, day=last.day) + timedelta(days=1)
