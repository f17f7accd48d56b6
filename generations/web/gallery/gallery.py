"""The gallery: search, filters with counts, the justified wall in days (ui.md section 6).

One address for everything: a plain GET form without script; htmx gets the wall and, out of band, what stands
around it; "Older" gets the wall alone. A page costs the same number of questions for ten clips as for sixty.
"""

import re
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_safe

from ...library import gallery, search
from ...library.gallery import Page, TooBroad
from ...library.search import BadQuery
from ...models import Person
from ...models.person import Density
from ..access import get_generation
from ..live import fragment
from ..strip import feed
from .filters import active_of, facets_of, when_of
from .finding import Search
from .tiles import Tile, tile_of, tiles_of

MOST_CLOSEST = 6
TOO_BROAD = "That search looks at too much at once. Add a word, a person or a day."


@require_safe
def wall(request) -> HttpResponse:
    """The page, the answer to the field and the filters, or one more page of the wall."""
    asked = Search.read(request.GET)
    more = "X-Older" in request.headers
    page, wrong = _found(request, asked)
    context = _wall(request, asked, page) | wrong
    if not more:
        context |= _around(request, asked, page)
    template = "_wall" if more else "_results" if request.htmx else "gallery"
    answer = render(request, f"gallery/{template}.html", context)
    patch_vary_headers(answer, ["HX-Request", "X-Older"])
    if request.htmx and not more:
        answer["HX-Push-Url"] = asked.url
        if wrong:
            answer["HX-Reswap"] = "none"  # the wall stays as it was; what is wrong is said below the field
    return answer


def _found(request, asked: Search) -> tuple[Page | None, dict]:
    """The page that was asked for; or none, and what is wrong with the query."""
    before = request.GET.get("before", "")
    before = int(before) if before.isdigit() and len(before) < 20 else None
    try:
        return gallery.page(request.user, asked.query, facets=asked.facets, before=before), {}
    except BadQuery as wrong:
        return None, _not_read(asked, wrong)
    except TooBroad:
        return None, {"error": TOO_BROAD}


def _not_read(asked: Search, wrong: BadQuery) -> dict:
    """What cannot be read, and the query as it was probably meant."""
    meant = re.search(r"Did you mean (\w+)\?", wrong.sentence)
    if not meant:
        return {"error": wrong.sentence}
    end = wrong.position + wrong.length
    fixed = asked.query[: wrong.position] + meant[1] + asked.query[end:]
    return {"error": wrong.sentence, "fix": fixed, "fix_url": asked.but(query=fixed).url}


# --- the wall --------------------------------------------------------------------------------------------
def _wall(request, asked: Search, page: Page | None) -> dict:
    if page is None:
        return {"view": asked.view, "days": [], "older_url": ""}
    first = "before" not in request.GET
    tiles = tiles_of(page.tiles, request.user, asked, first=first)
    before = page.next_before
    return {
        "view": asked.view,
        "days": _days(page, tiles, begins=first, ends=before is None),
        "older_url": asked.at(reverse("gallery"), before=before) if before else "",
    }


def _days(page: Page, tiles: list[Tile], *, begins: bool, ends: bool) -> list[dict]:
    """Tiles in days; a day that is whole on this page says how many clips it has."""
    days: list[dict] = []
    for found, tile in zip(page.tiles, tiles, strict=True):
        label = feed.day_label(found.generation.made_at)
        if not days or days[-1]["label"] != label:
            days.append({"label": label, "tiles": [], "count": 0})
        days[-1]["tiles"].append(tile)
        days[-1]["count"] += found.count
    for place, day in enumerate(days):
        whole = (begins or place > 0) and (ends or place < len(days) - 1)
        many = day["count"]
        day["note"] = f"{many:,} clip{'' if many == 1 else 's'}" if whole and many else ""
    return days


@require_GET
@fragment
def unfold(request, label: str) -> HttpResponse:
    """The other clips of a strip, to stand beside the one that is shown."""
    row, shown = get_generation(request.user, label), request.GET.get("shown", "")
    asked = Search.read(request.GET)
    others = []
    for clip in row.clips.ready().order_by("position"):
        clip.generation = row
        if clip.label != shown:
            others.append(tile_of(gallery.Tile(row, clip, 1), request.user, asked))
    return render(request, "gallery/_tiles.html", {"tiles": others})


# --- what stands around it -------------------------------------------------------------------------------
def _around(request, asked: Search, page: Page | None) -> dict:
    """Field, filters, views."""
    person, facets = request.user, asked.facets
    context = {
        "section": "gallery",
        "query": asked.query,
        "find": "find" in request.GET,
        "densities": Density.choices,
        "wall_url": asked.but(view="wall").url,
        "list_url": asked.but(view="list").url,
        "clear_url": "" if asked.is_empty else Search(view=asked.view).url,
        "found": "",
    }
    if page is None:
        return context
    counts = gallery.facet_counts(person, asked.query, facets)
    shown = facets_of(counts)
    mine = asked.but(facets=replace(facets, person=(person.pk,)))
    context |= {
        "facets": shown,
        "when": when_of(asked, counts),
        "active": active_of(asked, shown),
        "found": str(page.count) if page.count else "",
        "mine_url": "" if facets.person else mine.url,
    }
    if not page.tiles:
        context |= {"is_new": asked.is_empty, "closest": _closest(person, asked)}
    return context


def _closest(person: Person, asked: Search) -> list[dict]:
    """What there would be without one of the terms, the most first."""
    tree = search.parse(asked.query)
    terms = search.terms(tree)
    ways = [
        (f'"{search.text(term)}"', asked.but(query=search.text(search.without(tree, term)))) for term in terms
    ]
    chosen = [name for name in ("kind", "model", "person", "shape", "length") if getattr(asked.facets, name)]
    ways += [(f"the {name} filter", asked.without(name)) for name in chosen]
    if asked.facets.since or asked.facets.until:
        ways.append(("these days", asked.without("since", "until")))
    if len(ways) < 2:
        return []
    near = []
    for words, other in ways[:MOST_CLOSEST]:
        try:
            count = gallery.page(person, other.query, facets=other.facets, limit=1).count
        except TooBroad:
            continue
        if count and count.number:
            near.append({"count": count, "without": words, "url": other.url})
    return sorted(near, key=lambda one: -one["count"].number)
