"""What a waiting card adds to its place in line: how often it was sent, and where else it could go."""

from dataclasses import replace
from urllib.parse import urlencode

from ...flow.engine.elsewhere import Elsewhere, Others
from ...models import State
from .. import words
from .cards import Action
from .tries import said

# Reasons for waiting that another account would end.
ELSEWHERE = ("resting", "later", "repair", "short")


def tried(drawing, sentence: str = "") -> str:
    """Sent 3 times, refused each time."""
    return said(drawing.around.tries.get(drawing.row.pk, ()), sentence)


def elsewhere(drawing, kind: str) -> Elsewhere:
    """Where else this row could be made, for the person whose work and credits it is; else nothing."""
    row, viewer = drawing.row, drawing.viewer
    if kind not in ELSEWHERE or viewer is None or viewer.pk != row.person_id or not drawing.spends:
        return Elsewhere()
    if row.is_sandbox or row.state != State.WAITING:
        return Elsewhere()
    others = drawing.around.others
    if viewer.pk not in others:
        others[viewer.pk] = Others(viewer)
    return others[viewer.pk].of(row)


def ways(drawing, kind: str, first: Action | None, found: Elsewhere) -> tuple[Action | None, ...]:
    """Move to Spare, 20 credits; before what mends the account, and instead of a better place in its line."""
    if found.to is None:
        return (first,)
    to = found.to
    move = drawing.post(f"Move to {to.name}", "move", spends=True)
    if move is None:
        return (first,)
    address = f"{move.url}?{urlencode({'to': to.pk})}"
    move = replace(move, url=address, credits=found.credits, price=words.price(found.credits))
    return (move, first) if kind in ("repair", "short") else (move,)


def more(drawing, kind: str, shown: dict, found: Elsewhere) -> dict:
    """The special part of a waiting card, with what there is to add."""
    if found.is_alone and kind == "resting":
        shown = shown | {"right": f"{shown['right']}, your only account"}
    added = list(filter(None, [tried(drawing, shown.get("sentence", "")), found.why]))
    if not added:
        return shown
    if not shown.get("sentence"):
        shown = shown | {"sentence": added.pop(0)}
    return shown | {"hint": " ".join(filter(None, [shown.get("hint", ""), *added]))}
