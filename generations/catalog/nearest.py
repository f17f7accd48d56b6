"""Moves an impossible choice to the nearest possible one, and says what changed (ui.md section 5).

Text and pictures are kept wherever a mode can use them: a start frame becomes ingredient 1 and back.
What only a person can give (a prompt, a picture, a clip, another plan) stays missing.
"""

from dataclasses import replace

from .engines import Engine
from .pictures import SLOTS, THINGS, brings, has_end_frame, has_place, limits, name_of, window_problems
from .plans import Facts
from .references import is_voice, orphans, picture_slot, without_orphans
from .request import Input, Request
from .rules import WITH_LENGTH, Settings, lengths_of, model_reason, resolutions_of

Change = tuple[Request, list[str]]


def nearest(request: Request, facts: Facts, settings: Settings | None = None) -> Change:
    """The nearest possible request and, in order, sentences such as "Length set to 8 s"."""
    settings = settings or facts.settings or Settings.shipped()
    told: list[str] = []
    for step in (
        _pictures_moved,
        _model,
        _frames,
        _budgets,
        _numbers,
        _length,
        _resolution,
        _window,
        _markers,
    ):
        request, said = step(request, facts, settings)
        told += said
    return request, told


def _pictures_moved(request: Request, facts: Facts, settings: Settings) -> Change:
    """Pictures take the place that the mode has for them."""
    mode, slots = request.mode, SLOTS[request.mode]
    if mode == "frames" and not request.slots("startImage"):
        for given in request.slots("referenceImage") + request.slots("reference_"):
            return request.but(inputs=_with(request.inputs, given, "startImage")), [
                "Ingredient 1 is the start frame"
            ]
    pictures = "reference" if mode == "image" else "referenceImage"
    said: list[str] = []
    if pictures in slots:
        inputs: tuple[Input, ...] = ()
        for given in request.inputs:
            name = name_of(given.slot)[0]
            if name in ("startImage", "endImage"):
                taken = {picture_slot(i.slot, mode) for i in request.inputs + inputs}
                number = next(n for n in range(1, 99) if f"{pictures}_{n}" not in taken)
                given = replace(given, slot=f"{pictures}_{number}")
                said.append(f"{THINGS[name].split(' ', 1)[1].capitalize()} is ingredient {number}")
            inputs += (given,)
        request = request.but(inputs=inputs)
    return request, said


def _with(inputs: tuple[Input, ...], given: Input, slot: str) -> tuple[Input, ...]:
    return tuple(replace(i, slot=slot) if i is given else i for i in inputs)


def _model(request: Request, facts: Facts, settings: Settings) -> Change:
    if request.mode not in (*WITH_LENGTH, "edit", "image", "extend"):
        return request, []
    chosen = facts.engine(request.model)
    suited = [e for e in facts.engines() if request.mode in e.modes]
    source = facts.engine(request.extra.get("source_model", "")) if request.mode == "extend" else None
    if source and source in suited:  # a clip goes on with a model of its own kind
        suited = [e for e in suited if e.family == source.family]
    # When the plan has none of them, the sentence about the plan is the one to read.
    able = [e for e in suited if not model_reason(e, request.mode, facts)] or suited
    if chosen in able:
        return request, []
    if not able:
        return request, []
    kin = [e for e in able if chosen and e.family == chosen.family]
    found = (kin or able)[0]
    return request.but(model=found.id), [f"Model set to {found.name}"]


def _frames(request: Request, facts: Facts, settings: Settings) -> Change:
    """An end frame needs a start frame, and a model that takes one."""
    engine = facts.engine(request.model)
    ends = request.slots("endImage")
    if request.mode != "frames" or not ends or not engine:
        return request, []
    if not request.slots("startImage"):
        return request.but(inputs=_with(request.inputs, ends[0], "startImage")), [
            "End frame is the start frame"
        ]
    if has_end_frame(engine, settings):
        return request, []
    kept = tuple(i for i in request.inputs if i.slot != "endImage")
    short = "Omni" if engine.family == "omni" else engine.short
    return request.but(inputs=kept), [f"End frame left out. {short} uses a start frame only"]


def _budgets(request: Request, facts: Facts, settings: Settings) -> Change:
    """Leaves out what has no place in the mode, and what is more than the model takes."""
    engine, mode = facts.engine(request.model), request.mode
    kept: list[Input] = []
    left: list[str] = []
    used = 0
    for given in request.inputs:
        name, number = name_of(picture_slot(given.slot, mode))
        most = _most(engine, name, mode) if engine else 99
        fits = has_place(name, number, mode) and number <= most
        if fits and engine and name in ("referenceImage", "reference", "character"):
            fits = used + brings(given) <= limits(engine, mode)[0]
            used += brings(given) if fits else 0
        if fits and name == "referenceAudio":
            fits = is_voice(given.ref)
        if fits and all(picture_slot(i.slot, mode) != picture_slot(given.slot, mode) for i in kept):
            kept.append(given)
        else:
            left.append(name)
    request = request.but(inputs=tuple(kept))
    return _voice(request, engine, settings, [_left_out(name) for name in dict.fromkeys(left)])


