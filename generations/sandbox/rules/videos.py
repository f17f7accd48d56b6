"""The rules of `POST /videos` that need more than one field (flow-api.md sections 4.2 and 9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..wire import Refusal, refuse
from . import references
from .models import VIDEO_MODELS, VideoModel

if TYPE_CHECKING:
    from ..vendor import Switches
    from ..world import Media, World

V2V_REFERENCES, V2V_VOICES = 5, 3
MARKERS = ("referenceImage", "character", "referenceAudio")


@dataclass
class Shot:
    """A checked request: its model and mode, and the media behind its ids."""

    model: VideoModel
    mode: str
    length: int
    email: str | None
    start: Media | None = None
    end: Media | None = None
    video: Media | None = None
    pictures: list[Media] = field(default_factory=list)


def _slots(body: dict[str, Any], name: str) -> dict[str, str]:
    return {key: value for key, value in body.items() if key.startswith(name + "_")}


def check_model(body: dict[str, Any], default: str = "veo-3.1-fast") -> VideoModel:
    name = str(body.get("model", default))
    if name not in VIDEO_MODELS:
        raise refuse(400, f"Parameter model must be one of: {', '.join(VIDEO_MODELS)}")
    return VIDEO_MODELS[name]


def check_shot(body: dict[str, Any], world: World, switches: Switches) -> Shot:
    """All rules, cheapest first; then the ids are looked up."""
    model = check_model(body)
    images, characters, voices = (_slots(body, name) for name in MARKERS)
    edit = "referenceVideo_1" in body
    references.check_markers(body["prompt"], body, MARKERS)
    _check_frames(body, model, switches)
    _check_mixture(body, {**images, **characters}, edit, model)
    _check_window(body)
    mode = _mode(body, images, characters)
    owners = _check_ingredients(model, images, characters, voices, edit, world)
    _check_voices(body, model, images, characters, voices, edit, switches)
    length = _check_length(body, model, mode, world, bool(images or characters))
    shot = Shot(model, mode, length, None)
    _look_up(shot, body, images, world)
    owners += [media.email for media in (shot.start, shot.end, shot.video, *shot.pictures) if media]
    shot.email = references.one_account(owners, body.get("email"))
    if shot.email and world.account(shot.email) is None:
        raise Refusal(404, {"error": f"Google Flow account {shot.email} not found"})
    _check_tier(shot, world)
    return shot


def _mode(body: dict[str, Any], images: dict[str, str], characters: dict[str, str]) -> str:
    if "referenceVideo_1" in body:
        return "V2V"
    if "startImage" in body:
        return "I2V-FL" if "endImage" in body else "I2V"
    return "R2V" if images or characters else "T2V"


def _check_frames(body: dict[str, Any], model: VideoModel, switches: Switches) -> None:
    if "endImage" in body and "startImage" not in body:
        raise refuse(400, "Parameter endImage requires startImage")
    if "endImage" in body and model.id == "omni-flash" and not switches.omni_end_frame:
        raise refuse(400, "Parameter endImage not supported for model omni-flash")
    if body.get("resolution") == "360p" and not model.omni:
        raise refuse(400, f"Parameter resolution 360p not supported for model {model.id}")


def _check_mixture(body: dict[str, Any], ingredients: dict[str, str], edit: bool, model: VideoModel) -> None:
    if "startImage" in body:
        for name in (*ingredients, *_slots(body, "referenceAudio"), *(["referenceVideo_1"] if edit else [])):
            raise refuse(400, f"Parameter startImage cannot be combined with {name}")
    if edit and not model.omni:
        raise refuse(400, f"Parameter referenceVideo_1 not supported for model {model.id}")
    if edit and "duration" in body:
        raise refuse(400, "Parameter duration not supported with referenceVideo_1")
    if ingredients and not model.references:
        raise refuse(400, f"Parameter {next(iter(ingredients))} not supported for model {model.id}")


def _check_window(body: dict[str, Any]) -> None:
    for name in ("startFrameIndex_1", "endFrameIndex_1"):
        if name in body and "referenceVideo_1" not in body:
            raise refuse(400, f"Parameter {name} requires referenceVideo_1")
    if body.get("endFrameIndex_1", 241) <= body.get("startFrameIndex_1", 0):
        raise refuse(400, "Parameter endFrameIndex_1 must be greater than startFrameIndex_1")


def _check_ingredients(
    model: VideoModel, images: dict[str, str], characters: dict[str, str], voices: dict[str, str], edit: bool,
    world: World,
) -> list[str]:  # fmt: skip
    """The owners of characters and voices, when the pictures stay within the model's budget."""
    owners, used = [], len(images)
    for name, text in characters.items():
        character = references.read(text, "character", name, world.user)
        if character.id not in world.characters:
            raise refuse(404, f"Character {text} not found ({name})")
        used += character.images
        owners.append(character.email)
    budget = V2V_REFERENCES if edit else model.references
    if used > budget:
        last = list({**images, **characters})[-1]
        raise refuse(
            400, f"Parameter {last}: at most {budget} reference images for model {model.id}, got {used}"
        )
    for name, text in voices.items():
        if references.preset(text):
            continue
        voice = references.read(text, "voice", name, world.user)
        if voice.id not in world.voices:
            raise refuse(404, f"Voice {text} not found ({name})")
        owners.append(voice.email)
    return owners


def _check_voices(
    body: dict[str, Any], model: VideoModel, images: dict[str, str], characters: dict[str, str],
    voices: dict[str, str], edit: bool, switches: Switches,
) -> None:  # fmt: skip
    most = V2V_VOICES if edit else model.voices
    if len(voices) > most:
        name = list(voices)[most]
        raise refuse(400, f"Parameter {name} not supported for model {model.id}: at most {most} voices")
    alone = voices and not images and not characters and not edit
    if alone and not (model.omni and switches.omni_voice_alone):
        raise refuse(400, f"Parameter {next(iter(voices))} requires a reference image or character")


def _check_length(body: dict[str, Any], model: VideoModel, mode: str, world: World, referenced: bool) -> int:
    length = int(body.get("duration", 8))
    lengths = tuple(sorted({*model.lengths, *model.ultra_lengths}))
    if length not in lengths:
        raise refuse(
            400, f"Parameter duration must be one of: {', '.join(map(str, lengths))} for model {model.id}"
        )
    if referenced and not model.omni and length != 8:
        raise refuse(400, "Parameter duration must be 8 with reference images")
    if mode == "I2V-FL" and model.id == "omni-flash-1.2" and length > 10:
        raise refuse(400, "Parameter duration must be at most 10 with endImage")
    return length


def _look_up(shot: Shot, body: dict[str, Any], images: dict[str, str], world: World) -> None:
    if "startImage" in body:
        shot.start = references.find(world, body["startImage"], "startImage", "image")
    if "endImage" in body:
        shot.end = references.find(world, body["endImage"], "endImage", "image")
    if "referenceVideo_1" in body:
        shot.video = references.find(world, body["referenceVideo_1"], "referenceVideo_1", "video")
    shot.pictures = [references.find(world, text, name, "image") for name, text in images.items()]


def _check_tier(shot: Shot, world: World) -> None:
    """Short Veo clips are Ultra's (section 9.3, rule 13); said here when the account is named."""
    account = world.account(shot.email) if shot.email else None
    if account is None or not account.plan.paid or not shot.model.ultra_lengths or shot.model.ultra_only:
        return
    if shot.length not in shot.model.lengths_for(account.plan):
        raise refuse(
            400,
            f"Tier '{account.plan.tier}' does not have access to '{shot.model.id}' model with "
            f"duration {shot.length}",
        )
