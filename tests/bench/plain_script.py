"""The baseline: what people run today. Submits one prompt after another, then polls each job in turn.

Usage: plain_script.py BASE_URL TOKEN EMAIL PROMPTS_FILE FOLDER POLL_SECONDS. Shares no code with Flowsite.
"""

import json
import sys
import time
from pathlib import Path

import httpx


def main(base: str, token: str, email: str, file: str, folder: str, pause: float) -> None:
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    client.get(f"{base}/accounts").raise_for_status()
    jobs = []
    for prompt in json.loads(Path(file).read_text()):
        answer = client.post(f"{base}/videos", json={**prompt, "email": email, "async": True})
        answer.raise_for_status()
        jobs.append(answer.json()["jobid"])
    for job in jobs:
        while True:
            record = client.get(f"{base}/jobs/{job}").json()
            if record["status"] in ("completed", "failed"):
                break
            time.sleep(pause)
        for number, medium in enumerate(record["response"]["media"], 1):
            name = job.replace(":", "_").replace("*", "_")
            Path(folder, f"{name}_{number}.mp4").write_bytes(httpx.get(medium["videoUrl"]).content)


if __name__ == "__main__":
    main(*sys.argv[1:6], float(sys.argv[6]))