def _most(engine: Engine, name: str, mode: str) -> int:
    pictures, characters, voices = limits(engine, mode)
    return {
        "referenceImage": pictures,
        "reference": pictures,
        "character": characters,
        "referenceAudio": voices,
        "referenceVideo": 1,
    }.get(name, 99)


def _voice(request: Request, engine: Engine | None, settings: Settings, said: list[str]) -> Change:
    """A voice goes only with an ingredient, a character or a clip."""
    pictures = any(request.slots(p) for p in ("referenceImage", "reference_", "character", "referenceVideo"))
    alone = engine and engine.family == "omni" and settings.omni_voice_alone
    if request.slots("referenceAudio") and not pictures and not alone:
        kept = tuple(i for i in request.inputs if name_of(i.slot)[0] != "referenceAudio")
        return request.but(inputs=kept), [*said, _left_out("referenceAudio")]
    return request, said


def _left_out(name: str) -> str:
    thing = THINGS.get(name, "a something").split(" ", 1)[1]
    return f"{thing.capitalize()} left out"


def _numbers(request: Request, facts: Facts, settings: Settings) -> Change:
    """Ratio, count and seed."""
    engine, said = facts.engine(request.model), []
    if engine and request.mode in (*WITH_LENGTH, "image") and not _ratio_fits(request, engine):
        request = request.but(ratio=_closest(request.ratio, engine.ratios))
        said.append(f"Ratio set to {request.ratio}")
    counts = engine.counts if engine else (1, 2, 3, 4)
    if request.mode in ("upscale", "gif", "join"):
        counts = (1,)
    if not isinstance(request.count, int) or request.count not in counts:
        wanted = request.count if isinstance(request.count, int) else 1
        request = request.but(count=min(counts, key=lambda c: abs(c - wanted)))
        said.append(f"{'Images' if request.kind == 'image' else 'Clips'} set to {request.count}")
    seed = request.seed
    if seed is not None and not (isinstance(seed, int) and 0 <= seed <= settings.seed_max):
        request = request.but(seed=None)
        said.append("Seed left open")
    return request, said


def _ratio_fits(request: Request, engine: Engine) -> bool:
    if request.ratio == "auto" and engine.kind == "image":
        return any(request.slots(p) for p in ("reference", "character"))
    return request.ratio in engine.ratios


def _closest(ratio: str, ratios: tuple[str, ...]) -> str:
    wanted = _shape(ratio)
    return min(ratios, key=lambda r: abs(_shape(r) - wanted)) if wanted else ratios[0]


def _shape(ratio: str) -> float:
    """Share of the width, 0.64 for 16:9; 0 for what is no ratio."""
    try:
        width, height = (float(part) for part in ratio.split(":"))
        return width / (width + height)
    except (ValueError, ZeroDivisionError):
        return 0.0


def _length(request: Request, facts: Facts, settings: Settings) -> Change:
    engine = facts.engine(request.model)
    if request.mode not in WITH_LENGTH or not engine:
        return request.but(seconds=None), []
    possible = lengths_of(engine, facts, request.mode, end_frame=bool(request.slots("endImage")))
    if request.seconds in possible or not possible:
        return request, []
    wanted = request.seconds
    found = min(possible, key=lambda s: (abs(s - wanted), -s)) if isinstance(wanted, int) else possible[0]
    return request.but(seconds=found), [f"Length set to {found} s"]


def _resolution(request: Request, facts: Facts, settings: Settings) -> Change:
    engine, wanted = facts.engine(request.model), request.resolution
    possible = list(resolutions_of(engine, request.mode, settings))
    if request.mode == "upscale" and facts.is_known and not facts.has_ultra and "4K" in possible:
        possible.remove("4K")
    if not wanted or wanted in possible:
        return request, []
    found = possible[0] if possible else ""
    return request.but(resolution=found), [f"Resolution set to {found}"] if found else []


def _window(request: Request, facts: Facts, settings: Settings) -> Change:
    if request.mode != "edit" or not any(window_problems(request.extra)):
        return request, []
    extra = {k: v for k, v in request.extra.items() if k not in ("startFrameIndex_1", "endFrameIndex_1")}
    return request.but(extra=extra), ["The whole clip is edited"]


def _markers(request: Request, facts: Facts, settings: Settings) -> Change:
    lost = [marker for marker, _ in orphans(request)]
    return without_orphans(request), [f"{marker} is plain text now" for marker in lost]
