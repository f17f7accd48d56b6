"""Every row of flow-api.md section 24 is known: its class, who waits, who pays, and the words on the card."""

import pytest

from generations.catalog.failures import (
    button_sends,
    button_words,
    calm_words,
    classify,
    failure,
    failures,
    rest_seconds,
)

P = "PUBLIC_ERROR_"
INVALID = "Request contains an invalid argument."

# class, status, reason, text, action, who rests
SERVICE = [
    ("token", 401, "", "Unauthorized", "repair", "token"),
    ("subscription", 402, "", "Account has no subscription or subscription expired", "repair", "token"),
    ("credits", 402, "", "Insufficient credits on a@b.c: requested 20, available 3", "repair", "account"),
    ("credits", 402, "", "", "repair", "account"),
    ("credits", 412, "", "Not enough credits: requested 100, available 60", "fail", "account"),
    (
        "plan", 400, "",
        "Tier 'PAYGATE_TIER_NOT_PAID' does not have access to 'veo-3.1-lite-low-priority' model for I2V mode "
        "with 'landscape' aspect ratio", "fail", "",
    ),
    ("validation", 400, "", "Parameter async not supported", "fail", ""),
    ("validation", 400, "", "Parameter prompt is required", "fail", ""),
    ("validation", 400, "", "Parameter count must be one of: 1, 2, 3, 4", "fail", ""),
    ("validation", 400, "INVALID_ARGUMENT", INVALID, "fail", ""),
    ("validation", 400, "", "", "fail", ""),
    ("account_mismatch", 400, "", "Email mismatch: body has 'a@…', references have 'b@…'", "fail", ""),
    ("account_missing", 404, "", "Google Flow account nobody@example.com not found", "fail", ""),
    ("account_signed_out", 596, "", "Account a@b.c in error state: refresh token rejected", "repair",
     "account"),
    ("account_signed_out", 596, "", "Failed to refresh session: 500 Internal Server Error", "repair",
     "account"),
    ("account_signed_out", 596, "", "", "repair", "account"),
    ("account_signed_out", None, "", "Google has signed your account out. Reconnect at …", "repair",
     "account"),
    ("forbidden", 403, "", "Unauthorized access to user:12345 detected in character reference", "fail", ""),
    (
        "captcha_quality", 403, P + "UNUSUAL_ACTIVITY",
        "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3 attempt(s)", "once", "account",
    ),
    ("captcha_quality", 403, "PERMISSION_DENIED", "reCAPTCHA evaluation failed", "once", "account"),
    ("captcha_traffic", 429, P + "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC", "", "wait", "account"),
    ("captcha_money", 503, "ERROR_ZERO_BALANCE", "Captcha service failed: ERROR_ZERO_BALANCE", "repair",
     "solver"),
    ("captcha_service", 503, "", "Captcha service failed: ERROR_NO_SLOT_AVAILABLE", "wait", "solver"),
    ("throttled", 429, P + "USER_REQUESTS_THROTTLED", "", "wait", "account"),
    ("throttled", 429, "", "", "wait", "account"),
    ("throttled", 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", "wait",
     "account"),
    ("concurrency", 429, P + "CONCURRENT_LIMIT_REACHED", "", "wait", "account"),
    ("concurrency", 429, P + "GENERATION_ALREADY_IN_PROGRESS", "", "wait", "account"),
    ("quota_model", 429, P + "PER_MODEL_DAILY_QUOTA_REACHED", "", "wait", "model"),
    ("quota_model", 429, P + "PER_MODEL_DAILY_QUOTA_REACHED_UPGRADEABLE", "", "wait", "model"),
    ("quota_account", 429, P + "USER_QUOTA_REACHED", "", "wait", "account"),
    ("quota_account", 429, P + "WORKSPACE_ACCOUNT_QUOTA_REACHED", "", "wait", "account"),
    ("all_quarantined", 429, "no_eligible_account", "Every account is cooling down", "wait", "account"),
    ("model_access", 403, P + "MODEL_ACCESS_DENIED", "The caller does not have permission", "fail", ""),
    ("model_access", 403, "PERMISSION_DENIED", "flow.google.com eb1hJf failed / PERMISSION_DENIED", "fail",
     ""),
    ("overloaded", 503, "UNAVAILABLE", "The service is currently unavailable.", "wait", "model"),
    ("overloaded", 503, P + "HIGH_TRAFFIC", "", "wait", "model"),
    ("overloaded", 503, P + "MODEL_OVERLOADED", "", "wait", "model"),
    ("overloaded", 503, P + "MODEL_DISABLED_DUE_TO_TRAFFIC", "", "wait", "model"),
    ("overloaded", 503, P + "APP_UNAVAILABLE", "", "wait", "model"),
    ("overloaded", 503, P + "SOMETHING_WENT_WRONG", "", "wait", "model"),
    ("job_expired", 410, "", "Job has expired", "fail", ""),
    ("job_id_format", 400, "", "Invalid job ID format", "fail", ""),
    ("media_not_ready", 503, "", "Media is not ready yet", "wait", ""),
    ("server_wait", 408, "", "Polling timeout", "fail", ""),
    ("upstream", 500, "INTERNAL", "API error: 500: Internal error encountered.", "fail", ""),
    ("upstream", 502, "", "Bad Gateway", "fail", ""),
    ("upstream", 504, "", "", "fail", ""),
    ("upstream", 520, "", "Web server is returning an unknown error", "fail", ""),
    ("upstream", 500, "", "NO_RPC_ANSWER", "fail", ""),
    ("media_missing", 404, "", "Media user:… not found (startImage)", "once", ""),
    ("job_missing", 404, "", "Job not found", "fail", ""),
]  # fmt: skip

