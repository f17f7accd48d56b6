"""A synthetic library for measuring: every row, event, ledger entry and index entry as a real one would be.

Only the media are shared: a few real files with posters, drawn once. Made by `manage.py seed_library`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from django.conf import settings
from django.db import connection, transaction
from PIL import Image, ImageDraw

from generations.catalog.engines import engine
from generations.catalog.plans import Facts
from generations.catalog.prices import price_of
from generations.catalog.request import Request
from generations.library import index
from generations.library.posters import draw_posters
from generations.library.probe import look
from generations.library.rebuild import hash_of_stored
from generations.library.storage import Incoming, full_path
from generations.models import (
    Account,
    Attempt,
    Batch,
    Clip,
    ClipState,
    Connection,
    CreditEntry,
    Event,
    Generation,
    Membership,
    Outcome,
    Person,
    SearchText,
    State,
    Team,
    clock,
)
from generations.models.generation import Visibility
from generations.models.ids import id_at
from generations.models.ledger import Kind
from generations.models.secret import Secret

CHUNK = 1000  # generations per transaction
DAYS = 900  # the library grew over so many
PLAN = Facts(plan="ultra")
NOT_REAL = "Made by seed_library: there is no account behind it."

VOCABULARY = 5_000
PLANTED = {"cinematic": 0.5, "dragon": 0.05, "obsidian": 0.001}
RAREST, RAREST_PROMPTS = "quetzalcoatl", 20
STRIPS = {1: 3, 2: 3, 4: 4}  # clips per prompt, and how often of ten
MODELS = {
    "veo-3.1-fast": 5,
    "veo-3.1-quality": 2,
    "veo-3.1-lite": 1,
    "nano-banana-2": 1,
    "nano-banana-pro": 1,
}
FIRST = "ka lo mi ne ru so ta ve zi dra fe gu hal jor ky lum mor nar os pel".split()  # noqa: SIM905
LATER = "ran lith mer don vek sil tor nim gal fen rus bel kor dan wyn the phar ist orm und".split()  # noqa: SIM905
# Shape and size of what is drawn once; each (kind, ratio) has one file.
MEDIA = {
    ("video", "16:9"): (1280, 720),
    ("video", "9:16"): (720, 1280),
    ("image", "16:9"): (1376, 768),
    ("image", "1:1"): (1024, 1024),
    ("image", "9:16"): (768, 1376),
}


@dataclass(frozen=True)
class Maker:
    """Somebody who makes clips, and the account they spend from."""

    person: Person
    account: Account


class Seed:
    """One run; the same `seed` gives the same prompts, people and choices."""

    def __init__(self, clips: int, people: int, seed: int) -> None:
        self.clips_wanted, self.random = clips, random.Random(seed)
        self.media = {key: drawn(*key, size) for key, size in MEDIA.items()}
        self.team = Team.objects.order_by("pk").first() or Team.objects.create(name="Measured library")
        self.makers = [self._maker(number) for number in range(1, people + 1)]
        self.batches = [self._batch(number) for number in range(1, 11)]
        self.words = self._words()
        self.weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        # Prompts that hold the rarest word, spread evenly over the whole library.
        self.prompts_expected = max(1, round(clips / 2.5))
        self.rare_every = max(1, self.prompts_expected // RAREST_PROMPTS)

    # --- people and words ------------------------------------------------------------------------------
    def _maker(self, number: int) -> Maker:
        """Person 7 of an earlier run is person 7 of this one."""
        name = f"seed-{number:02d}"
        person = Person.objects.filter(username=name).first()
        if person is None:
            person = Person(username=name, first_name=f"Seed {number}", last_name="Measured")
            person.set_unusable_password()
            person.save()
        Membership.objects.get_or_create(team=self.team, person=person)
        mine, _ = Connection.objects.get_or_create(
            owner=person,
            base_url=settings.FLOW_API_URL,
            user_number=str(990_000 + number),
            defaults={"token": Secret.seal(""), "is_good": False, "trouble": NOT_REAL},
        )
        account = mine.accounts.first() or Account.objects.create(
            connection=mine, email=f"{name}@seed.example", is_chosen=False, sku="WS_ULTRA"
        )
        return Maker(person, account)

    def _batch(self, number: int) -> Batch:
        maker = self.random.choice(self.makers)
        return Batch.objects.create(team=self.team, person=maker.person, name=f"Seed batch {number}")

    def _words(self) -> list[str]:
        seen: dict[str, None] = {}
        while len(seen) < VOCABULARY:
            parts = [self.random.choice(FIRST), *self.random.choices(LATER, k=self.random.randint(1, 2))]
            seen["".join(parts)] = None
        return list(seen)

    def prompt(self, number: int) -> str:
        """Twenty to forty words, a few of them in most prompts and most of them in few (Zipf)."""
        words = self.random.choices(self.words, cum_weights=self.weights, k=self.random.randint(20, 40))
        words += [word for word, share in PLANTED.items() if self.random.random() < share]
        if number % self.rare_every == self.rare_every // 2:
            words.append(RAREST)
        self.random.shuffle(words)
        return " ".join(words).capitalize() + "."

    # --- rows --------------------------------------------------------------------------------------------
    def grow(self) -> Iterator[int]:
        """Write the library, oldest first; tells after each thousand prompts how many clips there are."""
        now, done, number = clock.now(), 0, 0
        step = timedelta(days=DAYS) / (self.prompts_expected + 1)
        while done < self.clips_wanted:
            rows = Rows()
            while len(rows.generations) < CHUNK and done < self.clips_wanted:
                # Never in the future, should there be more prompts than expected.
                moment = min(now - timedelta(days=DAYS) + step * number, now - timedelta(minutes=5))
                done += self._strip(rows, number, moment, self.clips_wanted - done)
                number += 1
            self._write(rows)
            yield done

    def _strip(self, rows: "Rows", number: int, moment, most: int) -> int:
        maker = self.random.choice(self.makers)
        model = pick(self.random, MODELS)
        kind = engine(model).kind
        ratio = self.random.choice([ratio for known, ratio in MEDIA if known == kind])
        request = Request(
            prompt=self.prompt(number),
            model=model,
            mode="image" if kind == "image" else "text",
            ratio=ratio,
            seconds=None if kind == "image" else 8,
            count=min(most, pick(self.random, STRIPS)),
        )
        credits = price(model, request.mode, request.seconds) * request.count
        took = timedelta(seconds=self.random.randint(30, 150))
        over = moment + took
        generation = Generation(
            id=id_at(moment),
            team=self.team,
            person=maker.person,
            account=maker.account,
            request=request.to_json(),
            content_hash=request.fingerprint(),
            prompt=request.prompt,
            mode=request.mode,
            kind=kind,
            model=model,
            ratio=ratio,
            seconds=request.seconds,
            count=request.count,
            expected_credits=credits,
            expected_seconds=100,
            state=State.READY,
            visibility=Visibility.PRIVATE if self.random.random() < 0.1 else Visibility.TEAM,
            batch=self.random.choice(self.batches) if self.random.random() < 0.1 else None,
            due_at=over,
            sent_at=moment,
            accepted_at=moment,
            completed_at=over,
            finished_at=over,
        )
        generation.request_key = f"seed-{generation.pk}"
        generation.position = generation.pk
        rows.add(generation, maker, self.media[kind, ratio], credits, self.random)
        return request.count

    def _write(self, rows: "Rows") -> None:
        with transaction.atomic():
            version, number = Team.take_numbers(self.team.pk, len(rows.generations))
            for place, generation in enumerate(rows.generations):
                generation.number, generation.version = number + place, version
            Generation.objects.bulk_create(rows.generations)
            Attempt.objects.bulk_create(rows.attempts)
            CreditEntry.objects.bulk_create(rows.entries)
            Event.objects.bulk_create(rows.events)
            Clip.objects.bulk_create(rows.clips)
            index.write_many(rows.generations)


class Rows:
    """What one transaction writes."""

    def __init__(self) -> None:
        self.generations: list[Generation] = []
        self.attempts: list[Attempt] = []
        self.entries: list[CreditEntry] = []
        self.events: list[Event] = []
        self.clips: list[Clip] = []

    def add(self, row: Generation, maker: Maker, media: dict, credits: int, chance: random.Random) -> None:
        sent, over = row.accepted_at, row.finished_at
        self.generations.append(row)
        self.attempts.append(
            Attempt(
                generation=row,
                account=maker.account,
                number=1,
                reference=f"seed.{row.pk}.1.{chance.getrandbits(128):032x}",
                outcome=Outcome.ACCEPTED,
                opened_at=sent,
                closed_at=sent,
                lease_until=sent,
                base_url=maker.account.base_url,
                user_number=maker.account.user_number,
                job_id=f"j{row.pk}v-seed",
                status=201,
            )
        )
        for kind, at in ((Kind.RESERVE, sent), (Kind.SPEND, over)):
            self.entries.append(
                CreditEntry(generation=row, account=maker.account, kind=kind, amount=credits, at=at)
            )
        moves = (State.WAITING, State.SENDING, State.GENERATING, State.SAVING, State.READY)
        for before, after in zip(("", *moves), moves, strict=False):
            at = over if after in {State.SAVING, State.READY} else sent
            self.events.append(
                Event(
                    generation=row,
                    team_id=row.team_id,
                    by=None if before else maker.person,
                    verb=str(after) if before else "asked",
                    from_state=before,
                    to_state=after,
                    at=at,
                )
            )
        for place in range(row.count):
            self.clips.append(
                Clip(
                    id=row.pk + place + 1,
                    generation=row,
                    position=place,
                    state=ClipState.READY,
                    seed=chance.getrandbits(31),
                    media_id=f"user:0-email:73656564-{row.kind}:{row.pk}-{place}",
                    due_at=over,
                    saved_at=over,
                    posters_at=over,
                    **media,
                )
            )


@lru_cache
def price(model: str, mode: str, seconds: int | None) -> int:
    """Credits of one clip on an Ultra plan, from the dated table."""
    return price_of(Request(prompt="", model=model, mode=mode, seconds=seconds), PLAN).each or 0


def pick(chance: random.Random, shares: dict):
    return chance.choices(list(shares), weights=list(shares.values()))[0]


# --- media -----------------------------------------------------------------------------------------------
def drawn(kind: str, ratio: str, size: tuple[int, int]) -> dict:
    """Draw one file and its posters into the library, once; returns the columns of a clip that shows it."""
    name = f"seed/{kind}-{ratio.replace(':', 'x')}.{'mp4' if kind == 'video' else 'png'}"
    if not full_path(name).exists():
        with TemporaryDirectory() as folder, Incoming(name) as incoming:
            path = Path(folder, "drawn")
            film(path, size) if kind == "video" else picture(size, 0).save(path, "PNG")
            incoming.write(path.read_bytes())
            incoming.keep()
    probed = look(full_path(name))
    columns = {
        "kind": kind,
        "file": name,
        "sha256": hash_of_stored(name),
        "size": full_path(name).stat().st_size,
        "content_type": probed.content_type,
        "width": probed.width,
        "height": probed.height,
        "length": probed.length,
        "frame_rate": probed.frame_rate,
        "has_sound": probed.has_sound,
    }
    draw_posters(Clip(**columns))
    return columns


def film(path: Path, size: tuple[int, int]) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for number in range(24 * 8):
            container.mux(stream.encode(av.VideoFrame.from_image(picture(size, number))))
        container.mux(stream.encode())


@lru_cache
def sky(size: tuple[int, int]) -> Image.Image:
    dusk = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (dusk.point(lambda v: v // 3 + 20), dusk.point(lambda v: v // 4), dusk))


def picture(size: tuple[int, int], number: int) -> Image.Image:
    """A ball that crosses a dusk sky."""
    (width, height), image = size, sky(size).copy()
    x = number * width // 192
    ImageDraw.Draw(image).ellipse((x - 60, height // 2 - 60, x + 60, height // 2 + 60), fill=(245, 190, 70))
    return image


def settle_down() -> None:
    """Tell PostgreSQL's planner what came in, as its own housekeeping would within minutes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Generation, Clip, SearchText, Event, CreditEntry, Attempt):
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")
