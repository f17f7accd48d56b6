"""Small questions that a page has asked for, run by a worker; the page polls the row for the answer."""

import logging
import time
from datetime import datetime, timedelta

from django.db.models import Q

from ...models import Account, Connection, Errand, Rest, clock
from ...models.errand import ErrandKind, ErrandState
from ...models.secret import KeyIsMissing
from ...models.states import MOVING
from ...vendor.accounts import AccountDetail, AccountSummary, account_named
from ...vendor.errors import BadToken, FlowError, NoSubscription, NotFound, SignedOut
from .. import reconcile
from ..inputs.bring import ANSWERS as BRINGING
from ..inputs.cast import ANSWERS as CASTING
from ..money import balance
from ..scenes.join import look as look_at_streams
from . import connect
from .captcha import ANSWERS as CAPTCHA

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
LONG_LEASE = timedelta(seconds=700)  # up to 320 s for 100 MB (flow-api.md 2.1), and once more
STALE = timedelta(minutes=10)
REPAIRED = ("credits", "subscription", "token", "account_signed_out")


def due(*, pictures: bool = False):
    """What is to be run: pictures, which may take minutes to upload, or all other questions."""
    moment = clock.now()
    free = Q(state=ErrandState.WAITING) | Q(state=ErrandState.RUNNING, lease_until__lt=moment)
    found = Errand.objects.filter(free, due_at__lte=moment).order_by("due_at", "id")
    return found.filter(kind__in=BRINGING) if pictures else found.exclude(kind__in=BRINGING)


def ask_stale() -> None:
    """Ask about accounts whose balance and health are not known, or old while their work is moving.

    Once work has ended, the balance is asked for again: only that tells what it has cost.
    """
    old = clock.now() - STALE
    moving = Q(read_at__lt=old, generations__state__in=MOVING)
    asked = Errand.objects.filter(
        kind=ErrandKind.READ_ACCOUNT, state__in=[ErrandState.WAITING, ErrandState.RUNNING]
    )
    stale = Account.objects.filter(Q(read_at__isnull=True) | moving, is_chosen=True, paused_at__isnull=True)
    stale = stale.exclude(connection__is_good=False).exclude(pk__in=asked.values("account_id"))
    lately = Errand.objects.filter(kind=ErrandKind.READ_ACCOUNT, made_at__gt=old)
    for account in stale.exclude(pk__in=lately.values("account_id")).distinct()[:20]:
        Errand.objects.create(kind=ErrandKind.READ_ACCOUNT, account=account, connection=account.connection)
    _ask_what_it_cost()


def _ask_what_it_cost() -> None:
    """Ask for the balance of accounts where something has ended since the last one was told."""
    asked = Errand.objects.filter(kind=ErrandKind.READ_ACCOUNT)
    busy = asked.filter(state__in=[ErrandState.WAITING, ErrandState.RUNNING])
    usable = Account.objects.filter(is_chosen=True, paused_at__isnull=True, needs_sign_in=False)
    usable = usable.exclude(connection__is_good=False).exclude(pk__in=busy.values("account_id"))
    for account in balance.unchecked(usable.select_related("connection")):
        # An account that answers without a balance must not be asked for ever.
        if not asked.filter(account=account, made_at__gt=clock.now() - 2 * balance.lag(account)).exists():
            connect.ask(ErrandKind.READ_ACCOUNT, account=account, connection=account.connection)


WITH_ALL = ("connection", "account__connection", "generation", "person", "picture", "clip__generation")


