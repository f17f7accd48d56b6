"""Which requests are possible, and the sentence when one is not (flow-api.md sections 8.1, 9.3, 10).

Every rule here is a documented refusal of the service, checked before anything is spent. `problems` stop a
request; `warnings` are for what Google decides, chiefly while the plan of the account is not known.
Field names are those of the form. Reasons for single choices (`model_reason`, `length_reason`) are shared
with the menus, so that a dashed chip and a refused form say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from . import pictures
from .engines import Engine
from .plans import Facts
from .references import orphans
from .request import Request
from .tables import table


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one sentence for the person, and the field of the form it belongs to."""

    field: str
    sentence: str


@dataclass(frozen=True)
class Settings:
    """What a site may decide differently where the vendor's sources disagree (flow-api.md 20, 23)."""

    omni_end_frame: bool = False
    omni_voice_alone: bool = False
    omni_join: bool = True
    upscale_720p: bool = False
    default_image: str = "nano-banana-2"
    link_hours: float = 6.0
    quota_minutes: int = 30
    day_zone: str = "UTC"
    captcha_retry: int = 0
    accounts_included: int = 3
    setup_page: str = "https://useapi.net/docs/start-here/setup-google-flow"
    trim_max: float = 8.0
    join_min: int = 2
    join_max: int = 10
    prompt_soft: int = 5000
    prompt_hard: int = 20000
    seed_max: int = 2147483647

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> "Settings":
        """The defaults of data/defaults.toml."""
        return cls(**table("defaults")["settings"])


@dataclass(frozen=True)
class Case:
    """A request together with everything its rules look at; `engine` is None for a model nobody knows."""

    request: Request
    facts: Facts
    settings: Settings
    engine: Engine | None

    @property
    def needs_model(self) -> bool:
        return self.request.mode not in ("upscale", "gif", "join")


@dataclass(frozen=True)
class Finding:
    """A problem, or with `warns` a mere warning."""

    field: str
    sentence: str
    warns: bool = False


MODE_WORDS = {
    "text": "Text",
    "frames": "Frames",
    "ingredients": "Ingredients",
    "edit": "Edit clip",
    "image": "Image",
    "extend": "Extend",
    "upscale": "Upscale",
    "gif": "GIF",
    "join": "Join",
}


WITH_LENGTH = ("text", "frames", "ingredients")  # modes in which a person chooses the length


def problems(request: Request, facts: Facts, settings: Settings | None = None) -> tuple[Problem, ...]:
    """Everything that makes this request impossible; empty when it may be sent."""
    return tuple(Problem(f.field, f.sentence) for f in _findings(request, facts, settings) if not f.warns)


def warnings(request: Request, facts: Facts, settings: Settings | None = None) -> tuple[Problem, ...]:
    """What may be refused by Google, and what is unusual; never a reason not to send."""
    return tuple(Problem(f.field, f.sentence) for f in _findings(request, facts, settings) if f.warns)


def _findings(request: Request, facts: Facts, settings: Settings | None) -> Iterator[Finding]:
    settings = settings or facts.settings or Settings.shipped()
    case = Case(request, facts, settings, facts.engine(request.model))
    if request.mode not in MODE_WORDS:
        yield Finding("mode", f"There is no mode '{request.mode}'.")
        return
    yield from _prompt(case)
    yield from _model(case)
    yield from _count(case)
    yield from _seed(case)
    yield from _resolution(case)
    if case.engine or not case.needs_model:
        yield from _length(case)
        yield from _ratio(case)
        for field, sentence in pictures.findings(request, case.facts, case.settings):
            yield Finding(field, sentence)


def _prompt(case: Case) -> Iterator[Finding]:
    request, settings = case.request, case.settings
    if not case.needs_model:
        return
    if not request.prompt.strip():
        yield Finding("prompt", "Write a prompt first.")
    size = len(request.prompt)
    if size > settings.prompt_hard:
        most = settings.prompt_hard
        yield Finding("prompt", f"The prompt has {size:,} characters. Shorten it to {most:,} or fewer.")
    elif size > settings.prompt_soft:
        soft = settings.prompt_soft
        yield Finding("prompt", f"Google may refuse a prompt of more than {soft:,} characters.", warns=True)
    for marker, why in orphans(request):
        yield Finding("prompt", f"{marker} {why}.")


