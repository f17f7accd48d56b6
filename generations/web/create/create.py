"""Create: the feed of strips, and the dock where a prompt becomes one (ui.md section 5)."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from ...catalog import engines
from ...flow.intend import Intent, OtherContent, Refusal, find, write_intents
from ...flow.money import quote
from ...models import Account, Draft, Generation, Person
from ...permissions import NotAllowed
from .. import live, prompts
from ..access import get_generation, whole
from ..context import Shell, shell_of
from ..strip import feed
from ..strip.estimates import Estimates
from ..strip.samples import sample_cards
from . import given as things
from . import mentions, use
from .dock import Dock, last_prompt, new_key
from .files import with_files
from .forms import LONGEST_TYPED, Typed
from .limits import Limits, purse
from .slots import Inputs
from .wordings import MOST, how_many, wordings


@require_GET
def home(request):
    return redirect("create")


@require_http_methods(["GET", "HEAD", "POST"])
def create(request):
    """The page; a POST to the same address is the click."""
    return generate(request) if request.method == "POST" else show(request)


def show(
    request, *, typed: Typed | None = None, no: Refusal | None = None, key: str = "", status: int = 200
) -> HttpResponse:
    person, shell = request.user, shell_of(request)
    scope, before = feed.scope_of(request), whole(request.GET.get("before", ""))
    poll = live.poll_of(person, scope=scope, top=before is None)
    shown, older = feed.page(person, scope, before)
    moving = feed.in_progress(person, scope) if before is None else []
    around = Estimates([*shown, *moving])
    cards = feed.cards(shown, person, around, eager=feed.EAGER if before is None else 0)
    if typed is None:
        typed, said = _typed(request)
        no = Refusal(said) if said else None
    dock = Dock(shell, typed, key=key, no=no, last_prompt=_last_prompt(person, shown))
    page = {
        "section": "create",
        "scope": scope,
        "days": feed.days(shown, cards, first_page=before is None, note=feed.progress_note(moving, around)),
        "is_empty": not shown and before is None,
        "samples": () if shown or before else sample_cards(),
        "older_url": f"{reverse('create')}?scope={scope}&before={older}" if older else "",
        "poll": poll,
        "dock": dock,
    }
    return render(request, "create/create.html", page, status=status)


def _last_prompt(person: Person, shown: list[Generation]) -> str:
    """What an arrow up in the empty field recalls: this person's own newest."""
    return next((prompts.said(row) for row in shown if row.person_id == person.pk), None) or last_prompt(
        person
    )


def _typed(request) -> tuple[Typed, str]:
    """What stands in the dock at first: a prompt to reuse, a sample, the draft or nothing; and a sentence."""
    person = request.user
    if label := request.GET.get("from", ""):
        typed = _again(person, get_generation(person, label))
        typed = _instead(typed, request.GET.get("instead", ""), shell_of(request))
    else:
        draft = getattr(person, "draft", None)
        typed = Typed.read({**draft.choices, "prompt": draft.prompt}) if draft else Typed.first(person)
    if prompt := request.GET.get("prompt", ""):
        typed.prompt = prompt[:LONGEST_TYPED]
    if thing := request.GET.get("use", ""):
        return use.used(person, typed, thing, request.GET.get("as", ""))
    return typed, ""


def _again(person: Person, generation: Generation) -> Typed:
    """Prompt and settings of something made before, its markers as the names that people write."""
    typed = Typed.of(generation)
    stands = Inputs(person, typed)
    typed.prompt = mentions.to_names(typed.prompt, things.names_of(stands.givens, stands.spoken))
    return typed


INSTEAD = {"use_lite": "Lite", "use_fast": "Fast", "low_priority": "Lite low priority"}


def _instead(typed: Typed, wanted: str, shell: Shell) -> Typed:
    """What a failed card proposes: the same with a cheaper model, or from another account."""
    if wanted in INSTEAD:
        found = next((e for e in engines.engines("video") if e.short == INSTEAD[wanted]), None)
        return replace(typed, model=found.id if found else typed.model)
    if wanted == "other_account":
        other = next((a for a in shell.accounts if a.is_healthy and str(a.pk) != typed.account), None)
        return replace(typed, account=str(other.pk) if other else typed.account)
    return typed


