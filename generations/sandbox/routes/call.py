"""One call by a known customer, on its way to the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ..troubles import Struck
from ..vendor import Vendor
from ..wire import Request, Response
from ..world import World

BASE = "/v1/google-flow"


@dataclass
class Call:
    """`part` is the changing piece of the path as sent, `name` the same decoded."""

    vendor: Vendor
    world: World
    request: Request
    endpoint: str
    part: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    struck: Struck | None = None

    @property
    def name(self) -> str:
        return unquote(self.part)

    @property
    def now(self) -> float:
        return self.vendor.clock.now()


Handler = Callable[[Call], Response]
