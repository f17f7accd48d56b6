"""From a request to its answer: the table of endpoints, the token, ordered troubles, and the way back."""

from __future__ import annotations

import contextlib
import ipaddress
import threading
import traceback

from ..rules.fields import body_of
from ..troubles.envelopes import disturb, refusal
from ..vendor import Vendor
from ..wire import Refusal, Request, Response, refuse
from . import control, links
from .call import BASE, Call, Handler
from .table import ENDPOINTS, SPENDING, UPLOADS


def answer(vendor: Vendor, request: Request) -> Response:
    """Answer any request, the control addresses and media links included. Never raises."""
    try:
        return _answer(vendor, request)
    except Refusal as refused:
        return refused.response
    except Exception as fault:  # a mistake of ours must not look like a broken line
        traceback.print_exc()
        return Response.json({"error": f"The sandbox itself failed: {type(fault).__name__}"}, 500)


def _answer(vendor: Vendor, request: Request) -> Response:
    _only_for_this_machine(request)
    if request.path.startswith("/_control"):
        return control.answer(vendor, request)
    if request.path.startswith(links.PREFIX):
        return links.answer(vendor, request)
    if (at := request.path.find(BASE)) >= 0:
        return _call(vendor, request, request.path[at + len(BASE) :])
    if (at := request.path.find("/v2/account")) >= 0:
        return _call(vendor, request, request.path[at:])
    if request.path in ("/", "") and request.method in ("GET", "HEAD"):
        return control.front_page(vendor)
    raise _not_found()


def _only_for_this_machine(request: Request) -> None:
    """Refuse other host names, so that no web page can reach the sandbox by pointing its own name here."""
    host = request.headers.get("host", "127.0.0.1").rsplit(":", 1)[0].strip("[]")
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host.endswith(".localhost")
    if not here:
        raise refuse(403, "The sandbox answers to loopback names only")


def _not_found() -> Refusal:
    hint = {"llm_docs": "This is the flowsite sandbox; see the docstring of generations/sandbox"}
    return Refusal(404, {"error": "Endpoint not found", "code": 404, "hint": hint})


def _call(vendor: Vendor, request: Request, path: str) -> Response:
    world = vendor.world_of(request)
    method, pattern, handler, part = _find(request.method, path)
    vendor.counters[f"{method} {pattern}"] += 1
    call = Call(vendor, world, request, pattern, part)
    prompt = ""
    if method == "DELETE" or (method == "POST" and pattern not in UPLOADS):
        call.body = body_of(request)
        prompt = str(call.body.get("prompt", ""))
    call.struck = struck = vendor.troubles.strike(pattern, world.user, prompt)
    if struck is None:
        return handler(call)
    row = struck.row
    if row.stage == "line" and not row.accepted:
        return disturb(row, Response.json({}))
    if row.stage == "gate" and pattern not in SPENDING:
        facts = {"email": call.name, "user": world.user}
        raise refusal(row, facts, vendor.clock.now(), vendor.switches.speed, struck.retry_after)
    if row.name == "cut_during":
        threading.Thread(target=_unseen, args=(handler, call), daemon=True).start()
        return disturb(row, Response.json({}))
    return disturb(row, handler(call)) if row.stage == "line" else handler(call)


def _unseen(handler: Handler, call: Call) -> None:
    """Go on accepting while the caller's line is already cut."""
    with contextlib.suppress(Refusal):
        handler(call)


def _find(wanted: str, path: str) -> tuple[str, str, Handler, str]:
    for method, pattern, handler in ENDPOINTS:
        part = _match(pattern, path)
        if method == wanted and part is not None:
            return method, pattern, handler, part
    if wanted == "GET" and path.split("/")[1:2] in (["images"], ["videos"]):
        raise refuse(404, "Wrong GET url")
    raise _not_found()


def _match(pattern: str, path: str) -> str | None:
    """The changing part of a path when it fits the pattern; a slash at the end does not matter."""
    start, brace, _ = pattern.partition("{")
    if not brace:
        return "" if path.rstrip("/") == pattern else None
    rest = path.removeprefix(start)
    return rest if rest != path and rest and "/" not in rest.rstrip("/") else None
