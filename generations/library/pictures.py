"""What is done to a picture that a person brings, before it is stored: looked at, turned upright, cleaned.

Phones write the place and the owner into a photograph, and their pictures lie on the side with a note
saying so, which the vendor does not read. So pictures are decoded and written again from pixels alone.
"""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

# flow-api.md 7.1 (seen 2026-06-15): PNG, JPEG and WebP up to 20 MB, MP4 up to 100 MB.
LARGEST_FILE = 20_971_520
LARGEST_FILM = 104_857_600
MEGABYTE = 1024 * 1024
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
# A file of a few kilobytes can claim to be of any size; 64 megapixels take 256 MB once decoded.
MOST_PIXELS = 64_000_000
ORIENTATION = 0x0112
# Neither tells anything about a person, and without them colours and holes are wrong.
HARMLESS = ("icc_profile", "transparency")


class BadPicture(Exception):
    """The picture cannot be used; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Clean:
    data: bytes
    content_type: str
    width: int
    height: int


HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
SAVE_HEIC = (
    "This is a HEIC photograph, which Google does not take. Save it as JPEG first: on a Mac open it in"
    " Preview and choose File, Export; on an iPhone choose Settings, Camera, Formats, Most Compatible."
)
OTHERS = (
    (b"GIF8", "This is a GIF, which Google does not take. Save it as PNG or JPEG first."),
    (b"\x1aE\xdf\xa3", "This is a WebM clip, which Google does not take. Save it as MP4 first."),
    (b"BM", "This is a BMP picture, which Google does not take. Save it as PNG first."),
    (b"II*\0", "This is a TIFF picture, which Google does not take. Save it as PNG or JPEG first."),
    (b"MM\0*", "This is a TIFF picture, which Google does not take. Save it as PNG or JPEG first."),
    (b"%PDF", "This is a PDF. Save the page as a PNG or JPEG picture first."),
)


def first_look(head: bytes) -> str:
    """The content type by the first bytes, whatever the name says. Raises BadPicture for what is refused."""
    if not head:
        raise BadPicture("The file is empty. Choose it again.")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        if head[12:16] == b"VP8X" and len(head) > 20 and head[20] & 0x02:
            raise BadPicture(MOVES)
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _film_type(head[8:12])
    raise BadPicture(_instead(head))


MOVES = "This WebP picture is animated, which Google does not take. Save one picture of it as PNG or JPEG."


def _film_type(brand: bytes) -> str:
    if brand in HEIC:
        raise BadPicture(SAVE_HEIC)
    if brand == b"qt  ":
        raise BadPicture("This is a QuickTime film (MOV), which Google does not take. Save it as MP4 first.")
    return "video/mp4"


def _instead(head: bytes) -> str:
    for start, sentence in OTHERS:
        if head.startswith(start):
            return sentence
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return "This is a drawing (SVG) or a web page, not a picture. Save it as PNG first."
    return "This is no PNG, JPEG or WebP picture and no MP4 clip. Save it as one of these first."


def check_size(content_type: str, size: int) -> None:
    """Raises BadPicture for more than Google takes: 20 MB of a picture, 100 MB of a film."""
    film = content_type == "video/mp4"
    most = LARGEST_FILM if film else LARGEST_FILE
    if size > most:
        told, limit = f"{size / MEGABYTE:.0f}", most // MEGABYTE
        how_large = f"just over {limit}" if told == str(limit) else told
        thing = "clip" if film else "picture"
        raise BadPicture(f"This {thing} is {how_large} MB. Google takes up to {limit}.")


def clean(data: bytes) -> Clean:
    """The same picture, upright, without metadata, in the same format. Raises BadPicture."""
    check_size(first_look(data[:64]), len(data))
    try:
        with Image.open(BytesIO(data), formats=list(FORMATS)) as image:
            _check_pixels(image.width * image.height)
            if image.format != "MPO" and getattr(image, "is_animated", False):
                raise BadPicture(MOVES.replace("WebP ", "" if image.format == "PNG" else "WebP "))
            image.load()
            return _written_again(image)
    except Image.DecompressionBombError:
        raise BadPicture(_too_many_pixels()) from None
    except Image.UnidentifiedImageError:
        raise BadPicture("This is no PNG, JPEG or WebP picture. Save it as one of these first.") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise BadPicture("The picture is damaged or cut off. Choose another copy of it.") from None


def _check_pixels(pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise BadPicture(_too_many_pixels())


def _too_many_pixels() -> str:
    return f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels. Make it smaller first."


def _written_again(image: Image.Image) -> Clean:
    kind = "JPEG" if image.format == "MPO" else image.format  # the first of a phone's several pictures
    turned = image.getexif().get(ORIENTATION, 1) != 1
    upright = ImageOps.exif_transpose(image) if turned else image
    upright.info = {name: upright.info[name] for name in HARMLESS if name in upright.info}
    if kind == "JPEG" and upright.mode not in {"RGB", "L"}:
        upright, turned = upright.convert("RGB"), True
    # An untouched JPEG is written with its own tables ("keep"): no second loss anyone could see.
    untouched = image.format == "JPEG" and not turned
    for quality in ("keep" if untouched else 95, 88):
        out = BytesIO()
        upright.save(out, kind, quality=quality, icc_profile=upright.info.get("icc_profile"))
        if out.tell() <= LARGEST_FILE:
            return Clean(out.getvalue(), FORMATS[kind], upright.width, upright.height)
    raise BadPicture("Without its notes the picture is larger than 20 MB. Save it as JPEG first.")


def shown_name(name: str) -> str:
    """What the person called the file: the last part of the path, printable, at most 200 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200]
