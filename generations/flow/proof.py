"""Whether what was seen proves that the vendor never accepted an attempt (architecture.md 3.3, step 3).

A pure judgement over the evidence that reconcile.look has written down. Whatever is missing, late, unread
or unsure is a reason against it: then a person decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..catalog import timing

APART = 20.0  # seconds between two looks, and from the opening to the first (architecture.md 3.3)
ROWS = 10  # the history shows ten rows of a token, images included (flow-api.md 11.2)
PROMPT = 240.0  # a job of ours must have been listed so soon, else the lists lag and show nothing


@dataclass(frozen=True)
class Condition:
    """One thing that a proof needs: its sentence as it stands, and whether it holds."""

    holds: bool
    sentence: str


@dataclass(frozen=True)
class Judgement:
    conditions: tuple[Condition, ...]

    @property
    def is_proved(self) -> bool:
        return all(c.holds for c in self.conditions)


def judge(
    evidence: dict, *, opened_at: datetime, status: int | None, kind: str = "video", speed: float = 1.0
) -> Judgement:
    """Judge one attempt. `speed` divides the times, as everywhere for a vendor on loopback (pace.speed)."""
    looks = evidence.get("looks", [])
    conditions = [_echoes(evidence), *_looked(looks, opened_at, speed), _all_read(evidence), _no_yes(status)]
    if kind != "video":
        conditions.append(Condition(False, "Google keeps no list of pictures, so nothing can be proved."))
    return Judgement(tuple(conditions))


def _echoes(evidence: dict) -> Condition:
    if evidence.get("echo") == "yes":
        return Condition(True, "Another clip of this account was listed soon and carries its own reference.")
    if evidence.get("echo") == "no":
        return Condition(False, "A clip of this account came back without its reference.")
    return Condition(
        False, "No other clip of this account has shown that Google lists new ones with reference."
    )


def _looked(looks: list[dict], opened_at: datetime, speed: float) -> list[Condition]:
    """Looks without a gap from the opening to the end of the proof's time, each joining the last."""
    until = opened_at + timedelta(seconds=timing.reconcile_until()[0] / speed)
    apart = timedelta(seconds=APART / speed)
    before, gap, inside = opened_at, timedelta(), []
    for look in looks:
        at = datetime.fromisoformat(look["at"])
        inside.append(look)
        gap, before = max(gap, at - before, before - at), at
        if at >= until:
            break
    ended = bool(inside) and before >= until
    return [
        Condition(
            ended,
            "Looked until ten minutes after sending." if ended else "Ten minutes are not looked over yet.",
        ),
        _holds(bool(inside) and gap <= apart, "Never longer than 20 s between two looks.",
               "There was a gap between two looks."),
        _holds(bool(inside) and not any(look.get("trouble") for look in inside),
               "Every look was answered.", "At least one look failed."),
        _holds(bool(inside) and all(look.get("joins") for look in inside),
               "Each look joins the one before.", "Between two looks clips may have come and gone unseen."),
    ]  # fmt: skip


def _all_read(evidence: dict) -> Condition:
    unread = len(evidence.get("unread", {}))
    if unread:
        return Condition(False, f"Unknown jobs without a readable reference: {unread}. One may be this one.")
    return Condition(True, "Every unknown job was read and carries another reference.")


def _no_yes(status: int | None) -> Condition:
    accepted = status is not None and 200 <= status < 300
    return _holds(
        not accepted, "No answer said yes.", f"The answer began with {status}: Google had said yes."
    )


def _holds(holds: bool, yes: str, no: str) -> Condition:
    return Condition(holds, yes if holds else no)
