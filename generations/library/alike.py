"""Prompts that came through and say nearly the same as another one, nearest first.

Who was refused by a filter learns most from what was not. Make-believe clips tell nothing about Google's
filters, so real prompts are compared with real ones, and the sandbox's with its own.
"""

from generations.models import Clip, Generation, Person

from .gallery import TooBroad, page
from .search import And, Field, Not, Or, Tree, Word
from .words import UNSPACED, tokens

ASKED = 10  # words that are searched for: the longest, which are the rarest
LOOKED_THROUGH = 240  # newest prompts with one of them that are compared
LEAST = 3  # letters of a word that is worth searching for


def alike(person: Person, row: Generation, limit: int) -> list[Clip]:
    """A ready clip of each of at most `limit` prompts that `person` may see, the most alike first.

    Alike is what shares most words of all that both hold. Empty where nothing shares a word, or where the
    words are so common that the search was given up.
    """
    own = set(tokens(row.prompt))
    asked = _asked(own, row.is_sandbox)
    if asked is None:
        return []
    try:
        found = page(person, asked, limit=LOOKED_THROUGH)
    except TooBroad:
        return []
    nearest: dict[str, tuple[float, Clip]] = {}
    for clip in found.clips:
        prompt = clip.generation.prompt
        if clip.generation.pk != row.pk and prompt not in nearest:
            nearest[prompt] = (_share(own, set(tokens(prompt))), clip)
    ranked = sorted(nearest.values(), key=lambda one: (-one[0], -one[1].generation.pk))
    return [clip for share, clip in ranked[:limit] if share]


def _asked(own: set[str], is_sandbox: bool) -> Tree | None:
    worth = [word for word in own if len(word) >= LEAST or UNSPACED.match(word)]
    words = tuple(Word(word) for word in sorted(worth, key=lambda word: (-len(word), word))[:ASKED])
    if not words:
        return None
    either = Or(words) if len(words) > 1 else words[0]
    sandbox = Field("is", ("sandbox",))
    return And((either, sandbox if is_sandbox else Not(sandbox)))


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)
