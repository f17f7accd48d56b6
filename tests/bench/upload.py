"""How much memory the web process takes while a 20 MB picture and a 100 MB film come in.

Starts the site's own server (gunicorn with one worker) in a folder of its own, sends the files over HTTP with
a session of its own, and reads the worker's peak (VmHWM) before and after each. Goal: a 20 MB picture grows
it by less than 25 MB. The growth of a second, equal upload tells what stays.

    .venv/bin/python -m tests.bench.upload [--times 7]
"""

import argparse
import http.client
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.accept import ROOT, free_port

MB = 1024 * 1024
PICTURE, FILM = 20 * MB, 100 * MB


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        os.environ |= {"DATA_DIR": folder, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "flowsite.settings"}
        for words in (["migrate", "-v", "0"], ["collectstatic", "-v", "0", "--no-input"]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)
        session, token = sign_in()
        grown = {"20 MB picture": [], "100 MB film": []}
        for _ in range(times):
            web = start_web(port)
            try:
                for name, head, size in (
                    ("20 MB picture", b"\x89PNG\r\n\x1a\n", PICTURE),
                    ("100 MB film", b"\x00\x00\x00\x14ftypisom", FILM),
                ):
                    worker = worker_of(web.pid)
                    upload(port, session, token, b"\x89PNG\r\n\x1a\n", 1000)  # everything is loaded by now
                    forget_peak(worker)
                    before = peak(worker)
                    upload(port, session, token, head, size)
                    grown[name].append((peak(worker) - before) / 1024)
            finally:
                web.send_signal(signal.SIGTERM)
                web.wait(timeout=30)
        for name, found in grown.items():
            spread = f"{min(found):.1f} to {max(found):.1f}"
            print(f"{name}: peak of the web process grows by {statistics.median(found):.1f} MB ({spread})")
        print("goal: less than 25 MB for the picture")


def sign_in() -> tuple[str, str]:
    """The cookies of a new person."""
    import django

    django.setup()
    from django.test import Client

    from generations.models import Person

    client = Client()
    client.force_login(Person.objects.create_superuser("bench", "bench@example.com", "Tall-lighthouse-9"))
    client.get("/gallery/ingredients/")
    return client.cookies["sessionid"].value, client.cookies["csrftoken"].value


def start_web(port: int) -> subprocess.Popen:
    words = ["-c", "python:flowsite.webserver", "--workers", "1", "flowsite.wsgi"]
    web = subprocess.Popen([sys.executable, "-m", "gunicorn", *words], cwd=ROOT)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/healthz")
            if asked.getresponse().status == 200:
                return web
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The web server did not start.")


def worker_of(master: int) -> int:
    return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> int:
    """Largest resident size since it was forgotten, in KB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def upload(port: int, session: str, token: str, head: bytes, size: int) -> None:
    """One file as a browser sends it, in pieces, with the bytes after the head by chance."""
    edge = "bench-" + secrets.token_hex(8)
    before = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    after = f"\r\n--{edge}--\r\n".encode()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    line.putrequest("POST", "/_/pictures/")
    line.putheader("Content-Type", f"multipart/form-data; boundary={edge}")
    line.putheader("Content-Length", str(len(before) + size + len(after)))
    line.putheader("Cookie", f"sessionid={session}; csrftoken={token}")
    line.putheader("X-CSRFToken", token)
    line.endheaders()
    line.send(before + head)
    left = size - len(head)
    while left:
        piece = secrets.token_bytes(min(left, 256 * 1024))
        line.send(piece)
        left -= len(piece)
    line.send(after)
    answer = line.getresponse()
    told = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {told[:300]!r}")


if __name__ == "__main__":
    main()
