"""What a person may do with a card: one address for all verbs, each a step of flow. No rule is decided here.

A page without script is sent back to where it was; htmx gets the card as it has become.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from .. import permissions
from ..catalog.request import Request
from ..flow import again, collect, reconcile, stop
from ..flow.engine import reorder
from ..flow.intend import Refusal
from ..flow.money import allow, quote
from ..models import Account, Clip, Generation
from . import live
from .access import get_clip, get_generation, says_no, told, way_back, whole
from .clip import clip as clip_page
from .create.dock import new_key
from .queue import queue

Done = Generation | str | None  # a new generation, a sentence about what was begun, or nothing to add


def _cancel(request, generation: Generation) -> Done:
    stop.cancel(generation, request.user)


def _stop(request, generation: Generation) -> Done:
    stop.stop_waiting(generation, request.user)


def _watch(request, generation: Generation) -> Done:
    stop.watch_again(generation, request.user)


def _front(request, generation: Generation) -> Done:
    reorder.move_to_front(generation, request.user)


def _place(request, generation: Generation) -> Done:
    """By a number that was typed, or beside another row that was pointed at."""
    for side in ("before", "after"):
        if label := request.POST.get(side, ""):
            other = get_generation(request.user, label)
            return reorder.move_beside(generation, request.user, other, after=side == "after")
    place = whole(request.POST.get("place", "").strip())
    if place is None:
        raise Refusal("Type a place in line as a number: 1 is next.", "place")
    reorder.move_to_place(generation, request.user, place)


def _move(request, generation: Generation) -> Done:
    """To another account, at the price on the button."""
    wanted = whole(request.POST.get("account", "") or request.GET.get("to", ""))
    to = get_object_or_404(Account.objects.usable_by(request.user), pk=wanted)
    reorder.move_to_account(
        [generation], request.user, to, price_shown=whole(request.POST.get("price_shown", ""))
    )
    return f"{generation.label} waits for {to.name} now."


def _again(request, generation: Generation) -> Done:
    _at_the_price_shown(request, generation)
    return again.again(generation, request.user, request_key=_key(request))


def _reroll(request, generation: Generation) -> Done:
    _at_the_price_shown(request, generation)
    return again.reroll(generation, request.user, request_key=_key(request))


def _send_again(request, generation: Generation) -> Done:
    _at_the_price_shown(request, generation)
    sent = reconcile.send_again(generation, request.user, request_key=_key(request))
    return sent if sent.pk != generation.pk else "Waits in line again. Google has no trace of the first one."


def _calm(request, generation: Generation) -> Done:
    _at_the_price_shown(request, generation)
    return again.calmer(generation, request.user, request_key=_key(request))


def _resume(request, generation: Generation) -> Done:
    stop.pause_mine(request.user, paused=False)


def _save(request, generation: Generation) -> Done:
    permissions.check_may_decide(request.user, generation)
    collect.save_now(generation, request.user)
    return "Trying to save it now."


def _ask_again(request, generation: Generation) -> Done:
    permissions.check_may_decide(request.user, generation)
    if not collect.may_ask_again(generation):
        raise Refusal("Google gave no id for this clip, so it cannot be asked for again.")
    return collect.ask_again_now(generation, request.user)


def _check(request, generation: Generation) -> Done:
    if generation.state != "uncertain":
        raise Refusal("This has been decided meanwhile. Look at the card again.")
    reconcile.check_now(generation, request.user)
    return "Checking with Google now. Nothing is sent again."


def _write_off(request, generation: Generation) -> Done:
    reconcile.write_off(generation, request.user)
    return "Taken as not sent. Its credits are yours again."


def _allow(request, generation: Generation) -> Done:
    allow.allow(generation, request.user, price_shown=_price_shown(request))


def _decline(request, generation: Generation) -> Done:
    allow.decline(generation, request.user)


def _cheaper(request, generation: Generation) -> Done:
    key, price = _key(request), _price_shown(request)
    return allow.use_cheaper(generation, request.user, request_key=key, price_shown=price)


VERBS: dict[str, Callable] = {
    "cancel": _cancel,
    "stop": _stop,
    "watch": _watch,
    "front": _front,
    "place": _place,
    "move": _move,
    "again": _again,
    "reroll": _reroll,
    "calm": _calm,
    "resume": _resume,
    "send-again": _send_again,
    "save": _save,
    "save-now": _save,
    "ask-again": _ask_again,
    "check": _check,
    "write-off": _write_off,
    "allow": _allow,
    "decline": _decline,
    "cheaper": _cheaper,
}


@require_http_methods(["GET", "POST"])
@says_no
def act(request, label: str, verb: str) -> HttpResponse:
    """Do it, if this person may. Reuse is a GET: it only fills the dock."""
    generation = get_generation(request.user, label)
    if verb == "reuse":
        return redirect(
            f"{reverse('create')}?{urlencode({'from': label, 'instead': request.GET.get('instead', '')})}"
        )
    if verb not in VERBS:
        raise Http404
    if request.method != "POST":
        return redirect("generation", label=label)
    return _after(request, generation, VERBS[verb](request, generation))


def _at_the_price_shown(request, generation: Generation) -> None:
    """The person read a price on the button: no other is spent. Raises Refusal."""
    shown = request.POST.get("price_shown", "")
    if generation.is_sandbox or not shown:
        return
    price = quote.quote(generation.account, Request.from_json(generation.request)).price.credits
    if price is not None and shown != str(price):
        raise Refusal(
            f"It takes {price:,} credits now. Nothing was sent: reuse the prompt to send it.", "price"
        )


def _price_shown(request) -> int | None:
    """The price on the button, where it has one."""
    return whole(request.POST.get("price_shown", ""))


def _key(request) -> str:
    """The key of this click: it came with the card, so that a double click is one generation."""
    return (request.POST.get("request_key") or new_key())[:40]


def _after(request, generation: Generation, done: Done) -> HttpResponse:
    made = done if isinstance(done, Generation) else None
    if not request.htmx:
        return redirect("create" if made else way_back(request, reverse("create")))
    sentence = done if isinstance(done, str) else ""
    here = (request.htmx.current_url_abs_path or "").partition("?")[0]
    if here == reverse("queue"):
        answer = queue.after(request)
    elif here == reverse("create"):
        answer = live.cards(request, [generation], new=[made] if made else [])
    elif here == reverse("generation", args=[generation.label]):
        answer = (
            HttpResponseClientRedirect(reverse("generation", args=[made.label]))
            if made
            else HttpResponseClientRefresh()
        )
    elif made and (clip := _clip_shown(request, here, generation)):
        return clip_page.after(request, clip, made)
    else:  # a page without strips, as the gallery
        answer = HttpResponse()
        sentence = sentence or (f"{made.label} waits in line." if made else "")
    return told(answer, sentence) if sentence else answer


def _clip_shown(request, here: str, generation: Generation) -> Clip | None:
    """The clip of this generation whose page the click came from."""
    label = here.strip("/").removeprefix("c/")
    is_its_page = here.startswith("/c/") and label[:-1] == generation.label
    return get_clip(request.user, label) if is_its_page else None
