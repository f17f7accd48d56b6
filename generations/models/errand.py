"""Small questions to the vendor that a page asked for and a worker runs; the web never calls it itself.

An errand may be lost, repeated or run twice without harm; its answer is written into `result`.
"""

from django.conf import settings
from django.db import models
from django.db.models import TextChoices

from . import clock


class ErrandKind(TextChoices):
    READ_ACCOUNTS = "read_accounts", "Read the accounts of a token"
    READ_ACCOUNT = "read_account", "Read plan, credits and models of an account"
    RECONCILE = "reconcile", "Check one uncertain generation with Google"
    STREAMS = "streams", "Look how a clip's file is made, for a scene"
    CHECK_PICTURE = "check_picture", "Look at a picture that came in"
    UPLOAD_PICTURE = "upload_picture", "Bring a picture to an account"
    DELETE_PICTURE = "delete_picture", "Delete a picture here and at Google"
    FRAME = "frame", "Take a picture out of a clip"
    READ_CAST = "read_cast", "Read characters and voices of an account"
    MAKE_CHARACTER = "make_character", "Make a character"
    DELETE_CHARACTER = "delete_character", "Delete a character at Google"
    MAKE_VOICE = "make_voice", "Make a voice"
    DELETE_VOICE = "delete_voice", "Delete a voice at Google"
    CAPTCHA = "captcha", "Read how the captcha solvers fare"


class ErrandState(TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Errand(models.Model):
    kind = models.CharField(max_length=20, choices=ErrandKind)
    state = models.CharField(max_length=8, choices=ErrandState, default=ErrandState.WAITING)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    connection = models.ForeignKey("generations.Connection", on_delete=models.CASCADE, null=True, blank=True)
    account = models.ForeignKey("generations.Account", on_delete=models.CASCADE, null=True, blank=True)
    generation = models.ForeignKey("generations.Generation", on_delete=models.CASCADE, null=True, blank=True)
    picture = models.ForeignKey("generations.Picture", on_delete=models.CASCADE, null=True, blank=True)
    clip = models.ForeignKey("generations.Clip", on_delete=models.CASCADE, null=True, blank=True)
    asked = models.JSONField(default=dict, blank=True)  # what else the kind needs to know
    sentence = models.CharField(max_length=400, blank=True)  # what happened, fit for the person
    result = models.JSONField(default=dict, blank=True)
    took = models.FloatField(null=True, blank=True)  # seconds
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="errands_to_run")]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_over(self) -> bool:
        return self.state in {ErrandState.DONE, ErrandState.FAILED}
