"""Troubles on order: by a word in the prompt, or through the control address.

In a prompt: `[fail:NAME]` every time, `[fail:NAME:2]` the first two times this very prompt is seen,
`[fail:NAME@PLACE]` as a failed job with the reason in that place. NAME is a row of `catalogue.TROUBLES` or
any raw reason in capitals such as PUBLIC_ERROR_SOMETHING_NEW.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .catalogue import PLACES, TROUBLES, Trouble

if TYPE_CHECKING:
    from ..wire import Request

_WORD = re.compile(r"\[fail:([A-Za-z0-9_]+)(?:@([a-z_]+))?(?::(\d+))?\]")


@dataclass
class Order:
    """A standing order from the control address: which calls it strikes, how often, how likely."""

    trouble: str
    endpoint: str = ""
    user: str = ""
    times: int = 0  # 0 means every time
    probability: float = 1.0
    retry_after: str = "seconds"
    place: str = ""
    struck: int = 0

    def covers(self, endpoint: str, user: str) -> bool:
        used_up = self.times and self.struck >= self.times
        return not used_up and self.endpoint in ("", endpoint) and self.user in ("", user)


@dataclass(frozen=True)
class Struck:
    """A trouble that strikes this very call."""

    row: Trouble
    place: str = "job"
    retry_after: str = "seconds"
    times: int = 0


def row_of(name: str) -> Trouble | None:
    """The row of that name; a raw reason in capitals is refused by Google at the gate."""
    if name in TROUBLES:
        return TROUBLES[name]
    if name.isupper():
        return Trouble(name, "gate", 400, "google", "", name)
    return None


def struck_by(name: str, place: str = "", retry_after: str = "seconds", times: int = 0) -> Struck | None:
    row = row_of(name)
    if row is None:
        return None
    if place in PLACES:
        return Struck(replace(row, stage="job", status=row.status or 400), place, retry_after, times)
    if place == "gate":
        return Struck(replace(row, stage="gate", status=row.status or 400), "job", retry_after, times)
    return Struck(row, "media" if row.envelope == "media" else "job", retry_after, times)


class Troubles:
    """All orders and how often each has struck."""

    def __init__(self, seed: int) -> None:
        self.orders: list[Order] = []
        self.seen: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._lock = threading.Lock()

    def order(self, facts: dict[str, Any]) -> Order:
        """Add a standing order; ValueError with a sentence when it makes no sense."""
        name = facts.pop("class", None) or facts.pop("trouble", "")
        place = facts.get("place", "")
        if row_of(name) is None:
            raise ValueError(f"No trouble is called {name!r}")
        if place and place != "gate" and place not in PLACES:
            raise ValueError(f"No place is called {place!r}")
        if unknown := set(facts) - set(Order.__dataclass_fields__):
            raise ValueError(f"An order has no {', '.join(sorted(unknown))}")
        new = Order(trouble=name, **{key: value for key, value in facts.items() if value is not None})
        new.user = str(new.user)
        with self._lock:
            self.orders.append(new)
        return new

    def clear(self) -> None:
        with self._lock:
            self.orders.clear()

    def strike(self, endpoint: str, user: str, prompt: str = "") -> Struck | None:
        """The trouble for this call, counted as used. Words in the prompt go before standing orders."""
        return self._from_prompt(endpoint, prompt) or self._from_orders(endpoint, user)

    def cuts_early(self, request: Request) -> bool:
        """Whether the line breaks before the request is read (standing orders of `network` only)."""
        if not any(order.trouble == "network" for order in self.orders):
            return False
        endpoint = "/" + request.path.partition("/v1/google-flow/")[2]
        return self._from_orders(endpoint, "", early=True) is not None

    def _from_prompt(self, endpoint: str, prompt: str) -> Struck | None:
        for name, place, times in _WORD.findall(prompt):
            limit = int(times or 0)
            struck = struck_by(name, place, times=limit)
            if struck is None:
                continue
            if struck.row.stage == "link":
                return struck
            with self._lock:
                self.seen[f"{endpoint} {name} {prompt}"] += 1
                used = self.seen[f"{endpoint} {name} {prompt}"]
            if not limit or used <= limit:
                return struck
        return None

    def _from_orders(self, endpoint: str, user: str, *, early: bool = False) -> Struck | None:
        with self._lock:
            for order in self.orders:
                if (order.trouble == "network") != early or not order.covers(endpoint, user):
                    continue
                if self._dice.random() < order.probability:
                    order.struck += 1
                    return struck_by(order.trouble, order.place, order.retry_after, order.times)
        return None
