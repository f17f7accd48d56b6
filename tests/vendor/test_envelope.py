"""Reasons, sentences and waits are found wherever the vendor puts them (flow-api.md 11.1, 15 and 16)."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from generations.vendor.envelope import page_text, reason_of, refusal, retry_after, text_of

PASSED_THROUGH = {
    "code": 403,
    "message": "reCAPTCHA evaluation failed",
    "status": "PERMISSION_DENIED",
    "details": [{"@type": "x", "reason": "PUBLIC_ERROR_UNUSUAL_ACTIVITY"}],
}
FILTERED = {
    "media": [
        {
            "mediaMetadata": {
                "mediaStatus": {
                    "mediaGenerationStatus": "MEDIA_GENERATION_STATUS_FAILED",
                    "error": {"code": 3, "message": "PUBLIC_ERROR_AUDIO_FILTERED"},
                    "failureReasons": ["AUDIO_GENERATION_FILTERED"],
                },
                "visibility": "FILTERED",
            }
        }
    ]
}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": PASSED_THROUGH}, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
        ({"error": [None, PASSED_THROUGH]}, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
        ({"error": json.dumps({"error": PASSED_THROUGH})}, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
        (
            {"error": "API error: 400", "errorDetails": json.dumps(PASSED_THROUGH)},
            "PUBLIC_ERROR_UNUSUAL_ACTIVITY",
        ),
        ({"error": "x", "response": {"error": PASSED_THROUGH}}, "PUBLIC_ERROR_UNUSUAL_ACTIVITY"),
        (FILTERED, "PUBLIC_ERROR_AUDIO_FILTERED"),
        ({"status": "failed", "response": FILTERED}, "PUBLIC_ERROR_AUDIO_FILTERED"),
        ({"error": "failed: FINISH_REASON_INPUT_VIDEO_EDIT (3)"}, "FINISH_REASON_INPUT_VIDEO_EDIT"),
        ({"error": "x", "reason": "AUDIO_GENERATION_FILTERED"}, "AUDIO_GENERATION_FILTERED"),
        ({"error": "no_eligible_account"}, "no_eligible_account"),
        (
            {"error": "no_eligible_account", "skipReasons": [{"reason": "PUBLIC_ERROR_USER_QUOTA_REACHED"}]},
            "no_eligible_account",
        ),
        ({"error": {"details": [{"reason": "R" * 300}]}}, "R" * 100),
        ({"error": "Captcha service failed: ERROR_ZERO_BALANCE"}, "ERROR_ZERO_BALANCE"),
        ({"error": {"code": 503, "message": "Down", "status": "UNAVAILABLE"}}, "UNAVAILABLE"),
        ({"error": {"details": "no list", "message": None, "status": 7}}, "7"),
        ({"error": "Unauthorized"}, ""),
        ({"error": None}, ""),
        ({}, ""),
        ([], ""),
        (None, ""),
        ("PUBLIC_ERROR_SEXUAL", "PUBLIC_ERROR_SEXUAL"),
    ],
)
def test_a_reason_is_found_wherever_it_sits(answer, reason):
    assert reason_of(answer) == reason


def test_the_details_win_over_words_elsewhere():
    answer = {"error": PASSED_THROUGH, "note": "PUBLIC_ERROR_SEXUAL"} | FILTERED
    assert reason_of(answer) == "PUBLIC_ERROR_UNUSUAL_ACTIVITY"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"error": "Parameter n not supported", "code": 400}, "Parameter n not supported"),
        ({"error": PASSED_THROUGH}, "reCAPTCHA evaluation failed"),
        ({"error": ["One", {"message": "Two"}]}, "One: Two"),
        (
            {"error": "API error: 500", "errorDetails": "Internal error encountered."},
            "API error: 500: Internal error encountered.",
        ),
        ({"error": "no_eligible_account", "message": "All accounts rest"}, "All accounts rest"),
        ({"error": "no_eligible_account"}, "no_eligible_account"),
        ({"error": 17}, "17"),
        ({"error": {"message": ["?"]}}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_sentence_for_people(answer, sentence):
    assert text_of(answer) == sentence


def test_a_page_is_summed_up_by_its_title_or_first_words():
    assert page_text(b"<html><title>502 Bad\n Gateway</title><p>nginx") == "502 Bad Gateway"
    assert page_text(b"<h1>Oh</h1> <p>no</p>") == "Oh no"
    assert page_text(b"") == ""
    assert page_text(b"\xff\xfe\x00") != ""


NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "120"}, {}, 120),
        ({"retry-after": " 1.5 "}, {}, 1.5),
        ({"retry-after": format_datetime(NOW + timedelta(minutes=2), usegmt=True), "date": DATE}, {}, 120),
        ({"retry-after": format_datetime(NOW - timedelta(minutes=2), usegmt=True), "date": DATE}, {}, 0),
        ({"retry-after": "30"}, {"retryAfter": "2026-11-24T11:00:00Z"}, 30),
        ({"date": DATE}, {"retryAfter": "2026-11-24T10:45:30.000Z"}, 45.5 * 60),
        ({"date": DATE}, {"error": {"retryAfter": "2026-11-24T10:01:00+00:00"}}, 60),
        ({"retry-after": "soon", "date": DATE}, {"retryAfter": "2026-11-24T10:01:00Z"}, 60),
        ({}, {"retryAfter": 15}, 15),
        ({"retry-after": "9999999"}, {}, 86400),
        ({"date": DATE}, {"retryAfter": "2027-11-24T10:45:30.000Z"}, 86400),
        ({"retry-after": "-5"}, {}, 0),
        ({"retry-after": "nan"}, {}, None),
        ({"retry-after": "inf"}, {}, None),
        ({}, {"retryAfter": "tomorrow"}, None),
        ({}, {"retryAfter": True}, None),
        ({}, {}, None),
        ({}, None, None),
    ],
)
def test_the_wait_is_read_in_every_form(headers, body, seconds):
    assert retry_after(headers, body) == seconds


def test_a_date_without_the_vendors_clock_is_read_against_ours():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 97 <= retry_after({"retry-after": later}) <= 100
    when = datetime.fromtimestamp(time.time() + 50, UTC).isoformat()
    assert 48 <= retry_after({}, {"retryAfter": when}) <= 50


def test_a_refusal_carries_all_that_was_told():
    body = json.dumps({"error": "no_eligible_account", "message": "Rest", "skipReasons": []}).encode()
    no = refusal(429, {"retry-after": "30"}, body)
    assert (no.status, no.reason, no.text, no.retry_after) == (429, "no_eligible_account", "Rest", 30)
    assert no.raw == body.decode()
    assert str(no) == "429: no_eligible_account: Rest"


def test_what_is_kept_of_an_answer_is_at_most_four_kilobytes():
    body = json.dumps({"error": "x" * 9000}).encode()
    no = refusal(400, {}, body)
    assert len(no.raw) == 4096
    assert len(no.text) <= 500