def model_reason(engine: Engine, mode: str, facts: Facts) -> str:
    """Why this model cannot be chosen in this mode on this plan; empty when it can (ui.md section 5)."""
    if mode == "image" and engine.kind == "video":
        return "Makes clips, not images."
    if mode != "image" and engine.kind == "image":
        return "Makes images, not clips."
    if mode not in engine.modes:
        others = [MODE_WORDS[m] for m in ("frames", "text") if m in engine.modes and m != mode]
        switch = f" Switch to {' or '.join(others)}." if others and mode in ("frames", "ingredients") else ""
        return f"Can't {_DOINGS[mode]}.{switch}"
    if not facts.may_have(engine.plans):
        return engine.unavailable or f"Needs {engine.needs}"
    return ""


_DOINGS = {
    "text": "start from text",
    "frames": "use frames",
    "ingredients": "use ingredients",
    "edit": "edit clips",
    "image": "make images",
    "extend": "extend clips",
}


def _model(case: Case) -> Iterator[Finding]:
    request, engine, facts = case.request, case.engine, case.facts
    if not case.needs_model:
        return
    if engine is None:
        yield Finding("model", f"There is no model '{request.model[:60]}'. Choose another.")
        return
    if not (request.mode in engine.modes and facts.may_have(engine.plans)):
        if request.mode in engine.modes:
            has = f" This account has {facts.plan_name}." if facts.plan_name else ""
            yield Finding("model", f"{engine.name} needs {engine.needs}.{has}")
        else:
            why = model_reason(engine, request.mode, facts)
            yield Finding("model", f"{engine.name} {why[0].lower()}{why[1:]}")
    elif engine.plans and not facts.is_known:
        yield Finding("model", f"{engine.name} needs {engine.needs}. Google decides.", warns=True)
    if engine.low_priority and facts.may_have(engine.plans) and engine.note:
        yield Finding("model", engine.note, warns=True)


def length_reason(
    engine: Engine, seconds: int | None, facts: Facts, *, mode: str = "text", end_frame: bool = False
) -> str:
    """Why this length cannot be chosen, as the chip says it ("4 s needs Ultra"); empty when it can."""
    if seconds not in engine.lengths:
        if len(engine.lengths) == 1:
            return f"{engine.lengths[0]} s only"
        able = next((e for e in facts.engines(engine.kind) if seconds in e.lengths), None)
        return f"{seconds} s needs {able.name}" if able else f"{seconds} s is not possible"
    if mode == "ingredients" and engine.reference_lengths and seconds not in engine.reference_lengths:
        return f"{seconds} s is not possible with ingredients"
    if end_frame and engine.end_frame_lengths and seconds not in engine.end_frame_lengths:
        return f"{seconds} s is not possible with an end frame"
    plans, needs = engine.plans_for(seconds)
    return "" if facts.may_have(plans) else f"{seconds} s needs {needs}"


def _length(case: Case) -> Iterator[Finding]:
    request, engine, facts = case.request, case.engine, case.facts
    if request.mode not in WITH_LENGTH or not engine or engine.kind != "video":
        return
    if not _is_whole(request.seconds):
        yield Finding("seconds", "Choose a length.")
        return
    why = length_reason(
        engine, request.seconds, facts, mode=request.mode, end_frame=bool(request.slots("endImage"))
    )
    if why:
        lengths = len(engine.lengths) == 1
        yield Finding("seconds", f"{engine.short} is {why}." if lengths else f"{why}.")
    plans, needs = engine.plans_for(request.seconds)
    if not why and plans and not facts.is_known:
        yield Finding("seconds", f"{request.seconds} s needs {needs}. Google decides.", warns=True)


