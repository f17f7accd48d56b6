"""What can go wrong, sorted by what the caller has to do next.

    FlowError ├── NotSent          no byte can have reached the vendor: safe to try again ├── OutcomeUnknown
    it may have been accepted: look first, never repeat ├── Refused          the vendor said a definite no;
    nothing was started │   ├── Invalid         400, 422: our request, the plan or the content (also 500 of
    /images with such a reason) │   ├── BadToken        401: the useapi.net token is wrong or revoked │   ├──
    NoSubscription  402: the useapi.net fee is not paid │   ├── NoCredits       402, 412: the Flow credits are
    used up │   ├── Forbidden       403: captcha refused, no access to the model, or somebody else's object │
    ├── NotFound        404: unknown account, media or job │   ├── Gone            410: a job older than seven
    days (only when a job is asked about) │   ├── RateLimited     429: wait, see `retry_after` │   ├── Busy
    503: Google or the captcha solver is down, see `retry_after` and `text` │   └── SignedOut       596: the
    Google session of the account must be reconnected ├── ReadFailed       a free, repeatable call did not
    work out; it says nothing about any job └── DownloadFailed   a file could not be fetched; `kind` says how

`Refused` is raised only for a complete answer that parsed as a JSON object: an HTML page of some proxy with
status 404 is never the vendor's word. Statuses are plain integers, since 596 is in no enumeration
(flow-api.md section 16.1).
"""

from __future__ import annotations


class FlowError(Exception):
    """Any trouble with the vendor.

    `status`: HTTP status when a status line was read. `reason`: the vendor's machine word (flow-api.md
    section 16), else ''. `text`: the vendor's human sentence, else ours. `raw`: at most 4 KB of the answer.
    `retry_after`: seconds from now that the vendor asked for, at most a day. All texts are redacted before
    they get here.
    """

    def __init__(
        self,
        text: str = "",
        *,
        status: int | None = None,
        reason: str = "",
        raw: str = "",
        retry_after: float | None = None,
    ):
        super().__init__(text)
        self.text = text
        self.status = status
        self.reason = reason
        self.raw = raw
        self.retry_after = retry_after

    def __str__(self) -> str:
        told = [str(part) for part in (self.status, self.reason) if part]
        if self.text and self.text != self.reason:
            told.append(self.text)
        return ": ".join(told) or type(self).__name__


class NotSent(FlowError):
    """No byte of the request can have reached the vendor. Repeating it is safe."""


class OutcomeUnknown(FlowError):
    """The request may have been accepted and charged. Look for it; never repeat it by yourself.

    `accepted_hint` is True when a 2xx status line was read, so it most probably was accepted and only the job
    id is lost.
    """

    def __init__(self, text: str = "", *, accepted_hint: bool = False, **told):
        super().__init__(text, **told)
        self.accepted_hint = accepted_hint


class Refused(FlowError):
    """The vendor said no in a complete answer. No job exists and no Flow credits are charged."""


class Invalid(Refused):
    """400, 422, or 500 of /images about the content. Also raised, unsent, for a job id that is none."""


class BadToken(Refused):
    """401. Also raised here, unsent, for a token that cannot stand in a header."""


class NoSubscription(Refused):
    """402 about the monthly fee of useapi.net."""


class NoCredits(Refused):
    """402 or 412 about Flow credits."""


class Forbidden(Refused):
    """403. The reason tells captcha trouble from a missing right."""


class NotFound(Refused):
    """404 in the vendor's own words."""


class Gone(Refused):
    """410: the vendor keeps jobs for seven days."""


class RateLimited(Refused):
    """429."""


class Busy(Refused):
    """503 in the vendor's own words: Google, or the captcha solver, is not available."""


class SignedOut(Refused):
    """596: Google has ended the session of this account."""


class ReadFailed(FlowError):
    """A free call failed after its own tries: network, 5xx or an answer that makes no sense. Ask again later.

    `status` 503 of `asset_link` means that the media is not ready yet; `retry_after` says when to look again.
    """


class DownloadFailed(FlowError):
    """A file could not be fetched.

    `kind`: 'link_dead' (renew the link), 'short_body' (fetch again), 'wrong_body' (not a picture or clip),
    'too_big', 'off_list' (a host or address that is not allowed), 'timeout', 'network'.
    """

    def __init__(self, kind: str, text: str = "", **told):
        super().__init__(text, **told)
        self.kind = kind

    def __str__(self) -> str:
        return f"{self.kind}: {super().__str__()}"
