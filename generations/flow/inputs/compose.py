"""What people write becomes a Request: the vendor's prompts.json, our JSON, CSV, or lines of text.

The vendor's file is an array of objects with the fields of its API; keys beginning __ are comments,
pictures are paths relative to the file (architecture.md 9). Where the vendor wants an id, our own names do
as well: a clip's number (228a), a character's or a voice's name; naming.py looks them up. Our JSON adds
`mode` (extend, upscale, gif, join, and the modes of the dock), `clip`, and for join `clips` with `trims`.
Every slip is a sentence with the row.
"""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from ...catalog import engines
from ...catalog.references import is_voice
from ...catalog.request import MODES, Input, Request
from ...library import intake, pictures
from ...models import Person
from ..people import capabilities

RATIOS = {"landscape": "16:9", "portrait": "9:16"}
PICTURES = re.compile(r"(startImage|endImage|referenceImage_\d{1,2}|reference_\d{1,2}|referenceVideo_1)$")
REFERENCES = re.compile(r"(character_\d|referenceAudio_\d)$")
LABEL = re.compile(r"#?([Ss]?\d{1,9}[a-z])")
STEPS = ("extend", "upscale", "gif", "join")
STEP_KEYS = {"clip", "clips", "trims", "mediaGenerationId", "media"}
WINDOW = ("startFrameIndex_1", "endFrameIndex_1")
PLAIN = {"model", "prompt", "aspectRatio", "duration", "count", "seed", "resolution"}
ALIASES = {
    "ratio": "aspectRatio",
    "seconds": "duration",
    "length": "duration",
    "clips": "count",
    "text": "prompt",
}
MODE_ALIASES = {
    "concatenate": "join",
    "images": "image",
    "t2v": "text",
    "i2v": "frames",
    "r2v": "ingredients",
}
UNKNOWN = -1  # stands for a picture that is not stored, or a clip that is not looked up yet
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
MAX_ROWS = 2000
MAX_FILE = 20 * 1024 * 1024


class BadFile(Exception):
    """The file as a whole cannot be read; the sentence says why."""


@dataclass
class Row:
    """One prompt of a file: a request, or the sentence that says what is wrong with it."""

    number: int  # from 1, as people count
    request: Request | None = None
    sentence: str = ""
    pictures: dict[str, Path] = field(default_factory=dict)  # slot to file, stored when it is queued
    clips: dict[str, str] = field(default_factory=dict)  # slot to number: 228a
    names: dict[str, str] = field(default_factory=dict)  # slot to the name of a character or voice


def rows_of(text: str, *, folder: Path, name: str = "") -> list[Row]:
    """All rows of a file; its pictures lie in `folder`. Raises BadFile for what is no list of prompts."""
    entries = _entries(text, name)
    if not entries:
        raise BadFile("The file holds no prompts.")
    if len(entries) > MAX_ROWS:
        raise BadFile(f"The file holds {len(entries):,} prompts. At most {MAX_ROWS:,} go at once: split it.")
    return [_row(number, entry, folder) for number, entry in enumerate(entries, 1)]


