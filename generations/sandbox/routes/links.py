"""The media host: signed links with an end, ranges, and the troubles of section 24.5."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qs

from ..troubles import struck_by
from ..troubles.envelopes import disturb
from ..vendor import Vendor
from ..wire import Refusal, Request, Response
from ..world import Media, World

PREFIX = "/flow-content/"
RENEWED = "sandbox-renewed"
_PATH = re.compile(PREFIX + r"(video|image|voice)/(\d+)/([^/]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def link(vendor: Vendor, world: World, media: Media, kind: str, *, since: float, key: str = "sandbox") -> str:
    """A link to the clip (`video`) or its still (`image`) that dies `link_seconds` after `since`."""
    return sign(vendor, f"{PREFIX}{kind}/{world.user}/{media.id}", since, key)


def sign(vendor: Vendor, path: str, since: float, key: str = "sandbox") -> str:
    expires = int(since + vendor.switches.link_seconds)
    return (
        f"{vendor.origin}{path}?Expires={expires}&KeyName={key}&Signature={_signature(vendor, path, expires)}"
    )


def _signature(vendor: Vendor, path: str, expires: int) -> str:
    key = f"sandbox-{vendor.seed}".encode()
    return hmac.new(key, f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()[:40]


def answer(vendor: Vendor, request: Request) -> Response:
    """Bytes for a living link; 403 for a dead or forged one, like a signed link of any storage."""
    match = _PATH.fullmatch(request.path)
    if not match or request.method not in ("GET", "HEAD"):
        raise Refusal(404, b"Not found", type="text/plain")
    kind, user, inner = match.groups()
    vendor.counters["downloads"] += 1
    if "authorization" in request.headers:
        vendor.counters["downloads with a token"] += 1  # a client must never do this (section 17)
    query = parse_qs(request.target.partition("?")[2])
    expires = int((query.get("Expires") or ["0"])[0]) if (query.get("Expires") or ["0"])[0].isdigit() else 0
    good = hmac.compare_digest(_signature(vendor, request.path, expires), (query.get("Signature") or [""])[0])
    if not good or expires < vendor.clock.now():
        raise Refusal(403, b"<Error><Code>AccessDenied</Code></Error>", type="application/xml")
    if kind == "voice":
        return Response(200, vendor.studio.voice_sample(inner), "audio/wav")
    media = vendor.world(user).media.get(inner)
    if media is None or media.deleted:
        raise Refusal(404, b"Not found", type="text/plain")
    content, mime = vendor.studio.content(media, kind)
    return _troubled(vendor, media, user, query, with_range(request, content, mime))


def _troubled(
    vendor: Vendor, media: Media, user: str, query: dict[str, list[str]], whole: Response
) -> Response:
    struck = vendor.troubles.strike("media", user)
    if struck is None and media.trouble:
        name, _, times = media.trouble.partition(":")
        vendor.downloads[media.id] += 1
        # A dead link stays dead and a renewed one works; others strike always, or as often as ordered.
        renewed = query.get("KeyName") == [RENEWED]
        used_up = int(times) < vendor.downloads[media.id] if times else name.startswith("link_") and renewed
        struck = None if used_up else struck_by(name)
    return disturb(struck.row, whole) if struck else whole


def with_range(request: Request, content: bytes, mime: str) -> Response:
    """The whole, or the one range that was asked for; 416 outside of it."""
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{hashlib.md5(content[-64:]).hexdigest()}"'}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if not wanted or wanted.groups() == ("", ""):
        return Response(200, content, mime, headers)
    size = len(content)
    first, last = wanted.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or end < start:
        raise Refusal(416, b"", {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(206, content[start : end + 1], mime, headers)