def _ratio(case: Case) -> Iterator[Finding]:
    request, engine = case.request, case.engine
    if request.mode not in (*WITH_LENGTH, "image") or not engine:
        return
    if request.ratio == "auto" and engine.kind == "image":
        if not any(request.slots(p) for p in ("reference", "character")):
            yield Finding("ratio", "The ratio can follow a picture only when there is one.")
    elif request.ratio not in engine.ratios:
        yield Finding("ratio", f"{engine.name} makes {_listed(engine.ratios)}.")


def _count(case: Case) -> Iterator[Finding]:
    request, counts = case.request, case.engine.counts if case.engine else (1, 2, 3, 4)
    if not case.needs_model:
        counts = (1,)
    if not _is_whole(request.count) or request.count not in counts:
        things = "images" if request.kind == "image" else "clips"
        several = f"Choose {counts[0]} to {counts[-1]} {things}."
        yield Finding("count", several if len(counts) > 1 else "One at a time.")


def _seed(case: Case) -> Iterator[Finding]:
    seed = case.request.seed
    if seed is not None and not (_is_whole(seed) and 0 <= seed <= case.settings.seed_max):
        yield Finding("seed", f"The seed is a whole number from 0 to {case.settings.seed_max:,}.")


def _resolution(case: Case) -> Iterator[Finding]:
    request, engine, facts = case.request, case.engine, case.facts
    wanted = request.resolution
    if request.mode == "upscale":
        yield from _upscale(case)
    elif wanted in ("", "720p") and request.mode != "image" or not wanted:
        return
    elif request.mode in (*WITH_LENGTH, "edit") and engine and engine.kind == "video":
        if wanted not in engine.resolutions:
            able = next((e.name for e in facts.engines("video") if wanted in e.resolutions), "")
            yield Finding("resolution", f"{wanted} needs {able}." if able else f"{wanted} is not possible.")
    else:
        yield Finding("resolution", f"{MODE_WORDS[request.mode]} has no choice of resolution.")


def upscale_choices(engine: Engine | None, settings: Settings | None = None) -> tuple[str, ...]:
    """What a clip, or an image of an image model, can be made larger to; the usual first."""
    if engine and engine.kind == "image":
        return ("2k", "4k")
    return ("1080p", "4K", "720p") if (settings or Settings.shipped()).upscale_720p else ("1080p", "4K")


def lengths_of(engine: Engine, facts: Facts, mode: str, *, end_frame: bool = False) -> list[int]:
    """Lengths that can be chosen here, the usual one first."""
    return [s for s in engine.lengths if not length_reason(engine, s, facts, mode=mode, end_frame=end_frame)]


def resolutions_of(engine: Engine | None, mode: str, settings: Settings | None = None) -> tuple[str, ...]:
    """Resolutions that can be chosen here, the usual one first; empty where there is no choice."""
    if mode == "upscale":
        return upscale_choices(engine, settings)
    return engine.resolutions if engine and mode in (*WITH_LENGTH, "edit") else ()


def _upscale(case: Case) -> Iterator[Finding]:
    engine, facts, wanted = case.engine, case.facts, case.request.resolution
    choices = upscale_choices(engine, case.settings)
    if wanted and wanted not in choices:
        yield Finding("resolution", f"Choose {_listed(choices)}.")
    elif wanted == "4K" and not facts.has_ultra:
        yield Finding("resolution", _or_google("4K needs Ultra", facts), warns=not facts.is_known)
    elif engine and engine.kind == "image" and not engine.upscales:
        yield Finding("resolution", f"Images of {engine.name} may be refused. Google decides.", warns=True)
    elif wanted != "2k" and facts.plan in ("free", "unknown"):
        text = f"{wanted or choices[0]} needs a paid Google AI plan"
        yield Finding("resolution", _or_google(text, facts), warns=not facts.is_known)


def _or_google(text: str, facts: Facts) -> str:
    return f"{text}." if facts.is_known else f"{text}. Google decides."


def _listed(words: tuple[str, ...]) -> str:
    """16:9, 4:3 or 1:1"""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
