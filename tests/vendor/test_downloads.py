"""A link comes from outside: only whole clips and pictures of listed, public hosts are taken."""

from __future__ import annotations

import hashlib
import socket
import time

import pytest

from generations.vendor.client import FlowClient
from generations.vendor.download import download, kind_of
from generations.vendor.errors import DownloadFailed
from generations.vendor.wire import is_loopback, is_public

from .peer import TOKEN, Peer, answer, drips, head, resets_after_hearing, says, stays_silent

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 2000
LIES = head(200, "Transfer-Encoding: chunked", "Content-Length: 5000")
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 500


def fetch(peer: Peer, path: str = "/video/1?Expires=1795605422&Signature=abc", **how):
    """Download from a peer that is listed by its origin; returns the bytes and what was said about them."""
    parts: list[bytes] = []
    settings = {"allow_hosts": [peer.origin], "allow_private": True} | how
    done = download(peer.origin + path, parts.append, **settings)
    return b"".join(parts), done


def failure(*peers_acts, **how) -> DownloadFailed:
    with Peer(*peers_acts) as peer, pytest.raises(DownloadFailed) as caught:
        fetch(peer, **how)
    return caught.value


def test_a_clip_arrives_whole_hashed_and_with_progress():
    steps = []
    with Peer(answer(200, MP4, kind="video/mp4")) as peer:
        got, done = fetch(peer, progress=lambda count, total: steps.append((count, total)))
    assert got == MP4
    assert (done.bytes, done.content_type) == (len(MP4), "video/mp4")
    assert done.sha256 == hashlib.sha256(MP4).hexdigest()
    assert steps[-1] == (len(MP4), len(MP4)) and len(steps) > 3
    (request,) = peer.heard
    assert request.line == "GET /video/1?Expires=1795605422&Signature=abc HTTP/1.1"
    assert "authorization" not in request.headers and "cookie" not in request.headers


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + b"x" * 50, "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"GIF89a" + b"x" * 50, "image/gif"),
    ],
)
def test_the_kind_is_told_by_the_content_not_by_the_host(body, kind):
    with Peer(answer(200, body, kind="application/octet-stream")) as peer:
        assert fetch(peer)[1].content_type == kind


def test_a_first_byte_that_comes_alone_is_waited_for():
    def slow(talk):
        talk.hear()
        talk.say(head(200, f"Content-Length: {len(PNG)}"))
        for position in range(20):
            talk.say(PNG[position : position + 1])
            time.sleep(0.002)
        talk.say(PNG[20:])

    with Peer(slow) as peer:
        assert fetch(peer)[0] == PNG


def test_a_body_without_a_length_is_taken_to_its_end():
    with Peer(says(head(200, "Content-Type: image/png").encode() + PNG)) as peer:
        assert fetch(peer)[0] == PNG


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (answer(403, "<Error/>", kind="application/xml"), "link_dead"),
        (answer(404), "link_dead"),
        (answer(410), "link_dead"),
        (answer(500), "network"),
        (answer(503), "network"),
        (answer(429), "network"),
        (answer(206, MP4[:100], kind="video/mp4"), "wrong_body"),
        (answer(304), "wrong_body"),
        (answer(200, "<html>sign in</html>", kind="text/html"), "wrong_body"),
        (answer(200, "<html>sign in</html>", kind="video/mp4"), "wrong_body"),
        (answer(200, "<?xml version='1.0'?><svg/>", kind="image/svg+xml"), "wrong_body"),
        (answer(200, b"", kind="video/mp4"), "wrong_body"),
        (answer(200, b"\x89PNG", kind="image/png"), "wrong_body"),
        (says(head(200, f"Content-Length: {len(MP4)}").encode() + MP4[:3000]), "short_body"),
        (says(head(200, "Transfer-Encoding: chunked").encode() + b"1000\r\n" + MP4[:300]), "short_body"),
        (says(LIES.encode() + b"200\r\n" + MP4[:512] + b"\r\n0\r\n\r\n"), "short_body"),
        (resets_after_hearing, "network"),
        (says("garbage\r\n\r\n"), "network"),
        (answer(302, "", "Location: http://[bad"), "off_list"),
        (answer(302, "", "Location: https://evil.example/video/1"), "off_list"),
        (answer(302, "", "Location: //evil.example/video/1"), "off_list"),
        (answer(302, "", "Location: file:///etc/passwd"), "off_list"),
        (answer(302, "", "Location: /again"), "network"),
    ],
)
def test_each_kind_of_failure_has_its_name(act, kind):
    assert failure(act).kind == kind


