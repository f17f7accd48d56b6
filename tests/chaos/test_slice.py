"""A short slice of the chaos run for `make test`: 100 clicks, 10 kills (3 at random, 7 at fault points)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .accountant import compare

ROOT = Path(__file__).resolve().parents[2]


SEVEN = (
    "claim-after-commit,post-first-byte,post-answer-read,accepted-before-commit,settle-after,"
    "download-midway,save-after-rename"
)


@pytest.mark.alone
def test_nothing_is_paid_twice_or_lost_while_workers_are_killed():
    words = ["--clicks", "100", "--kills", "3", "--each", "1", "--points", SEVEN, "--seed", "7"]
    words += [
        "--people",
        "4",
        "--loose",
        "2",
        "--sites",
        "0",
        "--lull",
        "0",
        "--drain",
        "90",
        "--minutes",
        "7",
    ]
    url = os.environ.get("TEST_DATABASE_URL", "")
    env = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    run = subprocess.run(
        [sys.executable, "tests/chaos/run.py", *words],
        cwd=ROOT,
        env=env | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert "7 at 7 points" in run.stdout


@pytest.mark.django_db
def test_the_accountant_sees_a_click_that_was_paid_for_and_is_not_ours():
    stray = {"replyRef": "nobody", "charge": 10, "media": [], "state": "completed"}
    wrong = [line.words.strip() for line in compare({"submissions": [stray]}, keys=1) if line.wrong]
    assert wrong == ["clicks", "that belong to no attempt of ours", "most submissions accepted for one click"]
