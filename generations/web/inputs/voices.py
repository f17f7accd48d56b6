"""Voices: the presets with their samples, own ones of an account, and the form for a new one."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ...catalog.references import preset_voices
from ...flow.inputs import cast
from ...models import Account, Voice
from ..access import whole
from ..media import serve_media
from . import ingredients, shelf


@require_http_methods(["GET", "HEAD", "POST"])
def page(request) -> HttpResponse:
    """/gallery/voices/: what every account has, own voices, and the form for a new one."""
    return shelf.page(request, VOICES)


@require_POST
def delete(request, pk: int) -> HttpResponse:
    return shelf.delete(request, VOICES, pk)


@require_safe
def sample(request, key: str) -> HttpResponse:
    """The sound of a preset by its name, or of an own voice by its number."""
    if key.isdigit():
        voice = Voice.objects.visible_to(request.user).filter(pk=whole(key)).first()
        file = voice.sample if voice else ""
    else:
        file = cast.preset_sample(key)
    if not file:
        raise Http404
    return serve_media(request, file, "audio/wav", etag=f"voice-{key}")


def name_of(account: Account | None, voice: str) -> str:
    """A voice as people call it: a preset's name, or that of an own voice; never its id."""
    if not voice:
        return ""
    preset = next((name for name in preset_voices() if name.lower() == voice.lower()), "")
    own = Voice.objects.filter(account=account, ref=voice).first() if not preset else None
    return preset or (own.name if own else "own voice")


def _typed(request) -> dict:
    return {name: request.POST.get(name, "")[:300] for name in ("name", "base", "dialog", "performance")}


def _make(request, account: Account, typed: dict) -> Voice:
    return cast.make_voice(request.user, account, **typed)


def _more(request, account: Account | None, listed: list[Voice], typed: dict) -> dict:
    for voice in listed:
        voice.url = ingredients.sample_url(voice)
    presets = [{"name": name, "url": ingredients.preset_url(name)} for name in preset_voices()]
    return {"presets": presets, "has_samples": any(preset["url"] for preset in presets)}


VOICES = shelf.Shelf("voices", Voice, "name", ", only a captcha", _typed, _make, _more)
