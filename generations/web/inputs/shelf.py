"""What the pages of characters and of voices have in common: an account's list, and a form that has one made.

Each page says what is its own with a Shelf; what is refused is shown where it was typed, and nothing is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ...flow.inputs import cast
from ...flow.intend import Refusal
from ...library.pictures import BadPicture
from ...library.storage import NoRoom
from ...models import Account, Character, Errand, Voice
from ...models.character import CastState
from ...models.errand import ErrandKind, ErrandState
from ...permissions import NotAllowed, may_spend_from
from ..context import shell_of
from . import pictures

SHOWN = [CastState.MAKING, CastState.READY, CastState.FAILED]
Member = Character | Voice


@dataclass(frozen=True)
class Shelf:
    """One page of an account's cast. `name` is its address, its tab and its template.

    `typed` reads the form, `make` has one made of it (raises Refusal, NotAllowed, BadPicture, NoRoom), `more`
    is what the template needs beside the list; a bare GET has no typed fields, so it gets an empty dict.
    """

    name: str
    model: type[Member]
    order: str
    costs: str  # said once one is being made
    typed: Callable[[HttpRequest], dict[str, Any]]
    make: Callable[[HttpRequest, Account, dict[str, Any]], Member]
    more: Callable[[HttpRequest, Account | None, list, dict[str, Any]], dict]
    joins: tuple[str, ...] = ()  # what the list reads along with its rows


def page(request: HttpRequest, shelf: Shelf) -> HttpResponse:
    """The list and the form; a POST has one made and leads back to the list."""
    account = chosen(request)
    if request.method != "POST":
        return _show(request, shelf, account, {}, None)
    typed = shelf.typed(request)
    try:
        if account is None:
            raise Refusal("There is no account to make it on. Connect Google Flow first.", "account")
        made = shelf.make(request, account, typed)
    except (BadPicture, NoRoom) as no:
        return _show(request, shelf, account, typed, Refusal(no.sentence, "pictures"))
    except Refusal as no:
        return _show(request, shelf, account, typed, no)
    except NotAllowed as no:
        return _show(request, shelf, account, typed, Refusal(str(no)))
    messages.info(request, f"{made.name} is being made. It costs no credits{shelf.costs}.")
    return redirect(address(shelf.name, account))


def _show(
    request: HttpRequest, shelf: Shelf, account: Account | None, typed: dict, no: Refusal | None
) -> HttpResponse:
    rows = shelf.model.objects.visible_to(request.user).filter(account=account, state__in=SHOWN)
    listed = list(rows.select_related("account__connection", "person", *shelf.joins).order_by(shelf.order))
    may_make = account is not None and may_spend_from(request.user, account)
    if may_make and not _reads(account).exists():  # nobody has looked at this account yet
        cast.ask_read(request.user, account)
    context = {
        "section": "gallery",
        "tab": shelf.name,
        "account": account,
        "accounts": shell_of(request).accounts,
        "may_make": may_make,
        "trouble": _trouble(account),
        "listed": listed,
        "typed": typed,
        "no": no,
        "is_moving": any(one.state == CastState.MAKING for one in listed) or _is_reading(account),
    }
    context |= shelf.more(request, account, listed, typed)
    return render(request, f"inputs/{shelf.name}.html", context, status=422 if no else 200)


def delete(request: HttpRequest, shelf: Shelf, pk: int) -> HttpResponse:
    """Have one deleted at Google, and go back to the list."""
    member = shelf.model.objects.visible_to(request.user).filter(pk=pk, state__in=SHOWN).first()
    if member is None:
        raise Http404
    try:
        cast.ask_delete(request.user, member)
        messages.info(request, f"{member.name} is being deleted at Google.")
    except NotAllowed as no:
        messages.info(request, str(no))
    return redirect(address(shelf.name, member.account))


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Ask a worker to list the characters and voices of the account."""
    account = chosen(request)
    if account is None:
        raise Http404
    cast.ask_read(request.user, account)
    return redirect(address("voices" if request.POST.get("tab") == "voices" else "characters", account))


def chosen(request: HttpRequest) -> Account | None:
    """The account whose cast is shown: the named one, else the one of the shell. Raises Http404."""
    named = request.POST.get("account") or request.GET.get("account", "")
    return pictures.named_account(request.user, named) or shell_of(request).account


def address(name: str, account: Account) -> str:
    return f"{reverse(name)}?account={account.pk}"


def _reads(account: Account):
    return Errand.objects.filter(kind=ErrandKind.READ_CAST, account=account).order_by("-id")


def _is_reading(account: Account | None) -> bool:
    going = [ErrandState.WAITING, ErrandState.RUNNING]
    return account is not None and _reads(account).filter(state__in=going).exists()


def _trouble(account: Account | None) -> str:
    """What the last look at the account ended with, when it failed."""
    last = _reads(account).first() if account else None
    return last.sentence if last and last.state == ErrandState.FAILED else ""
