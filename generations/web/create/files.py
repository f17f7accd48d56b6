"""Pictures that come with the form itself, for who has no script: a file field in each slot."""

from dataclasses import replace

from django.http import HttpRequest

from ...flow.inputs import bring
from ...flow.intend import Refusal
from ...library.pictures import BadPicture
from ...library.storage import NoRoom
from . import given as things
from .forms import Typed


def with_files(request: HttpRequest, typed: Typed) -> tuple[Typed, Refusal | None]:
    """What was typed with the files in their slots, without what was taken out; and the first refusal."""
    taken = {name.removeprefix("file_"): file for name, file in request.FILES.items() if file.name}
    out = set(request.POST.getlist("take_out"))
    if not taken and not out:
        return typed, None
    refusal, entries = None, [e for e in things.read(typed.inputs) if e[0] not in out | taken.keys()]
    for slot, file in taken.items():
        try:
            picture = bring.take(request.user, file.chunks(), file.name)
        except (BadPicture, NoRoom) as no:
            refusal = refusal or Refusal(no.sentence, slot)
        else:
            entries.append((slot, "picture", str(picture.pk)))
    return replace(typed, inputs=things.written(entries)), refusal
