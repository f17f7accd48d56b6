"""What an answer of the vendor says when it says no (flow-api.md section 16), whatever shape it has.

`error` may be a string, an object or a list; the body may be HTML, empty or a media answer with a failed
item.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

from . import errors
from .redaction import excerpt, redact
from .shapes import moment, number, rows, table, text, texts, written

A_DAY = 86400.0

REASON_LENGTH = 100

REASON = re.compile(r"(?:PUBLIC_ERROR|FINISH_REASON|PUBLIC_BOTTLE)_[A-Z0-9_]+|[A-Z][A-Z_]*_FILTERED\b")
_SOLVER_WORD = re.compile(r"\bERROR_[A-Z_]+\b")
_MACHINE_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")

_CONTENT = re.compile(
    r"UNSAFE|SAFETY|SEXUAL|VIOLENCE|DANGER|MINOR|PEOPLE|FACE_DETECTED|PHOTOREAL|REPUTATIONAL|FILTER|IP_INPUT"
    r"|SPEECH_EDIT|VIDEO_EDIT|CONTENT_WARNING|NON_ENGLISH|UNDERSPECIFIED|policy|policies|moderat|safety",
)

REFUSALS: Mapping[int, type[errors.Refused]] = {
    400: errors.Invalid,
    401: errors.BadToken,
    402: errors.NoCredits,
    403: errors.Forbidden,
    404: errors.NotFound,
    412: errors.NoCredits,
    422: errors.Invalid,
    429: errors.RateLimited,
    503: errors.Busy,
    596: errors.SignedOut,
}
"""Statuses that are a definite no when they come with a JSON object (flow-api.md sections 9.7 and 16.1)."""


def parsed(body: bytes | str) -> dict | None:
    """The JSON object in `body`, or None when it is anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def reason_of(answer: object) -> str:
    """The machine reason in an error answer, a failed job or one failed item; '' when none is told."""
    return next(_reasons(answer), "")[:REASON_LENGTH]


def _reasons(answer: object) -> Iterator[str]:
    """Everything that may be a reason, best first: flow-api.md section 16, then what else helps.

    A machine word in `error` itself (`no_eligible_account`) goes before a search of the whole body, since
    that answer also lists the reasons of each account that rests.
    """
    yield from _detail_reasons(answer)
    yield from _media_reasons(answer)
    for error in _errors(answer):
        if isinstance(error, str) and _MACHINE_WORD.fullmatch(error.strip()):
            yield error.strip()
    body = written(answer)
    yield from REASON.findall(body)
    yield from _SOLVER_WORD.findall(body)
    for error in _errors(answer):
        if word := text(table(error).get("status")):
            yield word


def text_of(answer: object, *secrets: str) -> str:
    """The human sentence in an error answer, redacted, at most 500 characters; '' when there is none."""
    told: list[str] = []
    for error in _errors(answer):
        sentence = text(table(error).get("message")) or text(error)
        if sentence and not _MACHINE_WORD.fullmatch(sentence):
            told.append(sentence)
    body = table(answer)
    told += [text(body.get(key)) for key in ("message", "errorDetails", "reason")]
    if not any(told):
        told = [text(error) for error in _errors(answer)]
    plain = [part for part in told if part and not part.startswith(("{", "["))]
    return redact(": ".join(dict.fromkeys(plain)), *secrets)[:500]


def page_text(body: bytes, *secrets: str) -> str:
    """What a page that is not JSON says: its title, else its first words without tags."""
    page = body[:20000].decode("utf-8", "replace")
    title = re.search(r"(?is)<title[^>]{0,200}>([^<]{1,300})", page)
    words = title[1] if title else re.sub(r"<[^>]{0,500}>", " ", page)
    return redact(" ".join(words.split()), *secrets)[:200]


def retry_after(headers: Mapping[str, str], answer: object = None) -> float | None:
    """Seconds to wait: `Retry-After` in seconds or as a date, else `retryAfter` of the body; at most a day.

    Dates are read against the answer's own `Date`, so that a wrong clock on our side shortens no wait.
    """
    now = _date(headers.get("date")) or time.time()
    header = headers.get("retry-after", "")
    wait = number(header)
    if wait is None and (until := _date(header)) is not None:
        wait = until - now
    if wait is None:
        body = table(answer)
        told = body.get("retryAfter", table(body.get("error")).get("retryAfter"))
        wait = number(told)
        if wait is None and (when := moment(told)) is not None:
            wait = when.timestamp() - now
    return None if wait is None else min(max(wait, 0.0), A_DAY)


def is_about_content(reason: str, sentence: str) -> bool:
    """Whether the content itself was refused (flow-api.md section 24.2), not the traffic or plan."""
    return bool(_CONTENT.search(reason) or _CONTENT.search(sentence))


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *secrets: str, images: bool = False
) -> errors.Refused | None:
    """The definite no in a complete answer, or None when the answer is no such thing.

    `images`: the answer is one of POST /images, where 500 with a moderation reason is a refusal as well
    (flow-api.md section 8.1).
    """
    answer = parsed(body)
    if answer is None:
        return None
    reason, sentence = redact(reason_of(answer), *secrets), text_of(answer, *secrets)
    kind = REFUSALS.get(status)
    if status == 402 and "subscription" in sentence.lower():
        kind = errors.NoSubscription
    if status == 500 and images and is_about_content(reason, sentence):
        kind = errors.Invalid
    if status == 503 and "error" not in answer:
        # Some gateways say 503 in JSON too, and behind one the vendor may have accepted. Its own has `error`.
        kind = None
    if kind is None:
        return None
    return kind(
        sentence,
        status=status,
        reason=reason,
        raw=excerpt(body, *secrets),
        retry_after=retry_after(headers, answer),
    )


def _errors(answer: object) -> Iterator[object]:
    """Every value that stands where an error may stand, lists opened, JSON in strings read."""
    body = table(answer)
    for value in (body.get("error"), table(body, "response").get("error"), body.get("errorDetails")):
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            with contextlib.suppress(ValueError, RecursionError):
                value = json.loads(value)
                value = table(value).get("error", value)
        yield from value if isinstance(value, list) else [value]


def _detail_reasons(answer: object) -> Iterator[str]:
    for error in _errors(answer):
        for detail in rows(table(error).get("details")):
            if word := text(detail.get("reason")):
                yield word


def _media_reasons(answer: object) -> Iterator[str]:
    """Reasons in the status of failed media; those that look like Google's own come first."""
    body = table(answer)
    items = rows(body.get("media")) + rows(table(body, "response").get("media"))
    for item in [*items, body]:
        status = table(item, "mediaMetadata", "mediaStatus")
        words = [text(table(status, "error").get("message")), *texts(status.get("failureReasons"))]
        known = [found[0] for word in words if (found := REASON.search(word))]
        yield from known
        yield from (word for word in texts(status.get("failureReasons")) if word and not known)


def _date(value: str | None) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (TypeError, ValueError, OverflowError):
        return None
