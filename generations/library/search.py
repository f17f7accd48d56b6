"""The language of the search field (ui.md section 6), read into a tree and written back as text.

    dragon "red moon" -blurry          all of these words, the phrase, not that word
    dragon or (wyvern by:aiko)         either side; parentheses group
    obsid*                             begins so; at least 3 characters before the star
    #228a  model:fast,quality  kind:clip  is:failed  ratio:9:16  length:>=6  cost:50
    on:2026-11-24  after:2026-10  before:2026  by:"Aiko Mori"  batch:"spring teaser"

Knows neither Django nor a database; gallery.py turns the tree into queries, words.py says what a word is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from .words import UNSPACED, tokens

LONGEST_QUERY = 500
DEEPEST = 40
LEAST_PREFIX = 3  # c* takes a quarter of a second over a million prompts (stack.md 5.1)


class BadQuery(Exception):
    """The query cannot be read: `sentence` for people, `position` and `length` of the wrong part."""

    def __init__(self, sentence: str, position: int, length: int = 1) -> None:
        super().__init__(sentence)
        self.sentence, self.position, self.length = sentence, position, length


# --- the tree --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Everything:
    """An empty query."""


@dataclass(frozen=True)
class Word:
    text: str
    prefix: bool = False


@dataclass(frozen=True)
class Phrase:
    text: str


@dataclass(frozen=True)
class Number:
    """#228, #228a, #S3: a prompt, or one clip of it."""

    number: int
    letter: str = ""
    sandbox: bool = False


@dataclass(frozen=True)
class Field:
    """`name` compared with any of `values`; `op` is = for all but numbers."""

    name: str
    values: tuple[str, ...]
    op: str = "="


@dataclass(frozen=True)
class Not:
    term: "Tree"


@dataclass(frozen=True)
class And:
    terms: tuple["Tree", ...]


@dataclass(frozen=True)
class Or:
    terms: tuple["Tree", ...]


Tree = Everything | Word | Phrase | Number | Field | Not | And | Or


# --- fields ----------------------------------------------------------------------------------------------
Check = Callable[[str], str | None]  # a value -> what is wrong with it, or None


def _one_of(*known: str) -> Check:
    def check(value: str) -> str | None:
        if value in known:
            return None
        return f"'{value}' is not known here. Write {' or '.join([', '.join(known[:-1]), known[-1]])}."

    return check


def _matches(pattern: str, example: str) -> Check:
    fits = re.compile(pattern)
    return lambda value: (
        None if fits.fullmatch(value) else f"'{value}' does not fit. Write it like {example}."
    )


def _date(value: str) -> str | None:
    try:
        days_of(value)
    except ValueError:
        return f"'{value}' is no date. Write it like 2026-11-24, 2026-11 or 2026."
    return None


def _anything(value: str) -> str | None:
    return None


NUMBER = r"\d{1,6}"
FIELDS: dict[str, Check] = {
    "model": _anything,
    "by": _anything,
    "kind": _one_of("clip", "video", "image"),
    "is": _one_of("sandbox", "failed", "shared"),
    "ratio": _matches(r"\d{1,2}:\d{1,2}", "ratio:9:16"),
    "length": _matches(NUMBER, "length:8 or length:>=8"),
    "cost": _matches(NUMBER, "cost:20 or cost:>=50"),
    "on": _date,
    "before": _date,
    "after": _date,
    "batch": _anything,
}
COMPARED = {"length", "cost"}


def days_of(value: str, today: date | None = None) -> tuple[date, date]:
    """The first day of 2026-11-24, 2026-11, 2026, today or yesterday, and the day after the last.

    Raises ValueError for anything else.
    """
    if value in {"today", "yesterday"}:
        first = (today or date.today()) - timedelta(days=value == "yesterday")
        return first, first + timedelta(days=1)
    if not re.fullmatch(r"20\d\d(-(?!00)\d\d){0,2}", value, re.ASCII):
        raise ValueError(value)
    year, month, day = (int(part) for part in (*value.split("-"), "0", "0")[:3])
    first = date(year, month or 1, day or 1)
    if day:
        return first, first + timedelta(days=1)
    return first, date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)


