"""What the vendor tells about an account (flow-api.md sections 5.1, 5.3 and 4.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .envelope import text_of
from .redaction import raw_text
from .shapes import number, rows, table, text, texts, whole, written


@dataclass(frozen=True)
class AccountSummary:
    """One entry of `GET /accounts` (flow-api.md section 5.1).

    `ok` is what counts: health is "OK" or absent and no error stands beside it. Otherwise `health` is the
    vendor's sentence, to be shown word for word. The e-mail is as the vendor wrote it, normally in full, in
    old answers masked.
    """

    email: str
    health: str
    ok: bool
    project_title: str
    raw: str = field(repr=False, default="")

    @classmethod
    def read(cls, email: str, answer: object) -> AccountSummary:
        health, ok = _health(answer)
        title = text(table(answer, "project").get("projectTitle"))
        return cls(email, health, ok, title, _told_openly(answer))


@dataclass(frozen=True)
class VideoModel:
    """Google's entry for a model: follows the plan, promises no access (flow-api.md section 5.3)."""

    key: str
    display_name: str
    veo_name: str
    length_seconds: float | None
    expected_seconds: float | None
    credit_cost: int | None
    aspect_ratios: tuple[str, ...]
    capabilities: tuple[str, ...]
    paygate_tier: str

    @classmethod
    def read(cls, answer: object) -> VideoModel:
        model = table(answer)
        return cls(
            key=text(model.get("key")),
            display_name=text(model.get("displayName")),
            veo_name=text(table(model, "modelMetadata").get("veoModelName")),
            length_seconds=number(model.get("videoLengthSeconds")),
            expected_seconds=number(model.get("videoGenerationTimeSeconds")),
            credit_cost=whole(model.get("creditCost")),
            aspect_ratios=texts(model.get("supportedAspectRatios")),
            capabilities=texts(model.get("capabilities")),
            paygate_tier=text(model.get("paygateTier")),
        )


@dataclass(frozen=True)
class AccountDetail:
    """`GET /accounts/{email}` (flow-api.md section 5.3). Credits are None when the vendor does not tell them.

    `plan_hint` is 'free', 'plus', 'pro', 'ultra' or '' from the tier words seen until 24 November 2026.
    """

    email: str
    health: str
    ok: bool
    credits: int | None
    tier: str
    sku: str
    plan_hint: str
    models: tuple[VideoModel, ...]
    project_title: str = ""
    raw: str = field(repr=False, default="")

    @classmethod
    def read(cls, email: str, answer: object) -> AccountDetail:
        health, ok = _health(answer)
        purse = table(answer, "credits")
        tier, sku = text(purse.get("userPaygateTier")), text(purse.get("sku"))
        return cls(
            email=email,
            health=health,
            ok=ok,
            credits=whole(purse.get("credits")),
            tier=tier,
            sku=sku,
            plan_hint=PLAN_WORDS.get(sku) or PLAN_WORDS.get(tier, ""),
            models=tuple(
                VideoModel.read(model) for model in rows(table(answer, "models").get("videoModels"))
            ),
            project_title=text(table(answer, "project").get("projectTitle")),
            raw=_told_openly(answer),
        )


PLAN_WORDS = {
    "G1_FREEMIUM": "free",
    "G1_TIER1P5": "plus",
    "G1_TIER1": "pro",
    "G1_TIER2": "ultra",
    "WS_ULTRA": "ultra",
    "PAYGATE_TIER_NOT_PAID": "free",
    "PAYGATE_TIER_ONE": "pro",
    "PAYGATE_TIER_TWO": "ultra",
}
"""The vendor's words for plans, flow-api.md section 4.6, 24 November 2026. The sku is finer than the tier."""


def account_named(accounts: dict[str, AccountSummary], email: str) -> AccountSummary | None:
    """The account with this e-mail, case ignored; else the only one whose masked form (`ma***@…`) fits."""
    wanted = email.strip().lower()
    by_name = {name.strip().lower(): account for name, account in accounts.items()}
    if wanted in by_name:
        return by_name[wanted]
    masked = [
        account
        for name, account in by_name.items()
        if "*" in name and re.fullmatch(".*".join(map(re.escape, re.split(r"\*+", name))), wanted)
    ]
    return masked[0] if len(masked) == 1 else None


def _told_openly(answer: object) -> str:
    """The parts of an account that hold no cookie or session, for the administrator."""
    shown = ("health", "error", "credits", "project", "created", "updated", "nextRefresh", "recommendations")
    return raw_text({key: value for key, value in table(answer).items() if key in shown})


def _health(answer: object) -> tuple[str, bool]:
    """The words on an account's health and whether it is usable. A signed-out account answers 200 as well."""
    body = table(answer)
    health, error = body.get("health"), body.get("error")
    trouble = text_of({"error": error}) if error else ""
    said = text(health) or (written(health)[:300] if health else "")
    ok = not error and (not health or said.upper() == "OK")
    return (said if said and said.upper() != "OK" else trouble or said), ok
