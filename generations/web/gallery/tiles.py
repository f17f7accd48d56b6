"""A tile: one picture of the wall, with all that can be done from it. Rows in, no query of its own."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from ...catalog import failures
from ...library import gallery
from ...library.posters import poster_widths
from ...models import Clip, Generation, Person
from .. import prompts, words
from ..media import version
from ..strip import naming
from ..strip.cards import shortened
from .finding import Search

FIRST, SOON = 2, 6  # posters fetched first of all, and at once (ui.md section 19)
# The rows of the wall are of one height, so a picture's width follows from its shape.
SIZES = {
    "r169": "(max-width: 700px) 62vw, 270px",
    "r43": "(max-width: 700px) 46vw, 200px",
    "r11": "(max-width: 700px) 35vw, 160px",
    "r34": "(max-width: 700px) 26vw, 120px",
    "r916": "(max-width: 700px) 20vw, 90px",
}


@dataclass(frozen=True)
class Tile:
    label: str  # 228a
    href: str
    ratio: str
    alt: str
    prompt: str
    meant: tuple[str, ...] = ()
    file: str = ""
    poster: str = ""
    srcset: str = ""
    sizes: str = ""
    small: str = ""  # the smallest poster, for the list
    video: str = ""
    length: str = ""
    failed: str = ""  # why, when it never became a clip
    sandbox: bool = False
    more: int = 0  # clips of the folded strip, when there are two or more
    unfold: str = ""
    loads: str = ""
    reuse: str = ""
    reroll: str = ""
    price: str = ""
    model: str = ""
    person: str = ""
    when: str = ""

    @property
    def reroll_asks(self) -> str:
        return f"Reroll {self.label} with a new seed? {self.price[:1].upper()}{self.price[1:]}."


def tile_of(found: gallery.Tile, viewer: Person, asked: Search, place: int = 99) -> Tile:
    """The tile of one strip or clip; `asked` goes along to the clip's page."""
    row, clip = found.generation, found.clip
    facts = {
        "prompt": shortened(prompts.said(row), 140),
        "meant": prompts.meant(row),
        "sandbox": row.is_sandbox,
        "model": naming.model_of(row),
        "person": row.person.shown_name,
        "when": words.clock(row.made_at),
        "price": words.price(0 if row.is_sandbox else row.expected_credits),
    }
    if clip is None:
        return _failed(row, facts)
    label = clip.label
    if viewer.may_spend:
        facts["reuse"] = f"{reverse('create')}?reuse={row.label}"
        facts["reroll"] = reverse("act", args=[row.label, "reroll"])
    if found.count > 1:
        facts["more"] = found.count
        facts["unfold"] = asked.at(reverse("gallery-unfold", args=[row.label]), shown=label)
    return Tile(
        label=label,
        href=asked.at(reverse("clip", args=[label])),
        alt=f"{label}: {shortened(prompts.said(row))}",
        loads="first" if place < FIRST else "soon" if place < SOON else "",
        **facts | _media(clip),
    )


def file_url(clip: Clip) -> str:
    """The address of the clip itself; it never means another file, so browsers keep it."""
    return f"{reverse('clip-file', args=[clip.label])}?v={version(clip)}"


def poster_url(clip: Clip, width: int = 0) -> str:
    """The address of a poster of about this width (0: the smallest); empty while there is none."""
    if not clip.posters_at:
        return ""
    width = width or poster_widths(clip)[0]
    return f"{reverse('clip-poster', args=[clip.label, width])}?v={version(clip)}"


def _media(clip: Clip) -> dict:
    """The picture in its sizes, the file, the shape."""
    shape = words.nearest_class(clip.width, clip.height)
    widths = poster_widths(clip) if clip.posters_at else []
    posters = [(poster_url(clip, width), width) for width in widths]
    file = file_url(clip)
    whole = file if clip.kind == "image" else ""
    moves = clip.kind == "video"
    return {
        "ratio": shape,
        "file": file,
        "poster": posters[min(1, len(posters) - 1)][0] if posters else whole,
        "srcset": ", ".join(f"{address} {width}w" for address, width in posters),
        "sizes": SIZES[shape],
        "small": posters[0][0] if posters else whole,
        "video": file if moves else "",
        "length": words.length(clip.length) if moves else "",
    }


def _failed(row: Generation, facts: dict) -> Tile:
    """What never became a clip, found by is:failed: its place, and the way to what happened."""
    failure = failures.failure(row.failure, text=row.failure_reason)
    return Tile(
        label=row.label,
        href=reverse("generation", args=[row.label]),
        ratio=words.ratio_class(row.ratio),
        alt=f"{row.label}, failed: {shortened(prompts.said(row))}",
        failed=failure.told()[0],
        **facts,
    )


def tiles_of(
    found: Iterable[gallery.Tile], viewer: Person, asked: Search, *, first: bool = True
) -> list[Tile]:
    """Tiles in order; the first pictures of a first page load at once."""
    start = 0 if first else SOON
    return [tile_of(one, viewer, asked, place) for place, one in enumerate(found, start=start)]
