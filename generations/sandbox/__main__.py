"""`python -m generations.sandbox`: the sandbox without Django."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from .embed import Sandbox


def arguments(parser: argparse.ArgumentParser, folder: str) -> None:
    """The options, shared with `manage.py sandbox`."""
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address; any other is refused")
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--speed", type=float, default=1.0, help="divides every duration of the vendor")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dir", default=folder, help="where the sandbox keeps its world")
    parser.add_argument(
        "--accept-delay", type=float, default=0.2, help="seconds until a 201, divided by speed"
    )
    parser.add_argument("--canned", action="store_true", help="tiny clips instead of painted ones, for tests")


def run(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM; says where and with which token in two lines."""
    if options.speed <= 0:
        sys.exit("--speed must be greater than 0.")
    try:
        sandbox = Sandbox(
            Path(options.dir), host=options.host, port=options.port, speed=options.speed, seed=options.seed,
            canned_media=options.canned, accept_delay=options.accept_delay,
        )  # fmt: skip
    except OSError as wrong:
        sys.exit(f"The sandbox cannot listen on {options.host}:{options.port}: {wrong.strerror}.")
    except ValueError as wrong:
        sys.exit(str(wrong))
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with sandbox:
        print(f"Sandbox at {sandbox.base_url}", flush=True)
        print(f"Token {sandbox.token}", flush=True)
        done.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m generations.sandbox", description=__doc__)
    arguments(parser, "var/sandbox")
    run(parser.parse_args())
