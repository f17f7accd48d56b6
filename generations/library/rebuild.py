"""Rows made again from files and the sidecars beside them, when the database is lost or a folder comes over.

Work takes its old place: ids and numbers are those of the sidecars. A clip whose row exists is left as it
is, so running this twice changes nothing. Credits come back as the ledger stood when the file was saved.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations.catalog.request import Request
from generations.models import (
    Account,
    Attempt,
    Batch,
    Clip,
    ClipState,
    Connection,
    CreditEntry,
    Event,
    Generation,
    Membership,
    Outcome,
    Person,
    State,
    Team,
    clock,
)
from generations.models.generation import Origin, touch
from generations.models.secret import Secret

from .index import write_words
from .sidecar import ENDING, BadSidecar, Sidecar, read_sidecar
from .standing import Pictures, note_uses
from .storage import Incoming, full_path

BLOCK = 1 << 20
TOKEN_IS_LOST = "Rebuilt from files. Give the token again."  # noqa: S105 (a sentence for people)


@dataclass
class Rebuilt:
    """What came of it; `troubles` are sentences that name the file."""

    added: int = 0
    here_already: int = 0
    troubles: list[str] = field(default_factory=list)


def rebuild(folder: Path, progress: Callable[[Rebuilt], None] = lambda so_far: None) -> Rebuilt:
    """Make rows for every clip with a sidecar below `folder`; files outside the library are copied in."""
    result, parents, pictures = Rebuilt(), {}, Pictures(_person, hash_of)
    for media, sidecar in sorted(_found(folder, result), key=lambda pair: pair[1].generation["id"]):
        if Clip.objects.filter(pk=sidecar.clip["id"]).exists():
            result.here_already += 1
        elif trouble := _bring_in(media, sidecar, pictures):
            result.troubles.append(f"{media}: {trouble}")
        else:
            result.added += 1
            parents[sidecar.generation["id"]] = sidecar.parent
        progress(result)
    for child, parent in parents.items():
        if parent and Generation.objects.filter(pk=parent).exists():
            Generation.objects.filter(pk=child).update(parent=parent)
    pictures.finish()
    for generation in Generation.objects.filter(pk__in=parents):  # once every clip they may stand on is there
        note_uses(generation)
    return result


def _found(folder: Path, result: Rebuilt) -> Iterator[tuple[Path, Sidecar]]:
    for path in folder.rglob(f"*{ENDING}"):
        try:
            yield path.with_suffix(""), read_sidecar(path)
        except BadSidecar as bad:
            result.troubles.append(f"{path}: {bad.sentence}")


def _bring_in(media: Path, sidecar: Sidecar, pictures: Pictures) -> str:
    """Check the file, copy it in if need be, write the rows. Returns what is wrong, or nothing."""
    try:
        file = _file_in_library(media, sidecar)
    except FileNotFoundError:
        return "The clip itself is missing."
    except ValueError as wrong:
        return str(wrong)
    with transaction.atomic():
        generation = _generation(sidecar, media, pictures)
        if generation.clips.filter(position=sidecar.clip["position"]).exists():
            return f"{generation.label} has another clip in this place."
        Clip.objects.create(**sidecar.clip | {"file": file}, generation=generation, state=ClipState.READY)
        write_words(generation)
        touch(generation.team_id, [generation.pk])
    return ""


def _file_in_library(media: Path, sidecar: Sidecar) -> str:
    """The stored name of the checked file. Raises ValueError when it is another one than was saved."""
    root = Path(settings.MEDIA_ROOT).resolve()
    inside = media.resolve().is_relative_to(root)
    if inside:
        if hash_of(media) != sidecar.clip["sha256"]:
            raise ValueError("The file changed since it was saved.")
        return media.resolve().relative_to(root).as_posix()
    with Incoming(sidecar.clip["file"]) as incoming, media.open("rb") as source:
        while block := source.read(BLOCK):
            incoming.write(block)
        if incoming.sha256 != sidecar.clip["sha256"]:
            raise ValueError("The file changed since it was saved.")
        kept = incoming.keep()
    with Incoming(kept.file + ENDING) as incoming:
        incoming.write(Path(f"{media}{ENDING}").read_bytes())
        incoming.keep()
    return kept.file


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_of_stored(file: str) -> str:
    """SHA-256 of a stored file as it is now. Raises FileNotFoundError, ValueError."""
    return hash_of(full_path(file))


# --- rows --------------------------------------------------------------------------------------------------
def _generation(sidecar: Sidecar, media: Path, pictures: Pictures) -> Generation:
    stored = sidecar.generation
    if here := Generation.objects.filter(pk=stored["id"]).first():
        return here
    team, person = _team(sidecar), _person(sidecar.person)
    Membership.objects.get_or_create(team=team, person=person)
    request = pictures.request(sidecar, media, person)
    over = sidecar.clip["saved_at"] or stored["completed_at"] or clock.now()
    generation = Generation.objects.create(
        **stored | {"number": _number(team, stored), "request": request},
        team=team,
        person=person,
        account=_account(sidecar, person),
        batch=_batch(sidecar, team, person),
        request_key=f"rebuilt-{stored['id']}",
        content_hash=Request.from_json(request).fingerprint(),
        state=State.READY,
        origin=Origin.REBUILT,
        finished_at=over,
    )
    _attempt(sidecar, generation)
    _credits(sidecar, generation)
    Event.objects.create(generation=generation, team=team, verb="rebuilt", to_state=State.READY)
    return generation


def _team(sidecar: Sidecar) -> Team:
    return Team.objects.filter(name=sidecar.team).order_by("pk").first() or Team.objects.create(
        name=sidecar.team
    )


def _number(team: Team, stored: dict) -> int:
    """The old number, unless somebody else has it by now; the team's counter stays ahead of it."""
    number, sandbox = stored["number"], stored["is_sandbox"]
    if team.generations.filter(number=number, is_sandbox=sandbox).exists():
        return Team.take_numbers(team.pk, sandbox=sandbox)[1]
    counter = "last_sandbox_number" if sandbox else "last_number"
    Team.objects.filter(pk=team.pk, **{f"{counter}__lt": number}).update(**{counter: number})
    return number