CONTENT = {
    "content_unsafe": "UNSAFE_GENERATION UNSPECIFIED UNSAFE_SEARCH REPUTATIONAL "
    "VERTEX_SAFETY_FILTER_TRIGGERED",
    "content_sexual": "SEXUAL SEXUAL_UPLOAD",
    "content_violence": "VIOLENCE_FILTER DANGER_FILTER",
    "content_minor": "MINOR MINOR_UPLOAD MINOR_HARM_UPLOAD MINOR_INPUT_IMAGE",
    "content_person": "PROMINENT_PEOPLE_FILTER_FAILED PROMINENT_PEOPLE_UPLOAD PROMINENT_PEOPLE_INPUT_IMAGE "
    "TRUMP_FACE_DETECTED PHOTOREAL_UPLOAD PHOTOREAL_INPUT_IMAGE",
    "content_ip": "IP_INPUT_IMAGE IMAGE_OUTPUT_IP_FILTER",
    "content_upload": "UNSAFE_IMAGE_UPLOAD UNSAFE_VIDEO_UPLOAD",
    "content_audio": "AUDIO_FILTERED",
    "content_edit": "VIDEO_EDIT SPEECH_EDIT",
    "content_language": "NON_ENGLISH_PROMPT",
    "content_other": "UNDERSPECIFIED_ANIMAL RESPONSE_TOO_LONG",
}

FILES_AND_OTHERS = {
    "file_size": "IMAGE_TOO_LARGE IMAGE_TOO_SMALL",
    "file_type": "UNKNOWN_IMAGE_FILE_FORMAT VERTEX_UNSUPPORTED_INPUT",
    "file_video": "VIDEO_DURATION_TOO_LONG VIDEO_UPLOAD_FAILED",
    "file_video_slow": "VIDEO_UPLOAD_TIMEOUT",
    "region": "USER_REGION_DISALLOWED",
    "account_age": "USER_MINOR",
    "workspace": "PROJECT_NOT_ALLOWLISTED USER_ROLE_NOT_GRANTED PROJECT_FLOW_ENTERPRISE_NOT_ENABLED",
    "quota_account": "VERTEX_QUOTA_EXHAUSTED VERTEX_QUOTA_EXHAUSTED_ADMIN",
    "overloaded": "VERTEX_SERVICE_UNAVAILABLE",
    "timed_out": "VIDEO_GENERATION_TIMED_OUT",
    "upstream": "SOMETHING_WENT_WRONG",
    "captcha_quality": "UNUSUAL_ACTIVITY",
    "flow_front_end": "HANDLE_INVALID HANDLE_TAKEN COLLECTION_NOT_FOUND APPLET_LIMIT "
    "MEDIA_GENERATION_CANNOT_BE_CANCELED",
}

