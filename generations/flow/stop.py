"""What a person may do meanwhile. Cancel exists only before sending; after it the word is Stop waiting."""

from django.db import transaction

from .. import permissions
from ..models import Batch, Event, Generation, Person, Site, State, clock
from ..models.generation import touch
from .engine import doorbell
from .intend import Refusal
from .money import settle


def cancel(generation: Generation, by: Person) -> None:
    """Take a waiting or held row out of the line; its credits come back. Raises NotAllowed, Refusal."""
    permissions.check_may_decide(by, generation)
    if generation.state not in {State.WAITING, State.HELD}:
        raise Refusal("It has been sent already, so it cannot be cancelled. You can stop waiting for it.")
    end_unsent(generation, by, verb="cancelled", back="Cancelled before sending.")


def end_unsent(generation: Generation, by: Person, *, verb: str, back: str, why: str = "") -> None:
    """A waiting or held row ends and what it holds comes back, or neither. Raises Refusal."""
    with transaction.atomic():
        settle.give_back(generation, back)
        if not generation.move(State.CANCELLED, by=by, verb=verb, why=why):
            transaction.set_rollback(True)
            raise Refusal("It was sent a moment ago, so it cannot be cancelled any more.")


def stop_waiting(generation: Generation, by: Person) -> None:
    """Stop watching closely. Google may still finish and charge it; if it arrives, it is saved."""
    permissions.check_may_decide(by, generation)
    if generation.state != State.GENERATING or not generation.move(
        State.STOPPED, by=by, verb="stopped waiting"
    ):
        raise Refusal("It is not being generated any more. Look at the card again.")


def watch_again(generation: Generation, by: Person) -> None:
    permissions.check_may_decide(by, generation)
    moved = generation.state == State.STOPPED and generation.move(
        State.GENERATING, by=by, verb="watch again", due_at=clock.now()
    )
    if not moved:
        raise Refusal("It is not stopped any more. Look at the card again.")
    doorbell.ring_after_commit()


def pause_mine(person: Person, *, paused: bool) -> None:
    """Nothing of this person's is sent until they resume; what runs goes on."""
    Person.objects.filter(pk=person.pk).update(queue_paused_at=clock.now() if paused else None)
    _noted(person, "queue paused" if paused else "queue resumed")


def pause_batch(batch: Batch, by: Person, *, paused: bool) -> None:
    if batch.person_id != by.pk:
        raise permissions.NotAllowed(f"Only {batch.person.shown_name} can pause this batch.")
    Batch.objects.filter(pk=batch.pk).update(paused_at=clock.now() if paused else None)
    _noted(by, "batch paused" if paused else "batch resumed", batch.name)


def stop_spending(by: Person, *, stopped: bool) -> None:
    """The kill switch: nothing new is sent by anybody. Every claim looks at it, so it holds at once."""
    Site.current()
    Site.objects.update(spending_stopped_at=clock.now() if stopped else None)
    _noted(by, "all sending stopped" if stopped else "sending resumed")


def _noted(by: Person, verb: str, why: str = "") -> None:
    """An event, and every waiting card of the person shows its new reason."""
    team = by.team()
    with transaction.atomic():
        Event.objects.create(by=by, team=team, verb=verb, why=why)
        waiting = list(
            Generation.objects.filter(team=team, state=State.WAITING).values_list("pk", flat=True)[:200]
        )
        if team and waiting:
            touch(team.pk, waiting)
        doorbell.ring_after_commit()
