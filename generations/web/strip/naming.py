"""What a strip is called in its line of facts: its model, or what was made of which other one."""

from ...flow.people import capabilities
from ...models import Generation, Person
from ...models.generation import Visibility

STEPS = {"extend": "Extend", "edit": "Edit", "upscale": "Upscale", "gif": "GIF", "join": "Joined"}
# Made by Google out of one clip without a word of ours: rolled again they would be the same.
COPIES = frozenset({"upscale", "gif", "join"})


def model_of(row: Generation) -> str:
    """The label of its model; make-believe has none that would mean anything."""
    return "Sandbox" if row.is_sandbox else capabilities.name_of(row.model)


def facts_of(row: Generation, viewer: Person | None) -> tuple[str, str]:
    """The step ("Extend of 228", empty for what was made from a prompt alone) and the model."""
    model = model_of(row)
    if row.mode not in STEPS:
        return "", model
    size = row.request.get("resolution", "") if row.mode == "upscale" else ""
    size = f" {size.upper() if size.endswith('k') else size}" if size else ""
    source = seen_parent(row, viewer)
    of = f" of {source.label}" if source and row.mode != "join" else ""
    return f"{STEPS[row.mode]}{size}{of}", "" if row.mode in COPIES and not row.is_sandbox else model


def seen_parent(row: Generation, viewer: Person | None) -> Generation | None:
    """The parent, unless it is private to somebody else."""
    if row.parent_id is None:
        return None
    hidden = row.parent.visibility == Visibility.PRIVATE
    return None if hidden and (viewer is None or row.parent.person_id != viewer.pk) else row.parent
