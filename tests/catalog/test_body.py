"""What goes over the wire: only fields the endpoint lists, explicit where the vendor's defaults moved."""

import re

import pytest
from hypothesis import given, settings

from generations.catalog.body import fields_of
from generations.catalog.nearest import nearest
from generations.catalog.request import Input, Request
from generations.catalog.rules import problems

from .test_nearest import facts, requests
from .wire import character, edit, frames, image, ingredients, video

TO = {"email": "maria.k@example.com", "reference": "site-228-1-abc"}
CLIP = (Input("mediaGenerationId", clip=9),)

# Fields that each endpoint lists (flow-api.md sections 8, 9.1, 10); captcha ones are never sent.
REPLY = {"replyRef", "replyUrl"}
COMMON = {"prompt", "model", "count", "seed", *REPLY}
LISTED = {
    "/videos": COMMON
    | {
        "aspectRatio",
        "duration",
        "resolution",
        "startImage",
        "endImage",
        "referenceVideo_1",
        "email",
        "async",
    }
    | {"startFrameIndex_1", "endFrameIndex_1"}
    | {f"referenceImage_{n}" for n in range(1, 11)}
    | {f"character_{n}" for n in range(1, 8)}
    | {f"referenceAudio_{n}" for n in range(1, 6)},
    "/images": COMMON
    | {"aspectRatio", "email"}
    | {f"reference_{n}" for n in range(1, 11)}
    | {f"character_{n}" for n in range(1, 8)},
    "/videos/extend": COMMON | {"mediaGenerationId", "async"},
    "/videos/upscale": {"mediaGenerationId", "resolution", "async", *REPLY},
    "/images/upscale": {"mediaGenerationId", "resolution"},
    "/videos/gif": {"mediaGenerationId"},
    "/videos/concatenate": {"media"},
}


