"""What needs a person (ui.md section 10): failures that are alike in one line, uncertain sends one by one."""

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import takewhile

from ... import permissions
from ...flow import desk, unsaved
from ...models import Generation, Person, Site, State, clock
from .. import words
from ..context import needing
from ..strip import feed
from ..strip.cards import Action, Card

MOST = desk.MOST


@dataclass(frozen=True)
class Way:
    """A button that sends all rows of a line once more: words, sum, and what comes back with the click."""

    fix: str
    label: str
    price: str
    credits: str


@dataclass(frozen=True)
class Trouble:
    """One line of "Needs you": identical failures together, each uncertain send by itself."""

    id: str
    title: str
    text: str
    icon: str
    role: str
    rows: tuple[Card, ...]
    labels: str = ""
    ways: tuple[Way, ...] = ()
    together: "Together | None" = None
    actions: tuple[Action, ...] = ()
    saves: bool = False


@dataclass(frozen=True)
class Together:
    """A button for all rows of a line that sends none of them anew: asked for again, or allowed.

    `name` is of its address; `credits` the sum that was read, where it spends.
    """

    name: str
    label: str
    labels: str
    price: str = ""
    credits: str = ""
    icon: str = "check"


def troubles_of(person: Person) -> list[Trouble]:
    """What expires first, then all others, newest first."""
    loaded = list(feed.with_all(needing(person).order_by("-pk"))[:MOST])
    drawn = dict(zip(loaded, feed.cards(loaded, person), strict=True))
    alike: dict[tuple, list[Generation]] = defaultdict(list)
    asked: dict[tuple, list[Generation]] = defaultdict(list)
    expiring, undecided = [], []
    for row in loaded:
        if row.state == State.FAILED:
            raw = row.failure_reason if row.failure == "unknown" else ""
            alike[row.batch_id, row.is_sandbox, row.failure, raw, drawn[row].tag].append(row)
        elif row.state == State.SAVING:
            expiring.append(drawn[row])
        elif row.state == State.HELD and permissions.may_allow(person, row):
            # What a restore has held may have been sent already: that is asked about one by one.
            single = row.pk if permissions.keeps_reserve(row) else 0
            asked[row.batch_id, row.person_id, row.is_sandbox, single].append(row)
        else:
            undecided.append(_undecided(row, drawn[row]))
    failed = [_failed(rows, [drawn[r] for r in rows], person) for rows in alike.values()]
    held = [_held(rows, [drawn[r] for r in rows], person) for rows in asked.values()]
    return [*_expiring(expiring, person), *failed, *held, *undecided]


def _expiring(cards: list[Card], person: Person) -> list[Trouble]:
    """3 clips expire at Google before 20:40 and are not saved yet."""
    danger = unsaved.danger(person)
    if not cards or not danger.clips:
        return []
    many, over = danger.clips, danger.first <= clock.now()
    what = f"{many:,} clips" if many > 1 else "One clip"
    verb = "expire" if many > 1 else "expires"
    are = "are" if many > 1 else "is"
    title = f"{what} {verb} at Google before {words.clock(danger.last)} and {are} not saved yet"
    if over:
        title = f"{what} {are} not saved yet, and Google’s link has expired"
    stopped = Site.objects.filter(saving_stopped_at__isnull=False).values_list("saving_trouble", flat=True)
    text = stopped.first() or "Saving is tried again by itself. It costs nothing."
    return [Trouble("expiring", title, text, "cloud-off", "warn", tuple(cards), saves=True)]


def _failed(rows: list[Generation], cards: list[Card], person: Person) -> Trouble:
    first, many = cards[0], len(rows)
    ways = [
        Way(
            offer.fix,
            f"{offer.label}, all {many}" if many > 1 and offer.fix in ("again", "now") else offer.label,
            "price unknown" if offer.credits is None else words.price(offer.credits),
            "" if offer.credits is None else str(offer.credits),
        )
        for offer in desk.offers(rows, person)
    ]
    raw = rows[0].failure_reason if rows[0].failure == "unknown" else ""
    return Trouble(
        id=f"failed-{rows[0].pk}",
        title=_for_many(first.sentence, many),
        text=" ".join(filter(None, [f"{first.tag}.", raw and f"It said: {raw}.", _shared(cards)])),
        icon="circle-alert",
        role="bad",
        rows=tuple(cards),
        labels=",".join(row.label for row in rows) if ways else "",
        ways=tuple(ways),
        together=_ask_again(rows, person) if many > 1 else None,
        actions=tuple(a for a in first.actions if a.key in ("reuse", "connect", "ask-again"))
        if many == 1
        else (),
    )


def _shared(cards: list[Card]) -> str:
    """The sentences with which the hints of all of them begin; how often each was sent is its own."""
    hints = [re.split(r"(?<=[.]) ", card.hint) for card in cards]
    same = takewhile(lambda told: len(set(told)) == 1, zip(*hints, strict=False))
    return " ".join(told[0] for told in same)


def _ask_again(rows: list[Generation], person: Person) -> Together | None:
    """Files that never arrived, of all rows that Google gave an id for."""
    able = desk.able_to_ask_again(rows, person)
    which = f"all {len(able)}" if len(able) == len(rows) else f"{len(able)} of {len(rows)}"
    labels = ",".join(row.label for row in able)
    return (
        Together("queue-ask-again", f"Ask again, {which}", labels, "free", icon="refresh-cw")
        if able
        else None
    )


def _held(rows: list[Generation], cards: list[Card], person: Person) -> Trouble:
    """What one person asks for, a batch or single prompts, with one yes for all of it."""
    if len(rows) == 1:
        return _undecided(rows[0], cards[0])
    many, first = len(rows), rows[0]
    batch = f" of {first.batch.name}" if first.batch_id else ""
    who = "You ask" if first.person_id == person.pk else f"{first.person.shown_name} asks"
    credits = 0 if first.is_sandbox else sum(row.expected_credits for row in rows)
    limits = dict.fromkeys(card.sentence.partition(" This needs ")[0] for card in cards)
    return Trouble(
        id=f"held-{first.pk}",
        title=f"{who} for {many} prompts{batch}",
        text=" ".join([f"{words.credits(credits)} together.", *limits]),
        icon="hand",
        role="warn",
        rows=tuple(cards),
        together=Together(
            "queue-allow",
            f"Allow all {many}",
            ",".join(row.label for row in rows),
            words.price(credits),
            str(credits),
        ),
    )


def _undecided(row: Generation, card: Card) -> Trouble:
    held = row.state == State.HELD
    when = words.clock(row.uncertain_at or row.made_at)
    return Trouble(
        id=f"undecided-{row.pk}",
        title=card.sentence if held else f"{row.label} may or may not have been sent",
        text=card.hint if held else f"The connection broke at {when}. {card.hint}",
        icon="hand" if held else "circle-help",
        role="warn",
        rows=(card,),
        actions=tuple(a for a in card.actions if a.key != "reuse"),
    )


def _for_many(sentence: str, many: int) -> str:
    """Google's sound filter stopped 4 clips."""
    if many == 1:
        return sentence
    if sentence.startswith("The clip was made, but the file did"):
        return sentence.replace("The clip was", f"{many} clips were").replace("the file did", "the files did")
    told = re.sub(r"\bthis (clip|prompt)\b", rf"{many} \1s", sentence)
    return told if told != sentence else f"{many} times: {sentence}"
