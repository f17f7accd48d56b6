"""The Google Flow API, one method per endpoint we use (flow-api.md section 1.1).

Paid calls (`send_video`, `send`, `send_images`) and `send_for_file` raise NotSent, OutcomeUnknown or Refused
and are never repeated. All other calls are free of Flow credits and raise Refused or ReadFailed. `tries`:
how often a GET is made at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from .calls import Calls, encoded, is_job_id, listed, query
from .download import Downloaded, download
from .envelope import text_of
from .errors import Invalid, ReadFailed
from .redaction import raw_text
from .replies import (
    Accepted,
    AccountDetail,
    AccountSummary,
    ImagesResult,
    JobRecord,
    JobsPage,
    Link,
    Upload,
    Written,
    expires_at,
)
from .transport import CHUNK, Sending

PAID_PATHS = ("/videos", "/videos/extend", "/videos/upscale")

MEBIBYTE = 1024 * 1024

FILES = {
    "/images/upscale": ("encodedImage", 320, 45 * MEBIBYTE),
    "/videos/gif": ("encodedGif", 150, 45 * MEBIBYTE),
    "/videos/concatenate": ("encodedVideo", 240, 100 * MEBIBYTE),
}
"""Answers that are files: the name of their base64 value, seconds to wait (flow-api.md 2.1), most bytes."""


class FlowClient(Calls):
    """`FlowClient(base_url, token, *, allow_hosts=(), user_agent=…, reader=None)`: all endpoints.

    The arguments are explained in `Calls`, which carries every call made here.
    """

    # Accounts

    def accounts(self, *, tries: int = 3) -> dict[str, AccountSummary]:
        """The connected Google accounts by e-mail; find one with `replies.account_named`."""
        answer = self._get("/accounts", tries=tries)
        if "error" in answer and isinstance(answer["error"], str):
            raise ReadFailed(text_of(answer, self._token), raw=raw_text(answer, self._token))
        return {email: AccountSummary.read(email, entry) for email, entry in answer.items() if "@" in email}

    def account(self, email: str, *, tries: int = 3) -> AccountDetail:
        """One account with credits and models. The vendor asks Google for it: do not ask twice a minute."""
        return AccountDetail.read(email, self._get(f"/accounts/{encoded(email)}", timeout=60, tries=tries))

    def captcha_providers(self, *, tries: int = 3) -> dict[str, str | int]:
        """Solvers with masked keys, or `freeCaptchaCredits` when none is set (flow-api.md 6.2)."""
        answer = self._get("/accounts/captcha-providers", tries=tries)
        return {name: value for name, value in answer.items() if isinstance(value, str | int)}

    def captcha_stats(self, *, date: str = "", limit: int | None = None, tries: int = 3) -> dict:
        """Solver statistics of a day (YYYY-MM-DD, default today), as told (flow-api.md 6.3)."""
        asked = query(date=date, limit=limit)
        return self._get(f"/accounts/captcha-stats{asked}", tries=tries, max_bytes=20 * MEBIBYTE)

    # Jobs

    def job(self, job_id: str, *, tries: int = 3, timeout: float = 30) -> JobRecord:
        """One job. Raises Gone after seven days, NotFound, Invalid for an id that cannot stand in a path.

        The id goes raw into the path: the vendor refuses `%3A` and `%40` (flow-api.md section 3.3).
        """
        if not is_job_id(job_id):
            raise Invalid("Invalid job ID format; it was not sent.")
        record = JobRecord.read(
            self._get(f"/jobs/{job_id}", tries=tries, timeout=timeout, job=True), self._token
        )
        if not record.job_id and not record.status:
            raise ReadFailed("The answer describes no job.", raw=record.raw_redacted)
        return record

    def jobs(self, option: str, *, tries: int = 3, timeout: float = 30) -> JobsPage:
        """What runs ('executing') or has just ended ('history', ten rows): statistics, no list of jobs."""
        if option not in ("executing", "history", "summary"):
            raise ValueError(f"There is no such option: {option!r}")
        return JobsPage.read(
            self._get(f"/jobs/?options={option}", tries=tries, timeout=timeout), option, self._token
        )

    # What may cost money

    def send_video(self, fields: Mapping[str, object], *, sending: Sending | None = None) -> Accepted:
        """`POST /videos`, asynchronous (flow-api.md section 9). Sent once; `sending` tells how far."""
        return self.send("/videos", fields, sending=sending)

    def send(self, path: str, fields: Mapping[str, object], *, sending: Sending | None = None) -> Accepted:
        """A paid POST to '/videos', '/videos/extend' or '/videos/upscale', asynchronous, sent once.

        Fields that are None are left out. Raises NotSent, Refused, or OutcomeUnknown for everything that is
        neither a definite no nor a 2xx with a job id.
        """
        if path not in PAID_PATHS:
            raise ValueError(f"There is no such path: {path!r}")

        def accepted(body: dict) -> Accepted | None:
            reply = Accepted.read(body, self._token)
            return reply if is_job_id(reply.job_id) else None

        return self._post_paid(path, {**fields, "async": True}, sending, accepted)

    def send_images(self, fields: Mapping[str, object], *, sending: Sending | None = None) -> ImagesResult:
        """`POST /images`, synchronous (flow-api.md 8.1). Costs no credits, and is sent once too."""

        def pictures(body: dict) -> ImagesResult | None:
            return ImagesResult.read(body, self._token) if isinstance(body.get("media"), list) else None

        return self._post_paid("/images", fields, sending, pictures, max_bytes=60 * MEBIBYTE)

    def send_for_file(
        self,
        path: str,
        fields: Mapping[str, object],
        write: Callable[[bytes], object],
        *,
        sending: Sending | None = None,
        max_bytes: int | None = None,
    ) -> Written:
        """A synchronous POST whose answer is a file: a GIF, a larger image, a joined film. Sent once.

        Free of credits (flow-api.md 8.2, 10.3, 10.4), yet it raises like a paid call: the solver of an image
        costs money, and a lost answer leaves nothing to look for. The bytes go to `write` as they arrive and
        count only when this returns.
        """
        if path not in FILES:
            raise ValueError(f"There is no such path: {path!r}")
        key, overall, most = FILES[path]
        return self._post_for_file(
            path, fields, key, write, sending=sending, overall=overall, max_bytes=max_bytes or most
        )

    # Assets

    def upload(self, email: str, file: BinaryIO, content_type: str, size: int) -> Upload:
        """Store a picture or clip on an account (flow-api.md 7.1). Free; network trouble is tried twice.

        `file` must be seekable; it is streamed from where it stands, `size` bytes. Compare the answer's
        `email`.
        """
        start = file.tell()

        def content():
            file.seek(start)
            left = size
            while left and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
            if left:
                raise OSError("The file ended before its size was reached; it changed while it was read.")

        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        overall = 320 if content_type.startswith("video/") else 120
        body = self._call(
            "POST", f"/assets/{encoded(email)}", headers=headers, content=content, overall=overall, tries=2
        )
        stored = Upload.read(body)
        if not stored.media_id:
            raise ReadFailed("The upload was answered without an id.", raw=raw_text(body, self._token))
        return stored

    def asset_link(self, media_id: str, *, tries: int = 3) -> Link:
        """A fresh link to an upload or a generated medium, good for about 6 h (flow-api.md section 7.2).

        Raises NotFound when it is gone, ReadFailed with status 503 and `retry_after` when it is not ready
        yet.
        """
        answer = self._get(f"/assets/{encoded(media_id)}", tries=tries)
        url = answer.get("url")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise ReadFailed("The answer holds no link.", raw=raw_text(answer, self._token))
        return Link(url, expires_at(url))

    def delete_assets(self, email: str, ids: Iterable[str]) -> None:
        """Delete 1 to 100 media for good. Safe to repeat: gone counts as deleted (flow-api.md 7.5)."""
        body = {"mediaGenerationIds": list(ids)}
        self._call("DELETE", f"/assets/{encoded(email)}", fields=body, tries=2, any_body=True)

    def download(self, url: str, write: Callable[[bytes], object], **how) -> Downloaded:
        """`download` with the hosts of this client; its own origin counts while the API is on loopback."""
        hosts = (*self._allow_hosts, self._origin) if self._on_loopback else self._allow_hosts
        return download(url, write, allow_hosts=hosts, allow_private=self._on_loopback, **how)

    # Voices and characters, free

    def voices(self, email: str, *, source: str = "", tries: int = 3) -> list[dict]:
        """Voices of an account, as told; `source` 'system' or 'user' (flow-api.md section 12)."""
        return listed(self._get(f"/voices{query(email=email, source=source)}", tries=tries), "voices")

    def voice(self, ref: str, *, tries: int = 3) -> dict:
        """One voice with a link to hear it."""
        return self._get(f"/voices/{encoded(ref)}", tries=tries)

    def create_voice(self, fields: Mapping[str, object]) -> dict:
        """Make a voice. Costs solver money, so it is not repeated."""
        return self._call("POST", "/voices", fields=fields)

    def delete_voice(self, ref: str) -> None:
        self._call("DELETE", f"/voices/{encoded(ref)}", tries=2, any_body=True)

    def characters(self, email: str, *, tries: int = 3) -> list[dict]:
        """Characters of an account as the vendor gives them (flow-api.md section 13)."""
        return listed(self._get(f"/characters{query(email=email)}", tries=tries), "characters")

    def character(self, ref: str, *, tries: int = 3) -> dict:
        """One character with links to its pictures and voice."""
        return self._get(f"/characters/{encoded(ref)}", tries=tries)

    def create_character(self, fields: Mapping[str, object]) -> dict:
        """Make a character. Not repeated: a second call makes a second one."""
        return self._call("POST", "/characters", fields=fields)

    def delete_character(self, ref: str) -> None:
        self._call("DELETE", f"/characters/{encoded(ref)}", tries=2, any_body=True)
