"""`POST /images`: stills, synchronous only, free of charge (flow-api.md section 8.1)."""

from __future__ import annotations

from typing import Any

from ..media import looks
from ..rules import fields, references
from ..rules.models import IMAGE_MODELS, Plan
from ..wire import Response, refuse
from ..world import Media
from .accept import Draft, submit
from .call import Call

OLD_NAMES = {"landscape": "16:9", "portrait": "9:16"}


class PictureDraft(Draft):
    def name_of(self, plan: Plan) -> str:
        return IMAGE_MODELS[self.model][0]


def generate(call: Call) -> Response:
    body = fields.check(call.body, fields.IMAGES)
    fields.check_captcha(body)
    references.check_markers(body["prompt"], body, ("reference", "character"))
    model = str(body.get("model", "nano-banana-2-lite"))
    if model not in IMAGE_MODELS:
        raise refuse(400, f"Parameter model must be one of: {', '.join(IMAGE_MODELS)}")
    _, budget, kind = IMAGE_MODELS[model]
    sources, owners = _references(call, body, budget, model)
    ratio = _ratio(body, model, sources, bool(owners))
    first = body.get("seed", call.vendor.make_number() % 1_000_000)
    seeds = [first + place for place in range(body.get("count", 4))]
    return submit(
        call,
        PictureDraft(
            kind="image", looks=[looks.picture_look(body["prompt"], seed, ratio, kind) for seed in seeds],
            seeds=seeds, seconds=call.vendor.switches.image_seconds, model=model, mode="T2I", wait=True,
            email=references.one_account(owners, body.get("email")),
        ),
    )  # fmt: skip


def _references(
    call: Call, body: dict[str, Any], budget: int, model: str
) -> tuple[list[Media], list[str]]:  # fmt: skip
    """The pictures given and the accounts of all that is given, 400 beyond the model's budget."""
    texts = {name: text for name, text in body.items() if name.startswith("reference_")}
    pictures = [references.find(call.world, text, name, "image") for name, text in texts.items()]
    owners = [media.email for media in pictures]
    used = len(pictures)
    for name, text in body.items():
        if not name.startswith("character_"):
            continue
        character = references.read(text, "character", name, call.world.user)
        if character.id not in call.world.characters:
            raise refuse(404, f"Character {text} not found ({name})")
        used += character.images
        owners.append(character.email)
    if used > budget:
        raise refuse(400, f"Parameter reference_{budget + 1}: at most {budget} references for model {model}")
    return pictures, owners


def _ratio(body: dict[str, Any], model: str, sources: list[Media], referenced: bool) -> str:
    """The aspect ratio asked for; `auto` follows the first reference."""
    plain = not referenced or model.endswith("lite") or model == "imagen-4"
    wanted = str(body.get("aspectRatio", "16:9" if plain else "auto"))
    if wanted != "auto":
        return OLD_NAMES.get(wanted, wanted)
    if not referenced:
        raise refuse(400, "Parameter aspectRatio auto requires at least one reference or character")
    if not sources:
        return "1:1"
    shape = sources[0].width / sources[0].height
    return min(
        looks.PICTURES, key=lambda name: abs(looks.PICTURES[name][0] / looks.PICTURES[name][1] - shape)
    )
