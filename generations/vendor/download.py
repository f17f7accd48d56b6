"""Fetches finished clips and pictures from the vendor's media hosts (flow-api.md section 17).

A link comes from outside, so it is not trusted: only hosts on a list, only HTTPS, only public addresses, a
size and a time limit, and the first bytes must be those of a clip or picture. The token is never sent here.
With the API itself on loopback (the sandbox), loopback links of a listed host are allowed too.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

from .errors import DownloadFailed
from .redaction import excerpt, redact
from .replies import expires_at
from .shapes import whole
from .transport import CHUNK
from .wire import AddressRefused, Deadline, Line, is_loopback

__all__ = ["DOWNLOAD_LIMIT", "Downloaded", "download", "expires_at", "kind_of"]

DOWNLOAD_LIMIT = 500 * 1024 * 1024
"""Largest file that is fetched, in bytes (flow-api.md section 21.7)."""

REDIRECTS = 5

_DEAD = (401, 403, 404, 410)

_MAGIC = (
    (re.compile(rb"....ftyp", re.DOTALL), "video/mp4"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
)


@dataclass(frozen=True)
class Downloaded:
    """A file that arrived whole. `content_type` is what its first bytes say, not what the host claims."""

    bytes: int
    sha256: str
    content_type: str


def kind_of(head: bytes) -> str:
    """The content type that the first 12 bytes of a clip or picture show, '' for anything else."""
    return next((kind for magic, kind in _MAGIC if magic.match(head)), "")


def download(
    url: str,
    write: Callable[[bytes], object],
    *,
    allow_hosts: Iterable[str],
    allow_private: bool = False,
    max_bytes: int = DOWNLOAD_LIMIT,
    overall: float = 600,
    progress: Callable[[int, int | None], object] | None = None,
) -> Downloaded:
    """Stream a file to `write`, which gets nothing before the first bytes proved to be a clip or picture.

    `allow_hosts`: names ('flow-content.google'), names with all their subdomains ('*.googleusercontent.com')
    and origins ('http://127.0.0.1:9000'). Redirects are followed only inside this list. `allow_private`,
    meant for an API on loopback, lifts HTTPS and public addresses for loopback hosts and for origins on the
    list. `overall`: seconds for everything. `progress(bytes, total)` is called after each piece; total is
    None when the host does not say. Raises DownloadFailed; what `write` and `progress` raise passes through.
    After any exception the bytes written so far are worthless.
    """
    deadline = Deadline(overall)
    hosts = tuple(allow_hosts)
    for _ in range(REDIRECTS + 1):
        target = _checked(url, hosts, allow_private)
        public_only = not _is_ours(target, hosts, allow_private)
        with _fetch(target, deadline, public_only=public_only) as response:
            if response.has_redirect_location:
                url = _next(target, response)
                continue
            return _receive(response, write, max_bytes, progress)
    raise DownloadFailed("network", f"The link was redirected more than {REDIRECTS} times.")


def _checked(url: str, hosts: tuple[str, ...], allow_private: bool) -> httpx.URL:
    """The address when it may be asked. Raises DownloadFailed('off_list')."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise DownloadFailed("off_list", "The link is not an address.") from None
    local = _is_ours(target, hosts, allow_private)
    if target.userinfo or not target.host or target.scheme not in ("https", "http"):
        raise DownloadFailed("off_list", "The link is not a plain web address.")
    if target.scheme == "http" and not local:
        raise DownloadFailed("off_list", f"The link to {target.host} is not encrypted.")
    if not any(_fits(target, entry, local) for entry in hosts):
        raise DownloadFailed(
            "off_list", f"The host {target.netloc.decode()} is not on the list of media hosts."
        )
    return target


def _is_ours(target: httpx.URL, hosts: tuple[str, ...], allow_private: bool) -> bool:
    """Whether HTTP and a private address are fine: on loopback, or an origin that is listed in full."""
    listed = any("://" in entry and _fits(target, entry, local=True) for entry in hosts)
    return allow_private and (listed or is_loopback(target.host))


def _fits(target: httpx.URL, entry: str, local: bool) -> bool:
    """Whether a list entry covers an address. A name covers the standard port, on loopback any port."""
    host, name = target.host.rstrip(".").lower(), entry.strip().rstrip("./").lower()
    if "://" in name:
        return f"{target.scheme}://{target.netloc.decode().lower()}" == name
    if target.port not in (None, 443) and not local:
        return False
    if name.startswith("*."):
        return host.endswith(name[1:])
    return host == name


