"""The sandbox inside a test: the same real server, on a free port, in a thread."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .routes import control
from .routes.call import BASE
from .server import Server
from .vendor import Vendor

FIRST_USER = "4242"


class Control:
    """The control address as methods, without the way over HTTP; the same names and fields."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def trouble(self, name: str, **facts: Any) -> dict[str, Any]:
        """Order a trouble: `trouble("throttled", endpoint="/videos", times=3, retry_after="date")`."""
        return control.order_trouble(self._vendor, {"class": name, **facts})

    def calm(self) -> None:
        """Take back all standing orders."""
        self._vendor.troubles.clear()

    def advance(self, seconds: float) -> None:
        control.advance(self._vendor, {"advance": seconds})

    def switch(self, **changes: Any) -> None:
        """Turn switches, see `vendor.Switches`."""
        self._vendor.change_switches(changes)

    def account(self, email: str, **facts: Any) -> None:
        """Set `credits`, `health` or `manager` of an account of `user` (default 4242)."""
        control.change_account(self._vendor, {"email": email, **facts})

    def foreign(self, **facts: Any) -> list[str]:
        """Jobs of somebody else on the token; gives their ids."""
        jobids: list[str] = control.foreign_jobs(self._vendor, facts)["jobids"]
        return jobids

    def record(self, *, hashes: bool = False) -> dict[str, Any]:
        """The vendor's own record of what it accepted and charged."""
        return control.record(self._vendor, {"hashes": hashes})

    @property
    def counters(self) -> dict[str, int]:
        return dict(self._vendor.counters)

    @property
    def switches(self) -> dict[str, Any]:
        return asdict(self._vendor.switches)

    def now(self) -> float:
        return self._vendor.clock.now()


class Sandbox:
    """`with Sandbox(dir=tmp, speed=20, canned_media=True) as vendor: ...`

    Keyword arguments beyond these are switches (`accept_delay`, `job_seconds`, ...).
    """

    def __init__(
        self,
        dir: Path | str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 20,
        seed: int = 1,
        canned_media: bool = True,
        **switches: Any,
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="sandbox-") if dir is None else None
        folder = Path(self._scratch.name if self._scratch else str(dir))
        self.seed = seed
        self.vendor = Vendor(folder, seed=seed, canned=canned_media, speed=speed, **switches)
        self.server = Server(self.vendor, host, port)
        self.control = Control(self.vendor)
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
        )

    def start(self) -> Sandbox:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self.server.shutdown()
        self.server.server_close()
        self.vendor.close()
        if self._scratch:
            self._scratch.cleanup()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *trouble: object) -> None:
        self.stop()

    @property
    def origin(self) -> str:
        return self.vendor.origin

    @property
    def base_url(self) -> str:
        return f"{self.origin}{BASE}"

    @property
    def token(self) -> str:
        return self.token_for(FIRST_USER)

    def token_for(self, user: int | str) -> str:
        """A token of another customer, who has a world of their own."""
        return f"user:{user}-sandbox-{self.seed}"
