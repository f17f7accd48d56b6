"""What the sandbox remembers: one file of JSON lines that is only ever added to.

A line is in the operating system's hands before the answer leaves, so a `kill -9` of the sandbox loses no
accepted job. A machine that loses power may lose the last moments; nobody pays for that here.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Diary:
    """Everything that ever happened in this sandbox, in order."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "world.jsonl"
        self._lock = threading.Lock()
        self._cut_torn_end()
        self._file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def write(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, **facts}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            os.write(self._file, line)

    def read(self) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def close(self) -> None:
        with self._lock:
            os.close(self._file)

    def _cut_torn_end(self) -> None:
        """Forget half a last line, which a kill in the middle of a write may have left."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.truncate(self.path, whole)
