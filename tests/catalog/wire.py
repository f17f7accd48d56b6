"""What accounts say on the wire (flow-api.md section 5.3), as the tests of the catalogue use it."""

from generations.catalog.plans import Facts, facts_of
from generations.catalog.request import Input, Request

ULTRA = {"tier": "PAYGATE_TIER_TWO", "sku": "G1_TIER2"}
PRO = {"tier": "PAYGATE_TIER_ONE", "sku": "G1_TIER1"}
FREE = {"tier": "PAYGATE_TIER_NOT_PAID", "sku": "G1_FREEMIUM"}

USER = "user:4242-email:" + b"maria.k@example.com".hex()
OTHER = "user:4242-email:" + b"other@example.com".hex()


def ultra(**known) -> Facts:
    return facts_of(**ULTRA, **known)


def pro(**known) -> Facts:
    return facts_of(**PRO, **known)


def free(**known) -> Facts:
    return facts_of(**FREE, **known)


def image(number: int = 1, user: str = USER) -> str:
    return f"{user}-image:0f6c1a52-7c1e-4a0a-9a5b-2b1f0c7d9e{number:02}"


def video(number: int = 1, user: str = USER) -> str:
    return f"{user}-video:a1d95d21-7c1e-4a0a-9a5b-2b1f0c7d9e{number:02}"


def character(images: int = 1, user: str = USER) -> str:
    return f"{user}-character:e77-imgs:{images}-voice:umbriel"


def ingredients(count: int, **changes) -> Request:
    """A request with so many pictures."""
    inputs = tuple(Input(f"referenceImage_{n}", ref=image(n)) for n in range(1, count + 1))
    changes.setdefault("inputs", inputs)
    return Request("A harbour", changes.pop("model", "veo-3.1-fast"), "ingredients", **changes)


def frames(start: bool = True, end: bool = False, **changes) -> Request:
    inputs = (Input("startImage", ref=image(1)),) if start else ()
    inputs += (Input("endImage", ref=image(2)),) if end else ()
    return Request("A harbour", changes.pop("model", "veo-3.1-fast"), "frames", inputs=inputs, **changes)


def edit(**changes) -> Request:
    given = (Input("referenceVideo_1", ref=video()), *changes.pop("inputs", ()))
    model = changes.pop("model", "omni-flash")
    return Request("Make it snow", model, "edit", seconds=None, inputs=given, **changes)


# The list of the document (section 5.3), and entries as live ones were described: other modes, an Omni, junk.
LISTED = [
    {
        "key": "veo_3_1_t2v", "displayName": "Veo 3.1 - Quality", "videoLengthSeconds": 8,
        "videoGenerationTimeSeconds": 240, "creditCost": 100, "paygateTier": "PAYGATE_TIER_ONE",
        "modelMetadata": {"veoModelName": "Veo 3.1 - Quality"},
    },
    {
        "key": "veo_3_1_t2v_fast_ultra", "displayName": "Veo 3.1 - Fast", "videoLengthSeconds": 8,
        "videoGenerationTimeSeconds": 100, "creditCost": 10, "paygateTier": "PAYGATE_TIER_TWO",
    },
    {
        "key": "veo_3_1_t2v_fast", "displayName": "Veo 3.1 - Fast", "videoLengthSeconds": 8,
        "videoGenerationTimeSeconds": 90, "creditCost": 20,
    },
    {
        "key": "veo_3_1_t2v_fast_4s_ultra", "displayName": "Veo 3.1 - Fast", "videoLengthSeconds": 4,
        "videoGenerationTimeSeconds": 60, "creditCost": 9,
    },
    {
        "key": "veo_3_1_t2v_lite", "displayName": "Veo 3.1 - Lite", "videoLengthSeconds": 8,
        "videoGenerationTimeSeconds": 55, "creditCost": 5,
    },
    {
        "key": "veo_3_1_t2v_lite_low_priority", "displayName": "Veo 3.1 - Lite [Lower Priority]",
        "videoLengthSeconds": 8, "creditCost": 0,
    },
    {"key": "abra_t2v_10s", "displayName": "Omni Flash", "videoLengthSeconds": 10, "creditCost": 14},
    {"key": "abra_edit", "displayName": "Omni Flash", "videoLengthSeconds": 10, "creditCost": 19},
    {"key": "abra_1_2_t2v_10s", "displayName": "Omni Flash 1.2", "videoLengthSeconds": 10, "creditCost": 31},
    {"key": "veo_3_1_extend_fast_ultra", "displayName": "Veo 3.1 - Fast", "videoLengthSeconds": 8,
     "creditCost": 77},
    {"key": "veo_2_0_t2v_fast", "displayName": "Veo 2 - Fast", "videoLengthSeconds": 8, "creditCost": 55},
    {"key": "veo_3_1_t2v_fast_ultra", "displayName": "Veo 3.1 - Fast", "videoLengthSeconds": "8",
     "creditCost": 1},
    {"key": None, "displayName": 7, "creditCost": True},
    "not even an object",
]  # fmt: skip
