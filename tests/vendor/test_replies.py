"""The vendor's documented answers are understood, and answers of any other shape do no harm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.vendor import replies

from .peer import CLIP, EMAIL, JOB, PICTURE

LINK = "https://flow-content.google/video/a1d95d21?Expires=1795605422&KeyName=k&Signature=s3cr3t"

COMPLETED = {
    "jobid": JOB,
    "type": "video",
    "status": "completed",
    "created": "2026-11-24T10:15:30.456Z",
    "updated": "2026-11-24T10:17:05.101Z",
    "request": {"async": True, "prompt": "A boat", "email": "ma***@example.com", "replyRef": "gen-311"},
    "response": {
        "media": [
            {
                "mediaMetadata": {
                    "mediaStatus": {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_SUCCESSFUL"},
                },
                "video": {
                    "generatedVideo": {"seed": 123456, "model": "veo_3_1_t2v_fast_ultra"},
                    "dimensions": {"length": "8s", "width": 1280, "height": 720},
                },
                "mediaGenerationId": CLIP,
                "videoUrl": LINK,
                "thumbnailUrl": LINK,
            }
        ],
        "remainingCredits": 18760,
    },
}


def test_a_completed_job_is_read_in_full():
    job = replies.JobRecord.read(COMPLETED)
    assert (job.job_id, job.state, job.reply_ref, job.email) == (JOB, "completed", "gen-311", EMAIL)
    assert job.created == datetime(2026, 11, 24, 10, 15, 30, 456000, tzinfo=UTC)
    assert (job.remaining_credits, job.reason, job.error_text) == (18760, "", "")
    (clip,) = job.media
    assert (clip.media_id, clip.url, clip.thumbnail_url, clip.ok) == (CLIP, LINK, LINK, True)
    assert (clip.seed, clip.length, clip.width, clip.height) == (123456, 8.0, 1280, 720)
    assert clip.model == "veo_3_1_t2v_fast_ultra"


def test_the_callback_of_a_failed_job_tells_its_reason():
    failed = {
        "jobId": JOB,
        "status": "failed",
        "error": "API error: 500",
        "errorDetails": "Internal error encountered.",
        "code": "500",
        "replyRef": "gen-311",
        "request": {"prompt": "PUBLIC_ERROR_SEXUAL in a prompt is no reason"},
        "response": {"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}},
    }
    job = replies.JobRecord.read(failed)
    assert (job.state, job.reason, job.code, job.reply_ref) == ("failed", "INTERNAL", 500, "gen-311")
    assert job.error_text == "API error: 500: Internal error encountered."


@pytest.mark.parametrize("status", ["created", "started", "queued", "processing", "???", "", None, 7])
def test_an_unknown_word_means_the_job_still_runs(status):
    assert replies.JobRecord.read({"jobid": JOB, "status": status}).state == "running"


def test_a_partial_result_keeps_its_good_clips_and_names_the_bad():
    filtered = {
        "mediaGenerationId": CLIP,
        "mediaMetadata": {
            "mediaStatus": {
                "mediaGenerationStatus": "MEDIA_GENERATION_STATUS_FAILED",
                "failureReasons": ["AUDIO_GENERATION_FILTERED"],
            }
        },
    }
    good = COMPLETED["response"]["media"][0]
    job = replies.JobRecord.read(COMPLETED | {"response": {"media": [good, filtered, {}]}})
    assert [(clip.ok, clip.reason) for clip in job.media] == [
        (True, ""),
        (False, "AUDIO_GENERATION_FILTERED"),
        (False, ""),
    ]
    assert job.media[1].media_id == CLIP
    assert job.reason == ""


def test_a_clip_that_is_called_failed_is_not_saved_although_it_has_a_link():
    status = {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_FAILED"}
    item = {"videoUrl": LINK, "mediaMetadata": {"mediaStatus": status}}
    assert not replies.Medium.read(item, 0).ok


def test_a_completed_job_without_a_usable_clip_has_none_that_is_ok():
    assert (
        replies.JobRecord.read({"jobid": JOB, "status": "completed", "response": {"media": []}}).media == ()
    )
    job = replies.JobRecord.read({"jobid": JOB, "status": "completed", "response": {"media": [{}]}})
    assert [clip.ok for clip in job.media] == [False]


def test_jobs_of_before_2026_are_read():
    old = {
        "operations": [{"operation": {"metadata": {"video": {"fifeUrl": LINK, "seed": 5}}}}, {"video": {}}]
    }
    (clip,) = replies.media_of(old)
    assert (clip.url, clip.ok, clip.seed) == (LINK, True, 5)


def test_an_operation_that_is_pending_is_no_medium():
    created = {"jobid": JOB, "response": {"operations": [{"operation": {"name": "8c"}, "status": "PENDING"}]}}
    assert replies.Accepted.read(created).media == ()


def test_an_address_in_a_job_id_is_found_in_full_or_masked():
    assert replies.email_in(JOB) == EMAIL
    assert replies.email_in("j1v-u1-email:jo***@gmail.com-bot:google-flow") == "jo***@gmail.com"
    assert replies.email_in("20260203103000123-user:123-bot:google-flow") == ""


@pytest.mark.parametrize(
    ("url", "expires"),
    [
        (LINK, 1795605422),
        ("https://x.example/a?expires=1795605422", 1795605422),
        ("https://x.example/a?Expires=never", None),
        ("https://x.example/a?Expires=60", None),
        ("https://x.example/a", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_the_end_of_a_link_is_read_when_it_is_told(url, expires):
    assert replies.expires_at(url) == expires


def test_an_upload_nests_its_id_on_purpose():
    nested = {"mediaGenerationId": {"mediaGenerationId": PICTURE}, "width": "1920", "height": 1080}
    assert replies.Upload.read(nested).media_id == PICTURE
    assert replies.Upload.read(nested).width == 1920
    assert replies.Upload.read({"mediaGenerationId": PICTURE}).media_id == PICTURE


@pytest.mark.parametrize(
    ("tier", "sku", "plan"),
    [
        ("PAYGATE_TIER_NOT_PAID", "G1_FREEMIUM", "free"),
        ("PAYGATE_TIER_ONE", "G1_TIER1", "pro"),
        ("PAYGATE_TIER_ONE", "G1_TIER1P5", "plus"),
        ("PAYGATE_TIER_TWO", "", "ultra"),
        ("PAYGATE_TIER_NINE", "X", ""),
    ],
)
def test_the_plan_is_guessed_from_the_words_of_its_date(tier, sku, plan):
    told = {"credits": {"userPaygateTier": tier, "sku": sku}}
    assert replies.AccountDetail.read(EMAIL, told).plan_hint == plan


WORDS = """jobid status response media mediaGenerationId videoUrl error details message request replyRef video
image generatedVideo generatedImage encodedImage dimensions length mediaMetadata mediaStatus failureReasons
operations operation metadata credits models videoModels health videos executing history"""
KEYS = st.sampled_from(WORDS.split())
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(
        ["completed", "failed", "https://x.example/", "8s", "PUBLIC_ERROR_X", "\ud800", "\x00"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(ANYTHING)
def test_no_shape_of_answer_breaks_reading_and_all_texts_can_be_stored(answer):
    for read in (
        replies.JobRecord.read,
        replies.Accepted.read,
        replies.ImagesResult.read,
        replies.Upload.read,
        lambda told: replies.AccountSummary.read(EMAIL, told),
        lambda told: replies.AccountDetail.read(EMAIL, told),
        lambda told: replies.JobsPage.read(told, "executing"),
        lambda told: replies.Medium.read(told, 0),
    ):
        reply = read(answer)
        for value in vars(reply).values():
            if isinstance(value, str):
                value.encode()
                assert "\x00" not in value
