"""How an account stands beside its credits: the day's free allowances, and how its captchas fare.

Shown to the owner of the token only (Settings, Flow accounts).
"""

from dataclasses import dataclass

from ...flow.money import allowance
from ...flow.people import captcha
from ...models import Account, Connection, Errand
from ...models.errand import ErrandKind, ErrandState
from .. import words

# What Google's words mean for somebody who is not a programmer (flow-api.md 24.1).
REASONS = {
    "PUBLIC_ERROR_UNUSUAL_ACTIVITY": "not trusted by Google",
    "PUBLIC_ERROR_UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC": "too much traffic",
    "0": "solver not reached",
}
FEW = 10  # tries, below which a rate says nothing
LOW = 50  # per cent


@dataclass(frozen=True)
class Standing:
    """One token's captchas in words; `connection` names it."""

    connection: Connection
    solvers: str
    today: str
    share: int | None  # per cent accepted
    accepted: int
    tries: int
    reasons: str
    advice: str
    at: str
    reading: bool
    trouble: str = ""


def gauges_of(account: Account) -> list[allowance.Gauge]:
    """The free allowances of today, for real accounts."""
    return [] if account.is_sandbox else allowance.today(account)


def captcha_of(connection: Connection, by) -> Standing:
    """What is known; asks a worker to look when the last look is old."""
    last = captcha.newest(connection)
    if not captcha.is_fresh(last) and connection.is_good is not False:
        captcha.ask(connection, by)
    under_way = Errand.objects.filter(
        kind=ErrandKind.CAPTCHA, connection=connection, state__in=[ErrandState.WAITING, ErrandState.RUNNING]
    ).exists()
    if last is None or last.state == ErrandState.FAILED:
        trouble = last.sentence if last else ""
        return Standing(connection, "", "", None, 0, 0, "", "", "", under_way, trouble)
    told = last.result
    tries, accepted = told["tries"], told["accepted"]
    share = round(100 * accepted / tries) if tries else None
    reasons = [f"{REASONS.get(word, word)} {many}" for word, many in told["reasons"]]
    return Standing(
        connection,
        _solvers(told),
        f"{accepted:,} of {tries:,} accepted" if tries else "none asked for yet",
        share,
        accepted,
        tries,
        ", ".join(reasons),
        _advice(told, share),
        words.clock(last.done_at),
        under_way,
    )


def _solvers(told: dict) -> str:
    if told["solvers"]:
        return ", ".join(told["solvers"])
    if told["free"] is None:
        return "none set"
    return f"free solves of useapi.net, {told['free']:,} left"


def _advice(told: dict, share: int | None) -> str:
    """What helps, in the order in which it helps."""
    if not told["solvers"] and not told["free"]:
        return "There is nobody to solve them: set up a solver at useapi.net."
    if share is not None and told["tries"] >= FEW and share < LOW:
        return "Few are accepted. Sending more slowly helps most; a second solver at useapi.net helps next."
    return ""
