"""From the tree of a query to conditions on generations: what the index can find, and what rows must meet.

A query is taken apart once. Words that must be there (`text`) may drive the full-text index; everything
else becomes an ordinary condition. Text inside such a condition (negated, or in an `or` with a field) is
compared with the stored words, which gives the same answer on every database.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from generations.models import (
    Batch,
    Clip,
    ClipState,
    CreditEntry,
    Generation,
    Person,
    SearchText,
    State,
    Team,
)
from generations.models.clip import LETTERS
from generations.models.generation import Visibility
from generations.models.ids import first_id_of
from generations.models.ledger import Kind

from .search import And, Field, Not, Number, Or, Phrase, Tree, Word, days_of, fields, terms
from .words import UNSPACED, tokens

HIGHEST = (1 << 63) - 1
HALF = 0.5  # seconds: a clip of 7.96 s is one of 8


@dataclass(frozen=True)
class Facets:
    """What the side of the gallery narrows by; within one any value fits, all of them must fit.

    `person` are ids, `shape` ratios such as 9:16, `length` seconds; `since` and `until` are days, both
    included.
    """

    kind: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    person: tuple[int, ...] = ()
    shape: tuple[str, ...] = ()
    length: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None

    def without(self, *names: str) -> "Facets":
        fresh = Facets()
        return replace(self, **{name: getattr(fresh, name) for name in names})


@dataclass(frozen=True)
class Wanted:
    """A question to the library: rows with `low` <= id < `high` whose words fit `text`, all inside `rows`.

    `narrow` are those conditions of `rows` that an index of their own answers, if there are any.
    """

    team: Team | None
    rows: QuerySet
    text: Tree | None = None
    low: int = 0
    high: int = HIGHEST
    narrow: Q = field(default_factory=Q)

    def between(self, low: int = 0, high: int = HIGHEST) -> "Wanted":
        return replace(self, low=max(self.low, low), high=min(self.high, high))


def wanted(person: Person, tree: Tree, facets: Facets) -> Wanted:
    """What this person is looking for among the work they may see in their team."""
    team = person.team()
    rows = Generation.objects.visible_to(person).filter(team=team)
    failed_too = any(f.name == "is" and "failed" in f.values for f in fields(tree))
    rows = rows.filter(state__in=[State.READY, State.FAILED] if failed_too else [State.READY])
    asking = _Asking(person)
    text = tuple(term for term in terms(tree) if _is_plain(term))
    rest = [term for term in terms(tree) if not _is_plain(term)]
    for term in rest:
        rows = rows.filter(asking.condition(term))
    low, high = _days(facets, rest)
    return Wanted(
        team=team,
        rows=rows.filter(_of_facets(facets)),
        text=And(text) if len(text) > 1 else text[0] if text else None,
        low=low,
        high=high,
        narrow=_narrow(facets, rest, asking),
    )


def _is_plain(tree: Tree) -> bool:
    """Words that must be there: what a full-text index finds by itself."""
    match tree:
        case Word() | Phrase():
            return True
        case And(inner) | Or(inner):
            return all(_is_plain(term) for term in inner)
    return False


def _is_text(tree: Tree) -> bool:
    """Nothing but words, required or forbidden: decided by the stored words alone."""
    match tree:
        case Word() | Phrase():
            return True
        case Not(term):
            return _is_text(term)
        case And(inner) | Or(inner):
            return all(_is_text(term) for term in inner)
    return False


# --- conditions ------------------------------------------------------------------------------------------
class _Asking:
    """Who asks decides who "me" is and whose batches and people are meant."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def condition(self, tree: Tree) -> Q:
        if _is_text(tree):
            return Q(Exists(SearchText.objects.filter(said(tree), generation=OuterRef("pk"))))
        match tree:
            case Not(term):
                return ~self.condition(term)
            case And(inner):
                return _joined(Q.AND, [self.condition(term) for term in inner])
            case Or(inner):
                return _joined(Q.OR, [self.condition(term) for term in inner])
            case Number(number, letter, sandbox):
                here = Q(number=number, is_sandbox=sandbox)
                return here & _has_clip(position=LETTERS.index(letter)) if letter else here
            case Field(name, values, op):
                return _joined(Q.OR, [getattr(self, f"_{name}")(value, op) for value in values])
        return Q()

    def _model(self, value: str, op: str) -> Q:
        return _joined(Q.AND, [Q(model__icontains=word) for word in tokens(value)])

    def _by(self, value: str, op: str) -> Q:
        return Q(person__in=self.people(value))

    def people(self, name: str) -> list[int]:
        """Ids of everybody who is called so: any of their names, or several of them; "me" is who asks."""
        if name.lower() == "me":
            return [self.person.pk]
        asked = set(tokens(name))
        people = Person.objects.values_list("pk", "username", "first_name", "last_name")
        return [pk for pk, *names in people if asked and asked <= set(tokens(" ".join(names)))]

    def _batch(self, value: str, op: str) -> Q:
        return Q(batch__in=Batch.objects.filter(team=self.person.team(), name__icontains=value))

    def _kind(self, value: str, op: str) -> Q:
        return Q(kind="image" if value == "image" else "video")

    def _is(self, value: str, op: str) -> Q:
        return {
            "sandbox": Q(is_sandbox=True),
            "failed": Q(state=State.FAILED),
            "shared": Q(visibility=Visibility.TEAM),
        }[value]

    def _ratio(self, value: str, op: str) -> Q:
        return Q(ratio=value)

    def _length(self, value: str, op: str) -> Q:
        return _long(int(value), op)

    def _cost(self, value: str, op: str) -> Q:
        return _spent(int(value), op)

    def _on(self, value: str, op: str) -> Q:
        first, end = days_of(value, timezone.localdate())
        return Q(pk__gte=id_of_day(first), pk__lt=id_of_day(end))

    def _before(self, value: str, op: str) -> Q:
        return Q(pk__lt=id_of_day(days_of(value, timezone.localdate())[0]))

    def _after(self, value: str, op: str) -> Q:
        return Q(pk__gte=id_of_day(days_of(value, timezone.localdate())[1]))


