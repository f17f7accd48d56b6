"""How numbers, times and sizes are written (ui.md section 3): 18,760; 0:08; 14:22; 20–40 s; 4.8 MB."""

import math
from datetime import datetime, timedelta

from django.utils.timezone import localtime, now

from ..catalog import money
from ..catalog.prices import Saving

RATIOS = {"16:9": "r169", "9:16": "r916", "1:1": "r11", "4:3": "r43", "3:4": "r34"}
_SHAPES = {"r169": 16 / 9, "r916": 9 / 16, "r11": 1.0, "r43": 4 / 3, "r34": 3 / 4}


def grouped(number: int | float) -> str:
    """18,760"""
    return f"{number:,}"


def credits(number: int | None) -> str:
    """10 credits, 1 credit; a price nobody knows is said to be unknown, never guessed."""
    if number is None:
        return "price unknown"
    return f"{number:,} credit{'' if number == 1 else 's'}"


def price(number: int | None) -> str:
    """What stands on a button that spends: a number of credits, or free, which counts as a number."""
    return "free" if number == 0 else credits(number)


def saving(one: Saving | None) -> dict[str, str]:
    """`saved` for where a price stands, and `compared`, the sentence behind it; or nothing."""
    if one is None or not one.is_one:
        return {}
    here = money.estimate(one.here) if one.here else "free"
    there = f"{money.dollars(one.there)} at Google's API in {one.dated}"
    return {"saved": money.saved(one.saved), "compared": f"{there}, {here} here."}


def length(seconds: float | None) -> str:
    """0:08, rounded to whole seconds; empty for stills."""
    if not seconds:
        return ""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def elapsed(seconds: float) -> str:
    """1:08 for people who wait: seconds that have passed, never rounded up. Hours as 1:04:09."""
    whole = max(0, int(seconds))
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


def span(least: float, most: float) -> str:
    """A guess is a range: 20–40 s, 1–3 min. Seconds step by ten, minutes by one."""
    if most < 95:
        low, high = int(least // 10) * 10, max(10, math.ceil(most / 10) * 10)
        return f"{low}–{high} s" if 0 < low < high else f"up to {high} s" if low == 0 else f"about {high} s"
    low, high = int(least // 60), max(1, math.ceil(most / 60))
    return f"{low}–{high} min" if 0 < low < high else f"up to {high} min" if low == 0 else f"about {high} min"


def clock(moment: datetime | None, today: datetime | None = None) -> str:
    """14:22 today, yesterday 14:22, tomorrow 09:00, 12 Nov 14:22, 12 Nov 2025."""
    if moment is None:
        return ""
    moment, today = localtime(moment), localtime(today or now())
    days = (moment.date() - today.date()) / timedelta(days=1)
    if abs(days) <= 1:
        return {0: "", -1: "yesterday ", 1: "tomorrow "}[int(days)] + f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b} " + (f"{moment:%H:%M}" if moment.year == today.year else f"{moment:%Y}")


def ago(span: timedelta) -> str:
    """just now, 5 min ago, 3 h ago."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    end = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:,}{end}"


def size(number: int) -> str:
    """4.8 MB; bytes in steps of a thousand, as files are sold."""
    for unit in ("bytes", "KB", "MB"):
        if number < 1000:
            return f"{number:.1f} {unit}" if unit == "MB" else f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def ratio_class(ratio: str) -> str:
    """r169 for "16:9". Any other shape gets the nearest of the five classes that the stylesheet knows."""
    if ratio in RATIOS:
        return RATIOS[ratio]
    if ratio == "auto":  # follows a picture, so nobody knows it before the result is there
        return "r11"
    try:
        width, _, height = ratio.partition(":")
        return nearest_class(float(width), float(height))
    except (ValueError, ZeroDivisionError):
        return "r169"


def nearest_class(width: float, height: float) -> str:
    """The class whose shape is nearest to a picture of this size."""
    if width <= 0 or height <= 0:
        return "r169"
    return min(_SHAPES, key=lambda name: abs(math.log(_SHAPES[name] * height / width)))
