"""Pages of the gallery, what stands beside a clip in a search, and the counts of the facets.

Newest first by the time-ordered id of the generation, keyset paging (`before`), never an offset; counts
stop at a cap. A strip is one tile that knows how many clips it holds, or unfolds into its clips.
Everything begins from what the person may see in their team (matching.wanted).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from datetime import timezone as tz

from django.db.models import QuerySet
from django.utils import timezone

from generations.catalog.engines import engine
from generations.models import Clip, Generation, Person
from generations.models.clip import LETTERS
from generations.models.ids import made_at

from .fulltext import TooBroad, ids, ids_and_count
from .matching import Facets, Wanted, ready_clips, wanted
from .search import And, Number, Or, Tree, parse

__all__ = ["Count", "FacetCount", "Facets", "Neighbours", "Page", "Tile", "TooBroad", "facet_counts",
           "neighbours", "page"]  # fmt: skip

PAGE = 60
COUNTED = 1_000  # "1,000+"
LOOKED_THROUGH = 2_000  # newest matches that facets are counted from
# Columns that no wall shows: making objects of them is most of what a page costs. Asked for, they still come.
NOT_SHOWN = ("request", "request_key", "content_hash", "expected_seconds", "lane", "priority", "position",
             "due_at", "waits", "wait_reason", "looks", "sent_at", "accepted_at", "uncertain_at",
             "completed_at", "failure_text")  # fmt: skip
NOT_SEEN = ("seed", "media_id", "source_url", "thumbnail_url", "url_expires_at", "due_at", "lease_until",
            "tries", "trouble", "failure", "failure_reason", "saved_bytes", "checked_at",
            "streams")  # fmt: skip


@dataclass(frozen=True)
class Count:
    """A number, or the cap where counting stopped."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' * self.is_capped}"

    @classmethod
    def up_to(cls, number: int, cap: int = COUNTED) -> "Count":
        return cls(min(number, cap), number > cap)


@dataclass(frozen=True)
class Tile:
    """One picture of the wall. `count` ready clips in its strip; `clip` is None for what failed."""

    generation: Generation
    clip: Clip | None
    count: int


@dataclass(frozen=True)
class Page:
    """`next_before` continues it, None at the end. `count` of matching prompts, on the first page only."""

    tiles: list[Tile]
    next_before: int | None
    count: Count | None

    @property
    def clips(self) -> list[Clip]:
        return [tile.clip for tile in self.tiles if tile.clip]


def page(
    person: Person,
    query: str | Tree = "",
    *,
    facets: Facets = Facets(),  # noqa: B008 (frozen)
    before: int | None = None,
    limit: int = PAGE,
    fold: bool = True,
) -> Page:
    """A page of what matches, newest first: `limit` tiles, and where strips unfold, the last one whole.

    Raises BadQuery (search.py) for what cannot be read and TooBroad for what would take too long.
    """
    tree = _tree(query)
    asked = wanted(person, tree, facets)
    count = None
    if before is None:
        found, number = ids_and_count(asked, limit + 1, COUNTED + 1)
        count = Count.up_to(number)
    else:
        found = ids(asked.between(high=before), limit + 1)
    shown, more = found[:limit], len(found) > limit
    tiles = _folded(shown, tree) if fold else _unfolded(shown, limit)
    last = tiles[-1].generation.pk if tiles else None
    return Page(tiles, last if more or last != (shown or [None])[-1] else None, count)


def _tree(query: str | Tree) -> Tree:
    return parse(query) if isinstance(query, str) else query


# --- tiles -------------------------------------------------------------------------------------------------
def _rows(found: list[int]) -> dict[int, Generation]:
    """The generations of these ids, each with its person; few people make many, so they come once."""
    rows = Generation.objects.defer(*NOT_SHOWN).in_bulk(found)
    people = Person.objects.in_bulk({row.person_id for row in rows.values()})
    for row in rows.values():
        row.person = people[row.person_id]
    return rows


def _ready(found: list[int]) -> QuerySet[Clip]:
    return ready_clips().filter(generation__in=found).defer(*NOT_SEEN).order_by("position")


def _strips(found: list[int]) -> list[tuple[Generation, list[Clip]]]:
    """The generations of these ids in this order, each with its ready clips."""
    rows = _rows(found)
    strips: dict[int, list[Clip]] = {id: [] for id in found}
    for clip in _ready(found):
        clip.generation = rows[clip.generation_id]
        strips[clip.generation_id].append(clip)
    return [(rows[id], strips[id]) for id in found if id in rows]


def _folded(found: list[int], tree: Tree) -> list[Tile]:
    """One tile per strip: its first ready clip, or the one that #228c names."""
    rows, places = _rows(found), {id: {} for id in found}
    for id, place, clip in _ready(found).values_list("generation", "position", "pk"):
        places[id][place] = clip
    named = {(n.number, n.sandbox): LETTERS.index(n.letter) for n in _numbers(tree) if n.letter}
    shown = {}
    for id, row in rows.items():
        if strip := places[id]:
            shown[id] = strip.get(named.get((row.number, row.is_sandbox)), next(iter(strip.values())))
    clips = Clip.objects.defer(*NOT_SEEN).in_bulk(shown.values())
    for clip in clips.values():
        clip.generation = rows[clip.generation_id]
    return [Tile(rows[id], clips.get(shown.get(id)), len(places[id])) for id in found if id in rows]


