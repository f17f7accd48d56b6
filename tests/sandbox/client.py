"""What the sandbox's tests share: a caller with a token, and small files to upload."""

from __future__ import annotations

import io
import time
from typing import Any

import httpx
from PIL import Image

from generations.sandbox import Sandbox

ULTRA, PRO, OUT, FREE = (f"{name}@sandbox.example" for name in ("ultra", "pro", "out", "free"))


class Caller(httpx.Client):
    """A plain HTTP client of one user number, so that each test has a world of its own."""

    def __init__(self, vendor: Sandbox, user: int) -> None:
        headers = {"Authorization": f"Bearer {vendor.token_for(user)}"}
        super().__init__(base_url=vendor.base_url, headers=headers, timeout=20, trust_env=False)
        self.vendor, self.user = vendor, user

    def clip(self, prompt: str = "A paper boat", **fields: Any) -> httpx.Response:
        return self.post("/videos", json={"prompt": prompt, "async": True, "email": ULTRA, **fields})

    def accepted(self, prompt: str = "A paper boat", **fields: Any) -> str:
        answer = self.clip(prompt, **fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["jobid"])

    def finished(self, jobid: str) -> dict[str, Any]:
        """The job's record once it is completed or failed."""
        for _ in range(400):
            record: dict[str, Any] = self.get(f"/jobs/{jobid}").json()
            if record["status"] in ("completed", "failed"):
                return record
            time.sleep(0.02)
        raise AssertionError("the job does not end")

    def media(self, prompt: str = "A paper boat", **fields: Any) -> list[dict[str, Any]]:
        media: list[dict[str, Any]] = self.finished(self.accepted(prompt, **fields))["response"]["media"]
        return media

    def credits(self, email: str = ULTRA) -> int:
        credits: int = self.get(f"/accounts/{email.replace('@', '%40')}").json()["credits"]["credits"]
        return credits

    def upload(
        self, email: str = ULTRA, content: bytes | None = None, kind: str = "image/png"
    ) -> httpx.Response:
        return self.post(
            f"/assets/{email.replace('@', '%40')}", content=content or png(), headers={"Content-Type": kind}
        )

    def picture(self, email: str = ULTRA) -> str:
        return str(self.upload(email).json()["mediaGenerationId"]["mediaGenerationId"])

    def jobs_seen(self) -> int:
        """How many jobs the vendor's own record has for this customer."""
        record = self.vendor.control.record()
        return sum(entry["user"] == str(self.user) for entry in record["submissions"])


def png(size: tuple[int, int] = (640, 360), colour: str = "teal") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()
