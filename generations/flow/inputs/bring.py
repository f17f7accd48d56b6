"""Pictures and films of people: taken in, looked at by a worker, brought to accounts, deleted there and here.

The web takes bytes and writes errands; everything that decodes or asks the vendor runs in a worker.
"""

from collections.abc import Iterable
from io import BytesIO

from django.db import transaction

from ...library import films, intake, probe, storage
from ...models import Account, Clip, Errand, Event, Generation, InputUse, Person, Picture, State, Upload
from ...models.errand import ErrandKind, ErrandState
from ...models.picture import PictureState
from ..intend import Refusal
from ..people import connect
from . import uploads

NOT_SENT_YET = (State.HELD, State.WAITING)
UPLOADING = "uploading"


def take(
    person: Person,
    chunks: Iterable[bytes],
    name: str = "",
    account: Account | None = None,
    *,
    size: int = 0,
    frame: intake.Frame | None = None,
) -> Picture:
    """Take a file in; a worker examines it and brings it to `account`. Raises BadPicture, NoRoom.

    `frame` says which clip it was taken from, one that this person may see.
    """
    picture = intake.take(person, chunks, name, size, frame=frame)
    if picture.state == PictureState.CHECKING:
        connect.ask(ErrandKind.CHECK_PICTURE, person=person, picture=picture, account=account)
    elif picture.state == PictureState.READY and account:
        ask_upload(person, picture, account)
    return picture


def ask_upload(person: Person, picture: Picture, account: Account) -> None:
    """Let a worker bring the picture to this account, unless it is there."""
    if not Upload.objects.filter(account=account, sha256=picture.sha256).exists():
        connect.ask(ErrandKind.UPLOAD_PICTURE, person=person, picture=picture, account=account)


def state_of(picture: Picture, account: Account | None = None) -> tuple[str, str]:
    """checking, uploading, ready or refused, and why: as seen from one account, if one is named.

    An upload that could not be made now does not matter: sending makes up for it.
    """
    if picture.state != PictureState.READY or account is None:
        return str(picture.state), picture.sentence
    if Upload.objects.filter(account=account, sha256=picture.sha256).exists():
        return str(PictureState.READY), ""
    kinds = [ErrandKind.CHECK_PICTURE, ErrandKind.UPLOAD_PICTURE]
    errand = Errand.objects.filter(kind__in=kinds, picture=picture, account=account).order_by("-id").first()
    if errand is None:
        ask_upload(picture.person, picture, account)
        return UPLOADING, ""
    if not errand.is_over:
        return UPLOADING, ""
    if errand.result.get("refused"):
        return str(PictureState.REFUSED), errand.sentence
    return str(PictureState.READY), ""


def ask_frame(person: Person, clip: Clip, second: float) -> Errand:
    """Take the picture at this second out of a clip; the errand's result names the Picture."""
    frame = intake.Frame.of(clip, second)
    return connect.ask(ErrandKind.FRAME, person=person, clip=clip, asked={"second": frame.second})


def ask_delete(person: Person, picture: Picture, *, only_here: bool = False) -> Errand:
    """Delete a picture at Google and here, for good. Raises Refusal while something still needs it.

    `only_here` is for accounts that cannot be asked any more: Google then keeps its copy.
    """
    waiting = InputUse.objects.filter(picture=picture, generation__state__in=NOT_SENT_YET)
    if use := waiting.select_related("generation").first():
        label = use.generation.label
        raise Refusal(f"{label} is waiting to use this picture. Cancel {label} first, or let it be sent.")
    character = picture.characters_first.ready().first() or picture.characters_second.ready().first()
    if character:
        raise Refusal(f"{character} is made of this picture. Delete the character first.")
    asked = {"only_here": True} if only_here else {}
    return connect.ask(ErrandKind.DELETE_PICTURE, person=person, picture=picture, asked=asked)


# --- run by a worker ---------------------------------------------------------------------------------------


def check_picture(errand: Errand) -> tuple[str, dict]:
    """Examine what came in; what is good is brought to the account it came in for."""
    picture = intake.examine(errand.picture)
    if picture.state == PictureState.REFUSED:
        return picture.sentence, {"refused": True}
    return upload_picture(errand) if errand.account else ("Ready.", {})


def upload_picture(errand: Errand) -> tuple[str, dict]:
    """Bring a picture to an account. A refusal is an answer; other trouble makes the errand fail."""
    account: Account = errand.account
    try:
        uploads.upload_picture(errand.picture, account, connect.client_for(account))
    except uploads.PictureTrouble as no:
        sentence, hint = no.failure.told(picture=errand.picture.name)
        return f"{sentence} {hint}", {"refused": True}
    return f"Uploaded to {account.name}.", {}


def take_frame(errand: Errand) -> tuple[str, dict]:
    """A frame of a clip becomes a picture of this person's."""
    clip, second = errand.clip, errand.asked.get("second", 0)
    try:
        image = films.picture_at(storage.full_path(clip.file), second)
    except (probe.NotMedia, FileNotFoundError):
        return "This clip has no picture there.", {}
    out = BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    minutes, seconds = divmod(int(second), 60)
    name = f"{clip.label} at {minutes}:{seconds:02}.png"
    picture = intake.keep(errand.person, out, name, frame=intake.Frame.of(clip, second))
    return "The frame is a picture of yours now.", {"picture": picture.pk}


def delete_picture(errand: Errand) -> tuple[str, dict]:
    """At Google first: what is forgotten here could never be deleted there (flow-api.md 7.5)."""
    picture: Picture = errand.picture
    only_here = errand.asked.get("only_here", False)
    others = Picture.objects.filter(sha256=picture.sha256).exclude(pk=picture.pk)
    if not only_here and not others.exists():
        where = list(Account.objects.usable_by(picture.person).select_related("connection"))
        uploads.delete_at_vendor(picture.sha256, where, connect.client_for)
    forget(picture, errand.person)
    return "Deleted here." if only_here else "Deleted here and at Google.", {}


def forget(picture: Picture, by: Person) -> None:
    """Delete the row and the files here; errands about it go with it."""
    with transaction.atomic():
        Event.objects.create(by=by, team=by.team(), verb="picture deleted", why=picture.name[:200])
        Errand.objects.filter(picture=picture).exclude(
            kind=ErrandKind.DELETE_PICTURE, state=ErrandState.RUNNING
        ).delete()
        Errand.objects.filter(picture=picture).update(picture=None)
        Picture.objects.filter(pk=picture.pk).delete()
    intake.forget_files(picture)


ANSWERS = {
    ErrandKind.CHECK_PICTURE: check_picture,
    ErrandKind.UPLOAD_PICTURE: upload_picture,
    ErrandKind.DELETE_PICTURE: delete_picture,
    ErrandKind.FRAME: take_frame,
}


def used_in(picture: Picture, person: Person) -> list[Generation]:
    """Generations of this picture that the person may see, newest first."""
    uses = InputUse.objects.filter(picture=picture).values("generation_id")
    return list(Generation.objects.visible_to(person).filter(pk__in=uses).order_by("-pk")[:6])
