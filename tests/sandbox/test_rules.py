"""Every 400 names what is wrong, and a refused request makes no job."""

from __future__ import annotations

from typing import Any

import pytest

from .client import FREE, OUT, PRO, ULTRA, Caller, png

PICTURE, CLIP = "<picture>", "<clip>"

REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"prompt": "   "}, "prompt"),
    ({"prompt": 7}, "prompt"),
    ({"n": 2}, "Parameter n not supported"),
    ({"generateAudio": False}, "Parameter generateAudio not supported"),
    ({"seed": None}, "seed"),
    ({"model": "veo-9"}, "model"),
    ({"aspectRatio": "1:1"}, "aspectRatio"),
    ({"duration": 5}, "duration"),
    ({"duration": 10}, "duration"),
    ({"duration": 6, "model": "veo-3.1-quality"}, "duration"),
    ({"duration": 6, "referenceImage_1": PICTURE}, "duration"),
    ({"duration": 2, "model": "omni-flash-1.2"}, "duration"),
    ({"count": 5}, "count"),
    ({"count": 0}, "count"),
    ({"count": True}, "count"),
    ({"seed": -1}, "seed"),
    ({"resolution": "1080p"}, "resolution"),
    ({"resolution": "360p"}, "resolution"),
    ({"endImage": PICTURE}, "endImage requires startImage"),
    ({"startImage": PICTURE, "endImage": PICTURE, "model": "omni-flash"}, "endImage"),
    ({"startImage": PICTURE, "referenceImage_1": PICTURE}, "referenceImage_1"),
    ({"startImage": PICTURE, "referenceAudio_1": "Kore"}, "referenceAudio_1"),
    ({"startImage": PICTURE, "referenceVideo_1": CLIP, "model": "omni-flash"}, "startImage"),
    ({"referenceImage_1": PICTURE, "model": "veo-3.1-quality"}, "referenceImage_1"),
    ({f"referenceImage_{number}": PICTURE for number in range(1, 5)}, "referenceImage_4"),
    ({f"referenceImage_{number}": PICTURE for number in range(1, 9)} | {"model": "omni-flash"}, "at most 7"),
    ({"referenceImage_11": PICTURE}, "Parameter referenceImage_11 not supported"),
    ({"referenceAudio_1": "Kore"}, "referenceAudio_1"),
    ({"referenceAudio_1": "Kore", "model": "omni-flash"}, "referenceAudio_1"),
    ({"referenceAudio_1": "Nobody", "referenceImage_1": PICTURE}, "referenceAudio_1"),
    (
        {"referenceAudio_1": "Kore", "referenceAudio_2": "Puck", "referenceImage_1": PICTURE},
        "referenceAudio_2",
    ),
    ({"referenceVideo_1": CLIP}, "referenceVideo_1"),
    ({"referenceVideo_1": CLIP, "model": "omni-flash", "duration": 8}, "duration"),
    (
        {"referenceVideo_1": CLIP, "model": "omni-flash", "startFrameIndex_1": 90, "endFrameIndex_1": 90},
        "endFrame",
    ),
    ({"startFrameIndex_1": 3}, "startFrameIndex_1 requires referenceVideo_1"),
    ({"endFrameIndex_1": 241, "referenceVideo_1": CLIP, "model": "omni-flash"}, "endFrameIndex_1"),
    ({"prompt": "like @referenceImage_1"}, "@referenceImage_1"),
    ({"prompt": "hello @CHARACTER_2"}, "@CHARACTER_2"),
    ({"prompt": "as in @referenceVideo_1"}, "@referenceVideo_1"),
    ({"startImage": "user:1-nonsense"}, "startImage"),
    ({"startImage": CLIP}, "startImage"),
    ({"startImage": PICTURE, "email": PRO}, "Email mismatch"),
    ({"captchaRetry": 3, "captchaOrder": "CapSolver"}, "mutually exclusive"),
    ({"captchaToken": "short"}, "captchaToken"),
    ({"replyUrl": "http://127.0.0.1/" + "x" * 1024}, "replyUrl"),
    ({"replyRef": "x" * 1025}, "replyRef"),
    ({"email": PRO, "duration": 4}, "Tier 'PAYGATE_TIER_ONE' does not have access"),
    ({"email": PRO, "model": "veo-3.1-lite-low-priority"}, "Tier 'PAYGATE_TIER_ONE' does not have access"),
    (
        {"email": FREE},
        "Tier 'PAYGATE_TIER_NOT_PAID' does not have access to 'veo-3.1-fast' model for T2V mode",
    ),
    ({"email": FREE, "model": "omni-flash-1.2", "duration": 12}, "Tier 'PAYGATE_TIER_NOT_PAID'"),
)


