"""{dawn|noon|dusk} in a prompt is three wordings, each a generation of its own; several multiply."""

import re
from itertools import product

BRACES = re.compile(r"\{([^{}]*\|[^{}]*)\}")
MOST = 20


def wordings(prompt: str) -> list[str]:
    """Every wording of a prompt, in the order written; the prompt itself when nothing is left open."""
    parts = BRACES.split(prompt)
    choices = [[piece] if place % 2 == 0 else piece.split("|") for place, piece in enumerate(parts)]
    return ["".join(words).strip() for words in product(*choices)]


def how_many(prompt: str) -> int:
    """The number of wordings, counted without writing them out."""
    number = 1
    for inside in BRACES.findall(prompt):
        number *= inside.count("|") + 1
    return number
