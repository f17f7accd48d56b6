"""What administrators know better than the tables (models/capability.py), as the catalog takes it.

Asked by every page that shows a price, so it is kept for a few seconds: a change shows at once in the process
where it was made, and in the others when FRESH is over.
"""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...catalog import engines
from ...catalog.engines import Engine
from ...catalog.overlay import Fact, Overlay, overlay_of
from ...catalog.plans import Facts
from ...catalog.rules import Settings
from ...models import Capability, clock

FRESH = 5.0  # seconds
_kept: tuple[float, Overlay] | None = None


def overlay() -> Overlay:
    """All facts of administrators, to lay over the tables."""
    global _kept
    tick = time.monotonic()
    if _kept is None or tick > _kept[0]:
        _kept = (tick + FRESH, overlay_of(facts()))
    return _kept[1]


def engine(id: str) -> Engine | None:
    """The model of that id as this site knows it, one that an administrator added included; or None."""
    return engines.engine(id, overlay().engines)


def name_of(id: str) -> str:
    """What people call a model; the bare id of one that nobody knows any more."""
    known = engine(id)
    return known.name if known else id


def usual_model(kind: str = "video") -> str:
    """The id of the model that a new prompt starts with."""
    return Facts(extra_engines=overlay().engines, settings=settings()).default_engine(kind).id


def facts() -> list[Fact]:
    """The rows as facts of the catalog."""
    return [
        Fact(row.model, row.what, row.value, row.source, row.dated, row.account_id)
        for row in Capability.objects.all()
    ]


def settings() -> Settings:
    """The rules of this site: the defaults, or what an administrator has set."""
    return overlay().settings or Settings.shipped()


def vendor_day() -> tuple[datetime, datetime]:
    """When the day of the vendor's quotas and free allowances has begun, and when it ends."""
    zone = ZoneInfo(settings().day_zone)
    begun = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return begun, (begun.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)


def forget() -> None:
    """Read again: something has changed."""
    global _kept
    _kept = None
