"""Writing a backup while the site goes on.

Rows first, in one snapshot; files after them. A row that says READY names a file that lay under its final
name before, so every file the rows name is there to be read. The one kind of file that goes away by itself,
bytes that came inside an answer, is read inside the snapshot, and a new one is taken when one was missed.
"""

import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from generations.models import ClipState, clock

from .. import storage
from . import rows, unpack

VERSION = 1
SPOOLED = "kept:"  # flow.collect.ENCODED: bytes that wait in the store and cannot be asked for again
SNAPSHOTS = 5


@dataclass
class Packed:
    """What went into the file; `troubles` are sentences about what is missing in it."""

    rows: int = 0
    files: int = 0
    bytes: int = 0
    with_keys: bool = False
    troubles: list[str] = field(default_factory=list)


class SpoolWentAway(Exception):
    """A file of the spool was used up between the snapshot and its reading."""


def write_backup(
    target: Path, *, with_keys: bool = False, progress: Callable[[Packed], None] = lambda packed: None
) -> Packed:
    """Write everything into `target`, read it back, and only then give it its name.

    The keys that open stored tokens stay out unless `with_keys`. Raises OSError (a full disk too), and
    unpack.BadBackup when what was written does not read back.
    """
    target = target.resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            packed = _write(out, target.parent, with_keys, progress)
            out.flush()
            os.fsync(out.fileno())
        unpack.check(part)
        os.replace(part, target)
        storage.sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return packed


def _write(out: BinaryIO, beside: Path, with_keys: bool, progress) -> Packed:
    packed = Packed(with_keys=with_keys)
    with tempfile.TemporaryFile(dir=beside) as spare, tarfile.open(fileobj=out, mode="w|") as tar:
        bundle = Bundle(tar)
        counts, named, spool = _rows_of_one_moment(spare)
        packed.rows = sum(counts.values())
        bundle.add_bytes("flowsite.json", _about(counts, with_keys))
        if with_keys:
            bundle.add_bytes("keys.json", json.dumps(list(settings.TOKEN_KEYS)).encode())
        size = spare.seek(0, io.SEEK_END)
        spare.seek(0)
        bundle.add("rows.jsonl.gz", spare, size)
        for name, content in spool.items():
            bundle.add_bytes(f"media/{name}", content)
        for name, path in files_below(Path(settings.MEDIA_ROOT)):
            if name not in spool:
                bundle.add_file(f"media/{name}", path)
                packed.files, packed.bytes = bundle.files, bundle.bytes
                progress(packed)
        packed.files, packed.bytes = bundle.files, bundle.bytes
        missing = sorted(name for name in named if f"media/{name}" not in bundle.contents)
        packed.troubles = [f"{name}: a row names it, and it is not in the media folder." for name in missing]
        bundle.close()
    return packed


def _rows_of_one_moment(spare: BinaryIO) -> tuple[dict[str, int], set[str], dict[str, bytes]]:
    """Rows per table, files that rows name, and the spool's bytes, all of the same moment."""
    for _ in range(SNAPSHOTS):
        spare.seek(0)
        spare.truncate()
        named: set[str] = set()
        spooled: set[str] = set()
        try:
            with rows.snapshot():
                with gzip.GzipFile(fileobj=spare, mode="wb", compresslevel=3, mtime=0) as out:
                    counts = rows.write_rows(out, lambda table, row: _note(table, row, named, spooled))  # noqa: B023
                return counts, named, {name: _spooled(name) for name in sorted(spooled)}
        except SpoolWentAway:
            continue
    return counts, named, {}  # reported as missing, or saved already: the files below have them


def _note(table: str, row: dict, named: set[str], spooled: set[str]) -> None:
    if table == "generations.picture":
        named.add(row["file"])
    if table == "generations.clip":
        if row["state"] == ClipState.READY:
            named.add(row["file"])
        if row["state"] == ClipState.SAVING and row["source_url"].startswith(SPOOLED):
            spooled.add(row["source_url"].removeprefix(SPOOLED))


def _spooled(name: str) -> bytes:
    try:
        return storage.full_path(name).read_bytes()
    except FileNotFoundError:
        raise SpoolWentAway(name) from None


def _about(counts: dict[str, int], with_keys: bool) -> bytes:
    told = {
        "flowsite": VERSION,
        "made_at": clock.now().isoformat(),
        "database": connection.vendor,
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "rows": counts,
        "with_keys": with_keys,
    }
    return json.dumps(told, indent=1).encode()


def files_below(root: Path) -> Iterator[tuple[str, Path]]:
    """Stored names and paths of all whole files, in order; a dot begins what is on its way, or a probe."""
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path


class Bundle:
    """A tar that remembers size and hash of what it was given."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.contents: dict[str, tuple[int, str]] = {}
        self.files = self.bytes = 0

    def add(self, name: str, source: BinaryIO, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashed = Hashed(source)
        self.tar.addfile(info, hashed)
        self.contents[name] = (size, hashed.hash.hexdigest())

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """A file as it is when it is opened; one that has gone meanwhile is left out."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            self.add(name, source, os.fstat(source.fileno()).st_size)
        self.files += 1
        self.bytes += self.contents[name][0]

    def close(self) -> None:
        self.add_bytes("contents.json", json.dumps(self.contents).encode())


class Hashed:
    """Hashes what is read through it."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.hash = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self.source.read(size)
        self.hash.update(chunk)
        return chunk
