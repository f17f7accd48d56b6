"""Install locked requirements into .venv, only when the lock changed: `python3 flowsite/install.py FILE…`.

Run by the Makefile with the machine's own Python, before anything of ours is installed; so it uses the
standard library alone, and its first job is to say in a sentence what the machine lacks.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(locks):
    if sys.version_info < (3, 11):  # noqa: UP036 (this file runs under whatever the machine has)
        stop("Flowsite needs Python 3.11 or newer. Name another one: make run PYTHON=python3.12")
    if not works(PYTHON):
        make_environment()
    for lock in locks:
        install(ROOT / lock)


def make_environment():
    print("Making a virtual environment in .venv", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:  # noqa: S603
        stop("Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv")


def works(python):
    """A folder that was moved or whose Python is gone has a .venv that no longer runs."""
    if not python.exists():
        return False
    ask = [str(python), "-c", "import sys, pip; print(sys.prefix)"]
    answer = subprocess.run(ask, capture_output=True, text=True)  # noqa: S603
    return answer.returncode == 0 and Path(answer.stdout.strip()) == VENV


def install(lock):
    checksum = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = VENV / ("installed-" + str(lock.relative_to(ROOT)).replace(os.sep, "-"))
    if stamp.exists() and stamp.read_text() == checksum:
        return
    print("Installing", lock.relative_to(ROOT), flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--require-hashes", "-r", str(lock)]) != 0:  # noqa: S603
        stop(f"{lock.relative_to(ROOT)} could not be installed; the lines above say why.")
    stamp.write_text(checksum)


def stop(sentence):
    sys.exit("flowsite: " + sentence)


if __name__ == "__main__":
    main(sys.argv[1:])
