"""How fast an account may be driven: where it starts, what it has learned, what it must not exceed.

Starts come from settings (flow-api.md 15: one submission in flight, 10 s between, five running, three
images). From there the account learns: up by one after a run of clean acceptances, halved on a 429.
FLOW_SPEED divides our own waits, and only for accounts on loopback; never what the vendor has stated.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from ...models import Account

CLEAN_RUN = 3  # acceptances without a refusal before one more may run at once
HIGHEST_LEARNED = 40


def speed(account: Account) -> float:
    """What our own waits are divided by for this account."""
    host = urlsplit(account.base_url).hostname or ""
    return settings.FLOW_SPEED if host == "localhost" or host.startswith("127.") or host == "::1" else 1.0


def gap(account: Account) -> timedelta:
    """Least time from one submission's start to the next."""
    return timedelta(seconds=settings.SUBMIT_GAP / speed(account))


def at_once(kind: str) -> int:
    """Submissions in flight: clips are accepted one by one; pictures are made while we wait."""
    return settings.IMAGES_AT_ONCE if kind == "image" else settings.SUBMITS_AT_ONCE


def running_limit(account: Account) -> int:
    """Clips that may run at the same time on this account."""
    learned = account.learned_running or settings.RUNNING_CLIPS
    return max(1, min(learned, account.running_cap or HIGHEST_LEARNED))


def learn_acceptance(account: Account) -> None:
    """One more clean acceptance; raises the limit after a run of them."""
    Account.objects.filter(pk=account.pk).update(clean_accepts=F("clean_accepts") + 1)
    account.refresh_from_db(fields=["clean_accepts", "learned_running", "running_cap"])
    if account.clean_accepts >= CLEAN_RUN:
        higher = min(running_limit(account) + 1, account.running_cap or HIGHEST_LEARNED)
        Account.objects.filter(pk=account.pk, clean_accepts__gte=CLEAN_RUN).update(
            learned_running=higher, clean_accepts=0
        )


def learn_refusal(account: Account) -> None:
    """The vendor said "too many": half as many from now on."""
    Account.objects.filter(pk=account.pk).update(
        learned_running=max(1, running_limit(account) // 2), clean_accepts=0
    )
