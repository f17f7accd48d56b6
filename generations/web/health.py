"""Is it alive, is it ready: for proxies, process managers and machines that watch. Tells nothing private."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from ..flow import unsaved
from ..models import Heartbeat, clock

STALE_AFTER = 60.0  # seconds; the supervisor replaces silent workers after 30


@login_not_required
@never_cache
def healthz(request) -> HttpResponse:
    """The web server answers. Asks nothing else, so that a database in trouble does not restart the web."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
def readyz(request) -> JsonResponse:
    """Database, storage and workers, each "ok" or what is wrong; 503 unless all are well."""
    parts = {"database": _database(), "storage": _storage(), "workers": _workers()}
    well = set(parts.values()) == {"ok"}
    # Told and no reason for 503: taking the site out of service would save no clip.
    answer = JsonResponse(parts | {"clips": _clips()}, status=200 if well else 503)
    answer._has_been_logged = True  # asked every few seconds; Django would write each 503 as an error
    return answer


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _storage() -> str:
    """A file can be written and read back where clips are saved."""
    probe = Path(settings.MEDIA_ROOT) / f".ready-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as trouble:
        return f"cannot be written: {trouble.strerror}"
    return "ok"


def _clips() -> str:
    """What Google has made, is not on our disk, and expires soon."""
    try:
        found = unsaved.danger()
    except DatabaseError:
        return "unknown"
    if not found.clips:
        return "ok"
    return f"{found.clips} not saved, the first link dies at {found.first:%Y-%m-%dT%H:%MZ}"


def _workers() -> str:
    try:
        newest = Heartbeat.newest()
    except DatabaseError:
        return "unknown"
    if newest is None:
        return "have not started"
    silent = (clock.now() - newest).total_seconds()
    return "ok" if silent < STALE_AFTER else f"silent for {silent:.0f} s"
