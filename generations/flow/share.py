"""Who sees a piece of work: its maker decides, and every change is written down."""

from ..models import Generation, Person
from ..models.generation import Visibility
from ..permissions import NotAllowed
from .intend import Refusal


def may_share(person: Person, generation: Generation) -> bool:
    return generation.person_id == person.pk


def set_visibility(generation: Generation, by: Person, visibility: str) -> None:
    """Show a strip to the team, or to its maker alone. Raises NotAllowed for anybody else, Refusal."""
    if not may_share(by, generation):
        raise NotAllowed(f"Only {generation.person.shown_name} decides who sees this.")
    if visibility not in Visibility.values:
        raise Refusal("Choose who sees it: the team, or only you.", "visibility")
    if visibility != generation.visibility:
        verb = "shown to the team" if visibility == Visibility.TEAM else "made private"
        generation.note(verb, by=by, visibility=visibility)
