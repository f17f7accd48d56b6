"""`GET /jobs/{jobid}` and the statistics of `GET /jobs` (flow-api.md section 11)."""

from __future__ import annotations

import re
from typing import Any

from ..clock import iso
from ..wire import Response, refuse
from ..world import QUARTER, WEEK, Job
from .call import Call
from .records import job_record

_JOB = re.compile(r"j\d+[vi]-u(\d+)-email:[^/]+-bot:google-flow")
_HISTORY = 10


def one(call: Call) -> Response:
    """One job by its raw id; an encoded `:` or `@` is a wrong id, as live (section 3.3)."""
    match = _JOB.fullmatch(call.part)
    if not match or "%" in call.part:
        raise refuse(400, "Invalid job ID format")
    if match[1] != call.world.user:
        raise refuse(403, f"Unauthorized access to user:{match[1]} detected in job id")
    job = call.world.jobs.get(call.part)
    if job is None or job.oddity == "lost_job":
        raise refuse(404, "Job not found")
    if call.now > min(job.ends, job.created + WEEK) + WEEK:
        raise refuse(410, "Job has expired")
    return Response.json(job_record(call.vendor, call.world, job))


def statistics(call: Call) -> Response:
    """Sums per account, running jobs, or the ten newest: never a list of all jobs (section 11.2)."""
    option = call.request.query.get("options", "summary")
    if option not in ("summary", "executing", "history"):
        raise refuse(400, "Parameter options must be one of: summary, executing, history")
    emails = list(call.world.accounts)
    content: dict[str, Any] = {"emails": emails}
    for kind in ("videos", "images", "combined"):
        sums = {email: call.world.score(email, kind, call.now) for email in emails}
        content[kind] = {"summary": {email: sum_ for email, sum_ in sums.items() if any(sum_.values())}}
    if option == "executing":
        for kind, jobs in _by_kind(_seen(call, call.world.executing(call.now))).items():
            content[kind]["executing"] = {job.id: _running(call, job) for job in jobs}
    elif option == "history":
        for kind, jobs in _by_kind(_newest(call)).items():
            content[kind]["history"] = {job.id: _past(call, job) for job in jobs}
    content["quarantine"] = [
        {"email": entry.email, "reason": entry.reason, "model": entry.model or None,
         "firstSeen": iso(entry.since), "until": iso(entry.until)}
        for entry in call.world.quarantines if entry.until > call.now
    ]  # fmt: skip
    return Response.json(content)


def _seen(call: Call, jobs: list[Job]) -> list[Job]:
    """The jobs that the statistics know already; they may lag behind (a switch)."""
    lag = call.vendor.switches.history_lag
    return [job for job in jobs if job.created <= call.now - lag and job.oddity != "lost_job"]


def _newest(call: Call) -> list[Job]:
    """The ten newest finished or running jobs of the token, images included."""
    jobs = [job for job in list(call.world.jobs.values()) if job.created > call.now - QUARTER]
    if call.vendor.switches.history_full:
        jobs = [job for job in jobs if job.foreign]
    return sorted(_seen(call, jobs), key=lambda job: job.created, reverse=True)[:_HISTORY]


def _by_kind(jobs: list[Job]) -> dict[str, list[Job]]:
    return {
        "videos": [job for job in jobs if job.kind == "video"],
        "images": [job for job in jobs if job.kind == "image"],
    }


def _running(call: Call, job: Job) -> dict[str, Any]:
    minutes, seconds = divmod(int(call.now - job.created), 60)
    return {"email": job.email, "timestamp": iso(job.created), "elapsed": f"{minutes:02d}:{seconds:02d}"}


def _past(call: Call, job: Job) -> dict[str, Any]:
    status = job.failure["code"] if job.failure else 200
    spent = round(min(call.now, job.ends) - job.created)
    return {"email": job.email, "timestamp": iso(job.created), "httpStatus": status, "responseTime": spent}
