"""Connect (ui.md section 12): a token, an account, a first clip; beside them the sandbox, which needs none.

The web never calls the vendor: each step stores something, an errand asks, and the page asks for the errand.
What was typed into the token field stays in the browser; no answer of ours ever contains it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from ... import permissions
from ...catalog.request import Request
from ...flow import intend
from ...flow.intend import Refusal
from ...flow.money import quote
from ...flow.people import connect
from ...models import Account, Generation, Person, State, clock
from ...models.errand import ErrandKind
from .. import words
from ..access import get_generation
from ..create.dock import new_key
from ..strip import drawing
from ..strip.cards import Card
from .connecting import Check, Steps, steps_of

SAMPLE = "A small robot waves from a meadow of paper tulips, late sun"
HERE = "first"  # the relation of what is made on this page: it has no parent
FIRST = "A paper boat drifts down a rain-filled street, soft morning light"


# --- pages -----------------------------------------------------------------------------------------------
@require_GET
def page(request):
    """The whole page; `?token=new` shows the token field although one is stored."""
    steps = steps_of(request.user)
    tried = _latest(request.user, sandbox=True)
    first = _latest(request.user, sandbox=False, account=steps.account) if steps.account_is_good else None
    return render(
        request,
        "connect/connect.html",
        _context(request, steps) | {"tried": _walk(tried), "made": _walk(first), "try_form": _form(SAMPLE)},
    )


@sensitive_post_parameters("token")
@require_POST
def token(request):
    """Step 1: store the token and ask. Answers with the steps; the token itself never comes back."""
    try:
        connect.store_token(request.user, request.POST.get("token", ""))
    except Refusal as refusal:
        if not request.htmx:
            messages.error(request, refusal.sentence)
            return redirect("connect")
        return _answer(request, steps_of(request.user, refusal=refusal.sentence))
    return _answer(request, steps_of(request.user))


@require_POST
def account(request):
    """Step 2: put one of the accounts to use and check it."""
    steps = steps_of(request.user)
    if not steps.token_is_good:
        return _answer(request, steps)
    email = request.POST.get("email", "")
    choice = next((c for c in steps.choices if c.email == email), None)
    objection = "Choose one of the accounts." if choice is None else choice.why_not
    if not objection:
        try:
            connect.use_account(request.user, steps.connection, email)
        except Refusal as refusal:
            objection = refusal.sentence
    if objection and not request.htmx:
        messages.error(request, objection)
    return _answer(request, steps_of(request.user, objection=objection))


@require_POST
def read(request):
    """Ask again: for the list of accounts, or with `what=account` for the chosen one."""
    steps = steps_of(request.user)
    if steps.connection and request.POST.get("what") == "account" and steps.account:
        connect.ask(
            ErrandKind.READ_ACCOUNT, person=request.user, account=steps.account, connection=steps.connection
        )
    elif steps.connection:
        connect.ask(ErrandKind.READ_ACCOUNTS, person=request.user, connection=steps.connection)
    return _answer(request, steps_of(request.user))


@require_GET
def watch(request):
    """What the page asks while an errand is under way."""
    return _answer(request, steps_of(request.user))


@require_POST
def try_it(request):
    """Make a clip here: in the sandbox, or with `account` the first clip of step 3."""
    person, own = request.user, request.POST.get("account", "")
    usable = Account.objects.usable_by(person).select_related("connection")
    mine = usable.filter(is_sandbox=True, connection__owner=person)
    account = (usable.filter(pk=own) if own.isdigit() else mine).first()
    if account is None:
        raise Http404
    prompt = request.POST.get("prompt", "")
    wanted = _first_request(account, prompt) if own else _trial(prompt)
    sentence, generation = "", None
    try:
        generation, _ = intend.write_intent(
            person, account, wanted, request_key=_key_of(request), intent=intend.Intent(relation=HERE)
        )
    except (Refusal, permissions.NotAllowed) as refusal:
        sentence = str(refusal)
    if not request.htmx:
        if sentence:
            messages.error(request, sentence)
        return redirect("connect")
    walk = {"walk": _walk(generation), "problem": sentence, "spot": "made" if own else "tried"}
    return render(request, "connect/_made.html", walk | {"key": new_key()})


@require_GET
def made(request, label: str):
    """A strip that was made here, and the way it has gone so far; asks for itself until it is over."""
    generation = get_generation(request.user, label)
    if generation.person_id != request.user.pk:
        raise Http404
    spot = "tried" if generation.is_sandbox else "made"
    return render(request, "connect/_walk.html", {"walk": _walk(generation), "spot": spot})


def _context(request, steps: Steps) -> dict:
    context = {"steps": steps, "wants_token": request.GET.get("token") == "new"}
    if steps.account_is_good:
        wanted = _first_request(steps.account, FIRST)
        context["first"] = _form(FIRST) | {
            "price": quote.quote(steps.account, wanted).price.credits,
            "model": quote.facts_of(steps.account).engine(wanted.model),
        }
    return context


def _answer(request, steps: Steps) -> HttpResponse:
    if not request.htmx:
        return redirect("connect")
    return render(request, "connect/_answer.html", _context(request, steps))


# --- the clip that is made here --------------------------------------------------------------------------
@dataclass(frozen=True)
class Walk:
    """A strip and the moments it has passed."""

    card: Card
    label: str
    lines: tuple[Check, ...]
    is_over: bool


def _walk(generation: Generation | None) -> Walk | None:
    if generation is None:
        return None
    ready = generation.finished_at if generation.state == State.READY else None
    begun, times = (
        generation.made_at,
        (
            ("Waiting for a free slot", generation.sent_at),
            ("Sent, Google gave it a number", generation.accepted_at),
            ("Generating", generation.completed_at),
            ("Saved and checked: the file plays", ready),
        ),
    )
    lines, running = [], generation.is_moving
    for said, moment in times:
        if moment:
            lines.append(Check(said, "done", words.length((moment - begun).total_seconds() or 1) or "0:00"))
        else:
            lines.append(Check(said, "running" if running else "ahead"))
            running = False
    card = drawing.card_of(generation)
    is_over = not generation.is_moving and (_has_pictures(card) or not _is_fresh(generation))
    return Walk(card, generation.label, tuple(lines), is_over)


def _has_pictures(card: Card) -> bool:
    return all(frame.poster for frame in card.frames if frame.state == "ready")


def _is_fresh(generation: Generation) -> bool:
    """Posters follow a ready clip at lower priority; the page goes on asking for a minute."""
    return clock.now() - generation.finished_at < timedelta(minutes=1)


def _latest(person: Person, *, sandbox: bool, **facts) -> Generation | None:
    """The newest one that was made on this page."""
    made_here = person.generations.filter(is_sandbox=sandbox, relation=HERE, **facts)
    return made_here.order_by("-pk").first()


def _form(prompt: str) -> dict:
    return {"prompt": prompt, "key": new_key()}


def _key_of(request) -> str:
    return request.POST.get("request_key", "")[:64] or new_key()


def _trial(prompt: str) -> Request:
    return Request(prompt.strip(), "veo-3.1-fast", count=2)


def _first_request(account: Account, prompt: str) -> Request:
    """An 8 s clip of the cheapest model that this account may use."""
    facts = quote.facts_of(account)
    wanted = [Request(prompt.strip(), engine.id) for engine in facts.engines("video") if 8 in engine.lengths]
    priced = [(quote.quote(account, one), one) for one in wanted]
    possible = [(asked.price.credits, one) for asked, one in priced if asked.is_possible]
    possible = [pair for pair in possible if pair[0]]  # what is free waits in a line of hours
    return min(possible, key=lambda pair: pair[0])[1] if possible else wanted[0]
