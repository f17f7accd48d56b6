"""Every reason the vendor is known to give, and the row that must answer it.

Transcribed from flow-api.md section 24 (state of 24 November 2026), part by part, and from the rows of
ui.md section 14. A word that is read wrongly here is told wrongly to a person who may have paid.
"""

import pytest

from generations.catalog.failures import button_sends, button_words, classify, failure, failures, rest_seconds

P = "PUBLIC_ERROR_"
# How a refused POST of this class may go on by itself: flow-api.md 24, column "Repeat".
NEVER, AFTER_REPAIR, ONCE, WAITS = "fail", "repair", "once", "wait"

# Class, status, reason, text, may it repeat by itself, who usually pays.
DECIDED_BY_THE_SERVICE = [  # 24.1
    ("token", 401, "", "Unauthorized", AFTER_REPAIR, "nobody"),
    ("subscription", 402, "", "Account has no subscription or subscription expired", AFTER_REPAIR, "nobody"),
    ("credits", 402, "", "Not enough credits: requested 20, available 3", AFTER_REPAIR, "nobody"),
    ("credits", 412, "", "Not enough credits: requested 20, available 3", NEVER, "nobody"),
    ("plan", 400, "", "Tier 'PAYGATE_TIER_ONE' does not have access to 'veo-3.1-quality' model for R2V mode",
     NEVER, "nobody"),
    ("validation", 400, "", "Parameter seed not supported", NEVER, "nobody"),
    ("validation", 400, "", "prompt is required", NEVER, "nobody"),
    ("account_mismatch", 400, "", "Email mismatch: a@b.c and d@e.f", NEVER, "nobody"),
    ("account_missing", 404, "", "Google Flow account a@b.c not found", NEVER, "nobody"),
    ("account_signed_out", 596, "", "Account a@b.c in error state: refresh token rejected", AFTER_REPAIR,
     "nobody"),
    ("account_signed_out", 596, "", "Failed to refresh session: x", AFTER_REPAIR, "nobody"),
    ("forbidden", 403, "", "Unauthorized access to user:12 detected in startImage", NEVER, "nobody"),
    ("captcha_quality", 403, P + "UNUSUAL_ACTIVITY",
     "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3 attempt(s)", ONCE, "solver"),
    ("captcha_quality", 403, "", "reCAPTCHA evaluation failed", ONCE, "solver"),
    ("captcha_traffic", 429, P + "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC", "", WAITS, "solver"),
    ("captcha_money", 503, "", "Captcha service failed: ERROR_ZERO_BALANCE", AFTER_REPAIR, "nobody"),
    ("captcha_service", 503, "", "Captcha service failed: ERROR_TIMEOUT", WAITS, "nobody"),
    ("throttled", 429, P + "USER_REQUESTS_THROTTLED", "", WAITS, "nobody"),
    ("concurrency", 429, P + "CONCURRENT_LIMIT_REACHED", "", WAITS, "nobody"),
    ("concurrency", 429, P + "GENERATION_ALREADY_IN_PROGRESS", "", WAITS, "nobody"),
    ("quota_model", 429, P + "PER_MODEL_DAILY_QUOTA_REACHED", "", WAITS, "nobody"),
    ("quota_model", 429, P + "PER_MODEL_DAILY_QUOTA_REACHED_UPGRADEABLE", "", WAITS, "nobody"),
    ("quota_account", 429, P + "USER_QUOTA_REACHED", "", WAITS, "nobody"),
    ("quota_account", 429, P + "WORKSPACE_ACCOUNT_QUOTA_REACHED", "", WAITS, "nobody"),
    ("all_quarantined", 429, "no_eligible_account", "", WAITS, "nobody"),
    ("model_access", 403, P + "MODEL_ACCESS_DENIED", "", NEVER, "nobody"),
    ("model_access", 403, "PERMISSION_DENIED", "", NEVER, "nobody"),
    ("overloaded", 503, "UNAVAILABLE", "", WAITS, "nobody"),
    ("overloaded", 503, P + "HIGH_TRAFFIC", "", WAITS, "nobody"),
    ("overloaded", 503, P + "MODEL_OVERLOADED", "", WAITS, "nobody"),
    ("overloaded", 503, P + "MODEL_DISABLED_DUE_TO_TRAFFIC", "", WAITS, "nobody"),
    ("overloaded", 503, P + "APP_UNAVAILABLE", "", WAITS, "nobody"),
    ("job_expired", 410, "", "Job has expired", NEVER, "unknown"),
    ("job_id_format", 400, "", "Invalid job ID format", NEVER, "unknown"),
    ("server_wait", 408, "", "Polling timeout", NEVER, "unknown"),
    ("upstream", 500, "", "API error: 500", NEVER, "nobody"),
    ("upstream", None, "INTERNAL", "", NEVER, "nobody"),
    ("upstream", 502, "", "", NEVER, "nobody"),
    ("upstream", 504, "", "", NEVER, "nobody"),
    ("upstream", 522, "", "", NEVER, "nobody"),
    ("upstream", None, "NO_RPC_ANSWER", "", NEVER, "nobody"),
]  # fmt: skip

