"""A backup is one moment of a site that goes on; restored, it is that moment, and nothing is paid twice."""

import gzip
import hashlib
import io
import json
import os
import secrets
import subprocess
import sys
import tarfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, connections

from generations.flow import collect, send
from generations.flow.engine import restored
from generations.library.backup import BadBackup, check, write_backup
from generations.library.storage import full_path
from generations.models import Clip, Connection, Generation, Heartbeat, Outcome, Site, State, clock
from tests.conftest import ROOT

from .conftest import fresh

pytestmark = pytest.mark.django_db(transaction=True)


class Backup:
    """What a backup holds, read without our code: rows by table and key, bytes by name."""

    def __init__(self, path: Path) -> None:
        self.rows: dict[str, dict] = {}
        with tarfile.open(path) as tar:
            self.files = {m.name.removeprefix("media/"): tar.extractfile(m).read() for m in tar
                          if m.name.startswith("media/")}  # fmt: skip
            self.text = b"".join(tar.extractfile(m).read() for m in tar if m.name.endswith(".json"))
            lines = gzip.decompress(tar.extractfile("rows.jsonl.gz").read()).splitlines()
        for line in map(json.loads, lines):
            if isinstance(line, dict):
                table, names = self.rows.setdefault(line["table"], {}), line["columns"]
                key = "id" if "id" in names else names[0]
            else:
                row = dict(zip(names, line, strict=True))
                table[row[key]] = row


class OtherSite:
    """A second site of its own folder, database and keys, reached by its commands alone."""

    def __init__(self, folder: Path, database: str) -> None:
        self.media = folder / "media"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = kept | {"DATA_DIR": str(folder), "DATABASE_URL": database,
                           "TOKEN_KEYS": Fernet.generate_key().decode()}  # fmt: skip

    def manage(self, *words, status: int = 0) -> str:
        run = subprocess.run([sys.executable, "manage.py", *map(str, words)], cwd=ROOT, env=self.env,
                             capture_output=True, text=True, timeout=120)  # fmt: skip
        assert run.returncode == status, run.stdout + run.stderr
        return run.stdout + run.stderr


@pytest.fixture
def other_site(tmp_path):
    """An empty site on the same kind of database."""
    folder = tmp_path / "other"
    if connection.vendor == "sqlite":
        yield OtherSite(folder, "")
        return
    name, told = f"restored_{secrets.token_hex(4)}", connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    password = f":{told['PASSWORD']}" if told["PASSWORD"] else ""
    host = f"{told['HOST'] or '127.0.0.1'}:{told['PORT'] or 5432}"
    yield OtherSite(folder, f"postgres://{told['USER']}{password}@{host}/{name}")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# What a restore changes on purpose, and nothing else.
CHANGED = {
    "generations.generation": {"state", "version", "due_at", "wait_reason", "uncertain_at", "failure_text"},
    "generations.attempt": {"outcome", "closed_at", "reason", "status"},
    "generations.clip": {"lease_until", "due_at"},
    "generations.errand": {"state", "lease_until"},
    "generations.team": {"version"},
    "generations.site": {"site_id", "saving_stopped_at", "saving_trouble"},
    "generations.connection": {"is_good", "trouble", "token"},
}


def same_but_for_the_changes(before: Backup, after: Backup) -> None:
    assert before.rows.keys() == after.rows.keys()
    for table, rows in before.rows.items():
        left_out = CHANGED.get(table, set())
        for key, row in rows.items():
            back = after.rows[table][key]
            for name in row.keys() - left_out:
                assert back[name] == row[name], f"{table} {key} {name}"
        if table != "generations.event":
            assert after.rows[table].keys() == rows.keys(), table


