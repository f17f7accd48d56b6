"""The life of a generation: its states and the only moves between them (architecture.md 3.1, binding).

`Generation.move` is the one door; a move that is not in MOVES raises. Paused, resting, overdue and
unsaved are reasons shown with a state, never states.
"""

from django.db.models import TextChoices


class State(TextChoices):
    HELD = "held", "Held"
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    UNCERTAIN = "uncertain", "Uncertain"
    GENERATING = "generating", "Generating"
    STOPPED = "stopped", "Stopped"
    SAVING = "saving", "Saving"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class ClipState(TextChoices):
    SAVING = "saving", "Saving"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Outcome(TextChoices):
    """What became of one attempt to send."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    NEVER_SENT = "never_sent", "Never sent"
    UNKNOWN = "unknown", "Unknown"
    PROVED_ABSENT = "proved_absent", "Proved absent"
    WRITTEN_OFF = "written_off", "Written off"


S = State
MOVES: dict[State, frozenset[State]] = {
    S.HELD: frozenset({S.WAITING, S.CANCELLED}),
    S.WAITING: frozenset({S.SENDING, S.HELD, S.CANCELLED, S.FAILED}),
    S.SENDING: frozenset({S.GENERATING, S.SAVING, S.WAITING, S.FAILED, S.UNCERTAIN}),
    S.UNCERTAIN: frozenset({S.GENERATING, S.SAVING, S.WAITING, S.FAILED, S.CANCELLED}),
    S.GENERATING: frozenset({S.SAVING, S.FAILED, S.STOPPED}),
    S.STOPPED: frozenset({S.GENERATING, S.SAVING, S.FAILED}),
    S.SAVING: frozenset({S.READY, S.FAILED}),
    S.READY: frozenset(),
    # Two exceptions that never send: "Ask again, free" when a media id is stored, and a written-off
    # job that turns up after all (the engine alone).
    S.FAILED: frozenset({S.SAVING}),
    S.CANCELLED: frozenset({S.GENERATING}),
}
FINISHED = frozenset({S.READY, S.FAILED, S.CANCELLED})
MOVING = frozenset(S) - FINISHED
# Where the vendor has accepted: a made row in one of these carries accepted_at.
ACCEPTED = frozenset({S.GENERATING, S.STOPPED, S.SAVING, S.READY})
# Asked about with GET /jobs/{id}.
WATCHED = frozenset({S.GENERATING, S.STOPPED})
# Looked for in the vendor's records; a POST that hangs is too, to prove absence (architecture.md 3.3).
LOOKED_FOR = frozenset({S.SENDING, S.UNCERTAIN})
# Outcomes that forbid another attempt: the database holds at most one of these per generation.
HOLDS_THE_CLICK = frozenset({Outcome.OPEN, Outcome.ACCEPTED, Outcome.UNKNOWN})


class UndeclaredMove(Exception):
    """Somebody asked for a move that MOVES does not list: a bug, never a race."""


def dead_ends(moves: dict[State, frozenset[State]] = MOVES) -> list[str]:
    """What is wrong with a table of moves, as sentences; checked when the program starts."""
    wrong = [f"{state} has no row in the table of moves" for state in State if state not in moves]
    reached = {State.WAITING, State.HELD}
    while more := {to for state in reached for to in moves.get(state, ())} - reached:
        reached |= more
    wrong += [f"{state} can never be reached" for state in State if state not in reached]
    for state in MOVING:
        ends, seen = {state}, set()
        while ends - seen:
            here = (ends - seen).pop()
            seen.add(here)
            ends |= moves.get(here, frozenset())
        if not seen & FINISHED:
            wrong.append(f"{state} never ends")
    return wrong