def _next(target: httpx.URL, response: httpx.Response) -> str:
    try:
        return str(target.join(response.headers["location"]))
    except (httpx.InvalidURL, ValueError):
        raise DownloadFailed("off_list", "The link was redirected to no address.") from None


@contextlib.contextmanager
def _fetch(target: httpx.URL, deadline: Deadline, *, public_only: bool):
    """An answer whose body is still to be read. Raises DownloadFailed for trouble before the body."""
    timeout = httpx.Timeout(connect=10, read=30, write=10, pool=5)
    client = httpx.Client(
        transport=Line(deadline, public_only=public_only),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
    )
    client.headers.clear()
    headers = {"Accept": "video/*,image/*", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        response = client.send(client.build_request("GET", target, headers=headers), stream=True)
    except AddressRefused as refused:
        raise DownloadFailed("off_list", str(refused)) from None
    except httpx.TimeoutException:
        raise DownloadFailed("timeout", f"{target.host} did not answer in time.") from None
    except Exception as trouble:
        raise DownloadFailed("network", redact(f"{target.host}: {trouble}")) from None
    else:
        yield response
    finally:
        with contextlib.suppress(Exception):
            client.close()


def _receive(
    response: httpx.Response,
    write: Callable[[bytes], object],
    max_bytes: int,
    progress: Callable[[int, int | None], object] | None,
) -> Downloaded:
    """Read, check and pass on the body of a final answer."""
    _expect_a_file(response)
    announced = whole(response.headers.get("content-length"))
    if announced is not None and announced > max_bytes:
        raise _too_big(max_bytes)
    digest, count, kind = hashlib.sha256(), 0, ""
    for chunk in _pieces(response):
        kind = kind or _kind_or_fail(chunk)
        count += len(chunk)
        if count > max_bytes:
            raise _too_big(max_bytes)
        digest.update(chunk)
        write(chunk)
        if progress:
            progress(count, announced)
    if announced is not None and count != announced:
        raise DownloadFailed("short_body", f"{count} of {announced} bytes arrived.", status=200)
    if count == 0:
        raise DownloadFailed("wrong_body", "The file is empty.", status=200)
    return Downloaded(count, digest.hexdigest(), kind)


def _expect_a_file(response: httpx.Response) -> None:
    status = response.status_code
    if status in _DEAD:
        raise DownloadFailed("link_dead", "The link is not valid any more.", status=status)
    if status in (408, 429) or status >= 500:
        raise DownloadFailed("network", "The media host is in trouble.", status=status)
    if status != 200:
        raise DownloadFailed("wrong_body", "The media host answered with something else.", status=status)
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared and not declared.startswith(("video/", "image/", "audio/")) and declared not in _OPAQUE:
        text = f"The link leads to {declared[:60]}."
        raise DownloadFailed("wrong_body", text, status=status, raw=_head_of(response))


def _head_of(response: httpx.Response) -> str:
    """What came instead of a file, as far as it comes: for the person who looks for the cause."""
    with contextlib.suppress(httpx.HTTPError):
        return excerpt(next(response.iter_raw(500), b""))
    return ""


_OPAQUE = ("application/octet-stream", "binary/octet-stream", "application/mp4")


def _pieces(response: httpx.Response):
    """The body in pieces of CHUNK bytes, the last one shorter. DownloadFailed for a line that breaks or dries
    up."""
    try:
        yield from response.iter_raw(CHUNK)
    except httpx.TimeoutException:
        raise DownloadFailed("timeout", "The file did not arrive in time.", status=200) from None
    except httpx.HTTPError:
        raise DownloadFailed(
            "short_body", "The connection was cut before the file was whole.", status=200
        ) from None


def _kind_or_fail(head: bytes) -> str:
    kind = kind_of(head)
    if not kind:
        raise DownloadFailed(
            "wrong_body", "This is neither a clip nor a picture.", status=200, raw=excerpt(head[:500])
        )
    return kind


def _too_big(max_bytes: int) -> DownloadFailed:
    return DownloadFailed("too_big", f"The file is larger than {max_bytes} bytes.", status=200)
