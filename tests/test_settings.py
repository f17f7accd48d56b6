"""What the documents say about settings and commands is what the program does; slips end in a sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from generations.management.commands.statechart import page
from generations.models.states import State

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
FERNET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def names_in_the_table(heading: str) -> set[str]:
    table = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}


def names_that_are_read() -> set[str]:
    found = set()
    for file in (ROOT / "flowsite").glob("*.py"):
        for call, name in re.findall(r"env\.(\w+)\(\s*['\"]([A-Z_]+)['\"]", file.read_text()):
            found |= {name, f"{name}_FILE"} if call == "secret" else {name}
    return found


def test_every_setting_is_in_the_readme_and_the_readme_names_no_other():
    assert names_that_are_read() == names_in_the_table("Settings")


def test_every_command_of_ours_is_in_the_readme_and_the_readme_names_no_other():
    ours = {name for name, home in get_commands().items() if home == "generations"}
    assert ours == names_in_the_table("Commands")


def test_nothing_but_env_reads_the_environment():
    """The sandbox is a program of its own and imports nothing of ours, env.py included."""
    readers = {
        str(file.relative_to(ROOT))
        for folder in ("flowsite", "generations")
        for file in (ROOT / folder).rglob("*.py")
        if "sandbox" not in file.parts and re.search(r"os\.(environ\[|environ\.get|getenv)", file.read_text())
    }
    assert readers <= {"flowsite/env.py"}


def test_the_drawn_states_are_those_the_program_obeys():
    assert (ROOT / "docs" / "states.md").read_text() == page()
    assert all(f"| {state.label} |" in page() for state in State)


def start(folder: Path, **settings: str) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(folder)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_fresh_clone_starts_without_a_single_setting_and_keeps_its_secrets_to_itself(tmp_path):
    assert start(tmp_path).returncode == 0
    for name in ("secret_key", "token_keys"):
        assert (tmp_path / "secrets" / name).stat().st_mode & 0o077 == 0
    first = (tmp_path / "secrets" / "secret_key").read_text()
    assert start(tmp_path).returncode == 0
    assert (tmp_path / "secrets" / "secret_key").read_text() == first


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'. Write yes or no."),
        ({"DEBUG": "off"}, "SECRET_KEY is missing. With DEBUG=off give SECRET_KEY or SECRET_KEY_FILE."),
        ({"DEBUG": "off", "SECRET_KEY": "x" * 60}, "TOKEN_KEYS is missing."),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE names /nowhere/key, which cannot be read"),
        ({"SECRET_KEY_FILE": "/dev/null"}, "SECRET_KEY_FILE names /dev/null, which is empty."),
        ({"TOKEN_KEYS": f"{FERNET},short"}, "Key 2 of TOKEN_KEYS is not a Fernet key."),
        ({"PORT": "http"}, "PORT is 'http'. Write a whole number."),
        ({"PORT": "70000"}, "PORT is 70000. Write at least 1 and at most 65535."),
        ({"WORKERS": "1"}, "WORKERS is 1. Write at least 4"),
        ({"FLOW_SPEED": "nan"}, "FLOW_SPEED is nan."),
        ({"PUBLIC_URL": "flow.example.com"}, "PUBLIC_URL is 'flow.example.com'. Write an address such as"),
        ({"SANDBOX_URL": "http://127.0.0.1:port/v1"}, "SANDBOX_URL is 'http://127.0.0.1:port/v1'."),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL must be sqlite:///FILE or postgres://"),
        ({"DATABASE_URL": "postgres://db:x/y"}, "DATABASE_URL must be sqlite:///FILE or postgres://"),
        ({"EMAIL_URL": "mail.example.com"}, "EMAIL_URL must be smtp://USER:PASSWORD@HOST:PORT."),
        ({"MEDIA_STORE": "s3://bucket/x"}, "MEDIA_STORE must name a folder."),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE is 'Mars/Olympus'. Write a place such as Europe/Berlin."),
        ({"DATA_DIR": "/dev/null/x"}, "DATA_DIR names /dev/null/x, which cannot be made"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_slip_stops_the_start_with_a_sentence_that_names_the_setting(tmp_path, settings, sentence):
    started = start(tmp_path, **settings)
    assert started.returncode != 0
    assert f"flowsite: {sentence}" in started.stderr
    assert "Traceback" not in started.stderr


def test_a_password_in_an_address_is_not_printed_with_a_slip(tmp_path):
    for name in ("DATABASE_URL", "EMAIL_URL"):
        assert "geheim" not in start(tmp_path, **{name: "ftp://me:geheim@host/x"}).stderr
