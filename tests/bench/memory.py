"""How much a worker grows while it saves one file of 500 MB (issue 4: less than 30 MB).

    python -m tests.bench.memory

The way of a clip without the database: stream, check, hash, write, rename, from a server of its own process.
The peak is the kernel's (VmHWM), reset before the file. Prints each run; needs 1 GB of disk.
"""

import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
from pathlib import Path

SIZE = 500 * 1000 * 1000
HEAD = b"\x00\x00\x00\x18ftypmp42" + bytes(12)
RUNS = 7


def serve(listener: socket.socket) -> None:
    block = os.urandom(1 << 20)
    while True:
        line, _ = listener.accept()
        with line:
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % SIZE)
            line.sendall(HEAD)
            left = SIZE - len(HEAD)
            while left:
                line.sendall(block[: min(left, len(block))])
                left -= min(left, len(block))


def memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def main() -> int:
    os.environ["DATA_DIR"] = folder = tempfile.mkdtemp(prefix="flowsite-bench-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowsite.settings")
    import django

    django.setup()
    from generations.library import storage
    from generations.vendor.download import download

    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    server.start()
    grown = []
    for run in range(RUNS):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = memory("VmRSS")
        with storage.Incoming("big.mp4", keep_free=storage.KEEP_FREE) as incoming:
            download(f"{origin}/big", incoming.write, allow_hosts=[origin], allow_private=True)
            kept = incoming.keep()
        grown.append((memory("VmHWM") - before) / 1e6)
        print(f"run {run + 1}: {kept.size:,} bytes saved, grew by {grown[-1]:.1f} MB", flush=True)
    storage.full_path(kept.file).unlink()
    server.terminate()
    print(f"median {statistics.median(grown):.1f} MB, {min(grown):.1f} to {max(grown):.1f}; must be below 30")
    print(f"left in {folder}: nothing but secrets")
    return int(max(grown) >= 30)


if __name__ == "__main__":
    sys.exit(main())
