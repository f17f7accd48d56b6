"""A worker may be stopped at any moment of a paid POST: what it leaves says whether bytes were out.

django-q2 ends a task that ran out of time with SystemExit out of a signal handler (stack.md section 3.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket

import pytest

from generations.vendor.client import FlowClient
from generations.vendor.transport import Sending

from .peer import TOKEN, Peer, head, says, stays_silent


@contextlib.contextmanager
def stopped_after(seconds: float, ending: type[BaseException] = SystemExit):
    """Raise `ending` in this thread after a while, out of a signal handler."""

    def stop(signum, frame):
        raise ending("out of time")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def send(base: str, sending: Sending) -> None:
    FlowClient(base, TOKEN).send_video({"prompt": "A paper boat"}, sending=sending)


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_a_worker_stopped_while_waiting_leaves_word_that_bytes_were_out(ending):
    sending = Sending()
    with Peer(stays_silent) as peer, stopped_after(0.3, ending), pytest.raises(ending) as caught:
        send(peer.base, sending)
    assert sending.left
    assert "left=True" in caught.value.__notes__[0]
    assert len(peer.posts()) == 1


def test_a_worker_stopped_while_connecting_leaves_word_that_nothing_was_out():
    # A listener whose queue is full answers no further connection.
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    crowd = [socket.socket() for _ in range(4)]
    for one in crowd:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    sending = Sending()
    with stopped_after(0.3), pytest.raises(SystemExit):
        send(f"http://127.0.0.1:{full.getsockname()[1]}", sending)
    for one in [full, *crowd]:
        one.close()
    assert sending.begun and not sending.left


def test_a_yes_is_known_although_the_worker_is_stopped_before_the_body_is_read():
    sending = Sending()
    with (
        Peer(says(head(201, "Content-Length: 500"), pause=2)) as peer,
        stopped_after(0.3),
        pytest.raises(SystemExit),
    ):
        send(peer.base, sending)
    assert sending.accepted_hint
