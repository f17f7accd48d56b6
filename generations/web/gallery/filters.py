"""The filters beside the wall: what can be chosen, how many there are of it, what is chosen."""

import calendar
from dataclasses import replace
from datetime import date

from django.utils import timezone

from ...flow.people import capabilities
from ...library.gallery import FacetCount
from .finding import Search

HEADINGS = {"kind": "Kind", "model": "Model", "person": "Person", "shape": "Shape"}
SHAPES = ("16:9", "9:16", "1:1", "4:3", "3:4")
MONTHS = 12
WIDE, HIGH = 180, 32  # of the picture over time


def facets_of(counts: dict[str, list[FacetCount]]) -> list[dict]:
    """Each filter with its values; a filter without any is left out."""
    made = []
    for name, heading in HEADINGS.items():
        options = counts[name]
        if name == "shape":
            options = sorted(options, key=lambda o: SHAPES.index(o.value) if o.value in SHAPES else 9)
        if name == "model":  # also those that an administrator added, which the library does not know
            options = [replace(o, label=capabilities.name_of(o.value)) for o in options]
        if options:
            made.append({"name": name, "label": heading, "options": options})
    return made


def when_of(asked: Search, counts: dict[str, list[FacetCount]]) -> dict:
    """The two days, and how much was made in each of the last twelve months, each bar a way to its month."""
    facets = asked.facets
    found = {month.value: month.count.number for month in counts["month"]}
    most = max(found.values(), default=0)
    step = WIDE / MONTHS
    bars = []
    for place, month in enumerate(_last_months(timezone.localdate())):
        number = found.get(f"{month:%Y-%m}", 0)
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        height = max(2, round(HIGH * number / most)) if number else 1
        bars.append(
            {
                "x": round(place * step, 1),
                "y": HIGH - height,
                "width": round(step - 2, 1),
                "height": height,
                "on": (not facets.since or last >= facets.since)
                and (not facets.until or month <= facets.until),
                "words": f"{month:%B %Y}: {number:,}",
                "url": _in_month(asked, month, last) if number else "",
            }
        )
    first, last = _last_months(timezone.localdate())[0], timezone.localdate()
    return {
        "since": facets.since.isoformat() if facets.since else "",
        "until": facets.until.isoformat() if facets.until else "",
        "bars": bars if most else [],
        "first": f"{first:%b %Y}",
        "last": f"{last:%b %Y}",
    }


def _in_month(asked: Search, first: date, last: date) -> str:
    return asked.but(facets=replace(asked.facets, since=first, until=last)).url


def _last_months(today: date) -> list[date]:
    """The first days of the last twelve months, the oldest first."""
    number = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - MONTHS + 1, number + 1)]


def active_of(asked: Search, facets: list[dict]) -> list[dict]:
    """What is chosen, one chip for each filter, with the address without it."""
    made = []
    for facet in facets:
        labels = [option.label for option in facet["options"] if option.is_on]
        if labels:
            made.append({"label": ", ".join(labels), "url": asked.without(facet["name"]).url})
    since, until = asked.facets.since, asked.facets.until
    if since or until:
        words = f"From {_said(since)}" if since else ""
        words = f"{words} to {_said(until)}" if since and until else words or f"To {_said(until)}"
        made.append({"label": words, "url": asked.without("since", "until").url})
    return made


def _said(day: date) -> str:
    return f"{day.day} {day:%b}" + ("" if day.year == timezone.localdate().year else f" {day.year}")
