"""A batch of 20 prompts to the last file on disk: `manage.py generate --wait --save` against a plain script.

Both talk to one sandbox at speed 20 with a live accept delay (10 s / speed) and cached media. Seven
interleaved pairs; prints medians, spread and the ratio, once with the pacing lifted (five submissions at
once, no gap, 20 running) and once as it starts (one at once, gap 10 s / speed, learning upward).

    .venv/bin/python tests/bench/batch.py [--pairs 7]
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

ROOT = Path(__file__).resolve().parents[2]
SPEED = 20
LIFTED = {"SUBMITS_AT_ONCE": "5", "SUBMIT_GAP": "0", "RUNNING_CLIPS": "20"}
EMAIL = "ultra@sandbox.example"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            world.compare("pacing lifted", LIFTED, pairs, "script / ours, at least 1.6", flip=False)
            world.compare("pacing as it starts", {}, pairs, "ours / script, at most 1.3", flip=True)
        finally:
            world.end()


class World:
    """One sandbox, one Flowsite in a folder of its own, one file of prompts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run_number = folder, 0
        self.env = os.environ | {
            "DATA_DIR": str(folder / "data"),
            "FLOW_SPEED": str(SPEED),
            "DATABASE_URL": f"sqlite:///{folder / 'data' / 'bench.sqlite3'}",
        }
        (folder / "prompts.json").write_text(
            json.dumps([{"model": "veo-3.1-fast", "prompt": f"clip number {n}"} for n in range(20)])
        )
        words = ["--port", "0", "--speed", str(SPEED), "--accept-delay", "10", "--canned"]
        self.sandbox = subprocess.Popen(
            [sys.executable, "-m", "generations.sandbox", *words, "--dir", str(folder / "vendor")],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.base = self.sandbox.stdout.readline().split()[-1]
        self.token = self.sandbox.stdout.readline().split()[-1]
        self.env |= {"SANDBOX_URL": self.base, "FLOW_API_URL": self.base}
        self.manage("migrate", "-v0")
        self.manage("first_person")
        self.manage("connect", "owner", "--email", EMAIL, stdin=self.token)

    def manage(self, *words: str, stdin: str = "", **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env | env, input=stdin,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def ours(self, pacing: dict[str, str]) -> float:
        save = self.fresh()
        begun = time.perf_counter()
        self.manage("generate", str(self.folder / "prompts.json"), "--user", "owner", "--account", EMAIL,
                    "--wait", "--save", str(save), **pacing)  # fmt: skip
        return self.timed(begun, save)

    def script(self) -> float:
        save = self.fresh()
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, str(ROOT / "tests/bench/plain_script.py"), self.base, self.token, EMAIL,
             str(self.folder / "prompts.json"), str(save), str(15 / SPEED)],
            check=True,
        )  # fmt: skip
        return self.timed(begun, save)

    def fresh(self) -> Path:
        self.run_number += 1
        save = self.folder / f"run-{self.run_number}"
        save.mkdir()
        return save

    def timed(self, begun: float, save: Path) -> float:
        seconds = time.perf_counter() - begun
        saved = len(list(save.glob("*.mp4")))
        assert saved == 20, f"{saved} of 20 files"
        return seconds

    def forget_pace(self) -> None:
        """Each pair starts where a new account starts."""
        forget = "A.objects.update(learned_running=None, clean_accepts=0)"
        self.manage("shell", "-v0", "-c", f"from generations.models import Account as A; {forget}")

    def compare(self, name: str, pacing: dict[str, str], pairs: int, goal: str, *, flip: bool) -> None:
        ours, script = [], []
        for _ in range(pairs):
            self.forget_pace()
            ours.append(self.ours(pacing))
            script.append(self.script())
        ratios = [o / s if flip else s / o for o, s in zip(ours, script, strict=True)]
        print(
            f"batch of 20, {name}: ours {statistics.median(ours):.1f} s ({min(ours):.1f}-{max(ours):.1f}), "
            f"script {statistics.median(script):.1f} s ({min(script):.1f}-{max(script):.1f}); "
            f"{goal}: {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
            flush=True,
        )

    def end(self) -> None:
        self.sandbox.terminate()
        self.sandbox.wait(timeout=10)


if __name__ == "__main__":
    main()
