"""After a restore: what the backup cannot know is asked, never guessed, and nothing is paid twice.

The backup is a moment of the past. Whatever waited then may have been sent since by the site that is lost,
so it needs a person's yes; what was being sent is unknown (architecture.md 9).
"""

from dataclasses import dataclass

from ...models import (
    Attempt,
    Clip,
    ClipState,
    Connection,
    Errand,
    Event,
    Generation,
    Outcome,
    Site,
    State,
    clock,
)
from ...models.engine import new_site_id
from ...models.errand import ErrandState
from ...models.secret import KeyIsMissing
from ...models.states import WATCHED
from .. import answer

MAY_HAVE_BEEN_SENT = (
    "This prompt may have been sent after this backup. Look in Google Flow before you allow it."
)
WAS_BEING_SENT = "The backup was made while it was being sent"
KEY_IS_MISSING = "The backup came without the key of this token. Paste the token again."


@dataclass
class MadeSafe:
    """How many rows need a person or a key now."""

    held: int = 0
    uncertain: int = 0
    without_key: int = 0


def make_safe() -> MadeSafe:
    """Give the site a new id and put every open question where a person sees it; in the caller's transaction.

    References carry the site's id, so the old site's jobs can never be taken for new ones of this site.
    """
    done, moment = MadeSafe(), clock.now()
    Site.current()
    Site.objects.update(site_id=new_site_id(), saving_stopped_at=None, saving_trouble="")
    for attempt in Attempt.objects.filter(outcome=Outcome.OPEN):
        done.uncertain += answer.unknown(attempt, WAS_BEING_SENT)
    for row in Generation.objects.filter(state=State.WAITING).order_by("pk"):
        done.held += row.move(State.HELD, why=MAY_HAVE_BEEN_SENT, verb="held after restore", wait_reason="")
    Generation.objects.filter(state__in=[*WATCHED, State.UNCERTAIN]).update(due_at=moment)
    Clip.objects.filter(state=ClipState.SAVING).update(lease_until=None, due_at=moment)
    Errand.objects.filter(state=ErrandState.RUNNING).update(state=ErrandState.WAITING, lease_until=None)
    for connection in Connection.objects.all():
        done.without_key += _lacks_key(connection)
    Event.objects.create(verb="restored", data={"held": done.held, "uncertain": done.uncertain})
    return done


def _lacks_key(connection: Connection) -> bool:
    try:
        connection.token.reveal()
        return False
    except KeyIsMissing:
        Connection.objects.filter(pk=connection.pk).update(is_good=False, trouble=KEY_IS_MISSING)
        return True
