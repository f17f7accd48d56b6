"""First page of a word search, newest first, at 100,000 clips against 10,000: milliseconds and their ratio.

Runs on the database of DATABASE_URL (SQLite when it is empty), in databases of its own that are removed
afterwards. A page is everything the gallery asks for: ids, the capped count, and the rows of 60 tiles.
Each number is the median of 200 queries; seven pairs, small and large in turn, give the spread.

    .venv/bin/python tests/bench/search.py [--pairs 7] [--clips 100000]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"rare": "quetzalcoatl", "5 %": "dragon", "50 %": "cinematic"}
QUERIES = 200


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured()))
        return
    with tempfile.TemporaryDirectory() as folder:
        small = Library(Path(folder), "small", options.clips // 10)
        large = Library(Path(folder), "large", options.clips)
        try:
            report([(small.measure(), large.measure()) for _ in range(options.pairs)], options.clips)
        finally:
            for library in (small, large):
                library.end()


class Library:
    """A database and a folder of its own, filled by seed_library."""

    def __init__(self, folder: Path, name: str, clips: int) -> None:
        self.name, given = f"bench_search_{name}_{os.getpid()}", os.environ.get("DATABASE_URL", "")
        self.server = given if given.startswith("postgres") else ""
        address = f"sqlite:///{folder / name}.sqlite3"
        if self.server:
            self.admin(f"CREATE DATABASE {self.name}")
            address = urlunsplit(urlsplit(self.server)._replace(path=f"/{self.name}"))
        self.env = os.environ | {
            "DATABASE_URL": address,
            "DATA_DIR": str(folder / f"{name}-data"),
            "DJANGO_SETTINGS_MODULE": "flowsite.settings",
            "PYTHONPATH": str(ROOT),
        }
        self.run("manage.py", "migrate", "-v0")
        print(self.run("manage.py", "seed_library", "--clips", str(clips), "-v0").strip(), flush=True)

    def run(self, *words: str) -> str:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def measure(self) -> dict[str, float]:
        return json.loads(self.run(__file__, "--measure"))

    def admin(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def end(self) -> None:
        if self.server:
            self.admin(f"DROP DATABASE {self.name} WITH (FORCE)")


def measured() -> dict[str, float]:
    """Median milliseconds per word, in this process's database, as somebody of the team."""
    import django

    django.setup()
    from generations.library.gallery import page
    from generations.models import Person

    person = Person.objects.get(username="seed-01")
    medians = {}
    for name, word in WORDS.items():
        times = []
        for _ in range(QUERIES + 10):
            began = time.perf_counter()
            tiles = page(person, word).tiles
            times.append((time.perf_counter() - began) * 1000)
        if not tiles:
            raise SystemExit(f"Nothing was found for {word}.")
        medians[name] = statistics.median(times[10:])  # the first ten warm the caches
    return medians


def report(pairs: list[tuple[dict, dict]], clips: int) -> None:
    print(f"\nfirst page of a word search; median of {QUERIES} queries, {len(pairs)} pairs")
    for name, word in WORDS.items():
        small, large = ([run[side][name] for run in pairs] for side in (0, 1))
        ratios = [after / before for before, after in zip(small, large, strict=True)]
        print(
            f"{name:>5} ({word}): {clips // 10:,} clips {statistics.median(small):.2f} ms,"
            f" {clips:,} clips {statistics.median(large):.2f} ms ({min(large):.2f}–{max(large):.2f});"
            f" ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
