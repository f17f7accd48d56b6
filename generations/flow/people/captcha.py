"""Captcha: we never solve or send any (flow-api.md 6.1); the token's owner is told how the solvers fare.

An errand reads it; the newest answer is kept in its row. The vendor itself is up to 15 minutes behind.
"""

from datetime import timedelta

from ...models import Connection, Errand, Person, clock
from ...models.errand import ErrandKind
from ...vendor.captcha import Day, Solvers
from . import connect

FRESH = timedelta(minutes=10)  # the vendor keeps an answer for 5 minutes


def ask(connection: Connection, by: Person) -> Errand:
    """Ask a worker to look; one that is under way is enough."""
    return connect.ask(ErrandKind.CAPTCHA, person=by, connection=connection)


def read(errand: Errand) -> tuple[str, dict]:
    """Which solvers there are, and today's figures."""
    client = connect.client_for(errand.connection)
    solvers = Solvers.read(client.captcha_providers())
    day = Day.read(client.captcha_stats())
    result = {
        "solvers": list(solvers.names),
        "free": solvers.free,
        "date": day.date,
        "tries": day.tries,
        "accepted": day.accepted,
        "by_solver": [list(one) for one in day.by_solver],
        "reasons": [list(one) for one in day.reasons],
    }
    return f"{day.accepted} of {day.tries} captchas accepted today.", result


def newest(connection: Connection) -> Errand | None:
    """The newest look that is over."""
    looks = Errand.objects.filter(kind=ErrandKind.CAPTCHA, connection=connection, done_at__isnull=False)
    return looks.order_by("-done_at").first()


def is_fresh(errand: Errand | None) -> bool:
    return errand is not None and errand.done_at > clock.now() - FRESH


ANSWERS = {ErrandKind.CAPTCHA: read}
