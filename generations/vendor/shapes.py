"""Reads values out of JSON that may be absent, null or of another type. Nothing here raises."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime


def table(value: object, *path: str) -> dict:
    """The object found by going down `path`, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[dict]:
    """The objects of a list; anything else in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A string without surrounding blanks; a number in digits; '' for anything else."""
    if isinstance(value, str):
        return storable(value).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list; anything else in it is left out."""
    return tuple(text(item) for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def storable(value: str) -> str:
    """A string that every database takes: half surrogates and NUL, both legal in JSON, are replaced."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def written(value: object) -> str:
    """Parsed JSON as one line of JSON; '' for what is nested too deep."""
    try:
        return storable(json.dumps(value, ensure_ascii=False, default=str))
    except (ValueError, RecursionError):
        return ""


def number(value: object) -> float | None:
    """A finite number, also when written in digits or as Google's '11.940s'."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(-?\d{1,15}(?:\.\d{1,12})?)\s*s?\s*", value)
        return float(found[1]) if found else None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def whole(value: object) -> int | None:
    """A whole number; None when there is none or it has a fraction."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def moment(value: object) -> datetime | None:
    """An ISO time as an aware datetime in UTC. A time without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
