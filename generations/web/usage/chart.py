"""Bars per day as numbers for an SVG: attributes and classes only, since the CSP forbids styles."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from .figures import Usage, name_of
from .pace import Pace

WIDTH, HEIGHT = 720, 190
LEFT, TOP, BOTTOM = 44, 8, 24
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Piece:
    series: int | None  # None: still to come, a guess
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Label:
    text: str
    x: float
    y: float
    bold: bool = False


@dataclass(frozen=True)
class Chart:
    pieces: tuple[Piece, ...]
    levels: tuple[Label, ...]  # of the lines across
    days: tuple[Label, ...]
    legend: tuple[tuple[int, str], ...]
    table: tuple[tuple[str, int, tuple[int, ...], bool], ...]  # step, credits, by series, still to come
    sentence: str
    guesses: bool = False  # whether there are dashed bars
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart(usage: Usage) -> Chart:
    span = usage.span
    ahead = _ahead(usage)
    totals = {step: 0 for step in span.steps}
    stacks: dict = {step: [0] * len(usage.series) for step in span.steps}
    place = {model: n for n, model in enumerate(usage.series)}
    for (step, model), credits in usage.by_step.items():
        if step in totals:
            totals[step] += credits
            stacks[step][place.get(model, len(usage.series) - 1)] += credits
    top, unit = _scale(max([*totals.values(), *ahead.values()], default=0))
    wide = (WIDTH - LEFT) / len(span.steps)
    tall = HEIGHT - TOP - BOTTOM
    pieces, days = [], []
    for n, step in enumerate(span.steps):
        x, y = LEFT + n * wide, float(TOP + tall)
        for series, credits in enumerate(stacks[step]):
            high = tall * credits / top
            if high:
                y -= high
                gap = 1 if high > 2 else 0
                pieces.append(Piece(series, _r(x + wide * 0.12), _r(y), _r(wide * 0.76), _r(high - gap)))
        if guess := ahead.get(step):
            high = tall * guess / top
            pieces.append(
                Piece(None, _r(x + wide * 0.12 + 0.5), _r(TOP + tall - high), _r(wide * 0.76 - 1), _r(high))
            )
        if label := _day(usage, n):
            days.append(Label(label, _r(x + wide / 2), HEIGHT - 6, label == "today"))
    levels = [
        Label(f"{level:,}", LEFT - 10, _r(TOP + tall * (1 - level / top))) for level in _levels(top, unit)
    ]
    most = max(totals, key=lambda step: totals[step])
    sentence = f"Credits {span.label}, {sum(totals.values()):,} in all"
    if totals[most]:
        sentence += f", most on {most.day} {most:%B}" if not span.by_month else f", most in {most:%B}"
    if ahead:
        sentence += f". Dashed: about {sum(ahead.values()):,} to come, as in the last weeks"
    return Chart(
        tuple(pieces),
        tuple(levels),
        tuple(days),
        tuple((n, name_of(model)) for n, model in enumerate(usage.series)),
        tuple(
            (
                f"{step:%B}" if span.by_month else f"{step.day} {step:%b}",
                ahead.get(step, totals[step]),
                tuple(stacks[step]),
                step in ahead,
            )
            for step in span.steps
        ),
        sentence,
        bool(ahead),
    )


BAR_WIDTH = 1000


def bar(parts: list[tuple[str, int]]) -> list[dict]:
    """One bar across the page: each part with its name, its number, and its place in a box of BAR_WIDTH."""
    whole, x, found = sum(n for _, n in parts), 0.0, []
    for place, (name, n) in enumerate(parts):
        wide = BAR_WIDTH * n / whole
        found.append({"place": place, "name": name, "count": n, "x": _r(x), "width": _r(max(1, wide - 2))})
        x += wide
    return found


def _ahead(usage: Usage) -> dict[date, int]:
    """Credits of each step that has not begun, as its days went in the last weeks; nothing where unknown."""
    span, pace = usage.span, usage.pace
    if pace is None:
        return {}
    return {step: _of(step, pace, span.by_month) for step in span.steps if step > span.today}


def _of(step: date, pace: Pace, by_month: bool) -> int:
    many = monthrange(step.year, step.month)[1] if by_month else 1
    return sum(pace.of(step + timedelta(days=n)) for n in range(many))


def _scale(most: int) -> tuple[int, int]:
    """The top of the axis and the distance of its lines: round numbers, at most four lines above zero."""
    if most <= 0:
        return 1, 1
    power = 10 ** max(0, len(str(most)) - 2)
    for step in (step * power * scale for scale in (1, 10) for step in STEPS):
        unit = max(1, int(step))
        if unit * 4 >= most:
            return unit * -(-most // unit), unit
    return most, most


def _levels(top: int, unit: int) -> range:
    return range(0, top + 1, unit)


def _day(usage: Usage, n: int) -> str:
    span = usage.span
    step = span.steps[n]
    if span.by_month:
        return f"{step:%b}"
    if step == span.today:
        return "today"
    if span.name == "week":
        return f"{step:%a}"
    near = abs((step - span.today).days) < 2
    return f"{step.day} {step:%b}" if n == 0 else str(step.day) if step.day % 7 == 0 and not near else ""


def _r(number: float) -> float:
    return round(number, 1)