def _person(told: dict) -> Person:
    """By the name that signs in; somebody new cannot sign in until an administrator makes a password."""
    name = told["username"]
    person = Person.objects.filter(username=name).first()
    if person is None:
        person = Person(**told)
        person.set_unusable_password()
        person.save()
    return person


def _account(sidecar: Sidecar, person: Person) -> Account:
    told = sidecar.account
    here = Account.objects.filter(
        base_url=told["base_url"], user_number=told["user_number"], email__iexact=told["email"]
    ).first()
    if here:
        return here
    connection, _ = Connection.objects.get_or_create(
        owner=person,
        base_url=told["base_url"],
        user_number=told["user_number"],
        defaults={
            "token": Secret.seal(""),
            "is_sandbox": told["is_sandbox"],
            "is_good": False,
            "trouble": TOKEN_IS_LOST,
        },
    )
    return Account.objects.create(connection=connection, email=told["email"])


def _batch(sidecar: Sidecar, team: Team, person: Person) -> Batch | None:
    if not sidecar.batch:
        return None
    here = Batch.objects.filter(team=team, person=person, name=sidecar.batch).order_by("pk").first()
    return here or Batch.objects.create(team=team, person=person, name=sidecar.batch)


def _attempt(sidecar: Sidecar, generation: Generation) -> None:
    """Remember the vendor's job, so that reconciling knows whose it is."""
    told = sidecar.attempt
    if not told or Attempt.objects.filter(reference=told["reference"]).exists():
        return
    job = {name: told[name] for name in ("base_url", "user_number", "job_id")}
    if told["job_id"] and Attempt.objects.filter(**job).exists():
        return
    Attempt.objects.create(
        **told,
        generation=generation,
        account=generation.account,
        outcome=Outcome.ACCEPTED,
        lease_until=told["closed_at"] or clock.now(),
    )


def _credits(sidecar: Sidecar, generation: Generation) -> None:
    """What was reserved, spent and given back; sidecars of before version 2 do not say it."""
    for told in sidecar.credits:
        CreditEntry.objects.create(generation=generation, account=generation.account, **told)