def _entries(text: str, name: str) -> list:
    text = text.lstrip("\ufeff")
    if CONTROL.search(text):
        raise BadFile("The file holds control characters, so it is not text. Nothing was sent.")
    if text.lstrip()[:1] in ("[", "{"):
        return _json(text)
    if name.lower().endswith((".csv", ".tsv")) or re.match(
        r"\s*\"?(prompt|text|model)\"?\s*[,;\t]", text, re.I
    ):
        return _table(text)
    return [{"prompt": line} for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _json(text: str) -> list:
    try:
        found = json.loads(text)
    except ValueError as exc:
        at = f" at line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise BadFile(f"The file is not whole JSON{at}. Nothing was sent.") from None
    if isinstance(found, dict):
        found = found.get("prompts", [found])
    if not isinstance(found, list):
        raise BadFile("The file must be a list of prompts.")
    return found


def _table(text: str) -> list:
    try:
        dialect = csv.Sniffer().sniff(text[:4096], ",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text), dialect=dialect)
    return [{key: value for key, value in row.items() if key and value} for row in reader]


def _row(number: int, entry: object, folder: Path) -> Row:
    row = Row(number)
    try:
        if isinstance(entry, str):
            entry = {"prompt": entry}
        if not isinstance(entry, dict):
            raise ValueError("This is not a prompt with its settings.")
        known = {_key(k, v): v for k, v in entry.items() if not k.startswith("__") and v is not None}
        row.request = _request(known, row, folder)
    except ValueError as slip:
        row.sentence = str(slip)
    return row


def _key(key: str, value: object) -> str:
    """The field as the vendor calls it; `clips` is a number of clips, or a list of them to join."""
    if key == "clips" and not re.fullmatch(r"\s*\d+\s*", str(value)):
        return key
    return ALIASES.get(key, key)


def _request(entry: dict, row: Row, folder: Path) -> Request:
    wanted = _wanted_mode(entry.pop("mode", ""))
    if wanted in STEPS or STEP_KEYS & set(entry):
        return _step(entry, wanted, row)
    inputs, extra = [], {}
    for key, value in entry.items():
        if PICTURES.fullmatch(key):
            slot = key.replace("reference_", "referenceImage_")
            inputs.append(_picture(slot, str(value), row, folder))
        elif REFERENCES.fullmatch(key):
            inputs.append(_named(key, str(value), row))
        elif key in WINDOW:
            extra[key] = _whole(key, value)
        elif key not in PLAIN:
            raise ValueError(f"The field {key!r} is not known.")
    model = str(entry.get("model") or _default_model(entry, wanted))
    return Request(
        prompt=str(entry.get("prompt", "")).strip(),
        model=model,
        mode=wanted or _mode(model, inputs),
        ratio=RATIOS.get(str(entry.get("aspectRatio", "")), str(entry.get("aspectRatio", "") or "16:9")),
        seconds=_seconds(model, entry, inputs),
        count=_whole("count", entry.get("count", 4 if _is_image(model) else 1)),
        seed=_whole("seed", entry["seed"]) if "seed" in entry else None,
        resolution=str(entry.get("resolution", "")),
        inputs=tuple(inputs),
        extra=extra,
    )


def _wanted_mode(value: object) -> str:
    mode = MODE_ALIASES.get(str(value).lower(), str(value).lower())
    if mode and mode not in MODES:
        raise ValueError(f"There is no mode {str(value)[:40]!r}. Write one of {', '.join(MODES)}.")
    return mode


def _step(entry: dict, mode: str, row: Row) -> Request:
    """A next step on a clip. What the clip decides (model, shape, length) is filled in by naming.py."""
    known = PLAIN | STEP_KEYS
    if strange := next((key for key in entry if key not in known), ""):
        raise ValueError(f"The field {strange!r} is not known for {mode or 'a step on a clip'}.")
    many = entry.get("clips", entry.get("media"))
    mode = mode or ("join" if many is not None else "extend" if entry.get("prompt") else "")
    if not mode:
        raise ValueError("Say what to do with the clip: mode extend, upscale, gif or join.")
    extra = {}
    if mode == "join":
        inputs, trims = _joined(many, row)
        extra["trims"] = entry.get("trims", trims)
    else:
        value = str(entry.get("clip") or entry.get("mediaGenerationId") or "")
        inputs = [_clip("mediaGenerationId", value, row)]
    return Request(
        prompt=str(entry.get("prompt", "")).strip(),
        model=str(entry.get("model", "")),
        mode=mode,
        seconds=None,
        count=_whole("count", entry.get("count", 1)),
        seed=_whole("seed", entry["seed"]) if "seed" in entry else None,
        resolution=str(entry.get("resolution", "")),
        inputs=tuple(inputs),
        extra=extra,
    )


def _joined(many: object, row: Row) -> tuple[list[Input], list[list[float]]]:
    """Clips in order and what is cut off each: ["228a", …], "228a 229a", or the vendor's `media` list."""
    if isinstance(many, str):
        many = re.split(r"[\s,;]+", many.strip())
    if not isinstance(many, list):
        raise ValueError("Name the clips to join: clips, a list like 228a, 229a.")
    inputs, trims = [], []
    for place, one in enumerate(many, 1):
        told = one if isinstance(one, dict) else {"clip": one}
        value = str(told.get("clip") or told.get("mediaGenerationId") or "")
        inputs.append(_clip(f"mediaGenerationId_{place}", value, row))
        trims.append([told.get("trimStart", 0), told.get("trimEnd", 0)])
    return inputs, trims


def _clip(slot: str, value: str, row: Row) -> Input:
    if value.startswith("user:"):
        return Input(slot=slot, ref=value)
    found = LABEL.fullmatch(value.strip())
    if not found:
        raise ValueError(f"{value[:40]!r} is no clip. Write its number, like 228a.")
    row.clips[slot] = found[1]
    return Input(slot=slot, clip=UNKNOWN)


def _default_model(entry: dict, mode: str) -> str:
    """The vendor's scripts each have a default; the fields of a row tell which script it was written for."""
    if mode == "image":
        return capabilities.usual_model("image")
    if mode == "edit" or "referenceVideo_1" in entry or str(entry.get("duration")) == "10":
        return "omni-flash"
    if any(k.startswith("referenceAudio_") for k in entry):
        return "omni-flash"
    if any(k.startswith("reference_") for k in entry) or entry.get("aspectRatio") in {
        "1:1",
        "4:3",
        "3:4",
        "auto",
    }:
        return "nano-banana-2"
    return engines.default_engine("video").id


def _is_image(model: str) -> bool:
    known = engines.engine(model)
    return bool(known and known.kind == "image")


def _mode(model: str, inputs: list[Input]) -> str:
    slots = {i.slot.rstrip("0123456789_") for i in inputs}
    if _is_image(model):
        return "image"
    if "referenceVideo" in slots:
        return "edit"
    if slots & {"referenceImage", "character"}:
        return "ingredients"
    return "frames" if slots & {"startImage", "endImage"} else "text"


def _seconds(model: str, entry: dict, inputs: list[Input]) -> int | None:
    if _mode(model, inputs) in {"image", "edit"} and "duration" not in entry:
        return None
    return _whole("duration", entry.get("duration", 8))


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", str(value).strip().removesuffix("s")):
        raise ValueError(f"{name} must be a whole number, not {str(value)[:40]!r}.")
    return int(str(value).strip().removesuffix("s"))


def _named(slot: str, value: str, row: Row) -> Input:
    """A character or voice: an id, a preset's name, or the name people gave it."""
    if not value.startswith("user:") and not (slot.startswith("referenceAudio") and is_voice(value)):
        row.names[slot] = value.strip().removeprefix("@")
    return Input(slot=slot, ref=value)


def _picture(slot: str, value: str, row: Row, folder: Path) -> Input:
    """A file beside the prompts, the number of a clip, or an id."""
    if value.startswith("user:"):
        return Input(slot=slot, ref=value)
    path = folder / value
    if path.is_file():
        row.pictures[slot] = path
        _look_at(path)
        return Input(slot=slot, picture=UNKNOWN)
    if LABEL.fullmatch(value.strip()):
        return _clip(slot, value, row)
    thing = "clip" if slot == "referenceVideo_1" else "picture"
    raise ValueError(f"The {thing} {value!r} does not exist beside the file.")


def _look_at(path: Path) -> None:
    """What the first bytes and the size of a file forbid is told before anything is sent."""
    try:
        with path.open("rb") as file:
            pictures.check_size(pictures.first_look(file.read(64)), path.stat().st_size)
    except pictures.BadPicture as no:
        raise ValueError(f"{path.name}: {no.sentence}") from None


def with_pictures(row: Row, person: Person) -> Request:
    """The row's request with its files stored as pictures of this person. Raises BadPicture, NoRoom."""
    found = {}
    for slot, path in row.pictures.items():
        with path.open("rb") as file:
            found[slot] = intake.keep(person, file, path.name).pk
    inputs = tuple(
        Input(slot=i.slot, picture=found[i.slot]) if i.slot in found else i for i in row.request.inputs
    )
    return row.request.but(inputs=inputs)
