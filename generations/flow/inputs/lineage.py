"""Where a request comes from: the clip it stands on makes that clip's generation its parent.

A frame that was taken out of a clip stands on that clip. Derived once, when the click is written, for the
dock, the clip page, files and the API alike. Somebody who says the parent already (reroll, again) is
believed.
"""

from collections.abc import Iterable

from ...catalog.pictures import name_of
from ...catalog.request import Request
from ...models import Clip, Generation, Person, Picture

# The slots in the order in which they make a parent, and what the new one is to it (ui.md section 7).
RELATIONS = {
    "mediaGenerationId": "",  # the mode says it
    "referenceVideo": "edit",
    "startImage": "start frame",
    "endImage": "end frame",
    "referenceImage": "ingredient",
    "reference": "ingredient",
}
MODES = {"extend": "extend", "upscale": "upscale", "gif": "gif", "join": "joined"}


def of(person: Person, request: Request) -> tuple[Generation | None, str]:
    """The parent of a request and its relation to it; (None, "") when it stands on no clip of ours."""
    slot, source = _first(request)
    if source is None:
        return None, ""
    clips = Clip.objects.visible_to(person).select_related("generation")
    clip = clips.filter(pk=source).first()
    if clip is None:
        return None, ""
    return clip.generation, RELATIONS[name_of(slot)[0]] or MODES.get(request.mode, request.mode)


def source_of(generation: Generation) -> int | None:
    """The id of the clip that a generation was made from, or None."""
    return _first(Request.from_json(generation.request))[1]


def frames_of(generations: Iterable[Generation]) -> dict[int, Picture]:
    """The frame that each of these generations has its parent from, where it is one; by generation."""
    pictures = {
        row.pk: [i["picture"] for i in row.request.get("inputs", ()) if i.get("picture")]
        for row in generations
    }
    taken = Picture.objects.filter(
        pk__in={pk for keys in pictures.values() for pk in keys}, frame_of__isnull=False
    )
    known = {picture.pk: picture for picture in taken.select_related("frame_of__generation")}
    found = {row: [known[pk] for pk in keys if pk in known] for row, keys in pictures.items()}
    return {row: frames[0] for row, frames in found.items() if frames}


def _first(request: Request) -> tuple[str, int | None]:
    """The slot that makes a parent, and the clip in it or the one that the frame in it was taken from."""
    order, inputs = list(RELATIONS), [i for i in request.inputs if name_of(i.slot)[0] in RELATIONS]
    frames = _frames({i.picture for i in inputs if i.picture is not None})
    standing = [(i.slot, i.clip or frames.get(i.picture)) for i in inputs]
    return min(
        ((slot, clip) for slot, clip in standing if clip is not None),
        key=lambda one: order.index(name_of(one[0])[0]),
        default=("", None),
    )


def _frames(pictures: set[int]) -> dict[int, int]:
    """The clip of each picture that is a frame of one."""
    if not pictures:
        return {}
    known = Picture.objects.filter(pk__in=pictures, frame_of__isnull=False)
    return dict(known.values_list("pk", "frame_of"))