@pytest.fixture(scope="module")
def stocked(shared_vendor: Any) -> Any:
    """A customer with one uploaded picture and one finished clip."""
    with Caller(shared_vendor, 6100) as caller:
        caller.stock = {PICTURE: caller.picture(), CLIP: caller.media()[0]["mediaGenerationId"]}  # type: ignore[attr-defined]
        yield caller


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=lambda value: str(value)[:48])
def test_a_broken_rule_is_a_400_that_names_the_field(
    stocked: Any, fields: dict[str, Any], words: str
) -> None:
    before = stocked.jobs_seen()
    filled = {
        name: stocked.stock.get(value, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    answer = stocked.post("/videos", json={"prompt": "A boat", "async": True, **filled})
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]
    assert stocked.jobs_seen() == before


def test_what_the_rules_allow_is_accepted(stocked: Any) -> None:
    picture, clip = stocked.stock[PICTURE], stocked.stock[CLIP]
    allowed: tuple[dict[str, Any], ...] = (
        {"duration": 4}, {"duration": 6, "model": "veo-3.1-lite", "email": ULTRA},
        {"startImage": picture}, {"startImage": picture, "endImage": picture, "aspectRatio": "portrait"},
        {"referenceImage_1": picture, "referenceImage_3": picture, "referenceAudio_1": "zephyr"},
        {"model": "omni-flash", "duration": 10, "resolution": "360p"},
        {"model": "omni-flash", "referenceVideo_1": clip, "startFrameIndex_1": 24, "endFrameIndex_1": 96},
        {"model": "omni-flash-1.2", "startImage": picture, "endImage": picture, "duration": 9},
        {"prompt": "like @ReferenceImage_1, mail me @home", "referenceImage_1": picture},
    )  # fmt: skip
    for fields in allowed:
        answer = stocked.post("/videos", json={"prompt": "A boat", "async": True, **fields})
        assert answer.status_code == 201, (fields, answer.text)


def test_an_edit_lasts_as_long_as_its_window(stocked: Any) -> None:
    fields = {"referenceVideo_1": stocked.stock[CLIP], "startFrameIndex_1": 24, "endFrameIndex_1": 96}
    answer = stocked.post("/videos", json={"prompt": "snow", "model": "omni-flash", **fields})
    assert answer.json()["media"][0]["video"]["dimensions"]["length"] == "3s"


def test_switches_lift_the_two_rules_that_changed_over_the_year(stocked: Any, vendor: Any) -> None:
    vendor.control.switch(omni_end_frame=True, omni_voice_alone=True)
    picture = stocked.stock[PICTURE]
    for fields in ({"startImage": picture, "endImage": picture}, {"referenceAudio_1": "Charon"}):
        body = {"prompt": "A boat", "async": True, "model": "omni-flash", **fields}
        assert stocked.post("/videos", json=body).status_code == 201


def test_missing_and_foreign_things_are_told_apart(caller: Caller) -> None:
    picture = caller.picture()
    for fields, status in (
        ({"email": "nobody@example.com"}, 404),
        ({"startImage": picture[:-1] + "_"}, 404),
        ({"startImage": picture.replace(f"user:{caller.user}", "user:1")}, 403),
        ({"email": OUT}, 596),
    ):
        assert caller.post("/videos", json={"prompt": "x", "async": True, **fields}).status_code == status, (
            fields
        )


def test_an_empty_purse_is_a_402_and_nothing_is_taken(caller: Caller) -> None:
    caller.vendor.control.account(ULTRA, user=caller.user, credits=15)
    answer = caller.clip(count=2)
    assert answer.status_code == 402
    assert "credits" in answer.json()["error"]
    assert caller.credits() == 15


def test_only_the_family_manager_may_use_the_free_queue(caller: Caller) -> None:
    caller.vendor.control.account(ULTRA, user=caller.user, manager=False)
    answer = caller.clip(model="veo-3.1-lite-low-priority")
    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "PUBLIC_ERROR_MODEL_ACCESS_DENIED"


def test_images_are_synchronous_and_free_and_know_their_own_fields(caller: Caller) -> None:
    before = caller.credits()
    answer = caller.post(
        "/images", json={"prompt": "A fox", "count": 2, "model": "nano-banana-2", "email": ULTRA}
    )
    assert answer.status_code == 200
    made = [item["image"]["generatedImage"] for item in answer.json()["media"]]
    assert len({item["fifeUrl"] for item in made}) == 2
    assert caller.get(f"/jobs/{answer.json()['jobId']}").json()["type"] == "image"
    assert caller.credits() == before
    assert len(caller.post("/images", json={"prompt": "A fox"}).json()["media"]) == 4
    for fields, words in (
        ({"async": True}, "Parameter async not supported"),
        ({"aspectRatio": "auto"}, "auto"),
        ({"duration": 8}, "Parameter duration not supported"),
        ({"reference_11": "x"}, "reference_11"),
        ({"prompt": "as @referenceAudio_1"}, "@referenceAudio_1"),
        ({"prompt": "as @reference_1"}, "@reference_1"),
        ({"model": "dall-e"}, "model"),
    ):
        answer = caller.post("/images", json={"prompt": "A fox", "count": 1, **fields})
        assert (answer.status_code, words in answer.text) == (400, True), answer.text


def test_uploads_go_to_the_account_in_the_path_and_are_checked(caller: Caller) -> None:
    answer = caller.upload()
    assert answer.status_code == 200
    assert answer.json()["mediaGenerationId"]["mediaGenerationId"].startswith(f"user:{caller.user}-email:")
    assert (answer.json()["width"], answer.json()["email"]) == (640, ULTRA)
    asked = caller.post(f"/assets?email={PRO}", content=png(), headers={"Content-Type": "image/png"})
    assert asked.json()["email"] == ULTRA  # the query is ignored, as live
    for content, kind, words in (
        (b"", "image/png", "empty"),
        (png(), "image/gif", "Content-Type"),
        (png(), "image/jpeg", "PNG"),
        (b"not a picture", "image/png", "UNKNOWN_IMAGE_FILE_FORMAT"),
        (b"x" * 20_971_521, "image/png", "File size (20971521) is over 20971520 bytes"),
        (b"not a clip", "video/mp4", "VIDEO_UPLOAD_FAILED"),
    ):
        refused = caller.post(
            "/assets/ultra%40sandbox.example", content=content, headers={"Content-Type": kind}
        )
        assert (refused.status_code, words in refused.text) == (400, True), refused.text
    assert caller.upload("nobody@example.com").status_code == 404
    assert caller.upload(OUT).status_code == 596


def test_assets_are_listed_renewed_and_deleted(caller: Caller) -> None:
    picture, clip = caller.picture(), caller.media()[0]["mediaGenerationId"]
    listed = caller.get("/assets/media/ultra%40sandbox.example").json()
    assert {entry["mediaGenerationId"]: entry["likelyUpload"] for entry in listed["media"]} == {
        picture: True,
        clip: False,
    }
    projects = caller.get("/assets/projects/ultra%40sandbox.example").json()["projects"]
    assert projects[0]["byType"] == {"image": 0, "video": 1}
    raw = caller.get(f"/assets/{picture.replace(':', '%3A')}?raw=1")
    assert (raw.headers["content-type"], raw.content) == ("image/png", png())
    path = "/assets/ultra%40sandbox.example"
    refused = caller.request("DELETE", path, json={"mediaGenerationIds": [picture, "nonsense"]})
    assert refused.status_code == 400
    assert caller.get(f"/assets/{picture.replace(':', '%3A')}").status_code == 200
    for _ in range(2):
        assert caller.request("DELETE", path, json={"mediaGenerationIds": [picture]}).status_code == 200
    assert caller.get(f"/assets/{picture.replace(':', '%3A')}").status_code == 404


def test_accounts_tell_health_plan_and_prices(caller: Caller) -> None:
    accounts = caller.get("/accounts").json()
    assert list(accounts) == [ULTRA, PRO, OUT, FREE]
    assert accounts[ULTRA]["health"] == "OK"
    assert "signed your account out" in accounts[OUT]["health"] == accounts[OUT]["error"]
    assert "nextRefresh" not in accounts[OUT]
    shown = caller.get("/accounts/pro%40sandbox.example").json()
    assert shown["credits"] == {"credits": 1000, "userPaygateTier": "PAYGATE_TIER_ONE", "sku": "G1_TIER1",
                                "serviceTier": "SERVICE_TIER_STANDARD"}  # fmt: skip
    prices = {
        (m["displayName"], m["videoLengthSeconds"]): m["creditCost"] for m in shown["models"]["videoModels"]
    }
    assert prices["Veo 3.1 - Fast", 8] == 20
    assert ("Veo 3.1 - Fast", 4) not in prices
    assert (
        caller.get("/accounts/nobody%40x.example").json()["error"]
        == "Google Flow account nobody@x.example not found"
    )


def test_voices_and_characters_live_and_are_used(caller: Caller) -> None:
    body = {
        "email": ULTRA,
        "voice": "Kore",
        "displayName": "Gran",
        "dialog": "Hello",
        "voicePerformance": "warm",
    }
    voice = caller.post("/voices", json=body).json()
    assert voice["baseVoice"] == "Kore"
    assert len(caller.get("/voices", params={"email": ULTRA}).json()["voices"]) == 31
    assert caller.get("/voices").json()["error"] == "Parameter email is required"
    made = caller.post(
        "/characters",
        json={"displayName": "Pip", "imageReference_1": caller.picture(), "voice": voice["voice"]},
    ).json()
    shown = caller.get(f"/characters/{made['character'].replace(':', '%3A')}").json()
    assert shown["displayName"] == "Pip"
    assert caller.accepted("Hello @character_1", character_1=made["character"])
    gone = caller.delete(f"/characters/{made['character'].replace(':', '%3A')}").json()
    assert gone["deleted"] is True
    assert caller.clip("Hello", character_1=made["character"]).status_code == 404
    assert caller.delete("/voices/Kore").status_code == 400


def test_the_least_loaded_account_is_chosen_and_a_throttled_one_rests(caller: Caller) -> None:
    caller.vendor.control.switch(speed=1, accept_delay=0)
    emails = []
    for _ in range(2):
        emails.append(
            caller.post("/videos", json={"prompt": "x", "async": True}).json()["jobid"].split("email:")[1]
        )
    assert emails[0] != emails[1]
    caller.vendor.control.switch(speed=1)
    for email in (ULTRA, PRO):
        assert caller.clip("x [fail:throttled]", email=email).status_code == 429
    answer = caller.post("/videos", json={"prompt": "x", "async": True})
    assert answer.status_code == 429
    assert answer.json()["error"] == "no_eligible_account"
    assert {entry["email"] for entry in answer.json()["skipReasons"]} == {ULTRA, PRO}
    assert 1700 < int(answer.headers["retry-after"]) <= 1800
    assert caller.clip().status_code == 201  # a pinned account is not held back
    caller.vendor.control.advance(1801)
    assert caller.post("/videos", json={"prompt": "x", "async": True}).status_code == 201


def test_an_automatic_ratio_follows_the_first_reference(caller: Caller) -> None:
    tall = caller.post(
        "/assets/ultra%40sandbox.example", content=png((300, 400)), headers={"Content-Type": "image/png"}
    )
    reference = tall.json()["mediaGenerationId"]["mediaGenerationId"]
    body = {"prompt": "A fox", "count": 1, "model": "nano-banana-2", "reference_1": reference}
    made = caller.post("/images", json=body).json()["media"][0]["image"]["generatedImage"]
    assert made["aspectRatio"] == "IMAGE_ASPECT_RATIO_PORTRAIT_THREE_FOUR"
    assert made["mediaGenerationId"].split("-image:")[0] == reference.split("-image:")[0]


def test_solver_keys_are_masked_and_their_statistics_count_jobs(caller: Caller) -> None:
    assert caller.get("/accounts/captcha-providers").json() == {"freeCaptchaCredits": 300}
    assert caller.post("/accounts/captcha-providers", json={"Nobody": "x"}).status_code == 400
    assert caller.post("/accounts/captcha-providers", json={"CapSolver": "secret"}).json() == {
        "CapSolver": "sec***"
    }
    assert caller.post("/accounts/captcha-providers", json={"CapSolver": ""}).json() == {
        "freeCaptchaCredits": 300
    }
    jobid = caller.accepted()
    rows = caller.get("/accounts/captcha-stats").json()
    assert (rows["total"], rows["data"][0]["jobId"]) == (1, jobid)


def test_a_default_reply_address_belongs_to_the_customer(caller: Caller) -> None:
    origin = caller.vendor.origin
    assert caller.post(f"{origin}/v2/account", json={"replyUrl": "x" * 1025}).json() == {
        "error": "replyUrl is too long"
    }
    assert caller.post(f"{origin}/v2/account", json={"replyUrl": "http://127.0.0.1:9/x"}).status_code == 200
    assert caller.get(f"{origin}/v2/account").json()["replyUrl"] == "http://127.0.0.1:9/x"


def test_a_limit_of_running_jobs_can_be_ordered(caller: Caller) -> None:
    caller.vendor.control.switch(speed=1, accept_delay=0, max_running=2)
    assert [caller.clip().status_code for _ in range(3)] == [201, 201, 429]
