"""Connections (a person's API token) and the Google Flow accounts that stand behind them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from . import clock
from .secret import Secret, SecretField


class Connection(models.Model):
    """One useapi.net token of one person. Write-only: shown afterwards as its last four characters."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    base_url = models.URLField(max_length=300)
    user_number = models.CharField(max_length=20)  # the digits of user:4242-… (flow-api.md 2)
    token = SecretField(editable=False)
    token_end = models.CharField("ends in", max_length=4, editable=False)
    is_sandbox = models.BooleanField(default=False, editable=False)
    # None: not asked yet. True: the vendor took the token. False: it refused, `trouble` says why.
    is_good = models.BooleanField(null=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "base_url", "user_number"], name="one_connection_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"Token ending in {self.token_end} of {self.owner}"

    def give_token(self, text: str) -> None:
        """Store a token (unsaved until save()); forgets what was known about the old one."""
        self.token, self.token_end = Secret.seal(text), text[-4:]
        self.is_good, self.trouble, self.checked_at = None, "", None


class AccountQuerySet(models.QuerySet):
    def usable_by(self, person) -> "AccountQuerySet":
        """Accounts whose credits this person may spend: their own, and those lent to their team."""
        return self.filter(
            Q(connection__owner=person)
            | Q(is_lent=True, connection__owner__memberships__team__memberships__person=person)
        ).distinct()

    def real(self) -> "AccountQuerySet":
        return self.filter(is_sandbox=False)


class Account(models.Model):
    """A Google Flow account, addressed by e-mail under a connection."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="accounts")
    # Copied from the connection, so that the database itself keeps an account unique (architecture.md 9).
    base_url = models.URLField(max_length=300, editable=False)
    user_number = models.CharField(max_length=20, editable=False)
    email = models.EmailField(max_length=254)
    label = models.CharField(max_length=60, blank=True)
    is_sandbox = models.BooleanField(default=False, editable=False)
    is_lent = models.BooleanField("lent to the team", default=False)
    is_chosen = models.BooleanField("in use", default=True)

    # What the vendor last said (flow-api.md 5.3). Health is text: "OK" or absent means usable.
    health = models.CharField(max_length=300, blank=True)
    needs_sign_in = models.BooleanField(default=False)
    tier = models.CharField(max_length=60, blank=True)
    sku = models.CharField(max_length=60, blank=True)
    credits = models.IntegerField(null=True, blank=True)
    vendor_models = models.JSONField(default=list, blank=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    # Pacing: where it starts comes from settings, from there it learns (architecture.md 3.5).
    learned_running = models.PositiveSmallIntegerField(null=True, blank=True)
    running_cap = models.PositiveSmallIntegerField("at most this many at once", null=True, blank=True)
    clean_accepts = models.PositiveIntegerField(default=0, editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    last_image_sent_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    drift = models.IntegerField("spent outside Flowsite", default=0, editable=False)
    # The balance with everything charged that was over by `settled_at`, and nothing later: between these
    # two, and known exactly when they are equal (flow/money/balance.py).
    settled_low = models.IntegerField(null=True, editable=False)
    settled_high = models.IntegerField(null=True, editable=False)
    settled_at = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("base_url", "user_number", Lower("email"), name="one_account_in_the_site")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.email = self.email.lower()
        self.base_url, self.user_number = self.connection.base_url, self.connection.user_number
        self.is_sandbox = self.connection.is_sandbox
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        return self.label or ("Sandbox" if self.is_sandbox else self.masked_email)

    @property
    def masked_email(self) -> str:
        """What people other than the owner see: st***@northlight.studio."""
        user, _, host = self.email.partition("@")
        return f"{user[:2]}***@{host}"

    @property
    def is_healthy(self) -> bool:
        return not self.needs_sign_in and self.connection.is_good is not False


class Rest(models.Model):
    """The account rests because Google asked for it: until when, for which model ("" = all), and why."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rests")
    model = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=60)
    until = models.DateTimeField()
    times = models.PositiveSmallIntegerField(default=1)  # in a row; the hold doubles (flow-api.md 15)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "model", "reason"], name="one_rest_per_reason")
        ]

    def __str__(self) -> str:
        return f"{self.account} rests until {self.until:%H:%M} ({self.reason})"

    @property
    def is_over(self) -> bool:
        return self.until <= clock.now()
