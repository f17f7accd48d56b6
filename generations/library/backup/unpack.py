"""Reading a backup: checked from end to end before anything of the site is touched."""

import contextlib
import gzip
import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from generations.models.secret import Secret

from .. import storage
from . import rows

VERSION = 1
BLOCK = 1 << 20
MEDIA = "media/"


class BadBackup(Exception):
    """The file cannot be restored; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Contents:
    """What a whole backup holds: when it was made, of which schema, how much of what."""

    made_at: str
    database: str
    migrations: tuple[tuple[str, str], ...]
    rows: int
    files: int
    bytes: int
    with_keys: bool


def check(path: Path) -> Contents:
    """Read the whole file and compare every part with the list at its end. Raises BadBackup, OSError."""
    found: dict[str, tuple[int, str]] = {}
    about, listed, last = None, None, ""
    with _opened(path) as tar:
        for info in tar:
            last, digest, kept = info.name, hashlib.sha256(), bytearray()
            for block in _blocks(tar, info):
                digest.update(block)
                if info.name in ("flowsite.json", "contents.json"):
                    kept += block
            found[info.name] = (info.size, digest.hexdigest())
            if info.name == "flowsite.json":
                about = _json(kept)
            if info.name == "contents.json":
                listed = {name: tuple(told) for name, told in _json(kept).items()}
                found.pop(info.name)
    if listed is None or last != "contents.json":
        raise BadBackup("The backup is cut off: its list of contents is missing.")
    if listed != found:
        wrong = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
        raise BadBackup(f"The backup is damaged: {wrong[0]} is not as it was written.")
    return _contents(about, found)


def _contents(about: dict | None, found: dict[str, tuple[int, str]]) -> Contents:
    if not isinstance(about, dict) or about.get("flowsite") != VERSION:
        raise BadBackup("This backup was not written by Flowsite, or by a later version of it.")
    media = [size for name, (size, _) in found.items() if name.startswith(MEDIA)]
    return Contents(
        made_at=about["made_at"],
        database=about["database"],
        migrations=tuple((app, name) for app, name in about["migrations"]),
        rows=sum(about["rows"].values()),
        files=len(media),
        bytes=sum(media),
        with_keys=about["with_keys"],
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError):
        raise BadBackup("This is no backup of Flowsite, or it is cut off.") from None


def _blocks(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    source = tar.extractfile(info)
    if source is None:
        raise BadBackup(f"The backup holds {info.name}, which is no file.")
    left = info.size
    while block := source.read(BLOCK):
        left -= len(block)
        yield block
    if left:
        raise BadBackup("The backup is cut off.")


def _json(content: bytes):
    try:
        return json.loads(content)
    except ValueError:
        raise BadBackup("The backup is damaged: a list in it cannot be read.") from None


# --- files ------------------------------------------------------------------------------------------------


def restore_files(path: Path, progress: Callable[[int], None] = lambda done: None) -> int:
    """Bring the files of a checked backup under their names, each whole or not at all; returns how many.

    One that is there already with the same bytes is left alone, so it may be repeated. Raises NoRoom.
    """
    done = 0
    with _opened(path) as tar:
        for info in tar:
            if info.name.startswith(MEDIA):
                _bring(tar, info, info.name.removeprefix(MEDIA))
                done += 1
                progress(done)
    return done


def _bring(tar: tarfile.TarFile, info: tarfile.TarInfo, name: str) -> None:
    try:
        here = storage.full_path(name)
    except ValueError as wrong:
        raise BadBackup(str(wrong)) from None
    if here.is_file() and here.stat().st_size == info.size:
        with here.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").digest()
        digest = hashlib.sha256()
        for block in _blocks(tar, info):
            digest.update(block)
        if digest.digest() == same:
            return
    with storage.Incoming(name) as incoming:
        for block in _blocks(tar, info):
            incoming.write(block)
        incoming.keep()


# --- rows -------------------------------------------------------------------------------------------------


def restore_rows(path: Path, contents: Contents, then: Callable[[], None]) -> int:
    """Replace all rows by those of the backup and do `then`, all in one transaction; returns how many.

    An older backup goes into tables of its own time, which are brought up to date afterwards; only then
    is it more than one transaction. Raises BadBackup for a backup of a later version.
    """
    executor = MigrationExecutor(connection)
    ahead = set(contents.migrations) - set(executor.loader.disk_migrations)
    if ahead:
        raise BadBackup("This backup was made by a later version of Flowsite. Install that one first.")
    if set(executor.loader.disk_migrations) == set(contents.migrations):
        call_command("migrate", verbosity=0, interactive=False)
        with transaction.atomic():
            done = _load(path, apps)
            then()
        return done
    registry = _tables_of_then(contents)
    with transaction.atomic():
        done = _load(path, registry)
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        then()
    return done


def _tables_of_then(contents: Contents):
    """Take all tables down and lay them as they were when the backup was made; returns the models of then."""
    rows.drop_tables()
    executor = MigrationExecutor(connection)
    nodes, had = executor.loader.graph.node_map, set(contents.migrations)
    leaves = [node for node in had if not any(child.key in had for child in nodes[node].children)]
    return executor.migrate(leaves).apps


def _load(path: Path, registry) -> int:
    reseal = _resealer(_keys(path))
    rows.empty_tables()
    with _opened(path) as tar:
        source = tar.extractfile("rows.jsonl.gz")
        with gzip.GzipFile(fileobj=source) as lines:
            return rows.read_rows(lines, registry, reseal)


def _keys(path: Path) -> list[str]:
    with _opened(path) as tar:
        if "keys.json" not in tar.getnames():
            return []
        return json.loads(tar.extractfile("keys.json").read())


def _resealer(keys: list[str]) -> Callable[[Secret], Secret] | None:
    """Opens with the keys of the backup and seals with those of this site."""
    if not keys:
        return None
    box = MultiFernet([Fernet(key) for key in keys])

    def reseal(secret: Secret) -> Secret:
        try:
            return Secret.seal(box.decrypt(secret.sealed.encode()).decode())
        except InvalidToken:
            return secret

    return reseal
