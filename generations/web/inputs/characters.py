"""Characters: those of an account with their faces, and the form for a new one."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ...flow.inputs import bring, cast
from ...models import Account, Character, Picture
from ...models.picture import PictureState
from ..access import whole
from ..media import serve_media
from . import ingredients, pictures, shelf, voices


@require_http_methods(["GET", "HEAD", "POST"])
def page(request) -> HttpResponse:
    """/gallery/characters/: what stands on the chosen account, and the form for a new one."""
    return shelf.page(request, CHARACTERS)


@require_POST
def delete(request, pk: int) -> HttpResponse:
    return shelf.delete(request, CHARACTERS, pk)


@require_safe
def thumb(request, pk: int) -> HttpResponse:
    """The face of a character, to those who may use it."""
    character = Character.objects.visible_to(request.user).filter(pk=pk).first()
    if character is None or not character.thumb:
        raise Http404
    return serve_media(request, character.thumb, "image/webp", etag=f"face-{character.pk}")


def _typed(request) -> dict:
    return {
        "name": request.POST.get("name", "")[:300],
        "notes": request.POST.get("notes", "")[:4000],
        "voice": request.POST.get("voice", "")[:800],
        "pictures": [key for key in request.POST.getlist("picture") if whole(key) is not None][:10],
    }


def _make(request, account: Account, typed: dict) -> Character:
    """Files that came along are kept and chosen in `typed`, so that they are not lost with a refusal."""
    for file in request.FILES.getlist("file")[:2]:
        taken = bring.take(request.user, file.chunks(), file.name, account, size=file.size)
        typed["pictures"].append(str(taken.pk))
    found = [pictures.mine(request.user, int(key)) for key in dict.fromkeys(typed["pictures"])]
    told = {name: typed[name] for name in ("name", "notes", "voice")}
    return cast.make_character(request.user, account, pictures=found, **told)


def _more(request, account: Account | None, listed: list[Character], typed: dict) -> dict:
    for character in listed:
        character.url = ingredients.character_url(character) or _picture_url(character)
        character.voice_name = voices.name_of(account, character.voice)
    chosen = typed["pictures"] if typed else [p for p in request.GET.getlist("picture") if p.isdigit()]
    return {
        "pictures": _choices(request.user, chosen),
        "voices": ingredients.voices_told(request.user, [], account),
    }


def _picture_url(character: Character) -> str:
    return pictures.thumb_url(character.picture_1) if character.picture_1 else ""


def _choices(person, chosen: list[str]) -> list[Picture]:
    """Pictures of mine to choose from, the chosen ones first and marked."""
    rows = Picture.objects.filter(person=person, kind="image").exclude(state=PictureState.REFUSED)
    found = list(rows.order_by("-pk")[:24])
    missing = set(chosen) - {str(p.pk) for p in found}
    found = [*rows.filter(pk__in=[m for m in missing if whole(m) is not None]), *found]
    for picture in found:
        picture.is_chosen = str(picture.pk) in chosen
        picture.url = pictures.thumb_url(picture)
    return found


CHARACTERS = shelf.Shelf("characters", Character, "-pk", "", _typed, _make, _more, ("picture_1",))
