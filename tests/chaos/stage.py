"""The acts of a run: who clicks when, who is killed when, and when the clocks are set."""

import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.db import connection

from generations.flow import reconcile
from generations.flow.intend import Refusal
from generations.flow.money import explain
from generations.models import CreditEntry, Generation, State

from . import faults
from .accountant import Line
from .clicks import Clicks
from .crew import ROOT, Crew, descendants, free_port
from .vendor import QUIET, FarVendor

IN_LINE = 120  # clicks that wait at the same time
WAITING_STILL = 20  # no act ends with more
MOVING = 300  # clicks that are not over yet, questions to a person left out
LOOSE = 0.85  # share of the clicks that loose workers carry; the rest is for complete sites
AHEAD = 4  # points armed at the same time
RARE = 25.0  # seconds after which a point that nobody has passed makes room for another
MORE = 1.5  # so many times the clicks at most, while a point still lacks kills
HOUR = 3600.0
CLOCKS = ((0.15, -HOUR), (0.3, 0.0), (0.5, HOUR), (0.7, 0.0))  # share of the clicks made, and the time


def processor_of(head: int) -> float:
    """Seconds of processor of a process, all below it, and all of those that have ended."""
    ticks = 0
    for pid in [head, *descendants(head)]:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Stage:
    def __init__(self, asked, folder: Path) -> None:
        self.asked, self.folder = asked, folder
        self.dice = random.Random(asked.seed + 1)
        self.hands = faults.Hands(folder)
        self.hands.install()
        self.points = asked.points.split(",") if asked.points else list(faults.POINTS)
        self.armed_at: dict[str, float] = {}
        self.set_clocks = 0
        self.crew = Crew(folder, random.Random(asked.seed))
        self.vendor = FarVendor(folder / "vendor", asked.seed)
        users = [5000 + number for number in range(asked.people)] + [QUIET]
        self.clicks = Clicks(self.vendor, users, self.dice)
        self.vendor.make_trouble(users)
        self.web = None
        self.began = time.monotonic()
        self.end_at = self.began + asked.minutes * 60
        self.act_ends: dict[str, float] = {}
        self.quiet_at = 0.0

    # --- the acts -----------------------------------------------------------------------------------

    def storm(self) -> None:
        sites = self.asked.sites if self.asked.sites >= 0 else 1 + (connection.vendor == "postgresql")
        end = self.end_at - self.asked.drain - self.asked.lull
        if sites:
            self.open_web()
        self.crew.start(self.asked.loose)
        share = LOOSE if sites else 1.0
        self.keep_going(share, self.began + (end - self.began) * share)
        self.act_ends["loose workers"] = time.monotonic() - self.began
        if sites:
            self.close_web()
            self.crew.start(0)
            self.crew.dismiss()
            self.vendor.control("POST", "/switches", duplicate_callbacks=True)
            self.crew.open_sites([int(os.environ["PORT"]), *(free_port() for _ in range(sites - 1))])
            self.keep_going(1.0, end)
            self.act_ends[f"{sites} site{'s' * (sites > 1)}"] = time.monotonic() - self.began
        faults.disarm(self.folder)
        self.hands.set(0.0)

    def keep_going(self, share: float, end: float) -> None:
        """Click, change minds, kill and set clocks until this share of all is done, or until time is over."""
        while time.monotonic() < end:
            wanted = int(self.asked.clicks * share)
            if self.clicks.made >= wanted and self.clicks.waiting() < WAITING_STILL:
                if share < 1.0 or self.is_enough():
                    return
                wanted = int(self.asked.clicks * MORE)  # until every point has had its kills
            room = min(
                IN_LINE - self.clicks.waiting(), MOVING - self.clicks.moving(), wanted - self.clicks.made
            )
            for _ in range(min(12, max(0, room))):
                self.clicks.click()
            self.click_quietly(4.0)
            self.clicks.change_minds()
            self.kill_by_and_by()
            self.set_the_clocks()
            self.crew.look()
            time.sleep(0.1)

    def lull(self) -> None:
        """Lines still break, nobody is killed: the engine has time to prove that something was not sent."""
        end = time.monotonic() + self.asked.lull
        while time.monotonic() < end:
            if time.monotonic() < end - self.asked.lull * 0.8:
                self.click_quietly(1.0)
            self.clicks.let_time_pass()
            self.crew.look()
            time.sleep(0.2)
        self.act_ends["lull"] = time.monotonic() - self.began

    def drain(self) -> None:
        """No kills, no troubles: everything that can end must end."""
        self.vendor.calm()
        self.clicks.calm_down()
        end = time.monotonic() + self.asked.drain
        while time.monotonic() < end and self.clicks.unfinished():
            self.clicks.let_time_pass()
            self.crew.look()
            time.sleep(0.5)
        self.act_ends["end"] = time.monotonic() - self.began
        self.processor = f"{self.used()}, this one {time.process_time():.0f}"

    def click_quietly(self, pause: float) -> None:
        if self.asked.lull and time.monotonic() - self.quiet_at > pause:
            self.quiet_at = time.monotonic()
            self.clicks.quiet_click()

    # --- kills and clocks ---------------------------------------------------------------------------

    def is_enough(self) -> bool:
        """Whether all kills are done, or the clicks that were made to reach rare points are many enough."""
        done = faults.deaths(self.folder)
        reached = all(done[point] >= self.asked.each for point in self.points)
        return self.clicks.made >= self.asked.clicks * MORE or (
            reached and self.crew.kills >= self.asked.kills
        )

    def kill_by_and_by(self) -> None:
        """Spread all kills over the clicks that get going: at points that lack most, and at random."""
        gone = self.clicks.made - self.clicks.waiting()
        done, share = faults.deaths(self.folder), min(1.0, gone / self.asked.clicks)
        if self.crew.kills < int(self.asked.kills * share + 0.5) and self.dice.random() < 0.5:
            time.sleep(self.dice.random() * 0.2)
            self.crew.kill_one()
        armed, moment = faults.armed(self.folder), time.monotonic()
        for point in [p for p in armed if moment - self.armed_at.get(p, 0) > RARE]:
            if len(armed) >= AHEAD:
                (self.folder / "armed" / point).unlink(missing_ok=True)
        lacking = [p for p in self.points if done[p] < self.asked.each and p not in armed]
        self.dice.shuffle(lacking)
        lacking.sort(key=lambda point: (done[point], self.armed_at.get(point, 0)))
        due = self.asked.each * len(self.points) * share + 1 - done.total() - len(armed)
        for point in lacking[: max(0, min(int(due), AHEAD - len(armed)))]:
            self.armed_at[point] = moment
            faults.arm(self.folder, point)

    def set_the_clocks(self) -> None:
        while (
            self.set_clocks < len(CLOCKS)
            and self.clicks.made >= CLOCKS[self.set_clocks][0] * self.asked.clicks
        ):
            self.hands.set(CLOCKS[self.set_clocks][1])
            self.set_clocks += 1

    def kills_done(self) -> list[Line]:
        done = faults.deaths(self.folder)
        errors = self.clicks.errors
        lines = [Line("clicks made", self.clicks.made, at_least=self.asked.clicks)]
        lines += [Line("errors that people met", len(errors), 0, tuple(errors[:5]))]
        lines += [Line("kills at random moments", self.crew.kills, at_least=self.asked.kills)]
        lines += [Line(f"  at {point}", done[point], at_least=self.asked.each) for point in self.points]
        return [*lines, Line("times all clocks were set by an hour", self.set_clocks, at_least=len(CLOCKS))]

    # --- after the end --------------------------------------------------------------------------------

    def answer_questions(self) -> list[Line]:
        """Every open question is answered by its person; then nothing at all may be on hold."""
        for row in Generation.objects.filter(state=State.UNCERTAIN).select_related(
            "person", "account__connection"
        ):
            try:
                reconcile.write_off(row, row.person)
            except Refusal:
                pass
        faults = tuple(explain.faults())
        return [
            Line("faults that `manage.py ledger` finds", len(faults), 0, faults[:5]),
            Line("credits on hold when all questions are answered", CreditEntry.objects.all().on_hold(), 0),
            Line("rows still moving then", Generation.objects.moving().count(), 0),
        ]

    def used(self) -> str:
        """Seconds of processor by part, while all are there."""
        parts = {"vendor": self.vendor.process, "workers": self.crew.nursery, "web": self.web}
        parts |= {f"site {n}": site.process for n, site in enumerate(self.crew.sites, 1)}
        used = {name: processor_of(part.pid) for name, part in parts.items() if part}
        return ", ".join(f"{name} {seconds:.0f}" for name, seconds in used.items())

    def words(self) -> str:
        deaths = faults.deaths(self.folder).total()
        acts = ", ".join(f"{name} until {seconds:.0f} s" for name, seconds in self.act_ends.items())
        return (
            f"{self.clicks.made} clicks ({self.clicks.doubled} doubled), {self.crew.kills} random kills,"
            f" {deaths} at {len(self.points)} points; {acts}"
        )

    # --- web ----------------------------------------------------------------------------------------------

    def open_web(self) -> None:
        """Somebody must hear the vendor's callbacks while there is no complete site."""
        command = [sys.executable, "-m", "gunicorn", "-c", "python:flowsite.webserver", "tests.chaos.wsgi"]
        self.web = subprocess.Popen(command, cwd=ROOT, stdout=self.crew.log, stderr=self.crew.log)

    def close_web(self) -> None:
        if self.web:
            self.web.terminate()
            self.web.wait(timeout=20)
            self.web = None

    def end(self) -> None:
        self.crew.end()
        self.close_web()
        self.vendor.stop()
