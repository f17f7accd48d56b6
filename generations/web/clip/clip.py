"""One clip at its permanent address: player, facts, next steps, where it came from (ui.md section 7).

What is not a ready or failed clip the person may see is the same 404 as everything that does not exist.
"""

from decimal import Decimal
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...catalog import failures, money, prices
from ...catalog.request import Request
from ...flow import follow, share
from ...flow.inputs import bring
from ...flow.intend import OtherContent, Refusal
from ...flow.money import quote
from ...flow.people import capabilities
from ...flow.scenes import join
from ...models import Clip, ClipState, CreditEntry, Generation, State
from ...models.ledger import Kind
from ...permissions import NotAllowed
from .. import live, prompts, words
from ..access import get_clip, says_no, told
from ..create.dock import new_key
from ..gallery.finding import Search, around
from ..gallery.tiles import file_url, poster_url
from ..strip import drawing
from ..strip.cards import shortened
from .family import Marked, chain_of, family_of
from .given import given_to
from .steps import steps_of


@require_GET
def page(request, label: str):
    """The page of one clip. The search it was found by stands in the address and leads back."""
    return show(request, get_clip(request.user, label))


def show(request, clip: Clip, *, typed: dict | None = None, error: str = "", status: int = 200):
    """The page; after a refused step with what was typed and the sentence that says why."""
    if clip.state == ClipState.SAVING:
        raise Http404
    person, asked = request.user, Search.read(request.GET)
    marked = Marked.read(request.GET, clip)
    poll = live.poll_of(person, page="clip", label=clip.label, at=marked.packed)
    cast = prompts.cast_of(clip.generation)
    said = prompts.said(clip.generation, cast)
    context = {
        "section": "gallery",
        "clip": clip,
        "row": clip.generation,
        "label": clip.label,
        "said": said,
        "meant": prompts.meant(clip.generation, cast),
        "alt": f"{clip.label}: {shortened(said)}",
        "ratio": _shape(clip),
        "back": asked.url,
        "siblings": _siblings(clip, asked),
        "may_share": share.may_share(person, clip.generation),
        "poll": poll,
    }
    if clip.state == ClipState.FAILED:
        return render(
            request, "clip/failed.html", context | _failure(clip) | {"retry": _retry(request, clip)}
        )
    context |= {
        "around": around(person, clip, asked),
        "joined_from": join.sources_of(clip.generation, person),
        "facts": _facts(clip),
        "given": given_to(clip.generation, person),
        "steps": steps_of(clip, person, typed, error),
        "family": family_of(clip, person, marked),
        "chain": chain_of(clip, person),
        "file": file_url(clip),
        "poster": poster_url(clip, 1280),
        "error": error,
    }
    return render(request, "clip/clip.html", context, status=status)


# --- next steps ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def step(request, label: str, step: str):
    """The click on Extend, Upscale or GIF; what is wrong is said where it was typed, and nothing is lost."""
    clip = get_clip(request.user, label)
    if step == "frame" and request.method == "POST" and clip.content_type == "video/mp4":
        return _last_frame(request, clip)
    if step not in follow.STEPS:
        raise Http404
    if request.method != "POST":
        return redirect("clip", label=label)
    try:
        made = _take(request, clip, step)
    except OtherContent as no:
        return _refused(request, clip, step, no.sentence, new_key())
    except Refusal as no:
        return _refused(request, clip, step, no.sentence)
    except NotAllowed as no:
        return _refused(request, clip, step, str(no))
    return after(request, clip, made) if request.htmx else redirect("create")


def _last_frame(request, clip: Clip) -> HttpResponse:
    """Without script nobody can say which frame is shown: the last one is taken, and kept as a picture."""
    if not request.user.may_spend:
        return _refused(request, clip, "frame", "You may look and comment here, not bring pictures.")
    bring.ask_frame(request.user, clip, clip.length or 0)
    messages.info(request, f"The last frame of {clip.label} is being taken. Reload until it is here.")
    return redirect("ingredients")


