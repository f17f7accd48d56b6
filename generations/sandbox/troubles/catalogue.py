"""Every trouble that can be ordered, as a table: the classes of flow-api.md section 24, then broken lines.

`stage` says where it strikes:
  gate    the POST is refused with a complete answer, nothing is accepted, nothing is charged
  job     the request is accepted and the job fails in the end
  clips   the job completes, but not as hoped: fewer clips, no link, no end
  line    the transport breaks; `accepted` tells whether the vendor took the job nevertheless
  early   the line breaks before the request was read
  link    the media host misbehaves for the clips of this request
A gate class can strike as a failed job instead, at any of the PLACES: `[fail:content_minor@job]`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One row. `words` may use {email}, {model}, {tier}, {mode}, {shape}, {cost}, {credits}, {user}."""

    name: str
    stage: str
    status: int = 0
    envelope: str = "code"
    words: str = ""
    reason: str = ""
    wait: str = ""
    delivery: str = "whole"
    accepted: bool = False


def _service(name: str, status: int, words: str, envelope: str = "code", wait: str = "") -> Trouble:
    return Trouble(name, "gate", status, envelope, words, wait=wait)


def _google(name: str, status: int, reason: str, wait: str = "", words: str = "") -> Trouble:
    return Trouble(name, "gate", status, "google", words, "PUBLIC_ERROR_" + reason, wait)


def _line(
    name: str, delivery: str, accepted: bool, status: int = 0, envelope: str = "", words: str = ""
) -> Trouble:
    return Trouble(name, "line", status, envelope, words, delivery=delivery, accepted=accepted)


SERVICE = (  # 24.1
    _service("token", 401, "Unauthorized", "text"),
    _service("subscription", 402, "Account has no subscription or subscription expired", "text"),
    _service(
        "credits", 402, "Insufficient credits on {email}: requested {cost}, available {credits}", "text"
    ),
    _service("credits_412", 412, "Not enough credits: requested {cost}, available {credits}", "text"),
    _service(
        "plan",
        400,
        "Tier '{tier}' does not have access to '{model}' model for {mode} mode with '{shape}' aspect ratio",
    ),
    _service("validation", 400, "Parameter prompt not supported"),
    _service(
        "account_mismatch", 400, "Email mismatch: body has '{email}', references have 'other@sandbox.example'"
    ),
    _service("account_missing", 404, "Google Flow account {email} not found", "text"),
    _service("media_missing", 404, "Media not found", "text"),
    _service("account_signed_out", 596, "Account {email} in error state: refresh token rejected", "text"),
    _service("session", 596, "Failed to refresh session: 500 Internal Server Error", "text"),
    _service("forbidden", 403, "Unauthorized access to user:99999 detected in startImage"),
    _service(
        "captcha_quality", 403, "captcha_quality: PUBLIC_ERROR_UNUSUAL_ACTIVITY after 3 attempt(s)", "text"
    ),
    _google("captcha_evaluation", 403, "UNUSUAL_ACTIVITY", words="reCAPTCHA evaluation failed"),
    _google("captcha_traffic", 429, "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC", "60"),
    _service("captcha_money", 503, "Captcha service failed: ERROR_ZERO_BALANCE", "text"),
    _service("captcha_service", 503, "Captcha service failed: ERROR_NO_SLOT_AVAILABLE", "text", "120"),
    _google("throttled", 429, "USER_REQUESTS_THROTTLED", "1800"),
    _google("concurrency", 429, "CONCURRENT_LIMIT_REACHED", "60"),
    _google("already_running", 429, "GENERATION_ALREADY_IN_PROGRESS", "60"),
    _google("quota_model", 429, "PER_MODEL_DAILY_QUOTA_REACHED", "midnight"),
    _google("quota_upgradeable", 429, "PER_MODEL_DAILY_QUOTA_REACHED_UPGRADEABLE", "midnight"),
    _google("quota_account", 429, "USER_QUOTA_REACHED", "1800"),
    _google("quota_workspace", 429, "WORKSPACE_ACCOUNT_QUOTA_REACHED", "1800"),
    _service("all_quarantined", 429, "Every account is cooling down", "quarantine", "600"),
    _google("model_access", 403, "MODEL_ACCESS_DENIED"),
    _service("permission", 403, "flow.google.com eb1hJf failed / PERMISSION_DENIED", "text"),
    Trouble("overloaded", "gate", 503, "google", "The service is currently unavailable.", "", "60"),
    _google("high_traffic", 503, "HIGH_TRAFFIC", "60"),
    _google("model_overloaded", 503, "MODEL_OVERLOADED", "60"),
    _google("model_disabled", 503, "MODEL_DISABLED_DUE_TO_TRAFFIC", "300"),
    _google("app_unavailable", 503, "APP_UNAVAILABLE", "300"),
    _service("job_expired", 410, "Job has expired"),
    _service("job_missing", 404, "Job not found"),
    _service("job_id_format", 400, "Invalid job ID format"),
    _service("media_not_ready", 503, "Media is not ready yet", "code", "5"),
    Trouble("upstream", "job", 500, "google", "Internal error encountered."),
    Trouble("no_rpc_answer", "job", 500, "google", "NO_RPC_ANSWER"),
)

