"""Takes out of a text what must not be read by others: tokens, signatures of links, addresses inside ids.

Everything that leaves this package as text, and every line httpx and httpcore log, goes through `redact`.
"""

from __future__ import annotations

import logging
import re

from .shapes import storable, written

RAW_LIMIT = 4096
"""Characters of an answer that are kept for the administrator (flow-api.md section 16)."""

HIDDEN = "***"

_RULES = (
    (re.compile(r"(?i)\b(bearer)\s+[^\s\"'<>,;]{12,}"), rf"\1 {HIDDEN}"),
    # A token is user:<number>-<random>; a media id starts alike and goes on with email:
    # (flow-api.md sections 2 and 3.1).
    (
        re.compile(r"(?i)(user(?::|%3A)\d{1,20}-)(?!email(?::|%3A))[^\s\"'<>,;&\\]+"),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"(?i)((?:signature|keyname|credential)(?:=|%3D))[^\s\"'<>&\\]+"),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"(?i)(email(?::|%3A))([^@\s\"'%]{1,2})[^@\s\"'%]{0,320}(@|%40)"),
        rf"\1\2{HIDDEN}\3",
    ),
    (re.compile(r"(?i)(email(?::|%3A)[0-9a-f]{4})[0-9a-f]{4,640}(?=-)"), rf"\1{HIDDEN}"),
)


def redact(text: str, *secrets: str) -> str:
    """`text` without tokens, link signatures and most of the addresses in job ids and (in hex) media ids.

    `secrets` are strings known to be secret, whatever they look like. `Expires` of a link is kept.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def excerpt(body: bytes | str, *secrets: str, limit: int = RAW_LIMIT) -> str:
    """The beginning of an answer, redacted, at most `limit` characters."""
    head = body[: limit * 4]
    text = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
    return redact(storable(text), *secrets)[:limit]


def raw_text(answer: object, *secrets: str) -> str:
    """Parsed JSON as the administrator may see it: one line, redacted, at most 4 KB."""
    return excerpt(written(answer), *secrets)


class RedactingFilter(logging.Filter):
    """Redacts what httpx and httpcore log: addresses with signatures, redirects, job ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


def guard_logs() -> None:
    """Put the filter on the loggers of the HTTP library. Doing it twice changes nothing.

    Filters of a logger are not inherited, so each logger that speaks is named.
    """
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, RedactingFilter) for known in logger.filters):
            logger.addFilter(RedactingFilter())