BARE = [
    ("content_edit", "FINISH_REASON_INPUT_VIDEO_EDIT"),
    ("content_edit", "FINISH_REASON_INPUT_SPEECH_EDIT"),
    ("content_audio", "AUDIO_GENERATION_FILTERED"),
    ("content_warning", "PUBLIC_BOTTLE_CONTENT_WARNING"),
]

SENTENCES_ALONE = [
    ("content_unsafe", 400, "The prompt was blocked by our safety system"),
    ("content_unsafe", 500, "Image was blocked by content moderation"),
    ("content_unsafe", 400, "This violates the usage policy"),
    ("content_unsafe", 422, ""),
    ("file_size", 400, "File size (25165824) is over 20971520 bytes"),
    ("file_type", 400, "Unsupported content type"),
    ("file_type", 400, "Empty body"),
]


@pytest.mark.parametrize(("klass", "status", "reason", "text", "action", "rests"), SERVICE)
def test_what_the_service_decides(klass, status, reason, text, action, rests):
    found = classify(status=status, reason=reason, text=text)
    assert (found.klass, found.action, found.rest_scope) == (klass, action, rests)


NAMED = [(klass, P + name) for klass, names in CONTENT.items() for name in names.split()] + BARE


@pytest.mark.parametrize(("klass", "reason"), NAMED)
def test_what_google_says_about_content_is_never_sent_again_by_itself(klass, reason):
    for status in (400, 429, 503, 500, None):
        found = classify(status=status, reason=reason, text=INVALID)
        assert (found.klass, found.action, found.content) == (klass, "fail", True)
        assert found.usually_pays == "nobody"


@pytest.mark.parametrize(
    ("klass", "reason"), [(k, P + name) for k, names in FILES_AND_OTHERS.items() for name in names.split()]
)
def test_files_accounts_and_googles_other_names(klass, reason):
    found = classify(status=400, reason=reason, text=INVALID)
    assert found.klass == klass and found.action == ("once" if klass == "captcha_quality" else "fail")


@pytest.mark.parametrize(("klass", "status", "text"), SENTENCES_ALONE)
def test_a_sentence_alone_is_understood_too(klass, status, text):
    assert classify(status=status, reason="", text=text, endpoint="/images").klass == klass


def test_the_reason_is_found_inside_the_sentence():
    assert (
        classify(status=None, reason="", text="failed: PUBLIC_ERROR_AUDIO_FILTERED.").klass == "content_audio"
    )


CLASSES_OF_THE_CATALOGUE = """
token subscription credits plan validation account_mismatch account_missing account_signed_out forbidden
captcha_quality captcha_traffic captcha_money captcha_service throttled concurrency quota_model quota_account
all_quarantined model_access overloaded job_expired job_id_format media_not_ready server_wait upstream network
unknown_outcome content_unsafe content_sexual content_violence content_minor content_person content_ip
content_upload content_audio content_edit content_language content_warning content_other content_silent
file_size file_type file_video link_dead short_body wrong_body disk
"""


def test_no_class_of_the_catalogue_is_missing():
    assert set(CLASSES_OF_THE_CATALOGUE.split()) <= {one.klass for one in failures()}


