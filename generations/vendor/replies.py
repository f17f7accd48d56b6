"""The vendor's answers as small frozen values. Unknown fields are ignored, missing ones tolerated.

Each `read` takes parsed JSON of any type and never raises; what is required is checked by the client. Signed
links and raw texts are left out of `repr`; raw texts are redacted and at most 4 KB. Times are aware and in
UTC.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from .accounts import AccountDetail, AccountSummary, VideoModel, account_named
from .envelope import reason_of, text_of
from .redaction import raw_text
from .shapes import moment, number, rows, table, text, texts, whole

__all__ = [
    "Accepted",
    "AccountDetail",
    "AccountSummary",
    "ImagesResult",
    "JobListing",
    "JobRecord",
    "JobsPage",
    "Link",
    "Medium",
    "Upload",
    "VideoModel",
    "Written",
    "account_named",
    "email_in",
    "expires_at",
    "job_id_of",
    "media_of",
]


@dataclass(frozen=True)
class Medium:
    """One clip or picture of an answer, in the vendor's order.

    `ok` is False for an item that failed or was filtered: no link and no bytes, or a status that says so. One
    that is said to be made and has only an id is ok; its link is asked for.
    Such an item may still carry a `media_id`. A silent refusal is `ok` False with an empty reason
    (flow-api.md sections 8.1, 9.6).
    """

    media_id: str
    url: str = field(repr=False)
    thumbnail_url: str = field(repr=False)
    encoded: bytes | None = field(repr=False)
    seed: int | None
    width: int | None
    height: int | None
    length: float | None
    ok: bool
    reason: str
    position: int
    model: str = ""

    @classmethod
    def read(cls, item: object, position: int) -> Medium:
        video, picture = table(item, "video"), table(item, "image")
        made = table(video, "generatedVideo") or table(picture, "generatedImage")
        size = table(video, "dimensions") or table(picture, "dimensions")
        entry = table(item)
        url = _link(entry.get("videoUrl"), made.get("fifeUrl"), entry.get("fifeUrl"), made.get("videoUrl"))
        encoded = _decoded(made.get("encodedImage") or entry.get("encodedImage") or entry.get("encodedVideo"))
        status = text(table(item, "mediaMetadata", "mediaStatus").get("mediaGenerationStatus"))
        media_id = _media_id(entry.get("mediaGenerationId")) or _media_id(made.get("mediaGenerationId"))
        # Without a link it has failed (flow-api.md 9.6), unless the vendor says aloud that it was made: then
        # the link is asked for by the id.
        ok = bool(url or encoded) and "FAILED" not in status or bool(media_id) and "SUCCESSFUL" in status
        return cls(
            media_id=media_id,
            url=url,
            thumbnail_url=_link(entry.get("thumbnailUrl")),
            encoded=encoded,
            seed=whole(made.get("seed")),
            width=whole(size.get("width")),
            height=whole(size.get("height")),
            length=number(size.get("length")),
            ok=ok,
            reason="" if ok else reason_of({"media": [item]}),
            position=position,
            model=text(made.get("model")) or text(made.get("modelNameType")),
        )

    @classmethod
    def of_file(cls) -> Medium:
        """The one item of an answer that was a file and told nothing about it (flow-api.md 8.2, 10.3)."""
        return cls("", "", "", None, None, None, None, None, ok=True, reason="", position=0)

    @classmethod
    def read_old(cls, operation: object, position: int) -> Medium:
        """An item of `operations[]`, the shape of before 2026 (flow-api.md section 9.6)."""
        video = table(operation, "operation", "metadata", "video") or table(operation, "video")
        return cls.read(
            {
                "mediaGenerationId": table(operation).get("mediaGenerationId")
                or video.get("mediaGenerationId"),
                "videoUrl": video.get("fifeUrl"),
                "thumbnailUrl": video.get("servingBaseUri"),
                "video": {"generatedVideo": video},
            },
            position,
        )


def media_of(answer: object) -> tuple[Medium, ...]:
    """The media of a synchronous answer or of a job's `response`."""
    body = table(answer)
    if items := rows(body.get("media")):
        return tuple(Medium.read(item, position) for position, item in enumerate(items))
    old = (Medium.read_old(item, position) for position, item in enumerate(rows(body.get("operations"))))
    return tuple(medium for medium in old if medium.url)


@dataclass(frozen=True)
class Accepted:
    """The vendor has taken the work and named the job (flow-api.md section 9.4).

    `media` and `remaining_credits` are told only when the vendor answered with the finished work at once.
    """

    job_id: str
    status: str
    raw: str = field(repr=False, default="")
    media: tuple[Medium, ...] = ()
    remaining_credits: int | None = None

    @classmethod
    def read(cls, answer: object, *secrets: str) -> Accepted:
        body = table(answer)
        finished = media_of(body) or media_of(table(body, "response"))
        return cls(
            job_id=job_id_of(body),
            status=text(body.get("status")),
            raw=raw_text(answer, *secrets),
            media=finished,
            remaining_credits=whole(body.get("remainingCredits")),
        )


