"""When something will be ready: ranges learned from the team's own recent work, else from what Google states.

A guess is written as a range or "about"; where nothing is known, nothing is said (ui.md section 1).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from ...catalog import timing
from ...catalog.plans import Facts
from ...flow.engine import pace, schedule
from ...flow.engine.elsewhere import Others
from ...flow.people import capabilities
from ...models import Account, Generation, State, clock
from ...models.states import WATCHED
from .tries import tries_of

RECENT = 240  # finished rows that are looked at for all models together
EACH = 30


class Estimates:
    """For these rows: one query whatever their number, and the line of each account that has waiting ones."""

    def __init__(self, rows: Iterable[Generation]) -> None:
        self.now = clock.now()
        rows = list(rows)
        self.tries = tries_of(rows)
        self.others: dict[int, Others] = {}  # by person; read with the first row that could go elsewhere
        rows = [row for row in rows if row.is_moving]
        self.standings = schedule.standings(rows) if any(r.state == State.WAITING for r in rows) else {}
        self._samples = _learned({row.model for row in rows}, {row.team_id for row in rows})
        self._running: dict[int, int] = {}

    def usual(self, row: Generation) -> tuple[float, float] | None:
        """Seconds from accepted to ready, the usual least and most; None when nothing is known."""
        engine = capabilities.engine(row.model)
        samples = self._samples.get((row.model, row.is_sandbox), ())
        if engine is None:
            return None
        learned = timing.expected_range(engine, Facts(), samples)
        if learned is None or len(samples) >= 5:
            return learned
        speed = pace.speed(row.account)  # Google states it for its own clock; a quick sandbox has another
        return learned[0] / speed, learned[1] / speed

    def left(self, row: Generation) -> tuple[float, float] | None:
        """Seconds until a running row is ready; None when it is overdue or nothing is known."""
        usual = self.usual(row)
        if usual is None or row.accepted_at is None:
            return None
        passed = (self.now - row.accepted_at).total_seconds()
        return None if passed >= usual[1] else (max(0.0, usual[0] - passed), usual[1] - passed)

    def is_overdue(self, row: Generation) -> bool:
        if row.state not in WATCHED or row.accepted_at is None:
            return False
        usual = self.usual(row)
        return timing.is_overdue((self.now - row.accepted_at).total_seconds(), usual, None)

    def starts_at(self, row: Generation) -> datetime | None:
        """About when a waiting row is sent: by its place in the line, the slots, and how long clips take."""
        standing = self.standings.get(row.pk)
        if standing is None or standing.kind in ("paused", "repair", "short"):
            return None
        if standing.until is not None:
            return standing.until
        usual = self.usual(row)
        if usual is None:
            return None
        return self.now + timedelta(seconds=self._until_turn(row.account, standing.place, sum(usual) / 2))

    def _until_turn(self, account: Account, place: int, each: float) -> float:
        limit = pace.running_limit(account)
        if account.pk not in self._running:
            self._running[account.pk] = schedule.running(account)
        free = max(0, limit - self._running[account.pk])
        gap = pace.gap(account).total_seconds()
        behind = place - free
        return gap * place if behind <= 0 else gap * min(place, limit) + each * ((behind - 1) // limit + 0.5)

    def ready_at(self, row: Generation) -> datetime | None:
        """About when a row is ready, whether it runs or waits."""
        usual = self.usual(row)
        if row.state == State.WAITING:
            start = self.starts_at(row)
            return start + timedelta(seconds=usual[1]) if start and usual else None
        left = self.left(row)
        return self.now + timedelta(seconds=left[1]) if left else None


def _learned(models: set[str], teams: set[int]) -> dict[tuple[str, bool], list[float]]:
    """How long recent clips of these models took, newest first, by (model, sandbox)."""
    if not models:
        return {}
    done = Generation.objects.filter(
        team_id__in=teams,
        model__in=models,
        state=State.READY,
        accepted_at__isnull=False,
        completed_at__isnull=False,
    ).order_by("-pk")
    took: dict[tuple[str, bool], list[float]] = defaultdict(list)
    fields = ("model", "is_sandbox", "accepted_at", "completed_at")
    for model, sandbox, accepted, completed in done.values_list(*fields)[:RECENT]:
        if len(took[model, sandbox]) < EACH:
            took[model, sandbox].append((completed - accepted).total_seconds())
    return took
