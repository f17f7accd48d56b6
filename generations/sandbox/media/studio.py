"""Where files come from: painted ahead in a process of its own, kept, and marked on the way out.

A poll never waits for a picture. A download waits, when it comes before the picture is painted.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import itertools
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import canned, edits, marks
from .looks import Look, look_of

if TYPE_CHECKING:
    from ..world import Media

ROOM = 120  # films kept, about 4 MB each
PATIENCE = 120.0  # seconds a download waits for its picture before it gets the canned one


class Studio:
    """One painter behind a queue; the picture that is due first is painted first."""

    def __init__(self, folder: Path, *, canned: bool = False) -> None:
        self.folder = folder
        self.canned = canned
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uploads").mkdir(exist_ok=True)
        self._queue: list[tuple[float, int, Look]] = []
        self._numbers = itertools.count()
        self._painted: dict[str, threading.Event] = {}
        self._more = threading.Condition()
        self._closed = False
        self._painter: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    # -- painting ahead ---------------------------------------------------------------------------

    def prepare(self, media: Media) -> None:
        """Have the media's file painted before it is asked for."""
        if not self.canned and not media.upload:
            self._order(look_of(media.look), media.ready)

    def _order(self, look: Look, due: float) -> threading.Event:
        with self._more:
            event = self._painted.get(look.key)
            if event is None or (event.is_set() and not self._path(look).exists()):
                event = self._painted[look.key] = threading.Event()
                if self._path(look).exists():
                    event.set()
                else:
                    heapq.heappush(self._queue, (due, next(self._numbers), look))
                    self._start()
                    self._more.notify()
            return event

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="studio", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._more:
                while not self._queue and not self._closed:
                    self._more.wait()
                if self._closed:
                    return
                _, _, look = heapq.heappop(self._queue)
            try:
                self._paint(look)
                self._make_room()
            finally:
                self._painted[look.key].set()

    def _paint(self, look: Look) -> None:
        """Let the painter's process make the file; a painter that died is replaced once."""
        order = json.dumps({"look": look.facts(), "folder": str(self.folder)}) + "\n"
        for _ in range(2):
            painter = self._painter
            if painter is None or painter.poll() is not None:
                painter = self._painter = self._hire()
            try:
                assert painter.stdin and painter.stdout
                painter.stdin.write(order)
                painter.stdin.flush()
                if painter.stdout.readline():
                    return
            except OSError:
                continue

    def _make_room(self) -> None:
        """Forget the films not used for longest; the same look is painted to the same bytes again."""
        films = sorted(self.folder.glob("*.mp4"), key=lambda path: path.stat().st_mtime)
        for path in films[: max(0, len(films) - ROOM)]:
            path.unlink(missing_ok=True)

    @staticmethod
    def _hire() -> subprocess.Popen[str]:
        """A painter that is nice to the other processes and leaves when we do: its input ends with us."""
        root = str(Path(__file__).resolve().parents[3])
        command = [sys.executable, "-m", "generations.sandbox.media.painter"]
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": paths},
        )

    def close(self) -> None:
        with self._more:
            self._closed = True
            self._more.notify_all()
        if self._painter:
            self._painter.kill()
            self._painter.wait()
            for pipe in (self._painter.stdin, self._painter.stdout):
                if pipe:
                    pipe.close()

    # -- handing out ------------------------------------------------------------------------------

    def content(self, media: Media, kind: str) -> tuple[bytes, str]:
        """Bytes and type of the clip (`video`) or its still (`image`), with the media's own mark."""
        if media.upload and kind == media.kind:
            return self._upload(media.upload).read_bytes(), media.mime
        if kind == "video":
            base, mime = self._clip(media), "video/mp4"
        else:
            base, mime = self._still(media)
        text = marks.note(media.id, kind=kind, seed=media.seed, prompt=media.prompt[:200])
        return marks.mark(base, mime, text), mime

    def sha256(self, media: Media) -> str:
        return hashlib.sha256(self.content(media, media.kind)[0]).hexdigest()

    def base64_of(self, media: Media) -> str:
        return base64.b64encode(self.content(media, "image")[0]).decode()

    def _clip(self, media: Media) -> bytes:
        path = None if self.canned else self._ready(look_of(media.look))
        return path.read_bytes() if path else canned.clip(media.height > media.width)

    def _still(self, media: Media) -> tuple[bytes, str]:
        if media.upload:
            return edits.poster(self._upload(media.upload).read_bytes()), "image/jpeg"
        mime = media.mime if media.kind == "image" and media.mime else "image/jpeg"
        path = None if self.canned else self._ready(look_of(media.look), still=True)
        return (path.read_bytes() if path else canned.still(media.width, media.height, mime)), mime

    def _ready(self, look: Look, *, still: bool = False) -> Path | None:
        """The painted file, waited for; None when it could not be painted."""
        self._order(look, 0.0).wait(PATIENCE)
        path = self._path(look, still=still)
        try:
            os.utime(path)  # used just now, so it is the last to be forgotten
        except OSError:
            return None
        return path

    def _path(self, look: Look, *, still: bool = False) -> Path:
        return self.folder / f"{look.key}.{'mp4' if look.seconds and not still else 'still'}"

    # -- uploads, edits, samples ------------------------------------------------------------------

    def _upload(self, name: str) -> Path:
        return self.folder / "uploads" / name

    def keep_upload(self, name: str, content: bytes) -> None:
        path = self._upload(name)
        if not path.exists():
            half = path.with_suffix(f".{threading.get_ident()}")
            half.write_bytes(content)
            half.replace(path)

    def animated(self, media: Media) -> bytes:
        return edits.gif(self.content(media, "video")[0])

    def joined(self, parts: list[tuple[Media, float, float]]) -> bytes:
        content = [(self.content(media, "video")[0], start, end) for media, start, end in parts]
        joined = edits.join(content)
        text = marks.note("+".join(media.id for media, _, _ in parts), kind="joined")
        return marks.mark(joined, "video/mp4", text)

    def enlarged_still(self, media: Media, lines: int) -> bytes:
        enlarged = edits.enlarge(self.content(media, "image")[0], lines)
        return marks.mark(enlarged, "image/jpeg", marks.note(media.id, kind="enlarged"))

    def voice_sample(self, name: str) -> bytes:
        return edits.hum(name)

    def facts(self) -> dict[str, Any]:
        return {"canned": self.canned, "painting": len(self._queue)}