def test_the_head_of_a_wrong_body_is_kept():
    assert failure(answer(200, "<html>sign in</html>", kind="video/mp4")).raw == "<html>sign in</html>"


def test_nothing_of_a_wrong_body_is_written():
    parts: list[bytes] = []
    with Peer(answer(200, "<html>" * 50_000, kind="video/mp4")) as peer, pytest.raises(DownloadFailed):
        download(peer.origin, parts.append, allow_hosts=[peer.origin], allow_private=True)
    assert parts == []


@pytest.mark.parametrize(
    "act",
    [
        answer(200, MP4, kind="video/mp4"),
        says(head(200, "Content-Type: video/mp4").encode() + MP4),
    ],
    ids=["announced", "not announced"],
)
def test_a_file_beyond_the_limit_is_given_up(act):
    assert failure(act, max_bytes=100_000).kind == "too_big"


@pytest.mark.parametrize(
    "act",
    [
        stays_silent,
        drips(head(200, "Content-Length: 500000") + "\x89PNG", b"x", 0.05),
        drips("HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n", 0.05),
    ],
    ids=["silence", "slow body", "slow headers"],
)
def test_a_slow_host_is_left_when_the_time_for_everything_is_over(act):
    started = time.monotonic()
    assert failure(act, overall=0.4).kind == "timeout"
    assert time.monotonic() - started < 2


def test_a_redirect_inside_the_list_is_followed_without_a_token():
    with Peer(answer(200, PNG, kind="image/png")) as store:
        hop = answer(302, "", f"Location: {store.origin}/file")
        with Peer(answer(307, "", "Location: ../two"), hop) as peer:
            got, _ = fetch(peer, "/a/b", allow_hosts=[peer.origin, store.origin])
    assert got == PNG
    assert [request.target for request in peer.heard] == ["/a/b", "/two"]
    assert "authorization" not in store.heard[0].headers


def test_a_redirect_to_another_port_of_this_machine_is_off_the_list():
    with Peer(answer(200, PNG, kind="image/png")) as other:
        assert failure(answer(302, "", f"Location: {other.origin}/x")).kind == "off_list"
    assert other.heard == []


MEDIA_HOSTS = ["flow-content.google", "*.googleusercontent.com"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/video/1",
        "https://flow-content.google.evil.example/",
        "https://evilflow-content.google/",
        "https://sub.flow-content.google/",
        "https://googleusercontent.com/",
        "https://evilgoogleusercontent.com/",
        "https://flow-content.google@evil.example/",
        "https://user:pass@flow-content.google/",
        "https://flow-content.google:8443/",
        "http://flow-content.google/",
        "http://127.0.0.1:9000/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "ftp://flow-content.google/",
        "file:///etc/passwd",
        "//flow-content.google/",
        "nonsense",
        "",
        "https://[broken",
    ],
)
def test_a_link_off_the_list_is_never_asked(url, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", pytest.fail)
    with pytest.raises(DownloadFailed) as caught:
        download(url, pytest.fail, allow_hosts=MEDIA_HOSTS)
    assert caught.value.kind == "off_list"


@pytest.mark.parametrize("host", ["flow-content.google", "FLOW-Content.google.", "lh3.googleusercontent.com"])
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:192.168.1.1", "0.0.0.0"]
)
def test_a_listed_name_that_leads_to_a_private_address_is_refused(host, address, monkeypatch):
    """The network's answer is played here: no public name can be asked in a test."""
    asked = []

    def resolve(name, port, *rest, **more):
        asked.append(name)
        good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("142.250.1.1", port))
        bad = (
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (address, port),
        )
        return [good, bad]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(DownloadFailed) as caught:
        download(f"https://{host}/video/1", pytest.fail, allow_hosts=MEDIA_HOSTS, allow_private=True)
    assert caught.value.kind == "off_list"
    assert address in caught.value.text
    assert len(asked) == 1