def run_due(limit: float, *, pictures: bool = False) -> None:
    """Run what is due, one after another, until nothing is left or `limit` seconds are over."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        errand = due(pictures=pictures).select_related(*WITH_ALL).first()
        if errand is None:
            return
        until = clock.now() + (LONG_LEASE if _takes_long(errand) else LEASE)
        free = due(pictures=pictures).filter(pk=errand.pk)
        mine = free.update(state=ErrandState.RUNNING, lease_until=until)
        if mine:
            run(errand)


def _takes_long(errand: Errand) -> bool:
    """Films, and what must not be begun by a second worker while the first still uploads."""
    return errand.kind in CASTING or (errand.picture is not None and errand.picture.kind == "video")


def run(errand: Errand) -> None:
    """Run one errand; whatever happens ends as a sentence in its row."""
    begun = time.monotonic()
    try:
        sentence, result, state = *ANSWERS[errand.kind](errand), ErrandState.DONE
    except (FlowError, KeyIsMissing) as trouble:
        sentence, result, state = connect.in_words(trouble), {}, ErrandState.FAILED
        note_trouble(errand, trouble)
    except Exception:
        # A bug with one errand must neither stop the others nor be asked again for ever.
        log.exception("Errand %s went wrong", errand.pk)
        sentence, result, state = "Something went wrong here. Nothing was spent.", {}, ErrandState.FAILED
    Errand.objects.filter(pk=errand.pk).update(
        state=state,
        sentence=sentence[:400],
        result=result,
        took=round(time.monotonic() - begun, 2),
        done_at=clock.now(),
        lease_until=None,
    )


def note_trouble(errand: Errand, trouble: Exception) -> None:
    connection = errand.connection or (errand.account.connection if errand.account else None)
    if isinstance(trouble, BadToken | NoSubscription) and connection:
        connect.token_refused(connection, connect.in_words(trouble))
    if isinstance(trouble, SignedOut) and errand.account:
        connect.signed_out(errand.account, trouble.text or connect.in_words(trouble))


def read_accounts(errand: Errand) -> tuple[str, dict]:
    """Which Google accounts stand behind a token (flow-api.md 5.1), and how each feels."""
    connection: Connection = errand.connection
    client = connect.client_for(connection)
    found = client.accounts()
    connect.token_good(connection)
    listed = []
    for email, summary in found.items():
        listed.append({"email": email, "health": summary.health, "ok": summary.ok, **_plan(client, email)})
        known = Account.objects.filter(connection=connection, email__iexact=email)
        known.update(health=summary.health[:300], needs_sign_in=not summary.ok)
    if not listed:
        return (
            "The token works, but no Google account is connected under it yet. Connect one at useapi.net.",
            {},
        )
    return f"{len(listed)} Google account{'s' * (len(listed) > 1)} behind this token.", {"accounts": listed}


def _plan(client, email: str) -> dict:
    """Plan and credits beside each name, where the vendor tells them; a signed-out account often does not."""
    try:
        detail = client.account(email, tries=1)
    except FlowError:
        return {}
    return {"plan": detail.plan_hint, "tier": detail.tier, "sku": detail.sku, "credits": detail.credits}


def read_account(errand: Errand) -> tuple[str, dict]:
    """Plan, credits and prices of one account (flow-api.md 5.3)."""
    account: Account = errand.account
    client, asked_at = connect.client_for(account), clock.now()
    summary = account_named(client.accounts(), account.email)
    if summary is None:
        raise NotFound(f"{account.email} is not connected under this token.", status=404)
    detail = client.account(account.email)
    connect.token_good(account.connection)
    learn(account, detail, summary, asked_at=asked_at)
    if account.needs_sign_in:
        return f"Google says: {account.health}", {"models": len(detail.models), "credits": detail.credits}
    return "The account answers.", {"models": len(detail.models), "credits": detail.credits}


def learn(
    account: Account,
    detail: AccountDetail,
    summary: AccountSummary | None = None,
    *,
    asked_at: datetime | None = None,
) -> None:
    """Keep what the vendor says. Health is read, never inferred from a status (flow-api.md 5.1).

    The balance goes through `balance.heard`, which compares it with the ledger; `asked_at` is when the
    question left.
    """
    ok = detail.ok and (summary is None or summary.ok)
    account.health = (detail.health if not detail.ok or summary is None else summary.health)[:300]
    account.needs_sign_in = not ok
    account.tier, account.sku = detail.tier[:60], detail.sku[:60]
    balance.heard(account.pk, detail.credits, since=asked_at or clock.now())
    account.refresh_from_db(fields=["credits", "drift", "settled_low", "settled_high", "settled_at"])
    if detail.models:
        account.vendor_models = [
            {
                "key": m.key,
                "displayName": m.display_name,
                "modelMetadata": {"veoModelName": m.veo_name},
                "videoLengthSeconds": m.length_seconds,
                "videoGenerationTimeSeconds": m.expected_seconds,
                "creditCost": m.credit_cost,
                "supportedAspectRatios": list(m.aspect_ratios),
                "capabilities": list(m.capabilities),
                "paygateTier": m.paygate_tier,
            }
            for m in detail.models
        ]
    if account.credits and ok:
        # What a person had to repair has been repaired: its line need not wait for the table's time.
        Rest.objects.filter(account=account, reason__in=REPAIRED).delete()
    account.read_at = clock.now()
    account.save(update_fields=["health", "needs_sign_in", "tier", "sku", "vendor_models", "read_at"])


def check_generation(errand: Errand) -> tuple[str, dict]:
    return reconcile.look_for(errand.generation), {}


ANSWERS = {
    ErrandKind.READ_ACCOUNTS: read_accounts,
    ErrandKind.READ_ACCOUNT: read_account,
    ErrandKind.RECONCILE: check_generation,
    ErrandKind.STREAMS: look_at_streams,
    **BRINGING,
    **CASTING,
    **CAPTCHA,
}
