"""What a page may be about: found only through what the person may see, else 404.

The 404 for what is absent, private or another team's is the same page (architecture.md 9). A refusal is a
sentence for the person: a page with it, or, where htmx asked, the card as it is now and a note.
"""

from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from ..flow.intend import Refusal
from ..models import Clip, Generation, Person
from ..models.clip import LETTERS
from ..permissions import NotAllowed

WITH_ALL = ("account__connection", "person", "team", "batch", "parent")


def get_generation(person: Person, label: str) -> Generation:
    """The generation people call 228 or S3, if this person may see it. Raises Http404.

    Who is asked to allow something sees it until they have answered, a private one too.
    """
    mine = Generation.objects.visible_to(person).filter(team=person.team()).numbered(label)
    found = mine.select_related(*WITH_ALL).first()
    if found is None:
        asked = Generation.objects.asking(person).numbered(label)
        found = asked.select_related(*WITH_ALL).first()
    if found is None or found.label != label:
        raise Http404
    return found


def get_clip(person: Person, label: str) -> Clip:
    """The clip people call 228a, with its generation, if this person may see it. Raises Http404."""
    generation = get_generation(person, label[:-1])
    place = LETTERS.find(label[-1:])
    clip = generation.clips.filter(position=place).first()
    if clip is None:
        raise Http404
    clip.generation = generation
    return clip


def whole(text: str) -> int | None:
    """A key or version out of an address; None for what no row of ours can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def says_no(view):
    """Show a Refusal or NotAllowed of the view as its sentence.

    To htmx always as 422, which swaps: the card out of band, if the address names one, and a note beside it.
    As a page it is 422, or 403 for what somebody else may do.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except Refusal as no:
            sentence, status = no.sentence, 422
        except NotAllowed as no:
            sentence, status = str(no), 403
        if request.htmx:
            return told(_card_as_it_is(request, kwargs.get("label", "")), sentence)
        back = way_back(request)
        page = {
            "sentence": sentence,
            "back": back,
            "heading": "Not possible" if status == 422 else "Not yours to do",
        }
        return render(request, "refused.html", page, status=status)

    return guarded


def _card_as_it_is(request, label: str) -> HttpResponse:
    from . import live

    answer = live.card(request, label) if label else HttpResponse()
    answer.status_code = 422
    return answer


def told(response: HttpResponse, sentence: str, undo: str = "") -> HttpResponse:
    """The response with a note at the bottom right (static/js/toast.js)."""
    return trigger_client_event(response, "toast", {"text": sentence} | ({"undo": undo} if undo else {}))


def way_back(request, otherwise: str = "/") -> str:
    """The page a form was sent from, if it is one of ours."""
    for address in (request.POST.get("next"), request.headers.get("Referer")):
        if address and url_has_allowed_host_and_scheme(
            address, {request.get_host()}, require_https=request.is_secure()
        ):
            return address
    return otherwise
