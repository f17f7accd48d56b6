"""How an ordered trouble is put into words: the envelopes of section 16, and bodies that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

from ..clock import iso
from ..wire import Refusal, Response
from .catalogue import PLACES, Trouble

STATUS_WORDS = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED",
                500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
MESSAGES = {400: "Request contains an invalid argument.", 403: "The caller does not have permission",
            429: "Resource has been exhausted (e.g. check quota).", 500: "Internal error encountered.",
            503: "The service is currently unavailable."}  # fmt: skip
Facts = Mapping[str, Any]


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _text(row: Trouble, words: str, facts: Facts) -> dict[str, Any]:
    return {"error": words}


def _code(row: Trouble, words: str, facts: Facts) -> dict[str, Any]:
    return {"error": words, "code": row.status}


def google_error(status: int, reason: str, words: str = "") -> dict[str, Any]:
    """Google's own error, passed through (section 16, third shape)."""
    error: dict[str, Any] = {
        "code": status,
        "message": words or MESSAGES.get(status, "Unknown"),
        "status": STATUS_WORDS.get(status, "UNKNOWN"),
    }
    if reason:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return {"error": error}


def _google(row: Trouble, words: str, facts: Facts) -> dict[str, Any]:
    return google_error(row.status, row.reason, words)


def _quarantine(row: Trouble, words: str, facts: Facts) -> dict[str, Any]:
    skipped = {"email": facts.get("email", ""), "reason": "PUBLIC_ERROR_USER_REQUESTS_THROTTLED"}
    return {"error": "no_eligible_account", "message": words,
            "skipReasons": [{**skipped, "model": facts.get("model", "")}]}  # fmt: skip


def filtered_media(reason: str) -> list[dict[str, Any]]:
    """A media list with one item that was generated and then filtered (section 9.7, row 5)."""
    word = reason.removeprefix("PUBLIC_ERROR_").replace("AUDIO_FILTERED", "AUDIO_GENERATION_FILTERED")
    status = {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_FAILED",
              "error": {"code": 3, "message": reason}, "failureReasons": [word]}  # fmt: skip
    return [{"mediaMetadata": {"mediaStatus": status, "visibility": "FILTERED"}}]


def _media(row: Trouble, words: str, facts: Facts) -> dict[str, Any]:
    return {"media": filtered_media(row.reason)}


ENVELOPES: dict[str, Callable[[Trouble, str, Facts], dict[str, Any]]] = {
    "text": _text, "code": _code, "google": _google, "quarantine": _quarantine, "media": _media,
}  # fmt: skip


def refusal(row: Trouble, facts: Facts, now: float, speed: float, form: str = "seconds") -> Refusal:
    """The complete answer of a trouble that strikes at the gate, with its wait in the ordered form."""
    body = ENVELOPES[row.envelope](row, row.words.format_map(_Blank(facts)), facts)
    headers: dict[str, str] = {}
    if row.wait and form != "none":
        until = until_of(row, now, speed)
        body["retryAfter"] = iso(until)
        if form == "seconds":
            headers["Retry-After"] = str(max(1, round(until - now)))
        elif form == "date":
            headers["Retry-After"] = formatdate(until, usegmt=True)
    return Refusal(row.status, body, headers)


def until_of(row: Trouble, now: float, speed: float) -> float:
    """When a wait is over. Waits in seconds pass `speed` times faster; a UTC midnight is a midnight."""
    if row.wait == "midnight":
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today + timedelta(days=1)).timestamp()
    return now + max(1.0, float(row.wait or 0) / speed)


def _html(words: str) -> bytes:
    return f"<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>".encode()


def disturb(row: Trouble, answer: Response) -> Response:
    """The answer as the caller gets it when the line or the media host is in trouble."""
    status = row.status or answer.status
    if row.envelope == "html":
        return Response(status, _html(row.words), "text/html", delivery=row.delivery)
    if row.status and row.envelope in ENVELOPES:
        body = ENVELOPES[row.envelope](row, row.words, {})
        return Response(status, json.dumps(body).encode(), delivery=row.delivery)
    if row.envelope == "redirect":
        away = {"Location": "https://elsewhere.invalid/not-on-your-list.mp4"}
        return Response(status, b"", "text/plain", away)
    body_of = BODIES.get(row.envelope)
    content = body_of(answer.body) if body_of else answer.body
    return Response(status, content, answer.type, answer.headers, row.delivery)


def _without_job(body: bytes) -> bytes:
    return json.dumps({key: value for key, value in json.loads(body).items() if key != "jobid"}).encode()


BODIES: dict[str, Callable[[bytes], bytes]] = {
    "bare": _without_job,
    "empty_jobid": lambda body: json.dumps({**json.loads(body), "jobid": ""}).encode(),
    "nothing": lambda body: b"",
    "broken": lambda body: body[: len(body) // 3],
    "noise": lambda body: bytes(range(256)) * 40,
    "half": lambda body: body[: len(body) // 2],
}


def failed_record(failure: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a job record that says why it failed, in the ordered place (section 11.1)."""
    reason, code = failure["reason"], failure["code"]
    record: dict[str, Any] = _filled(PLACES[failure["place"]], reason, code)
    if failure["place"] in ("media", "reasons"):
        media = filtered_media(reason)
        if failure["place"] == "reasons":
            media[0]["mediaMetadata"]["mediaStatus"]["error"] = {"code": 3, "message": "Generation failed"}
        record["response"] = {"media": media}
    return record


def _filled(template: Any, reason: str, code: int) -> Any:
    if isinstance(template, dict):
        return {key: _filled(value, reason, code) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, reason, code) for value in template]
    if template == "C":
        return code
    if template == "R":
        return reason
    if isinstance(template, str):
        return (
            template.replace("error: C", f"error: {code}")
            .replace('"code":C', f'"code":{code}')
            .replace('"reason":"R"', f'"reason":"{reason}"')
        )
    return template
