"""From a row to its card: what is true of a generation, in the words of ui.md section 4. Reads, never writes.

For many rows hand over one `Estimates` and rows loaded with their clips, credit entries and children
(feed.with_all): then a card asks the database nothing. What a person may not do is not offered; a page that
this release does not have is not linked.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse

from ... import permissions
from ...catalog import failures, timing
from ...catalog.prices import saving_of
from ...catalog.request import Request
from ...flow import reconcile
from ...flow.engine import pace
from ...flow.money import balance, quote
from ...flow.people import capabilities
from ...library.posters import poster_widths
from ...models import Clip, ClipState, Generation, Person, State
from ...models.generation import Visibility
from ...models.ledger import Kind
from .. import prompts, words
from . import held, naming, waiting
from .cards import Action, Card, Frame, given, row_of, shortened
from .estimates import Estimates

STOP = "We stop watching. Google may still finish and charge it. If it arrives, it is saved."
SOON = timedelta(seconds=20)


def card_of(
    row: Generation,
    viewer: Person | None = None,
    around: Estimates | None = None,
    *,
    eager: bool = False,
    is_new: bool = False,
) -> Card:
    """The card of one row. Without a viewer it offers nothing to do; `eager` fetches its pictures at once."""
    return _Drawing(row, viewer, around or Estimates([row]), eager).card(is_new)


def link(name: str, *args: object) -> str:
    """The address of a page; empty when this release does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def shape_of(row: Generation, clips: Iterable[Clip]) -> str:
    """The class of the strip: as asked, and where that was left open, as the first picture came out."""
    known = next((clip for clip in clips if clip.width), None) if row.ratio == "auto" else None
    return words.nearest_class(known.width, known.height) if known else words.ratio_class(row.ratio)


