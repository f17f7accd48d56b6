"""Takes a base64 value out of a JSON answer while it arrives: a film is never whole in memory.

The rest of the answer (flow-api.md sections 8.2, 10.3, 10.4) is small and read as JSON at the end.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable

from .envelope import parsed

REST_LIMIT = 1024 * 1024
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")


class BadEncoding(Exception):
    """The answer is cut, too large, or does not hold the value."""


class EncodedValue:
    """Feed it the answer; it writes the decoded bytes of the value named `key` and keeps everything else.

    In JSON a quote inside a string is escaped, so the bytes `"key": "` can stand for nothing but the key
    itself.
    """

    def __init__(self, key: str, write: Callable[[bytes], object], max_bytes: int):
        self._opening = re.compile(rb'"' + re.escape(key.encode()) + rb'"\s*:\s*"')
        self._write, self._max_bytes = write, max_bytes
        self._before, self._inside, self._after = bytearray(), bytearray(), bytearray()
        self._place = "before"
        self._digest = hashlib.sha256()
        self.bytes = 0

    def feed(self, chunk: bytes) -> None:
        if self._place == "before":
            self._before += chunk
            found = self._opening.search(self._before)
            if found:
                chunk = bytes(self._before[found.end() :])
                del self._before[found.end() :]
                self._place = "inside"
            elif len(self._before) > REST_LIMIT:
                raise BadEncoding("The answer does not hold what was asked for")
        if self._place == "inside":
            value, quote, rest = chunk.partition(b'"')
            self._decode(value, last=bool(quote))
            if quote:
                self._place, chunk = "after", rest
                self._after += rest
        elif self._place == "after":
            self._after += chunk
        if len(self._after) > REST_LIMIT:
            raise BadEncoding("The answer is too large")

    def finish(self) -> dict:
        """The answer without the value. Raises BadEncoding when it was cut or held no value."""
        rest = parsed(bytes(self._before) + b'"' + bytes(self._after)) if self._place == "after" else None
        if rest is None:
            raise BadEncoding("The answer was cut or does not hold what was asked for")
        if self.bytes == 0:
            raise BadEncoding("The answer holds an empty file")
        return rest

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _decode(self, value: bytes, *, last: bool) -> None:
        self._inside += value.replace(b"\\", b"")  # some JSON writers escape the slash
        if _NOT_BASE64.search(self._inside):
            raise BadEncoding("The file in the answer is not base64")
        ready = len(self._inside) if last else len(self._inside) // 4 * 4
        piece = bytes(self._inside[:ready])
        del self._inside[:ready]
        try:
            decoded = base64.b64decode(piece + b"=" * (-len(piece) % 4), validate=True)
        except (binascii.Error, ValueError) as trouble:
            raise BadEncoding("The file in the answer is not base64") from trouble
        self.bytes += len(decoded)
        if self.bytes > self._max_bytes:
            raise BadEncoding(f"The file in the answer is larger than {self._max_bytes} bytes")
        if decoded:
            self._digest.update(decoded)
            self._write(decoded)
