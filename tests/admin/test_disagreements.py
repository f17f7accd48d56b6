"""flow-api.md section 20: where sources disagree, each row is a setting, ships its default, and is read.

Each case names the row, what an administrator writes, and a question to the code that depends on it: first
with the default, then with the new value. Rows that are settled by doing (what is always sent, what is read
in both forms) are asked at the end.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from generations.catalog import body, plans
from generations.catalog.options import options
from generations.catalog.plans import Facts
from generations.catalog.prices import price_tables
from generations.catalog.request import Input, Request
from generations.catalog.rules import Settings, problems, upscale_choices
from generations.flow import answer, collect
from generations.flow.money import quote
from generations.flow.people import capabilities
from generations.models import Capability, Rest, State
from generations.vendor.errors import Refused
from tests.people import PASSWORD
from tests.web.rows import made, real_account

ADD = "/admin/generations/capability/add/"
VIDEO = "user:4242-email:6d-video:0f6c1a52-7c1e-4a0a-9a5b-2b1f0c7d9e11"
FRAMES = (Input("startImage", 1), Input("endImage", 2))


@pytest.fixture
def write(client, people):
    """write(model, what, value) is an administrator who fills in the form."""
    boss = people.mara.__class__.objects.create_superuser("boss", password=PASSWORD)
    client.force_login(boss)
    capabilities.forget()

    def add(model: str, what: str, value: str) -> None:
        told = {"model": model, "what": what, "value": value, "source": "a test", "dated": "2026-11-24"}
        page = client.post(ADD, told)
        assert page.status_code == 302, page.content.decode()[-3000:]

    yield add
    Capability.objects.all().delete()
    capabilities.forget()


@pytest.fixture
def account(people):
    return real_account(people.mara)


def possible(account, **asked) -> bool:
    return not quote.priced(account, Request("a fox", **asked))[1]


def priced(account, **asked) -> int | None:
    return quote.priced(account, Request("a fox", **asked))[0].credits


def note_of(model: str, account) -> str:
    shown = options(quote.facts_of(account), "image" if model.startswith("imagen") else "text")["models"]
    return next(row.get("note", "") for row in shown if row["id"] == model)


def rest_after_user_quota(account) -> int:
    """Minutes that the account rests after Google's own word for it."""
    Rest.objects.all().delete()
    no = Refused("", status=429, reason="PUBLIC_ERROR_USER_QUOTA_REACHED")
    row = made(account.connection.owner, State.WAITING, account=account)
    return round(answer._rest(account, row, no, answer.classify(no, row)) / 60)


def captcha_field(account) -> object:
    asked = Request("a fox", "veo-3.1-fast")
    retry = capabilities.settings().captcha_retry
    return body.fields_of(asked, email="a@b.c", refs={}, reference="r", captcha_retry=retry)[1].get(
        "captchaRetry"
    )


def joins_omni(account) -> bool:
    from generations.flow.scenes.join import AT_GOOGLE, Parts
    from generations.models import Scene, SceneClip

    owner = account.connection.owner
    scene = Scene.objects.create(team=owner.team(), person=owner, name="Two")
    for n in range(2):
        row = made(owner, State.READY, account=account)
        row.__class__.objects.filter(pk=row.pk).update(model="omni-flash")
        row.clips.update(media_id=f"{VIDEO}{n}")
        SceneClip.objects.create(scene=scene, clip=row.clips.get(), position=n)
    return "Omni" not in Parts(scene, owner).ways[AT_GOOGLE].why


def told_in_settings(client, words: str) -> bool:
    return words in client.get("/settings/accounts/").content.decode()


