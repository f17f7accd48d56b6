"""One click for many rows of "Needs you": a file asked for again, or a yes to what somebody asks for."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ...flow import desk
from ...flow.intend import Refusal
from ...flow.money import allow
from ...models import Generation
from ..access import get_generation, says_no, told, whole
from . import queue


@require_POST
@says_no
def ask_again(request) -> HttpResponse:
    """Ask Google again for files that never arrived; free, and asked once however often it is clicked."""
    rows = _rows(request, desk.MOST)
    begun = desk.ask_again_all(rows, request.user)
    if not begun:
        return _after(request, "They have been asked for already.")
    many = f"{begun} files" if begun > 1 else "the file"
    return _after(request, f"Asking Google for {many} again. This costs nothing.")


@require_POST
@says_no
def allow_all(request) -> HttpResponse:
    """A yes to all of them at the sum on the button, or to none."""
    rows = _rows(request, allow.MOST)
    allow.allow_all(rows, request.user, price_shown=whole(request.POST.get("price_shown", "")))
    return _after(request, f"{len(rows)} prompts wait in line.")


def _rows(request, most: int) -> list[Generation]:
    labels = dict.fromkeys(label for label in request.POST.get("labels", "").split(",") if label)
    if not labels or len(labels) > most:
        raise Refusal(f"Choose between 1 and {most} prompts. Nothing was changed.")
    return [get_generation(request.user, label) for label in labels]


def _after(request, sentence: str) -> HttpResponse:
    return told(queue.after(request), sentence) if request.htmx else redirect("queue")