def test_exactly_the_judged_address_is_dialled(monkeypatch):
    """A name that changes its mind between the check and the connection gains nothing."""
    dialled = []
    answers = iter(["142.250.1.1", "127.0.0.1"])

    def resolve(name, port, *rest, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address, *rest, **more):
        dialled.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(DownloadFailed) as caught:
        download("https://flow-content.google/1", pytest.fail, allow_hosts=MEDIA_HOSTS)
    assert caught.value.kind == "network"
    assert dialled == [("142.250.1.1", 443)]


def test_loopback_needs_both_the_permission_and_the_list():
    with Peer(answer(200, PNG, kind="image/png")) as peer:
        for how in ({"allow_private": False}, {"allow_hosts": []}, {"allow_hosts": ["127.0.0.2"]}):
            with pytest.raises(DownloadFailed) as caught:
                fetch(peer, **how)
            assert caught.value.kind == "off_list"
        assert peer.heard == []
        assert fetch(peer, allow_hosts=["127.0.0.1"])[0] == PNG


def test_an_origin_listed_in_full_may_be_private(monkeypatch):
    def resolve(name, port, *rest, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Peer(answer(200, PNG, kind="image/png")) as peer:
        origin = f"http://sandbox.internal:{peer.port}"
        for how, asked in (
            ({"allow_hosts": [origin], "allow_private": False}, 0),
            ({"allow_hosts": ["sandbox.internal"], "allow_private": True}, 0),
            ({"allow_hosts": [origin], "allow_private": True}, 1),
        ):
            if asked:
                assert download(f"{origin}/1", lambda piece: None, **how).bytes == len(PNG)
            else:
                with pytest.raises(DownloadFailed):
                    download(f"{origin}/1", pytest.fail, **how)
            assert len(peer.heard) == asked


def test_a_client_takes_files_of_its_own_origin_only_on_loopback():
    with Peer(answer(200, PNG, kind="image/png")) as peer, Peer(answer(200, PNG, kind="image/png")) as other:
        client = FlowClient(peer.base, TOKEN, allow_hosts=MEDIA_HOSTS)
        assert client.download(f"{peer.origin}/media/1", lambda piece: None).bytes == len(PNG)
        with pytest.raises(DownloadFailed):
            client.download(f"{other.origin}/media/1", lambda piece: None)
        far = FlowClient("https://api.useapi.net/v1/google-flow", TOKEN, allow_hosts=MEDIA_HOSTS)
        for url in (f"{peer.origin}/media/1", "https://api.useapi.net/media/1"):
            with pytest.raises(DownloadFailed) as caught:
                far.download(url, lambda piece: None)
            assert caught.value.kind == "off_list"
    assert other.heard == []


def test_a_full_disk_is_no_trouble_of_the_network():
    def full(piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    with Peer(answer(200, MP4, kind="video/mp4")) as peer, pytest.raises(OSError, match="No space left"):
        download(peer.origin, full, allow_hosts=[peer.origin], allow_private=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("142.250.1.1", True),
        ("2a00:1450::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


def test_which_hosts_are_this_machine():
    assert all(
        map(is_loopback, ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST.", "[::1]", "::ffff:127.0.0.1"])
    )
    assert not any(
        map(is_loopback, ["10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "", "::"])
    )


def test_a_head_that_is_too_short_shows_no_kind():
    assert kind_of(b"\x00\x00\x00\x18ftyp") == "video/mp4"
    assert kind_of(b"ftyp") == kind_of(b"") == kind_of(b"RIFF____AVI ") == ""
