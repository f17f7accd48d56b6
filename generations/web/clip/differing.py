"""What two prompts, and the settings beside them, do not share: word for word, as people read them."""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from unicodedata import normalize

from ...catalog.request import Request
from ...catalog.rules import MODE_WORDS
from ...flow.people import capabilities
from ...models import Generation, Person
from .. import prompts, words
from .given import given_to

SAME, OUT, IN = "same", "out", "in"
# A word with the space behind it. Signs stand alone, and so does each character of a script without spaces.
_ALONE = r".,;:!?…\"'“”„()\[\]{}\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef"
_WORD = re.compile(rf"\s+|(?:[{_ALONE}]|[^\s{_ALONE}]+)\s*")
MOST_PAIRS = 20_000  # of equal words: what difflib needs grows with them, and a page must not wait


@dataclass(frozen=True)
class Piece:
    """A run of words in both prompts ("same"), only in the first ("out") or only in the second ("in")."""

    kind: str
    text: str


def pieces_of(prompt: str) -> list[str]:
    """The prompt cut into what is compared: words, signs, and characters of scripts without spaces."""
    return _WORD.findall(prompt)


def words_changed(first: str, second: str) -> list[Piece]:
    """The way from the first prompt to the second: all but "out" is the second, letter for letter.

    Words are the same when people would read them the same: composed and decomposed letters are one, and the
    width of a space is nothing.
    """
    one, two = pieces_of(first), pieces_of(second)
    runs = _runs(*([normalize("NFC", word).strip() for word in side] for side in (one, two)))
    pieces: list[Piece] = []
    for kind, a, b, c, d in runs:
        out, into = "".join(one[a:b]), "".join(two[c:d])
        pieces += [Piece(SAME, into)] if kind == "equal" else [Piece(OUT, out), Piece(IN, into)]
    return [piece for piece in pieces if piece.text]


def _runs(one: list[str], two: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Runs as difflib tells them. Where both repeat themselves too much, one middle replaces the other."""
    least = min(len(one), len(two))
    begin = next((n for n in range(least) if one[n] != two[n]), least)
    end = next((n for n in range(least - begin) if one[-1 - n] != two[-1 - n]), least - begin)
    middles = one[begin : len(one) - end], two[begin : len(two) - end]
    counts = [Counter(middle) for middle in middles]
    if sum(many * counts[1][word] for word, many in counts[0].items()) > MOST_PAIRS:
        inside = [("replace", 0, len(middles[0]), 0, len(middles[1]))]
    else:
        inside = SequenceMatcher(None, *middles, autojunk=False).get_opcodes()
    moved = [(kind, a + begin, b + begin, c + begin, d + begin) for kind, a, b, c, d in inside]
    ends = ("equal", len(one) - end, len(one), len(two) - end, len(two))
    return [("equal", 0, begin, 0, begin), *moved, ends]


@dataclass(frozen=True)
class Setting:
    """One that differs; an empty side has none."""

    name: str
    first: str
    second: str


@dataclass(frozen=True)
class Difference:
    """Two marked steps side by side. Without pieces neither has a prompt."""

    first: str  # 228a
    second: str
    pieces: list[Piece]
    settings: list[Setting]

    @property
    def is_same_prompt(self) -> bool:
        return all(piece.kind == SAME for piece in self.pieces)


def difference(first: tuple[str, Generation], second: tuple[str, Generation], person: Person) -> Difference:
    """From one step (its label and row) to the other, as far as this person may see what they stand on."""
    said = [prompts.said(row, prompts.cast_of(row)) for _, row in (first, second)]
    return Difference(
        first[0], second[0], words_changed(*said), settings_changed(first[1], second[1], person)
    )


def settings_changed(first: Generation, second: Generation, person: Person) -> list[Setting]:
    """The settings that are not the same, in the order of the dock."""
    one, two = _settings(first, person), _settings(second, person)
    names = list(dict.fromkeys([*one, *two]))
    found = [Setting(name, one.get(name, ""), two.get(name, "")) for name in names]
    return [setting for setting in found if setting.first != setting.second]


def _settings(row: Generation, person: Person) -> dict[str, str]:
    asked = Request.from_json(row.request)
    shown = {
        "Mode": MODE_WORDS.get(asked.mode, asked.mode),
        "Model": capabilities.name_of(row.model),
        "Ratio": row.ratio,
        "Length": f"{row.seconds} s" if row.seconds else "",
        "Clips": str(row.count),
        "Seed": "" if asked.seed is None else str(asked.seed),
        "Resolution": asked.resolution,
        "Account": row.account.name,
        "Made by": row.person.shown_name,
    }
    for given in given_to(row, person):
        place = given["place"] or "Stands on"
        shown[place] = ", ".join(part for part in (shown.get(place), given["name"]) if part)
    start, end = (asked.extra.get(f"{side}FrameIndex_1") for side in ("start", "end"))
    if start is not None or end is not None:
        until = words.elapsed(end / 24) if end is not None else "the end"
        shown["Part of the clip"] = f"{words.elapsed((start or 0) / 24)} to {until}"
    return shown