Op = Literal["=", "<", "<=", ">", ">="]
LOOKUPS: dict[Op, str] = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def _joined(connector: str, conditions: list[Q]) -> Q:
    """As Q(a) & Q(b), but an empty Q never swallows its neighbours."""
    return Q(*conditions, _connector=connector)


def ready_clips() -> QuerySet[Clip]:
    """Clip.objects.ready() for a few generations, said so that SQLite goes by the generation.

    Without statistics it takes the index that begins with the state for the better one, though nearly
    every clip is ready: 11 ms instead of 0.2 among 50,000 (measured 2026-11-24).
    """
    return Clip.objects.exclude(state__in=[state for state in ClipState if state != ClipState.READY])


def _has_clip(**fields) -> Q:
    return Q(Exists(ready_clips().filter(generation=OuterRef("pk"), **fields)))


def _long(seconds: int, op: Op) -> Q:
    """By the length that was asked for; where the clip decided (extend, join), by the clip's own."""
    least, most = {"=": (-HALF, HALF), ">=": (-HALF, None), ">": (HALF, None), "<": (None, -HALF),
                   "<=": (None, HALF)}[op]  # fmt: skip
    own = {"length__gte": seconds + least} if least is not None else {}
    own |= {"length__lt": seconds + most} if most is not None else {}
    return Q(**{f"seconds__{LOOKUPS[op]}": seconds}) | Q(Q(seconds=None), _has_clip(**own))


def _spent(credits: int, op: Op) -> Q:
    """By what the ledger says was spent; nothing spent is 0."""
    entries = CreditEntry.objects.filter(generation=OuterRef("pk"), kind=Kind.SPEND)
    fits = Q(Exists(entries.filter(**{f"amount__{LOOKUPS[op]}": credits})))
    nothing_fits = {"=": credits == 0, "<": credits > 0, "<=": True, ">": False, ">=": credits == 0}[op]
    return fits | ~Q(Exists(entries)) if nothing_fits else fits


def said(tree: Tree) -> Q:
    """The text of a query as a condition on SearchText.words, where each word has a space on both sides."""
    match tree:
        case Not(term):
            return ~said(term)
        case And(inner):
            return _joined(Q.AND, [said(term) for term in inner])
        case Or(inner):
            return _joined(Q.OR, [said(term) for term in inner])
    words, prefix = sought(tree)
    return Q(words__contains=f" {' '.join(words)}{'' if prefix else ' '}")


def sought(leaf: Word | Phrase) -> tuple[list[str], bool]:
    """The words of a leaf, and whether the last one is only a beginning."""
    words = tokens(leaf.text)
    # Characters of scripts without spaces are words by themselves, so any of them begins a longer one.
    return words, isinstance(leaf, Word) and leaf.prefix and not UNSPACED.match(words[-1])


# --- facets and days -------------------------------------------------------------------------------------
def _of_facets(facets: Facets) -> Q:
    conditions = {
        "kind__in": facets.kind,
        "model__in": facets.model,
        "person__in": facets.person,
        "ratio__in": facets.shape,
        "seconds__in": facets.length,
    }
    return Q(**{name: list(values) for name, values in conditions.items() if values})


def id_of_day(day: date) -> int:
    """The lowest id of work made on this day, where the site lives."""
    return first_id_of(timezone.make_aware(datetime.combine(day, time.min)))


def _days(facets: Facets, rest: list[Tree]) -> tuple[int, int]:
    """The ids that the days of facets and of top-level fields leave, for the index to begin and end at."""
    low = id_of_day(facets.since) if facets.since else 0
    high = id_of_day(facets.until + timedelta(days=1)) if facets.until else HIGHEST
    for term in rest:
        if isinstance(term, Field) and term.name in {"on", "before", "after"} and len(term.values) == 1:
            first, end = days_of(term.values[0], timezone.localdate())
            if term.name in {"on", "before"}:
                high = min(high, id_of_day(end if term.name == "on" else first))
            if term.name in {"on", "after"}:
                low = max(low, id_of_day(first if term.name == "on" else end))
    return low, high


def _narrow(facets: Facets, rest: list[Tree], asking: _Asking) -> Q:
    """People and batches: the conditions with an index of their own."""
    narrow = Q(person__in=list(facets.person)) if facets.person else Q()
    for term in rest:
        if isinstance(term, Field) and term.name in {"by", "batch"}:
            narrow &= asking.condition(term)
    return narrow
