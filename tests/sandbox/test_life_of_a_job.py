"""From acceptance to the bytes, by the clock, over real HTTP."""

from __future__ import annotations

import hashlib
import io
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import httpx

from generations.sandbox import Sandbox

from .client import PRO, ULTRA, Caller

ROOT = Path(__file__).parents[2]


def test_a_clip_goes_from_created_over_started_to_completed_by_the_clock(caller: Caller) -> None:
    caller.vendor.control.switch(speed=1, accept_delay=0)
    answer = caller.clip(model="veo-3.1-lite", replyRef="ref-1")
    assert answer.status_code == 201
    assert answer.json()["status"] == "created"
    jobid = answer.json()["jobid"]
    assert re.fullmatch(rf"j\d{{19}}v-u{caller.user}-email:{ULTRA}-bot:google-flow", jobid)
    caller.vendor.control.advance(10)
    started = caller.get(f"/jobs/{jobid}").json()
    assert started["status"] == "started"
    assert started["request"]["replyRef"] == "ref-1"
    assert started["request"]["email"] == "ul***@sandbox.example"
    caller.vendor.control.advance(60)
    done = caller.get(f"/jobs/{jobid}").json()
    assert done["status"] == "completed"
    assert done["response"]["media"][0]["videoUrl"].startswith(caller.vendor.origin)


def test_each_clip_is_charged_once_at_the_price_of_plan_and_model(caller: Caller) -> None:
    prices = {
        (ULTRA, "veo-3.1-fast", 8): 10,
        (PRO, "veo-3.1-fast", 8): 20,
        (ULTRA, "veo-3.1-lite", 8): 5,
        (PRO, "veo-3.1-lite", 8): 10,
        (ULTRA, "veo-3.1-quality", 8): 100,
        (ULTRA, "omni-flash", 10): 15,
        (PRO, "omni-flash", 4): 7,
        (ULTRA, "veo-3.1-lite-low-priority", 8): 0,
        (ULTRA, "omni-flash-1.2", 12): 42,
    }
    for (email, model, duration), price in prices.items():
        before = caller.credits(email)
        record = caller.finished(caller.accepted(model=model, duration=duration, email=email, count=2))
        assert caller.credits(email) == before - 2 * price, (email, model)
        assert record["response"]["remainingCredits"] == before - 2 * price
        assert len(record["response"]["media"]) == 2


def test_the_same_request_twice_is_two_jobs_and_two_charges(caller: Caller) -> None:
    before = caller.credits()
    assert caller.accepted(replyRef="same") != caller.accepted(replyRef="same")
    assert caller.credits() == before - 20


def test_the_files_of_two_clips_differ_and_their_hashes_are_in_the_record(caller: Caller) -> None:
    media = caller.media(count=2)
    bodies = [httpx.get(item["videoUrl"]).content for item in media]
    assert bodies[0] != bodies[1]
    record = caller.vendor.control.record(hashes=True)
    entry = next(entry for entry in record["submissions"] if entry["user"] == str(caller.user))
    assert [item["sha256"] for item in entry["media"]] == [
        hashlib.sha256(body).hexdigest() for body in bodies
    ]
    with av.open(io.BytesIO(bodies[0])) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in clip.decode(video=0)) == 24
    assert b"flowsite sandbox" in bodies[0]


def test_a_synchronous_call_answers_with_the_finished_clip(caller: Caller) -> None:
    answer = caller.post("/videos", json={"prompt": "A kite", "email": ULTRA})
    assert answer.status_code == 200
    assert answer.json()["jobId"].startswith("j")
    assert answer.json()["media"][0]["video"]["dimensions"]["length"] == "8s"


def test_a_link_dies_at_the_moment_it_names_and_can_be_renewed(caller: Caller) -> None:
    item = caller.media()[0]
    link = item["videoUrl"]
    assert abs(int(httpx.URL(link).params["Expires"]) - caller.vendor.control.now() - 6 * 3600) < 60
    assert httpx.get(link).status_code == 200
    assert httpx.get(re.sub(r"Signature=..", "Signature=xx", link)).status_code == 403
    caller.vendor.control.advance(6 * 3600 + 5)
    assert httpx.get(link).status_code == 403
    fresh = caller.get(f"/assets/{item['mediaGenerationId'].replace(':', '%3A').replace('@', '%40')}").json()[
        "url"
    ]
    assert httpx.get(fresh).status_code == 200


