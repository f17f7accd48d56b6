"""The failure desk: failures that are alike, mended and sent once more together, each a click of its own.

All or nothing: either every one of them waits in line again, or none does and the sentence says why. The
keys are made of the form's key and the row, so that a double click sends each of them once. Files that never
arrived are only asked for again: that sends nothing, so each row goes by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from .. import permissions
from ..catalog import failures
from ..catalog.request import Request
from ..models import Account, ClipState, Generation, Person, State
from . import again, collect
from .intend import Refusal
from .money import quote

MOST = 100  # rows that one click sends again


FIXES = ("again", "now", "apply", "calm", "use_lite", "use_fast", "low_priority")


def mended(request: Request, fix: str) -> Request:
    """The request as a button of the catalogue changes it before it is sent."""
    if fix == "calm" and not request.prompt.endswith(failures.calm_words()):
        return request.but(prompt=f"{request.prompt} {failures.calm_words()}")
    model = failures.button_model(fix)
    return request.but(model=model) if model else request


@dataclass(frozen=True)
class Offer:
    """A way to send all of them once more, and what that takes together; None while a price is not known."""

    fix: str
    label: str
    credits: int | None


def offers(rows: Iterable[Generation], by: Person) -> list[Offer]:
    """What the catalogue offers for these equal failures, with the sum of today's prices."""
    rows = list(rows)
    if not rows or not by.may_spend:
        return []
    failure = failures.failure(rows[0].failure)
    ways = [key for key in failure.buttons if key in FIXES and _changes_something(key, rows)]
    return [Offer(key, failures.button_words(key).partition(",")[0], total(rows, by, key)) for key in ways]


def _changes_something(fix: str, rows: list[Generation]) -> bool:
    """Lite is no remedy for what was sent with Lite."""
    model = failures.button_model(fix)
    return not model or all(row.kind == "video" and row.model != model for row in rows)


def total(rows: Iterable[Generation], by: Person, fix: str) -> int | None:
    """Credits for all of them together at today's prices; sandbox work counts nothing."""
    known: dict[tuple, int | None] = {}
    accounts: dict[int, Account] = {}
    credits = 0
    for row in rows:
        if row.is_sandbox:
            continue
        account = accounts.setdefault(row.account_id, again.account_for(row, by))
        request = mended(_asked(row), fix)
        shape = (account.pk, request.model, request.mode, request.seconds, request.count, request.resolution)
        if shape not in known:
            known[shape] = quote.priced(account, request)[0].credits
        if known[shape] is None:
            return None
        credits += known[shape]
    return credits


def able_to_ask_again(rows: Iterable[Generation], by: Person) -> list[Generation]:
    """Those whose clip was made and may still lie at Google, so that its file can be asked for, free.

    Load the rows with their clips.
    """
    return [row for row in rows if permissions.may_decide(by, row) and _may_lie_at_google(row)]


def _may_lie_at_google(row: Generation) -> bool:
    if row.state != State.FAILED or "ask_again" not in failures.failure(row.failure).buttons:
        return False
    return any(clip.media_id and clip.state == ClipState.FAILED for clip in row.clips.all())


def ask_again_all(rows: list[Generation], by: Person) -> int:
    """Ask Google for the files of all of these once more; nothing is sent or paid. Returns how many began.

    A row that somebody asked for meanwhile is left as it is, so a double click asks once. Raises NotAllowed.
    """
    for row in rows:
        permissions.check_may_decide(by, row)
    able = [row for row in sorted(rows, key=lambda row: row.pk) if collect.may_ask_again(row)]
    return sum(collect.ask_again_now(row, by) == collect.ASKED for row in able)


def _asked(row: Generation) -> Request:
    return Request.from_json(row.request)


def retry_all(
    rows: list[Generation], by: Person, fix: str, *, key: str, price_shown: int | None
) -> list[Generation]:
    """Send all of them once more, mended by `fix`; `price_shown` is the sum that the person read.

    Raises Refusal and NotAllowed: then none was sent.
    """
    if fix not in FIXES:
        raise Refusal("Nothing is known that mends all of these. Open them one by one.")
    if len(rows) > MOST:
        raise Refusal(f"At most {MOST} can be sent again with one click.")
    with transaction.atomic():
        sent = list(Generation.objects.filter(person=by, request_key__in=[f"{key}-{row.pk}" for row in rows]))
        if len(sent) == len(rows):
            return sent  # the second of a double click
        _check(rows, by, fix, price_shown)
        return [_send(row, by, fix, f"{key}-{row.pk}") for row in rows]


def _check(rows: list[Generation], by: Person, fix: str, price_shown: int | None) -> None:
    # Held until commit, so that two windows cannot both send the same failures again.
    held = Generation.objects.select_for_update(no_key=True).filter(pk__in=[row.pk for row in rows])
    for row in held.order_by("pk"):
        if row.state != State.FAILED:
            raise Refusal(f"{row.label} has not failed any more. Look at the queue again.")
        if child := row.children.order_by("-pk").first():
            raise Refusal(f"{row.label} was sent again already, as {child.label}. Look at the queue again.")
    price = total(rows, by, fix)
    if price != price_shown:
        now = "The price is not known now" if price is None else f"They take {price:,} credits now"
        raise Refusal(f"{now}. Nothing was sent: look at the queue again.", "price")


def _send(row: Generation, by: Person, fix: str, key: str) -> Generation:
    better = mended(_asked(row), fix)
    try:
        return again.again(row, by, request_key=key, prompt=better.prompt, model=better.model)
    except Refusal as no:
        raise Refusal(f"{row.label}: {no.sentence} None of them was sent.", no.field) from None