CONTENT = (  # 24.2
    _google("content_unsafe", 400, "UNSAFE_GENERATION"),
    _google("content_unspecified", 400, "UNSPECIFIED"),
    _google("content_search", 400, "UNSAFE_SEARCH"),
    _google("content_reputational", 400, "REPUTATIONAL"),
    _google("content_vertex", 400, "VERTEX_SAFETY_FILTER_TRIGGERED"),
    _google("content_sexual", 400, "SEXUAL"),
    _google("content_sexual_upload", 400, "SEXUAL_UPLOAD"),
    _google("content_violence", 400, "VIOLENCE_FILTER"),
    _google("content_danger", 400, "DANGER_FILTER"),
    _google("content_minor", 400, "MINOR"),
    _google("content_minor_upload", 400, "MINOR_UPLOAD"),
    _google("content_minor_harm", 400, "MINOR_HARM_UPLOAD"),
    _google("content_minor_image", 400, "MINOR_INPUT_IMAGE"),
    _google("content_person", 400, "PROMINENT_PEOPLE_FILTER_FAILED"),
    _google("content_person_upload", 400, "PROMINENT_PEOPLE_UPLOAD"),
    _google("content_person_image", 400, "PROMINENT_PEOPLE_INPUT_IMAGE"),
    _google("content_face", 400, "TRUMP_FACE_DETECTED"),
    _google("content_photoreal", 400, "PHOTOREAL_UPLOAD"),
    _google("content_photoreal_image", 400, "PHOTOREAL_INPUT_IMAGE"),
    _google("content_ip", 400, "IP_INPUT_IMAGE"),
    _google("content_ip_output", 400, "IMAGE_OUTPUT_IP_FILTER"),
    _google("content_upload", 400, "UNSAFE_IMAGE_UPLOAD"),
    _google("content_upload_video", 400, "UNSAFE_VIDEO_UPLOAD"),
    Trouble("content_audio", "job", 400, "media", "", "PUBLIC_ERROR_AUDIO_FILTERED"),
    Trouble("content_edit", "job", 400, "google", "", "FINISH_REASON_INPUT_VIDEO_EDIT"),
    Trouble("content_speech", "job", 400, "google", "", "FINISH_REASON_INPUT_SPEECH_EDIT"),
    _google("content_video_edit", 400, "VIDEO_EDIT"),
    _google("content_speech_edit", 400, "SPEECH_EDIT"),
    _google("content_language", 400, "NON_ENGLISH_PROMPT"),
    Trouble("content_warning", "gate", 400, "google", "", "PUBLIC_BOTTLE_CONTENT_WARNING"),
    _google("content_animal", 400, "UNDERSPECIFIED_ANIMAL"),
    _google("content_long", 400, "RESPONSE_TOO_LONG"),
    Trouble("content_silent", "clips"),
    Trouble("content_500", "gate", 500, "google", "Image was blocked by content moderation",
            "PUBLIC_ERROR_UNSAFE_GENERATION"),
)  # fmt: skip

FILES = (  # 24.3
    _service("file_size", 400, "File size (25165824) is over 20971520 bytes", "text"),
    _google("file_too_large", 400, "IMAGE_TOO_LARGE"),
    _google("file_too_small", 400, "IMAGE_TOO_SMALL"),
    _service("file_type", 400, "Unsupported content type", "text"),
    _google("file_format", 400, "UNKNOWN_IMAGE_FILE_FORMAT"),
    _google("file_video_long", 400, "VIDEO_DURATION_TOO_LONG"),
    _google("file_video_timeout", 400, "VIDEO_UPLOAD_TIMEOUT"),
    _google("file_video", 400, "VIDEO_UPLOAD_FAILED"),
)

OTHER_NAMES = (  # 24.4
    _google("region", 400, "USER_REGION_DISALLOWED"),
    _google("user_minor", 400, "USER_MINOR"),
    _google("not_allowlisted", 403, "PROJECT_NOT_ALLOWLISTED"),
    _google("role", 403, "USER_ROLE_NOT_GRANTED"),
    _google("enterprise", 403, "PROJECT_FLOW_ENTERPRISE_NOT_ENABLED"),
    _google("vertex_quota", 429, "VERTEX_QUOTA_EXHAUSTED", "600"),
    _google("vertex_quota_admin", 429, "VERTEX_QUOTA_EXHAUSTED_ADMIN", "600"),
    _google("vertex_down", 503, "VERTEX_SERVICE_UNAVAILABLE", "60"),
    _google("vertex_input", 400, "VERTEX_UNSUPPORTED_INPUT"),
    Trouble("timed_out", "job", 500, "google", "", "PUBLIC_ERROR_VIDEO_GENERATION_TIMED_OUT"),
    Trouble("went_wrong", "job", 500, "google", "", "PUBLIC_ERROR_SOMETHING_WENT_WRONG"),
    _google("handle_invalid", 400, "HANDLE_INVALID"),
    _google("handle_taken", 400, "HANDLE_TAKEN"),
    _google("collection", 400, "COLLECTION_NOT_FOUND"),
    _google("applet", 400, "APPLET_NOT_FOUND"),
    _google("cannot_cancel", 400, "MEDIA_GENERATION_CANNOT_BE_CANCELED"),
)

