"""The make-believe vendor as a whole: its worlds, its switches, its own record, and what it remembers."""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .callbacks import Callbacks
from .clock import Clock
from .media.studio import Studio
from .store import Diary
from .troubles import Troubles
from .wire import Refusal, Request
from .world import SIGNED_OUT, Job, Media, World

TOKEN = re.compile(r"Bearer user:(\d+)-sandbox\S*")


@dataclass
class Switches:
    """What tests and demonstrations may turn while the sandbox runs (`POST /_control/switches`)."""

    speed: float = 1.0
    accept_delay: float = 0.2  # seconds at speed 1; live 7-12
    image_seconds: float = 12.0
    job_seconds: float = 0.0  # 0: as the model takes
    link_seconds: float = 6 * 3600.0
    echo_reply_ref: bool = True
    history_lag: float = 0.0  # statistics show jobs only so many seconds later
    history_full: bool = False  # ten pictures of somebody else fill the history
    jobid_style: str = "live"  # or "docs": masked e-mail
    omni_end_frame: bool = False
    omni_voice_alone: bool = False
    duplicate_callbacks: bool = False
    max_running: int = 0  # 0: no limit; else 429 beyond so many running jobs of one account


class Vendor:
    """Everything the sandbox knows. Made once per process; reads its diary back at the start."""

    def __init__(self, folder: Path, *, seed: int = 0, canned: bool = False, **switches: Any) -> None:
        self.seed = seed
        self.folder = folder
        self.clock = Clock()
        self.stopping = threading.Event()
        self.switches = Switches()
        self.counters: Counter[str] = Counter()
        self.troubles = Troubles(seed)
        self.worlds: dict[str, World] = {}
        self.downloads: Counter[str] = Counter()
        self.origin = ""
        self.diary = Diary(folder)
        self._lock = threading.Lock()
        self._lives = 0
        self.callbacks = Callbacks(self)
        for line in self.diary.read():
            self._recall(line)
        self._numbers = itertools.count(1)
        self.diary.write("start", at=self.clock.now())
        self._lives += 1
        for name, value in switches.items():
            setattr(self.switches, name, value)
        self.studio = Studio(folder / "media", canned=canned)
        for world in self.worlds.values():
            for job in world.executing(self.clock.now()):
                self.callbacks.follow(job)

    # -- who asks ---------------------------------------------------------------------------------

    def world_of(self, request: Request) -> World:
        """The world of the caller's token, made at the first call; 401 for every foreign token."""
        match = TOKEN.fullmatch(request.headers.get("authorization", ""))
        if not match:
            raise Refusal(401, {"error": "Unauthorized"})
        return self.world(match[1])

    def world(self, user: str) -> World:
        with self._lock:
            if user not in self.worlds:
                self.worlds[user] = World(user, self.clock.now())
            return self.worlds[user]

    # -- names ------------------------------------------------------------------------------------

    def make_id(self) -> str:
        """A fresh id, the same one for the same seed and the same calls in the same order."""
        text = f"{self.seed}/{self._lives}/{next(self._numbers)}"
        return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))

    def make_number(self) -> int:
        return int(self.make_id()[-7:], 16)

    def make_jobid(self, world: World, email: str, letter: str) -> str:
        """A job id in the style of live answers or of the documentation (flow-api.md section 3.3)."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        if self.switches.jobid_style == "docs":
            name, _, host = email.partition("@")
            start = f"{int(now.timestamp() * 1000)}{self.make_number() % 1000:03d}"
            email = f"{name[:2]}***@{host}"
        else:
            start = f"{now:%m%d%H%M%S}{now.microsecond // 1000:03d}{self.make_number() % 1_000_000:06d}"
        return f"j{start}{letter}-u{world.user}-email:{email}-bot:google-flow"

    # -- what happened ----------------------------------------------------------------------------

    def accept(self, world: World, job: Job) -> None:
        """Write an accepted job down, before anybody is told, and let its pictures be painted."""
        self.diary.write("job", **asdict(job))
        self._take_in(world, job)
        self.counters[f"accepted {job.endpoint}"] += 1
        for item in job.items:
            if not item.get("failed"):
                self.studio.prepare(world.media[item["id"]])
        self.callbacks.follow(job)

    def add_media(self, world: World, media: Media) -> None:
        self.diary.write("media", user=world.user, media=asdict(media))
        world.media[media.id] = media

    def change(self, what: str, **facts: Any) -> None:
        """Carry out a small change of the world and remember it."""
        line = {"what": what, "at": self.clock.now(), **facts}
        self._recall(line)
        self.diary.write(**line)

    def change_switches(self, changes: dict[str, Any]) -> None:
        """Set switches; ValueError for a name that is none."""
        known = {name: type(value) for name, value in asdict(Switches()).items()}
        if unknown := set(changes) - set(known):
            raise ValueError(f"No switch is called {', '.join(sorted(unknown))}")
        if float(changes.get("speed", 1)) <= 0:
            raise ValueError("The speed must be greater than 0")
        self.change("switches", changes={name: known[name](value) for name, value in changes.items()})
        self.clock.wake()

    def _take_in(self, world: World, job: Job) -> None:
        world.add_job(job)
        for item in job.items:
            if item.get("failed"):
                continue
            world.media[item["id"]] = Media(
                id=item["id"], email=job.email, kind=item["kind"], created=job.ends, look=item["look"],
                width=item["width"], height=item["height"], seconds=item["seconds"], seed=item["seed"],
                prompt=str(job.request.get("prompt", "")), model=job.model, project=item["project"],
                job=job.id, mime=item.get("mime", ""), ready=job.ends, trouble=item.get("trouble", ""),
            )  # fmt: skip

    def _recall(self, line: dict[str, Any]) -> None:
        line = dict(line)
        what = line.pop("what")
        if what == "start":
            self._lives += 1
            return
        if what == "job":
            world = self.world(line["user"])
            world.settle(line["created"])
            self._take_in(world, Job(**line))
            return
        getattr(self, f"_recall_{what}")(line)

    def _recall_media(self, line: dict[str, Any]) -> None:
        self.world(line["user"]).media[line["media"]["id"]] = Media(**line["media"])

    def _recall_delete(self, line: dict[str, Any]) -> None:
        media = self.world(line["user"]).media
        for name in line["ids"]:
            if name in media:
                media[name].deleted = True

    def _recall_clock(self, line: dict[str, Any]) -> None:
        self.clock.advance(line["seconds"])

    def _recall_switches(self, line: dict[str, Any]) -> None:
        for name, value in line["changes"].items():
            setattr(self.switches, name, value)

    def _recall_account(self, line: dict[str, Any]) -> None:
        world = self.world(line["user"])
        world.settle(line["at"])
        account = world.account(line["email"])
        if account is None:
            return
        if line.get("credits") is not None:
            account.balance = line["credits"]
        if line.get("health") is not None:
            account.health = {"out": SIGNED_OUT}.get(line["health"], line["health"])
        if line.get("manager") is not None:
            account.manager = line["manager"]

    def _recall_forget(self, line: dict[str, Any]) -> None:
        self.world(line["user"]).accounts.pop(line["email"], None)

    def _recall_voice(self, line: dict[str, Any]) -> None:
        self._put(self.world(line["user"]).voices, line)

    def _recall_character(self, line: dict[str, Any]) -> None:
        self._put(self.world(line["user"]).characters, line)

    @staticmethod
    def _put(shelf: dict[str, dict[str, Any]], line: dict[str, Any]) -> None:
        if line["facts"] is None:
            shelf.pop(line["id"], None)
        else:
            shelf[line["id"]] = line["facts"]

    def _recall_solvers(self, line: dict[str, Any]) -> None:
        solvers = self.world(line["user"]).solvers
        solvers.update(line["keys"])
        for name in [name for name, key in solvers.items() if not key]:
            del solvers[name]

    def _recall_reply_url(self, line: dict[str, Any]) -> None:
        self.world(line["user"]).reply_url = line["url"]

    def close(self) -> None:
        self.stopping.set()
        self.clock.wake()
        self.callbacks.close()
        self.studio.close()
        self.diary.close()
