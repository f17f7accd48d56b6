"""@2 and @Pip in a prompt: what people write, and the markers that Google reads (flow-api.md section 9.1).

A picture is called by the number of its slot, a character or a voice by its name. What names nothing stays
plain text: "@7" without a seventh picture is two characters, no mistake.
"""

import re
from collections.abc import Iterable, Mapping

from ...catalog.references import MARKER, picture_slot


def to_markers(prompt: str, names: Mapping[str, str]) -> str:
    """The prompt with every known name as its marker. `names`: {"2": "referenceImage_2", "Pip": …}."""
    if not names or "@" not in prompt:
        return prompt
    slots = {name.lower(): slot for name, slot in names.items()}
    return _any_of(names).sub(lambda found: f"@{slots[found[1].lower()]}", prompt)


def to_names(prompt: str, names: Mapping[str, str]) -> str:
    """The other way round, for a prompt that is used again."""
    by_slot = {_usual(slot): name for name, slot in names.items()}

    def said(found: re.Match) -> str:
        name = by_slot.get(_usual(found[0][1:]))
        return f"@{name}" if name else found[0]

    return MARKER.sub(said, prompt)


def _usual(slot: str) -> str:
    return picture_slot(slot, "text").lower()


def _any_of(names: Iterable[str]) -> re.Pattern:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)@({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
