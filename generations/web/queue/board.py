"""What the Queue page shows: numbers, what needs a person, batches with their rows, accounts, turns.

Facts only, asked once per page. The reason for waiting comes from flow.schedule, as on every card.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count

from ...models import Batch, CreditEntry, Generation, Person, State, clock
from ...models.generation import Lane as LaneOfRow
from ...models.ledger import Kind
from ...models.states import MOVING
from .. import words
from ..context import Shell
from ..strip import feed
from ..strip.cards import Action, Card
from ..strip.estimates import Estimates
from .lanes import Lane, lanes_of, turns_of, turns_text
from .needs import Trouble, troubles_of

PER_GROUP = 50
MOST_ROWS = 500
ORDER = (
    State.SENDING,
    State.GENERATING,
    State.SAVING,
    State.STOPPED,
    State.UNCERTAIN,
    State.HELD,
    State.WAITING,
)
LANES = list(LaneOfRow)  # now, batch, idle: as flow.schedule sends them
RUNNING = (State.SENDING, State.GENERATING, State.SAVING)
# Actions of a card that a row shows as buttons, with their icons; all others are on the page of the row.
ICONS = {
    "front": "arrow-up-to-line",
    "move": "arrow-left-right",
    "resume": "play",
    "stop": "circle-stop",
    "watch": "play",
    "check": "search",
    "save-now": "arrow-down-to-line",
    "again": "rotate-ccw",
    "ask-again": "refresh-cw",
    "reuse": "pencil",
    "cancel": "x",
}


@dataclass(frozen=True)
class Row:
    """One line of the queue: the card, its place among the waiting, and what can be done at once."""

    card: Card
    credits: str
    ended: str = ""  # of finished ones: when
    place: int = 0
    icon: str = "type"
    movable: bool = False  # its place in line may be changed by who looks at it

    @property
    def word(self) -> str:
        """The state in a word or two: the place stands in a column of its own."""
        word = self.card.look.word
        return "Waiting" if self.place and word.endswith(" in line") else word

    @property
    def buttons(self) -> list[tuple[Action, str]]:
        return [(action, ICONS[action.key]) for action in self.card.actions if action.key in ICONS]


@dataclass(frozen=True)
class Part:
    """A stretch of a batch's bar, in hundredths."""

    role: str
    begin: float
    width: float


@dataclass
class Group:
    """A batch, or the single prompts."""

    id: str
    name: str
    about: str
    counts: Counter
    rows: list[Row] = field(default_factory=list)
    more: int = 0
    batch: Batch | None = None
    private: int = 0
    mine: bool = True

    @property
    def parts(self) -> list[Part]:
        total, begin, parts = sum(self.counts.values()) or 1, 0.0, []
        for role, states in BARS:
            width = 100 * sum(self.counts[s] for s in states) / total
            if width:
                parts.append(Part(role, round(begin, 2), round(width, 2)))
            begin += width
        return parts

    @property
    def words(self) -> str:
        """13 ready, 2 generating, 7 waiting, 2 need you"""
        said = [(sum(self.counts[s] for s in states), word) for word, states in COUNTED]
        return ", ".join(f"{number:,} {word}" for number, word in said if number) or "Nothing is waiting"

    @property
    def waiting(self) -> int:
        return self.counts[State.WAITING] + self.counts[State.HELD]


BARS = (
    ("ready", (State.READY,)),
    ("running", RUNNING),
    ("failed", (State.FAILED, State.UNCERTAIN)),
)
COUNTED = (
    ("ready", (State.READY,)),
    ("generating", RUNNING),
    ("waiting", (State.WAITING, State.HELD)),
    ("stopped", (State.STOPPED,)),
    ("uncertain", (State.UNCERTAIN,)),
    ("failed", (State.FAILED,)),
    ("cancelled", (State.CANCELLED,)),
)


