"""`manage.py generate` in every mode of the API: real processes, a real vendor, prices and files."""

import json

import pytest

from generations.flow.inputs import cast
from generations.flow.people import errands
from generations.library import intake
from generations.models import Account, Generation, State
from tests.library.media import still
from tests.web.test_pictures import film

from .test_generate import EMAIL, connected, run, vendor  # noqa: F401

FIRST = [
    {"prompt": "A lighthouse at dusk", "model": "veo-3.1-fast"},
    {"prompt": "Waves below it", "model": "veo-3.1-fast"},
    {"prompt": "A boat", "model": "nano-banana-2", "count": 1},
]
STEPS = [
    {"mode": "extend", "clip": "1a", "prompt": "The lamp goes on"},
    {"mode": "upscale", "clip": "1a", "resolution": "1080p"},
    {"mode": "upscale", "clip": "3a"},
    {"mode": "gif", "clip": "#2a"},
    {"mode": "concatenate", "clips": ["1a", "2a"], "trims": [[0, 0.1], [0.1, 0]]},
    {"referenceVideo_1": "walk.mp4", "prompt": "At night", "startFrameIndex_1": 0, "endFrameIndex_1": 24},
    {"referenceVideo_1": "1a", "prompt": "In snow"},
    {"startImage": "3a", "prompt": "It sails away"},
    {"character_1": "pip", "referenceAudio_1": "Captain", "prompt": "@character_1 waves"},
    {"reference_1": "boat.png", "aspectRatio": "auto", "count": 1, "prompt": "The same in winter"},
]


@pytest.fixture
def account(settings, tmp_path, connected) -> Account:  # noqa: F811
    settings.MEDIA_ROOT = tmp_path / "media"
    return Account.objects.get(email=EMAIL, is_sandbox=False)


def told(done) -> dict[int, dict]:
    return {row["row"]: row for row in map(json.loads, done.stdout.splitlines())}


def write(tmp_path, name: str, rows: list) -> str:
    file = tmp_path / name
    file.write_text(json.dumps(rows))
    return str(file)


def test_every_mode_is_priced_and_becomes_a_file(run, account, people, tmp_path):  # noqa: F811
    first = run("generate", write(tmp_path, "first.json", FIRST), "--user", "mara", "--wait")
    assert first.returncode == 0, first.stdout + first.stderr
    (tmp_path / "walk.mp4").write_bytes(film(2.0, size=(320, 180)))
    (tmp_path / "boat.png").write_bytes(still("PNG", 320, 180))
    with (tmp_path / "boat.png").open("rb") as face:
        cast.make_character(people.mara, account, name="Pip", pictures=[intake.keep(people.mara, face)])
    cast.make_voice(people.mara, account, name="Captain", base="Kore", dialog="Ahoy", performance="Low")
    errands.run_due(10)

    steps = write(tmp_path, "steps.json", STEPS)
    priced = told(run("generate", steps, "--user", "mara", "--dry-run", "--json"))
    assert [(n, row["ok"], row["sentence"]) for n, row in priced.items()] == [
        (n, True, "") for n in range(1, len(STEPS) + 1)
    ]
    assert Generation.objects.count() == 3

    done = run("generate", steps, "--user", "mara", "--json", "--save", str(tmp_path / "out"))
    rows = told(done)
    assert [(n, rows[n]["state"], rows[n]["sentence"]) for n in sorted(rows)] == [
        (n, "ready", "ready") for n in range(1, len(STEPS) + 1)
    ], done.stderr
    assert [rows[n]["credits"] for n in sorted(rows)] == [priced[n]["credits"] for n in sorted(priced)]
    endings = [rows[n]["files"][0].rpartition(".")[2] for n in sorted(rows)]
    assert endings[:5] == ["mp4", "mp4", "jpg", "gif", "mp4"]
    parents = {g.mode: g.parent.label for g in Generation.objects.exclude(parent=None).order_by("-pk")}
    assert (parents["extend"], parents["gif"], parents["join"]) == ("1", "2", "1")


def test_what_a_row_names_and_is_not_there_is_told_and_nothing_is_sent(run, account, tmp_path, people):  # noqa: F811
    (tmp_path / "drawing.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "phone.jpg").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    slips = [
        ({"mode": "extend", "clip": "99a", "prompt": "on"}, "There is no clip 99a that you may see."),
        ({"mode": "upscale", "clip": "boat.png"}, "is no clip. Write its number, like 228a."),
        ({"clip": "99a"}, "Say what to do with the clip"),
        ({"mode": "join", "clips": "99a 98a"}, "There is no clip 99a"),
        ({"mode": "dance", "prompt": "x"}, "There is no mode 'dance'"),
        ({"character_1": "Pip", "prompt": "x"}, "has no character called 'Pip'"),
        ({"startImage": "drawing.png", "prompt": "x"}, "drawing.png: This is a drawing (SVG)"),
        ({"startImage": "phone.jpg", "prompt": "x"}, "Save it as JPEG first"),
        ({"referenceVideo_1": "gone.mp4", "prompt": "x"}, "The clip 'gone.mp4' does not exist"),
    ]
    file = write(tmp_path, "slips.json", [row for row, _ in slips])
    done = run("generate", file, "--user", "mara", "--wait")
    lines = dict(line.split(": ", 1) for line in done.stderr.splitlines() if line.startswith("row "))
    assert done.returncode == 2 and not Generation.objects.exclude(state=State.FAILED).exists()
    for number, (_, words) in enumerate(slips, 1):
        assert words in lines[f"row {number}"], lines
