"""What a word is: decided here alone, for the index and for the question, so that every engine agrees.

The text of the index is written as words of ours with single spaces between (index.py), and SQLite and
PostgreSQL are told to cut it there and nowhere else; neither's own idea of letters, accents or hyphens
ever decides what is found.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST_TOKEN = 64
PLAIN = re.compile(r"[a-z0-9]+")
ACCENTS = re.compile("[\u0300-\u036f]")
# Scripts without spaces between words: each character counts as a word, and a question of several
# characters becomes a phrase of them, which finds them anywhere. Thai to Khmer, kana, Han.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
                      "\uf900-\ufaff\U00020000-\U0003ffff]")  # fmt: skip


def tokens(text: str) -> list[str]:
    """The words of a text as the index holds them: no capitals, no accents, no punctuation."""
    if text.isascii():
        return [word[:LONGEST_TOKEN] for word in PLAIN.findall(text.lower())]
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    folded = unicodedata.normalize("NFC", ACCENTS.sub("", folded))
    spaced = UNSPACED.sub(r" \g<0> ", "".join(c if _is_letter(c) else " " for c in folded))
    return [word[:LONGEST_TOKEN] for word in spaced.split()]


@lru_cache(maxsize=4096)
def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"
