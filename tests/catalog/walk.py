"""Every combination of choices, held against the make-believe vendor over HTTP: two witnesses, one contract.

What our rules allow the vendor must accept, at the price we named. Where our rules are stricter, the sentence
is counted, so that a person can see that each of them is meant.
"""

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from generations.catalog.body import fields_of
from generations.catalog.engines import engines
from generations.catalog.plans import Facts, facts_of
from generations.catalog.prices import price_of
from generations.catalog.request import Input, Request
from generations.catalog.rules import problems
from generations.sandbox import Sandbox

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c636000000200"
    "0154a24f5d0000000049454e44ae426082"
)
ACCOUNTS = ("ultra@sandbox.example", "pro@sandbox.example", "free@sandbox.example")
CLIPS = [e.id for e in engines("video")] + ["nano-banana-2"]
IMAGES = [e.id for e in engines("image")] + ["veo-3.1-fast"]


@dataclass
class Shelf:
    """What lies ready on one account: pictures, clips by the model that made them, characters."""

    email: str
    facts: Facts
    pictures: list[str]
    clips: dict[str, str]
    characters: dict[int, str]

    def inputs(self, pictures: int, people: tuple[int, ...] = (), voices: int = 0) -> tuple[Input, ...]:
        given = [Input(f"referenceImage_{n}", ref=self.pictures[n % 10]) for n in range(1, pictures + 1)]
        given += [Input(f"character_{n}", ref=self.characters[size]) for n, size in enumerate(people, 1)]
        return (*given, *(Input(f"referenceAudio_{n}", ref="Zephyr") for n in range(1, voices + 1)))


def text(shelf: Shelf) -> Iterator[Request]:
    lengths, ratios, counts = (3, 4, 6, 8, 9, 10, 12, 15), ("16:9", "9:16"), (1, 4, 5)
    for model, seconds, ratio, count, size, voices, seed in itertools.product(
        CLIPS, lengths, ratios, counts, ("", "360p", "720p"), (0, 1), (None, 7)
    ):
        given = shelf.inputs(0, voices=voices)
        yield Request("A boat", model, "text", ratio, seconds, count, seed, size, given)


def frames(shelf: Shelf) -> Iterator[Request]:
    start, end = (Input(slot, ref=shelf.pictures[0]) for slot in ("startImage", "endImage"))
    for model, seconds, ratio, given, size, voices in itertools.product(
        CLIPS,
        (3, 4, 6, 8, 10, 12, 15),
        ("16:9", "9:16"),
        ((start,), (start, end), (end,)),
        ("", "360p"),
        (0, 1),
    ):
        yield Request(
            "A boat", model, "frames", ratio, seconds, 1, None, size, given + shelf.inputs(0, voices=voices)
        )


def ingredients(shelf: Shelf) -> Iterator[Request]:
    sets = [(0, ()), (1, ()), (3, ()), (4, ()), (7, ()), (8, ()), (10, ()), (0, (1,)), (0, (2,)), (1, (2,))]
    sets += [(2, (2,)), (5, (2,)), (6, (2,)), (8, (1, 1)), (0, (1,) * 7)]
    for model, seconds, (pictures, people), voices, ratio in itertools.product(
        CLIPS, (3, 4, 6, 8, 10, 12, 15), sets, (0, 1, 2, 5), ("16:9", "9:16")
    ):
        given = shelf.inputs(pictures, people, voices)
        prompt = "@referenceImage_1 sails" if pictures or seconds == 6 else "@CHARACTER_1 sails"
        yield Request(prompt, model, "ingredients", ratio, seconds, 1, 3, "", given)


def edit(shelf: Shelf) -> Iterator[Request]:
    windows = [{}, {"startFrameIndex_1": 0, "endFrameIndex_1": 48}, {"startFrameIndex_1": 239}]
    windows += [{"startFrameIndex_1": 50, "endFrameIndex_1": 50}, {"endFrameIndex_1": 241}]
    clip = (Input("referenceVideo_1", ref=next(iter(shelf.clips.values()))),)
    for model, pictures, people, voices, window, size in itertools.product(
        CLIPS, (0, 1, 4, 5, 6), ((), (1,)), (0, 3, 4), windows, ("", "360p")
    ):
        given = clip + shelf.inputs(pictures, people, voices)
        yield Request("Snow", model, "edit", "16:9", None, 1, None, size, given, window)


def images(shelf: Shelf) -> Iterator[Request]:
    ratios = ("16:9", "4:3", "1:1", "3:4", "9:16", "auto", "21:9")
    for model, ratio, count, pictures, people, seed in itertools.product(
        IMAGES, ratios, (1, 2, 4, 5), (0, 1, 9, 10, 11), ((), (1,), (2,)), (None, 5)
    ):
        given = shelf.inputs(pictures, people)
        prompt = "Like @referenceImage_1" if pictures else "Like @character_1" if people else "A boat"
        yield Request(prompt, model, "image", ratio, None, count, seed, "", given)