class _Drawing:
    """One row on its way to a card; each state has a method that returns what is special about it."""

    def __init__(self, row: Generation, viewer: Person | None, around: Estimates, eager: bool) -> None:
        self.row, self.viewer, self.around, self.now, self.eager = row, viewer, around, around.now, eager
        self.clips = sorted(row.clips.all(), key=lambda clip: clip.position)
        self.shape = shape_of(row, self.clips)
        self.money: Counter[str] = Counter()
        self.kinds: set[str] = set()
        self.released_at: datetime | None = None
        for entry in row.credit_entries.all():
            self.money[entry.kind] += entry.amount
            self.kinds.add(entry.kind)
            if entry.kind == Kind.RELEASE:
                self.released_at = entry.at
        self.noun = "image" if row.kind == "image" else "clip"
        self.decides = viewer is not None and permissions.may_decide(viewer, row)
        self.spends = viewer is not None and viewer.may_spend

    def card(self, is_new: bool) -> Card:
        row = self.row
        special = getattr(self, f"_{row.state}")()
        drawn = tuple(self._frame(clip) for clip in self.clips)
        if row.state == State.READY and len(drawn) < row.count:
            drawn += (self._missing(),) * (row.count - len(drawn))
        frames = row_of(drawn, row.count)
        return Card(
            id=str(row.pk),
            number=row.label,
            prompt=prompts.said(row),
            meant=prompts.meant(row),
            href=link("generation", row.label),
            ratio=self.shape,
            count=max(1, min(4, row.count)),
            frames=frames[:4],
            meta=self._meta(saving := self._compared()),
            version=row.version,
            noun=self.noun,
            is_new=is_new,
            **{"state": row.state} | saving | special,
        )

    # --- one method per state -----------------------------------------------------------------------------

    def _held(self) -> dict:
        return held.held(self)

    def _waiting(self) -> dict:
        standing = self.around.standings.get(self.row.pk)
        kind = standing.kind if standing else "line"
        shown, first = getattr(self, f"_waits_{kind}")(standing)
        other = waiting.elsewhere(self, kind)
        ways = waiting.ways(self, kind, first, other)
        reuse = self.reuse() if len(ways) == 1 else None  # three fit under a frame
        actions = given((*ways, reuse, self.post("Cancel", "cancel")))
        return waiting.more(self, kind, shown, other) | {"actions": actions}

    def _waits_line(self, standing) -> tuple[dict, Action | None]:
        place = standing.place if standing else 1
        word = f"Waiting, {words.ordinal(place)} in line" if place > 1 else "Waiting, next in line"
        start = self.around.starts_at(self.row)
        right = "" if start is None else "about to start" if start - self.now < SOON else self._about(start)
        return {"word": word, "right": right}, self._front()

    def _waits_later(self, standing) -> tuple[dict, Action | None]:
        """Refused for a reason that passes: which try it will be, and when."""
        tries = self.row.waits + 1
        word = f"Waiting, try {tries}" if tries > 1 else "Waiting"
        return {"word": word, "right": self._about(standing.until)}, self._front()

    def _waits_resting(self, standing) -> tuple[dict, Action | None]:
        word = f"Resting until {self._clock(standing.until)}"
        return {"state": "resting", "word": word, "right": self.row.account.name}, self._front()

    def _waits_paused(self, standing) -> tuple[dict, Action | None]:
        mine = standing.reason == "by you"
        by = standing.reason
        if mine and (self.viewer is None or self.viewer.pk != self.row.person_id):
            by = f"by {self.row.person.shown_name}"
        right = f"{by}, {self._clock(standing.since)}" if standing.since else by
        resume = (
            Action("Resume", f"{link('pause')}?paused=no", key="resume") if mine and self.decides else None
        )
        return {"state": "paused", "right": right}, resume

    def _waits_repair(self, standing) -> tuple[dict, Action | None]:
        hint = "Your place in line is kept. Nothing is lost."
        shown = {"word": "Waiting for the account", "sentence": standing.reason, "hint": hint}
        return shown, self._get("Connect again", "connect", "connect")

    def _waits_short(self, standing) -> tuple[dict, Action | None]:
        hint = "Nothing is sent that cannot be paid. Your place in line is kept."
        shown = {"word": "Waiting for credits", "sentence": standing.reason, "hint": hint}
        return shown, self._get(
            "Use a cheaper model", "act", "use_lite", "?instead=use_lite", self.row.label, "reuse"
        )

    def _sending(self) -> dict:
        return {"progress": 4, "actions": given([self.reuse()])}

    def _uncertain(self) -> dict:
        row = self.row
        checking = timedelta(seconds=timing.reconcile_until()[1] / pace.speed(row.account))
        until = (row.uncertain_at or row.sent_at or self.now) + checking
        hold = self.money[Kind.RESERVE] + self.money[Kind.ADJUST]
        actions = [self.post("Check now", "check"), self._details("What happened")]
        hint = f"Checking with Google until {self._clock(until)}. Not sent again by itself."
        sentence, proof = "The connection broke while sending.", timing.reconcile_until()[0]
        is_old = until - checking + timedelta(seconds=proof / pace.speed(row.account)) <= self.now
        if row.mode in naming.COPIES and not row.expected_credits:
            # No reference travels with these, so there is nothing to look for (catalog/body.py).
            hint = "It costs nothing, and Google keeps no trace of it: send it again when you like."
            actions = [self.post("Send again", "send-again", spends=True), self._details("What happened")]
        elif is_old and reconcile.is_proved_absent(row):
            sentence, hint = "Google has no trace of it.", "Nothing is sent again by itself: you decide."
            actions.append(self.post("Send again", "send-again", spends=True))
            actions.append(self.post("Take as not sent", "write-off"))
        elif until <= self.now:
            hint = "Google shows no trace of it so far. Nothing is sent again by itself: you decide."
            actions.append(self.post("Send again", "send-again", spends=True))
            actions.append(self.post("Take as not sent", "write-off"))
        return {
            "sentence": sentence,
            "hint": hint,
            "right": "" if row.is_sandbox else f"{words.credits(hold)} on hold",
            "actions": given(actions),
        }

    def _generating(self) -> dict:
        """How long it runs, and the learned range of what is left; no percentage that nobody knows."""
        row, usual = self.row, self.around.usual(self.row)
        begin = row.accepted_at or row.sent_at or self.now
        actions = given((self.post("Stop waiting", "stop", confirm=STOP), self.reuse()))
        shown: dict = {"since": begin.timestamp(), "actions": actions}
        if usual is None:
            return shown
        typical = f"usually {words.elapsed(sum(usual) / 2)}"
        if self.around.is_overdue(row):
            return shown | {"state": "overdue", "progress": 95, "right": typical}
        left = self.around.left(row)
        share = 100 * (self.now - begin).total_seconds() / usual[1]
        right = f"{words.span(*left)} left" if left else typical
        shown |= {"least": usual[0], "usual": usual[1]}
        return shown | {"progress": max(2, min(95, round(share))), "right": right}

    def _stopped(self) -> dict:
        return {
            "sentence": "You stopped waiting." if self.decides else "Nobody waits for this one.",
            "hint": "If Google finishes it, it is saved to the gallery. It may be charged.",
            "actions": given([self.post("Watch again", "watch"), self.reuse()]),
        }

    def _saving(self) -> dict:
        saving = [clip for clip in self.clips if clip.state == ClipState.SAVING]
        size, saved = sum(c.size for c in saving), sum(c.saved_bytes for c in saving)
        stuck = [clip for clip in saving if clip.trouble]
        if stuck:
            kept = min((c.url_expires_at for c in stuck if c.url_expires_at), default=None)
            keeps = f"Google keeps it until {self._clock(kept)}" if kept and kept > self.now else ""
            actions = [self.post("Save now", "save-now"), self._details("What happened")]
            return {"state": "unsaved", "right": keeps, "actions": given(actions)}
        part = round(95 * saved / size) if size else None
        of = f"{words.size(saved).removesuffix(' MB')} of {words.size(size)}" if size >= 1_000_000 else ""
        return {"progress": part, "right": of, "actions": given([self.reuse()])}

    def _ready(self) -> dict:
        """The picture is the word. Fewer clips than asked for are said in the place of the missing ones."""
        return {}

    def _next_one(self) -> Action | None:
        """What became of trying again, so that nobody does it twice."""
        children = sorted(self.row.children.all(), key=lambda child: child.pk)
        if not children:
            return None
        return self._get(f"Went on as {children[-1].label}", "generation", "next", "", children[-1].label)

    def _failed(self) -> dict:
        row = self.row
        failure = failures.failure(row.failure, text=row.failure_text or row.failure_reason)
        sentence, hint = failure.told(
            account=row.account.name,
            model=capabilities.name_of(row.model),
            needs=row.expected_credits,
            has=row.account.credits,
            plan=quote.facts_of(row.account).plan_name,
        )
        ways = [self._next_one()] if row.children.all() else [self._button(key) for key in failure.buttons]
        ways.append(self._details("Details"))
        hint = " ".join(filter(None, [hint, waiting.tried(self, sentence)]))
        return {"sentence": sentence, "hint": hint, **self._tag(), "actions": given(ways)}

    def _cancelled(self) -> dict:
        again = self._next_one() or self.post("Queue again", "again", spends=True)
        return {**self._tag(), "actions": given([again, self.reuse()])}

    # --- parts ----------------------------------------------------------------------------------------------

    def _tag(self) -> dict:
        """From the ledger alone: charged, not charged, or still being checked."""
        spent = self.money[Kind.SPEND]
        if spent:
            return {"tag": f"Charged {spent:,}", "charged": True}
        settled = self.kinds & {Kind.RELEASE, Kind.SPEND} or not self.money[Kind.RESERVE]
        checking = not settled or balance.is_checking(self.row, self.released_at)
        return {"tag": "Checking charge" if checking else "Not charged"}

    def _frame(self, clip: Clip) -> Frame:
        row, several = self.row, self.row.count > 1
        label = f"{row.label}{clip.letter}"
        frame = Frame(
            label=label,
            letter=clip.letter if several else "",
            sandbox=row.is_sandbox and clip.position == 0,
            eager=self.eager,
            length=words.length(clip.length) if clip.kind == "video" else "",
            alt=f"{label}: {shortened(prompts.said(row))}",
        )
        if clip.state == ClipState.FAILED:
            sentence, hint = failures.failure(clip.failure).told()
            alone = row.count == 1 or row.state == State.FAILED
            return replace(
                frame, state="failed", sentence="" if alone else sentence, hint="" if alone else hint
            )
        if clip.state == ClipState.SAVING:
            return replace(frame, state="dim")
        return replace(frame, state="ready", href=link("clip", label), **self._media(clip, label))

    def _missing(self) -> Frame:
        """Fewer clips than asked for: the place of a missing one says so, and what was charged."""
        row = self.row
        hint = f"Charged {self.money[Kind.SPEND]:,} of {row.expected_credits:,}."
        sentence = f"Google returned {len(self.clips)} of {row.count}."
        return Frame("failed", sentence=sentence, hint="" if row.is_sandbox else hint)

    def _media(self, clip: Clip, label: str) -> dict:
        shown: dict = {}
        file = link("clip-file", label)
        if clip.kind == "video":
            shown["video"] = file
        if clip.posters_at:
            sizes = [(link("clip-poster", label, width), width) for width in poster_widths(clip)]
            shown["poster"] = sizes[min(1, len(sizes) - 1)][0]
            shown["srcset"] = ", ".join(f"{address} {width}w" for address, width in sizes if address)
        elif clip.kind == "image":
            shown["poster"] = file
        shape = words.nearest_class(clip.width, clip.height) if clip.width else self.shape
        shown["contain"] = shape != self.shape
        download = Action(
            "Download", f"{file}?download" if file else "", method="get", key="download", icon="download"
        )
        reuse = self.reuse()
        tools = [replace(reuse, icon="pencil") if reuse else None, self._reroll(), download]
        shown["actions"] = given(tools)
        return shown

    def _reroll(self) -> Action | None:
        """On a picture there is no room for the price, so it is asked before anything is sent."""
        action = self.post("Reroll", "reroll", spends=True)
        if action is None or self.row.mode in naming.COPIES:
            return None
        noun, count = self.noun, self.row.count
        many = f"{count} more {noun}s" if count > 1 else f"One more {noun}"
        asked = f"{many} from the same prompt with another seed: {action.price}."
        return replace(action, icon="rotate-ccw", confirm=asked)

    def _meta(self, saving: dict[str, str]) -> tuple[str, ...]:
        """What was made of what, model, length, what it costs or has cost, what that saved, who, when."""
        row = self.row
        step, name = naming.facts_of(row, self.viewer)
        length = f"{row.seconds} s" if row.seconds and row.kind == "video" else ""
        credits = self.money[Kind.SPEND] if Kind.SPEND in self.kinds else row.expected_credits
        cost = "0 credits" if row.is_sandbox else words.price(credits)
        when = self._clock(row.finished_at) if row.state == State.READY else ""
        private = "only you" if row.visibility == Visibility.PRIVATE else ""
        parts = (step, name, length, cost, saving.get("saved"), row.person.shown_name, when, private)
        return tuple(part for part in parts if part)

    def _compared(self) -> dict[str, str]:
        """What the ready clips of a strip saved against the official API, by what the ledger says."""
        row = self.row
        if row.is_sandbox or row.state != State.READY or Kind.SPEND not in self.kinds:
            return {}
        ready = sum(clip.state == ClipState.READY for clip in self.clips)
        rate = quote.usd_per_credit(row.account)
        asked = Request.from_json(row.request)
        return words.saving(saving_of(asked, ready, self.money[Kind.SPEND], rate))

    def post(self, label: str, verb: str, *, spends: bool = False, confirm: str = "") -> Action | None:
        """A button; one that sends carries the price and a key that lets it be sent once."""
        if not (self.spends if spends else self.decides):
            return None
        url = link("act", self.row.label, verb)
        if not spends:
            return Action(label, url, key=verb, confirm=confirm)
        credits = 0 if self.row.is_sandbox else self.row.expected_credits
        key = secrets.token_urlsafe(16)
        return Action(label, url, words.price(credits), key=verb, credits=credits, request_key=key)

    def _get(self, label: str, name: str, key: str, query: str = "", *args: object) -> Action | None:
        address = link(name, *args)
        return Action(label, f"{address}{query}", method="get", key=key) if address else None

    def _front(self) -> Action | None:
        return self.post("Move to front", "front")

    def reuse(self, label: str = "Reuse prompt") -> Action | None:
        return self._get(label, "act", "reuse", "", self.row.label, "reuse") if self.spends else None

    def _details(self, label: str) -> Action | None:
        return self._get(label, "generation", "details", "", self.row.label)

    def _button(self, key: str) -> Action | None:
        """A button of the failure table: sent with its price, or the page where one mends the cause."""
        label = failures.button_words(key)
        if key in {"again", "now", "apply", "reroll", "calm"}:
            return self.post(label, "again" if key in {"now", "apply"} else key, spends=True)
        if key in {"use_lite", "use_fast", "low_priority", "other_account"}:
            where = f"?instead={key}"
            label = label.partition(",")[0]
            return self._get(label, "act", key, where, self.row.label, "reuse") if self.spends else None
        if key == "ask_again":
            has_id = any(clip.media_id for clip in self.clips if clip.state == ClipState.FAILED)
            return self.post(label, "ask-again") if has_id else None
        if key in {"edit", "picture", "replace"}:
            return self.reuse(label)
        if key == "compare":
            return self._get(label, "passed", key, "", self.row.label)
        if key == "captcha":  # how the solvers fare is for the owner of the token
            own = self.viewer is not None and self.row.account.connection.owner_id == self.viewer.pk
            return self._get(label, "settings", key, "#captcha", "accounts") if own else None
        return self._get(label, "connect", "connect") if key in {"reconnect", "replace_token"} else None

    def _clock(self, moment: datetime | None) -> str:
        return words.clock(moment, self.now)

    def _about(self, moment: datetime) -> str:
        return f"about {self._clock(moment)}"
