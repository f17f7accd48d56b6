"""Our files to people who may see them, with byte ranges: without those Safari plays no video and none seeks.

Django's FileResponse ignores Range, and WhiteNoise's answer refuses ranges of one byte (stack.md 7, both
tried), so the one range that players ask for is answered here. What a person may not see is the same 404
as what does not exist. Addresses carry nothing secret; with `?v=` and the beginning of the file's hash
they never mean another file, and a browser keeps them for a year.
"""

import re
from collections.abc import Iterator
from unicodedata import normalize

from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from ..library.posters import poster_file
from ..library.storage import ending_for, full_path, open_media
from ..library.words import tokens
from ..models import Clip, ClipState
from . import prompts
from .access import get_clip

BLOCK = 64 * 1024
VERSION_LENGTH = 12
YEAR, DAY = 31_536_000, 86_400
INLINE = {"video/mp4", "image/png", "image/jpeg", "image/webp", "image/gif", "audio/wav"}
ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII | re.IGNORECASE)
WORDS_IN_NAME = 6


@require_safe
def clip_file(request, label: str) -> HttpResponseBase:
    """/c/228a/file/: the clip itself; with ?download as "228a a quiet harbour.mp4"."""
    clip = _ready(request.user, label)
    name = download_name(clip) if "download" in request.GET else None
    return serve_media(request, clip.file, clip.content_type, etag=clip.sha256, download_name=name)


@require_safe
def clip_poster(request, label: str, width: int) -> HttpResponseBase:
    """/c/228a/poster/640/: the poster of about this width; 404 while there is none."""
    clip = _ready(request.user, label)
    file = poster_file(clip, width)
    if not file:
        raise Http404
    return serve_media(request, file, "image/webp", etag=f"{clip.sha256}-{file.rsplit('.', 2)[1]}")


def _ready(person, label: str) -> Clip:
    clip = get_clip(person, label)
    if clip.state != ClipState.READY:
        raise Http404
    return clip


def version(clip: Clip) -> str:
    """What stands after ?v= in the address of a clip's file and posters."""
    return clip.sha256[:VERSION_LENGTH]


def download_name(clip: Clip) -> str:
    """228a a quiet harbour at dawn.mp4, in letters that every file system takes."""
    prompt = normalize("NFC", prompts.said(clip.generation))
    words = [w for w in prompt.split() if tokens(w)][:WORDS_IN_NAME]
    said = "".join(c for c in " ".join(words) if c.isalnum() or c in " -'")[:80].strip()
    return f"{clip.label} {said}".strip() + f".{ending_for(clip.content_type)}"


# --- the responder ---------------------------------------------------------------------------------------
def serve_media(
    request, file: str, content_type: str, *, etag: str, download_name: str | None = None
) -> HttpResponseBase:
    """A stored file, whole or one range of it. Ask who may see it before calling this.

    `etag` names the content (a hash). 304 when the browser has it, 206 for one range, 416 for one beyond
    the end; several ranges or nonsense get the whole. Raises Http404 when the file is gone.
    """
    tag = f'"{etag}"'
    try:
        stat = full_path(file).stat()
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    if _has_it_already(request, tag, stat.st_mtime):
        return _dressed(HttpResponseNotModified(), request, content_type, tag, stat.st_mtime, download_name)
    size = stat.st_size
    span = _range(request, size, tag, stat.st_mtime)
    if span == BEYOND:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        response["Content-Length"] = "0"
        return _dressed(response, request, content_type, tag, stat.st_mtime, download_name)
    start, end = span or (0, size)
    response = _body(request, file, start, end, size)
    response["Content-Length"] = str(end - start)
    if span:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return _dressed(response, request, content_type, tag, stat.st_mtime, download_name)


BEYOND = (-1, -1)


def _range(request, size: int, tag: str, changed: float) -> tuple[int, int] | None:
    """Start and end (excluded) of the one range asked for, BEYOND, or None for the whole file."""
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or not asked or not any(asked.groups()):
        return None
    if not _still_the_same(request, tag, changed):
        return None
    first, last = asked.groups()
    if max(len(first), len(last)) > 18:
        return BEYOND if first else None
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else BEYOND
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return BEYOND
    return int(first), min(int(last) + 1, size) if last else size


def _still_the_same(request, tag: str, changed: float) -> bool:
    """If-Range: a range of what the browser began with, else the whole again. Weak tags never match."""
    condition = request.headers.get("If-Range", "").strip()
    if not condition:
        return True
    if condition.startswith(('"', "W/")):
        return condition == tag
    return parse_http_date_safe(condition) == int(changed)


def _has_it_already(request, tag: str, changed: float) -> bool:
    """If-None-Match decides; If-Modified-Since only where there is none."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = [part.strip().removeprefix("W/") for part in tags.split(",")]
        return "*" in known or tag in known
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(changed) <= since


def _body(request, file: str, start: int, end: int, size: int) -> HttpResponseBase:
    # A clip is compressed already, and a compressed range would be no range: Django's gzip stays out.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    if request.method == "HEAD":
        return HttpResponse()
    if (start, end) == (0, size):
        return FileResponse(open_media(file))  # the server may leave the whole file to the kernel
    return StreamingHttpResponse(_blocks(file, start, end - start))


def _blocks(file: str, start: int, left: int) -> Iterator[bytes]:
    with open_media(file) as opened:
        opened.seek(start)
        while left and (block := opened.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _dressed(
    response: HttpResponseBase, request, content_type: str, tag: str, changed: float, name: str | None
) -> HttpResponseBase:
    """The headers that every answer carries, 304 and 416 included."""
    known = content_type in INLINE
    response["Content-Type"] = content_type if known else "application/octet-stream"
    attached = bool(name) or not known
    response["Content-Disposition"] = content_disposition_header(attached, name or "") or "inline"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Last-Modified"] = http_date(changed)
    # Without ?v= the address says a number, and after a restore a number may mean another clip.
    fresh = request.GET.get("v", "-") == tag[1 : VERSION_LENGTH + 1]
    keep = f"max-age={YEAR}, immutable" if fresh else f"max-age={DAY}"
    response["Cache-Control"] = f"private, {keep}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
