"""The JSON beside each file, from which its rows can be made again when the database is lost.

It holds what was asked for, by whom, what came of it and where it is known at the vendor. It never holds
a token or a signed link: whoever may read the media folder may read these.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from generations.models import Clip, Outcome, Picture

from .storage import Incoming, Kept

VERSION = 3  # since 2: what the ledger says; since 3: the pictures it stands on
READABLE = (1, 2, 3)
ENDING = ".json"
OF_PERSON = ("username", "first_name", "last_name")
OF_GENERATION = (
    "id", "number", "is_sandbox", "request", "prompt", "mode", "kind", "model", "ratio", "seconds", "count",
    "expected_credits", "visibility", "relation", "sent_at", "accepted_at", "completed_at",
)  # fmt: skip
OF_CLIP = (
    "id", "position", "kind", "seed", "media_id", "file", "sha256", "size", "content_type", "width", "height",
    "length", "frame_rate", "has_sound", "saved_at",
)  # fmt: skip
OF_PICTURE = (
    "kind", "sha256", "source_sha256", "file", "thumb", "name", "content_type", "size", "width", "height",
    "seconds",
)  # fmt: skip
OF_CREDIT = ("kind", "amount", "cause", "why", "at")
OF_ATTEMPT = ("number", "reference", "opened_at", "closed_at", "base_url", "user_number", "job_id", "status")


class BadSidecar(Exception):
    """The file beside a clip cannot be used; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Sidecar:
    """Values by column name. `person`, `team`, `account`, `batch` say who, by names rather than row ids."""

    generation: dict
    clip: dict
    person: dict
    team: str
    account: dict
    batch: str = ""
    parent: int | None = None
    attempt: dict | None = None
    credits: tuple[dict, ...] = ()
    pictures: tuple[dict, ...] = ()  # what the request names by id: owner, frame, columns
    version: int = VERSION


def sidecar_name(file: str) -> str:
    return file + ENDING


def write_sidecar(clip: Clip) -> Kept:
    """Write the JSON beside the clip's file, whole or not at all. Safe to repeat. Raises NoRoom."""
    with Incoming(sidecar_name(clip.file)) as incoming:
        incoming.write(json.dumps(_told(clip), indent=1, ensure_ascii=False).encode())
        return incoming.keep()


def _told(clip: Clip) -> dict:
    generation = clip.generation
    account = generation.account
    pictures = Picture.objects.filter(uses__generation=generation).select_related("person").distinct()
    attempt = generation.attempts.filter(outcome=Outcome.ACCEPTED).first()
    return {
        "version": VERSION,
        "team": generation.team.name,
        "person": _columns(generation.person, OF_PERSON),
        "account": {
            "base_url": account.base_url,
            "user_number": account.user_number,
            "email": account.email,
            "is_sandbox": account.is_sandbox,
        },
        "batch": generation.batch.name if generation.batch_id else "",
        "parent": generation.parent_id,
        "generation": _columns(generation, OF_GENERATION),
        "clip": _columns(clip, OF_CLIP),
        "attempt": _columns(attempt, OF_ATTEMPT) if attempt else None,
        "credits": [_columns(entry, OF_CREDIT) for entry in generation.credit_entries.order_by("pk")],
        "pictures": [_picture(picture) for picture in pictures.order_by("pk")],
    }


def _picture(picture: Picture) -> dict:
    """The owner need not be who made the generation: what a team mate shows may be used again."""
    told = {"id": picture.pk, "person": _columns(picture.person, OF_PERSON), "frame": None}
    if picture.frame_of_id:
        told["frame"] = {"clip": picture.frame_of_id, "second": picture.frame_at}
    return told | _columns(picture, OF_PICTURE)


def _columns(row, names: tuple[str, ...]) -> dict:
    values = {name: getattr(row, name) for name in names}
    return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in values.items()}


def read_sidecar(path: str | Path) -> Sidecar:
    """What a sidecar says, times as datetimes. Raises BadSidecar, OSError."""
    try:
        stored = json.loads(Path(path).read_bytes())
    except ValueError:
        raise BadSidecar("It is no JSON, or cut off.") from None
    if not isinstance(stored, dict) or stored.get("version") not in READABLE:
        raise BadSidecar("It was not written by Flowsite, or by a later version of it.")
    try:
        return Sidecar(
            generation=_only(stored["generation"], OF_GENERATION),
            clip=_only(stored["clip"], OF_CLIP),
            person=_only(stored["person"], OF_PERSON),
            team=str(stored["team"]),
            account=_only(stored["account"], ("base_url", "user_number", "email", "is_sandbox")),
            batch=stored.get("batch") or "",
            parent=stored.get("parent"),
            attempt=_only(stored["attempt"], OF_ATTEMPT) if stored.get("attempt") else None,
            credits=tuple(_credit(entry) for entry in stored.get("credits", ())),
            pictures=tuple(_picture_told(picture) for picture in stored.get("pictures", ())),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise BadSidecar(f"Something is missing or wrong in it: {exc}.") from None


def _only(stored: dict, names: tuple[str, ...]) -> dict:
    """Just the known columns, all of them; raises KeyError for a missing one."""
    return {name: _moment(name, stored[name]) for name in names}


def _credit(stored: dict) -> dict:
    entry = _only(stored, OF_CREDIT)
    return entry | {"at": datetime.fromisoformat(entry["at"])}


def _picture_told(stored: dict) -> dict:
    told = {"id": int(stored["id"]), "frame": stored["frame"]} | _only(stored, OF_PICTURE)
    return told | {"person": _only(stored["person"], OF_PERSON)}


def _moment(name: str, value):
    return datetime.fromisoformat(value) if value and name.endswith("_at") else value
