"""Bring what a request stands on to the account that sends it: free, and once per account and content.

A picture is uploaded to the account by its path (flow-api.md 7.1). An image clip whose original is at the
account goes by its id; else its file is uploaded again. When the vendor says that something is gone, every
id of the request is asked for once, and what is really gone is uploaded anew before the one more try.
"""

import time
from collections.abc import Callable
from typing import BinaryIO

from ...catalog import failures
from ...catalog.failures import Failure
from ...catalog.references import reference
from ...catalog.request import Input, Request
from ...library import intake, pictures, storage
from ...models import Account, Character, Clip, Picture, Upload, Voice
from ...models.character import CastState
from ...models.picture import PictureState
from ...vendor.errors import FlowError, NotFound, ReadFailed, Refused

GONE = "media_missing"  # the class of a refusal after which ids are doubted
PATIENCE = 120  # seconds to wait until the vendor has looked at an uploaded film (flow-api.md 7.1)


class PictureTrouble(Exception):
    """Something the request stands on cannot be brought to the account; nothing was sent."""

    def __init__(self, failure: Failure, error: FlowError | None = None) -> None:
        super().__init__(failure.told()[0])
        self.failure, self.error = failure, error


def trouble(klass: str, text: str = "") -> PictureTrouble:
    return PictureTrouble(failures.failure(klass, text), FlowError(text) if text else None)


def ids_for(request: Request, account: Account, client, *, doubt: bool = False) -> dict[str, str]:
    """Media ids for every slot: known, uploaded earlier, or now.

    `doubt`: the vendor said that one is gone, so each is asked for. Raises PictureTrouble, FlowError.
    """
    return {given.slot: _id_of(given, account, client, doubt) for given in request.inputs}


def _id_of(given: Input, account: Account, client, doubt: bool) -> str:
    if given.ref:
        return _reference(given.ref, account, client, doubt)
    if given.picture is not None:
        picture = Picture.objects.filter(pk=given.picture).first()
        if picture is None:
            raise trouble("input_gone")
        return upload_picture(picture, account, client, doubt=doubt)
    clip = Clip.objects.select_related("generation").filter(pk=given.clip).first()
    if clip is None or not clip.file:
        raise trouble("input_gone")
    return _clip(given.slot, clip, account, client, doubt)


def _reference(ref: str, account: Account, client, doubt: bool) -> str:
    for shelf, klass in ((Character, "character_missing"), (Voice, "voice_missing")):
        if shelf.objects.filter(account=account, ref=ref, state=CastState.GONE).exists():
            raise trouble(klass)
    known = reference(ref)
    if doubt and known and known.kind in {"image", "video"} and not _lives(ref, client):
        raise trouble(GONE)
    return ref


def _clip(slot: str, clip: Clip, account: Account, client, doubt: bool) -> str:
    """A clip by its own id where that is of use, else its file again."""
    original = clip.media_id if clip.generation.account_id == account.pk else ""
    if slot.startswith("mediaGenerationId"):
        if not original:
            raise trouble("original_elsewhere", clip.label)
        if doubt and not _lives(original, client):
            raise trouble("original_gone", clip.label)
        return original
    again = Upload.objects.filter(account=account, sha256=clip.sha256).exists()
    if original and not again and not (doubt and not _lives(original, client)):
        return original
    return _uploaded(
        lambda: storage.open_media(clip.file),
        clip.sha256, clip.content_type, clip.size, account, client, doubt,
    )  # fmt: skip


def upload_picture(picture: Picture, account: Account, client, *, doubt: bool = False) -> str:
    """The picture's id at this account; examined first if no worker has come to it yet."""
    picture = intake.examine(picture)
    if picture.state == PictureState.REFUSED:
        raise trouble("input_refused", picture.sentence)
    return _uploaded(
        lambda: storage.open_media(picture.file),
        picture.sha256, picture.content_type, picture.size, account, client, doubt,
    )  # fmt: skip


def _uploaded(
    opened: Callable[[], BinaryIO],
    sha256: str, content_type: str, size: int,
    account: Account, client, doubt: bool,
) -> str:  # fmt: skip
    known = Upload.objects.filter(account=account, sha256=sha256).first()
    if known and not (doubt and not _lives(known.media_id, client)):
        return known.media_id
    if known:
        known.delete()
    try:
        pictures.check_size(content_type, size)
        with opened() as file:
            stored = client.upload(account.email, file, content_type, size)
    except pictures.BadPicture as no:
        raise trouble("input_refused", no.sentence) from None
    except FileNotFoundError:
        raise trouble("input_gone") from None
    except Refused as no:
        failure = failures.classify(status=no.status, reason=no.reason, text=no.text, endpoint="/assets")
        if failure.action == "fail":
            raise PictureTrouble(failure, no) from no
        raise
    # The e-mail counts in the path only; look where the file went (flow-api.md 7.1).
    if stored.email and stored.email.lower() != account.email and "*" not in stored.email:
        raise ReadFailed(f"The picture landed on another account than {account.masked_email}.")
    if content_type == "video/mp4":
        _wait_until_ready(stored.media_id, client)
    defaults = {"media_id": stored.media_id}
    return Upload.objects.get_or_create(account=account, sha256=sha256, defaults=defaults)[0].media_id


def _lives(media_id: str, client) -> bool:
    """Whether the vendor still has it. Trouble with asking passes through: then nobody knows."""
    try:
        client.asset_link(media_id)
    except NotFound:
        return False
    except ReadFailed as not_now:
        if not_now.status != 503:
            raise
    return True


def _wait_until_ready(media_id: str, client) -> None:
    """A film is looked at after it was stored (flow-api.md 7.2, 503); a generation before that is refused."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            client.asset_link(media_id, tries=1)
            return
        except ReadFailed as not_yet:
            if not_yet.status != 503 or time.monotonic() > end:
                raise
            time.sleep(min(not_yet.retry_after or 2, 5))


def delete_at_vendor(sha256: str, accounts: list[Account], client_for: Callable[[Account], object]) -> None:
    """Delete what was uploaded of this content to these accounts, and forget it (flow-api.md 7.5)."""
    for known in Upload.objects.filter(sha256=sha256, account__in=accounts).select_related("account"):
        client_for(known.account).delete_assets(known.account.email, [known.media_id])
        known.delete()
