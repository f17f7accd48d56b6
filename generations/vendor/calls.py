"""What every call of the client shares: the token, the addresses, and the judgement on answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx

from .encoded import BadEncoding, EncodedValue
from .envelope import page_text, parsed, reason_of, refusal, retry_after, text_of
from .errors import BadToken, FlowError, Gone, NotSent, OutcomeUnknown, ReadFailed
from .redaction import excerpt, redact
from .replies import Written, job_id_of
from .transport import (
    ACCEPT_SECONDS,
    CHUNK,
    JSON_LIMIT,
    TRIES_AGAIN,
    Answer,
    Reader,
    Sending,
    collect,
    describe,
    one_exchange,
    post_once,
)
from .wire import is_loopback

JOB_ID_LENGTH = 255

Reply = TypeVar("Reply")


class Calls:
    """Holds one token and makes calls with it.

    `base_url` is BASE of flow-api.md section 0.3. `allow_hosts`: hosts of media links, see `download`.
    `reader`: a `Reader` shared by the clients of this process; without one the client makes its own.
    Raises BadToken for a token that cannot stand in a header, ValueError for an address that is none.
    """

    accept_seconds = ACCEPT_SECONDS
    """How long a paid POST may take altogether. Only tests shorten it."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        allow_hosts: Iterable[str] = (),
        user_agent: str = "flowsite",
        reader: Reader | None = None,
    ):
        parts = urlsplit(base_url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if not plain or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("The address of the API must look like https://host/path.")
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise BadToken("The token contains characters that a token cannot have; paste it again in full.")
        self._base = base_url.rstrip("/")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._on_loopback = is_loopback(parts.hostname or "")
        self._token = token
        self._allow_hosts = tuple(allow_hosts)
        self._user_agent = user_agent
        self._reader = reader or Reader()
        self._owns_reader = reader is None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base}>"

    def __enter__(self):
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless they belong to a shared reader."""
        if self._owns_reader:
            self._reader.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "User-Agent": self._user_agent}

    # Free calls

    def _get(
        self, path: str, *, tries: int, timeout: float = 30, max_bytes: int = JSON_LIMIT, job: bool = False
    ) -> dict:
        """The JSON object at `path`. Raises Refused, and ReadFailed for everything that says nothing."""
        answer = self._reader.get(
            self._base + path,
            headers=self._headers(),
            secrets=(self._token,),
            timeout=timeout,
            max_bytes=max_bytes,
            tries=tries,
        )
        return self._object(answer, reading=True, job=job)

    def _call(
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, object] | None = None,
        content: Callable[[], Iterator[bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        overall: float = 60,
        tries: int = 1,
        any_body: bool = False,
    ) -> dict:
        """A free POST or DELETE. `tries`: how often network trouble is tried. `any_body`: any 2xx will do.

        Trouble in reading the caller's own file (OSError) passes through.
        """
        sent = self._headers() | (dict(headers) if headers else {"Content-Type": "application/json"})
        for attempt in range(1, tries + 1):
            body = bytearray()
            made = content() if content else json_body(fields or {})
            try:
                with one_exchange(method, self._base + path, sent, made, Sending(), overall) as response:
                    collect(body, response.iter_bytes(), JSON_LIMIT)
                    answer = Answer(response.status_code, response.headers, bytes(body))
            except OSError:
                raise
            except Exception as trouble:
                if attempt == tries or not isinstance(trouble, httpx.TransportError):
                    raise ReadFailed(describe(trouble, self._token)) from None
            else:
                break
        if any_body and 200 <= answer.status < 300:
            return parsed(answer.body) or {}
        return self._object(answer)

    def _object(self, answer: Answer, *, reading: bool = False, job: bool = False) -> dict:
        """The JSON object of a good answer. Raises what the answer means otherwise."""
        body = parsed(answer.body)
        if 200 <= answer.status < 300 and body is not None:
            return body
        raise self._no(answer, reading=reading, job=job)

    def _no(self, answer: Answer, *, reading: bool = False, job: bool = False) -> FlowError:
        """What a free call raises for this answer. Of a GET, 503 is only a failed reading."""
        if job and answer.status == 410 and parsed(answer.body) is not None:
            return Gone(**self._told(answer))
        no = refusal(answer.status, answer.headers, answer.body, self._token)
        if no and not (reading and answer.status in TRIES_AGAIN):
            return no
        return ReadFailed(**self._told(answer))

    def _told(self, answer: Answer, sentence: str = "") -> dict:
        """What an answer that is neither yes nor no tells, as arguments of a FlowError."""
        body = parsed(answer.body)
        said = text_of(body, self._token) if body is not None else page_text(answer.body, self._token)
        return {
            "text": ": ".join(filter(None, (sentence, said))) or "The answer makes no sense",
            "status": answer.status,
            "reason": redact(reason_of(body), self._token) if body is not None else "",
            "raw": excerpt(answer.body, self._token),
            "retry_after": retry_after(answer.headers, body),
        }

    # Calls that may cost money

    def _post_paid(
        self,
        path: str,
        fields: Mapping[str, object],
        sending: Sending | None,
        read: Callable[[dict], Reply | None],
        max_bytes: int = JSON_LIMIT,
    ) -> Reply:
        """POST once. `read` makes the reply of a good answer, or None when it lacks what makes it good."""
        answer = post_once(
            self._base + path,
            headers=self._headers() | {"Content-Type": "application/json"},
            content=lambda: json_body(fields),
            sending=sending or Sending(),
            secrets=(self._token,),
            overall=self.accept_seconds,
            max_bytes=max_bytes,
        )
        good = 200 <= answer.status < 300
        try:
            if no := refusal(
                answer.status, answer.headers, answer.body, self._token, images=path == "/images"
            ):
                raise no
            body = parsed(answer.body)
            if good and body is not None and (reply := read(body)) is not None:
                return reply
            sentence = "The answer says yes and lacks the rest" if good else "The answer is no clear no"
            raise OutcomeUnknown(accepted_hint=good, **self._told(answer, sentence))
        except FlowError:
            raise
        except Exception as slip:
            # Even a slip of ours in reading must not make a paid answer look like a request that failed.
            raise OutcomeUnknown(
                "The answer could not be read", status=answer.status, accepted_hint=good
            ) from slip

    # Files inside answers

    def _post_for_file(
        self,
        path: str,
        fields: Mapping[str, object],
        key: str,
        write: Callable[[bytes], object],
        *,
        sending: Sending | None,
        overall: float,
        max_bytes: int,
    ) -> Written:
        """POST once and decode the answer while it arrives: what was written counts only if this returns.

        Raises like a paid call; trouble of `write` with its own file (OSError) passes through.
        """
        sending = sending or Sending()
        sending.begin()
        headers = self._headers() | {"Content-Type": "application/json"}
        value = EncodedValue(key, write, max_bytes)
        body = bytearray()
        try:
            content = json_body(fields)
            with one_exchange("POST", self._base + path, headers, content, sending, overall) as response:
                if response.status_code == 200:
                    for chunk in response.iter_bytes(CHUNK):
                        value.feed(chunk)
                    return Written(value.bytes, value.sha256, job_id_of(value.finish()))
                collect(body, response.iter_bytes(), JSON_LIMIT)
                answer = Answer(response.status_code, response.headers, bytes(body))
        except OSError:
            raise
        except Exception as trouble:
            text = str(trouble) if isinstance(trouble, BadEncoding) else describe(trouble, self._token)
            if not sending.left:
                raise NotSent(text) from None
            raise OutcomeUnknown(text, accepted_hint=sending.accepted_hint, status=sending.status) from None
        no = refusal(answer.status, answer.headers, answer.body, self._token)
        raise no or OutcomeUnknown(**self._told(answer, "The answer is no clear no"))


def json_body(fields: Mapping[str, object]) -> bytes:
    """Fields as JSON. Those that are None are left out: the vendor refuses nulls (flow-api.md section 2)."""
    given = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(given, ensure_ascii=False, allow_nan=False).encode()


def is_job_id(job_id: str) -> bool:
    """Whether a job id can stand raw as one segment of a path, at most 255 characters of plain ASCII."""
    return (
        0 < len(job_id) <= JOB_ID_LENGTH
        and job_id.isascii()
        and job_id.isprintable()
        and not set(job_id) & set("/?#%\\ ")
        and job_id.strip(".") != ""
    )


def encoded(segment: str) -> str:
    """An e-mail, media id or reference as one segment of a path, fully escaped (section 3.3)."""
    if not segment.strip("."):
        raise ValueError("An empty name cannot stand in an address.")
    return quote(segment, safe="")


def query(**fields: object) -> str:
    """A query string of the fields that are given, with its question mark; '' for none."""
    given = {key: value for key, value in fields.items() if value not in ("", None)}
    return "?" + urlencode(given) if given else ""


def listed(answer: dict, key: str) -> list[dict]:
    """The objects in a list of an answer; a list that is missing is empty."""
    value = answer.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