def _take(request, clip: Clip, step: str) -> Generation:
    asked = _asked(request, clip, step)
    key = request.POST.get("request_key", "")[:40]
    if not key:
        raise Refusal("This form came without its key. Nothing was sent: try once more.")
    price = quote.priced(clip.generation.account, asked)[0].credits
    shown = request.POST.get("price_shown", "")
    if not clip.generation.is_sandbox:
        if price is None and request.POST.get("price_unknown") != "yes":
            raise Refusal("The price is not known. Nothing was sent: say that it may be sent all the same.")
        if price is not None and shown and shown != str(price):
            raise Refusal(f"It takes {words.credits(price)} now. Nothing was sent: press once more.")
    return follow.take(clip, request.user, asked, request_key=key)


def _asked(request, clip: Clip, step: str) -> Request:
    if step == "gif":
        return follow.moving_picture(clip)
    if step == "upscale":
        return follow.larger(clip, request.POST.get("resolution", "")[:10])
    count = request.POST.get("count", "1")
    prompt = request.POST.get("prompt", "").replace("\r\n", "\n")
    return follow.extension(
        clip, prompt, model=request.POST.get("model", "")[:60], count=int(count) if count.isdigit() else 0
    )


def _refused(request, clip: Clip, step: str, sentence: str, key: str = "") -> HttpResponse:
    """To htmx the row of steps as it was typed, with the sentence; else the whole page."""
    typed, panel = {}, step == "extend"
    if panel:
        typed = {name: request.POST.get(name, "") for name in ("prompt", "model", "count", "request_key")}
        typed |= {"request_key": key} if key else {}
    if not request.htmx:
        return show(request, clip, typed=typed, error=sentence, status=422)
    answer = _row(request, clip, typed, sentence if panel else "")
    answer.status_code = 422
    return answer if panel else told(answer, sentence)


def _row(request, clip: Clip, typed: dict | None = None, error: str = "") -> HttpResponse:
    person = request.user
    context = {"label": clip.label, "file": file_url(clip), "section": "gallery"}
    here = QueryDict(urlsplit(request.htmx.current_url or "").query)
    context["family"] = family_of(clip, person, Marked.read(here, clip))
    context["steps"] = steps_of(clip, person, typed, error)
    return render(request, "clip/_changes.html", context | {"shows_family": True})


def after(request, clip: Clip, made: Generation) -> HttpResponse:
    """To htmx: the steps with fresh keys, the tree with the new one in it, and a note."""
    waits = "needs a yes before it is sent" if made.state == State.HELD else "waits in line"
    return told(_row(request, clip), f"{made.label} {waits}. It comes here and in Create.")


@never_cache
@require_GET
@live.fragment
def family(request, label: str):
    """The tree alone, whole: what was folded is open."""
    clip = get_clip(request.user, label)
    found = family_of(clip, request.user, Marked.read(request.GET, clip))
    return render(request, "clip/_family.html", {"family": found})


def changes(request, version: int, known: int) -> HttpResponse:
    """For the poller: the tree, when something in it has changed."""
    clip = get_clip(request.user, request.GET.get("label", ""))
    marked = Marked.read(QueryDict(request.GET.get("at", "")), clip)
    found = family_of(clip, request.user, marked)
    poll = live.poll_of(request.user, version, page="clip", label=clip.label, at=marked.packed)
    context = {"section": "gallery", "family": found, "poll": poll}
    context["shows_family"] = found is not None and found.version > known
    return render(request, "clip/_changes.html", context)


@says_no
@require_POST
def visibility(request, label: str):
    """The maker shows the strip to the team, or only to themselves."""
    clip = get_clip(request.user, label)
    share.set_visibility(clip.generation, request.user, request.POST.get("visibility", ""))
    if not request.htmx:
        return redirect("clip", label=label)
    return render(
        request, "clip/_visibility.html", {"row": clip.generation, "label": label, "may_share": True}
    )


def _shape(clip: Clip) -> str:
    row = clip.generation
    return words.nearest_class(clip.width, clip.height) if clip.width else words.ratio_class(row.ratio)


