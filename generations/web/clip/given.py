"""What a generation stands on, in words: frames, ingredients, voices, the clip before; with ways to them."""

from django.urls import reverse

from ...catalog.pictures import THINGS, name_of
from ...catalog.request import Input, Request
from ...models import Clip, Generation, Person, Picture
from .. import words

PLACES = {"extend": "Goes on from", "upscale": "Made from", "gif": "Made from", "join": "Joined from"}


def given_to(row: Generation, person: Person) -> list[dict]:
    """What it stands on: frames, ingredients, the clip before; links to what may be seen."""
    asked = Request.from_json(row.request)
    return [_input(given, asked.mode, person) for given in asked.inputs]


def _input(given: Input, mode: str, person: Person) -> dict:
    name = name_of(given.slot)[0]
    thing = THINGS.get(name, "an input").split(" ", 1)[-1]
    shown = {"place": PLACES.get(mode) if name == "mediaGenerationId" else thing.capitalize()}
    if given.clip is not None:
        clip = Clip.objects.visible_to(person).filter(pk=given.clip).select_related("generation").first()
        private = {"name": "a clip that is private to someone"}
        return shown | ({"name": clip.label, "href": reverse("clip", args=[clip.label])} if clip else private)
    if given.picture is not None:
        return shown | _picture(given.picture, person)
    return shown | {"name": thing if "user:" in given.ref else given.ref}


def _picture(pk: int, person: Person) -> dict:
    """What people call it; a frame by its clip and second, with the way there."""
    pictures = Picture.objects.visible_to(person).select_related("frame_of__generation")
    if (picture := pictures.filter(pk=pk).first()) is None:
        return {"name": "a picture"}
    clip = picture.frame_of
    if clip is None:
        return {"name": str(picture)[:60]}
    if not Clip.objects.visible_to(person).filter(pk=clip.pk).exists():  # its name tells the number
        return {"name": "a frame of a clip that is private to someone"}
    address = reverse("clip", args=[clip.label])
    return {"name": f"{clip.label} at {words.elapsed(picture.frame_at or 0)}", "href": address}
