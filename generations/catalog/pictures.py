"""Rules for what a request stands on: frames, ingredients, voices, clips (flow-api.md sections 8–10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .engines import Engine
from .references import is_voice, picture_slot, reference
from .request import Input, Request

if TYPE_CHECKING:
    from .plans import Facts
    from .rules import Settings

# Which slots a mode has; numbered ones without their number.
SLOTS = {
    "text": ("referenceAudio",),
    "frames": ("startImage", "endImage"),
    "ingredients": ("referenceImage", "character", "referenceAudio"),
    "edit": ("referenceVideo", "referenceImage", "character", "referenceAudio"),
    "image": ("reference", "character"),
    "extend": ("mediaGenerationId",),
    "upscale": ("mediaGenerationId",),
    "gif": ("mediaGenerationId",),
    "join": ("mediaGenerationId",),
}
THINGS = {
    "startImage": "a start frame",
    "endImage": "an end frame",
    "referenceImage": "an ingredient",
    "reference": "a picture",
    "character": "a character",
    "referenceAudio": "a voice",
    "referenceVideo": "a clip",
    "mediaGenerationId": "a clip",
}
KINDS = {
    "startImage": "image",
    "endImage": "image",
    "referenceImage": "image",
    "reference": "image",
    "character": "character",
    "referenceVideo": "video",
}
NEEDS = {  # what to say while a mode has nothing to stand on
    "frames": "Add a start frame first.",
    "ingredients": "Add an ingredient first.",
    "edit": "Choose a clip to edit.",
}
_NUMBERED = re.compile(
    r"(referenceImage|reference|character|referenceAudio|referenceVideo|mediaGenerationId)_(\d{1,2})"
)
FRAMES = 240  # the longest window of an edit: 10 s of 24 (section 9.1)


def name_of(slot: str) -> tuple[str, int]:
    """The slot without its number, and the number (0 where there is none)."""
    found = _NUMBERED.fullmatch(slot)
    return (found[1], int(found[2])) if found else (slot, 0)


def limits(engine: Engine, mode: str) -> tuple[int, int, int]:
    """Most pictures (those of characters counted), characters and voices of a model in a mode."""
    if mode == "edit":
        return engine.edit_references, engine.characters, engine.edit_voices
    return engine.references, engine.characters, engine.voices


def has_end_frame(engine: Engine, settings: Settings) -> bool:
    """Whether the model takes an end frame; Omni 1.1 by a setting (section 20 row 7)."""
    return engine.end_frame or (engine.family == "omni" and settings.omni_end_frame)


def brings(given: Input) -> int:
    """How many pictures an input counts for: 1, or the pictures of a character."""
    known = reference(given.ref) if given.ref else None
    return known.images if known and known.images else 1


def findings(request: Request, facts: Facts, settings: Settings) -> Iterator[tuple[str, str]]:
    """Field and sentence of everything that is wrong with the inputs."""
    engine = facts.engine(request.model)
    yield from _each(request)
    yield from _owners(request, facts.email)
    if request.mode == "join":
        yield from _join(request, settings)
    elif request.mode in ("extend", "upscale", "gif"):
        if len(request.slots("mediaGenerationId")) != 1:
            yield "mediaGenerationId", "Choose one clip."
        if request.mode == "extend" and engine:
            yield from _extendable(request, engine, facts)
    elif engine:
        yield from _counts(request, engine)
        yield from _needed(request, engine, settings)
    if request.mode == "edit":
        yield from window_problems(request.extra)


def _each(request: Request) -> Iterator[tuple[str, str]]:
    """Slots that the mode does not have, slots given twice, and inputs that are not what the slot takes."""
    seen = set()
    for given in request.inputs:
        name, number = name_of(picture_slot(given.slot, request.mode))
        if not has_place(name, number, request.mode):
            yield given.slot, _misplaced(name, request.mode)
        elif (name, number) in seen:
            yield given.slot, f"This place holds {THINGS[name]} already."
        else:
            yield from _right_kind(given, name)
        seen.add((name, number))


def has_place(name: str, number: int, mode: str) -> bool:
    """Whether a mode has such a slot; single ones carry no number, the others do."""
    if name == "referenceVideo" and number != 1:
        return False  # one clip is edited at a time
    single = name in ("startImage", "endImage") or (name == "mediaGenerationId" and mode != "join")
    return name in SLOTS[mode] and (number == 0) == single


def _misplaced(name: str, mode: str) -> str:
    if name == "referenceAudio" and mode == "frames":
        return "A voice can't go with frames. Use Ingredients."
    thing = THINGS.get(name)
    return f"{thing[0].upper()}{thing[1:]} has no place in this mode." if thing else "There is no such place."


def _right_kind(given: Input, name: str) -> Iterator[tuple[str, str]]:
    told = [given.picture is not None, given.clip is not None, bool(given.ref)]
    if sum(told) != 1:
        yield given.slot, f"Choose {THINGS[name]}."
    elif name == "referenceAudio":
        if not given.ref or reference(given.ref):  # an id shows its account: never repeat one
            if not is_voice(given.ref):
                yield given.slot, "Choose a voice."
        elif not is_voice(given.ref):
            yield given.slot, f"There is no voice '{given.ref[:40]}'."
    elif given.ref:
        known, wanted = reference(given.ref), KINDS.get(name)
        if not known or (wanted and known.kind != wanted) or known.kind == "voice":
            yield given.slot, f"This is not {THINGS[name]}."
    elif name == "character" or (name == "mediaGenerationId" and given.clip is None):
        yield given.slot, f"Choose {THINGS[name]}."


def _owners(request: Request, email: str) -> Iterator[tuple[str, str]]:
    """All ids must belong to one Google account (section 9.7, row 2)."""
    known = [reference(given.ref) for given in request.inputs if given.ref]
    owners = {one.email for one in known if one}
    if len(owners) > 1:
        yield (
            "account",
            "These pictures and clips are stored on different accounts. Use those of one account.",
        )
    elif email and owners and email.lower() not in owners:
        yield "account", "These pictures and clips are stored on another account. Choose that account."


def _counts(request: Request, engine: Engine) -> Iterator[tuple[str, str]]:
    """Numbers and budgets: pictures of characters count as ingredients."""
    if request.mode not in engine.modes:
        return
    pictures, characters, voices = limits(engine, request.mode)
    allowed = {
        "referenceImage": pictures,
        "reference": pictures,
        "character": characters,
        "referenceAudio": voices,
    }
    total, over = 0, ""
    for given in request.inputs:
        name, number = name_of(picture_slot(given.slot, request.mode))
        if name not in SLOTS[request.mode] or name not in allowed:
            continue
        if name == "referenceAudio":
            if number > voices or number < 1:
                yield given.slot, _most(engine, voices, "a voice", "voices")
            continue
        total += brings(given)
        if number < 1 or number > allowed[name] or total > pictures:
            over = over or given.slot
    if over:
        words = ("a picture", "pictures") if request.mode == "image" else ("an ingredient", "ingredients")
        yield over, f"{_most(engine, pictures, *words)} Pictures of characters count."


def _most(engine: Engine, most: int, one: str, many: str) -> str:
    if most == 0:
        return f"{engine.name} can't use {one}."
    return f"{engine.name} takes {f'up to {most} {many}' if most > 1 else f'one {one.split()[1]}'}."


def _needed(request: Request, engine: Engine, settings: Settings) -> Iterator[tuple[str, str]]:
    """What the mode cannot do without, and what goes only together."""
    mode = request.mode
    pictures = any(request.slots(prefix) for prefix in ("referenceImage", "reference_", "character"))
    voices = request.slots("referenceAudio")
    alone = engine.family == "omni" and settings.omni_voice_alone
    if mode == "frames":
        if not request.slots("startImage"):
            yield "startImage", NEEDS[mode]
        if request.slots("endImage") and not has_end_frame(engine, settings):
            short = "Omni" if engine.family == "omni" else engine.short
            yield "endImage", f"{short} uses a start frame only."
    elif mode == "ingredients" and not pictures and not (voices and alone):
        yield "referenceImage_1", NEEDS[mode]
    elif mode == "edit" and not request.slots("referenceVideo"):
        yield "referenceVideo_1", NEEDS[mode]
    if voices and not pictures and mode in ("text", "ingredients") and not alone:
        yield voices[0].slot, "A voice needs an ingredient or a character."


def _extendable(request: Request, engine: Engine, facts: Facts) -> Iterator[tuple[str, str]]:
    """A clip goes on with a model of its own kind (section 10.1); `source_model` of `extra` tells it."""
    source = facts.engine(request.extra.get("source_model", ""))
    if source and "extend" not in source.modes:
        yield "mediaGenerationId", f"Clips of {source.name} can't be extended."
    elif source and source.family != engine.family and "extend" in engine.modes:
        yield "model", f"A clip of {source.name} goes on with {source.name} or its relatives."


def window_problems(extra: dict) -> Iterator[tuple[str, str]]:
    """The part of the clip that is edited, in frames of a 24th of a second (section 9.1)."""
    start, end = extra.get("startFrameIndex_1"), extra.get("endFrameIndex_1")
    if start is not None and not (_is_whole(start) and 0 <= start < FRAMES):
        yield "startFrameIndex_1", f"The edit starts at a frame from 0 to {FRAMES - 1}."
    elif end is not None and not (_is_whole(end) and 1 <= end <= FRAMES):
        yield "endFrameIndex_1", f"The edit ends at a frame from 1 to {FRAMES}."
    elif end is not None and end <= (start or 0):
        yield "endFrameIndex_1", "The edit must end after it starts."


def _join(request: Request, settings: Settings) -> Iterator[tuple[str, str]]:
    """2 to 10 clips, seconds cut off at both ends (section 10.4); `lengths` of `extra`, if given, count."""
    if request.extra.get("here"):
        yield "mode", "This was joined here, not at Google. Open its scene to join it again."
    count = len(request.slots("mediaGenerationId"))
    if not settings.join_min <= count <= settings.join_max:
        yield "mediaGenerationId_1", f"Join {settings.join_min} to {settings.join_max} clips."
    trims, lengths = request.extra.get("trims", []), request.extra.get("lengths", [])
    most = settings.trim_max
    for place, trim in enumerate(trims):
        pair = isinstance(trim, list | tuple) and len(trim) == 2
        if not (pair and all(_is_number(cut) and 0 <= cut <= most for cut in trim)):
            yield "trims", f"Clip {place + 1} can lose 0 to {most:g} s at each end."
        elif place < len(lengths) and sum(trim) >= lengths[place]:
            yield "trims", f"Nothing would be left of clip {place + 1}."


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
