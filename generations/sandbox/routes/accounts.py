"""Accounts, captcha solvers and the customer's own account (flow-api.md sections 5 and 6)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from ..clock import iso
from ..rules import fields
from ..rules.models import listing
from ..wire import Refusal, Response, refuse
from ..world import Account
from .call import Call

SOLVERS = ("CapSolver", "AntiCaptcha", "YesCaptcha", "SolveCaptcha", "2Captcha", "EzCaptcha")
FREE_SOLVES = 300


def _shown(call: Call, account: Account) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "created": iso(account.created), "updated": iso(call.now), "health": account.health,
        "project": {"projectId": account.project, "projectTitle": "Sandbox"},
        "sessionData": {"expires": iso(call.now + 24 * 3600)},
        "nextRefresh": {"scheduledFor": iso(call.now + 12 * 3600)},
    }  # fmt: skip
    if not account.usable:
        del shown["nextRefresh"]
        shown["error"] = account.health
    return shown


def every(call: Call) -> Response:
    return Response.json({account.email: _shown(call, account) for account in call.world.accounts.values()})


def _asked(call: Call) -> Account:
    account = call.world.account(call.name)
    if account is None:
        raise Refusal(404, {"error": f"Google Flow account {call.name} not found"})
    return account


def one(call: Call) -> Response:
    account = _asked(call)
    shown = _shown(call, account)
    if account.usable:
        shown["credits"] = {
            "credits": call.world.balance(account.email, call.now), "userPaygateTier": account.plan.tier,
            "sku": account.plan.sku, "serviceTier": account.plan.service,
        }  # fmt: skip
        shown["models"] = {"videoModels": listing(account.plan)}
    return Response.json(shown)


def add(call: Call) -> Response:
    """Cookies are not wanted here: the sandbox has its four accounts (section 5.2)."""
    fields.check(call.body, fields.COOKIES)
    raise Refusal(400, {"error": "Failed to validate cookies: 401 Unauthorized"})


def forget(call: Call) -> Response:
    account = _asked(call)
    call.vendor.change("forget", user=call.world.user, email=account.email)
    return Response.json({"message": f"Google Flow account {account.email} deleted"})


def solvers(call: Call) -> Response:
    if not call.world.solvers:
        return Response.json({"freeCaptchaCredits": FREE_SOLVES})
    return Response.json({name: f"{key[:3]}***" for name, key in call.world.solvers.items()})


def set_solvers(call: Call) -> Response:
    for name, key in call.body.items():
        if name not in SOLVERS:
            raise refuse(400, f"Unknown captcha provider {name}")
        if not isinstance(key, str):
            raise refuse(400, f"Parameter {name} must be a string")
    call.vendor.change("solvers", user=call.world.user, keys=call.body)
    return solvers(call)


def solver_statistics(call: Call) -> Response:
    day = call.request.query.get("date") or f"{datetime.fromtimestamp(call.now, UTC):%Y-%m-%d}"
    if not call.request.query.get("limit", "1").isdigit():
        raise refuse(400, "Parameter limit must be an integer")
    rows = [
        {"timestamp": iso(job.created), "jobId": job.id, "provider": "FreeCaptcha", "taskId": job.id[1:11],
         "route": f"post-{job.kind}s", "pageAction": f"{job.kind.upper()}_GENERATION", "statusCode": 200,
         "captchaDurationMs": 9000, "apiDurationMs": 1400, "attemptNumber": 1}
        for job in list(call.world.jobs.values()) if iso(job.created).startswith(day) and not job.foreign
    ][: int(call.request.query.get("limit", "50000"))]  # fmt: skip
    answer: dict[str, Any] = {"date": day, "total": len(rows), "data": rows}
    if rows:
        answer["summary"] = {
            "from": rows[0]["timestamp"],
            "to": rows[-1]["timestamp"],
            "sample_size_by_provider": {"FreeCaptcha": len(rows)},
            "success_rate_by_provider": {"FreeCaptcha": 100},
            "by_status_code_videos": dict(Counter("200" for row in rows if row["route"] == "post-videos")),
            "by_status_code_images": dict(Counter("200" for row in rows if row["route"] == "post-images")),
            "avg_captcha_ms": 9000,
            "avg_api_ms": 1400,
            "avg_attempt": 1.0,
        }
    return Response.json(answer)


def customer(call: Call) -> Response:
    return Response.json({"userId": call.world.user, "replyUrl": call.world.reply_url, "simulator": True})


def set_customer(call: Call) -> Response:
    address = call.body.get("replyUrl", "")
    if not isinstance(address, str) or len(address) > 1024:
        raise Refusal(400, {"error": "replyUrl is too long"})
    call.vendor.change("reply_url", user=call.world.user, url=address)
    return customer(call)


def customer_statistics(call: Call) -> Response:
    rows = [
        {"bot": "google-flow", "timestamp": iso(job.created), "jobid": job.id, "route": job.endpoint}
        for job in list(call.world.jobs.values())
    ]
    return Response.json({"total": len(rows), "data": rows})
