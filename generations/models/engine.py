"""What the engine writes down about itself: leases, heartbeats, and the switches of the site."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from . import clock

# Jobs on their way carry the address they were sent with; the vendor keeps a job so long (flow-api.md 11.1).
OLD_HOOK_LIVES = timedelta(days=7)


def new_site_id() -> str:
    return secrets.token_hex(4)


def new_hook_secret() -> str:
    return secrets.token_urlsafe(24)


class EngineLease(models.Model):
    """A role that one process holds for a while ("pump", "poll", "save", "send:12:0").

    The token is new with every claim, so that a holder whose lease ran out cannot mistake a later
    claim for its own (stack.md, trap 16).
    """

    name = models.CharField(max_length=60, primary_key=True)
    token = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, seconds: float) -> str | None:
        """Take the role if it is free; returns the token of this claim, or None."""
        token, moment = secrets.token_hex(12), clock.now()
        until = moment + timedelta(seconds=seconds)
        # A lease longer than any can be was written by a clock that ran ahead; its holder may be long dead.
        over = Q(until__lt=moment) | Q(token="") | Q(until__gt=moment + 2 * timedelta(seconds=seconds))
        if cls.objects.filter(over, name=name).update(token=token, until=until):
            return token
        if cls.objects.filter(name=name).exists():
            return None
        try:
            with transaction.atomic():
                cls.objects.create(name=name, token=token, until=until)
        except IntegrityError:
            return None
        return token

    @classmethod
    def keep(cls, name: str, token: str, seconds: float) -> bool:
        """Hold the role longer; False when somebody else has it by now."""
        until = clock.now() + timedelta(seconds=seconds)
        return bool(cls.objects.filter(name=name, token=token).update(until=until))

    @classmethod
    def leave(cls, name: str, token: str) -> None:
        cls.objects.filter(name=name, token=token).update(token="", until=clock.now())


class Heartbeat(models.Model):
    """One row per cluster of workers. A living process is no proof of work (stack.md 2.2); this is."""

    cluster = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()
    stop_asked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.cluster

    @classmethod
    def beat(cls, cluster: str) -> bool:
        """Write the heartbeat; returns whether this cluster has been asked to stop."""
        moment = clock.now()
        if not cls.objects.filter(cluster=cluster).update(beat_at=moment):
            cls.objects.get_or_create(cluster=cluster, defaults={"beat_at": moment})
        return cls.objects.filter(cluster=cluster, stop_asked_at__isnull=False).exists()

    @classmethod
    def newest(cls) -> datetime | None:
        return cls.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()


class Site(models.Model):
    """One row: who this site is, and the switches that hold everything."""

    site_id = models.CharField(max_length=12, default=new_site_id, editable=False)
    spending_stopped_at = models.DateTimeField("all sending stopped since", null=True, blank=True)
    saving_stopped_at = models.DateTimeField("saving stopped since", null=True, blank=True, editable=False)
    saving_trouble = models.CharField(max_length=300, blank=True, editable=False)
    # In the path of the address that the vendor may call (flow-api.md 14), and the one before it.
    hook_secret = models.CharField(max_length=64, default=new_hook_secret, editable=False)
    hook_secret_before = models.CharField(max_length=64, blank=True, editable=False)
    hook_rotated_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "site"

    def __str__(self) -> str:
        return "The site"

    @classmethod
    def current(cls) -> "Site":
        site = cls.objects.first()
        return site or cls.objects.get_or_create(pk=1)[0]

    def knows_hook(self, secret: str) -> bool:
        """Whether a callback carries our secret, or the one before while it lives; in constant time."""
        is_new = secrets.compare_digest(secret.encode(), self.hook_secret.encode())
        is_old = secrets.compare_digest(secret.encode(), self.hook_secret_before.encode())
        lives = self.hook_rotated_at and clock.now() - self.hook_rotated_at < OLD_HOOK_LIVES
        return is_new or bool(is_old and lives and self.hook_secret_before)

    def rotate_hook(self) -> None:
        """A new secret from now on; the old one is still answered for seven days."""
        self.hook_secret_before, self.hook_secret = self.hook_secret, new_hook_secret()
        self.hook_rotated_at = clock.now()
        self.save(update_fields=["hook_secret", "hook_secret_before", "hook_rotated_at"])
