"""`POST /videos` and `POST /videos/extend` (flow-api.md sections 9 and 10.1)."""

from __future__ import annotations

from ..media import looks
from ..rules import fields, references
from ..rules.models import Plan, internal_name
from ..rules.videos import Shot, check_model, check_shot
from ..wire import Response, refuse
from .accept import ClipDraft, submit
from .call import Call


class ModelDraft(ClipDraft):
    """A draft whose internal name follows the plan of the account that takes it."""

    def name_of(self, plan: Plan) -> str:
        return internal_name(self.video, self.mode, plan, self.length) if self.video else self.internal


def generate(call: Call) -> Response:
    body = fields.check(call.body, fields.VIDEOS)
    fields.check_captcha(body)
    shot = check_shot(body, call.world, call.vendor.switches)
    seeds = _seeds(call)
    shape = str(body.get("aspectRatio", "landscape"))
    lines = looks.SIZES[str(body.get("resolution", "720p"))]
    if shot.video:
        shape = shot.video.shape
    return submit(
        call,
        ModelDraft(
            kind="video", seeds=seeds, seconds=shot.model.seconds, email=shot.email, model=shot.model.id,
            looks=[_look(call, shot, seed, shape, lines) for seed in seeds], mode=shot.mode, shape=shape,
            wait=not body.get("async", False), video=shot.model, length=shot.length, small=lines == 360,
        ),
    )  # fmt: skip


def _seeds(call: Call) -> list[int]:
    first = call.body.get("seed", call.vendor.make_number() % 1_000_000)
    return [first + place for place in range(call.body.get("count", 1))]


def _look(call: Call, shot: Shot, seed: int, shape: str, lines: int) -> looks.Look:
    prompt = call.body["prompt"]
    if shot.video:
        source = looks.look_of(shot.video.look)
        begin = call.body.get("startFrameIndex_1", 0)
        end = call.body.get("endFrameIndex_1", min(round(shot.video.seconds * 24), 240))
        return looks.restyled(source, prompt, (end - begin) / 24, shape, lines)
    if shot.start:
        ending = looks.look_of(shot.end.look) if shot.end else None
        return looks.moved(looks.look_of(shot.start.look), shape, shot.length, lines, ending)
    return looks.clip_look(prompt, seed, shape, shot.length, lines)


def extend(call: Call) -> Response:
    body = fields.check(call.body, fields.EXTEND)
    fields.check_captcha(body)
    references.check_markers(body["prompt"], body, ())
    source = references.find(call.world, body["mediaGenerationId"], "mediaGenerationId", "video")
    model = check_model(body)
    omni = source.model.startswith("abra")
    if source.upload or (omni and not source.model.startswith("abra_1_2")) or omni != model.omni:
        raise refuse(400, "Parameter mediaGenerationId: this clip cannot be extended")
    if not model.extends:
        raise refuse(400, f"Parameter model {model.id} not supported for extend")
    seeds = _seeds(call)
    look = looks.continued(looks.look_of(source.look), body["prompt"])
    return submit(
        call,
        ModelDraft(
            kind="video",
            seeds=seeds,
            seconds=model.seconds,
            email=source.email,
            model=model.id,
            mode="extend",
            looks=[look] * len(seeds),
            shape=source.shape,
            wait=not body.get("async", False),
            video=model,
        ),
    )
