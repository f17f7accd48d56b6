"""Wrong passwords, counted where all web processes see them, so that guessing gets slower and slower."""

import hashlib
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F

from . import clock

FREE_TRIES = 5
FIRST_WAIT = 10.0  # seconds after the fifth wrong password; each further one doubles it
LONGEST_WAIT = 15 * 60.0
FORGOTTEN_AFTER = timedelta(days=1)


class SignInTries(models.Model):
    """Wrong passwords in a row for one name from one neighbourhood of addresses."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "sign-in tries"
        indexes = [models.Index(fields=["last_at"], name="old_sign_in_tries")]

    def __str__(self) -> str:
        return f"{self.failures} wrong passwords"

    @staticmethod
    def key_of(name: str, neighbourhood: str) -> str:
        """What is stored instead of the name and the address themselves."""
        return hashlib.sha256(f"{name.strip().lower()}\n{neighbourhood}".encode()).hexdigest()

    @classmethod
    def wait(cls, key: str) -> float:
        """Seconds until the next try is looked at; 0 when it may come now."""
        until = cls.objects.filter(pk=key).values_list("blocked_until", flat=True).first()
        return max(0.0, (until - clock.now()).total_seconds()) if until else 0.0

    @classmethod
    def failed(cls, key: str) -> None:
        """Count one more; from the fifth on, close the door for a while."""
        moment = clock.now()
        cls.objects.filter(last_at__lt=moment - FORGOTTEN_AFTER).delete()
        with transaction.atomic():
            cls.objects.get_or_create(pk=key, defaults={"last_at": moment})
            cls.objects.filter(pk=key).update(failures=F("failures") + 1, last_at=moment)
            failures = cls.objects.values_list("failures", flat=True).get(pk=key)
            if failures >= FREE_TRIES:
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - FREE_TRIES, 20))
                cls.objects.filter(pk=key).update(blocked_until=moment + timedelta(seconds=wait))

    @classmethod
    def forget(cls, key: str) -> None:
        cls.objects.filter(pk=key).delete()