BY_CONTENT = {  # 24.2: nobody pays, and never again by itself
    "content_unsafe": [
        P + "UNSAFE_GENERATION", P + "UNSPECIFIED", P + "UNSAFE_SEARCH", P + "REPUTATIONAL",
        P + "VERTEX_SAFETY_FILTER_TRIGGERED",
    ],
    "content_sexual": [P + "SEXUAL", P + "SEXUAL_UPLOAD"],
    "content_violence": [P + "VIOLENCE_FILTER", P + "DANGER_FILTER"],
    "content_minor": [P + "MINOR", P + "MINOR_UPLOAD", P + "MINOR_HARM_UPLOAD", P + "MINOR_INPUT_IMAGE"],
    "content_person": [
        P + "PROMINENT_PEOPLE_FILTER_FAILED", P + "PROMINENT_PEOPLE_UPLOAD",
        P + "PROMINENT_PEOPLE_INPUT_IMAGE", P + "TRUMP_FACE_DETECTED", P + "PHOTOREAL_UPLOAD",
        P + "PHOTOREAL_INPUT_IMAGE",
    ],
    "content_ip": [P + "IP_INPUT_IMAGE", P + "IMAGE_OUTPUT_IP_FILTER"],
    "content_upload": [P + "UNSAFE_IMAGE_UPLOAD", P + "UNSAFE_VIDEO_UPLOAD"],
    "content_audio": [P + "AUDIO_FILTERED", "AUDIO_GENERATION_FILTERED"],
    "content_edit": [
        "FINISH_REASON_INPUT_VIDEO_EDIT", "FINISH_REASON_INPUT_SPEECH_EDIT", P + "VIDEO_EDIT",
        P + "SPEECH_EDIT",
    ],
    "content_language": [P + "NON_ENGLISH_PROMPT"],
    "content_warning": ["PUBLIC_BOTTLE_CONTENT_WARNING"],
    "content_other": [P + "UNDERSPECIFIED_ANIMAL", P + "RESPONSE_TOO_LONG"],
}  # fmt: skip

OF_FILES = [  # 24.3
    ("file_size", "", "File size (30000000) is over 20971520 bytes", NEVER),
    ("file_size", P + "IMAGE_TOO_LARGE", "", NEVER),
    ("file_size", P + "IMAGE_TOO_SMALL", "", NEVER),
    ("file_type", "", "Unsupported file type", NEVER),
    ("file_type", P + "UNKNOWN_IMAGE_FILE_FORMAT", "", NEVER),
    ("file_type", "", "Request body is empty", NEVER),
    ("file_video", P + "VIDEO_DURATION_TOO_LONG", "", NEVER),
    ("file_video", P + "VIDEO_UPLOAD_FAILED", "", NEVER),
]

OF_ACCOUNTS_AND_OTHERS = [  # 24.4
    ("region", P + "USER_REGION_DISALLOWED"),
    ("account_age", P + "USER_MINOR"),
    ("workspace", P + "PROJECT_NOT_ALLOWLISTED"),
    ("workspace", P + "USER_ROLE_NOT_GRANTED"),
    ("workspace", P + "PROJECT_FLOW_ENTERPRISE_NOT_ENABLED"),
    ("quota_account", P + "VERTEX_QUOTA_EXHAUSTED"),
    ("quota_account", P + "VERTEX_QUOTA_EXHAUSTED_ADMIN"),
    ("overloaded", P + "VERTEX_SERVICE_UNAVAILABLE"),
    ("file_type", P + "VERTEX_UNSUPPORTED_INPUT"),
    ("timed_out", P + "VIDEO_GENERATION_TIMED_OUT"),
    ("upstream", P + "SOMETHING_WENT_WRONG"),
    ("captcha_quality", P + "UNUSUAL_ACTIVITY"),
    ("flow_front_end", P + "HANDLE_INVALID"),
    ("flow_front_end", P + "HANDLE_TAKEN"),
    ("flow_front_end", P + "COLLECTION_FULL"),
    ("flow_front_end", P + "APPLET_GONE"),
    ("flow_front_end", P + "MEDIA_GENERATION_CANNOT_BE_CANCELED"),
]