@pytest.mark.parametrize(
    ("word", "klass"),
    [
        ("NEW_QUOTA_GONE", "quota_account"),
        ("SOMEBODY_THROTTLED", "throttled"),
        ("STRANGE_LIMIT", "quota_account"),
        ("BIG_TRAFFIC", "overloaded"),
        ("EVERYTHING_OVERLOADED", "overloaded"),
        ("FLOW_UNAVAILABLE", "overloaded"),
        ("REQUEST_TIMED_OUT", "overloaded"),
        ("NO_ACCESS", "plan"),
        ("WRONG_ROLE", "plan"),
        ("NOT_ALLOWLISTED", "plan"),
        ("BAD_REGION", "plan"),
        ("ODD_UPLOAD", "content_upload"),
        ("ODD_IMAGE", "content_upload"),
        ("NEW_FILTER", "content_unsafe"),
        ("QUITE_UNSAFE", "content_unsafe"),
        ("FAMOUS_PEOPLE", "content_person"),
        ("SOME_MINOR_SEEN", "content_minor"),
        ("VERY_SEXUAL", "content_sexual"),
        ("GREAT_VIOLENCE", "content_violence"),
        ("SUCH_DANGER", "content_violence"),
        ("FOREIGN_IP", "content_ip"),
        ("ZIPPER_STUCK", "unknown"),  # "IP" only as a word of its own
        ("SOMETHING_ELSE", "unknown"),
    ],
)
def test_a_name_google_invents_tomorrow_is_read_by_its_word(word, klass):
    assert classify(status=400, reason=P + word, text=INVALID).klass == klass


def test_what_nobody_knows_is_shown_word_for_word():
    found = classify(status=400, reason=P + "SOMETHING_ELSE", text="")
    assert found.text == "PUBLIC_ERROR_SOMETHING_ELSE"
    assert found.told()[0] == "Google returned an error we do not know yet."
    assert found.usually_pays == "unknown"


@pytest.mark.parametrize("status", [418, 451, 299, None])
def test_a_status_nobody_knows_is_no_crash(status):
    assert classify(status=status, reason="", text="").klass == "unknown"


def test_only_the_stated_answers_may_wait_by_themselves():
    """architecture.md 3.2: 429 and 503 wait; 401, 402, 596 and an empty purse are repaired; others fail."""
    for klass, _, reason, text, _, _ in SERVICE:
        for status in (400, 403, 404, 422):
            assert classify(status=status, reason=reason, text=text).action in ("fail", "once"), klass
    for status in (429, 503):
        for reason in ("", P + "SOMETHING_ELSE", P + "NEW_QUOTA"):
            found = classify(status=status, reason=reason, text="")
            assert found.action == "wait" and rest_seconds(found) >= 60


def test_everything_that_waits_or_is_repaired_stays_quiet_for_a_while():
    for one in failures():
        if one.action in ("wait", "repair"):
            assert one.until == "day" or rest_seconds(one) > 0, one.klass


def test_holds_double_within_bounds():
    throttled = failure("throttled")
    holds = [rest_seconds(throttled, times) for times in (1, 2, 3, 4, 5, 6, 99)]
    assert 60 <= holds[0] <= 120 and holds[1] == 2 * holds[0]
    assert holds[-1] == holds[-2] == 1800
    assert [rest_seconds(failure("captcha_traffic"), n) for n in (1, 2, 3)] == [60, 60, 60]
    assert rest_seconds(failure("quota_account")) == 1800
    assert max(rest_seconds(failure("overloaded"), n) for n in range(9)) == 300
    assert rest_seconds(failure("content_audio"), 3) == 0


def test_how_often_something_is_tried_is_bounded():
    tries = {one.klass: one.tries_max for one in failures()}
    assert (tries["captcha_quality"], tries["captcha_traffic"], tries["overloaded"]) == (1, 3, 5)
    assert tries["media_missing"] == 1


def test_a_model_is_out_until_googles_midnight():
    found = classify(status=429, reason=P + "PER_MODEL_DAILY_QUOTA_REACHED", text="")
    assert (found.rest_scope, found.until, rest_seconds(found)) == ("model", "day", 0)


def test_the_place_of_a_call_tells_what_a_bare_status_means():
    assert classify(status=404, reason="", text="", endpoint="/videos").klass == "media_missing"
    assert classify(status=404, reason="", text="", endpoint="/jobs/j1").klass == "job_missing"
    assert classify(status=503, reason="", text="", endpoint="/assets/x").klass == "media_not_ready"
    assert classify(status=503, reason="", text="", endpoint="/videos").klass == "overloaded"


