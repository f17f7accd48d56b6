"""One click, written down in one transaction: generation, reserve, event; then the doorbell rings.

A second click with the same key finds the first row: the key is unique per person in the database
(architecture.md 3.2). The same key with other content is refused, and nothing typed is lost.
"""

from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction

from .. import permissions
from ..catalog.references import for_people
from ..catalog.request import Request
from ..library import index
from ..models import Account, Batch, Event, Generation, Person, State, Team
from ..models.generation import Lane, Visibility
from .engine import doorbell
from .inputs import lineage, uses
from .money import balance, budget, quote, settle


class Refusal(Exception):
    """Not possible; carries the sentence the person reads, and the field it belongs to."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class OtherContent(Refusal):
    """The same request key came with another request: a form that was sent already, then changed."""


@dataclass(frozen=True)
class Intent:
    """What goes with a request besides the request itself."""

    visibility: str = Visibility.TEAM
    batch: Batch | None = None
    parent: Generation | None = None
    relation: str = ""
    lane: str = Lane.NOW
    # Credits of the same click that are not on hold yet: a limit lets all of it pass, or none.
    together: int = 0


def write_intent(
    person: Person, account: Account, request: Request, *, request_key: str, intent: Intent | None = None
) -> tuple[Generation, bool]:
    """Write one click down. Returns the generation and whether it is new.

    Over a limit of the team (budget.py) it is HELD with nothing on hold, until an owner allows it.
    Raises Refusal (the first problem of the quote, not enough credits, one's own cap), NotAllowed,
    OtherContent.
    """
    if known := find(person, request_key, request):
        return known, False
    permissions.check_may_spend_from(person, account)
    price, problems = quote.priced(account, request)
    problems = [*problems, *uses.check(person, account, request)]
    if problems:
        raise Refusal(problems[0].sentence, problems[0].field)
    credits, intent = price.credits or 0, intent or Intent()
    try:
        with transaction.atomic():
            over = ""
            if credits:
                check_balance(account, credits)
                over = _check_limits(person, account, max(credits, intent.together))
            generation = _write(person, account, request, request_key, credits, intent, over)
            doorbell.ring_after_commit()
            return generation, True
    except (IntegrityError, Refusal):
        # Two clicks at the same moment: the other one won, and perhaps took the last credits.
        if known := find(person, request_key, request):
            return known, False
        raise


def write_intents(
    person: Person, account: Account, clicks: list[tuple[Request, str]], intent: Intent
) -> list[Generation]:
    """Several prompts of one click, each with a key of its own: all or none. Raises like `write_intent`."""
    prices = [quote.priced(account, request)[0].credits or 0 for request, _ in clicks]
    made, rest = [], sum(prices)
    with transaction.atomic():
        for (request, key), price in zip(clicks, prices, strict=True):
            together = replace(intent, together=rest)
            one, _ = write_intent(person, account, request, request_key=key, intent=together)
            if one.state != State.HELD:
                rest -= price
            made.append(one)
    return made


def find(person: Person, request_key: str, request: Request) -> Generation | None:
    """The generation this key already made. Raises OtherContent when it was made of something else."""
    there = Generation.objects.filter(person=person, request_key=request_key).values_list("pk", flat=True)
    known = Generation.objects.filter(pk=there[0]).first() if there else None
    if known and known.content_hash != request.fingerprint():
        raise OtherContent(
            f"This form was sent already and became {known.label}. Your text is kept: send it once more"
            " to make another."
        )
    return known


def check_balance(account: Account, needs: int) -> None:
    """Inside the transaction and with the account's row held: two clicks cannot both pass."""
    # no_key: who ends a row of this account checks foreign keys at commit, when it holds the team's row that
    # this click wants next. A full lock made the two wait for each other (PostgreSQL, found by tests/chaos).
    held = Account.objects.select_for_update(no_key=True).only(*balance.FIELDS).get(pk=account.pk)
    has = quote.available(held)
    if has is not None and needs > has:
        problem = quote.short_of_credits(needs, has)
        raise Refusal(problem.sentence, problem.field)


def _check_limits(person: Person, account: Account, needs: int) -> str:
    """Why somebody must say yes first, or nothing. Raises Refusal above the person's own cap."""
    if account.is_sandbox:
        return ""
    room = budget.room(person, lock=True)
    if own := room.refuses(needs):
        raise Refusal(f"{own.words} This needs {needs:,}. Raise it in Settings, Budget.", "account")
    over = room.asks(needs)
    return f"{over.words} This needs {needs:,}." if over else ""


def _write(
    person: Person,
    account: Account,
    request: Request,
    request_key: str,
    price: int,
    intent: Intent,
    over: str = "",
) -> Generation:
    team = person.team()
    if team is None:
        raise Refusal("You are not part of a team yet. An administrator can add you.")
    parent, relation = intent.parent, intent.relation
    if not (parent or relation):
        parent, relation = lineage.of(person, request)
    version, number = Team.take_numbers(team.pk, sandbox=account.is_sandbox)
    generation = Generation(
        team=team,
        person=person,
        account=account,
        is_sandbox=account.is_sandbox,
        number=number,
        request_key=request_key,
        content_hash=request.fingerprint(),
        request=request.to_json(),
        prompt=for_people(request.prompt, request.extra.get("names")),
        mode=request.mode,
        kind=request.kind,
        model=request.model,
        ratio=request.ratio,
        seconds=request.seconds,
        count=request.count,
        expected_credits=price,
        state=State.HELD if over else State.WAITING,
        expected_seconds=quote.facts_of(account).expected_seconds(request.model) or 0,
        visibility=intent.visibility,
        batch=intent.batch,
        parent=parent,
        relation=relation,
        lane=intent.lane,
        version=version,
    )
    generation.position = generation.pk
    generation.save(force_insert=True)
    if not over:
        settle.reserve(generation, by=person)
    Event.objects.create(
        generation=generation,
        team=team,
        by=person,
        verb="asked",
        to_state=generation.state,
        why=over or relation,
    )
    uses.note_uses(generation, request)
    index.write_new(generation)
    return generation