AT_DOWNLOAD = [
    ("link_dead", ONCE),
    ("short_body", WAITS),
    ("wrong_body", ONCE),
    ("disk", AFTER_REPAIR),
]  # 24.5


@pytest.mark.parametrize(("klass", "status", "reason", "text", "repeats", "pays"), DECIDED_BY_THE_SERVICE)
def test_what_the_service_decides_has_its_row(klass, status, reason, text, repeats, pays):
    found = classify(status=status, reason=reason, text=text)
    assert (found.klass, found.action, found.usually_pays) == (klass, repeats, pays)


def test_an_upload_that_is_still_processed_is_asked_for_again():
    found = classify(status=503, reason="", text="Media is not ready yet", endpoint="/assets")
    assert (found.klass, found.action) == ("media_not_ready", WAITS)


def test_joining_is_free_and_may_be_asked_for_again_after_408():
    for path, repeats in (("/videos/concatenate", ONCE), ("/videos", NEVER)):
        assert classify(status=408, text="Polling timeout", endpoint=path).action == repeats


def test_what_never_left_may_be_repeated_and_what_may_have_arrived_never():
    assert failure("network").action == WAITS and failure("network").usually_pays == "nobody"
    lost = failure("unknown_outcome")
    assert lost.action == NEVER and lost.usually_pays == "unknown"
    assert not any(button_sends(key) for key in lost.buttons)


@pytest.mark.parametrize(
    ("klass", "reason"), [(klass, reason) for klass, reasons in BY_CONTENT.items() for reason in reasons]
)
def test_what_google_refuses_by_content_has_its_row_wherever_it_comes_from(klass, reason):
    for status, text in ((400, ""), (500, ""), (None, ""), (400, f"failed with {reason}, sorry")):
        found = classify(status=status, reason="" if text else reason, text=text)
        assert (found.klass, found.action, found.usually_pays) == (klass, NEVER, "nobody"), (status, text)


def test_safety_in_words_alone_and_filtered_without_words():
    for text in ("Blocked by SAFETY", "This is against our policy"):
        assert classify(status=400, text=text).klass == "content_unsafe"
    assert failure("content_silent").content and failure("content_silent").action == NEVER


@pytest.mark.parametrize(("klass", "reason", "text", "repeats"), OF_FILES)
def test_what_is_wrong_with_a_file_has_its_row(klass, reason, text, repeats):
    found = classify(status=400, reason=reason, text=text, endpoint="/assets")
    assert (found.klass, found.action) == (klass, repeats)


def test_a_slow_upload_is_tried_once_more():
    found = classify(status=400, reason=P + "VIDEO_UPLOAD_TIMEOUT", endpoint="/assets")
    assert (found.klass, found.action, found.tries_max) == ("file_video_slow", ONCE, 1)
    assert classify(status=400, reason=P + "VIDEO_UPLOAD_TIMEOUT").action == NEVER, "a paid POST is not"


@pytest.mark.parametrize(("klass", "reason"), OF_ACCOUNTS_AND_OTHERS)
def test_googles_other_names_have_their_row(klass, reason):
    assert classify(status=400, reason=reason).klass == klass


@pytest.mark.parametrize(("klass", "repeats"), AT_DOWNLOAD)
def test_what_goes_wrong_at_download_costs_a_click_and_no_credits(klass, repeats):
    found = failure(klass)
    assert (found.action, found.usually_pays) == (repeats, "you")
    assert "ask_again" in found.buttons and not button_sends("ask_again")


# --- ui.md 14 -----------------------------------------------------------------------------------------------

