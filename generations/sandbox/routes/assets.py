"""Uploads, fresh links, lists and deletion of media (flow-api.md section 7)."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import av
from PIL import Image, UnidentifiedImageError

from ..clock import iso
from ..rules import fields, references
from ..rules.references import media_id
from ..wire import Refusal, Response, refuse
from ..world import Account, Media
from .call import Call
from .links import RENEWED, link, with_range

IMAGE_LIMIT, VIDEO_LIMIT = 20_971_520, 104_857_600
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "video/mp4": "MP4"}
VIDEO_READY_SECONDS = 3.0  # how long Google takes to look at an uploaded clip, at speed 1


def upload(call: Call) -> Response:
    """Keep a file. Only the path names the account; `?email=` is ignored, as measured live."""
    account = _account(call)
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = call.request.body
    if kind not in FORMATS:
        raise Refusal(
            400, {"error": f"Content-Type {kind or 'missing'} not supported, use {', '.join(FORMATS)}"}
        )
    if not content:
        raise Refusal(400, {"error": "File is empty"})
    limit = VIDEO_LIMIT if kind == "video/mp4" else IMAGE_LIMIT
    if len(content) > limit:
        raise Refusal(400, {"error": f"File size ({len(content)}) is over {limit} bytes"})
    if not account.usable:
        raise Refusal(596, {"error": f"Account {account.email} in error state: refresh token rejected"})
    media = _kept(call, account, kind, content)
    call.vendor.counters["accepted /assets"] += 1
    return Response.json(_uploaded(call, media))


def _account(call: Call) -> Account:
    if not call.part:
        usable = [account for account in call.world.accounts.values() if account.usable]
        if usable:
            return usable[0]
    account = call.world.account(call.name)
    if account is None:
        raise Refusal(404, {"error": f"Google Flow account {call.name} not found"})
    return account


def _kept(call: Call, account: Account, kind: str, content: bytes) -> Media:
    if kind == "video/mp4":
        width, height, seconds = _clip_size(content)
    else:
        (width, height), seconds = _picture_size(content, FORMATS[kind]), 0.0
    name = hashlib.sha256(content).hexdigest()
    call.vendor.studio.keep_upload(name, content)
    look = {"scene": "picture", "mood": "", "bucket": 0, "width": width, "height": height, "picture": name}
    media = Media(
        id=call.vendor.make_id(), email=account.email, kind="video" if seconds else "image", created=call.now,
        look={**look, "seconds": seconds} if seconds else look, width=width, height=height, seconds=seconds,
        project=account.project, upload=name, mime=kind,
        ready=call.now + (VIDEO_READY_SECONDS / call.vendor.switches.speed if seconds else 0),
    )  # fmt: skip
    call.vendor.add_media(call.world, media)
    return media


def _picture_size(content: bytes, wanted: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format != wanted:
                raise refuse(400, f"File is {picture.format}, but Content-Type says {wanted}")
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Refusal(400, {"error": "PUBLIC_ERROR_UNKNOWN_IMAGE_FILE_FORMAT"}) from None


def _clip_size(content: bytes) -> tuple[int, int, float]:
    try:
        with av.open(io.BytesIO(content), "r") as film:
            stream = film.streams.video[0]
            return stream.width, stream.height, max(0.1, round((film.duration or 0) / 1_000_000, 3))
    except (av.FFmpegError, IndexError, ValueError):
        raise Refusal(400, {"error": "PUBLIC_ERROR_VIDEO_UPLOAD_FAILED"}) from None


def _uploaded(call: Call, media: Media) -> dict[str, Any]:
    """The answer to an upload; the id is nested on purpose (section 7.1)."""
    id = {"mediaGenerationId": media_id(call.world.user, media.email, media.kind, media.id)}
    shown: dict[str, Any] = {
        "name": media.id,
        "projectId": media.project,
        "workflowId": f"w-{media.id[:8]}",
        "workflowStepId": "CAE",
        "mediaMetadata": {"createTime": iso(media.created), "requestData": {}, "visibility": "PRIVATE"},
    }
    size = {"width": media.width, "height": media.height}
    if media.kind == "video":
        shown["mediaMetadata"]["mediaStatus"] = {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_PENDING"}
        shown["video"] = {"dimensions": {**size, "length": f"{media.seconds:.3f}s"}, "videoOffset": "0s",
                          "userUploadedVideo": {}}  # fmt: skip
        return {"media": shown, "mediaGenerationId": id, "durationSeconds": media.seconds, **size,
                "email": media.email}  # fmt: skip
    shown["image"] = {
        "userUploadedImage": {"aspectRatio": f"IMAGE_ASPECT_RATIO_{media.shape.upper()}"}, "dimensions": size,
    }  # fmt: skip
    workflow = {
        "name": shown["workflowId"],
        "projectId": media.project,
        "metadata": {
            "displayName": "Uploaded image",
            "createTime": iso(media.created),
            "primaryMediaId": media.id,
        },
    }
    return {"media": shown, "workflow": workflow, "mediaGenerationId": id, **size, "email": media.email}


def renew(call: Call) -> Response:
    """A fresh link, or the bytes with `?raw=1` (section 7.2)."""
    media = references.find(call.world, call.name, "mediaGenerationId")
    account = call.world.account(media.email)
    if account is None:
        raise Refusal(404, {"error": f"Google Flow account {media.email} not found"})
    if not account.usable:
        raise Refusal(596, {"error": f"Account {media.email} in error state: refresh token rejected"})
    if media.ready > call.now:
        wait = {"Retry-After": str(max(1, round(media.ready - call.now)))}
        raise Refusal(503, {"error": "Media is not ready yet", "code": 503}, wait)
    if call.request.query.get("raw") in ("true", "1"):
        content, mime = call.vendor.studio.content(media, media.kind)
        return with_range(call.request, content, mime)
    address = link(call.vendor, call.world, media, media.kind, since=call.now, key=RENEWED)
    return Response.json({"url": address, "mediaGenerationId": call.name})


def _living(call: Call, account: Account) -> list[Media]:
    return [
        media
        for media in list(call.world.media.values())
        if media.email == account.email and not media.deleted and media.ready <= call.now
    ]


def projects(call: Call) -> Response:
    account = _account(call)
    made = [media for media in _living(call, account) if not media.upload]
    shown = []
    if made:
        times = sorted(media.created for media in made)
        kinds = {kind: sum(media.kind == kind for media in made) for kind in ("image", "video")}
        shown.append({
            "projectId": account.project, "projectTitle": "Sandbox", "count": len(made), "byType": kinds,
            "firstCreated": iso(times[0]), "lastCreated": iso(times[-1]),
        })  # fmt: skip
    return Response.json(
        {"projects": shown, "scanned": len(made), "truncated": False, "cursor": None, "timeBudget": False}
    )


def listing(call: Call) -> Response:
    account = _account(call)
    wanted = call.request.query.get("projectId", account.project)
    entries = [
        {
            "mediaGenerationId": media_id(call.world.user, media.email, media.kind, media.id),
            "type": media.kind,
            "createTime": iso(media.created),
            "likelyUpload": bool(media.upload),
        }
        for media in _living(call, account)
        if media.project == wanted
    ]
    uploads = sum(bool(entry["likelyUpload"]) for entry in entries)
    return Response.json({"media": entries, "count": len(entries), "likelyUploads": uploads})


def delete(call: Call) -> Response:
    """Delete up to 100; the whole batch is checked first, and what is gone already counts as done."""
    body = fields.check(call.body, fields.DELETE_MEDIA)
    account = _account(call)
    texts = body["mediaGenerationIds"]
    if not 1 <= len(texts) <= 100:
        raise refuse(400, "Parameter mediaGenerationIds must have 1 to 100 entries")
    found = [references.read(str(text), "media", "mediaGenerationIds", call.world.user) for text in texts]
    references.one_account([reference.email for reference in found], account.email)
    call.vendor.change("delete", user=call.world.user, ids=[reference.id for reference in found])
    return Response.json({"deleted": len(found), "mediaGenerationIds": texts})
