"""What is looked for: query, filters and view of an address as one value; and addresses made of it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from ...library import gallery, search
from ...library.gallery import Facets, TooBroad
from ...library.search import BadQuery
from ...models import Clip, Person

VIEWS = ("wall", "list")
LISTS = ("kind", "model", "person", "shape", "length")  # filters with values, in the order of an address
MOST_VALUES = 40


@dataclass(frozen=True)
class Search:
    """One search as its address says it; what makes no sense there is left out."""

    query: str = ""
    facets: Facets = field(default_factory=Facets)
    view: str = VIEWS[0]

    @classmethod
    def read(cls, given: QueryDict) -> "Search":
        chosen: Mapping = {name: tuple(dict.fromkeys(given.getlist(name)))[:MOST_VALUES] for name in LISTS}
        facets = Facets(
            kind=tuple(value for value in chosen["kind"] if value in {"video", "image"}),
            model=tuple(value[:60] for value in chosen["model"] if value),
            person=tuple(int(value) for value in chosen["person"] if _is_number(value)),
            shape=tuple(value[:5] for value in chosen["shape"] if value),
            length=tuple(int(value) for value in chosen["length"] if _is_number(value)),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
        )
        view = given.get("view", "")
        query = given.get("q", "").strip()[: search.LONGEST_QUERY + 1]
        return cls(query, facets, view if view in VIEWS else VIEWS[0])

    @property
    def is_empty(self) -> bool:
        return not self.query and self.facets == Facets()

    @property
    def params(self) -> str:
        """The part of an address after "?"; empty fields are left out."""
        pairs = [("q", self.query)] if self.query else []
        pairs += [(name, value) for name in LISTS for value in getattr(self.facets, name)]
        for name in ("since", "until"):
            if day := getattr(self.facets, name):
                pairs.append((name, day.isoformat()))
        pairs += [("view", self.view)] if self.view != VIEWS[0] else []
        return urlencode(pairs)

    @property
    def url(self) -> str:
        return self.at(reverse("gallery"))

    def at(self, address: str, **more: object) -> str:
        """An address that carries this search along."""
        params = "&".join(part for part in (self.params, urlencode(more)) if part)
        return f"{address}?{params}" if params else address

    def but(self, **changes) -> "Search":
        """The same search with another query, view or facets."""
        return replace(self, **changes)

    def without(self, *names: str) -> "Search":
        return replace(self, facets=self.facets.without(*names))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None


@dataclass(frozen=True)
class Around:
    """Where a clip stands in its search, "14 of 135", and its neighbours' addresses; empty at the ends."""

    place: str
    before: str = ""
    after: str = ""


def around(person: Person, clip: Clip, asked: Search) -> Around | None:
    """The neighbours of a clip in the search its address carries; None when that cannot be read."""
    try:
        found = gallery.neighbours(person, asked.query, asked.facets, clip)
    except (BadQuery, TooBroad):
        return None
    place = f"{found.position:,} of {found.total}" if found.position else ""
    return Around(place, _clip_url(found.previous, asked), _clip_url(found.next, asked))


def _clip_url(clip: Clip | None, asked: Search) -> str:
    return asked.at(reverse("clip", args=[clip.label])) if clip else ""