class Board:
    """Everything on /queue/ for one person and scope."""

    def __init__(self, shell: Shell, scope: str, *, unfolded: str = "") -> None:
        self.shell, self.person, self.scope, self.unfolded = shell, shell.person, scope, unfolded
        self.now = clock.now()
        self.team = self.person.team()

    @cached_property
    def moving(self) -> list[Generation]:
        """Rows on their way that this person may see, in the order they are shown."""
        found = feed.rows(self.person, self.scope).filter(state__in=MOVING)
        loaded = list(feed.with_all(found)[:MOST_ROWS])
        return sorted(loaded, key=self._order)

    def _order(self, row: Generation) -> tuple:
        return (
            ORDER.index(State(row.state)),
            -row.priority,
            LANES.index(row.lane) if row.state == State.WAITING else 0,
            row.position if row.state == State.WAITING else row.pk,
        )

    @cached_property
    def around(self) -> Estimates:
        return Estimates(self.moving)

    @cached_property
    def counts(self) -> Counter:
        """Of all rows on their way in the scope; others' private ones are counted, and nothing else."""
        rows = Generation.objects.filter(team=self.team, state__in=MOVING)
        rows = rows.filter(person=self.person) if self.scope == "mine" else rows
        return Counter(dict(rows.values_list("state").annotate(n=Count("id")).order_by()))

    # --- the line of numbers ------------------------------------------------------------------------------

    @property
    def generating(self) -> int:
        return sum(self.counts[state] for state in RUNNING)

    @property
    def waiting(self) -> int:
        return self.counts[State.WAITING] + self.counts[State.HELD]

    @cached_property
    def finishing(self) -> tuple[str, str]:
        """("about 16:40", "16:25 to 16:55"), or nothing while nothing is known."""
        spans = [span for row in self.moving if (span := self._ready_between(row))]
        if not spans:
            return "", ""
        least, most = max(s[0] for s in spans), max(s[1] for s in spans)
        middle = least + (most - least) / 2
        span = f"{words.clock(least)} to {words.clock(most)}" if most - least >= timedelta(minutes=1) else ""
        return f"about {words.clock(middle)}", span

    def _ready_between(self, row: Generation) -> tuple[datetime, datetime] | None:
        usual = self.around.usual(row)
        if row.state == State.WAITING:
            start = self.around.starts_at(row)
            return (
                (start + timedelta(seconds=usual[0]), start + timedelta(seconds=usual[1]))
                if start and usual
                else None
            )
        left = self.around.left(row)
        return (
            (self.now + timedelta(seconds=left[0]), self.now + timedelta(seconds=left[1])) if left else None
        )

    @cached_property
    def reserved(self) -> int:
        entries = CreditEntry.objects.counted().filter(
            generation__team=self.team, generation__state__in=MOVING, account__in=self.shell.accounts
        )
        entries = entries.filter(generation__person=self.person) if self.scope == "mine" else entries
        return entries.on_hold()

    @cached_property
    def balance(self) -> int | None:
        known = [a.credits for a in self.shell.accounts if not a.is_sandbox and a.credits is not None]
        return sum(known) if known else None

    @cached_property
    def troubles(self) -> list[Trouble]:
        return troubles_of(self.person)

    @cached_property
    def lanes(self) -> list[Lane]:
        return lanes_of(self.shell.accounts, self.now, self.person)

    @cached_property
    def turns(self) -> list[Person]:
        return turns_of(self.shell.accounts)

    @property
    def turns_text(self) -> str:
        return turns_text(self.person, self.turns)

    # --- batches and rows ---------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> list[Group]:
        """Batches with something on its way, newest first; single prompts last."""
        by_batch: dict[int | None, list[Generation]] = defaultdict(list)
        for row in self.moving:
            by_batch[row.batch_id].append(row)
        batches = {row.batch_id: row.batch for row in self.moving if row.batch_id}
        counted = _batch_counts(batches)
        groups = [
            self._batch(batch, by_batch[pk], counted[pk])
            for pk, batch in sorted(batches.items(), reverse=True)
        ]
        hidden = self._hidden()
        if by_batch[None] or hidden:
            single = by_batch[None]
            group = Group("single", "Single prompts", "", Counter(r.state for r in single), private=hidden)
            groups.append(self._filled(group, single))
        return groups

    def _batch(self, batch: Batch, rows: list[Generation], counts: Counter) -> Group:
        many = sum(counts.values())
        source = f", from {batch.source}" if batch.source else ""
        about = f"{many:,} prompt{'s' * (many > 1)} by {rows[0].person.shown_name}{source}"
        mine = batch.person_id == self.person.pk
        return self._filled(
            Group(f"batch-{batch.pk}", batch.name, about, counts, batch=batch, mine=mine), rows
        )

    def _filled(self, group: Group, rows: list[Generation]) -> Group:
        most = MOST_ROWS if self.unfolded == group.id else PER_GROUP
        group.rows, group.more = self.rows_of(rows[:most]), max(0, len(rows) - most)
        return group

    def rows_of(self, rows: Iterable[Generation]) -> list[Row]:
        from ..strip import drawing

        made = []
        for row in rows:
            card = drawing.card_of(row, self.person, self.around)
            standing = self.around.standings.get(row.pk)
            made.append(
                Row(
                    card,
                    credits=f"{self._credits(row):,}",
                    ended="" if row.is_moving else words.clock(row.finished_at),
                    place=standing.place if standing else 0,
                    icon="image" if row.kind == "image" else "type",
                    movable=bool(standing) and (row.person_id == self.person.pk or self.person.is_superuser),
                )
            )
        return made

    def _credits(self, row: Generation) -> int:
        """What is reserved while it moves; afterwards what was spent, which is nothing in the sandbox."""
        if row.is_sandbox:
            return 0
        if row.is_moving:
            return row.expected_credits
        return sum(entry.amount for entry in row.credit_entries.all() if entry.kind == Kind.SPEND)

    def _hidden(self) -> int:
        """Others' private rows: they count, and nothing else of them is shown."""
        if self.scope == "mine" or len(self.moving) >= MOST_ROWS:
            return 0
        return max(0, sum(self.counts.values()) - len(self.moving))

    @property
    def shown_ids(self) -> list[int]:
        """In the order in which the page's poller names them: what moves first."""
        rows = [row.card for group in self.groups for row in group.rows]
        return [int(card.id) for card in sorted(rows, key=lambda card: not card.is_moving)]


def _batch_counts(batches: Iterable[int]) -> dict[int, Counter]:
    counted: dict[int, Counter] = defaultdict(Counter)
    rows = Generation.objects.filter(batch_id__in=list(batches)).values_list("batch_id", "state")
    for batch_id, state, number in rows.annotate(n=Count("id")).order_by():
        counted[batch_id][state] = number
    return counted