def test_media_answer_ranges(caller: Caller) -> None:
    link = caller.media()[0]["videoUrl"]
    whole = httpx.get(link)
    assert whole.headers["accept-ranges"] == "bytes"
    part = httpx.get(link, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]
    assert httpx.get(link, headers={"Range": "bytes=-50"}).content == whole.content[-50:]
    assert httpx.get(link, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert httpx.head(link).headers["content-length"] == str(len(whole.content))


def test_a_job_is_gone_after_seven_days(caller: Caller) -> None:
    jobid = caller.accepted()
    caller.finished(jobid)
    caller.vendor.control.advance(7 * 24 * 3600 + 120)
    answer = caller.get(f"/jobs/{jobid}")
    assert (answer.status_code, answer.json()) == (410, {"error": "Job has expired", "code": 410})


def test_extending_continues_the_same_scene_and_upscaling_repeats_for_nothing(caller: Caller) -> None:
    source = caller.media("A lighthouse", seed=4)[0]["mediaGenerationId"]
    body = {"mediaGenerationId": source, "prompt": "then rain", "async": True, "model": "veo-3.1-lite"}
    longer = caller.post("/videos/extend", json=body)
    assert longer.status_code == 201
    assert caller.finished(longer.json()["jobid"])["response"]["media"][0]["mediaGenerationId"] != source
    before = caller.credits()
    sizes = []
    for _ in range(2):
        answer = caller.post("/videos/upscale", json={"mediaGenerationId": source, "resolution": "4K"})
        assert answer.status_code == 200, answer.text
        sizes.append(answer.json()["media"][0]["mediaGenerationId"])
    assert sizes[0] == sizes[1] == source + "_upsampled"
    assert caller.credits() == before - 50


def test_clips_are_joined_into_one_film_and_previewed_as_gif(caller: Caller) -> None:
    import base64

    one, two = (item["mediaGenerationId"] for item in caller.media(count=2))
    answer = caller.post("/videos/concatenate", json={
        "media": [{"mediaGenerationId": one}, {"mediaGenerationId": two, "trimStart": 0.5}]})  # fmt: skip
    film = base64.b64decode(answer.json()["encodedVideo"])
    with av.open(io.BytesIO(film)) as joined:
        assert sum(1 for _ in joined.decode(video=0)) == 36
    gif = base64.b64decode(caller.post("/videos/gif", json={"mediaGenerationId": one}).json()["encodedGif"])
    assert gif.startswith(b"GIF89a")


def test_statistics_show_what_runs_and_the_ten_newest_of_the_token(caller: Caller) -> None:
    caller.vendor.control.switch(speed=0.1, accept_delay=0)
    running = caller.accepted()
    jobs = caller.get("/jobs/?options=executing").json()["videos"]["executing"]
    assert jobs[running]["email"] == ULTRA
    foreign = caller.vendor.control.foreign(user=caller.user, count=11, kind="image", seconds=0)
    history = caller.get("/jobs/?options=history").json()
    assert len(history["videos"]["history"]) + len(history["images"]["history"]) == 10
    assert set(history["images"]["history"]) <= set(foreign)
    caller.vendor.control.switch(history_lag=3600)
    assert caller.get("/jobs?options=executing").json()["videos"]["executing"] == {}
    assert caller.get("/jobs/?options=everything").status_code == 400


def test_callbacks_carry_the_job_record_at_each_state_to_loopback_only(caller: Caller) -> None:
    heard: list[bytes] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    caller.vendor.control.switch(duplicate_callbacks=True)
    caller.finished(
        caller.accepted(replyUrl=f"http://127.0.0.1:{server.server_port}/secret", replyRef="mine")
    )
    for _ in range(100):
        if sum(b'"completed"' in body for body in heard) >= 2:
            break
        threading.Event().wait(0.03)
    server.shutdown()
    server.server_close()
    assert sum(b'"completed"' in body and b'"mine"' in body for body in heard) == 2
    caller.accepted(replyUrl="http://192.0.2.1/never")
    for _ in range(100):
        if caller.vendor.control.counters.get("callbacks refused"):
            return
        threading.Event().wait(0.03)
    raise AssertionError("the foreign address was not refused")


def _start(folder: Path, *options: str) -> tuple[subprocess.Popen[str], str, str]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "generations.sandbox",
            "--port",
            "0",
            "--canned",
            "--dir",
            str(folder),
            *options,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    where, token = process.stdout.readline(), process.stdout.readline()
    assert re.fullmatch(r"Sandbox at http://127\.0\.0\.1:\d+/v1/google-flow\n", where)
    assert re.fullmatch(r"Token user:4242-sandbox-\S+\n", token)
    return process, where.split()[-1], token.split()[-1]


def test_a_killed_sandbox_remembers_jobs_credits_and_uploads(tmp_path: Path) -> None:
    first, base, token = _start(tmp_path, "--speed", "50")
    headers = {"Authorization": f"Bearer {token}"}
    body = {"prompt": "A boat", "async": True, "email": ULTRA, "replyRef": "r"}
    jobid = httpx.post(f"{base}/videos", json=body, headers=headers).json()["jobid"]
    first.kill()
    first.wait()
    with (tmp_path / "world.jsonl").open("ab") as diary:
        diary.write(b'{"what":"job","id":"torn')  # as a kill in the middle of a write would leave it
    second, base, _ = _start(tmp_path, "--speed", "50")
    try:
        record = httpx.get(f"{base}/jobs/{jobid}", headers=headers).json()
        assert record["request"]["replyRef"] == "r"
        account = httpx.get(f"{base}/accounts/ultra%40sandbox.example", headers=headers).json()
        assert account["credits"]["credits"] == 24_990
        again = httpx.post(f"{base}/videos", json=body, headers=headers).json()["jobid"]
        assert again != jobid
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(10) == 0


def test_the_same_seed_gives_the_same_ids(tmp_path: Path) -> None:
    names = []
    for place in "ab":
        with Sandbox(tmp_path / place, speed=400, seed=9) as vendor, Caller(vendor, 1) as caller:
            names.append(caller.media()[0]["mediaGenerationId"])
    assert names[0] == names[1]
