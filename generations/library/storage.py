"""Where our files live: below settings.MEDIA_ROOT, whole under their final name or not there at all.

Bytes go to a temporary file beside the target (same file system), are hashed and counted on the way,
synced, renamed, and the folder is synced as well; only then does anyone write a row that names the file.
A process that dies in between leaves a `.part` file, which no row names and `sweep_temporaries` removes.
Names come from us: lower case, letters a file system anywhere accepts, never the vendor's or a person's.
"""

import errno
import hashlib
import os
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from generations.models import Clip

__all__ = [
    "Incoming",
    "Kept",
    "NoRoom",
    "free_bytes",
    "full_path",
    "open_media",
    "place_for",
    "sweep_temporaries",
]

ENDINGS = {
    "video/mp4": "mp4",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
}
TEMPORARY = ".part"
BLOCK = 1 << 20
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
KEEP_FREE = 256 << 20  # clips leave so much of the disk to the database, or a full disk would stop the site
LOOK_EVERY = 16 << 20  # bytes written between two looks at what is free
FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class NoRoom(Exception):
    """The media folder takes no more; `sentence` is fit for people. Saving may go on once that is mended."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def full_path(file: str) -> Path:
    """The path on disk of a stored name. Raises ValueError for a name that leads out of the media folder."""
    parts = file.split("/")
    if not file or file.startswith("/") or "\\" in file or any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{file!r} is not a name of ours.")
    return Path(settings.MEDIA_ROOT, *parts)


def place_for(clip: Clip, content_type: str) -> str:
    """The stored name of a clip: "2026/11/24/228a-<id>.mp4", sandbox work under "sandbox/".

    The same clip and type always get the same name, so collecting twice replaces the file by itself;
    the id makes it unique among teams. An unknown type ends in ".bin" until it has been looked at.
    """
    day = clip.generation.made_at.strftime("%Y/%m/%d")
    name = f"{day}/{clip.label.lower()}-{_base36(clip.pk)}.{ending_for(content_type)}"
    return f"sandbox/{name}" if clip.generation.is_sandbox else name


def ending_for(content_type: str) -> str:
    """mp4, png, jpg, webp or gif; bin for anything else."""
    return ENDINGS.get(content_type.partition(";")[0].strip().lower(), "bin")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


@dataclass(frozen=True)
class Kept:
    """A file that is ours: stored name, hash of its content, size in bytes."""

    file: str
    sha256: str
    size: int


class Incoming:
    """A file on its way in. Leaving the `with` block without `keep()` removes every trace of it.

    Every method raises NoRoom when the disk is full or the folder may not be written; with `keep_free` also
    when less than so many bytes are left for the rest of the site.
    """

    def __init__(self, file: str, *, keep_free: int = 0) -> None:
        self.file = file
        self.size = 0
        self._keep_free, self._unchecked = keep_free, LOOK_EVERY
        self._target = full_path(file)
        self._part = self._target.with_name(f".{self._target.name}.{secrets.token_hex(6)}{TEMPORARY}")
        self._hash = hashlib.sha256()
        self._kept = False

    def __enter__(self) -> Self:
        with _room():
            _make_folder(self._target.parent)
            self._leave_room(0)
            self._out = open(self._part, "xb")
        return self

    def _leave_room(self, more: int) -> None:
        self._unchecked += more
        if self._keep_free and self._unchecked >= LOOK_EVERY:
            self._unchecked = 0
            if free_bytes() < self._keep_free:
                raise OSError(errno.ENOSPC, "Less is free than is kept for the rest of the site")

    def write(self, chunk: bytes) -> None:
        with _room():
            self._leave_room(len(chunk))
            self._out.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def path(self) -> Path:
        """The temporary file with all that was written so far, to look into before keeping it."""
        with _room():
            self._out.flush()
        return self._part

    def measure(self) -> None:
        """Hash and count what something else has written into `path`, because it had to go back and forth.

        The disk is told to sync it meanwhile, so that `keep` waits less.
        """
        self._hash, self.size = hashlib.sha256(), 0
        with open(self._part, "rb") as file, ThreadPoolExecutor(1) as beside:
            synced = beside.submit(os.fsync, file.fileno())
            while block := file.read(BLOCK):
                self._hash.update(block)
                self.size += len(block)
            with _room():
                synced.result()

    def keep(self, file: str = "") -> Kept:
        """Sync, rename to the target (or to `file`, a name in the same folder), sync the folder."""
        target = full_path(file) if file else self._target
        if target.parent != self._target.parent:
            raise ValueError("A file is kept in the folder it came in to.")
        with _room():
            self._out.flush()
            os.fsync(self._out.fileno())
            self._out.close()
            os.replace(self._part, target)
            self._kept = True
            sync_folder(target.parent)
        return Kept(file or self.file, self.sha256, self.size)

    def __exit__(self, *_) -> None:
        try:
            self._out.close()  # flushes, and may find the disk full once more
        except OSError:
            pass
        finally:
            if not self._kept:
                self._part.unlink(missing_ok=True)


class _room:
    """Turns what the operating system says about a full or closed disk into NoRoom."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _, exc: BaseException | None, __) -> None:
        if not isinstance(exc, OSError):
            return
        if exc.errno in FULL:
            raise NoRoom(
                "The disk for clips is full. Nothing is lost: saving goes on once there is room."
            ) from exc
        if exc.errno in CLOSED:
            raise NoRoom(
                "Flowsite may not write into its media folder. Saving goes on once that is mended."
            ) from exc


def _make_folder(folder: Path) -> None:
    """Like mkdir -p, but each new name is synced: a file is only as durable as the folders above it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_media(file: str) -> BinaryIO:
    """A stored file, open for reading. Raises FileNotFoundError, ValueError."""
    return open(full_path(file), "rb")


def free_bytes() -> int:
    """Room left on the disk that holds the media folder."""
    place = Path(settings.MEDIA_ROOT)
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def sweep_temporaries(older_than: timedelta) -> int:
    """Remove what dead processes left half-written; returns how many. Younger files may still be growing."""
    limit, gone = time.time() - older_than.total_seconds(), 0
    for folder, _, names in os.walk(settings.MEDIA_ROOT):
        for name in names:
            path = Path(folder, name)
            try:
                if name.startswith(".") and name.endswith(TEMPORARY) and path.stat().st_mtime < limit:
                    path.unlink()
                    gone += 1
            except FileNotFoundError:
                continue  # its owner was quicker
    return gone
