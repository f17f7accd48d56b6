"""How fast credits are spent, from whole days that are over: what the days to come will take, as a range.

Nothing is guessed from less than two weeks. A day to come takes what its weekday took in the last four weeks;
a stretch of days takes between the least and the most that those weeks took.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 4
LEAST_WEEKS = 2


@dataclass(frozen=True)
class Pace:
    """`by_weekday`: credits of a Monday, a Tuesday …; `low` and `high`: credits a day in single weeks."""

    by_weekday: tuple[float, ...]
    low: float
    high: float

    def of(self, day: date) -> int:
        return round(self.by_weekday[day.weekday()])

    def over(self, days: float) -> tuple[int, int]:
        """Credits of so many days, the least and the most."""
        return round(self.low * days), round(self.high * days)


def pace_of(spent: Mapping[date, int], today: date, since: date | None) -> Pace | None:
    """The pace of what was `spent` by day, known from the day `since`; None where that is too short."""
    weeks = min(WEEKS, (today - since).days // 7) if since else 0
    if weeks < LEAST_WEEKS:
        return None
    before = [today - timedelta(days=n) for n in range(1, 7 * weeks + 1)]
    totals = [sum(spent.get(day, 0) for day in before[7 * n : 7 * n + 7]) for n in range(weeks)]
    weekdays = [0.0] * 7
    for day in before:
        weekdays[day.weekday()] += spent.get(day, 0) / weeks
    return Pace(tuple(weekdays), min(totals) / 7, max(totals) / 7)
