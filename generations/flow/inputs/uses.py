"""What a request stands on: whether this person may use it, and where that is written down.

The catalog judges slots and numbers without a database; here each picture, clip and character is looked at.
Absent and forbidden are told with the same words.
"""

from collections.abc import Iterator

from ...catalog.pictures import THINGS, name_of
from ...catalog.references import picture_slot, reference
from ...catalog.request import Input, Request
from ...catalog.rules import Problem
from ...models import (
    Account,
    Character,
    Clip,
    ClipState,
    Generation,
    InputUse,
    Person,
    Picture,
    Upload,
    Voice,
)
from ...models.character import CastState
from ...models.picture import PictureState

STILLS = {"image/png", "image/jpeg", "image/webp"}


def check(person: Person, account: Account, request: Request) -> list[Problem]:
    """Field and sentence of every input that this person cannot use here; empty when all may be sent."""
    return [
        Problem(*found) for given in request.inputs for found in _findings(person, account, request, given)
    ]


def _findings(person: Person, account: Account, request: Request, given: Input) -> Iterator[tuple[str, str]]:
    name = name_of(picture_slot(given.slot, request.mode))[0]
    if given.picture is not None:
        yield from _picture(person, given, name)
    elif given.clip is not None:
        yield from _clip(person, account, request, given, name)
    elif given.ref:
        yield from _reference(person, account, given, name)


def _picture(person: Person, given: Input, name: str) -> Iterator[tuple[str, str]]:
    picture = Picture.objects.visible_to(person).filter(pk=given.picture).first()
    if picture is None:
        yield given.slot, "This picture is not here any more. Choose another."
    elif picture.state == PictureState.REFUSED:
        yield given.slot, picture.sentence
    elif (picture.kind == "video") != (name == "referenceVideo"):
        yield given.slot, _not_the_kind(name, picture.kind)


def _clip(
    person: Person, account: Account, request: Request, given: Input, name: str
) -> Iterator[tuple[str, str]]:
    clip = Clip.objects.visible_to(person).filter(pk=given.clip).select_related("generation__account").first()
    if clip is None:
        yield given.slot, "This clip is not here any more. Choose another."
        return
    if clip.state != ClipState.READY:
        yield given.slot, f"{clip.label} is not saved yet. Wait until it is."
        return
    if name == "mediaGenerationId":
        if clip.generation.account_id != account.pk:
            where = clip.generation.account.name
            yield "account", f"{clip.label} was made on {where}. Google goes on with it only there."
        elif not clip.media_id:
            yield given.slot, f"Google keeps no original of {clip.label}, so it cannot go on with it."
    elif name == "referenceVideo":
        if clip.content_type != "video/mp4":
            yield given.slot, _not_the_kind(name, "image")
    elif clip.content_type not in STILLS:
        kind = "gif" if clip.content_type == "image/gif" else "video"
        yield given.slot, _not_the_kind(name, kind)


def _not_the_kind(name: str, kind: str) -> str:
    thing = THINGS.get(name, "a picture")
    if kind == "video":
        return f"A clip cannot be {thing}. Use a frame of it."
    if kind == "gif":
        return f"A GIF cannot be {thing}. Use a frame of its clip."
    return "A picture cannot be edited as a clip. Choose a clip."


def _reference(person: Person, account: Account, given: Input, name: str) -> Iterator[tuple[str, str]]:
    known = reference(given.ref)
    if known is None:  # a preset voice, or nothing: the catalog says which
        return
    if known.kind in {"character", "voice"}:
        yield from _member(person, account, given, known.kind, known.email)
    elif not _may_use(person, given.ref):
        yield given.slot, "This picture is not here any more. Choose another."


def _member(
    person: Person, account: Account, given: Input, kind: str, email: str
) -> Iterator[tuple[str, str]]:
    """A character or voice, which stands on one account; one that we do not know may be known to Google."""
    shelf = Character if kind == "character" else Voice
    there = shelf.objects.filter(ref=given.ref).select_related("account__connection")
    mine = [m for m in there if m.account_id == account.pk]
    seen = shelf.objects.visible_to(person).filter(ref=given.ref).first()
    if seen and seen.state == CastState.GONE:
        yield given.slot, f"The {kind} {seen.name} was deleted. Remove it, or make it again."
    elif there and not mine:
        if seen and kind == "character":
            yield (
                given.slot,
                f"{seen.name} is a character of {seen.account.name}. Choose that account, or use its pictures"
                f" as ingredients: they are uploaded to {account.name} again.",
            )
        elif seen:
            yield given.slot, f"{seen.name} is a voice of {seen.account.name}. Choose that account."
        else:
            yield given.slot, f"This {kind} is not here any more. Choose another."
    elif email != account.email.lower() and not there:
        yield given.slot, f"This {kind} stands on another account. Choose that account."


def _may_use(person: Person, ref: str) -> bool:
    """Whether a raw media id is free to use: not one of somebody else's that this person may not see."""
    clip = Clip.objects.filter(media_id=ref).first()
    if clip is not None:
        return Clip.objects.visible_to(person).filter(media_id=ref).exists()
    upload = Upload.objects.filter(media_id=ref).first()
    if upload is None:
        return True
    pictures = Picture.objects.visible_to(person).filter(sha256=upload.sha256)
    return pictures.exists() or Clip.objects.visible_to(person).filter(sha256=upload.sha256).exists()


def note_uses(generation: Generation, request: Request) -> None:
    """Write down what a generation stands on; inside the transaction that writes the generation."""
    InputUse.objects.bulk_create(
        InputUse(generation=generation, slot=given.slot, picture_id=given.picture, clip_id=given.clip)
        for given in request.inputs
        if given.picture is not None or given.clip is not None
    )
