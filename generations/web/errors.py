"""Error pages: what happened, and that the queue goes on (ui.md section 12)."""

import logging
import secrets

from django.db import DataError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


class UnstorableIsBad:
    """What a database cannot hold (a zero byte, a number of thirty digits) is a bad request."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, DataError):
            return None
        log.warning("Refused %s %s: %s", request.method, request.path, str(exception)[:200])
        return bad_request(request)


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


def forbidden(request, exception=None):
    return render(request, "403.html", {"sentence": str(exception or "")}, status=403)


def not_found(request, exception=None):
    """The same bytes for what is absent, trashed, private or another team's (architecture.md 9)."""
    return render(request, "404.html", status=404)


def server_error(request):
    """Needs no database and no session: they may be what broke. The code is also in the log."""
    code = secrets.token_hex(2).upper()
    log.error("Code %s for %s %s", code, request.method, request.path)
    return HttpResponse(render_to_string("500.html", {"code": code}), status=500)


def form_went_stale(request, reason=""):
    """A form whose session has ended: the page script keeps what was typed (Draft, local storage)."""
    answer = render(request, "stale.html", status=403)
    if "HX-Request" in request.headers:  # the page is loaded anew with a fresh token; the text is still there
        answer["HX-Refresh"] = "true"
    return answer
