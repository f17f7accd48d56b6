"""How pictures and films come in: the web takes bytes as they are, a worker looks at them and cleans them.

The web process streams to disk and decodes nothing; it refuses only what the first bytes and the size
give away. What comes in is named by its hash, so the same file twice is the same row. In a worker a picture
is written again from its pixels and a film from its streams: where and by whom it was taken stays behind.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from generations.models import Clip, Person, Picture
from generations.models.picture import PictureState

from . import films, pictures, posters
from .pictures import BadPicture, first_look
from .storage import Incoming, Kept, ending_for, full_path

THUMB_WIDTH, THUMB_BUDGET = 320, 14_000
HEAD = 64  # bytes that tell what a file is
BLOCK = 64 * 1024


@dataclass(frozen=True)
class Frame:
    """Where a picture was taken from: a clip that its person may see, and the second in it."""

    clip: Clip
    second: float

    @classmethod
    def of(cls, clip: Clip, second: float) -> "Frame":
        """The second is kept inside the clip, whatever was said; a millisecond is near enough."""
        return cls(clip, round(max(0.0, min(second, clip.length or 0.0)), 3))


def take(
    person: Person, chunks: Iterable[bytes], name: str = "", size: int = 0, *, frame: Frame | None = None
) -> Picture:
    """Store a file as it comes, `checking` until a worker has examined it; decodes nothing.

    `size`, where it is known before, lets a file that is too large be refused by its beginning. `frame` is
    believed: whether the person may see that clip is for the caller to look at.

    Raises BadPicture (sentence) for what its first bytes or its size forbid, and NoRoom.
    """
    with Incoming(f"pictures/incoming/{person.pk}-{secrets.token_hex(8)}.bin") as incoming:
        head, content_type = b"", ""
        for chunk in chunks:
            if not content_type:
                head += chunk
                if len(head) >= HEAD:
                    content_type = first_look(head)
            incoming.write(chunk)
            if content_type:
                pictures.check_size(content_type, max(size, incoming.size))
        content_type = content_type or first_look(head)
        pictures.check_size(content_type, incoming.size)
        known = _known(person, incoming.sha256)
        if known and _is_there(known):
            return _framed(known, frame)
        kept = incoming.keep(f"pictures/incoming/{person.pk}-{incoming.sha256}.bin")
    return _framed(_written(person, kept, content_type, name), frame)


def _framed(picture: Picture, frame: Frame | None) -> Picture:
    """Write down where it was taken from, once: the same bytes from a second clip change no older lineage."""
    if frame and picture.frame_of_id is None:
        picture.frame_of, picture.frame_at = frame.clip, frame.second
        picture.save(update_fields=["frame_of", "frame_at"])
    return picture


def _known(person: Person, sha256: str) -> Picture | None:
    return Picture.objects.filter(person=person, source_sha256=sha256).first()


def _is_there(picture: Picture) -> bool:
    return picture.state == PictureState.REFUSED or full_path(picture.file).exists()


def _written(person: Person, kept: Kept, content_type: str, name: str) -> Picture:
    facts = {
        "kind": "video" if content_type == "video/mp4" else "image",
        "state": PictureState.CHECKING,
        "sha256": kept.sha256,
        "file": kept.file,
        "content_type": content_type,
        "size": kept.size,
    }
    picture, new = Picture.objects.get_or_create(
        person=person,
        source_sha256=kept.sha256,
        defaults={**facts, "name": pictures.shown_name(name)},
    )
    if not new and picture.file != kept.file:
        if _is_there(picture):  # the same file came twice at once, and the other was quicker
            full_path(kept.file).unlink(missing_ok=True)
        else:
            Picture.objects.filter(pk=picture.pk).update(**facts)
            picture.refresh_from_db()
    return picture


def examine(picture: Picture) -> Picture:
    """Look at a file that came in, clean it, draw its thumbnail; refused ones get their sentence.

    Safe to repeat, and at once by two workers. Decodes foreign bytes: workers only. Raises NoRoom.
    """
    if picture.state != PictureState.CHECKING:
        return picture
    raw = picture.file
    try:
        facts = _film(picture) if picture.kind == "video" else _picture(picture)
    except BadPicture as no:
        facts = {"state": PictureState.REFUSED, "sentence": no.sentence[:400]}
    except FileNotFoundError:
        facts = {"state": PictureState.REFUSED, "sentence": "The file is gone here. Choose it again."}
    Picture.objects.filter(pk=picture.pk, state=PictureState.CHECKING).update(**facts)
    full_path(raw).unlink(missing_ok=True)
    picture.refresh_from_db()
    return picture


def keep(person: Person, file: BinaryIO, name: str = "", *, frame: Frame | None = None) -> Picture:
    """Take and examine in one step, for commands and workers. Raises BadPicture, NoRoom."""
    picture = examine(take(person, iter(lambda: file.read(BLOCK), b""), name, frame=frame))
    if picture.state == PictureState.REFUSED:
        picture.delete()
        raise BadPicture(picture.sentence)
    return picture


def _picture(picture: Picture) -> dict:
    clean = pictures.clean(full_path(picture.file).read_bytes())
    sha256 = hashlib.sha256(clean.data).hexdigest()
    file = _place(picture, sha256, clean.content_type)
    with Incoming(file) as incoming:
        incoming.write(clean.data)
        incoming.keep()
    with Image.open(BytesIO(clean.data)) as image:
        thumb = _thumb(file, image)
    return {
        "state": PictureState.READY,
        "sha256": sha256,
        "file": file,
        "thumb": thumb,
        "content_type": clean.content_type,
        "size": len(clean.data),
        "width": clean.width,
        "height": clean.height,
    }


def _film(picture: Picture) -> dict:
    raw = full_path(picture.file)
    packed = raw.with_name(f".{raw.name}.{secrets.token_hex(6)}.part")
    try:
        film = films.clean(raw, packed)
        with packed.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            place, size = _place(picture, sha256, "video/mp4"), file.seek(0, 2)
            pictures.check_size("video/mp4", size)
            file.seek(0)
            with Incoming(place) as incoming:
                while block := file.read(BLOCK):
                    incoming.write(block)
                incoming.keep()
    finally:
        packed.unlink(missing_ok=True)
    return {
        "state": PictureState.READY,
        "sha256": sha256,
        "file": place,
        "thumb": _thumb(place, film.still),
        "size": size,
        "width": film.width,
        "height": film.height,
        "seconds": round(film.seconds, 3),
    }


def _place(picture: Picture, sha256: str, content_type: str) -> str:
    return f"pictures/{sha256[:2]}/{picture.person_id}-{sha256}.{ending_for(content_type)}"


def _thumb(file: str, image: Image.Image) -> str:
    """A small WebP beside the file; returns its stored name."""
    name = f"{file}.{THUMB_WIDTH}.webp"
    plain = (
        image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGBA" if _is_clear(image) else "RGB")
    )
    with Incoming(name) as incoming:
        incoming.write(posters.within_budget(plain, THUMB_WIDTH, THUMB_BUDGET))
        incoming.keep()
    return name


def keep_face(data: bytes, file: str) -> str:
    """A small WebP of a picture that the vendor showed; returns its stored name. Raises BadPicture."""
    with Image.open(BytesIO(pictures.clean(data).data)) as image:
        return _thumb(file, image)


def _is_clear(image: Image.Image) -> bool:
    return image.mode in {"LA", "PA", "La"} or "transparency" in image.info


def forget_files(picture: Picture) -> None:
    """Remove the files of a picture that has no row any more, unless another row names them."""
    for file in filter(None, (picture.file, picture.thumb)):
        if not Picture.objects.filter(person_id=picture.person_id, file=picture.file).exists():
            full_path(file).unlink(missing_ok=True)
