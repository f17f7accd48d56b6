"""What a rebuilt generation stands on: its pictures made again from their files, and where each was used.

A picture gets a new id, and the request is written with it: the old one may mean somebody else's picture by
now. One whose file is gone, or that an old sidecar does not describe, keeps its place and cannot be sent.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.db.models import Q

from generations.catalog.request import Request
from generations.models import Clip, Generation, InputUse, Person, Picture
from generations.models.ids import made_at
from generations.models.picture import PictureState

from .sidecar import OF_PICTURE, Sidecar
from .storage import Incoming, full_path

LOST = "The file of this picture was not there when the library was rebuilt. Choose it again."
NAMELESS = "Picture from before"


class Pictures:
    """Those of one run: the same picture in many prompts becomes one row. `person_of` finds its owner."""

    def __init__(self, person_of: Callable[[dict], Person], hash_of: Callable[[Path], str]) -> None:
        self._person_of, self._hash_of = person_of, hash_of
        self._made: dict[tuple[int, int], Picture] = {}
        self._frames: dict[int, tuple[int, float | None]] = {}  # picture to the clip it was taken from

    def request(self, sidecar: Sidecar, media: Path, maker: Person) -> dict:
        """The stored request with the ids that its pictures have now."""
        stored = sidecar.generation["request"]
        told = {picture["id"]: picture for picture in sidecar.pictures}
        root = _root(media, sidecar.clip["file"])
        made = datetime.fromtimestamp(made_at(sidecar.generation["id"]), UTC)

        def now(given: dict) -> dict:
            old = given.get("picture")
            if old is None or (old not in told and self._is_still_there(old, maker, made)):
                return given
            return given | {"picture": self._picture(old, told.get(old), root, maker).pk}

        return stored | {"inputs": [now(given) for given in stored.get("inputs", ())]}

    def _is_still_there(self, picture: int, maker: Person, made: datetime) -> bool:
        """Only for sidecars that do not describe it: a younger picture has merely the same number."""
        return Picture.objects.filter(pk=picture, person=maker, made_at__lte=made).exists()

    def _picture(self, old: int, told: dict | None, root: Path, maker: Person) -> Picture:
        owner = self._person_of(told["person"]) if told else maker
        if (owner.pk, old) not in self._made:
            made = self._from_file(told, root, owner) if told else _lost(owner, NAMELESS)
            self._made[owner.pk, old] = made
            if told and told["frame"] and made.frame_of_id is None:
                self._frames[made.pk] = (told["frame"]["clip"], told["frame"]["second"])
        return self._made[owner.pk, old]

    def _from_file(self, told: dict, root: Path, owner: Person) -> Picture:
        same = Q(sha256=told["sha256"])
        if told["source_sha256"]:
            same |= Q(source_sha256=told["source_sha256"])
        if here := Picture.objects.filter(same, person=owner, state=PictureState.READY).first():
            return here
        if not self._bring(told["file"], root, told["sha256"]):
            lost = Picture.objects.filter(same, person=owner).first()
            return lost or _lost(owner, told["name"], sha256=told["sha256"], kind=told["kind"])
        thumb = told["thumb"] if told["thumb"] and self._bring(told["thumb"], root) else ""
        columns = {name: told[name] for name in OF_PICTURE}
        return Picture.objects.create(person=owner, **columns | {"thumb": thumb})

    def _bring(self, file: str, root: Path, sha256: str = "") -> bool:
        """Whether the file is in the library, or has been copied there from the folder that is read."""
        try:
            place = full_path(file)
        except ValueError:
            return False
        if place.is_file():
            return not sha256 or self._hash_of(place) == sha256
        source = root / file
        if not source.is_file() or (sha256 and self._hash_of(source) != sha256):
            return False
        with Incoming(file) as incoming:
            incoming.write(source.read_bytes())
            incoming.keep()
        return True

    def finish(self) -> None:
        """Frames find their clips once all clips are there."""
        for picture, (clip, second) in self._frames.items():
            if Clip.objects.filter(pk=clip).exists():
                Picture.objects.filter(pk=picture).update(frame_of=clip, frame_at=second)


def note_uses(generation: Generation) -> None:
    """Write down what the generation stands on, as far as it is there. Safe to repeat."""
    for given in Request.from_json(generation.request).inputs:
        if given.picture is not None:
            standing = {"picture_id": given.picture}
        elif given.clip is not None and Clip.objects.filter(pk=given.clip).exists():
            standing = {"clip_id": given.clip}
        else:
            continue
        InputUse.objects.get_or_create(generation=generation, slot=given.slot, defaults=standing)


def _lost(owner: Person, name: str, **more) -> Picture:
    facts = {"name": name or NAMELESS, "sentence": LOST, "state": PictureState.REFUSED, "size": 0}
    return Picture.objects.create(person=owner, **facts | more)


def _root(media: Path, file: str) -> Path:
    """The folder that stood for the media store when `file` lay there; that of the clip when it does not."""
    parts = Path(file).parts
    return media.parents[len(parts) - 1] if media.parts[-len(parts) :] == parts else media.parent