def finished_clips(shelf: Shelf) -> Iterator[Request]:
    for model, (source, id), count in itertools.product(CLIPS, shelf.clips.items(), (1, 4, 5)):
        given = (Input("mediaGenerationId", ref=id),)
        yield Request(
            "on", model, "extend", seconds=None, count=count, inputs=given, extra={"source_model": source}
        )
    for source, id in shelf.clips.items():
        given = (Input("mediaGenerationId", ref=id),)
        for size in ("", "1080p", "4K", "720p", "8K"):
            yield Request("", source, "upscale", seconds=None, resolution=size, inputs=given)


def combinations(shelf: Shelf) -> Iterator[Request]:
    for mode in (text, frames, ingredients, edit, images, finished_clips):
        yield from mode(shelf)


@dataclass
class Verdict:
    """How the two witnesses compare. `disagreements` must be empty; `stricter` is for a person to read."""

    asked: int = 0
    accepted: int = 0
    refused: int = 0
    unsendable: int = 0
    stricter: Counter = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


class Walk:
    """The sandbox, the shelves of its accounts, and requests sent as the vendor's client would send them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = {"Authorization": f"Bearer {sandbox.token}"}
        self.http = httpx.Client(base_url=sandbox.base_url, headers=token, timeout=30, trust_env=False)
        self.priced: dict[str, tuple[Request, int | None]] = {}
        for email in ACCOUNTS:
            sandbox.control.account(email, credits=10**9)
        self.shelves = [self._shelf(email) for email in ACCOUNTS]

    def close(self) -> None:
        self.http.close()

    def _shelf(self, email: str) -> Shelf:
        said = self.http.get(f"/accounts/{email}").json()
        credits = said["credits"]
        facts = facts_of(
            tier=credits["userPaygateTier"],
            sku=credits["sku"],
            credits=credits["credits"],
            vendor_models=said["models"]["videoModels"],
            email=email,
        )
        pictures = [self._upload(email) for _ in range(10)]
        makers = (
            ("omni-flash-1.2",) if facts.plan == "free" else ("veo-3.1-fast", "omni-flash", "omni-flash-1.2")
        )
        clips = {model: self._clip(email, model) for model in makers}
        characters = {n: self._character(pictures[:n]) for n in (1, 2)}
        return Shelf(email, facts, pictures, clips, characters)

    def _upload(self, email: str) -> str:
        headers = {"Content-Type": "image/png"}
        return self.http.post(f"/assets/{email}", content=PNG, headers=headers).json()["mediaGenerationId"][
            "mediaGenerationId"
        ]

    def _clip(self, email: str, model: str) -> str:
        job = self.http.post(
            "/videos", json={"prompt": "x", "model": model, "email": email, "async": True}
        ).json()
        for _ in range(400):
            record = self.http.get(f"/jobs/{job['jobid']}").json()
            if record["status"] == "completed":
                return record["response"]["media"][0]["mediaGenerationId"]
            time.sleep(0.02)
        raise AssertionError(f"No clip of {model} on {email}: {record}")

    def _character(self, pictures: list[str]) -> str:
        named = {f"imageReference_{n}": id for n, id in enumerate(pictures, 1)}
        return self.http.post("/characters", json={"displayName": "Pip", **named}).json()["character"]

    def ask(self, shelf: Shelf, asked: Request, verdict: Verdict) -> None:
        """Send one combination, whatever our rules say of it, and compare."""
        verdict.asked += 1
        found = problems(asked, shelf.facts)
        reference = f"walk-{verdict.asked}"
        try:
            path, fields = fields_of(asked, email=shelf.email, refs={}, reference=reference)
        except (KeyError, ValueError) as trouble:
            verdict.unsendable += 1
            if not found:
                verdict.disagreements.append(f"Allowed, but it cannot be sent: {asked} ({trouble!r})")
            return
        answer = self.http.post(path, json=fields)
        if answer.status_code in (200, 201):
            verdict.accepted += 1
            if found:
                verdict.stricter[f"{asked.mode}: {found[0].sentence}"] += 1
            else:
                self.priced[reference] = (asked, price_of(asked, shelf.facts).credits)
            return
        verdict.refused += 1
        if not found:
            told = answer.json().get("error")
            verdict.disagreements.append(f"Allowed, but refused with {answer.status_code} {told}: {asked}")

    def compare_prices(self, verdict: Verdict) -> int:
        """Hold the price we named against what the vendor charged; returns how many were compared."""
        charged = {row["replyRef"]: row["charge"] for row in self.sandbox.control.record()["submissions"]}
        for reference, (asked, credits) in self.priced.items():
            if reference in charged and charged[reference] != credits:
                verdict.disagreements.append(f"Named {credits}, charged {charged[reference]}: {asked}")
        return sum(reference in charged for reference in self.priced)
