"""The make-believe vendor in a process of its own, and the troubles that are ordered from it."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

SPEED = 100
QUIET = 5999  # a customer with little to do, whose reads succeed: there an absence can be proved
# Shares of all submissions. Not no_media: charged and not given, which only a balance can show.
LINES = {
    "cut_before": 0.015,
    "cut_during": 0.02,
    "cut_after": 0.02,
    "cut_body": 0.015,
    "html_502": 0.01,
    "html_502_accepted": 0.015,
    "status_500": 0.01,
    "status_500_accepted": 0.015,
    "no_jobid": 0.015,
    "ok_empty": 0.005,
    "ok_html": 0.005,
    "not_json": 0.005,
    "server_wait": 0.01,
    "redirect_post": 0.005,
    "concurrency": 0.01,
    "overloaded": 0.01,
    "captcha_traffic": 0.003,
    "html_429": 0.005,
    "content_unsafe": 0.02,
    "content_audio": 0.02,
    "upstream": 0.02,
    "partial": 0.03,
    "fewer": 0.02,
    "no_url": 0.01,
    "odd_state": 0.02,
    "old_shape": 0.02,
    "slow": 0.02,
}
IMAGES = {
    "cut_before": 0.02,
    "cut_during": 0.02,
    "cut_after": 0.02,
    "cut_body": 0.02,
    "html_502_accepted": 0.02,
    "base64": 0.2,
    "content_500": 0.03,
    "partial": 0.05,
}
UPLOADS = {"cut_before": 0.03, "cut_after": 0.03, "html_502": 0.03, "status_500": 0.03}
DOWNLOADS = {"link_dead": 0.03, "short_body": 0.03, "cut_download": 0.03, "link_502": 0.03, "cut_file": 0.01}
READS = {"cut_before": 0.02, "html_502": 0.02, "status_500": 0.02, "not_json": 0.01}
AT_THE_QUIET_ONE = {"cut_before": 0.25, "html_502": 0.1, "status_500": 0.1, "cut_after": 0.1}


class FarVendor:
    """`python -m generations.sandbox` on a free port; `control` speaks to its control address."""

    def __init__(self, folder: Path, seed: int) -> None:
        words = ["--port", "0", "--speed", str(SPEED), "--seed", str(seed), "--dir", str(folder), "--canned"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "generations.sandbox", *words], stdout=subprocess.PIPE, text=True
        )
        self.base_url = self.process.stdout.readline().split()[-1]
        self.origin = self.base_url.partition("/v1/")[0]

    def control(self, method: str, path: str, **facts) -> dict:
        asked = urllib.request.Request(
            f"{self.origin}/_control{path}", json.dumps(facts).encode(), method=method
        )
        with urllib.request.urlopen(asked, timeout=300) as answer:
            return json.load(answer)

    def make_trouble(self, users: list[int]) -> None:
        """Order every trouble for these customers; the quiet one gets its own."""
        everybody = [
            ("/videos", LINES), ("/images", IMAGES), ("/assets/{email}", UPLOADS), ("media", DOWNLOADS),
            ("/jobs/{jobid}", READS), ("/jobs", READS),
        ]  # fmt: skip
        for user in users:
            for endpoint, shares in [("/videos", AT_THE_QUIET_ONE)] if user == QUIET else everybody:
                self._order(user, endpoint, shares)
        self.control("POST", "/switches", history_lag=0.3)

    def _order(self, user: int, endpoint: str, shares: dict[str, float]) -> None:
        # Orders are asked one after another, so each must leave the share of those before it to the next.
        left = 1.0
        for name, share in shares.items():
            order = {"class": name, "endpoint": endpoint, "user": str(user), "probability": share / left}
            self.control("POST", "/troubles", **order)
            left -= share

    def calm(self) -> None:
        self.control("DELETE", "/troubles")
        self.control("POST", "/switches", history_lag=0)

    def record(self) -> dict:
        return self.control("GET", "/record/hashes")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