# --- the click --------------------------------------------------------------------------------------------


def generate(request) -> HttpResponse:
    """One click: written once, however often it arrives; what is wrong is said, and nothing typed is lost."""
    typed, key = Typed.read(request.POST), request.POST.get("request_key", "").replace("\0", "")[:40]
    try:
        typed, refused = with_files(request, typed)
        if refused:
            raise refused
        if "show" in request.POST:  # only another mode, for who has no script
            return show(request, typed=typed, key=key)
        if not key:
            raise Refusal("This form came without its key. Your text is kept: send it once more.")
        made = write_all(request, typed, key)
    except OtherContent as no:
        return _refused(request, typed, no, key=new_key())
    except Refusal as no:
        return _refused(request, typed, no, key=key)
    except NotAllowed as no:
        return _refused(request, typed, Refusal(str(no)), key=key)
    _keep(request.user, typed)  # the text keeps its place in the dock (ui.md 16), the settings too
    if not request.htmx:
        return redirect("create")
    if "before=" in (request.htmx.current_url or ""):  # an older page has no place for new work
        return HttpResponseClientRedirect(reverse("create"))
    return _answer(request, made)


def write_all(request, typed: Typed, key: str) -> list[Generation]:
    """Every wording of the prompt, all or none. Raises Refusal, OtherContent, NotAllowed."""
    person, shell = request.user, shell_of(request)
    asked, account = Inputs(person, typed).request(), typed.account_of(shell.accounts, shell.account)
    many = how_many(asked.prompt)
    if many > MOST:
        raise Refusal(f"That makes {many:,} wordings. At most {MOST} go at once: leave fewer open.", "prompt")
    requests = [asked.but(prompt=prompt) for prompt in wordings(asked.prompt)]
    keys = [key if n == 0 else f"{key}-{n}" for n in range(len(requests))]
    if not find(person, key, requests[0]):
        _check_price(request.POST.get("price_shown"), account, requests)
    intent = Intent(visibility=typed.visibility)
    return write_intents(person, account, list(zip(requests, keys, strict=True)), intent)


def _check_price(shown: str | None, account: Account, requests: list) -> None:
    """The person read a price on the button: no other is spent."""
    if account.is_sandbox or not shown:
        return
    prices = [quote.quote(account, one).price.credits for one in requests]
    price = None if None in prices else sum(prices)
    if price is not None and shown != str(price):
        raise Refusal(
            f"The price has changed to {price:,} credits. Nothing was sent: look at it again.", "price"
        )


def _answer(request, made: list[Generation]) -> HttpResponse:
    """For htmx: the new strips for the top of the feed, the next key, an empty alert, the new balance."""
    person = request.user
    loaded = list(feed.with_all(Generation.objects.filter(pk__in=[g.pk for g in made]).order_by("-pk")))
    moving = feed.in_progress(person, _scope_of_page(request))
    around = Estimates([*loaded, *moving])
    page = {
        "section": "create",
        "cards": feed.cards(loaded, person, around, new=True),
        "key": new_key(),
        "purse": purse(Limits(person), shell_of(request).accounts),
        "note": feed.progress_note(moving, around),
    }
    return render(request, "create/_sent.html", page)


def _scope_of_page(request) -> str:
    """The scope of the page that a click came from."""
    return "mine" if "scope=mine" in (request.htmx.current_url or "") else "everyone"


def _refused(request, typed: Typed, no: Refusal, *, key: str) -> HttpResponse:
    if not request.htmx:
        return show(request, typed=typed, no=no, key=key, status=422)
    page = {"sentence": no.sentence, "field": no.field, "key": key or new_key()}
    return render(request, "create/_refused.html", page, status=422)


# --- the draft --------------------------------------------------------------------------------------------


@require_POST
def draft(request) -> HttpResponse:
    """Keep what is being typed; the page calls this 600 ms after the last key."""
    typed = Typed.read(request.POST)
    _keep(request.user, typed)
    return HttpResponse(status=204)


def _keep(person: Person, typed: Typed) -> None:
    Draft.objects.update_or_create(
        person=person, defaults={"prompt": typed.prompt[:LONGEST_TYPED], "choices": typed.choices()}
    )