def test_a_backup_taken_while_clips_are_made_is_a_whole_site_elsewhere(
    vendor, account, click, engine, tmp_path, other_site, settings
):
    settings.SUBMITS_AT_ONCE = 3
    for prompt in ("one", "two"):
        engine.finish(click(prompt, count=2))
    waiting = click("waits until tomorrow")
    Generation.objects.filter(pk=waiting.pk).update(due_at=clock.now() + timedelta(days=1))
    sending = click("was being sent")
    send.claim(sending, sending.account)
    stop = threading.Event()

    def go_on():
        try:
            while not stop.is_set():
                click("made meanwhile")
                engine.turn()
        finally:
            connections.close_all()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        made = Generation.objects.filter(prompt="made meanwhile", state=State.READY)
        while thread.is_alive() and made.count() < 2:
            stop.wait(0.05)
        file = tmp_path / "site.backup"
        packed = write_backup(file, with_keys=True)
    finally:
        stop.set()
        thread.join(timeout=30)
    assert packed.troubles == []
    assert not list(tmp_path.glob(".*part"))
    before = Backup(file)

    said = other_site.manage("restore", file)
    again = tmp_path / "again.backup"
    other_site.manage("backup", again)
    after = Backup(again)

    same_but_for_the_changes(before, after)
    ready = [row for row in after.rows["generations.clip"].values() if row["state"] == "ready"]
    assert len(ready) >= 6
    for row in ready:
        assert hashlib.sha256((other_site.media / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    for name, content in before.files.items():
        assert (other_site.media / name).read_bytes() == content, name
    rows = after.rows["generations.generation"]
    states = {row["prompt"]: row["state"] for row in rows.values()}
    assert (states["waits until tomorrow"], states["was being sent"]) == ("held", "uncertain")
    assert "waiting" not in states.values() and "sending" not in states.values()
    assert "may have been sent after this backup" in said
    site_id = next(iter(before.rows["generations.site"].values()))["site_id"]
    assert next(iter(after.rows["generations.site"].values()))["site_id"] != site_id
    assert {row["outcome"] for row in after.rows["generations.attempt"].values()} == {"accepted", "unknown"}
    assert "cannot be opened" not in said, "the keys came along, and the tokens are under this site's own"
    # What it says on the card, and that the index finds what came over.
    asked = [e for e in after.rows["generations.event"].values() if e["verb"] == "held after restore"]
    assert asked and all("may have been sent after this backup" in e["why"] for e in asked)
    other_site.manage("reindex", "--check")


def test_keys_stay_out_unless_asked_and_the_file_is_for_its_owner_alone(account, tmp_path, settings):
    call_command("backup", tmp_path / "plain", stdout=io.StringIO(), verbosity=0)
    call_command("backup", tmp_path / "keys", "--with-keys", stdout=io.StringIO(), verbosity=0)
    plain, keys = Backup(tmp_path / "plain"), Backup(tmp_path / "keys")
    assert settings.TOKEN_KEYS[0].encode() not in (tmp_path / "plain").read_bytes() + plain.text
    assert settings.TOKEN_KEYS[0].encode() in keys.text
    token = account.connection.token.reveal()
    assert token.encode() not in plain.text and token not in json.dumps(plain.rows)
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o600


def test_a_token_whose_key_did_not_come_along_is_asked_for_again(account, settings):
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert restored.make_safe().without_key == Connection.objects.count()
    kept = Connection.objects.get(pk=account.connection_id)
    assert kept.is_good is False and "Paste the token again" in kept.trouble


def test_a_restore_gives_no_open_attempt_back_and_takes_every_lease(vendor, account, click, settings):
    settings.SUBMITS_AT_ONCE = 2
    waits, opened, runs = click("a"), click("b"), click("c", count=2)
    send.claim(opened, opened.account)
    send.claim(runs, runs.account)
    Site.current()
    site_id = Site.objects.get().site_id
    done = restored.make_safe()
    assert (done.held, done.uncertain) == (1, 2)
    assert fresh(waits).state == State.HELD and fresh(opened).state == State.UNCERTAIN
    assert opened.attempts.get().outcome == Outcome.UNKNOWN
    assert Site.objects.get().site_id != site_id
    assert fresh(waits).credit_entries.on_hold() == fresh(opened).credit_entries.on_hold() == 10
    assert restored.make_safe().held == 0, "repeated, it changes nothing more"


def test_bytes_that_came_inside_an_answer_are_in_the_backup(vendor, account, click, tmp_path):
    generation = click("a fox [fail:base64]", model="nano-banana-2", mode="image", seconds=None, count=2)
    send.send_due(generation.account_id, limit=5)
    spooled = [c.source_url.removeprefix(collect.ENCODED) for c in Clip.objects.filter(generation=generation)]
    assert spooled and all(name.startswith("spool/") for name in spooled)
    write_backup(tmp_path / "site.backup")
    assert set(spooled) <= Backup(tmp_path / "site.backup").files.keys()


def test_a_file_that_is_missing_is_told_and_the_backup_kept(vendor, click, engine, tmp_path):
    clip = engine.finish(click()).clips.get()
    full_path(clip.file).unlink()
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("backup", tmp_path / "site.backup", stdout=said, verbosity=0)
    assert f"{clip.file}: a row names it" in said.getvalue()
    assert check(tmp_path / "site.backup").rows


def test_half_a_backup_is_never_there_under_its_name(vendor, click, engine, tmp_path, monkeypatch):
    engine.finish(click())
    (tmp_path / "site.backup").write_bytes(b"the one of yesterday")

    def full(self, name, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("generations.library.backup.pack.Bundle.add_file", full)
    with pytest.raises(OSError):
        write_backup(tmp_path / "site.backup")
    assert (tmp_path / "site.backup").read_bytes() == b"the one of yesterday"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("harm", ["cut", "flipped", "not one", "empty"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(harm, vendor, click, engine, tmp_path):
    engine.finish(click())
    file = tmp_path / "site.backup"
    write_backup(file)
    whole = file.read_bytes()
    middle = whole.index(b"ftyp")
    harmed = {
        "cut": whole[: len(whole) * 2 // 3],
        "flipped": whole[:middle] + b"X" + whole[middle + 1 :],
        "not one": b"hello" * 1000,
        "empty": b"",
    }
    file.write_bytes(harmed[harm])
    with pytest.raises(BadBackup):
        check(file)


def test_nothing_is_restored_into_a_site_that_has_work_or_runs(vendor, click, engine, tmp_path):
    engine.finish(click())
    write_backup(tmp_path / "site.backup")
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", tmp_path / "site.backup", stdout=io.StringIO())
    Heartbeat.beat("some cluster")
    with pytest.raises(CommandError, match="The site is running"):
        call_command("restore", tmp_path / "site.backup", "--replace", stdout=io.StringIO())
    assert Generation.objects.get().state == State.READY


SINCE_0008 = {
    "generations.clip": {"wrong_bodies"},
    "generations.capability": {"account_id"},
    "generations.picture": {"frame_of_id", "frame_at"},
}


def test_an_older_backup_goes_into_tables_of_its_time(vendor, click, engine, tmp_path, other_site):
    """As if the migrations from 0008 on had not been there when it was made."""
    engine.finish(click("from the past"))
    write_backup(tmp_path / "now")
    older = tmp_path / "older"
    _as_before(tmp_path / "now", older, migration="0008_wrong_bodies", columns=SINCE_0008)
    said = other_site.manage("restore", tmp_path / "now")
    assert "cannot be opened" in said, "written without --with-keys, and this site has keys of its own"
    other_site.manage("restore", older, "--replace")
    other_site.manage("backup", tmp_path / "again")
    clip = next(iter(Backup(tmp_path / "again").rows["generations.clip"].values()))
    assert (clip["state"], clip["wrong_bodies"]) == ("ready", 0)
    assert (other_site.media / clip["file"]).is_file()


def _as_before(file: Path, target: Path, *, migration: str, columns: dict[str, set[str]]) -> None:
    """The same backup without one migration and all after it, and without the columns they brought."""
    contents = {}
    with tarfile.open(file) as source, tarfile.open(target, "w") as out:
        for info in source:
            data = source.extractfile(info).read()
            if info.name == "flowsite.json":
                about = json.loads(data)
                about["migrations"] = [m for m in about["migrations"]
                                       if m[0] != "generations" or m[1] < migration]  # fmt: skip
                data = json.dumps(about).encode()
            if info.name == "rows.jsonl.gz":
                data = gzip.compress(_without(gzip.decompress(data), columns))
            if info.name == "contents.json":
                data = json.dumps(contents).encode()
            contents[info.name] = (len(data), hashlib.sha256(data).hexdigest())
            fresh_info = tarfile.TarInfo(info.name)
            fresh_info.size = len(data)
            out.addfile(fresh_info, io.BytesIO(data))


def _without(rows: bytes, columns: dict[str, set[str]]) -> bytes:
    lines, places = [], []
    for line in map(json.loads, rows.splitlines()):
        if isinstance(line, dict):
            gone = columns.get(line["table"], set())
            places = [n for n, column in enumerate(line["columns"]) if column in gone][::-1]
        for place in places:
            (line["columns"] if isinstance(line, dict) else line).pop(place)
        lines.append(json.dumps(line))
    return "\n".join(lines).encode() + b"\n"
