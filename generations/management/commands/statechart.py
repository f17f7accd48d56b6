"""The state diagram of a generation, drawn from the table that the program obeys."""

from django.core.management import BaseCommand

from generations.models.states import ACCEPTED, FINISHED, MOVES, State

# Two moves that never send: a person's click and the engine alone (architecture.md 3.1).
SPECIAL = {
    (State.FAILED, State.SAVING): "Ask again, free",
    (State.CANCELLED, State.GENERATING): "it turned up",
}

MEANS = {
    State.HELD: "needs somebody's yes",
    State.WAITING: "queued; paused and resting are reasons for waiting, not states",
    State.SENDING: "an attempt is open; bytes may have left",
    State.UNCERTAIN: "we cannot know yet whether it was accepted; never sent again by itself",
    State.GENERATING: "accepted; a job id is stored",
    State.STOPPED: "a person stopped watching; still asked about, slowly",
    State.SAVING: "the vendor is done; media are on their way",
    State.READY: "hashed, opened, in the library",
    State.FAILED: "over, with a reason",
    State.CANCELLED: "taken back by a person",
}


class Command(BaseCommand):
    help = "Print docs/states.md: the states of a generation and their moves, as a Mermaid diagram."

    def handle(self, *args, **options):
        self.stdout.write(page(), ending="")


def page() -> str:
    return "\n".join([*head(), *diagram(), *table()]) + "\n"


def head():
    yield "# The states of a generation"
    yield ""
    yield "Drawn by `manage.py statechart` from `generations/models/states.py`; a test keeps this file true."
    yield ""


def diagram():
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.WAITING.label}"
    yield f"    [*] --> {State.HELD.label}"
    for state, targets in MOVES.items():
        for target in (to for to in State if to in targets):
            why = SPECIAL.get((state, target), "")
            yield f"    {state.label} --> {target.label}{': ' + why if why else ''}"
    for state in State:
        if state in FINISHED:
            yield f"    {state.label} --> [*]"
    yield "```"
    yield ""


def table():
    yield "| state | means | accepted by the vendor | may go to |"
    yield "|---|---|---|---|"
    for state in State:
        targets = ", ".join(to.label for to in State if to in MOVES[state]) or "nothing"
        yield f"| {state.label} | {MEANS[state]} | {'yes' if state in ACCEPTED else ''} | {targets} |"
