"""From a checked request to a job: account, plan, gates, credits, acceptance, and the answer.

The order is the live one: what useapi can see is refused at once; captcha and Google's own word come after
the accept delay; only then a job exists. A caller who hangs up in between is charged all the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from ..clock import iso
from ..media.looks import Look
from ..rules.models import Plan, VideoModel, may_use
from ..troubles import Struck
from ..troubles.envelopes import failed_record, filtered_media, google_error, refusal, until_of
from ..wire import Refusal, Response, refuse
from ..world import Account, Job, Quarantine
from . import records
from .call import Call

NEVER = 30 * 24 * 3600.0


@dataclass
class Draft:
    """What a request will become if nothing stands in its way."""

    kind: str  # video or image
    looks: list[Look]
    seeds: list[int]
    seconds: float  # how long the generation takes at speed 1
    email: str | None = None  # pinned by the body or by the ids in it
    model: str = ""  # the id of the API, for quarantine and words
    mode: str = ""
    shape: str = "landscape"
    wait: bool = False  # answer when it is finished
    ids: list[str] = field(default_factory=list)
    cached: bool = False

    def cost(self, plan: Plan) -> int:
        return 0

    def name_of(self, plan: Plan) -> str:
        return self.model

    def included(self, account: Account) -> bool:
        return True


@dataclass
class ClipDraft(Draft):
    """A draft of clips, priced by its model and the account's plan."""

    video: VideoModel | None = None
    length: int = 8
    small: bool = False
    internal: str = ""

    def cost(self, plan: Plan) -> int:
        if self.video is None:
            return 0
        return self.video.price_of(plan, self.length, small=self.small, edit=self.mode == "V2V")

    def included(self, account: Account) -> bool:
        return self.video is None or may_use(self.video, account.plan, self.length, manager=account.manager)


def submit(call: Call, draft: Draft) -> Response:
    """Accept the draft, or raise the refusal that stands in its way."""
    account = choose_account(call, draft)
    check_plan(account, draft)
    call.vendor.clock.sleep(
        call.vendor.switches.accept_delay / call.vendor.switches.speed, call.vendor.stopping
    )
    with call.world.lock:
        pass_gates(call, draft, account)
        job = make_job(call, draft, account)
        call.vendor.accept(call.world, job)
    if not draft.wait:
        return Response.json(records.accepted_record(call.vendor, job), 201)
    call.vendor.clock.sleep_until(job.ends, call.vendor.stopping)
    return finished(call, job)


def choose_account(call: Call, draft: Draft) -> Account:
    """The pinned account, or the least loaded one that is not quarantined (flow-api.md section 15)."""
    world, now = call.world, call.now
    if draft.email:
        account = world.account(draft.email)
        if account is None:
            raise Refusal(404, {"error": f"Google Flow account {draft.email} not found"})
        return account
    able = [account for account in world.accounts.values() if account.usable and draft.included(account)]
    if not able:
        able = [account for account in world.accounts.values() if account.usable]
    if not able:
        raise Refusal(404, {"error": "No Google Flow account is configured"})
    free = [account for account in able if not world.quarantined(account.email, draft.model, now)]
    if not free:
        raise _no_eligible_account(call, [account.email for account in able], draft)
    return min(free, key=lambda account: world.score(account.email, draft.kind + "s", now)["score"])


def _no_eligible_account(call: Call, emails: list[str], draft: Draft) -> Refusal:
    held = [entry for email in emails if (entry := call.world.quarantined(email, draft.model, call.now))]
    until = min(entry.until for entry in held)
    skipped = [{"email": entry.email, "reason": entry.reason, "model": draft.model} for entry in held]
    body = {"error": "no_eligible_account", "message": "All accounts are cooling down",
            "retryAfter": iso(until), "skipReasons": skipped}  # fmt: skip
    return Refusal(429, body, {"Retry-After": str(max(1, round(until - call.now)))})


def check_plan(account: Account, draft: Draft) -> None:
    if draft.included(account):
        return
    if account.plan.ultra:  # the family rule: the model is in the plan, but not for this member (section 4.1)
        raise Refusal(403, google_error(403, "PUBLIC_ERROR_MODEL_ACCESS_DENIED"))
    raise refuse(
        400,
        f"Tier '{account.plan.tier}' does not have access to '{draft.model}' model for {draft.mode} mode "
        f"with '{draft.shape}' aspect ratio",
    )


