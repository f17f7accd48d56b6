"""The JSON body of the vendor's call for a request: only fields its endpoint lists, and no nulls.

An unknown or empty field is refused by the vendor with 400 (flow-api.md section 2). `model` and `count` are
always explicit, because the vendor's defaults have changed before (section 20, rows 3 and 6).
"""

from collections.abc import Mapping

from .engines import engine
from .references import for_vendor, picture_slot
from .request import Request

# The vendor's names; other shapes, where an administrator allows them, go as they are (flow-api.md 20.20).
SHAPES = {"16:9": "landscape", "9:16": "portrait"}
# Endpoints that solve a captcha and so take captchaRetry (flow-api.md 1.1).
WITH_CAPTCHA = ("/images", "/images/upscale", "/videos", "/videos/extend", "/videos/upscale")
WINDOW = ("startFrameIndex_1", "endFrameIndex_1")
PATHS = {
    "image": "/images",
    "extend": "/videos/extend",
    "upscale": "/videos/upscale",
    "gif": "/videos/gif",
    "join": "/videos/concatenate",
}
LARGER_IMAGE = "/images/upscale"
# Answered by the file itself. No reference travels along: a lost answer leaves nothing to be found by.
FILES = (LARGER_IMAGE, PATHS["gif"], PATHS["join"])


def fields_of(
    request: Request,
    *,
    email: str,
    refs: Mapping[str, str],
    reference: str,
    reply_url: str = "",
    captcha_retry: int = 0,
) -> tuple[str, dict]:
    """Path below the base address and body. `refs` gives the vendor's id for each slot that has no `ref`.

    `reference` travels as replyRef. `captcha_retry` 0 leaves the number of tries to the vendor. Raises
    ValueError when the id of an input is missing.
    """
    path, fields = _fields(request, email, refs, reference, reply_url)
    return path, fields | ({"captchaRetry": captcha_retry} if captcha_retry and path in WITH_CAPTCHA else {})


def _fields(
    request: Request, email: str, refs: Mapping[str, str], reference: str, reply_url: str
) -> tuple[str, dict]:
    refs = {**{i.slot: i.ref for i in request.inputs if i.ref}, **refs}
    lost = [i.slot for i in request.inputs if not refs.get(i.slot)]
    if lost:
        raise ValueError(f"No id is known for {', '.join(lost)}")
    reply = {"replyRef": reference} | ({"replyUrl": reply_url} if reply_url else {})
    if request.mode == "gif":
        return PATHS["gif"], {"mediaGenerationId": refs["mediaGenerationId"]}
    if request.mode == "join":
        return PATHS["join"], {"media": _joined(request, refs)}
    if request.mode == "upscale":
        return _upscale(request, refs, reply)
    if request.mode == "extend":
        clip = {"mediaGenerationId": refs["mediaGenerationId"]}
        return PATHS["extend"], {**clip, **_common(request), "async": True, **reply}
    if request.mode == "image":
        ratio = {"aspectRatio": request.ratio}
        return PATHS["image"], {**_common(request), **ratio, **_media(request, refs), "email": email, **reply}
    return "/videos", {**_video(request, refs), "email": email, "async": True, **reply}


def _common(request: Request) -> dict:
    fields = {
        "prompt": for_vendor(request.prompt, request.mode),
        "model": request.model,
        "count": request.count,
    }
    return fields if request.seed is None else {**fields, "seed": request.seed}


def _media(request: Request, refs: Mapping[str, str]) -> dict:
    return {picture_slot(i.slot, request.mode): refs[i.slot] for i in request.inputs}


def _video(request: Request, refs: Mapping[str, str]) -> dict:
    fields = {**_common(request), **_media(request, refs)}
    if request.mode == "edit":  # length and ratio follow the clip
        fields |= {name: request.extra[name] for name in WINDOW if request.extra.get(name) is not None}
    else:
        fields |= {"aspectRatio": SHAPES.get(request.ratio, request.ratio), "duration": request.seconds}
    if request.resolution == "360p":
        fields["resolution"] = "360p"
    return fields


def _upscale(request: Request, refs: Mapping[str, str], reply: dict) -> tuple[str, dict]:
    known = engine(request.model)
    clip = {"mediaGenerationId": refs["mediaGenerationId"]}
    if known and known.kind == "image":
        return LARGER_IMAGE, {**clip, "resolution": request.resolution or "2k"}
    return PATHS["upscale"], {**clip, "resolution": request.resolution or "1080p", "async": True, **reply}


def _joined(request: Request, refs: Mapping[str, str]) -> list[dict]:
    trims = request.extra.get("trims", [])
    ordered = sorted(request.slots("mediaGenerationId"), key=lambda i: int(i.slot.rpartition("_")[2]))
    media = []
    for place, given in enumerate(ordered):
        start, end = trims[place] if place < len(trims) else (0, 0)
        entry = {"mediaGenerationId": refs[given.slot], "trimStart": start, "trimEnd": end}
        media.append({name: value for name, value in entry.items() if value})
    return media
