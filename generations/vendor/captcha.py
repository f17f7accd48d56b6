"""How the captcha solvers of a token fare: which there are, and a day's figures (flow-api.md 6.2, 6.3).

Keys never leave this module, not even masked. The names of the vendor's fields are partly uncertain, so what
cannot be read is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .shapes import number, rows, table, text, whole

FREE = "freeCaptchaCredits"


@dataclass(frozen=True)
class Solvers:
    """The solvers the customer has set, and how many free solves are left when there are none."""

    names: tuple[str, ...]
    free: int | None

    @classmethod
    def read(cls, answer: Mapping[str, object]) -> Solvers:
        return cls(tuple(name for name in answer if name != FREE), whole(answer.get(FREE)))


@dataclass(frozen=True)
class Day:
    """Tokens that were tried in a day: accepted, refused, by solver, and why they were refused."""

    date: str
    tries: int
    accepted: int
    by_solver: tuple[tuple[str, int, float], ...]  # name, tries, per cent accepted
    reasons: tuple[tuple[str, int], ...]

    @classmethod
    def read(cls, answer: object) -> Day:
        body, summary = table(answer), table(answer, "summary")
        counted: Counter[str] = Counter()
        for part in ("by_status_code_videos", "by_status_code_images"):
            for code, many in table(summary.get(part)).items():
                counted[text(code)] += whole(many) or 0
        if not counted:
            counted = Counter(_code(row) for row in rows(body.get("data")))
        accepted = sum(many for code, many in counted.items() if code.startswith("20"))
        refused = Counter(
            {code.partition(":")[2] or code: n for code, n in counted.items() if code[:2] != "20"}
        )
        rates = table(summary.get("success_rate_by_provider"))
        sizes = table(summary.get("sample_size_by_provider"))
        by_solver = tuple(
            (name, whole(many) or 0, number(rates.get(name)) or 0.0) for name, many in sizes.items()
        )
        tries = max(sum(counted.values()), whole(body.get("total")) or 0)
        return cls(text(body.get("date")), tries, accepted, by_solver, tuple(refused.most_common(4)))


def _code(row: Mapping[str, object]) -> str:
    code, reason = whole(row.get("statusCode")), text(row.get("reason"))
    return f"{code or 0}:{reason}" if reason else str(code or 0)