def pass_gates(call: Call, draft: Draft, account: Account) -> None:
    """Ordered refusals, the account's session, the limit of running jobs, and the purse."""
    cost = draft.cost(account.plan) * len(draft.looks)
    balance = call.world.balance(account.email, call.now)
    if call.struck and call.struck.row.stage == "gate":
        facts = {"email": account.email, "model": draft.model, "tier": account.plan.tier, "mode": draft.mode,
                 "shape": draft.shape, "cost": cost, "credits": balance, "user": call.world.user}  # fmt: skip
        raise _refused(call, call.struck, draft, account, facts)
    if not account.usable:
        raise Refusal(596, {"error": f"Account {account.email} in error state: refresh token rejected"})
    limit = call.vendor.switches.max_running
    if limit and sum(job.email == account.email for job in call.world.executing(call.now)) >= limit:
        throttled = Struck(_throttled_row())
        raise _refused(call, throttled, draft, account, {})
    if cost > balance:
        raise Refusal(
            402, {"error": f"Insufficient credits on {account.email}: requested {cost}, available {balance}"}
        )


def _throttled_row() -> Any:
    from ..troubles.catalogue import TROUBLES

    return TROUBLES["throttled"]


def _refused(call: Call, struck: Struck, draft: Draft, account: Account, facts: dict[str, Any]) -> Refusal:
    """A refusal; a 429 also sends the account into quarantine, for one model where the quota is a model's."""
    row, speed = struck.row, call.vendor.switches.speed
    if row.status == 429 and row.name not in ("captcha_traffic", "all_quarantined"):
        model = draft.model if "quota_model" in row.name or "upgradeable" in row.name else ""
        held = Quarantine(account.email, row.reason, model, call.now, until_of(row, call.now, speed))
        call.world.quarantines.append(held)
        call.world.rate_limited.append((call.now, account.email, draft.kind + "s"))
    return refusal(row, facts, call.now, speed, struck.retry_after)


def make_job(call: Call, draft: Draft, account: Account) -> Job:
    """Decide everything about the job: its end, its clips, its failure, its charge."""
    vendor, switches, now = call.vendor, call.vendor.switches, call.now
    struck = call.struck
    oddity = struck.row.name if struck and struck.row.stage == "clips" else ""
    id = vendor.make_jobid(call.world, account.email, draft.kind[0])
    takes = (switches.job_seconds or draft.seconds * random.Random(id).uniform(0.92, 1.08)) / switches.speed
    takes *= 10 if oddity == "slow" else 1
    each = draft.cost(account.plan)
    ends = now + (NEVER if oddity == "stuck" else max(takes, 0.0))
    request = {key: value for key, value in call.body.items() if not key.startswith("captcha")}
    job = Job(
        id=id,
        user=call.world.user,
        email=account.email,
        endpoint=call.endpoint,
        kind=draft.kind,
        created=now,
        starts=min(now + 2 / switches.speed, ends),
        ends=ends,
        request={**request, "email": account.email},
        model=draft.name_of(account.plan),
        mode=draft.mode,
        cost=each * len(draft.looks),
        oddity=oddity,
        takes=takes,
        reply={"url": str(call.body.get("replyUrl") or call.world.reply_url)},
    )
    trouble = _link_trouble(struck)
    job.items = [_item(call, draft, account, place, trouble) for place in range(len(draft.looks))]
    _spoil(job, struck, each)
    return job


def _link_trouble(struck: Struck | None) -> str:
    if struck is None or struck.row.stage != "link":
        return ""
    return struck.row.name + (f":{struck.times}" if struck.times else "")


def _item(call: Call, draft: Draft, account: Account, place: int, trouble: str) -> dict[str, Any]:
    look = draft.looks[place]
    return {
        "id": draft.ids[place] if draft.ids else call.vendor.make_id(), "kind": draft.kind,
        "seed": draft.seeds[place], "look": look.facts(), "width": look.width, "height": look.height,
        "seconds": look.seconds, "project": account.project, "trouble": trouble, "mime": look.mime,
        "aspect": look.aspect,
    }  # fmt: skip


def _spoil(job: Job, struck: Struck | None, each: int) -> None:
    """Write the ordered trouble into the job; what fails or does not come is not charged (section 18)."""
    if struck is None:
        return
    if struck.row.stage == "job":
        reason = struck.row.reason or struck.row.words
        job.failure = {"reason": reason, "code": struck.row.status or 500, "place": struck.place}
        job.refund = job.cost
        for item in job.items:
            item["failed"] = reason
    elif struck.row.name == "content_silent":
        job.refund = job.cost
        for item in job.items:
            item["failed"] = "silent"
    elif struck.row.name == "partial":
        job.items[-1]["failed"] = "PUBLIC_ERROR_AUDIO_FILTERED" if job.kind == "video" else "silent"
        job.refund = each
    elif struck.row.name == "fewer":
        job.items.pop()
        job.refund = each


def finished(call: Call, job: Job) -> Response:
    """The synchronous answer: results, or the failure as a status of its own."""
    if job.failure is None:
        return Response.json(records.results(call.vendor, call.world, job))
    if job.failure["place"] == "media":
        return Response.json({"media": filtered_media(job.failure["reason"])}, 400)
    record = failed_record(job.failure)
    body = record.get("response") or google_error(job.failure["code"], job.failure["reason"])
    return Response.json(body, job.failure["code"])
