"""One customer's part of the make-believe vendor: Google accounts, credits, jobs, media, voices, characters.

A job is decided when it is accepted: its end, its clips, its failure and its charge are written down at once,
and the clock alone moves it from created over started to completed or failed. So nothing has to happen later
for a job to finish, and a restart in the middle loses nothing.
"""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field
from typing import Any

from .rules.models import PLANS, Plan

WEEK = 7 * 24 * 3600.0  # jobs are kept 7 days (flow-api.md section 11.1)
QUARTER = 15 * 60.0  # statistics and the load balancer look back this far (sections 11.2 and 15)

ACCOUNTS = (  # short name of the plan, credits, signed in
    ("ultra@sandbox.example", "ultra", 25_000, True),
    ("pro@sandbox.example", "pro", 1_000, True),
    ("out@sandbox.example", "pro", 1_000, False),
    ("free@sandbox.example", "free", 50, True),
)
SIGNED_OUT = "Google has signed your account out. Reconnect at the vendor's page setup-google-flow"


@dataclass
class Account:
    """A Google account behind the token."""

    email: str
    plan: Plan
    balance: int
    created: float
    project: str
    health: str = "OK"
    manager: bool = True

    @property
    def usable(self) -> bool:
        return self.health == "OK"


@dataclass
class Media:
    """A picture or clip: uploaded (`upload` is the file's hash) or generated (`look` is what it shows)."""

    id: str
    email: str
    kind: str
    created: float
    look: dict[str, Any]
    width: int
    height: int
    seconds: float = 0.0
    seed: int = 0
    prompt: str = ""
    model: str = ""
    project: str = ""
    job: str = ""
    upload: str = ""
    mime: str = ""
    ready: float = 0.0
    trouble: str = ""
    deleted: bool = False

    @property
    def shape(self) -> str:
        return "portrait" if self.height > self.width else "landscape"


@dataclass
class Job:
    """One accepted request and everything that will become of it."""

    id: str
    user: str
    email: str
    endpoint: str
    kind: str
    created: float
    starts: float
    ends: float
    request: dict[str, Any]
    model: str = ""
    mode: str = ""
    cost: int = 0
    refund: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    oddity: str = ""
    reply: dict[str, str] = field(default_factory=dict)
    foreign: bool = False
    balance: int = 0
    takes: float = 0.0

    def state(self, now: float) -> str:
        if now < self.starts:
            return "created"
        if now < self.ends:
            return "started"
        return "failed" if self.failure else "completed"

    @property
    def charge(self) -> int:
        """What it costs in the end: nothing for what failed (flow-api.md section 18)."""
        return self.cost - self.refund


@dataclass(frozen=True)
class Quarantine:
    """An account that the load balancer leaves alone for a while (flow-api.md section 15)."""

    email: str
    reason: str
    model: str
    since: float
    until: float


class World:
    """Everything that belongs to one user number. Hold `lock` to change it."""

    def __init__(self, user: str, now: float) -> None:
        self.user = user
        self.lock = threading.RLock()
        self.accounts = {
            email: Account(
                email, PLANS[plan], credits, now, f"project-{user}-{place}", "OK" if signed_in else SIGNED_OUT
            )
            for place, (email, plan, credits, signed_in) in enumerate(ACCOUNTS)
        }
        self.jobs: dict[str, Job] = {}
        self.media: dict[str, Media] = {}
        self.voices: dict[str, dict[str, Any]] = {}
        self.characters: dict[str, dict[str, Any]] = {}
        self.solvers: dict[str, str] = {}
        self.quarantines: list[Quarantine] = []
        self.reply_url = ""
        self.rate_limited: list[tuple[float, str, str]] = []
        self._refunds: list[tuple[float, str, int]] = []

    def account(self, email: str) -> Account | None:
        return self.accounts.get(email) or self.accounts.get(email.lower())

    def add_job(self, job: Job) -> None:
        """Take the job in, and its price; what will fail is given back when it has failed."""
        with self.lock:
            self.jobs[job.id] = job
            account = self.account(job.email)
            if account is None or job.foreign:
                return
            account.balance -= job.cost
            if job.refund:
                heapq.heappush(self._refunds, (job.ends, job.email, job.refund))

    def settle(self, now: float) -> None:
        """Give back what jobs that have failed by `now` had taken."""
        with self.lock:
            while self._refunds and self._refunds[0][0] <= now:
                _, email, amount = heapq.heappop(self._refunds)
                if account := self.account(email):
                    account.balance += amount

    def balance(self, email: str, now: float) -> int:
        self.settle(now)
        account = self.account(email)
        return account.balance if account else 0

    def executing(self, now: float) -> list[Job]:
        return [
            job
            for job in list(self.jobs.values())
            if job.starts <= now < job.ends or job.created <= now < job.starts
        ]

    def quarantined(self, email: str, model: str, now: float) -> Quarantine | None:
        return next(
            (entry for entry in self.quarantines
             if entry.email == email and entry.until > now and entry.model in ("", model)), None,
        )  # fmt: skip

    def score(self, email: str, kind: str, now: float) -> dict[str, int]:
        """The load balancer's sums over 15 minutes: executing + completed + 10 failed + 20 rate limited."""
        sums = {"executing": 0, "completed": 0, "failed": 0, "rateLimited": 0, "avgResponseTime": 0}
        times = []
        for job in list(self.jobs.values()):
            if job.email != email or kind not in ("combined", job.kind + "s") or job.ends < now - QUARTER:
                continue
            state = job.state(now)
            sums[state if state in sums else "executing"] += 1
            if state == "completed":
                times.append(job.ends - job.created)
        sums["rateLimited"] = sum(
            1 for when, who, what in self.rate_limited
            if who == email and when > now - QUARTER and kind in ("combined", what)
        )  # fmt: skip
        sums["avgResponseTime"] = round(sum(times) / len(times)) if times else 0
        points = sums["executing"] + sums["completed"] + 10 * sums["failed"] + 20 * sums["rateLimited"]
        return {**sums, "score": points}
