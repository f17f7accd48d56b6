"""All that waits for an account that is held goes to another, by one click at the price on the button."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ...flow.engine import reorder
from ...flow.intend import Refusal
from ...models import Account
from ..access import says_no, told, whole
from . import queue


@require_POST
@says_no
def move(request):
    """Move one's own waiting work from one account to another; all of what was counted, or nothing."""
    mine = Account.objects.usable_by(request.user)
    here = get_object_or_404(mine, pk=whole(request.POST.get("here", "")))
    to = get_object_or_404(mine, pk=whole(request.POST.get("to", "")))
    rows = [row for row, _ in reorder.able_to_move(here, request.user, to)]
    if not rows:
        raise Refusal("Nothing of yours waits there any more that could be moved.")
    shown = whole(request.POST.get("price_shown", ""))
    reorder.move_to_account(rows, request.user, to, price_shown=shown)
    if not request.htmx:
        return redirect("queue")
    return told(queue.after(request), f"{len(rows)} wait for {to.name} now.")
