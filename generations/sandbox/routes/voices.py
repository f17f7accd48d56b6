"""Voices and characters (flow-api.md sections 12 and 13)."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..rules import fields, references
from ..rules.models import VOICES
from ..rules.references import media_id
from ..wire import Refusal, Response, refuse
from ..world import Account
from .accept import Draft, pass_gates
from .call import Call
from .links import PREFIX, link, sign


def _account(call: Call, email: str | None) -> Account:
    if not email:
        raise refuse(400, "Parameter email is required")
    account = call.world.account(email)
    if account is None:
        raise Refusal(404, {"error": f"Google Flow account {email} not found"})
    return account


def _sample(call: Call, name: str) -> str:
    return sign(call.vendor, f"{PREFIX}voice/{call.world.user}/{name}", call.now)


def _preset(call: Call, name: str) -> dict[str, Any]:
    return {"voice": name, "source": "system", "displayName": name, "sampleUrl": _sample(call, name)}


def every(call: Call) -> Response:
    account = _account(call, call.request.query.get("email"))
    source = call.request.query.get("source", "")
    if source not in ("", "system", "user"):
        raise refuse(400, "Parameter source must be one of: system, user")
    own = [facts for facts in call.world.voices.values() if facts["email"] == account.email]
    shown = [] if source == "user" else [_preset(call, name) for name in VOICES]
    if source != "system":
        keys = ("voice", "source", "displayName", "createTime")
        shown += [{key: facts[key] for key in keys} for facts in own]
    return Response.json({"voices": shown})


def make(call: Call) -> Response:
    body = fields.check(call.body, fields.VOICE)
    fields.check_captcha(body)
    account = _account(call, body["email"])
    if body["voice"] not in VOICES:
        raise refuse(400, f"Parameter voice must be one of: {', '.join(VOICES)}")
    pass_gates(call, Draft("image", [], [], 0, email=account.email), account)
    workflow, media = call.vendor.make_id(), call.vendor.make_id()
    owner = media_id(call.world.user, account.email, "voice", f"{workflow}-mid:{media}")
    facts = {
        "voice": owner, "source": "user", "workflowId": workflow, "mediaId": media, "email": account.email,
        "displayName": body["displayName"], "baseVoice": body["voice"], "dialog": body["dialog"],
        "voicePerformance": body["voicePerformance"], "createTime": iso(call.now),
    }  # fmt: skip
    call.vendor.change("voice", user=call.world.user, id=workflow, facts=facts)
    return Response.json(_own_voice(call, facts))


def _own_voice(call: Call, facts: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in facts.items() if key != "email"}
    return {**shown, "audioUrl": _sample(call, facts["mediaId"])}


def _found(call: Call, shelf: dict[str, dict[str, Any]], shape: str) -> dict[str, Any]:
    reference = references.read(call.name, shape, shape, call.world.user)
    if reference.id not in shelf:
        raise refuse(404, f"{shape.capitalize()} not found")
    return shelf[reference.id]


def one(call: Call) -> Response:
    if name := references.preset(call.name):
        return Response.json(_preset(call, name))
    return Response.json(_own_voice(call, _found(call, call.world.voices, "voice")))


def forget(call: Call) -> Response:
    if references.preset(call.name):
        raise refuse(400, "A preset voice cannot be deleted")
    facts = _found(call, call.world.voices, "voice")
    call.vendor.change("voice", user=call.world.user, id=facts["workflowId"], facts=None)
    return Response.json({"deleted": True, "workflowId": facts["workflowId"], "voice": facts["voice"]})


def make_character(call: Call) -> Response:
    body = fields.check(call.body, fields.CHARACTER)
    names = [name for name in ("imageReference_1", "imageReference_2") if name in body]
    pictures = [references.find(call.world, body[name], name, "image") for name in names]
    owners = [media.email for media in pictures]
    voice, tail = _chosen_voice(call, body.get("voice"), owners)
    email = references.one_account(owners, None) or ""
    entity = call.vendor.make_id()
    text = media_id(call.world.user, email, "character", f"{entity}-imgs:{len(pictures)}{tail}")
    facts = {
        "character": text, "entityId": entity, "displayName": body["displayName"], "email": email,
        "personalityNotes": body.get("personalityNotes", ""), "imageIds": [media.id for media in pictures],
        "voice": voice, "createTime": iso(call.now), "updateTime": iso(call.now),
    }  # fmt: skip
    call.vendor.change("character", user=call.world.user, id=entity, facts=facts)
    shown = {key: facts[key] for key in ("entityId", "character", "displayName", "personalityNotes")}
    shown["imageReferences"] = [{"mediaId": media.id} for media in pictures]
    return Response.json({**shown, "voice": voice} if voice else shown)


def _chosen_voice(call: Call, text: str | None, owners: list[str]) -> tuple[str, str]:
    """The voice and its part of the character's id."""
    if not text:
        return "", ""
    if name := references.preset(text):
        return name.lower(), f"-voice:{name.lower()}"
    voice = references.read(text, "voice", "voice", call.world.user)
    if voice.id not in call.world.voices:
        raise refuse(404, "Voice not found")
    owners.append(voice.email)
    return text, f"-voice:{voice.id}"


def _shown_character(call: Call, facts: dict[str, Any], *, links: bool) -> dict[str, Any]:
    hidden = ("imageIds", "email", "voice")
    shown: dict[str, Any] = {key: value for key, value in facts.items() if key not in hidden}
    pictures = [call.world.media[id] for id in facts["imageIds"]]
    shown["thumbnailMediaId"] = pictures[0].id
    shown["imageReferences"] = [{"workflowId": f"w-{media.id[:8]}"} for media in pictures]
    if facts["voice"]:
        shown["voice"] = _character_voice(call, facts["voice"])
    if links:
        addresses = [link(call.vendor, call.world, media, "image", since=call.now) for media in pictures]
        shown["thumbnailUrl"] = addresses[0]
        for entry, address in zip(shown["imageReferences"], addresses, strict=True):
            entry["previewUrl"] = address
    return shown


def _character_voice(call: Call, voice: str) -> dict[str, Any]:
    if name := references.preset(voice):
        return {"source": "system", "voice": name, "audioUrl": _sample(call, name)}
    workflow = references.read(voice, "voice", "voice", call.world.user).id
    if workflow not in call.world.voices:
        return {"workflowId": workflow, "deleted": True}
    return {"source": "user", "workflowId": workflow, "audioUrl": _sample(call, workflow)}


def characters(call: Call) -> Response:
    account = _account(call, call.request.query.get("email"))
    own = [facts for facts in call.world.characters.values() if facts["email"] == account.email]
    return Response.json({"characters": [_shown_character(call, facts, links=False) for facts in own]})


def character(call: Call) -> Response:
    facts = _found(call, call.world.characters, "character")
    return Response.json(_shown_character(call, facts, links=True))


def forget_character(call: Call) -> Response:
    facts = _found(call, call.world.characters, "character")
    call.vendor.change("character", user=call.world.user, id=facts["entityId"], facts=None)
    return Response.json({"deleted": True, "entityId": facts["entityId"], "character": facts["character"]})