ROWS = [
    # row, (model, what, value), question(account, client), answer by default, answer then
    (1, ("", "link_hours", "24"), lambda a, c: collect.link_life(), timedelta(hours=6), timedelta(days=1)),
    (2, ("omni-flash", "credits", "8: 25, edit: 40"), lambda a, c: priced(a, model="omni-flash"), 12, 25),
    (
        3,
        ("", "default_image", "nano-banana-2-lite"),
        lambda a, c: (options(quote.facts_of(a), "image")["model"], capabilities.usual_model("image")),
        ("nano-banana-2",) * 2,
        ("nano-banana-2-lite",) * 2,
    ),
    (
        4,
        ("imagen-4", "note", "Gone."),
        lambda a, c: note_of("imagen-4", a),
        "Google removed Imagen from Flow in July 2026 and serves Nano Banana 2 Lite under this name.",
        "Gone.",
    ),
    (
        5,
        ("nano-banana-2", "references", "3"),
        lambda a, c: quote.facts_of(a).engine("nano-banana-2").references,
        10,
        3,
    ),
    (
        7,
        ("", "omni_end_frame", "yes"),
        lambda a, c: possible(a, model="omni-flash", mode="frames", inputs=FRAMES),
        False,
        True,
    ),
    (
        8,
        ("veo-3.1-lite-low-priority", "plans", "ultra_lower, ultra"),
        lambda a, c: (
            not problems(
                Request("a fox", "veo-3.1-lite-low-priority"),
                plans.facts_of(sku="", tier="", overlay=capabilities.overlay()),
            )
            and Facts(plan="ultra_lower", extra_engines=capabilities.overlay().engines).may_have(
                quote.facts_of(a).engine("veo-3.1-lite-low-priority").plans
            )
        ),
        False,
        True,
    ),
    (9, ("", "quota_minutes", "45"), lambda a, c: rest_after_user_quota(a), 30, 45),
    (10, ("", "captcha_retry", "5"), lambda a, c: captcha_field(a), None, 5),
    (
        12,
        ("", "accounts_included", "50"),
        lambda a, c: (told_in_settings(c, "includes 3 Google"), told_in_settings(c, "includes 50 Google")),
        (True, False),
        (False, True),
    ),
    (
        13,
        ("ultra", "monthly_usd", "249"),
        lambda a, c: quote.facts_of(a).known_plan.monthly_usd,
        Decimal("199.99"),
        Decimal(249),
    ),
    (
        13,
        ("ultra", "monthly_credits", "12500"),
        lambda a, c: quote.facts_of(a).known_plan.monthly_credits,
        25000,
        12500,
    ),
    (
        14,
        ("plus", "monthly_usd", "7.99"),
        lambda a, c: plans.plan("plus", capabilities.overlay().plans).monthly_usd,
        Decimal("4.99"),
        Decimal("7.99"),
    ),
    (15, ("", "trim_max", "10"), lambda a, c: capabilities.settings().trim_max, 8.0, 10.0),
    (16, ("", "omni_join", "no"), lambda a, c: joins_omni(a), True, False),
    (
        17,
        ("", "upscale_720p", "yes"),
        lambda a, c: upscale_choices(None, capabilities.settings()),
        ("1080p", "4K"),
        ("1080p", "4K", "720p"),
    ),
    (
        20,
        ("veo-3.1-fast", "ratios", "16:9, 9:16, 1:1"),
        lambda a, c: possible(a, model="veo-3.1-fast", ratio="1:1"),
        False,
        True,
    ),
    (
        22,
        ("", "setup_page", "https://example.com/setup"),
        lambda a, c: told_in_settings(c, 'href="https://example.com/setup"'),
        False,
        True,
    ),
    (
        23,
        ("ultra", "monthly_credits", "10000"),
        lambda a, c: round(quote.priced(a, Request("a fox", "veo-3.1-fast"))[0].money, 2),
        Decimal("0.08"),
        Decimal("0.20"),
    ),
    (
        24,
        ("", "omni_voice_alone", "yes"),
        lambda a, c: possible(
            a, model="omni-flash", mode="ingredients", inputs=(Input("referenceAudio_1", ref="Puck"),)
        ),
        False,
        True,
    ),
]


@pytest.mark.parametrize(
    ("row", "fact", "question", "before", "after"), ROWS, ids=[f"row {r[0]} {r[1][1]}" for r in ROWS]
)
def test_a_row_of_the_section_is_a_setting_with_its_default(
    row, fact, question, before, after, write, account, client
):
    assert question(account, client) == before
    write(*fact)
    assert question(account, client) == after


def test_the_june_prices_of_omni_stay_in_the_table():
    june = next(row for row in price_tables() if row["engine"] == "omni-flash" and row.get("older"))
    assert (june["by_seconds"]["8"], june["edit"], june["dated"]) == (25, 40, "June 2026")


@pytest.mark.parametrize(("mode", "model"), [("image", "nano-banana-2"), ("text", "veo-3.1-fast")])
def test_model_and_count_are_always_sent(mode, model):
    """Rows 3 and 6: the vendor's defaults have changed before."""
    asked = Request("a fox", model, mode, seconds=None if mode == "image" else 8)
    _, fields = body.fields_of(asked, email="a@b.c", refs={}, reference="r")
    assert (fields["model"], fields["count"]) == (model, 1)


def test_every_rule_has_a_default_in_the_table_that_ships():
    assert Settings.shipped() == Settings()


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (("", "day_zone", "Mars"), "Write a time zone"),
        (("", "setup_page", "javascript:alert(1)"), "begins with https://"),
        (("", "default_image", "veo-3.1-fast"), "No table knows a model veo-3.1-fast for images"),
        (("", "captcha_retry", "11"), "from 0 to 10"),
        (("gold", "monthly_usd", "5"), "Name the plan"),
        (("ultra", "monthly_usd", "free"), "Write dollars a month"),
        (("", "credits", "8: 10"), "8 differs by model"),
        (("veo-3.1-fast", "credits", "upscale 9K: 1"), "upscale 4k: 50"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fact, said, client, people):
    client.force_login(people.mara.__class__.objects.create_superuser("boss", password=PASSWORD))
    told = dict(zip(("model", "what", "value"), fact, strict=True)) | {"source": "x", "dated": "2026-11-24"}
    page = client.post(ADD, told).content.decode()
    assert said in page and fact[2].split("(")[0] in page
    assert not Capability.objects.exists()