@pytest.mark.parametrize(
    ("asked", "refs", "path", "fields"),
    [
        (
            Request("A harbour", "veo-3.1-fast"),
            {},
            "/videos",
            {
                "prompt": "A harbour",
                "model": "veo-3.1-fast",
                "aspectRatio": "landscape",
                "duration": 8,
                "count": 1,
                "email": "maria.k@example.com",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request("x", "omni-flash", ratio="9:16", seconds=4, count=2, seed=0, resolution="360p"),
            {},
            "/videos",
            {
                "prompt": "x",
                "model": "omni-flash",
                "aspectRatio": "portrait",
                "duration": 4,
                "count": 2,
                "seed": 0,
                "resolution": "360p",
                "email": "maria.k@example.com",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request(
                "x",
                "veo-3.1-quality",
                "frames",
                resolution="720p",
                inputs=(Input("startImage", picture=3), Input("endImage", ref=image(2))),
            ),
            {"startImage": image(1)},
            "/videos",
            {
                "prompt": "x",
                "model": "veo-3.1-quality",
                "aspectRatio": "landscape",
                "duration": 8,
                "count": 1,
                "startImage": image(1),
                "endImage": image(2),
                "email": "maria.k@example.com",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request(
                "@reference_1 talks",
                "veo-3.1-lite",
                "ingredients",
                inputs=(
                    Input("referenceImage_1", picture=3),
                    Input("character_1", ref=character()),
                    Input("referenceAudio_1", ref="zephyr"),
                ),
            ),
            {"referenceImage_1": image(1)},
            "/videos",
            {
                "prompt": "@referenceImage_1 talks",
                "model": "veo-3.1-lite",
                "aspectRatio": "landscape",
                "duration": 8,
                "count": 1,
                "referenceImage_1": image(1),
                "character_1": character(),
                "referenceAudio_1": "zephyr",
                "email": "maria.k@example.com",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            edit(extra={"startFrameIndex_1": 0, "endFrameIndex_1": 192}),
            {},
            "/videos",
            {
                "prompt": "Make it snow",
                "model": "omni-flash",
                "count": 1,
                "referenceVideo_1": video(),
                "startFrameIndex_1": 0,
                "endFrameIndex_1": 192,
                "email": "maria.k@example.com",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request(
                "As @referenceImage_1",
                "nano-banana-pro",
                "image",
                ratio="auto",
                seconds=None,
                count=4,
                inputs=(Input("referenceImage_1", picture=3),),
            ),
            {"referenceImage_1": image(1)},
            "/images",
            {
                "prompt": "As @reference_1",
                "model": "nano-banana-pro",
                "aspectRatio": "auto",
                "count": 4,
                "reference_1": image(1),
                "email": "maria.k@example.com",
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request("on", "veo-3.1-lite", "extend", seconds=None, seed=5, inputs=CLIP),
            {"mediaGenerationId": video()},
            "/videos/extend",
            {
                "mediaGenerationId": video(),
                "prompt": "on",
                "model": "veo-3.1-lite",
                "count": 1,
                "seed": 5,
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request("", "veo-3.1-fast", "upscale", seconds=None, inputs=CLIP),
            {"mediaGenerationId": video()},
            "/videos/upscale",
            {
                "mediaGenerationId": video(),
                "resolution": "1080p",
                "async": True,
                "replyRef": "site-228-1-abc",
            },
        ),
        (
            Request("", "nano-banana-2", "upscale", seconds=None, resolution="4k", inputs=CLIP),
            {"mediaGenerationId": image()},
            "/images/upscale",
            {"mediaGenerationId": image(), "resolution": "4k"},
        ),
        (
            Request("", "", "gif", inputs=CLIP),
            {"mediaGenerationId": video()},
            "/videos/gif",
            {"mediaGenerationId": video()},
        ),
        (
            Request(
                "",
                "",
                "join",
                inputs=(Input("mediaGenerationId_2", clip=2), Input("mediaGenerationId_1", clip=1)),
                extra={"trims": [[0, 0], [1, 0.5]]},
            ),
            {"mediaGenerationId_1": video(1), "mediaGenerationId_2": video(2)},
            "/videos/concatenate",
            {
                "media": [
                    {"mediaGenerationId": video(1)},
                    {"mediaGenerationId": video(2), "trimStart": 1, "trimEnd": 0.5},
                ]
            },
        ),
    ],
)
def test_each_mode_has_its_own_call(asked, refs, path, fields):
    assert fields_of(asked, refs=refs, **TO) == (path, fields)


def test_a_callback_address_is_sent_only_when_there_is_one():
    _, fields = fields_of(
        Request("x", "veo-3.1-fast"), refs={}, reply_url="https://flowsite.example/cb/1", **TO
    )
    assert fields["replyUrl"] == "https://flowsite.example/cb/1"


def test_a_picture_without_an_id_at_the_vendor_is_never_left_out_in_silence():
    with pytest.raises(ValueError, match="startImage"):
        fields_of(
            Request("x", "veo-3.1-fast", "frames", inputs=(Input("startImage", picture=3),)), refs={}, **TO
        )


@settings(max_examples=500, deadline=None, derandomize=True)
@given(requests, facts)
def test_a_possible_request_sends_only_listed_fields_and_no_empty_ones(asked, known):
    moved, _ = nearest(asked, known)
    if problems(moved, known):
        return
    refs = {
        i.slot: video() if "Video" in i.slot or "media" in i.slot else image()
        for i in moved.inputs
        if not i.ref
    }
    path, fields = fields_of(moved, refs=refs, **TO)
    assert set(fields) <= LISTED[path]
    assert all(value not in (None, "") for value in fields.values())
    assert (fields.get("async") is True) == (path in ("/videos", "/videos/extend", "/videos/upscale"))
    if path in ("/videos", "/images", "/videos/extend"):
        assert fields["model"] and 1 <= fields["count"] <= 4 and fields["replyRef"] == TO["reference"]
    assert fields.get("resolution") != "720p"
    markers = {m.lower() for m in re.findall(r"@([a-zA-Z]+_\d+)", str(fields.get("prompt", "")))}
    assert markers <= {name.lower() for name in fields}


def test_frames_and_ingredients_of_one_request_never_meet():
    for asked in (frames(end=True), ingredients(3), edit()):
        _, fields = fields_of(asked, refs={}, **TO)
        kinds = [
            any(f.startswith(p) for f in fields) for p in ("startImage", "referenceImage", "referenceVideo")
        ]
        assert sum(kinds) == 1
