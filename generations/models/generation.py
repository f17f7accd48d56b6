"""A generation: one click, one prompt, one strip of clips; and the attempts to send it.

The two promises about money are held here by the database itself: a request key is used once per
person, and a generation has at most one attempt that is open, accepted or unknown.
"""

from datetime import datetime
from datetime import timezone as tz

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q, TextChoices

from . import clock
from .event import Event
from .ids import made_at, new_id
from .states import (
    ACCEPTED,
    FINISHED,
    HOLDS_THE_CLICK,
    LOOKED_FOR,
    MOVES,
    MOVING,
    WATCHED,
    Outcome,
    State,
    UndeclaredMove,
)
from .team import Team


class Visibility(TextChoices):
    PRIVATE = "private", "Only me"
    TEAM = "team", "Team"


class Origin(TextChoices):
    MADE = "made", "Made here"
    IMPORTED = "imported", "Imported"
    REBUILT = "rebuilt", "Rebuilt from files"
    JOINED = "joined", "Joined here"  # by our own worker, out of clips that are ours; no vendor, no credits


class Lane(TextChoices):
    NOW = "now", "Now"
    BATCH = "batch", "Batch"
    IDLE = "idle", "When idle"


class GenerationQuerySet(models.QuerySet):
    def visible_to(self, person) -> "GenerationQuerySet":
        """What a person may see: their own work and the team's, inside their teams."""
        teams = list(person.memberships.values_list("team_id", flat=True))
        return self.filter(Q(person=person) | Q(visibility=Visibility.TEAM), team_id__in=teams)

    def asking(self, person) -> "GenerationQuerySet":
        """Held rows that wait for this person's yes: over a limit, in a team they own, private ones too."""
        if (team := person.team()) is None or not person.owns(team.pk):
            return self.none()
        return self.filter(state=State.HELD, team=team).exclude(credit_entries__kind="reserve")

    def moving(self) -> "GenerationQuerySet":
        return self.filter(state__in=MOVING)

    def waiting(self) -> "GenerationQuerySet":
        return self.filter(state=State.WAITING)

    def due_for_poll(self, moment) -> "GenerationQuerySet":
        return self.filter(state__in=WATCHED, due_at__lte=moment).order_by("due_at")

    def due_for_reconcile(self, moment) -> "GenerationQuerySet":
        """What may have been accepted: looked for while it is uncertain, and while its POST hangs."""
        return self.filter(state__in=LOOKED_FOR, due_at__lte=moment).order_by("due_at")

    def changed_since(self, version: int) -> "GenerationQuerySet":
        return self.filter(version__gt=version)

    def numbered(self, label: str) -> "GenerationQuerySet":
        """The generation people call 228, or S3 in the sandbox; nothing for anything else."""
        sandbox = label[:1] in "Ss"
        digits = label[1:] if sandbox else label
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            return self.none()
        return self.filter(number=int(digits), is_sandbox=sandbox)


