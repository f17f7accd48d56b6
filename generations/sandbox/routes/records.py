"""Answers that show a job and its clips (flow-api.md sections 9.4, 9.6 and 11.1)."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..rules.models import MODES
from ..rules.references import media_id
from ..troubles.envelopes import failed_record, filtered_media
from ..vendor import Vendor
from ..world import Job, Media, World
from .links import link

ODD_STATES = {"created": "queued", "started": "processing"}


def captcha(vendor: Vendor, job: Job) -> dict[str, Any]:
    """What the solver did (section 6.4), the same at every look."""
    task = job.id[1:11]
    took = 8000 + int(task) % 2400
    attempt = {"service": "FreeCaptcha", "taskId": task, "durationMs": took, "success": True}
    return {"service": "FreeCaptcha", "taskId": task, "durationMs": took, "attempts": [attempt]}


def shown_request(vendor: Vendor, job: Job) -> dict[str, Any]:
    """The request as the vendor echoes it: e-mail masked, internal names added."""
    request = dict(job.request)
    if "email" in request:
        name, _, host = str(request["email"]).partition("@")
        request["email"] = f"{name[:2]}***@{host}"
    if not vendor.switches.echo_reply_ref:
        request.pop("replyRef", None)
    return {**request, "internalModel": job.model}


def accepted_record(vendor: Vendor, job: Job) -> dict[str, Any]:
    """The body of a 201."""
    operations = [
        {
            "operation": {"name": item["id"][:8]},
            "sceneId": item["id"],
            "status": "MEDIA_GENERATION_STATUS_PENDING",
        }
        for item in job.items
    ]
    return {
        "jobid": job.id, "type": job.kind, "status": "created", "created": iso(job.created),
        "request": shown_request(vendor, job),
        "response": {"operations": operations, "captcha": captcha(vendor, job)},
    }  # fmt: skip


def job_record(vendor: Vendor, world: World, job: Job) -> dict[str, Any]:
    """The body of `GET /jobs/{jobid}` and of a callback."""
    now = vendor.clock.now()
    state = job.state(now)
    record: dict[str, Any] = {
        "jobid": job.id, "type": job.kind, "created": iso(job.created),
        "status": ODD_STATES.get(state, state) if job.oddity == "odd_state" else state,
        "updated": iso(min(now, {"created": job.created, "started": job.starts}.get(state, job.ends))),
        "request": shown_request(vendor, job),
    }  # fmt: skip
    if state == "failed" and job.failure:
        record.update(failed_record(job.failure))
    elif state == "completed":
        record["response"] = results(vendor, world, job)
    elif job.items:
        record["response"] = accepted_record(vendor, job)["response"]
    return record


def results(vendor: Vendor, world: World, job: Job) -> dict[str, Any]:
    """The `response` of a completed job, which is also the body of a synchronous answer."""
    if job.oddity == "no_media":
        media: list[dict[str, Any]] = []
    else:
        media = [_clip_or_picture(vendor, world, job, item) for item in job.items]
    response: dict[str, Any] = {"jobId": job.id, "captcha": captcha(vendor, job)}
    if job.kind == "image":
        return {**response, "media": media}
    if not job.balance:
        job.balance = world.balance(job.email, vendor.clock.now())
    response["remainingCredits"] = job.balance
    if job.oddity == "old_shape":
        clips = [{"operation": {"metadata": {"video": {"fifeUrl": item.get("videoUrl")}}}} for item in media]
        return {**response, "operations": clips}
    return {**response, "media": media}


def _clip_or_picture(vendor: Vendor, world: World, job: Job, item: dict[str, Any]) -> dict[str, Any]:
    if job.kind == "image":
        return picture(vendor, job, item, world)
    if item.get("failed"):
        return filtered_media(item["failed"])[0]
    return clip(vendor, world, job, world.media[item["id"]])


def clip(vendor: Vendor, world: World, job: Job, media: Media) -> dict[str, Any]:
    shape = f"VIDEO_ASPECT_RATIO_{media.shape.upper()}"
    control = {
        "videoModelName": job.model, "videoAspectRatio": shape,
        "videoGenerationMode": MODES.get(job.mode, ("", "VIDEO_UPSCALE"))[1],
    }  # fmt: skip
    shown: dict[str, Any] = {
        "name": media.id,
        "projectId": media.project,
        "workflowId": f"w-{media.id[:8]}",
        "workflowStepId": "CAE",
        "mediaMetadata": {
            "createTime": iso(job.ends),
            "mediaTitle": media.prompt[:40],
            "requestData": {
                "videoGenerationRequestData": {"videoModelControlInput": control},
                "clientPlatform": "FLOWSITE_SANDBOX",
            },
            "mediaStatus": {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_SUCCESSFUL"},
            "visibility": "PRIVATE",
        },
        "video": {
            "generatedVideo": {
                "seed": media.seed,
                "prompt": media.prompt,
                "model": job.model,
                "isLooped": False,
                "aspectRatio": shape,
            },
            "dimensions": {"length": f"{media.seconds:g}s", "width": media.width, "height": media.height},
            "operation": {"name": media.id[:8]},
        },
        "mediaGenerationId": media_id(world.user, media.email, "video", media.id),
    }
    if job.oddity == "no_url":
        return shown
    shown["videoUrl"] = link(vendor, world, media, "video", since=job.ends)
    if job.oddity != "no_thumbnail":
        shown["thumbnailUrl"] = link(vendor, world, media, "image", since=job.ends)
    return shown


def picture(vendor: Vendor, job: Job, item: dict[str, Any], world: World) -> dict[str, Any]:
    """One entry of an image answer (section 8.1); a filtered one has a prompt and a seed and nothing else."""
    prompt = str(job.request.get("prompt", ""))
    if item.get("failed"):
        return {"image": {"generatedImage": {"seed": item["seed"], "prompt": prompt}}}
    media = world.media[item["id"]]
    made: dict[str, Any] = {
        "seed": media.seed, "mediaGenerationId": media_id(world.user, media.email, "image", media.id),
        "mediaVisibility": "PRIVATE", "prompt": prompt, "modelNameType": job.model,
        "workflowId": f"w-{media.id[:8]}", "aspectRatio": item["aspect"], "requestData": {},
    }  # fmt: skip
    if job.oddity == "base64":
        made["encodedImage"] = vendor.studio.base64_of(media)
    else:
        made["fifeUrl"] = link(vendor, world, media, "image", since=job.ends)
    return {"name": media.id, "workflowId": f"w-{media.id[:8]}", "image": {"generatedImage": made}}