@dataclass(frozen=True)
class JobRecord:
    """`GET /jobs/{jobid}` (flow-api.md section 11.1).

    `state` is 'running', 'completed' or 'failed'; `status` is the vendor's word, and an unknown word means
    running. A completed job may hold failed media, or none at all: read each `Medium.ok`.
    """

    job_id: str
    type: str
    status: str
    state: str
    reply_ref: str
    email: str
    created: datetime | None
    updated: datetime | None
    media: tuple[Medium, ...]
    remaining_credits: int | None
    reason: str
    error_text: str
    code: int | None
    raw_redacted: str = field(repr=False, default="")

    @classmethod
    def read(cls, answer: object, *secrets: str) -> JobRecord:
        body, response = table(answer), table(answer, "response")
        status, job_id = text(body.get("status")), job_id_of(body)
        state = status.lower() if status.lower() in ("completed", "failed") else "running"
        media = media_of(response) or media_of(body)
        went_wrong = state == "failed" or (state == "completed" and not any(medium.ok for medium in media))
        error = {key: value for key, value in body.items() if key != "request"}
        return cls(
            job_id=job_id,
            type=text(body.get("type")),
            status=status,
            state=state,
            reply_ref=text(body.get("replyRef")) or text(table(body, "request").get("replyRef")),
            email=_full_address(email_in(job_id), text(table(body, "request").get("email"))),
            created=moment(body.get("created")),
            updated=moment(body.get("updated")),
            media=media,
            remaining_credits=whole(response.get("remainingCredits", body.get("remainingCredits"))),
            reason=reason_of(error) if went_wrong else "",
            error_text=text_of(error, *secrets) if went_wrong else "",
            code=whole(body.get("code")),
            raw_redacted=raw_text(answer, *secrets),
        )


@dataclass(frozen=True)
class JobListing:
    """One job in the vendor's statistics: enough to ask about it, nothing about its result.

    `http_status` is told by the history only. `kind` is 'video', 'image' or ''.
    """

    job_id: str
    email: str
    timestamp: datetime | None
    http_status: int | None
    kind: str


@dataclass(frozen=True)
class JobsPage:
    """`GET /jobs/?options=…`: the last 15 minutes, ten rows of history; no list (flow-api.md 11.2)."""

    ids: tuple[JobListing, ...]
    option: str = ""
    emails: tuple[str, ...] = ()
    raw: str = field(repr=False, default="")

    @classmethod
    def read(cls, answer: object, option: str, *secrets: str) -> JobsPage:
        found: dict[str, JobListing] = {}
        for part, kind in (("videos", "video"), ("images", "image"), ("combined", "")):
            listed = table(answer, part).get(option)
            entries = (
                listed.items()
                if isinstance(listed, dict)
                else [(job_id_of(row), row) for row in rows(listed)]
            )
            for job_id, row in entries:
                if not job_id or job_id in found or not isinstance(row, dict):
                    continue
                found[job_id] = JobListing(
                    job_id=job_id,
                    email=text(row.get("email")) or email_in(job_id),
                    timestamp=moment(row.get("timestamp")),
                    http_status=whole(row.get("httpStatus")),
                    kind=kind,
                )
        return cls(
            tuple(found.values()), option, texts(table(answer).get("emails")), raw_text(answer, *secrets)
        )


@dataclass(frozen=True)
class Upload:
    """A stored picture or clip (flow-api.md section 7.1). `email` says where it landed: compare it."""

    media_id: str
    width: int | None
    height: int | None
    email: str
    seconds: float | None

    @classmethod
    def read(cls, answer: object) -> Upload:
        body = table(answer)
        size = table(body, "media", "image", "dimensions") or table(body, "media", "video", "dimensions")
        return cls(
            media_id=_media_id(body.get("mediaGenerationId")),
            width=whole(body.get("width", size.get("width"))),
            height=whole(body.get("height", size.get("height"))),
            email=text(body.get("email")),
            seconds=number(body.get("durationSeconds", size.get("length"))),
        )


@dataclass(frozen=True)
class Link:
    """A fresh signed link (flow-api.md 7.2). `expires_at`: Unix seconds, None when it does not say."""

    url: str = field(repr=False)
    expires_at: float | None


@dataclass(frozen=True)
class ImagesResult:
    """The answer of `POST /images` (flow-api.md 8.1). Fewer or failed items: partly or wholly refused."""

    job_id: str
    media: tuple[Medium, ...]
    remaining_credits: int | None = None
    raw: str = field(repr=False, default="")

    @classmethod
    def read(cls, answer: object, *secrets: str) -> ImagesResult:
        body = table(answer)
        return cls(
            job_id_of(body), media_of(body), whole(body.get("remainingCredits")), raw_text(answer, *secrets)
        )


@dataclass(frozen=True)
class Written:
    """Bytes that came inside an answer and were handed to the caller's `write`."""

    bytes: int
    sha256: str
    job_id: str = ""


def job_id_of(answer: object) -> str:
    """The job id, spelled `jobid` or `jobId` (flow-api.md section 3.3)."""
    body = table(answer)
    return text(body.get("jobid")) or text(body.get("jobId"))


def email_in(job_id: str) -> str:
    """The address inside a job id, in full or masked; '' when there is none."""
    found = re.search(r"-email:([^\s/]+@[^\s/]+?)(?:-bot:|$)", job_id)
    return found[1] if found else ""


def expires_at(url: str) -> float | None:
    """Unix seconds from the `Expires` of a link, None without a plausible one (flow-api.md 17)."""
    try:
        query = parse_qsl(urlsplit(url).query)
    except ValueError:
        return None
    for key, value in query:
        if key.lower() == "expires" and re.fullmatch(r"\d{9,11}", value):
            return float(value)
    return None


def _full_address(*candidates: str) -> str:
    """The first address that is not masked, else any: documents mask, live answers mostly not."""
    return next(
        (known for known in candidates if known and "*" not in known), next(filter(None, candidates), "")
    )


def _media_id(value: object) -> str:
    """A media id; the upload answer nests it in an object of the same name on purpose."""
    return text(table(value).get("mediaGenerationId")) or text(value)


def _link(*candidates: object) -> str:
    return next((url for url in map(text, candidates) if url.startswith(("https://", "http://"))), "")


def _decoded(value: object) -> bytes | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        return base64.b64decode(value.partition(",")[2] if value.startswith("data:") else value) or None
    except (binascii.Error, ValueError):
        return None
