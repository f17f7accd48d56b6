"""What a card shows: frozen facts for templates/strip/_strip.html. No query happens here or in the template.

Words, icons and colours of the states are those of ui.md section 4 and stand in LOOKS, once. A Card is made
from a row by `drawing.card_of`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Look:
    """How a state is named: its word, its lucide icon, and its colour role (accent, warn, bad or quiet)."""

    word: str
    icon: str
    role: str


LOOKS = {
    "held": Look("Held", "hand", "warn"),
    "waiting": Look("Waiting", "clock", "quiet"),
    "resting": Look("Resting", "moon", "quiet"),
    "paused": Look("Paused", "pause", "quiet"),
    "sending": Look("Sending", "arrow-up", "accent"),
    "uncertain": Look("Uncertain", "circle-help", "warn"),
    "generating": Look("Generating", "loader", "accent"),
    "overdue": Look("Taking longer", "hourglass", "accent"),
    "saving": Look("Saving", "arrow-down-to-line", "accent"),
    "unsaved": Look("Not saved yet", "cloud-off", "warn"),
    "ready": Look("", "", ""),
    "failed": Look("Failed", "circle-alert", "bad"),
    "stopped": Look("Stopped", "circle-stop", "quiet"),
    "cancelled": Look("Cancelled", "ban", "quiet"),
}
# The prompt stands in the frame as large type, so that fifty running jobs can be told apart at a glance.
GHOSTS = {"waiting", "resting", "paused", "sending", "generating", "overdue", "cancelled"}
# A dimmed picture stands in the frame when the vendor has given one; else the ghost.
DIMMED = {"saving", "unsaved"}
HAIRLINES = {"sending", "generating", "overdue", "saving"}
UPRIGHT = {"r916", "r34"}


@dataclass(frozen=True)
class Action:
    """One thing to do with a card. `price` is the text on a button that spends ("10 credits", "free").

    `method` "post" draws a form, "get" a link. `key` names the action for scripts and shortcuts
    (data-act); `confirm` is a sentence asked before a post.
    """

    label: str
    url: str
    price: str = ""
    method: str = "post"
    key: str = ""
    confirm: str = ""
    icon: str = ""  # only where the action is a button on a picture
    credits: int | None = None  # the price as a number, sent back with the click
    request_key: str = ""  # of a button that sends: the same click twice makes one generation

    @property
    def words(self) -> str:
        return f"{self.label}, {self.price}" if self.price else self.label


@dataclass(frozen=True)
class Frame:
    """One picture of a strip. `state` is ready, empty (still to come), dim (seen, not saved) or failed."""

    state: str = "empty"
    letter: str = ""  # shown when the strip has two or more
    label: str = ""  # 228a
    href: str = ""  # the clip's page
    poster: str = ""
    srcset: str = ""
    alt: str = ""
    video: str = ""  # played on hover, without sound
    length: str = ""
    contain: bool = False  # another shape than the strip's: shown whole on the matte
    favourite: bool = False
    sandbox: bool = False
    rating: int = 0
    eager: bool = False  # fetched at once; others when they come near
    sentence: str = ""  # of a failed frame
    hint: str = ""
    actions: tuple[Action, ...] = ()  # overlay: favourite, reroll, download, more

    @property
    def playable(self) -> bool:
        return self.state == "ready" and bool(self.video)


@dataclass(frozen=True)
class Card:
    """Everything that templates/strip/_strip.html draws. `id` is the generation's, as text for the DOM."""

    id: str
    number: str  # 228, or S3 in the sandbox
    state: str
    prompt: str
    href: str = ""
    ratio: str = "r169"
    count: int = 1
    frames: tuple[Frame, ...] = ()
    meant: tuple[str, ...] = ()  # names in the prompt that are chips
    word: str = ""  # "Waiting, 2nd in line"; the state's own word when empty
    sentence: str = ""  # bold, in the frame, instead of the ghost
    hint: str = ""
    right: str = ""  # at the right end of the status line
    since: float | None = None  # Unix time the timer counts from; written before `right`
    least: float | None = None  # seconds before which few were ready: with `usual`, the range of what is left
    usual: float | None = None  # seconds within which 80 % were ready; the hairline's full length
    progress: int | None = None  # 0 to 95; None: nothing learned yet, the hairline only moves
    tag: str = ""  # Not charged, Charged 10, Checking charge: always from the ledger
    charged: bool = False
    actions: tuple[Action, ...] = ()
    meta: tuple[str, ...] = ()
    saved: str = ""  # one of `meta`: "saved $0.72" against the official API
    compared: str = ""  # the sentence behind it
    version: int = 0
    is_new: bool = False
    noun: str = "clip"  # or image

    @property
    def look(self) -> Look:
        look = LOOKS[self.state]
        return replace(look, word=self.word) if self.word else look

    @property
    def is_moving(self) -> bool:
        """Whether anything can still change without a person's click."""
        return self.state not in {"ready", "failed", "cancelled"}

    @property
    def awaits_picture(self) -> bool:
        """Ready, and its poster is being made: the page goes on asking quickly."""
        return any(frame.state == "ready" and frame.video and not frame.poster for frame in self.frames)

    @property
    def is_side(self) -> bool:
        """One upright clip: its caption stands beside it."""
        return self.count == 1 and self.ratio in UPRIGHT

    @property
    def has_picture(self) -> bool:
        return any(frame.poster for frame in self.frames)

    @property
    def has_ghost(self) -> bool:
        """The prompt stands in the frame, unless a sentence or a picture does."""
        if self.sentence or self.is_side:
            return False
        return self.state in GHOSTS or (self.state in DIMMED and not self.has_picture)

    @property
    def is_mixed(self) -> bool:
        """Some clips are ready, others not: each frame then speaks for itself."""
        return self.state in DIMMED and any(frame.state == "ready" for frame in self.frames)

    @property
    def has_hairline(self) -> bool:
        return self.state in HAIRLINES

    @property
    def shown_in_caption(self) -> bool:
        """The prompt is in the caption unless it already stands in the frame."""
        return not self.has_ghost

    @property
    def classes(self) -> str:
        """For the article: shape and count, as the stylesheet counts them."""
        marks = (" side" if self.is_side else "") + (" new" if self.is_new else "")
        return f"gen {self.ratio} n{self.count}{marks}"

    @property
    def spoken_state(self) -> str:
        return self.look.word.lower() or "ready"

    @property
    def article_label(self) -> str:
        """228, ready, 4 clips: A red-and-white lighthouse…"""
        many = f", {self.count} {self.noun}s" if self.count > 1 else ""
        return f"{self.number}, {self.spoken_state}{many}: {shortened(self.prompt)}"


def shortened(prompt: str, most: int = 100) -> str:
    """The first words of a prompt, for names and alternative texts."""
    text = " ".join(prompt.split())
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def row_of(frames: tuple[Frame, ...], count: int) -> tuple[Frame, ...]:
    """Exactly as many frames as were asked for, so that a running strip has the shape of its result."""
    return frames[:count] + tuple(Frame() for _ in range(count - len(frames)))


def given(actions: Iterable[Action | None]) -> tuple[Action, ...]:
    """Those that are possible, each label once."""
    return tuple({action.label: action for action in actions if action and action.url}.values())
