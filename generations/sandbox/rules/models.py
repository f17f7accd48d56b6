"""Models, plans and prices of the make-believe vendor, state of 24 November 2026 (flow-api.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """A Google subscription: what the `credits` object of an account says (flow-api.md section 4.6)."""

    name: str
    tier: str
    sku: str
    service: str
    paid: bool
    ultra: bool


PLANS = {
    plan.name: plan
    for plan in (
        Plan("ultra", "PAYGATE_TIER_TWO", "G1_TIER2", "SERVICE_TIER_ADVANCED", True, True),
        Plan("pro", "PAYGATE_TIER_ONE", "G1_TIER1", "SERVICE_TIER_STANDARD", True, False),
        Plan("free", "PAYGATE_TIER_NOT_PAID", "G1_FREEMIUM", "SERVICE_TIER_ENTRY", False, False),
    )
}


@dataclass(frozen=True)
class VideoModel:
    """One row of flow-api.md section 4.1. Prices are credits per clip; `seconds` is how long a clip takes."""

    id: str
    title: str
    key: str
    lengths: tuple[int, ...]
    ultra_lengths: tuple[int, ...]
    references: int
    voices: int
    seconds: float
    expected: int
    price: dict[int, int]
    ultra_price: dict[int, int]
    small_price: dict[int, int] | None = None
    omni: bool = False
    ultra_only: bool = False
    free_plan: bool = False
    extends: bool = True

    def price_of(self, plan: Plan, length: int, *, small: bool = False, edit: bool = False) -> int:
        """Credits for one clip of `length` seconds (section 4.3, the newer Omni table)."""
        if edit:
            return 10 if small else 20
        if small and self.small_price:
            return self.small_price[length]
        return (self.ultra_price if plan.ultra else self.price)[length]

    def lengths_for(self, plan: Plan) -> tuple[int, ...]:
        return tuple(sorted({*self.lengths, *(self.ultra_lengths if plan.ultra else ())}))


def _same(price: int) -> dict[int, int]:
    return dict.fromkeys((4, 6, 8), price)


_OMNI_12 = {length: 3 * min(length, 10) + 6 * max(0, length - 10) for length in range(3, 16)}

VIDEO_MODELS = {
    model.id: model
    for model in (
        VideoModel(
            "veo-3.1-fast",
            "Veo 3.1 - Fast",
            "veo_3_1_{mode}_fast{ultra}",
            (8,),
            (4, 6),
            3,
            1,
            70,
            100,
            _same(20),
            _same(10),
        ),
        VideoModel(
            "veo-3.1-quality",
            "Veo 3.1 - Quality",
            "veo_3_1_{mode}",
            (8,),
            (),
            0,
            0,
            150,
            240,
            _same(100),
            _same(100),
        ),
        VideoModel(
            "veo-3.1-lite",
            "Veo 3.1 - Lite",
            "veo_3_1_{mode}_lite{ultra}",
            (8,),
            (4, 6),
            3,
            1,
            45,
            60,
            _same(10),
            _same(5),
        ),
        VideoModel(
            "veo-3.1-lite-low-priority",
            "Veo 3.1 - Lite [Lower Priority]",
            "veo_3_1_{mode}_lite_low_priority",
            (8,),
            (4, 6),
            3,
            1,
            180,
            300,
            _same(0),
            _same(0),
            ultra_only=True,
        ),
        VideoModel(
            "omni-flash",
            "Omni Flash",
            "abra_{mode}_{length}s",
            (4, 6, 8, 10),
            (),
            7,
            5,
            80,
            90,
            {4: 7, 6: 10, 8: 12, 10: 15},
            {4: 7, 6: 10, 8: 12, 10: 15},
            {4: 4, 6: 5, 8: 6, 10: 7},
            omni=True,
            extends=False,
        ),
        VideoModel(
            "omni-flash-1.2",
            "Omni Flash 1.2",
            "abra_1_2_{mode}_{length}s",
            tuple(range(3, 16)),
            (),
            10,
            5,
            80,
            90,
            _OMNI_12,
            _OMNI_12,
            {length: (price + 1) // 2 for length, price in _OMNI_12.items()},
            omni=True,
            free_plan=True,
        ),
    )
}

# Names seen in answers, and the most reference pictures (section 4.5). Aliases answer as what they stand for.
IMAGE_MODELS = {
    "nano-banana-2-lite": ("HARBOR_SEAL", 10, "webp"),
    "nano-banana-2": ("NARWHAL", 10, "jpeg"),
    "nano-banana-pro": ("GEM_PIX_2", 10, "png"),
    "nano-banana": ("NARWHAL", 10, "jpeg"),
    "imagen-4": ("HARBOR_SEAL", 10, "webp"),
}

VOICES = tuple(
    [
        "Achernar",
        "Achird",
        "Algenib",
        "Algieba",
        "Alnilam",
        "Aoede",
        "Autonoe",
        "Callirrhoe",
        "Charon",
        "Despina",
        "Enceladus",
        "Erinome",
        "Fenrir",
        "Gacrux",
        "Iapetus",
        "Kore",
        "Laomedeia",
        "Leda",
        "Orus",
        "Puck",
        "Pulcherrima",
        "Rasalgethi",
        "Sadachbia",
        "Sadaltager",
        "Schedar",
        "Sulafat",
        "Umbriel",
        "Vindemiatrix",
        "Zephyr",
        "Zubenelgenubi",
    ]
)

# mode of a request -> (part of the internal key, name in `videoGenerationMode`, name in tier refusals)
MODES = {
    "T2V": ("t2v", "TEXT_TO_VIDEO", "T2V"),
    "I2V": ("i2v_s", "IMAGE_TO_VIDEO", "I2V"),
    "I2V-FL": ("i2v_s_fl", "START_END_IMAGE_TO_VIDEO", "I2V-FL"),
    "R2V": ("r2v", "REFERENCES_TO_VIDEO", "R2V"),
    "V2V": ("edit", "VIDEO_EDIT", "V2V"),
    "extend": ("extend", "VIDEO_EXTEND", "extend"),
}


def internal_name(model: VideoModel, mode: str, plan: Plan, length: int) -> str:
    """The name Google gives the model in answers, e.g. `veo_3_1_t2v_fast_ultra`."""
    return model.key.format(mode=MODES[mode][0], ultra="_ultra" if plan.ultra else "", length=length)


def may_use(model: VideoModel, plan: Plan, length: int, *, manager: bool = True) -> bool:
    """Whether the plan includes the model at this length (section 4.1)."""
    if model.ultra_only:
        return plan.ultra and manager
    if not plan.paid:
        return model.free_plan and length <= 10
    return length in model.lengths_for(plan)


def listing(plan: Plan) -> list[dict[str, Any]]:
    """`models.videoModels` of `GET /accounts/{email}` (section 5.3): text first, then pictures."""
    return [
        _listed(model, mode, plan, length)
        for mode in ("T2V", "I2V", "I2V-FL", "R2V")
        for model in VIDEO_MODELS.values()
        for length in sorted(model.lengths_for(plan), key=lambda length: length != 8)
        if _offered(model, mode) and may_use(model, plan, length)
    ]


def _offered(model: VideoModel, mode: str) -> bool:
    if mode == "R2V":
        return model.references > 0
    return not (mode == "I2V-FL" and model.id == "omni-flash")


def _capabilities(mode: str) -> Iterable[str]:
    yield "VIDEO_MODEL_CAPABILITY_TEXT"
    if mode.startswith("I2V"):
        yield "VIDEO_MODEL_CAPABILITY_START_IMAGE"
    if mode == "I2V-FL":
        yield "VIDEO_MODEL_CAPABILITY_END_IMAGE"
    if mode == "R2V":
        yield "VIDEO_MODEL_CAPABILITY_REFERENCE_IMAGES"
    yield "VIDEO_MODEL_CAPABILITY_AUDIO"


def _listed(model: VideoModel, mode: str, plan: Plan, length: int) -> dict[str, Any]:
    return {
        "key": internal_name(model, mode, plan, length),
        "displayName": model.title,
        "supportedAspectRatios": ["VIDEO_ASPECT_RATIO_LANDSCAPE", "VIDEO_ASPECT_RATIO_PORTRAIT"],
        "capabilities": list(_capabilities(mode)),
        "videoLengthSeconds": length,
        "videoGenerationTimeSeconds": model.expected,
        "creditCost": model.price_of(plan, length),
        "framesPerSecond": 24,
        "paygateTier": "PAYGATE_TIER_TWO" if model.ultra_only else "PAYGATE_TIER_ONE",
        "accessType": "MODEL_ACCESS_TYPE_GENERAL",
        "modelAccessInfo": {},
        "modelMetadata": {"veoModelName": model.title},
    }
