"""What a held card says: why, who decides, since when, and what each of them may do (ui.md section 4)."""

import secrets

from django.urls import reverse

from ... import permissions
from ...flow.money import allow, budget
from ...flow.people import capabilities
from ...models import Event, State
from .. import words
from .cards import Action, given


def held(drawing) -> dict:
    """The special part of a held card; `drawing` is the row on its way to a card (drawing.py)."""
    row, viewer = drawing.row, drawing.viewer
    asked = Event.objects.filter(generation=row, to_state=State.HELD).order_by("id").last()
    allows = viewer is not None and permissions.may_allow(viewer, row)
    keeps = permissions.keeps_reserve(row)
    by = "" if viewer is not None and viewer.pk == row.person_id else f" by {row.person.shown_name}"
    said = [f"Asked{by} {words.ago(drawing.now - asked.at)}."] if asked else []
    approver = None if keeps or allows else budget.approver(row.team, row.person)
    if approver:
        said.insert(0, f"{approver.shown_name} decides and sees the prompt.")
    ways = []
    if allows:
        ways.append(drawing.post("Allow", "allow", spends=True))
    if viewer is not None and viewer.pk == row.person_id:
        ways += [_use_cheaper(drawing), drawing.post("Withdraw", "cancel")]
    elif allows:
        ways.append(_button(drawing, "Decline", "decline"))
    else:
        ways.append(drawing.post("Cancel", "cancel"))
    sentence = asked.why if asked and asked.why else "This prompt needs a yes before it is sent."
    return {"sentence": sentence, "hint": " ".join(said), "actions": given([*ways, drawing.reuse()])}


def _button(drawing, label: str, verb: str) -> Action:
    """A button of somebody who may press it although the row is not theirs."""
    return Action(label, reverse("act", args=[drawing.row.label, verb]), key=verb)


def _use_cheaper(drawing) -> Action | None:
    """The same with a cheaper model that needs nobody's yes, for who asked."""
    row, viewer = drawing.row, drawing.viewer
    if viewer is None or viewer.pk != row.person_id or not viewer.may_spend or permissions.keeps_reserve(row):
        return None
    if (found := allow.cheaper(row, viewer)) is None:
        return None
    request, credits = found
    engine = capabilities.engine(request.model)
    return Action(
        f"Use {engine.short or engine.name}" if engine else "Use a cheaper model",
        reverse("act", args=[row.label, "cheaper"]),
        words.price(credits),
        key="cheaper",
        credits=credits,
        request_key=secrets.token_urlsafe(16),
    )