# Row, a reason with status, sentence, hint, who usually pays, what the buttons say.
ON_THE_CARD = [
    (1, 400, P + "AUDIO_FILTERED", "Google's sound filter stopped this clip.",
     "The picture was fine. Calmer sound words can help.", "nobody",
     ["Edit prompt", "Retry with calm sound"]),
    *[
        (2, 400, P + word, "Google's safety filter stopped this prompt.",
         "Sending it unchanged will most likely fail again.", "nobody",
         ["Edit prompt", "Compare with prompts that passed"])
        for word in ("UNSAFE_GENERATION", "DANGER_FILTER", "SEXUAL", "VIOLENCE_FILTER")
    ],
    (3, 400, P + "PROMINENT_PEOPLE_FILTER_FAILED", "Google saw a well-known person.",
     "It looks at the pictures too, not only at the words.", "nobody", ["Change picture", "Edit prompt"]),
    (4, 400, P + "MINOR", "Google does not animate what looks like a child here.",
     "Use another picture or an adult character.", "nobody", ["Change picture"]),
    *[
        (5, 400, P + word, 'Google refused the uploaded picture "cover.png".',
         "It may show people, a brand or protected art.", "nobody", ["Replace picture"])
        for word in ("UNSAFE_IMAGE_UPLOAD", "IP_INPUT_IMAGE")
    ],
    *[
        (6, status, reason, "Google is busy.", "Trying again is one click.", "nobody",
         ["Try now", "Use Lite"])
        for status, reason in ((503, P + "HIGH_TRAFFIC"), (503, ""), (500, P + "SOMETHING_WENT_WRONG"))
    ],
    (7, 429, P + "USER_REQUESTS_THROTTLED", "Google asked this account to slow down.",
     "Resting until 15:08. Your place in line is kept.", "nobody", ["Move to other account"]),
    (7, 429, "", "Google asked this account to slow down.",
     "Resting until 15:08. Your place in line is kept.", "nobody", ["Move to other account"]),
    # "Wait until then" is what it does by itself.
    (8, 429, P + "PER_MODEL_DAILY_QUOTA_REACHED", "Today's limit for this model is used up.",
     "Other models still work. Resets about 15:08.", "nobody", ["Use Fast", "Move to other account"]),
    (9, 402, "", "Not enough credits: needs 100, has 60.", "New credits on 15:08.", "nobody",
     ["Use Lite", "Lite low priority, free", "Move to other account"]),
    (10, 403, P + "MODEL_ACCESS_DENIED", "This account's plan does not include this model.", "Plan: Pro.",
     "nobody", ["Use Fast", "Move to other account"]),
    (11, 403, P + "UNUSUAL_ACTIVITY", "Google did not accept the captcha.",
     "One more try after a minute. Sending faster makes it worse.", "solver",
     ["Try again", "Captcha settings"]),
    (12, 596, "", "Studio account must sign in again.", "Clips wait for it. Nothing is lost.", "nobody",
     ["Reconnect"]),
    (13, 401, "", "The API token was refused.", "Everything waits until it is replaced.", "nobody",
     ["Replace token"]),
]  # fmt: skip
KNOWN = {
    "until": "15:08", "needs": 100, "has": 60, "account": "Studio account", "plan": "Pro",
    "picture": "cover.png",
}  # fmt: skip


@pytest.mark.parametrize(("row", "status", "reason", "sentence", "hint", "pays", "buttons"), ON_THE_CARD)
def test_a_row_of_the_design_is_told_as_it_stands_there(row, status, reason, sentence, hint, pays, buttons):
    found = classify(status=status, reason=reason)
    assert found.told(**KNOWN) == (sentence, hint), row
    assert found.usually_pays == pays, row
    assert [button_words(key) for key in found.buttons] == buttons, row


def test_the_rows_that_have_words_of_their_own():
    access = classify(status=402, text="Account has no subscription or subscription expired")
    assert access.told() == ("API access has ended.", "Everything waits until it is replaced.")
    rule = classify(status=400, text="Parameter duration must be 8 with referenceImages")  # row 14
    assert rule.told()[0] == "Google did not accept: Parameter duration must be 8 with referenceImages."
    assert "edit" in rule.buttons
    gone = classify(status=404, text="Media not found", endpoint="/videos")  # row 14, the picture is gone
    assert (gone.action, gone.tries_max, gone.buttons) == (ONCE, 1, ("apply", "edit"))
    for klass in ("link_dead", "short_body", "wrong_body"):  # row 15
        told = (
            "The clip was made, but the file did not arrive whole.",
            "We asked Google for a new link 3 times.",
        )
        assert failure(klass).told() == told
        assert [button_words(key) for key in failure(klass).buttons] == ["Ask again, free", "Reroll"]
    unknown = failure("unknown")
    assert unknown.told()[0] == "Google returned an error we do not know yet."
    assert unknown.usually_pays == "unknown" and unknown.buttons[0] == "details"


def test_what_sends_carries_a_price_and_what_may_have_been_paid_is_never_sent_by_itself():
    sends = {"Retry with calm sound", "Try now", "Use Lite", "Move to other account", "Use Fast", "Try again",
             "Lite low priority, free", "Reroll", "Apply and retry"}  # fmt: skip
    for one in failures():
        for key in one.buttons:
            assert button_sends(key) == (button_words(key) in sends), key
        if one.usually_pays == "unknown":
            assert one.action == NEVER, one.klass
        if one.action == WAITS and one.klass != "network":
            assert one.until or rest_seconds(one) > 0, one.klass
