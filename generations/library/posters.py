"""Small WebP pictures of a clip, made once and kept beside its file: <file>.320.webp, .640 and .1280.

Walls show nothing else, so their weight is what people wait for (ui.md section 19): 14, 40 and 110 KB.
Decodes the file, so it runs in workers only, and at low priority: a clip is ready without posters.
"""

from io import BytesIO

import av
from django.db import transaction
from PIL import Image, ImageStat

from generations.models import Clip, clock
from generations.models.generation import touch

from .probe import NotMedia
from .storage import Incoming, full_path

BUDGETS = {320: 14_000, 640: 40_000, 1280: 110_000}  # bytes (ui.md section 19)
QUALITIES = (80, 72, 64, 54, 44, 34, 24, 14)
# Many clips fade in from black; a picture with hardly any contrast says nothing about them.
FLAT = 6.0
FIRST_SECONDS = 2.0


def make_posters(clip: Clip) -> None:
    """Draw and store the posters of a ready clip, and show them. Safe to repeat.

    Raises NotMedia when the file cannot be decoded, FileNotFoundError when it is gone, NoRoom.
    """
    draw_posters(clip)
    with transaction.atomic():
        clip.posters_at = clock.now()
        Clip.objects.filter(pk=clip.pk).update(posters_at=clip.posters_at)
        touch(clip.generation.team_id, [clip.generation_id])


def draw_posters(clip: Clip) -> None:
    """The files alone; writes no row. Raises as make_posters does."""
    image = _still(clip)
    for width in poster_widths(clip):
        with Incoming(poster_name(clip, width)) as incoming:
            incoming.write(within_budget(image, width, BUDGETS[width]))
            incoming.keep()


def poster_widths(clip: Clip) -> list[int]:
    """The widths this clip has or will have; a poster is never wider than the clip itself."""
    return [width for width in BUDGETS if width <= clip.width] or [min(BUDGETS)]


def poster_name(clip: Clip, width: int) -> str:
    return f"{clip.file}.{width}.webp"


def poster_file(clip: Clip, width: int) -> str:
    """The stored name of the poster that fits `width` best; empty while the clip has none."""
    if not clip.posters_at:
        return ""
    widths = poster_widths(clip)
    return poster_name(clip, min((w for w in widths if w >= width), default=max(widths)))


def _still(clip: Clip) -> Image.Image:
    path = full_path(clip.file)
    if clip.kind == "video" and clip.content_type != "image/gif":
        return _first_picture(str(path))
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (Image.UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        raise NotMedia("The image cannot be opened.") from None


def _first_picture(path: str) -> Image.Image:
    """The first frame, so that playing starts where the poster stood; a later one if that is flat."""
    try:
        with av.open(path, format="mp4") as container:
            first = None
            for frame in container.decode(video=0):
                image = frame.to_image()
                first = first or image
                if _contrast(image) >= FLAT:
                    return image
                if frame.time is None or frame.time > FIRST_SECONDS:
                    break
    except (av.FFmpegError, ValueError, IndexError):
        raise NotMedia("The clip cannot be opened.") from None
    if first is None:
        raise NotMedia("The clip has no picture.")
    return first


def _contrast(image: Image.Image) -> float:
    return ImageStat.Stat(image.resize((32, 32)).convert("L")).stddev[0]


def within_budget(image: Image.Image, width: int, budget: int) -> bytes:
    """The picture as WebP of this width (never enlarged) in at most `budget` bytes.

    Quality gives way first; noise that no quality squeezes gives way in size.
    """
    width = min(width, image.width)
    while True:
        small = image.resize((width, max(1, round(image.height * width / image.width))), Image.LANCZOS)
        for quality in QUALITIES:
            out = BytesIO()
            small.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= budget:
                return out.getvalue()
        width = width * 3 // 4
