"""What a prompt can stand on: the library page of pictures, and the answer for pickers and the @ list."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ...catalog.references import preset_voices
from ...flow.inputs import bring, cast
from ...library.pictures import BadPicture
from ...library.storage import NoRoom
from ...models import Account, Character, Clip, Errand, Person, Picture, Voice
from ...models.errand import ErrandKind, ErrandState
from ...models.picture import PictureState
from .. import prompts
from ..access import whole
from ..media import version
from . import pictures

MOST = 30  # of each
PAGE = 60


@require_http_methods(["GET", "HEAD", "POST"])
def page(request) -> HttpResponse:
    """/gallery/ingredients/: pictures and films of mine, newest first; a POST brings more."""
    if request.method == "POST":
        return _bring(request)
    person, words = request.user, request.GET.get("q", "")[:200]
    rows = _with_words(Picture.objects.filter(person=person), words.split()[:8], "name").order_by("-pk")
    if before := whole(request.GET.get("before", "")):
        rows = rows.filter(pk__lt=before)
    listed = list(rows[: PAGE + 1])
    shown = listed[:PAGE]
    going = set(_going(person))
    for picture in shown:
        picture.url = pictures.thumb_url(picture)
        picture.uses_seen = bring.used_in(picture, person)
        picture.is_going = picture.pk in going
        picture.trouble = _trouble(picture)
    context = {
        "section": "gallery",
        "tab": "ingredients",
        "words": words,
        "pictures": shown,
        "older": shown[-1].pk if len(listed) > PAGE else None,
        "is_moving": bool(going) or any(p.state == PictureState.CHECKING for p in shown),
    }
    return render(request, "inputs/ingredients.html", context)


def _bring(request) -> HttpResponse:
    """Files of a plain form: each is taken, or told why not."""
    files, taken = request.FILES.getlist("file")[:50], 0
    if not request.user.may_spend:
        files = []
        messages.info(request, "You may look and comment here, not bring pictures.")
    elif getattr(request, "too_large", None):
        messages.info(request, pictures.TOO_LARGE)
    elif not files:
        messages.info(request, "Choose a picture first.")
    for file in files:
        try:
            bring.take(request.user, file.chunks(), file.name, size=file.size)
            taken += 1
        except (BadPicture, NoRoom) as no:
            messages.info(request, f"{file.name[:80]}: {no.sentence}")
    if taken:
        messages.info(request, "1 file came in." if taken == 1 else f"{taken} files came in.")
    return redirect("ingredients")


def _going(person: Person):
    """Pictures that a worker is deleting."""
    open_ones = Errand.objects.filter(state__in=[ErrandState.WAITING, ErrandState.RUNNING])
    return open_ones.filter(kind=ErrandKind.DELETE_PICTURE, person=person).values_list(
        "picture_id", flat=True
    )


def _trouble(picture: Picture) -> str:
    """Why it could not be deleted at Google, when that was tried last."""
    tries = Errand.objects.filter(kind=ErrandKind.DELETE_PICTURE, picture=picture).order_by("-id")
    last = tries.first()
    return last.sentence if last and last.state == ErrandState.FAILED else ""


@require_safe
def found(request) -> JsonResponse:
    """GET /_/ingredients/?q=&account=: at most 30 of each, newest first, those that match every word."""
    person, words = request.user, request.GET.get("q", "")[:200].split()[:8]
    account = pictures.named_account(person, request.GET.get("account", ""))
    return JsonResponse(
        {
            "pictures": [pictures.told(picture) for picture in my_pictures(person, words)],
            "clips": [clip_told(clip) for clip in my_clips(person, words)],
            "characters": [character_told(c) for c in my_characters(person, words, account)],
            "voices": voices_told(person, words, account),
        }
    )


def _with_words(rows, words: list[str], field: str):
    for word in words:
        rows = rows.filter(**{f"{field}__icontains": word})
    return rows


def my_pictures(person: Person, words: list[str]) -> list[Picture]:
    rows = Picture.objects.filter(person=person, state=PictureState.READY)
    return list(_with_words(rows, words, "name").order_by("-pk")[:MOST])


def my_clips(person: Person, words: list[str]) -> list[Clip]:
    """Clips and images that this person may see; a word is also looked for as a number."""
    rows = Clip.objects.visible_to(person).ready().exclude(content_type="image/gif")
    for word in words:
        asked = Q(generation__prompt__icontains=word)
        number = word.lstrip("#Ss").rstrip("abcd")
        if number.isascii() and number.isdigit() and len(number) < 10:
            asked |= Q(generation__number=int(number))
        rows = rows.filter(asked)
    return list(rows.select_related("generation").order_by("-pk")[:MOST])


def my_characters(person: Person, words: list[str], account: Account | None) -> list[Character]:
    rows = Character.objects.visible_to(person).ready().select_related("account__connection", "picture_1")
    if account:
        rows = rows.filter(account=account)
    return list(_with_words(rows, words, "name").order_by("name", "pk")[:MOST])


def clip_told(clip: Clip) -> dict:
    return {
        "label": clip.label,
        "id": str(clip.pk),  # 63 bits, and a script counts exactly to 53
        "kind": clip.kind,
        "ratio": clip.generation.ratio,
        "seconds": clip.length,
        "prompt": prompts.said(clip.generation)[:100],
        "url": f"{reverse('clip-poster', args=[clip.label, 320])}?v={version(clip)}",
    }


def character_told(character: Character) -> dict:
    return {
        "id": character.pk,
        "name": character.name,
        "ref": character.ref,
        "images": character.images,
        "account": character.account_id,
        "url": character_url(character),
    }


def character_url(character: Character) -> str:
    """Address of the character's face; empty where we have none."""
    if not character.thumb:
        return ""
    return reverse("character-thumb", args=[character.pk])


def voices_told(person: Person, words: list[str], account: Account | None) -> list[dict]:
    """Own voices of the account first, then the presets that every account has."""
    own = Voice.objects.visible_to(person).ready()
    own = _with_words(own.filter(account=account) if account else own.none(), words, "name")
    told = [
        {"ref": voice.ref, "name": voice.name, "own": True, "sample": sample_url(voice)}
        for voice in own.order_by("name")[:MOST]
    ]
    presets = [name for name in preset_voices() if all(w.lower() in name.lower() for w in words)]
    return [
        *told,
        *({"ref": name, "name": name, "own": False, "sample": preset_url(name)} for name in presets),
    ][: MOST + 10]


def sample_url(voice: Voice) -> str:
    return reverse("voice-sample", args=[str(voice.pk)]) if voice.sample else ""


def preset_url(name: str) -> str:
    """Address of a preset's sample; empty until a worker has fetched it."""
    return reverse("voice-sample", args=[name]) if cast.preset_sample(name) else ""
