"""Pictures on their way in: one address takes a file, one tells how far it has come, one shows it.

Nothing is decoded here: a file is streamed to disk, and a worker looks at it (flow/inputs/bring.py).
"""

from math import isfinite

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ...flow.inputs import bring
from ...flow.intend import Refusal
from ...library.intake import Frame
from ...library.pictures import LARGEST_FILE, LARGEST_FILM, MEGABYTE, BadPicture
from ...library.storage import NoRoom
from ...models import Account, Clip, ClipState, Errand, Person, Picture
from ...models.errand import ErrandKind
from ..access import get_clip, whole
from ..media import serve_media

TOO_LARGE = (  # flowsite/uploads.py has not read it to its end
    f"This file is larger than {LARGEST_FILM // MEGABYTE} MB. Google takes clips up to that, pictures up to"
    f" {LARGEST_FILE // MEGABYTE}."
)


@require_POST
def take(request) -> HttpResponse:
    """POST /_/pictures/: a file in the field `file`, for `account` if one is named. Answers as `told`.

    `frame_of` (228a) and `second` say which clip a frame was taken from; one this person may not see is not
    here, as everywhere.
    """
    if not request.user.may_spend:
        return no("You may look and comment here, not bring pictures.", 403)
    file = request.FILES.get("file")
    if getattr(request, "too_large", None):
        return no(TOO_LARGE)
    if file is None:
        return no("No file came. Choose it again.")
    account = named_account(request.user, request.POST.get("account", ""))
    try:
        frame = _frame_of(request)
        picture = bring.take(request.user, file.chunks(), file.name, account, size=file.size, frame=frame)
    except LookupError as unknown:
        return no(str(unknown.args[0]))
    except BadPicture as refused:
        return no(refused.sentence)
    except NoRoom as full:
        return no(full.sentence, 507)
    return JsonResponse(told(picture, account))


@require_safe
def one(request, pk: int) -> HttpResponse:
    """GET /_/pictures/<id>/: how far it has come, as seen from `account`."""
    account = named_account(request.user, request.GET.get("account", ""))
    return JsonResponse(told(mine(request.user, pk), account))


@require_safe
def thumb(request, pk: int) -> HttpResponse:
    """A small picture of it; of a film its beginning."""
    picture = seen(request.user, pk)
    if not picture.thumb:
        raise Http404
    return serve_media(request, picture.thumb, "image/webp", etag=f"{picture.sha256}-thumb")


@require_safe
def file(request, pk: int) -> HttpResponse:
    """The picture or film itself, clean, to its owner and inside generations."""
    picture = seen(request.user, pk)
    if picture.state != "ready":  # foreign bytes are not handed out before a worker has looked at them
        raise Http404
    return serve_media(request, picture.file, picture.content_type, etag=picture.sha256)


@require_POST
def frame(request, label: str) -> HttpResponse:
    """POST /_/frames/228a/: the picture at `second` (the last, if none is said) becomes one of mine.

    Scripts get {"errand"}; a form is led to a page that waits and then opens the dock with it.
    """
    clip: Clip = get_clip(request.user, label)
    try:
        second = float(request.POST.get("second") or clip.length or 0)
    except ValueError:
        return no("Say the second as a number.")
    if clip.content_type != "video/mp4":
        raise Http404
    errand = bring.ask_frame(request.user, clip, second)
    if _is_page(request):
        return redirect("frame-made", errand.pk)
    return JsonResponse({"errand": errand.pk})


@require_safe
def framed(request, pk: int) -> HttpResponse:
    """GET /_/frames/made/<errand>/: `told` of the picture once it is there, else {"state": "checking"}.

    A browser without script waits here and is led to the dock.
    """
    errand = Errand.objects.filter(pk=pk, person=request.user, kind=ErrandKind.FRAME).first()
    if errand is None:
        raise Http404
    if _is_page(request):
        if made := errand.result.get("picture"):
            return redirect(f"{reverse('create')}?use=picture:{made}&as=start")
        return render(request, "inputs/framing.html", {"sentence": errand.sentence if errand.is_over else ""})
    if not errand.is_over:
        return JsonResponse({"state": "checking"})
    if "picture" not in errand.result:
        return JsonResponse({"state": "refused", "sentence": errand.sentence})
    return JsonResponse(told(mine(request.user, errand.result["picture"])))


@require_POST
def delete(request, pk: int) -> HttpResponse:
    """Delete at Google and here, or with `only=here` only here; the page goes back to the list."""
    only_here = request.POST.get("only") == "here"
    try:
        bring.ask_delete(request.user, mine(request.user, pk), only_here=only_here)
        where = "here. Google keeps its copy" if only_here else "here and at Google"
        messages.info(request, f"The picture is being deleted {where}.")
    except Refusal as refused:
        messages.info(request, refused.sentence)
    return redirect("ingredients")


def _frame_of(request) -> Frame | None:
    """The clip and second that the form names. Raises LookupError with a sentence."""
    if not (label := request.POST.get("frame_of", "")):
        return None
    try:
        clip, second = get_clip(request.user, label), float(request.POST.get("second", ""))
    except Http404:
        raise LookupError("This clip is not here any more.") from None
    except ValueError:
        raise LookupError("Say the second as a number.") from None
    if clip.state != ClipState.READY or clip.content_type != "video/mp4" or not isfinite(second):
        raise LookupError("A frame is taken out of a saved clip.")
    return Frame.of(clip, second)


# --- what several of these need -----------------------------------------------------------------------------


def _is_page(request) -> bool:
    """A browser that goes to an address asks for HTML by name; a script takes anything."""
    return "text/html" in request.headers.get("Accept", "")


def mine(person: Person, pk: int) -> Picture:
    picture = Picture.objects.filter(pk=pk, person=person).first()
    if picture is None:
        raise Http404
    return picture


def seen(person: Person, pk: int) -> Picture:
    picture = Picture.objects.visible_to(person).filter(pk=pk).first()
    if picture is None:
        raise Http404
    return picture


def named_account(person: Person, named: str) -> Account | None:
    """The account a page named, if this person may spend from it. Raises Http404 for any other."""
    if not named:
        return None
    key = whole(named)
    account = Account.objects.usable_by(person).filter(pk=key).first() if key is not None else None
    if account is None:
        raise Http404
    return account


def told(picture: Picture, account: Account | None = None) -> dict:
    """What a page learns of a picture, as seen from an account."""
    state, sentence = bring.state_of(picture, account)
    return {
        "id": picture.pk,
        "kind": picture.kind,
        "name": picture.name,
        "width": picture.width,
        "height": picture.height,
        "seconds": picture.seconds,
        "frames": picture.frames,
        "url": thumb_url(picture),
        "state": state,
        "sentence": sentence,
    }


def thumb_url(picture: Picture) -> str:
    """Address of the small picture; empty until it is drawn."""
    if not picture.thumb:
        return ""
    return f"{reverse('picture-thumb', args=[picture.pk])}?v={picture.sha256[:12]}"


def no(sentence: str, status: int = 422) -> JsonResponse:
    return JsonResponse({"state": "refused", "sentence": sentence}, status=status)
