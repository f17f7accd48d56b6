"""A make-believe vendor: the Google Flow API of useapi.net, imitated over real HTTP on this machine only.

It follows flow-api.md (the numbers in our comments are its sections), imports nothing of ours and is
imported by nobody but tests and its command. It must never be mistaken for the vendor: the `Server` header,
the front page and a note inside every media file say that it is a simulator, it listens on loopback only,
and nothing it does costs anything.

Start it: `manage.py sandbox [--port 8790] [--speed 1] [--seed 0] [--dir var/sandbox]`, or without Django
`python -m generations.sandbox`; `--accept-delay 10` makes submissions as slow as live, `--canned` hands out
tiny clips instead of painted ones. Inside a test:

    with Sandbox(dir=tmp_path, speed=20, seed=1, canned_media=True) as vendor:
        vendor.base_url, vendor.token, vendor.token_for(77), vendor.origin, vendor.control

**Worlds.** Every token `user:<digits>-sandbox…` is known, and each user number has a world of its own with
ultra@ (25,000 credits), pro@ (1,000), out@ (signed out) and free@sandbox.example (50). All is kept in
`<dir>/world.jsonl`; an accepted job is in that file before its 201 leaves.

**Time.** Speed divides every duration: accept delay, generation (lite 45 s, fast 70, quality 150, Omni 80,
low priority 180, images 12), and the waits that refusals state, except until midnight. Links (6 h) and the
7 days of a job follow the clock alone, which tests may push.

**Troubles on order.** By words in the prompt: `[fail:throttled]` every time, `[fail:throttled:2]` the first
two times that this very prompt comes, `[fail:content_minor@job]` accepted and then failed, with the reason in
one of the PLACES (`job error object details json response media reasons reason code_text nothing`), and
`[fail:PUBLIC_ERROR_ANYTHING]` for a reason the table does not know. The names are the rows of
`troubles/catalogue.py`: the classes of section 24, clips that come out wrong (`partial no_url no_media fewer
stuck slow odd_state old_shape no_thumbnail base64 lost_job`), broken lines (`network cut_before cut_during
cut_after unknown_outcome cut_body slow_body hang hang_before html_502 html_502_accepted status_500
status_500_accepted status_408 server_wait no_jobid ok_empty not_json …`) and downloads that go wrong
(`link_dead link_gone short_body cut_download wrong_body no_bytes not_media cut_file huge_body redirect_out
slow_download link_502`).

**Control address** (JSON, no token; `Sandbox.control` has the same as methods):

    POST   /_control/troubles  {"class": "throttled", "endpoint": "/videos", "times": 3, "probability": 1.0,
                                "retry_after": "seconds|date|body|none", "user": "4242", "place": "job"}
                               endpoint as in routes/table.py, or "media" for downloads; absent means all
    GET    /_control/troubles  standing orders and known names
    DELETE /_control/troubles  take all orders back
    POST   /_control/clock     {"advance": seconds}
    POST   /_control/switches  any of vendor.Switches: speed, accept_delay, image_seconds, job_seconds,
                               link_seconds, echo_reply_ref, history_lag, history_full, jobid_style,
                               omni_end_frame, omni_voice_alone, duplicate_callbacks, max_running
    POST   /_control/accounts  {"email": …, "credits": …, "health": "OK|out|any text", "manager": false}
    POST   /_control/foreign   {"count": 3, "kind": "video", "seconds": 70, "reply_ref": …}: somebody else's
                               jobs on the same token
    GET    /_control/record    the vendor's own record: every accepted submission with replyRef, jobid,
                               charge and media ids; balances; uploads; counters
    GET    /_control/record/hashes  the same with the sha256 of every finished clip's bytes
"""

from .embed import Sandbox

__all__ = ["Sandbox"]
