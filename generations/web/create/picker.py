"""What a slot can be filled with: earlier pictures, images and clips, characters (create/_picker.html)."""

import json
from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...models import Character, Clip, Person, Picture
from ..inputs import ingredients, pictures
from . import given as things

MOST = 18  # of each


@require_GET
def picks(request) -> HttpResponse:
    """Whatever suits the slot and matches the words; newest first."""
    person, slot = request.user, request.GET.get("slot", "")
    words = request.GET.get("q", "").replace("\0", "")[:200].split()[:8]
    if slot == "referenceVideo_1":
        groups = [
            ("Clips made here", of_clips(person, words, ["video/mp4"])),
            ("Clips of yours", of_pictures(person, words, "video")),
        ]
    else:
        groups = [
            ("Pictures of yours", of_pictures(person, words, "image")),
            ("Images made here", of_clips(person, words, STILLS)),
        ]
    if slot.startswith(("referenceImage", "character")):
        account = pictures.named_account(person, request.GET.get("account", ""))
        groups.insert(0, ("Characters", ingredients.my_characters(person, words, account)))
    drawn = [(heading, _drawn(found)) for heading, found in groups]
    said = "" if any(found for _, found in drawn) else NOTHING[bool(words)]
    return render(request, "create/_picks.html", {"groups": drawn, "said": said})


STILLS = ["image/png", "image/jpeg", "image/webp"]
NOTHING = {True: "Nothing matches.", False: "What you bring and make appears here."}


def of_pictures(person: Person, words: list[str], kind: str) -> QuerySet[Picture]:
    rows = Picture.objects.filter(person=person, state="ready", kind=kind)
    for word in words:
        rows = rows.filter(name__icontains=word)
    return rows.order_by("-pk")[:MOST]


def of_clips(person: Person, words: list[str], kinds: list[str]) -> list[Clip]:
    return [c for c in ingredients.my_clips(person, words) if c.content_type in kinds][:MOST]


def _drawn(found: Iterable[Picture | Clip | Character]) -> list[dict]:
    told = [things.of(thing) for thing in found]
    return [{"given": json.dumps(g.for_script()), "name": g.name, "url": g.url} for g in told]