class Generation(models.Model):
    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="generations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="generations")
    account = models.ForeignKey("generations.Account", on_delete=models.PROTECT, related_name="generations")
    is_sandbox = models.BooleanField(default=False, editable=False)
    number = models.PositiveIntegerField(editable=False)
    # The click: made by the server with the form, used once (architecture.md 9).
    request_key = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64, editable=False)

    # What was asked for (catalog.request.Request, frozen); the columns repeat what is searched and counted.
    request = models.JSONField(editable=False)
    prompt = models.TextField()
    mode = models.CharField(max_length=12)
    kind = models.CharField(max_length=5)  # video or image
    model = models.CharField(max_length=60)
    ratio = models.CharField(max_length=5)
    seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(default=1)
    expected_credits = models.PositiveIntegerField(default=0)
    expected_seconds = models.PositiveIntegerField(default=0)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING, editable=False)
    version = models.BigIntegerField(default=0, editable=False)
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.TEAM)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.MADE, editable=False)
    batch = models.ForeignKey(
        "generations.Batch", on_delete=models.SET_NULL, null=True, blank=True, related_name="generations"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    relation = models.CharField(
        max_length=12, blank=True
    )  # again, reroll, extend …: what it is to its parent
    lane = models.CharField(max_length=5, choices=Lane, default=Lane.NOW)
    priority = models.SmallIntegerField(default=0)
    position = models.BigIntegerField(default=0)  # within the person's line; lower goes first

    # The next moment the engine must act on this row: send, look, reconcile. Whoever takes it pushes it on.
    due_at = models.DateTimeField(default=clock.now)
    waits = models.PositiveSmallIntegerField(default=0)  # refused sends that may wait, so far
    wait_reason = models.CharField(max_length=60, blank=True)  # failure class of the last one
    looks = models.PositiveIntegerField(default=0)  # polls so far
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    uncertain_at = models.DateTimeField(null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)  # the vendor said so
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    failure = models.CharField(max_length=40, blank=True)  # class of flow-api.md 24
    failure_reason = models.CharField(max_length=200, blank=True)  # the vendor's own word
    failure_text = models.TextField(blank=True)  # redacted, at most 4 KB

    objects = GenerationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "request_key"], name="one_generation_per_click"),
            models.UniqueConstraint(fields=["team", "is_sandbox", "number"], name="each_number_once"),
            models.CheckConstraint(
                condition=~Q(origin="made") | ~Q(state__in=ACCEPTED) | Q(accepted_at__isnull=False),
                name="accepted_rows_know_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED, finished_at__isnull=False)
                | (~Q(state__in=FINISHED) & Q(finished_at__isnull=True)),
                name="finished_exactly_when_over",
            ),
        ]
        # Whole indexes, not partial ones: SQLite uses a partial index only for the very same expression.
        indexes = [
            models.Index(fields=["state", "due_at"], name="rows_to_act_on"),
            models.Index(fields=["team", "version"], name="changes_of_a_team"),
            models.Index(fields=["team", "-id"], name="newest_of_a_team"),
            models.Index(fields=["person", "-id"], name="newest_of_a_person"),
            models.Index(fields=["account", "state"], name="running_of_an_account"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """228, or S3 for sandbox work."""
        return f"S{self.number}" if self.is_sandbox else str(self.number)

    @property
    def made_at(self):
        return datetime.fromtimestamp(made_at(self.pk), tz.utc)

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    def move(
        self, to: State, *, by=None, why: str = "", verb: str = "", data: dict | None = None, **changes
    ) -> bool:
        """Move to another state, with an event, in one transaction; the only door.

        Returns False when somebody else has moved the row meanwhile (then nothing is written). `changes`
        are columns set in the same update. Call it last in a transaction: it raises the team's version.
        Raises UndeclaredMove for a move that is not in MOVES.
        """
        if to not in MOVES[State(self.state)]:
            raise UndeclaredMove(f"{self.state} to {to}")
        changes |= {"state": to, "finished_at": clock.now() if to in FINISHED else None}
        with transaction.atomic():
            if not Generation.objects.filter(pk=self.pk, state=self.state).update(**changes):
                return False
            Event.objects.create(
                generation_id=self.pk,
                team_id=self.team_id,
                by=by,
                verb=verb or str(to),
                from_state=self.state,
                to_state=to,
                why=why[:500],
                data=data or {},
            )
            self.version = touch(self.team_id, [self.pk], are_locked=True)
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def note(self, verb: str, *, by=None, why: str = "", data: dict | None = None, **changes) -> None:
        """Write down something that happened without a move, optionally setting columns, and show it."""
        with transaction.atomic():
            if changes:
                Generation.objects.filter(pk=self.pk).update(**changes)
            Event.objects.create(
                generation_id=self.pk, team_id=self.team_id, by=by, verb=verb, why=why[:500], data=data or {}
            )
            self.version = touch(self.team_id, [self.pk], are_locked=bool(changes))
        for name, value in changes.items():
            setattr(self, name, value)

    def attempt(self) -> "Attempt | None":
        """The attempt that holds the click (open, accepted or unknown), else the latest."""
        attempts = sorted(self.attempts.all(), key=lambda a: a.number, reverse=True)
        return next((a for a in attempts if a.outcome in HOLDS_THE_CLICK), attempts[0] if attempts else None)


def touch(team_id: int, ids: list[int], *, are_locked: bool = False) -> int:
    """Give these generations the team's next version; call it as the last statement of a transaction.

    `are_locked`: the caller has changed these rows already, in this transaction.
    """
    if not are_locked and connection.features.has_select_for_update:
        # Rows first, then the team, as `move` does; the other way round the two wait for each other for ever.
        list(
            Generation.objects.select_for_update(no_key=True)
            .filter(pk__in=ids)
            .order_by("pk")
            .values_list("pk")
        )
    version = Team.bump(team_id)
    Generation.objects.filter(pk__in=ids).update(version=version)
    return version


class Attempt(models.Model):
    """One try to send, written down and committed before the first byte leaves (architecture.md 3.2)."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="attempts")
    account = models.ForeignKey("generations.Account", on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    # Travels as replyRef: site, generation, attempt, and 128 random bits.
    reference = models.CharField(max_length=120, unique=True)
    outcome = models.CharField(max_length=14, choices=Outcome, default=Outcome.OPEN)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField()
    sender = models.CharField(max_length=120, blank=True)  # machine, process: a dead one is noticed at once
    base_url = models.URLField(max_length=300)
    user_number = models.CharField(max_length=20)
    job_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (unique when known)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    reply = models.TextField(blank=True)  # redacted, at most 4 KB
    evidence = models.JSONField(default=dict, blank=True)  # what reconciling has seen so far
    hints = models.JSONField(default=list, blank=True)  # job ids that callbacks named: read, not trusted
    look_at = models.DateTimeField(null=True, blank=True)  # next look for one that was written off
    # A look found it neither running nor among jobs that could not be read: it fills no slot.
    not_running_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation"],
                condition=Q(outcome__in=HOLDS_THE_CLICK),
                name="one_attempt_holds_the_click",
            ),
            models.UniqueConstraint(fields=["generation", "number"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["base_url", "user_number", "job_id"],
                condition=Q(job_id__isnull=False),
                name="each_job_belongs_to_one_attempt",
            ),
        ]
        indexes = [
            models.Index(fields=["outcome", "lease_until"], name="open_attempts"),
            models.Index(fields=["look_at"], name="written_off_to_look_for"),
            models.Index(fields=["account", "-opened_at"], name="attempts_of_an_account"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} of {self.generation_id}"

    def close(self, outcome: Outcome, **changes) -> bool:
        """Decide an open or unknown attempt; False when somebody else has decided it."""
        changes |= {"outcome": outcome, "closed_at": clock.now()}
        expected = [Outcome.OPEN, Outcome.UNKNOWN]
        won = (
            Attempt.objects.filter(pk=self.pk, outcome__in=expected)
            .exclude(outcome=outcome)
            .update(**changes)
        )
        if won:
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(won)
