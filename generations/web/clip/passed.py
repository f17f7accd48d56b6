"""A refused prompt beside prompts that came through (ui.md section 14, row 2), word for word."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from ...flow.people import capabilities
from ...library.alike import alike
from ...library.words import tokens
from ...models import Clip, Generation
from .. import prompts, words
from ..access import get_generation
from ..gallery.tiles import poster_url
from ..strip.cards import shortened
from .differing import SAME, Piece, pieces_of, words_changed

SHOWN = 6
ALONE = "alone"


@dataclass(frozen=True)
class Passed:
    """One prompt that came through, as the way to it from the refused one."""

    label: str
    href: str
    reuse: str
    poster: str
    ratio: str
    alt: str
    pieces: list[Piece]
    meta: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return all(piece.kind == SAME for piece in self.pieces)


@require_GET
def page(request, label: str) -> HttpResponse:
    row = get_generation(request.user, label)
    said = prompts.said(row, prompts.cast_of(row))
    found = alike(request.user, row, SHOWN)
    context = {
        "section": "",
        "generation": row,
        "said": _marked(said, [clip.generation.prompt for clip in found]),
        "passed": [_passed(clip, said) for clip in found],
        "reuse": reverse("act", args=[row.label, "reuse"]) if request.user.may_spend else "",
    }
    return render(request, "clip/passed.html", context)


def _marked(said: str, others: list[str]) -> list[Piece]:
    """The refused prompt; "alone" are the words that none of the others holds."""
    known = {word for other in others for word in tokens(other)}
    if not known:
        return [Piece(SAME, said)]
    pieces: list[Piece] = []
    for one in pieces_of(said):
        word = one.rstrip()
        pieces += [
            Piece(SAME if known.issuperset(tokens(word)) else ALONE, word),
            Piece(SAME, one[len(word) :]),
        ]
    return pieces


def _passed(clip: Clip, said: str) -> Passed:
    row: Generation = clip.generation
    other = prompts.said(row, prompts.cast_of(row))
    return Passed(
        label=clip.label,
        href=reverse("clip", args=[clip.label]),
        reuse=reverse("act", args=[row.label, "reuse"]),
        poster=poster_url(clip),
        ratio=words.nearest_class(clip.width, clip.height),
        alt=f"{clip.label}: {shortened(other)}",
        pieces=words_changed(said, other),
        meta=(capabilities.name_of(row.model), row.person.shown_name, words.clock(row.made_at)),
    )