# --- reading ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Lexeme:
    kind: str  # word, phrase, number, field, minus, open, close, or
    text: str
    at: int
    value: str = ""
    value_at: int = 0


LEXEMES = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\() | (?P<close>\))
      | (?P<minus>-(?=[^\s)]))
      | \#(?P<number>[Ss]?[0-9]{1,9}[A-Za-z]?)(?=[\s()"]|$)
      | "(?P<phrase>[^"]*)(?:"|$)
      | (?P<field>[A-Za-z]+):(?!//)(?P<value>(?:"[^"]*(?:"|$)|[^\s()"])+)
      | (?P<word>[^\s()"]+)""",
    re.VERBOSE,
)


def parse(query: str) -> Tree:
    """The tree of a query. Raises BadQuery with the position of what cannot be read."""
    query = query.replace("\0", " ")
    if len(query) > LONGEST_QUERY:
        raise BadQuery(f"A search has at most {LONGEST_QUERY} characters.", LONGEST_QUERY)
    reader = _Reader(list(_lexemes(query)))
    tree = reader.either()
    if reader.here is not None:
        raise BadQuery("This parenthesis was never opened.", reader.here.at)
    return tree or Everything()


def _lexemes(query: str):
    for match in LEXEMES.finditer(query):
        kind = match.lastgroup
        if kind == "value":
            yield _Lexeme(
                "field", match["field"].lower(), match.start(), match["value"], match.start("value")
            )
        elif kind == "word" and match["word"].lower() == "or":
            yield _Lexeme("or", "or", match.start())
        elif kind != "space":
            yield _Lexeme(kind, match[kind], match.start())


class _Reader:
    """Recursive descent; `or` binds weaker than words side by side. None stands for nothing to look for."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes, self._next, self._depth = lexemes, 0, 0

    @property
    def here(self) -> _Lexeme | None:
        return self._lexemes[self._next] if self._next < len(self._lexemes) else None

    def _take(self, *kinds: str) -> _Lexeme | None:
        lexeme = self.here
        if lexeme and lexeme.kind in kinds:
            self._next += 1
            return lexeme
        return None

    def either(self) -> Tree | None:
        sides, joint = [self._all()], None
        while joint := self._take("or"):
            if sides[-1] is None:
                raise BadQuery("Write something before 'or', or put it in quotes.", joint.at, 2)
            sides.append(self._all())
            if sides[-1] is None:
                raise BadQuery("Write something after 'or', or put it in quotes.", joint.at, 2)
        return sides[0] if len(sides) == 1 else Or(_flat(Or, sides))

    def _all(self) -> Tree | None:
        terms = []
        while self.here and self.here.kind not in {"or", "close"}:
            terms.append(self._term())
        found = _flat(And, [term for term in terms if term is not None])
        return found[0] if len(found) == 1 else And(found) if found else None

    def _term(self) -> Tree | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadQuery("These parentheses are nested too deeply.", self.here.at)
        try:
            if minus := self._take("minus"):
                return self._negated(minus)
            if opened := self._take("open"):
                return self._group(opened)
            lexeme = self._take("number", "phrase", "field", "word")
            return READ[lexeme.kind](lexeme)
        finally:
            self._depth -= 1

    def _negated(self, minus: _Lexeme) -> Tree | None:
        if not self.here or self.here.kind in {"or", "close"}:
            raise BadQuery("Write something after '-', or put it in quotes.", minus.at)
        term = self._term()
        return term.term if isinstance(term, Not) else Not(term) if term is not None else None

    def _group(self, opened: _Lexeme) -> Tree | None:
        term = self.either()
        if not self._take("close"):
            raise BadQuery("This parenthesis is never closed.", opened.at)
        return term


def _flat(kind: type, terms: list) -> tuple:
    """(a b) c is a b c."""
    return tuple(inner for term in terms for inner in (term.terms if isinstance(term, kind) else (term,)))


def _word(lexeme: _Lexeme) -> Word | None:
    text, prefix = lexeme.text, lexeme.text.endswith("*")
    words = tokens(text)
    if not words:
        return None  # "&" alone looks for nothing
    if prefix and len(words[-1]) < LEAST_PREFIX and not UNSPACED.match(words[-1]):
        raise BadQuery(f"Write at least {LEAST_PREFIX} characters before *.", lexeme.at, len(text))
    return Word(text.rstrip("*"), prefix)


def _phrase(lexeme: _Lexeme) -> Phrase | None:
    return Phrase(lexeme.text.strip()) if tokens(lexeme.text) else None


def _number(lexeme: _Lexeme) -> Number:
    sandbox = lexeme.text[0] in "Ss"
    digits = lexeme.text.lstrip("Ss").rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    letter = lexeme.text[-1].lower() if lexeme.text[-1].isalpha() else ""
    return Number(int(digits), letter, sandbox)


def _field(lexeme: _Lexeme) -> Field:
    if lexeme.text not in FIELDS:
        raise BadQuery(_no_field(lexeme.text), lexeme.at, len(lexeme.text))
    value, at, op = lexeme.value, lexeme.value_at, "="
    if lexeme.text in COMPARED and (sign := re.match("[<>]=?|=", value)):
        op, value, at = sign[0], value[sign.end() :], at + sign.end()
    values = tuple(v for v in (part.strip() for part in _split(value)) if v)
    if lexeme.text not in {"by", "batch"}:
        values = tuple(v.lower() for v in values)
    if not values:
        raise BadQuery(f"Write something after '{lexeme.text}:'.", lexeme.at, len(lexeme.text) + 1)
    for one in values:
        if wrong := FIELDS[lexeme.text](one):
            raise BadQuery(wrong, at, len(value))
    if op != "=" and len(values) > 1:
        raise BadQuery(f"Compare '{lexeme.text}' with one number.", at, len(value))
    return Field(lexeme.text, values, op)


def _split(value: str) -> list[str]:
    """Commas divide, except inside quotes."""
    parts = re.findall(r'"[^"]*"?|,|[^,"]+', value)
    values = [""]
    for part in parts:
        if part == ",":
            values.append("")
        else:
            values[-1] += part.strip('"')
    return values


def _no_field(name: str) -> str:
    close = get_close_matches(name, FIELDS, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"The fields are {', '.join(FIELDS)}."
    return f"No field '{name}'. {hint}"


READ: dict[str, Callable[[_Lexeme], Tree | None]] = {
    "word": _word,
    "phrase": _phrase,
    "number": _number,
    "field": _field,
}


# --- writing ---------------------------------------------------------------------------------------------
def text(tree: Tree) -> str:
    """The query in its plainest form; reading it again gives the same tree."""
    match tree:
        case Everything():
            return ""
        case Word(word, prefix):
            return word + "*" * prefix
        case Phrase(phrase):
            return f'"{phrase}"'
        case Number(number, letter, sandbox):
            return f"#{'S' * sandbox}{number}{letter}"
        case Field(name, values, op):
            return f"{name}:{'' if op == '=' else op}{','.join(_quoted(value) for value in values)}"
        case Not(term):
            return f"-{_grouped(term, (And, Or))}"
        case And(terms):
            return " ".join(_grouped(term, (Or,)) for term in terms)
        case Or(terms):
            return " or ".join(text(term) for term in terms)


def _grouped(term: Tree, kinds: tuple[type, ...]) -> str:
    return f"({text(term)})" if isinstance(term, kinds) else text(term)


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s(),]|^//", value) else value


def without(tree: Tree, term: Tree) -> Tree:
    """The query without one of its top-level terms: for chips with an x, and "closest" suggestions."""
    if tree == term:
        return Everything()
    if not isinstance(tree, And):
        return tree
    rest = tuple(t for t in tree.terms if t != term)
    return rest[0] if len(rest) == 1 else And(rest) if rest else Everything()


def terms(tree: Tree) -> tuple[Tree, ...]:
    """The top-level terms, each of which narrows the result: what the chips show."""
    return tree.terms if isinstance(tree, And) else () if isinstance(tree, Everything) else (tree,)


def fields(tree: Tree) -> list[Field]:
    """Every field of the tree, however deep."""
    match tree:
        case Field():
            return [tree]
        case Not(term):
            return fields(term)
        case And(inner) | Or(inner):
            return [found for term in inner for found in fields(term)]
    return []
