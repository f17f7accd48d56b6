"""One media file that is ours: a frame of a strip, from the vendor's listing to the file on disk."""

from django.db import models
from django.db.models import Q

from . import clock
from .generation import Generation
from .ids import new_id
from .states import ClipState

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class ClipQuerySet(models.QuerySet):
    def visible_to(self, person) -> "ClipQuerySet":
        return self.filter(generation__in=Generation.objects.visible_to(person))

    def ready(self) -> "ClipQuerySet":
        """Saved and checked; said by what it is not, or SQLite goes through every ready clip by its index."""
        return self.exclude(state__in=[ClipState.SAVING, ClipState.FAILED])

    def due_for_saving(self, moment) -> "ClipQuerySet":
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=moment),
            state=ClipState.SAVING,
            due_at__lte=moment,
        ).order_by("due_at")

    def without_posters(self) -> "ClipQuerySet":
        return self.filter(state=ClipState.READY, posters_at__isnull=True)


class Clip(models.Model):
    """READY means: hashed, opened, and renamed into the library. Posters follow at lower priority."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="clips")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5)  # video or image
    state = models.CharField(max_length=6, choices=ClipState, default=ClipState.SAVING)
    seed = models.BigIntegerField(null=True, blank=True)

    # The other side: the id renews a dead link (flow-api.md 7.2); links are signed and never shown.
    media_id = models.CharField(max_length=600, blank=True)
    source_url = models.TextField(blank=True)
    thumbnail_url = models.TextField(blank=True)
    url_expires_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    wrong_bodies = models.PositiveSmallIntegerField(default=0)  # answers of the media host that were no media
    trouble = models.CharField(max_length=300, blank=True)  # why it is not saved yet, or failed
    failure = models.CharField(max_length=40, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)

    # Our file, below the media store; names come from us, never from the vendor.
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    saved_bytes = models.BigIntegerField(default=0)
    content_type = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    length = models.FloatField(null=True, blank=True)  # seconds
    frame_rate = models.FloatField(null=True, blank=True)
    has_sound = models.BooleanField(default=False)
    # How the file is made (library.joining.Streams); a worker looks when a scene first asks.
    streams = models.JSONField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    posters_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # by the nightly scrub

    objects = ClipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "position"], name="one_clip_per_place"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & ~Q(file="")), name="ready_clips_have_a_file"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="clips_to_save"),
            models.Index(fields=["state", "posters_at"], name="clips_without_posters"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def letter(self) -> str:
        return LETTERS[self.position]

    @property
    def label(self) -> str:
        """228a: the generation's number and the letter of the frame."""
        return f"{self.generation.label}{self.letter}"