def test_joining_clips_may_be_repeated_after_a_timeout_because_it_is_free():
    assert (
        classify(status=408, reason="", text="Polling timeout", endpoint="/videos/concatenate").action
        == "once"
    )
    assert classify(status=408, reason="", text="Polling timeout", endpoint="/videos").action == "fail"


WORDS = [  # ui.md section 14
    (P + "AUDIO_FILTERED", 400, {}, "Google's sound filter stopped this clip.",
     "The picture was fine. Calmer sound words can help."),
    (P + "UNSAFE_GENERATION", 400, {}, "Google's safety filter stopped this prompt.",
     "Sending it unchanged will most likely fail again."),
    (P + "PROMINENT_PEOPLE_UPLOAD", 400, {}, "Google saw a well-known person.",
     "It looks at the pictures too, not only at the words."),
    (P + "MINOR", 400, {}, "Google does not animate what looks like a child here.",
     "Use another picture or an adult character."),
    (P + "IP_INPUT_IMAGE", 400, {"picture": "cover.png"}, 'Google refused the uploaded picture "cover.png".',
     "It may show people, a brand or protected art."),
    (P + "IP_INPUT_IMAGE", 400, {}, "Google refused the uploaded picture.",
     "It may show people, a brand or protected art."),
    (P + "HIGH_TRAFFIC", 503, {}, "Google is busy.", "Trying again is one click."),
    (P + "USER_REQUESTS_THROTTLED", 429, {"until": "15:08"}, "Google asked this account to slow down.",
     "Resting until 15:08. Your place in line is kept."),
    (P + "PER_MODEL_DAILY_QUOTA_REACHED", 429, {"until": "09:00"}, "Today's limit for this model is used up.",
     "Other models still work. Resets about 09:00."),
    ("", 402, {"needs": 100, "has": 60, "until": "1 Dec"}, "Not enough credits: needs 100, has 60.",
     "New credits on 1 Dec."),
    (P + "MODEL_ACCESS_DENIED", 403, {"plan": "Pro"}, "This account's plan does not include this model.",
     "Plan: Pro."),
    (P + "UNUSUAL_ACTIVITY", 403, {}, "Google did not accept the captcha.",
     "One more try after a minute. Sending faster makes it worse."),
    ("", 596, {"account": "Studio account"}, "Studio account must sign in again.",
     "Clips wait for it. Nothing is lost."),
    ("", 401, {}, "The API token was refused.", "Everything waits until it is replaced."),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "status", "known", "sentence", "hint"), WORDS)
def test_the_card_says_what_the_design_says(reason, status, known, sentence, hint):
    assert classify(status=status, reason=reason, text="").told(**known) == (sentence, hint)


def test_a_rule_we_did_not_know_is_repeated_in_the_vendors_words():
    found = classify(status=400, reason="", text="Parameter duration must be 8 with {reference} images.")
    assert found.told()[0] == "Google did not accept: Parameter duration must be 8 with {reference} images."
    assert failure("validation").told()[0] == "Google did not accept: this request."


def test_no_card_shows_a_placeholder_or_shouts():
    for one in failures():
        for words in one.told():
            assert words.endswith(".") and "{" not in words and "!" not in words and "Oops" not in words
        assert one.usually_pays in ("nobody", "you", "unknown", "solver")
        assert one.buttons and all(button_words(key) for key in one.buttons)
        assert len(one.klass) <= 40  # the column of Generation.failure


def test_buttons_that_send_are_known_to_carry_a_price():
    assert button_sends("again") and button_sends("use_lite") and not button_sends("edit")
    assert not button_sends("ask_again") and not button_sends("details")
    assert calm_words() == "No speech, ambient sound only."


def test_a_class_of_a_newer_version_still_has_a_card():
    assert failure("class_from_the_future").klass == "unknown"
