"""The head of a child's process group: starts the child, and ends the group when the supervisor is gone.

    python lifeline.py FD SECONDS COMMAND…

FD is the reading end of a pipe whose other end only the supervisor holds. However the supervisor dies,
kill -9 included, the pipe closes; then the child is asked to stop and, SECONDS later at the latest, its
whole group is killed. Nothing the child itself does or fails to do can prevent that (stack.md 2.2: a
django-q2 cluster whose head is killed goes on working without it). Standard library alone, no Django.
"""

import ctypes
import os
import select
import signal
import sys
import time

BEAT = 0.25
PR_SET_PDEATHSIG = 1


def main(fd: int, seconds: float, command: list[str]) -> int:
    child = start(fd, command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: pass_on(child))
    while True:
        ended = wait(child)
        if ended is not None:
            return ended
        if select.select([fd], [], [], BEAT)[0] and not os.read(fd, 1):
            return finish(child, seconds)


def start(fd: int, command: list[str]) -> int:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    child = os.fork()
    if child:
        return child
    os.close(fd)
    if library is not None:  # should this process be killed alone, the child is asked to stop by the kernel
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as trouble:
        print(f"{command[0]}: {trouble.strerror}", file=sys.stderr, flush=True)
        os._exit(127)


def wait(child: int) -> int | None:
    """The child's exit status, or None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    if not pid:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def pass_on(child: int) -> None:
    try:
        os.kill(child, signal.SIGTERM)
    except ProcessLookupError:
        pass


def finish(child: int, seconds: float) -> int:
    """The supervisor is gone: ask, wait, and kill the group, this process included."""
    pass_on(child)
    deadline = time.monotonic() + seconds
    while wait_quietly(child) and time.monotonic() < deadline:
        time.sleep(BEAT)
    os.killpg(0, signal.SIGKILL)
    return 1


def wait_quietly(child: int) -> bool:
    """Whether the child still runs."""
    try:
        return wait(child) is None
    except ChildProcessError:
        return False


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