CLIPS = (  # accepted, and not as hoped
    Trouble("partial", "clips"),  # the last clip is filtered, the others come
    Trouble("no_url", "clips"),  # completed, items without videoUrl
    Trouble("no_media", "clips"),  # completed, empty media
    Trouble("fewer", "clips"),  # completed, one item is simply not there
    Trouble("stuck", "clips"),  # never ends
    Trouble("slow", "clips"),  # takes ten times as long
    Trouble("odd_state", "clips"),  # `processing`, a word that no document has
    Trouble("old_shape", "clips"),  # operations[] instead of media[], as before 2026
    Trouble("no_thumbnail", "clips"),
    Trouble("base64", "clips"),  # images: encodedImage instead of fifeUrl
    Trouble("lost_job", "clips"),  # accepted, and afterwards 404 for its id
)

LINES = (
    Trouble("network", "early"),
    _line("cut_before", "cut", False),
    _line("cut_during", "cut", True),  # the line breaks while the vendor is still accepting
    _line("unknown_outcome", "cut", True),
    _line("cut_after", "cut", True),
    _line("cut_body", "cut_body", True),
    _line("slow_body", "drip", True),
    _line("hang_before", "hang", False),
    _line("hang", "hang", True),
    _line("html_502", "whole", False, 502, "html", "Bad Gateway"),
    _line("html_502_accepted", "whole", True, 502, "html", "Bad Gateway"),
    _line("html_504", "whole", True, 504, "html", "Gateway Time-out"),
    _line("html_520", "whole", False, 520, "html", "Web server is returning an unknown error"),
    _line("status_500", "whole", False, 500, "google", "Internal error encountered."),
    _line("status_500_accepted", "whole", True, 500, "google", "Internal error encountered."),
    _line("server_wait", "whole", True, 408, "text", "Polling timeout"),
    _line("status_408", "whole", False, 408, "text", "Polling timeout"),
    _line("no_jobid", "whole", True, 201, "bare"),
    _line("empty_jobid", "whole", True, 201, "empty_jobid"),
    _line("ok_empty", "whole", True, 200, "nothing"),
    _line("ok_html", "whole", True, 200, "html", "Welcome"),
    _line("not_json", "whole", True, 201, "broken"),
    _line("html_503", "whole", False, 503, "html", "Service Unavailable"),
    _line("html_429", "whole", False, 429, "html", "Too Many Requests"),
    _line("empty_403", "whole", False, 403, "nothing"),
    _line("redirect_post", "whole", False, 302, "redirect"),
)

LINKS = (  # 24.5
    Trouble("link_dead", "link", 403, "html", "Forbidden"),
    Trouble("link_gone", "link", 404, "html", "Not Found"),
    Trouble("short_body", "link", delivery="short"),
    Trouble("cut_download", "link", delivery="cut_body"),
    Trouble("wrong_body", "link", 200, "html", "Sign in to continue"),
    Trouble("no_bytes", "link", 200, "nothing"),
    Trouble("not_media", "link", 200, "noise"),
    Trouble("cut_file", "link", 200, "half"),  # a complete answer with half an MP4 in it
    Trouble("huge_body", "link", delivery="huge"),
    Trouble("redirect_out", "link", 302, "redirect"),
    Trouble("slow_download", "link", delivery="drip"),
    Trouble("link_502", "link", 502, "html", "Bad Gateway"),
)

TROUBLES = {
    row.name: row for table in (SERVICE, CONTENT, FILES, OTHER_NAMES, CLIPS, LINES, LINKS) for row in table
}

# Where a failed job may hide its reason (flow-api.md section 11.1): `R` is the reason, `C` the code.
PLACES: dict[str, dict[str, object]] = {
    "job": {
        "error": "API error: C",
        "errorDetails": "R",
        "code": "C",
        "response": {"error": {"code": "C", "message": "R", "status": "INVALID_ARGUMENT"}},
    },
    "error": {"error": "R"},
    "object": {"error": {"code": "C", "message": "R", "status": "INVALID_ARGUMENT"}},
    "details": {"error": "API error: C", "errorDetails": "R", "code": "C"},
    "json": {
        "error": "API error: C",
        "code": "C",
        "errorDetails": '{"error":{"code":C,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",'
        '"reason":"R"}]}}',
    },
    "response": {
        "error": "API error: C",
        "code": "C",
        "response": {
            "error": {
                "code": "C",
                "message": "Request contains an invalid argument.",
                "status": "INVALID_ARGUMENT",
                "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R"}],
            }
        },
    },
    "media": {"error": "API error: C", "code": "C"},
    "reasons": {"error": "Generation failed"},
    "reason": {"error": "Generation failed", "reason": "R"},
    "code_text": {"error": ["R"], "code": "failed"},
    "nothing": {},
}