def _siblings(clip: Clip, asked: Search) -> list[dict]:
    """The frames of the strip in order, when it has several."""
    row = clip.generation
    if row.count < 2:
        return []
    shown = []
    for one in row.clips.exclude(state=ClipState.SAVING).order_by("position"):
        one.generation = row
        shown.append(
            {
                "label": one.label,
                "href": asked.at(reverse("clip", args=[one.label])),
                "ratio": _shape(one),
                "poster": poster_url(one),
                "failed": one.state == ClipState.FAILED,
                "is_here": one.pk == clip.pk,
            }
        )
    return shown if len(shown) > 1 else []


def _retry(request, clip: Clip) -> dict:
    """A failed frame can be rolled again, by who may spend."""
    row = clip.generation
    if not request.user.may_spend:
        return {}
    credits = 0 if row.is_sandbox else row.expected_credits
    return {
        "reuse": f"{reverse('create')}?from={row.label}",
        "reroll": reverse("act", args=[row.label, "reroll"]),
        "price": words.price(credits),
        "credits": credits,
        "key": new_key(),
    }


# --- facts -----------------------------------------------------------------------------------------------
def _facts(clip: Clip) -> dict:
    row = clip.generation
    length = f"{clip.length:.0f} s" if clip.length and clip.kind == "video" else ""
    parts = (capabilities.name_of(row.model), length, row.ratio)
    shown = {
        "model": ", ".join(part for part in parts if part),
        "seed": clip.seed,
        "of": f"clip {clip.letter} of {row.count}" if row.count > 1 else "",
        "made": _made(clip),
        "file": ", ".join(part for part in (f"{clip.width} × {clip.height}", words.size(clip.size)) if part),
        "rate": f"{clip.frame_rate:g} frames a second" if clip.frame_rate else "",
        "sound": "" if clip.kind == "image" else "with sound" if clip.has_sound else "silent",
        "checked": words.clock(clip.checked_at or clip.saved_at),
        "account": row.account.name,
        "owner": row.account.connection.owner if row.account.connection.owner_id != row.person_id else None,
    }
    return shown | _cost(clip)


def _made(clip: Clip) -> str:
    row = clip.generation
    when = words.clock(row.made_at)
    parts = [row.person.shown_name, f"today {when}" if ":" in when and len(when) == 5 else when]
    if row.finished_at and row.sent_at:
        took = (row.finished_at - row.sent_at).total_seconds()
        parts.append(f"took {took:.0f} s" if took < 120 else f"took {words.elapsed(took)}")
    return ", ".join(parts)


def _cost(clip: Clip) -> dict:
    """What this one clip took: its share of what the ledger says of the strip, and about in money."""
    row = clip.generation
    if row.is_sandbox:
        return {"cost": "0 credits, sandbox"}
    entries = CreditEntry.objects.filter(generation=row, kind=Kind.SPEND)
    spent = entries.values_list("amount", flat=True).first()
    ready = max(1, row.clips.ready().count())
    if spent is None:
        return {"cost": "not known yet" if row.state != State.READY else "not charged"}
    each = Decimal(spent) / ready
    rate = quote.usd_per_credit(row.account)
    told = [words.price(round(each)), money.estimate(each * rate) if each and rate else ""]
    saving = prices.saving_of(Request.from_json(row.request), 1, each, rate)
    return {"cost": ", ".join(part for part in told if part)} | words.saving(saving)


def _failure(clip: Clip) -> dict:
    """Why this frame failed and who pays, in the words of its card."""
    row = clip.generation
    failure = failures.failure(clip.failure or row.failure, text=clip.failure_reason or row.failure_text)
    sentence, hint = failure.told(
        account=row.account.name,
        model=capabilities.name_of(row.model),
        needs=row.expected_credits,
        has=row.account.credits,
        plan=quote.facts_of(row.account).plan_name,
    )
    return {"sentence": sentence, "hint": hint} | _charge(row)


def _charge(row: Generation) -> dict:
    """What the ledger says: of the strip, when others of it arrived; else as on its card."""
    if row.state != State.READY:
        card = drawing.card_of(row)
        return {"tag": card.tag, "charged": card.charged}
    spent = row.credit_entries.filter(kind=Kind.SPEND).values_list("amount", flat=True).first() or 0
    whole = f" of {row.expected_credits:,}" if spent != row.expected_credits else " for the strip"
    return {"tag": f"Charged {spent:,}{whole}" if spent else "Not charged", "charged": bool(spent)}
