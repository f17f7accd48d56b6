"""Every trouble strikes as its row says, and the vendor's record tells what was accepted and charged."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from generations.sandbox.troubles.catalogue import (
    CONTENT,
    LINES,
    LINKS,
    OTHER_NAMES,
    PLACES,
    SERVICE,
    TROUBLES,
)

from .client import ULTRA, Caller

GATES = [row for row in (*SERVICE, *CONTENT, *OTHER_NAMES) if row.stage == "gate"]
ENDS = [row for row in TROUBLES.values() if row.stage == "job"]


@pytest.mark.parametrize("row", GATES, ids=lambda row: row.name)
def test_a_refusal_is_complete_and_costs_nothing(caller: Caller, row: object) -> None:
    before = caller.credits()
    answer = caller.clip(f"A boat [fail:{row.name}]")  # type: ignore[attr-defined]
    assert answer.status_code == row.status  # type: ignore[attr-defined]
    assert (row.reason or "error") in json.dumps(answer.json())  # type: ignore[attr-defined]
    assert "{" not in str(answer.json()["error"]).replace("{'", "")
    assert ("retry-after" in answer.headers) == bool(row.wait)  # type: ignore[attr-defined]
    assert caller.jobs_seen() == 0
    assert caller.credits() == before


@pytest.mark.parametrize("row", ENDS, ids=lambda row: row.name)
def test_a_failed_job_says_why_and_gives_the_credits_back(caller: Caller, row: object) -> None:
    before = caller.credits()
    record = caller.finished(caller.accepted(f"A boat [fail:{row.name}]"))  # type: ignore[attr-defined]
    assert record["status"] == "failed"
    assert (row.reason or row.words) in json.dumps(record)  # type: ignore[attr-defined]
    assert caller.credits() == before


@pytest.mark.parametrize("place", [place for place in PLACES if place != "nothing"])
def test_the_reason_of_a_failed_job_hides_where_it_was_ordered(caller: Caller, place: str) -> None:
    record = caller.finished(caller.accepted(f"A boat [fail:content_person@{place}]"))
    del record["request"]
    assert "PUBLIC_ERROR_PROMINENT_PEOPLE_FILTER_FAILED" in json.dumps(record) or place == "reasons"
    assert "PROMINENT_PEOPLE_FILTER_FAILED" in json.dumps(record)
    assert record["status"] == "failed"


def test_a_reason_nobody_knows_can_be_ordered(caller: Caller) -> None:
    assert "PUBLIC_ERROR_BRAND_NEW" in caller.clip("x [fail:PUBLIC_ERROR_BRAND_NEW]").text
    assert "PUBLIC_ERROR_BRAND_NEW" in json.dumps(
        caller.finished(caller.accepted("x [fail:PUBLIC_ERROR_BRAND_NEW@job]"))
    )


def test_a_counted_trouble_strikes_so_often_and_then_lets_pass(caller: Caller) -> None:
    prompt = f"Customer {caller.user} [fail:overloaded:2]"
    assert [caller.clip(prompt).status_code for _ in range(3)] == [503, 503, 201]


@pytest.mark.parametrize("row", LINES[1:], ids=lambda row: row.name)
def test_a_broken_line_hides_whether_the_job_exists(caller: Caller, row: object) -> None:
    caller.timeout = httpx.Timeout(1.0 if "hang" in row.name else 10.0)  # type: ignore[attr-defined]
    try:
        answer = caller.clip(f"A boat [fail:{row.name}]")  # type: ignore[attr-defined]
    except httpx.TransportError:
        answer = None
    for _ in range(100):
        if caller.jobs_seen() == row.accepted:  # type: ignore[attr-defined]
            break
        time.sleep(0.01)
    assert caller.jobs_seen() == row.accepted  # type: ignore[attr-defined]
    if row.delivery in ("cut", "cut_body", "hang"):  # type: ignore[attr-defined]
        assert answer is None
    elif row.name != "slow_body":  # type: ignore[attr-defined]
        assert answer is not None
        assert row.status == answer.status_code  # type: ignore[attr-defined]
        with pytest.raises((KeyError, ValueError, AssertionError, TypeError)):
            assert answer.json()["jobid"]


def test_a_line_can_break_before_the_request_is_read(caller: Caller) -> None:
    caller.vendor.control.trouble("network", endpoint="/videos", times=1)
    with pytest.raises(httpx.TransportError):
        caller.clip()
    assert caller.jobs_seen() == 0
    assert caller.clip().status_code == 201


def test_clips_can_come_out_partly_or_not_at_all(caller: Caller) -> None:
    before = caller.credits()
    media = caller.media("A [fail:partial]", count=3)
    assert ["videoUrl" in item for item in media] == [True, True, False]
    assert "PUBLIC_ERROR_AUDIO_FILTERED" in json.dumps(media[2])
    assert caller.credits() == before - 20
    assert len(caller.media("A [fail:fewer]", count=3)) == 2
    assert caller.media("A [fail:no_media]") == []
    assert "videoUrl" not in caller.media("A [fail:no_url]")[0]
    silent = caller.media("A [fail:content_silent]")[0]
    assert "videoUrl" not in silent and "mediaGenerationId" not in silent
    assert "thumbnailUrl" not in caller.media("A [fail:no_thumbnail]")[0]
    old = caller.finished(caller.accepted("A [fail:old_shape]"))["response"]
    assert old["operations"][0]["operation"]["metadata"]["video"]["fifeUrl"].startswith("http")
    assert caller.get(f"/jobs/{caller.accepted('A [fail:lost_job]')}").status_code == 404
    assert (
        caller.get(f"/jobs/{caller.accepted('A [fail:odd_state][fail:slow]')}").json()["status"] == "queued"
    )
    stuck = caller.accepted("A [fail:stuck]")
    caller.vendor.control.advance(6 * 3600)
    assert caller.get(f"/jobs/{stuck}").json()["status"] == "started"


def test_images_can_be_refused_silently_or_with_a_500(caller: Caller) -> None:
    def image(word: str) -> httpx.Response:
        return caller.post("/images", json={"prompt": f"A fox [fail:{word}]", "count": 2, "email": ULTRA})

    silent = image("content_silent").json()["media"]
    assert all(set(item["image"]["generatedImage"]) == {"seed", "prompt"} for item in silent)
    assert image("content_500").status_code == 500
    assert image("no_media").json()["media"] == []
    partial = [item["image"]["generatedImage"] for item in image("partial").json()["media"]]
    assert ["fifeUrl" in item for item in partial] == [True, False]
    assert "encodedImage" in image("base64").json()["media"][0]["image"]["generatedImage"]


@pytest.mark.parametrize("row", LINKS, ids=lambda row: row.name)
def test_a_download_can_go_wrong(caller: Caller, row: object) -> None:
    good = httpx.get(caller.media("A boat")[0]["videoUrl"]).content
    link = caller.media(f"A boat [fail:{row.name}]")[0]["videoUrl"]  # type: ignore[attr-defined]
    try:
        answer = httpx.get(link, timeout=10)
    except httpx.TransportError:
        assert row.delivery in ("short", "cut_body", "huge")  # type: ignore[attr-defined]
        return
    assert answer.status_code == (row.status or 200)  # type: ignore[attr-defined]
    if row.delivery == "drip":  # type: ignore[attr-defined]
        assert len(answer.content) == pytest.approx(len(good), abs=40)
    elif row.name == "redirect_out":  # type: ignore[attr-defined]
        assert answer.headers["location"].startswith("https://elsewhere.invalid")
    else:
        assert len(answer.content) != len(good)


def test_a_renewed_link_lives_and_a_counted_short_body_heals(caller: Caller) -> None:
    item = caller.media("A boat [fail:link_dead]")[0]
    assert httpx.get(item["videoUrl"]).status_code == 403
    fresh = caller.get(f"/assets/{item['mediaGenerationId'].replace(':', '%3A')}").json()["url"]
    assert httpx.get(fresh).status_code == 200
    link = caller.media("A boat [fail:wrong_body:2]")[0]["videoUrl"]
    assert [httpx.get(link).headers["content-type"] for _ in range(3)] == [
        "text/html",
        "text/html",
        "video/mp4",
    ]


def test_standing_orders_strike_any_endpoint_and_customer(caller: Caller) -> None:
    order = caller.vendor.control.trouble
    order("account_signed_out", endpoint="/accounts/{email}", times=1, user=str(caller.user))
    with Caller(caller.vendor, 6001) as other:
        assert other.get("/accounts/ultra%40sandbox.example").status_code == 200
    assert caller.get("/accounts/ultra%40sandbox.example").status_code == 596
    order("file_size", endpoint="/assets/{email}", times=1)
    assert caller.upload().status_code == 400
    jobid = caller.accepted()
    order("html_502", endpoint="/jobs/{jobid}", times=1)
    assert [caller.get(f"/jobs/{jobid}").status_code for _ in range(2)] == [502, 200]
    order("throttled", endpoint="/videos", times=3, retry_after="none")
    answer = caller.clip()
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers and "retryAfter" not in answer.json()
    caller.vendor.control.calm()
    order("throttled", endpoint="/videos", probability=0.5)
    assert {caller.clip().status_code for _ in range(40)} == {201, 429}
    order("link_502", endpoint="media", times=1)
    caller.vendor.control.calm()
    assert caller.clip().status_code == 201


def test_a_vendor_without_echo_does_not_give_the_reference_back(caller: Caller) -> None:
    caller.vendor.control.switch(echo_reply_ref=False)
    jobid = caller.accepted(replyRef="mine")
    assert "replyRef" not in caller.get(f"/jobs/{jobid}").json()["request"]
    submissions = caller.vendor.control.record()["submissions"]
    assert next(entry for entry in submissions if entry["jobid"] == jobid)["replyRef"] == "mine"
