"""Generation: everything about one request, for whoever has to explain it (ui.md section 2, /g/228/).

States with their times, who did what and why, the ledger, every attempt with what came back, and what was
seen while looking for an uncertain one. Signed links and tokens never appear here.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET

from ... import permissions
from ...flow import reconcile
from ...flow.money import explain
from ...flow.people import capabilities
from ...models import Attempt, Generation, Outcome, Person, State
from .. import live, prompts, words
from ..access import get_generation
from ..create.dock import new_key
from ..strip import drawing, feed
from ..strip.cards import Card

SECRET = re.compile(r"(user:\d+-)[^\s\"',]+")
LINK = re.compile(r"(https?://[^\s\"'?]+)\?[^\s\"']+")


@dataclass(frozen=True)
class Step:
    """A milestone: what, when, and how long after the one before."""

    name: str
    at: str = ""
    took: str = ""

    @property
    def is_done(self) -> bool:
        return bool(self.at)


@dataclass(frozen=True)
class Line:
    """Something that happened: when, what, by whom, why."""

    at: str
    what: str
    who: str = ""
    why: str = ""
    state: str = ""


@dataclass(frozen=True)
class Try:
    """One attempt to send, as far as it can be shown."""

    number: int
    outcome: str
    role: str
    opened: str
    took: str
    status: str
    reason: str
    reference: str
    job: str
    reply: str
    looks: tuple[str, ...]


@require_GET
def page(request, label: str) -> HttpResponse:
    poll = live.poll_of(request.user, page="generation", label=label)
    generation = get_generation(request.user, label)
    return render(request, "generation/generation.html", _page(request.user, generation) | {"poll": poll})


def changes(request, version: int, known: int) -> HttpResponse:
    """The whole of it anew when this row has changed; else only the next version."""
    label = request.GET.get("label", "")
    generation = get_generation(request.user, label)
    poll = live.poll_of(request.user, version, page="generation", label=label)
    context = _page(request.user, generation) if generation.version > known else {"generation": None}
    return render(request, "generation/_changes.html", context | {"poll": poll})


def _page(person: Person, generation: Generation) -> dict:
    row = feed.with_all(Generation.objects.filter(pk=generation.pk)).get()
    attempts = [_try(a) for a in row.attempts.order_by("number")]
    return {
        "section": "",
        "generation": row,
        "card": drawing.card_of(row, person),
        "steps": _steps(row),
        "lines": [_line(e) for e in row.events.select_related("by").order_by("pk")],
        "ledger": explain.lines(row),
        "verdict": explain.verdict(row),
        "beside": [] if row.is_sandbox else explain.drift_beside(row),
        "attempts": attempts,
        "said": prompts.said(row, prompts.cast_of(row)),
        "meant": prompts.meant(row, prompts.cast_of(row)),
        "model": capabilities.name_of(row.model),
        "asked": _without_secrets(json.dumps(row.request, indent=2, ensure_ascii=False)),
        "parent": _seen(person, row.parent_id),
        "children": [g for g in (_seen(person, child.pk) for child in row.children.all()) if g],
        "decide": _decision(person, row, drawing.card_of(row, person)),
        "send_key": new_key(),
    }


def _seen(person: Person, pk: int | None) -> Generation | None:
    """A relative, if this person may see it."""
    return Generation.objects.visible_to(person).filter(pk=pk).first() if pk else None


def _decision(person: Person, row: Generation, card: Card) -> dict | None:
    """What stands at the top of an uncertain row: what we saw, and the three ways on."""
    if row.state != State.UNCERTAIN or not permissions.may_decide(person, row):
        return None
    attempt = row.attempts.filter(outcome=Outcome.UNKNOWN).first()
    looks = attempt.evidence.get("looks", []) if attempt else []
    return {
        "sentence": card.sentence,
        "hint": card.hint,
        "saw": _saw(looks),
        "conditions": found.conditions if (found := reconcile.judgement(row, attempt)) else (),
        "status": attempt.status if attempt else None,
        "hold": "" if row.is_sandbox else words.credits(row.expected_credits),
        "check": drawing.link("act", row.label, "check"),
        "write_off": drawing.link("act", row.label, "write-off"),
        "send_again": drawing.link("act", row.label, "send-again"),
        "price": words.price(0 if row.is_sandbox else row.expected_credits),
        "credits": 0 if row.is_sandbox else row.expected_credits,
        "may_spend": person.may_spend,
    }


def _saw(looks: list[dict]) -> str:
    if not looks:
        return "Nobody has looked yet."
    last = _second(_moment(looks[-1].get("at")))
    many = f"{len(looks)} look{'s' * (len(looks) > 1)} so far, the last at {last}"
    read = sum(int(look.get("read", 0)) for look in looks)
    failed = sum(1 for look in looks if look.get("trouble"))
    told = f"{many}. {read} unknown job{'s were' if read != 1 else ' was'} read; none carried our reference."
    return told + (f" {failed} of the looks failed, so nothing is proved." if failed else "")


def _steps(row: Generation) -> list[Step]:
    made = row.completed_at is None or bool(row.clips.all())
    moments = [
        ("Asked", row.made_at),
        ("Sent", row.sent_at),
        ("Accepted", row.accepted_at),
        ("Made by Google" if made else "Ended at Google", row.completed_at),
        (row.get_state_display() if row.finished_at else "Saved", row.finished_at),
    ]
    steps, before = [], None
    for name, at in moments:
        took = f"after {_span((at - before).total_seconds())}" if at and before else ""
        steps.append(Step(name, _second(at), took))
        before = at or before
    return steps


def _line(event) -> Line:
    who = event.by.shown_name if event.by else "Flowsite"
    return Line(_second(event.at), event.verb.replace("_", " ").capitalize(), who, event.why, event.to_state)


ROLES = {
    Outcome.ACCEPTED: "ok",
    Outcome.OPEN: "accent",
    Outcome.UNKNOWN: "warn",
    Outcome.REFUSED: "bad",
}


def _try(attempt: Attempt) -> Try:
    took = (attempt.closed_at - attempt.opened_at).total_seconds() if attempt.closed_at else None
    head, _, secret = attempt.reference.rpartition("-")
    return Try(
        number=attempt.number,
        outcome=attempt.get_outcome_display(),
        role=ROLES.get(Outcome(attempt.outcome), ""),
        opened=_second(attempt.opened_at),
        took=_span(took) if took is not None else "",
        status=str(attempt.status or ""),
        reason=attempt.reason,
        reference=f"{head}-{secret[:4]}…" if head else attempt.reference[:12] + "…",
        job=_without_secrets(attempt.job_id or ""),
        reply=_without_secrets(attempt.reply),
        looks=tuple(_look(look) for look in attempt.evidence.get("looks", [])[-20:]),
    )


def _look(look: dict) -> str:
    at = _second(_moment(look.get("at")))
    if look.get("trouble"):
        return f"{at}: {look['trouble']}"
    return f"{at}: {look.get('listed', 0)} jobs listed, {look.get('read', 0)} unknown ones read"


def _without_secrets(text: str) -> str:
    """Tokens and signed links taken out, should one ever have come this far."""
    return LINK.sub(r"\1?…", SECRET.sub(r"\1…", text))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _second(moment: datetime | None) -> str:
    """14:22:07 today, 12 Nov 14:22:07 before."""
    if moment is None:
        return ""
    moment, today = localtime(moment), localtime()
    day = "" if moment.date() == today.date() else f"{moment.day} {moment:%b} "
    return f"{day}{moment:%H:%M:%S}"


def _span(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else words.elapsed(seconds)
