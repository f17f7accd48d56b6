"""Work on finished clips: upscale, animated preview, joining (flow-api.md sections 10.2 to 10.4)."""

from __future__ import annotations

import base64
from typing import Any

from ..media import looks
from ..rules import fields, references
from ..rules.models import Plan
from ..troubles.envelopes import google_error
from ..wire import Refusal, Response, refuse
from ..world import Account, Media
from . import records
from .accept import ClipDraft, choose_account, pass_gates, submit
from .call import Call

UPSCALE_SECONDS = {"720p": 30, "1080p": 40, "4K": 150}
PRICE_4K = 50


class UpscaleDraft(ClipDraft):
    def cost(self, plan: Plan) -> int:
        return PRICE_4K if self.internal == "4K" else 0

    def included(self, account: Account) -> bool:
        return account.plan.ultra if self.internal == "4K" else account.plan.paid

    def name_of(self, plan: Plan) -> str:
        return f"veo_upsampler_{self.internal.lower()}"


def upscale(call: Call) -> Response:
    body = fields.check(call.body, fields.UPSCALE)
    fields.check_captcha(body)
    source = references.find(call.world, body["mediaGenerationId"], "mediaGenerationId", "video")
    resolution = str(body.get("resolution", "1080p")).replace("4k", "4K")
    wait = not body.get("async", False)
    if source.upload:
        raise refuse(400, "Parameter mediaGenerationId: an uploaded clip cannot be upscaled")
    inner = f"{source.id.removesuffix('_upsampled')}_upsampled"
    cached = call.world.media.get(inner)
    if cached and cached.model.endswith(resolution.lower()) and not call.struck:
        return _repeated(call, cached, wait)
    look = looks.enlarged(looks.look_of(source.look), looks.SIZES[resolution])
    return submit(
        call,
        UpscaleDraft(
            kind="video",
            looks=[look],
            seeds=[source.seed],
            seconds=UPSCALE_SECONDS[resolution],
            email=source.email,
            model=f"upscale-{resolution}",
            mode="upscale",
            shape=source.shape,
            wait=wait,
            ids=[inner],
            internal=resolution,
        ),
    )


def _repeated(call: Call, cached: Media, wait: bool) -> Response:
    """The same clip at the same size again: the first answer once more, free of charge."""
    job = call.world.jobs[cached.job]
    if not wait:
        return Response.json(records.accepted_record(call.vendor, job), 201)
    call.vendor.clock.sleep_until(job.ends, call.vendor.stopping)
    return Response.json(records.results(call.vendor, call.world, job))


def gif(call: Call) -> Response:
    body = fields.check(call.body, fields.CLIP)
    source = references.find(call.world, body["mediaGenerationId"], "mediaGenerationId", "video")
    picture = call.vendor.studio.animated(source)
    return Response.json({"encodedGif": base64.b64encode(picture).decode()})


def concatenate(call: Call) -> Response:
    body = fields.check(call.body, fields.CONCATENATE)
    entries = body["media"]
    if not 2 <= len(entries) <= 10:
        raise refuse(400, "Parameter media must have 2 to 10 entries")
    parts = [_part(call, place, entry) for place, entry in enumerate(entries)]
    references.one_account([media.email for media, _, _ in parts], None)
    if len({media.shape for media, _, _ in parts}) > 1:
        raise refuse(400, "Parameter media: all clips must have the same aspect ratio")
    film = call.vendor.studio.joined(parts)
    id = call.vendor.make_jobid(call.world, parts[0][0].email, "v")
    call.vendor.counters["accepted /videos/concatenate"] += 1
    return Response.json({
        "jobId": id, "status": "MEDIA_GENERATION_STATUS_SUCCESSFUL", "inputsCount": len(parts),
        "encodedVideo": base64.b64encode(film).decode(),
    })  # fmt: skip


def _part(call: Call, place: int, entry: Any) -> tuple[Media, float, float]:
    where = f"media[{place}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("mediaGenerationId"), str):
        raise refuse(400, f"Parameter {where}.mediaGenerationId is required")
    if unknown := set(entry) - {"mediaGenerationId", "trimStart", "trimEnd"}:
        raise refuse(400, f"Parameter {where}.{unknown.pop()} not supported")
    media = references.find(call.world, entry["mediaGenerationId"], where, "video")
    trims = [entry.get("trimStart", 0), entry.get("trimEnd", 0)]
    for name, trim in zip(("trimStart", "trimEnd"), trims, strict=True):
        if isinstance(trim, bool) or not isinstance(trim, (int, float)) or not 0 <= trim <= 10:
            raise refuse(400, f"Parameter {where}.{name} must be a number from 0 to 10")
    if sum(trims) >= media.seconds:
        raise refuse(400, f"Parameter {where}: trimStart and trimEnd leave nothing of the clip")
    return media, float(trims[0]), float(trims[1])


class StillDraft(ClipDraft):
    def included(self, account: Account) -> bool:
        return True


def upscale_image(call: Call) -> Response:
    """`POST /images/upscale`: bytes in the answer, no new id (section 8.2)."""
    body = fields.check(call.body, fields.IMAGE_UPSCALE)
    fields.check_captcha(body)
    source = references.find(call.world, body["mediaGenerationId"], "mediaGenerationId", "image")
    if source.upload:
        raise refuse(400, "Parameter mediaGenerationId: only generated images can be upscaled")
    resolution = str(body.get("resolution", "2k"))
    draft = StillDraft("image", [], [], 0, email=source.email, model="upscale")
    account = choose_account(call, draft)
    pass_gates(call, draft, account)
    if resolution == "4k" and not account.plan.paid:
        raise Refusal(
            403,
            google_error(
                403,
                "PUBLIC_ERROR_UNUSUAL_ACTIVITY",
                "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3 attempt(s)",
            ),
        )
    picture = call.vendor.studio.enlarged_still(source, looks.SIZES[resolution])
    call.vendor.counters["accepted /images/upscale"] += 1
    return Response.json(
        {"encodedImage": base64.b64encode(picture).decode(), "captcha": {"service": "FreeCaptcha"}}
    )
