"""Compares what the vendor wrote down with what we did. Every line of the table says what it must be."""

import hashlib
from collections import Counter
from dataclasses import dataclass

from generations.library import storage
from generations.models import Attempt, Clip, CreditEntry, Generation, Outcome, State
from generations.models.states import FINISHED, HOLDS_THE_CLICK

DECIDED = {State.READY, State.FAILED}
MAY_BE_ACCEPTED = HOLDS_THE_CLICK | {Outcome.WRITTEN_OFF}
AGAIN = "again-"  # keys of clicks by which a person has answered an open question


@dataclass
class Line:
    words: str
    found: int
    must_be: int | str | None = None  # None: for information
    examples: tuple[str, ...] = ()
    at_least: int | None = None

    def __post_init__(self) -> None:
        self.wrong = self.must_be is not None and self.found != self.must_be
        if self.at_least is not None:
            self.wrong, self.must_be = self.found < self.at_least, f"at least {self.at_least}"


def compare(record: dict, keys: int) -> list[Line]:
    """The accountant's table. `keys` is how many different clicks were made."""
    rows = {row.pk: row for row in Generation.objects.all()}
    attempts = {attempt.reference: attempt for attempt in Attempt.objects.all()}
    theirs = [(entry, attempts.get(entry["replyRef"])) for entry in record["submissions"]]
    per_click = Counter(attempt.generation_id for _, attempt in theirs if attempt)
    known = [(entry, rows[attempt.generation_id], attempt) for entry, attempt in theirs if attempt]
    no_end = [r for r in rows.values() if r.state not in FINISHED and r.state != State.UNCERTAIN]
    denied = [a for _, a in theirs if a and a.outcome not in MAY_BE_ACCEPTED]
    states = Counter(row.state for row in rows.values())
    clicks = [row for row in rows.values() if not row.request_key.startswith(AGAIN)]
    written_off = [(e, r) for e, r, _ in known if r.state == State.CANCELLED]
    return [
        Line("clicks", len(clicks), keys),
        Line("open questions answered with another click", len(rows) - len(clicks)),
        *(Line(f"  {state}", count) for state, count in sorted(states.items())),
        *_kinds(rows.values()),
        Line("accepted by the vendor", len(theirs)),
        Line("  whose row is still an open question", sum(r.state == State.UNCERTAIN for _, r, _ in known)),
        Line("  whose row a person has written off", len(written_off)),
        Line("  that belong to no attempt of ours", len(theirs) - len(known), 0),
        Line("  adopted by their reference", _adopted()),
        Line("most submissions accepted for one click", max(per_click.values(), default=0), 1),
        Line("clicks without a final state or an open question", len(no_end), 0, _names(no_end)),
        _on_disk(known),
        *_credits(known, rows),
        Line(
            "attempts called proved absent",
            sum(a.outcome == Outcome.PROVED_ABSENT for a in attempts.values()),
        ),
        Line("  that the vendor had accepted", _absent(theirs), 0),
        Line("attempts called refused or never sent that were accepted", len(denied), 0),
    ]


def _kinds(rows) -> list[Line]:
    return [
        Line("  of them with a first frame", sum(row.mode == "frames" for row in rows)),
        Line("  of them stills", sum(row.kind == "image" for row in rows)),
        Line("  of them in batches", sum(row.batch_id is not None for row in rows)),
    ]


def _adopted() -> int:
    return Generation.objects.filter(events__verb="adopted").distinct().count()


def _absent(theirs) -> int:
    return sum(attempt is not None and attempt.outcome == Outcome.PROVED_ABSENT for _, attempt in theirs)


def _on_disk(known) -> Line:
    by_id = {clip.media_id: clip for clip in Clip.objects.exclude(media_id="")}
    by_place = {(clip.generation_id, clip.position): clip for clip in Clip.objects.filter(media_id="")}
    missing = []
    for entry, row, _ in known:
        if row.state in {State.UNCERTAIN, State.CANCELLED}:
            continue
        for place, medium in enumerate(entry["media"]):
            clip = by_id.get(medium["id"]) or by_place.get((row.pk, place))
            if "sha256" in medium and not _is_ours(clip, medium["sha256"]):
                missing.append(row)
    return Line("finished clips at the vendor that are not on our disk", len(missing), 0, _names(missing))


def _is_ours(clip: Clip | None, sha256: str) -> bool:
    if clip is None or clip.state != "ready" or clip.sha256 != sha256:
        return False
    with storage.open_media(clip.file) as file:
        return hashlib.sha256(file.read()).hexdigest() == sha256


def _credits(known, rows) -> list[Line]:
    held, spent = {}, Counter()
    for entry in CreditEntry.objects.values_list("generation_id", "kind", "amount"):
        pk, kind, amount = entry
        held[pk] = held.get(pk, 0) + (amount if kind in {"reserve", "adjust"} else -amount)
        spent[pk] += amount if kind == "spend" else 0
    charged = Counter()
    for entry, row, _ in known:
        charged[row.pk] += entry["charge"]
    over = [row for row in rows.values() if row.state in FINISHED and held.get(row.pk)]
    decided = [row for row in rows.values() if row.state in DECIDED]
    unequal = [row for row in decided if spent[row.pk] != charged[row.pk]]
    return [
        Line("finished rows with credits on hold", len(over), 0, _names(over)),
        Line("credits the vendor charged for ready and failed rows", sum(charged[r.pk] for r in decided)),
        Line(
            "credits we wrote down as spent for them",
            sum(spent[r.pk] for r in decided),
            sum(charged[r.pk] for r in decided),
            _names(unequal),
        ),
        Line("rows where the two differ", len(unequal), 0, _names(unequal)),
    ]


def _names(rows) -> tuple[str, ...]:
    return tuple(f"{row.label} {row.state} {row.failure}" for row in rows[:5])
