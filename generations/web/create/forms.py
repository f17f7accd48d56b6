"""What people may send from the dock: read, checked, and kept as typed when something is wrong."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from ...catalog.request import Input, Request
from ...flow.intend import Refusal
from ...flow.people import capabilities
from ...models import Account, Generation, Person
from ...models.generation import Visibility
from . import given as things
from . import mentions
from .given import Given

MODES = ("text", "frames", "ingredients", "edit", "image")
LONGEST_TYPED = 20_000  # characters; the catalog's own hard limit, so that a draft holds what was typed


@dataclass
class Typed:
    """The fields of the dock as text, as they came; `request()` makes sense of them."""

    prompt: str = ""
    mode: str = "text"
    model: str = ""
    ratio: str = "16:9"
    seconds: str = "8"
    count: str = "1"
    seed: str = ""
    account: str = ""
    visibility: str = Visibility.TEAM
    resolution: str = ""
    inputs: str = ""  # JSON: what stands in the slots of the mode (given.py)
    kept: str = ""  # JSON: what other modes have a slot for; kept for going back, never sent
    voice: str = ""  # names of voices, with commas
    first_frame: str = ""  # of a clip to edit, in 24ths of a second
    last_frame: str = ""

    @classmethod
    def read(cls, fields) -> "Typed":
        """From a form or a stored draft; what is missing keeps its default."""
        known = {
            name: str(fields[name]).replace("\0", "")[: LONGEST_TYPED + 1]  # PostgreSQL stores no zero byte
            for name in cls.__dataclass_fields__
            if name in fields
        }
        typed = cls(**known)
        typed.prompt = typed.prompt.replace("\r\n", "\n")
        if hasattr(fields, "getlist"):
            typed.voice = ",".join(fields.getlist("voice"))[:2000]
        return typed

    @classmethod
    def first(cls, person: Person) -> "Typed":
        return cls(visibility=Visibility.TEAM if person.share_by_default else Visibility.PRIVATE)

    @classmethod
    def of(cls, generation: Generation) -> "Typed":
        """The prompt, the pictures and the settings of something that was made before."""
        asked = Request.from_json(generation.request)
        entries, spoken = things.of_request(asked.inputs)
        window = [asked.extra.get(f"{end}FrameIndex_1") for end in ("start", "end")]
        return cls(
            prompt=asked.prompt,
            mode=asked.mode if asked.mode in MODES else "text",
            model=asked.model,
            ratio=asked.ratio,
            seconds=str(asked.seconds or ""),
            count=str(asked.count),
            seed="" if asked.seed is None else str(asked.seed),
            account=str(generation.account_id),
            visibility=generation.visibility,
            resolution=asked.resolution,
            inputs=things.written(entries) if asked.mode in MODES else "",
            voice=",".join(spoken),
            first_frame="" if window[0] is None else str(window[0]),
            last_frame="" if window[1] is None else str(window[1]),
        )

    def choices(self) -> dict:
        """Everything but the prompt, for models.Draft."""
        kept = asdict(self)
        del kept["prompt"]
        return kept

    @property
    def voices(self) -> list[str]:
        return [name.strip() for name in self.voice.split(",") if name.strip()]

    def request(self, givens: Sequence[Given] = (), spoken: Sequence[tuple[str, Input]] = ()) -> Request:
        """What was asked for, with what was looked up for its slots. Raises Refusal with the field."""
        mode = self.mode
        if mode not in MODES:
            raise Refusal("There is no such mode. Choose one of the five.", "mode")
        if self.visibility not in Visibility.values:
            raise Refusal("Choose who sees it: the team, or only you.", "visibility")
        model = self.model or capabilities.usual_model("image" if mode == "image" else "video")
        with_length = mode not in ("image", "edit")
        spoken = spoken if mode in ("ingredients", "edit") else ()  # elsewhere the chip is off, and says so
        film = next((g for g in givens if g.slot == "referenceVideo_1"), None)
        request = Request(
            prompt=mentions.to_markers(self.prompt.strip(), things.names_of(givens, spoken)),
            model=model,
            mode=mode,
            ratio=film.ratio if film and mode == "edit" else self.ratio,
            seconds=_whole(self.seconds, "seconds", "Choose a length.") if with_length else None,
            count=_whole(self.count, "count", "Choose 1 to 4 clips."),
            seed=_whole(self.seed, "seed", "The seed is a whole number, or empty.")
            if self.seed.strip()
            else None,
            resolution=self.resolution if self.resolution != "720p" and mode != "image" else "",
            inputs=tuple(g.input for g in givens) + tuple(voice for _, voice in spoken),
        )
        extra = self._window(film) if mode == "edit" else {}
        named = {slot: name for name, slot in things.names_of(givens, spoken).items()}
        spelled = {slot: name for slot, name in named.items() if not slot.startswith("referenceImage")}
        if said := {slot: name for slot, name in spelled.items() if f"@{slot}" in request.prompt}:
            extra["names"] = said  # so that people read @Pip wherever the prompt is shown
        return replace(request, extra=extra)

    def _window(self, film: Given | None) -> dict[str, int]:
        """The part of the clip that is edited; nothing where it is the whole."""
        told = {}
        for name, text, words in (
            ("startFrameIndex_1", self.first_frame, "The edit starts at a whole frame, 24 a second."),
            ("endFrameIndex_1", self.last_frame, "The edit ends at a whole frame, 24 a second."),
        ):
            if text.strip():
                told[name] = _whole(text, name, words)
        if film and film.frames and told.get("endFrameIndex_1", 0) > film.frames:
            raise Refusal(f"The clip has {film.frames} frames, 24 a second.", "endFrameIndex_1")
        return told

    def account_of(self, usable: list[Account], otherwise: Account | None) -> Account:
        """The account that was chosen. Raises Refusal when it is not one the person may spend from."""
        if not self.account:
            if otherwise is None:
                raise Refusal("There is no account to spend from. Connect Google Flow first.", "account")
            return otherwise
        found = next((a for a in usable if str(a.pk) == self.account), None)
        if found is None:
            raise Refusal("This account is not yours to spend from any more. Choose another.", "account")
        return found


def _whole(text: str, field: str, otherwise: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(otherwise, field)
    return int(text)