def _unfolded(found: list[int], limit: int) -> list[Tile]:
    """A tile per clip, whole strips only, until there are enough."""
    tiles: list[Tile] = []
    for row, clips in _strips(found):
        tiles += [Tile(row, clip, len(clips)) for clip in clips] or [Tile(row, None, 0)]
        if len(tiles) >= limit:
            break
    return tiles


def _numbers(tree: Tree) -> list[Number]:
    if isinstance(tree, And | Or):
        return [number for term in tree.terms for number in _numbers(term)]
    return [tree] if isinstance(tree, Number) else []


# --- beside a clip -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Neighbours:
    """`previous` is the newer one. "14 of 135": position is None when the clip lies behind the cap."""

    previous: Clip | None
    next: Clip | None
    position: int | None
    total: Count


def neighbours(
    person: Person,
    query: str | Tree,
    facets: Facets,
    clip: Clip,
) -> Neighbours:
    """What comes before and after a clip when its search is walked through clip by clip.

    Raises BadQuery and TooBroad.
    """
    asked = wanted(person, _tree(query), facets)
    here = clip.generation_id
    strip = [c for c in ready_clips().filter(generation=clip.generation).order_by("position")]
    place = next((i for i, c in enumerate(strip) if c.pk == clip.pk), 0)
    newer = ids(asked.between(low=here + 1), COUNTED + 1)
    ahead = _clips_in(newer)
    total = ahead if ahead > COUNTED else _clips_in(ids(asked, COUNTED + 1))
    return Neighbours(
        previous=strip[place - 1] if place > 0 else _nearest(asked.between(low=here + 1), newer_ones=True),
        next=strip[place + 1] if place + 1 < len(strip) else _nearest(asked.between(high=here)),
        position=ahead + place + 1 if ahead + place < COUNTED else None,
        total=Count.up_to(total),
    )


def _clips_in(found: list[int]) -> int:
    return ready_clips().filter(generation__in=found).count()


def _nearest(asked: Wanted, *, newer_ones: bool = False) -> Clip | None:
    """The last clip of the next newer strip, or the first of the next older one; what failed has none."""
    for row, clips in _strips(ids(asked, 20, oldest_first=newer_ones)):
        if clips:
            chosen = clips[-1 if newer_ones else 0]
            chosen.generation = row
            return chosen
    return None


# --- facets ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FacetCount:
    """`value` goes into Facets, `label` is shown. Counts of prompts; capped ones are "at least"."""

    value: str | int
    label: str
    count: Count
    is_on: bool


COLUMNS = {"kind": "kind", "model": "model", "person": "person_id", "shape": "ratio", "length": "seconds"}
PLACE = {name: place for place, name in enumerate(COLUMNS, start=1)}
KINDS = {"video": "Clips", "image": "Images"}


def facet_counts(
    person: Person,
    query: str | Tree,
    facets: Facets = Facets(),  # noqa: B008
) -> dict[str, list[FacetCount]]:
    """For kind, model, person, shape, length and month: the values found and how often, most often first.

    A facet is counted without its own choice, since within it "or" holds. Counted from the newest 2,000
    matches, so a page never waits; `month` is "2026-11", newest first, for the picture over time.
    Raises BadQuery and TooBroad.
    """
    tree = _tree(query)
    everything = _columns(person, tree, facets)
    counts = {}
    for name in COLUMNS:
        chosen = getattr(facets, name)
        rows = _columns(person, tree, facets.without(name)) if chosen else everything
        counts[name] = _told(name, [row[PLACE[name]] for row in rows], chosen)
    dated = facets.since or facets.until
    rows = _columns(person, tree, facets.without("since", "until")) if dated else everything
    months = _told("month", [_month(row[0]) for row in rows], ())
    counts["month"] = sorted(months, key=lambda month: month.value, reverse=True)
    return counts


def _columns(person: Person, tree: Tree, facets: Facets) -> list[tuple]:
    found = ids(wanted(person, tree, facets), LOOKED_THROUGH)
    return list(Generation.objects.filter(pk__in=found).values_list("id", *COLUMNS.values()))


def _month(id: int) -> str:
    return timezone.localtime(datetime.fromtimestamp(made_at(id), tz.utc)).strftime("%Y-%m")


def _told(name: str, values: list, chosen: tuple) -> list[FacetCount]:
    found, capped = Counter(value for value in values if value is not None), len(values) >= LOOKED_THROUGH
    labels = _labels(name, [*found, *chosen])
    told = [
        FacetCount(value, labels.get(value, str(value)), Count(found[value], capped), value in chosen)
        for value in {*found, *chosen}
    ]
    return sorted(told, key=lambda facet: (-facet.count.number, facet.label))


def _labels(name: str, values: list) -> dict:
    if name == "person":
        return {p.pk: p.shown_name for p in Person.objects.filter(pk__in=values)}
    if name == "model":
        return {v: known.name for v in values if (known := engine(v))}
    return KINDS if name == "kind" else {}
