"""Pictures and films people bring (frames, ingredients, clips to edit), and where each has been uploaded."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.enums import TextChoices

from .generation import Generation


class PictureState(TextChoices):
    CHECKING = "checking", "Being checked"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"


class PictureQuerySet(models.QuerySet):
    def visible_to(self, person) -> "PictureQuerySet":
        """A person's own, and those inside generations that this person may see."""
        seen = InputUse.objects.filter(generation__in=Generation.objects.visible_to(person))
        return self.filter(Q(person=person) | Q(pk__in=seen.values("picture_id")))


class Picture(models.Model):
    """A picture or a film of a person's: the same bytes are kept once per person.

    It comes in as it is, `checking`; a worker looks at it and writes it again without metadata, and from
    then on `file`, `sha256` and `size` are those of the clean copy (library/intake.py).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pictures")
    kind = models.CharField(max_length=5, default="image")  # image or video
    state = models.CharField(max_length=8, choices=PictureState, default=PictureState.READY)
    sentence = models.CharField(max_length=400, blank=True)  # why it was refused
    source_sha256 = models.CharField(max_length=64, blank=True)  # of the bytes as they came
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=200)  # below the media store
    thumb = models.CharField(max_length=200, blank=True)  # a small WebP
    name = models.CharField(max_length=200, blank=True)  # as the person called it
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)  # of a film
    # Of a frame that was taken here: whose it is, and at which second.
    frame_of = models.ForeignKey(
        "generations.Clip", on_delete=models.SET_NULL, null=True, blank=True, related_name="frames"
    )
    frame_at = models.FloatField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "source_sha256"],
                condition=~Q(source_sha256=""),
                name="each_file_once_per_person",
            )
        ]
        indexes = [models.Index(fields=["person", "sha256"], name="pictures_by_content")]

    def __str__(self) -> str:
        return self.name or self.sha256[:12]

    @property
    def frames(self) -> int | None:
        """How long a film is on the vendor's timeline of 24 frames a second (flow-api.md 9.1)."""
        return None if self.seconds is None else round(self.seconds * 24)


class Upload(models.Model):
    """Free, repeatable, once per account and content (flow-api.md 7.1)."""

    account = models.ForeignKey("generations.Account", on_delete=models.CASCADE, related_name="uploads")
    sha256 = models.CharField(max_length=64)
    media_id = models.CharField(max_length=600)
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="one_upload_per_account")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} at {self.account}"


class InputUse(models.Model):
    """A generation stands on this picture or clip: where it was used, and who may see it through that."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="input_uses")
    slot = models.CharField(max_length=40)
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, null=True, blank=True, related_name="uses")
    clip = models.ForeignKey(
        "generations.Clip", on_delete=models.CASCADE, null=True, blank=True, related_name="uses"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "slot"], name="one_input_per_slot"),
            models.CheckConstraint(
                condition=Q(picture__isnull=True) ^ Q(clip__isnull=True), name="a_picture_or_a_clip"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot} of {self.generation}"
