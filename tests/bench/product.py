"""All combinations of models, modes, lengths, shapes, inputs and plans against the make-believe vendor.

    python -m tests.bench.product [--every N]

Prints counts and times, and ends with status 1 when the two witnesses disagree. Takes a few minutes.
"""

import argparse
import sys
import time
from collections import Counter

from generations.catalog.nearest import nearest
from generations.catalog.rules import problems
from generations.sandbox import Sandbox
from tests.catalog.walk import Verdict, Walk, combinations


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every N-th combination")
    every = parser.parse_args().every
    with Sandbox(speed=400, accept_delay=0, image_seconds=0) as running:
        walk, verdict, modes = Walk(running), Verdict(), Counter()
        began, thinking = time.perf_counter(), 0.0
        for shelf in walk.shelves:
            for place, asked in enumerate(combinations(shelf)):
                if place % every:
                    continue
                modes[asked.mode] += 1
                before = time.perf_counter()
                moved, _ = nearest(asked, shelf.facts)
                left = problems(moved, shelf.facts)
                thinking += time.perf_counter() - before
                verdict.stricter.update({"nearest leaves: " + p.sentence: 1 for p in left})
                walk.ask(shelf, asked, verdict)
            print(
                f"{shelf.facts.plan:6} {verdict.asked:7,} asked, {time.perf_counter() - began:6.1f} s",
                flush=True,
            )
        compared = walk.compare_prices(verdict)
        took = time.perf_counter() - began
        walk.close()
    print(f"asked {verdict.asked:,}: " + ", ".join(f"{mode} {count:,}" for mode, count in modes.items()))
    print(f"accepted {verdict.accepted:,}, refused {verdict.refused:,}, not sendable {verdict.unsendable:,}")
    print(f"prices compared {compared:,}")
    each = 1000 * took / max(1, verdict.asked)
    print(f"{took:.1f} s, {each:.2f} ms each; rules {1000 * thinking:.0f} ms in all")
    for sentence, count in verdict.stricter.most_common():
        print(f"  {count:6,}  {sentence}")
    for line in verdict.disagreements[:20]:
        print("DISAGREEMENT", line)
    print(f"{len(verdict.disagreements)} disagreements")
    return 1 if verdict.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
