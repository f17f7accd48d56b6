"""Send prompts without a browser: one line per generation, the same rules and the same queue as the pages.

Exit status 0: all ready; 1: some failed; 2: nothing sent (bad input). One run is one click. With --batch
the click has a name: running the same file again under it finds what was queued before, so that a run
that was cut off can be repeated and nobody pays twice.
"""

import contextlib
import hashlib
import json
import secrets
import shutil
import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from generations.flow import intend, reconcile
from generations.flow.engine import inline
from generations.flow.inputs import compose, naming
from generations.flow.inputs.compose import BadFile, Row
from generations.flow.intend import Intent, Refusal
from generations.flow.money import quote
from generations.library import storage
from generations.library.pictures import BadPicture
from generations.library.storage import NoRoom
from generations.models import Account, Batch, CreditEntry, Generation, Person, State
from generations.models.generation import Lane
from generations.models.states import MOVING
from generations.permissions import NotAllowed

LOOK = 0.1  # seconds between looks at the rows while waiting


class Command(BaseCommand):
    own_engine = False
    help = (
        "Queue prompts from the vendor's prompts.json, our JSON, CSV, lines of text, or - for standard input."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", help="prompts.json, .csv, .txt, or - for standard input")
        parser.add_argument("--user", required=True, help="whose generations these are")
        parser.add_argument("--account", default="", help="e-mail or label; default: the person's own")
        parser.add_argument("--batch", default="", help="name of the batch; default: the file's name")
        parser.add_argument("--wait", action="store_true", help="wait until all are ready or have failed")
        parser.add_argument("--save", metavar="DIR", help="copy finished files into DIR (implies --wait)")
        parser.add_argument("--dry-run", action="store_true", help="check and price, send nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *, file: str, user: str, account: str, batch: str, **options) -> None:
        self.as_json = options["json"]
        person = self._person(user)
        spends = self._account(person, account)
        rows = self._rows(file)
        naming.look_up(rows, person, spends)
        if options["dry_run"]:
            self._dry_run(rows, spends)
            return
        self._refuse_bad(rows, spends)
        batch_row, click = self._batch(person, batch, file)
        if not (options["wait"] or options["save"]):
            for row, generation in self._queue(rows, person, spends, batch_row, click):
                self._tell(row, generation)
            return
        with contextlib.ExitStack() as engine:
            self._see_to_workers(engine)
            queued = self._queue(rows, person, spends, batch_row, click)
            save = Path(options["save"]) if options["save"] else None
            failed = self._wait(queued, save, lambda: self._see_to_workers(engine))
        sys.exit(1 if failed else 0)

    # --- before anything is sent

    def _person(self, user: str) -> Person:
        person = Person.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no person {user!r}.", returncode=2)
        return person

    def _account(self, person: Person, named: str) -> Account:
        usable = Account.objects.usable_by(person).select_related("connection").order_by("is_sandbox", "id")
        if named:
            for account in usable:
                if named.lower() in {account.email.lower(), account.name.lower()}:
                    return account
            raise CommandError(f"{person} cannot spend from an account called {named!r}.", returncode=2)
        account = usable.filter(is_chosen=True, connection__owner=person).first() or usable.first()
        if account is None:
            raise CommandError(
                f"{person} has no account. Connect one: manage.py connect {person}.", returncode=2
            )
        return account

    def _rows(self, file: str) -> list[Row]:
        try:
            text = sys.stdin.read() if file == "-" else _read(Path(file))
            folder = Path.cwd() if file == "-" else Path(file).resolve().parent
            return compose.rows_of(text, folder=folder, name=file)
        except BadFile as slip:
            raise CommandError(str(slip), returncode=2) from None

    def _checked(self, row: Row, account: Account) -> tuple[str, int | None]:
        """The sentence that stands against a row ("" when none does) and its price."""
        if row.request is None:
            return row.sentence, None
        asked = quote.quote(account, row.request)
        return "; ".join(p.sentence for p in asked.problems), asked.price.credits

    def _dry_run(self, rows: list[Row], account: Account) -> None:
        total = bad = 0
        for row in rows:
            sentence, credits = self._checked(row, account)
            bad += bool(sentence)
            total += credits or 0
            if self.as_json:
                self._line({"row": row.number, "ok": not sentence, "credits": credits, "sentence": sentence})
            else:
                price = "price unknown" if credits is None else f"{credits} credits"
                self.stdout.write(f"row {row.number}: {sentence or 'ready'}, {price}")
        if not self.as_json:
            self.stdout.write(
                f"{len(rows) - bad} of {len(rows)} rows can be sent, {total} credits. Nothing was sent."
            )
        sys.exit(2 if bad else 0)

    def _refuse_bad(self, rows: list[Row], account: Account) -> None:
        """All or nothing: a file with a slip sends nothing, and every slip is told."""
        found = [(row, sentence) for row in rows if (sentence := self._checked(row, account)[0])]
        for row, sentence in found:
            if self.as_json:
                told = {"row": row.number, "number": None, "state": "refused", "credits": 0, "files": []}
                self._line({**told, "sentence": sentence})
            else:
                self.stderr.write(f"row {row.number}: {sentence}")
        if found:
            raise CommandError(
                f"{len(found)} of {len(rows)} rows need a change. Nothing was sent.", returncode=2
            )

    # --- sending and waiting

    def _batch(self, person: Person, named: str, file: str) -> tuple[Batch, str]:
        """The batch, and what its request keys are made of: its name when one was given, else this run."""
        owner = {"team": person.team(), "person": person}
        if named:
            batch, _ = Batch.objects.get_or_create(**owner, name=named[:120], source="named")
            return batch, f"batch {batch.pk}"
        name = Path(file).stem if file != "-" else "Standard input"
        return Batch.objects.create(
            **owner, name=name[:120], source=Path(file).name[:120]
        ), secrets.token_hex(16)

    def _see_to_workers(self, engine: contextlib.ExitStack) -> None:
        """Where no workers run, or they have died while we wait, the engine runs in this process."""
        if not self.own_engine and not inline.workers_are_alive():
            self.own_engine = True
            engine.enter_context(inline.running(posters=False))  # nobody waits for them here

    def _queue(self, rows: list[Row], person: Person, account: Account, batch: Batch, click: str):
        """Write all rows down; pairs of row and generation."""
        queued = []
        for row in rows:
            try:
                request = compose.with_pictures(row, person)
                key = hashlib.sha256(f"{click}:{row.number}:{request.fingerprint()}".encode()).hexdigest()
                intent = Intent(batch=batch, lane=Lane.BATCH)
                made, _ = intend.write_intent(person, account, request, request_key=key, intent=intent)
                queued.append((row, made))
            except (Refusal, BadPicture, NoRoom, NotAllowed) as refusal:
                self.stderr.write(f"row {row.number}: {refusal}")
        if not queued:
            raise CommandError("Nothing was sent.", returncode=2)
        return queued

    def _wait(self, queued: list[tuple[Row, Generation]], save: Path | None, see_to_workers) -> int:
        """Print each as it ends and copy its files; returns how many did not become ready."""
        if save:
            save.mkdir(parents=True, exist_ok=True)
        left = {generation.pk: (row, generation) for row, generation in queued}
        failed = 0
        while left:
            over = Generation.objects.filter(pk__in=left).exclude(state__in=MOVING)
            for generation in over:
                row, _ = left.pop(generation.pk)
                self._tell(row, generation, save)
                failed += generation.state != State.READY
            for generation in Generation.objects.filter(pk__in=left, state__in=[State.UNCERTAIN, State.HELD]):
                # Over a limit only an owner's yes goes on, and nobody knows when.
                if generation.state == State.HELD or reconcile.asks_a_person(generation):
                    row, _ = left.pop(generation.pk)
                    self._tell(row, generation)
                    failed += 1
            see_to_workers()
            if left:
                time.sleep(LOOK)
        return failed

    def _tell(self, row: Row, generation: Generation, save: Path | None = None) -> None:
        files = [_copied(clip, save) for clip in generation.clips.ready().order_by("position")]
        spent = CreditEntry.objects.filter(generation=generation).spent()
        credits = generation.expected_credits if generation.is_moving else spent
        sentence = _sentence(generation)
        if self.as_json:
            told = {"row": row.number, "number": generation.label, "state": str(generation.state)}
            self._line({**told, "credits": credits, "files": files, "sentence": sentence})
        else:
            told = f"{generation.label} row {row.number}: {sentence}, {credits} credits"
            self.stdout.write(" ".join([told, *files]))

    def _line(self, told: dict) -> None:
        self.stdout.write(json.dumps(told))
        self.stdout.flush()


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > compose.MAX_FILE:
            raise BadFile("The file is larger than 20 MB. Split it.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadFile(f"{path} is not text in UTF-8.") from None
    except OSError as exc:
        raise BadFile(f"{path} cannot be read: {exc.strerror}.") from None


def _copied(clip, save: Path | None) -> str:
    """The clip's file: where it is in the library, or its copy in `save` under its short name."""
    source = storage.full_path(clip.file)
    if save is None:
        return str(source)
    target = save / f"{clip.label.lower()}{source.suffix}"
    if not (target.exists() and target.stat().st_size == clip.size):
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, part)
        part.replace(target)
    return str(target)


def _sentence(generation: Generation) -> str:
    last = generation.events.order_by("-id").values_list("why", flat=True).first() or ""
    if generation.state == State.READY:
        return "ready"
    if generation.state == State.FAILED:
        return f"failed: {last or generation.failure}"
    if generation.state == State.HELD:
        return f"held: {last}"
    return str(State(generation.state).label).lower()
