"""Bodies and their fields: which exist for which endpoint, and the 400 that names the one that is wrong.

An unknown field is refused, never ignored: `Parameter n not supported` (flow-api.md section 2). A null counts
as a wrong value, because the vendor wants absent fields to be absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..wire import Request, refuse


@dataclass(frozen=True)
class Field:
    """One field: its kind (`text`, `whole`, `number`, `flag`, `list`), its limits and its choices."""

    kind: str = "text"
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()


def _numbered(name: str, count: int, field: Field | None = None) -> dict[str, Field]:
    return {f"{name}_{number}": field or Field() for number in range(1, count + 1)}


CAPTCHA = {
    "captchaToken": Field(low=20),
    "captchaRetry": Field("whole", low=1, high=10),
    "captchaOrder": Field(),
}
REPLY = {"replyUrl": Field(high=1024), "replyRef": Field(high=1024)}
COMMON = {"count": Field("whole", low=1, high=4), "seed": Field("whole", low=0), **REPLY, **CAPTCHA}
PROMPT = {"prompt": Field(required=True, low=1)}
CLIP = {"mediaGenerationId": Field(required=True)}

VIDEOS = {
    **PROMPT, **COMMON,
    "model": Field(), "aspectRatio": Field(choices=("landscape", "portrait")),
    "duration": Field("whole", low=1), "resolution": Field(choices=("720p", "360p")),
    "startImage": Field(), "endImage": Field(),
    **_numbered("referenceImage", 10), **_numbered("character", 7), **_numbered("referenceAudio", 5),
    "referenceVideo_1": Field(), "startFrameIndex_1": Field("whole", low=0, high=239),
    "endFrameIndex_1": Field("whole", low=1, high=240), "email": Field(), "async": Field("flag"),
}  # fmt: skip
EXTEND = {**CLIP, **PROMPT, **COMMON, "model": Field(), "async": Field("flag")}
UPSCALE = {
    **CLIP, **REPLY, **CAPTCHA, "async": Field("flag"),
    "resolution": Field(choices=("1080p", "4K", "4k", "720p")),
}  # fmt: skip
CONCATENATE = {"media": Field("list", required=True)}
IMAGES = {
    **PROMPT, **COMMON, "model": Field(), "email": Field(),
    "aspectRatio": Field(choices=("16:9", "4:3", "1:1", "3:4", "9:16", "auto", "landscape", "portrait")),
    **_numbered("reference", 10), **_numbered("character", 7),
}  # fmt: skip
IMAGE_UPSCALE = {**CLIP, **CAPTCHA, "resolution": Field(choices=("2k", "4k"))}
VOICE = {
    "email": Field(required=True), "voice": Field(required=True), **CAPTCHA,
    "displayName": Field(required=True, low=1, high=200), "dialog": Field(required=True, low=1, high=120),
    "voicePerformance": Field(required=True, low=1, high=120),
}  # fmt: skip
CHARACTER = {
    "displayName": Field(required=True, low=1, high=200), "imageReference_1": Field(required=True),
    "imageReference_2": Field(), "personalityNotes": Field(high=2000), "voice": Field(),
}  # fmt: skip
COOKIES = {"cookies": Field(required=True, low=1), "dryRun": Field("flag")}
DELETE_MEDIA = {"mediaGenerationIds": Field("list", required=True), "projectId": Field()}


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object: JSON, or a form of text parts, whose values stay text until they are read."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return _form(request.body, kind)
    try:
        content = json.loads(request.body or b"{}")
    except ValueError:
        raise refuse(400, "Request body is not valid JSON") from None
    if not isinstance(content, dict):
        raise refuse(400, "Request body must be a JSON object")
    return content


def _form(body: bytes, kind: str) -> dict[str, Any]:
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    parts: dict[str, Any] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.decode("utf-8", "replace").partition('name="')[2].partition('"')[0]
        parts[name] = _from_text(value.decode("utf-8", "replace"))
    return parts


def _from_text(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() else text


def check(body: Mapping[str, Any], table: Mapping[str, Field]) -> dict[str, Any]:
    """The body, when every field is known and each value is of its kind and within its limits."""
    for name in body:
        if name not in table:
            raise refuse(400, f"Parameter {name} not supported")
    for name, field in table.items():
        if name in body:
            _check_value(name, body[name], field)
        elif field.required:
            raise refuse(400, f"Parameter {name} is required")
    return dict(body)


KINDS = {"text": (str,), "whole": (int,), "number": (int, float), "flag": (bool,), "list": (list,)}
NAMES = {
    "text": "a string",
    "whole": "an integer",
    "number": "a number",
    "flag": "true or false",
    "list": "an array",
}


def _check_value(name: str, value: Any, field: Field) -> None:
    kinds: tuple[Any, ...] = KINDS[field.kind]
    if not isinstance(value, kinds) or (isinstance(value, bool) and field.kind != "flag"):
        raise refuse(400, f"Parameter {name} must be {NAMES[field.kind]}")
    if field.choices and value not in field.choices:
        raise refuse(400, f"Parameter {name} must be one of: {', '.join(map(str, field.choices))}")
    if field.kind not in ("text", "whole"):
        return
    size = len(value.strip()) if isinstance(value, str) else value
    unit = " characters" if isinstance(value, str) else ""
    if field.kind == "text" and field.low == 1 and size < 1:
        raise refuse(400, f"Parameter {name} is required")
    if field.low is not None and size < field.low:
        raise refuse(400, f"Parameter {name} must be at least {field.low:g}{unit}")
    if field.high is not None and size > field.high:
        raise refuse(400, f"Parameter {name} must be at most {field.high:g}{unit}")


def check_captcha(body: Mapping[str, Any]) -> None:
    """The three captcha fields exclude each other (flow-api.md section 6.1)."""
    given = [name for name in CAPTCHA if name in body]
    if len(given) > 1:
        raise refuse(400, f"Parameters {' and '.join(given)} are mutually exclusive")
    order = str(body.get("captchaOrder", "")).split(",")
    if len(order) > 10:
        raise refuse(400, "Parameter captchaOrder must name at most 10 providers")
