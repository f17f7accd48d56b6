"""A price that an administrator writes is the one on the button, and the one that is reserved."""

from datetime import date

import pytest

from generations.catalog.request import Request
from generations.flow import follow
from generations.flow.intend import write_intent
from generations.flow.people import capabilities
from generations.models import Account, Capability, Clip, CreditEntry, Generation, State
from generations.models.ledger import Kind
from generations.web.clip import steps
from tests.web.rows import made, real_account

MEDIA = "user:4242-email:6d-video:0f6c1a52-7c1e-4a0a-9a5b-2b1f0c7d9e11"


@pytest.fixture
def account(people) -> Account:
    return real_account(people.mara)


@pytest.fixture
def other(people) -> Account:
    return real_account(people.mara, email="second@northlight.example", label="Second account")


@pytest.fixture
def write():
    """write("veo-3.1-fast", "upscale 4k: 45") for all accounts, or for one of them."""
    capabilities.forget()

    def add(model: str, value: str, account: Account | None = None) -> None:
        day = date(2026, 11, 24)
        Capability.objects.create(
            model=model, what="credits", value=value, source="x", dated=day, account=account
        )
        capabilities.forget()

    yield add
    capabilities.forget()


def clip_on(account: Account) -> Clip:
    row = made(account.connection.owner, State.READY, account=account)
    row.clips.update(media_id=f"{MEDIA}{row.pk}", content_type="video/mp4")
    return row.clips.get()


def shown(clip: Clip, key: str, label: str = "") -> int | None:
    """Credits on a button of the clip page."""
    found = steps.steps_of(clip, clip.generation.person)
    if key == "extend":
        return found.extend.credits
    rows = [choice for step in found.row for choice in (step.choices or (step,))]
    return next(step.credits for step in rows if step.key == key and label in ("", step.label))


def reserved(row: Generation) -> int:
    return CreditEntry.objects.get(generation=row, kind=Kind.RESERVE).amount


STEPS = [
    ("upscale", "4K", "upscale 4k: 45", 50, 45, lambda c: follow.larger(c, "4K")),
    ("upscale", "1080p", "upscale 1080p: 3", 0, 3, lambda c: follow.larger(c, "1080p")),
    ("gif", "GIF", "gif: 2", 0, 2, follow.moving_picture),
    ("extend", "", "extend: 7", 10, 7, lambda c: follow.extension(c, "on", model="veo-3.1-fast")),
]


@pytest.mark.parametrize(("key", "label", "fact", "usual", "told", "asked"), STEPS, ids=[s[2] for s in STEPS])
@pytest.mark.parametrize("model", ["", "veo-3.1-fast"])
def test_a_next_step_costs_what_is_written_on_the_button_and_in_the_ledger(
    model, key, label, fact, usual, told, asked, account, people, write
):
    clip = clip_on(account)
    assert shown(clip, key, label) == usual
    write(model, fact)
    assert shown(clip, key, label) == told
    row = follow.take(clip, people.mara, asked(clip), request_key="one-step")
    assert (row.expected_credits, reserved(row)) == (told, told)


def test_one_account_pays_its_own_price_and_the_others_do_not(account, other, people, write):
    write("", "upscale 4k: 45")
    write("", "upscale 4k: 30", account)
    assert (shown(clip_on(account), "upscale", "4K"), shown(clip_on(other), "upscale", "4K")) == (30, 45)


@pytest.mark.parametrize(
    ("mode", "resolution", "fact", "price"),
    [("text", "", "8: 6", 6), ("text", "360p", "8 at 360p: 4", 4), ("image", "", "image: 1", 1)],
)
def test_what_is_made_anew_is_priced_by_hand_too(
    mode, resolution, fact, price, account, other, people, write
):
    model = "nano-banana-2" if mode == "image" else "omni-flash"
    write(model, fact, account)
    seconds = None if mode == "image" else 8
    asked = Request("a fox", model, mode, seconds=seconds, resolution=resolution, count=2)
    rows = [write_intent(people.mara, one, asked, request_key=f"of-{one.pk}")[0] for one in (account, other)]
    assert reserved(rows[0]) == 2 * price != reserved(rows[1])


def test_an_edit_is_priced_by_hand_and_wins_over_what_the_account_states(account, people, write):
    stated = [{"key": "abra_v2v_edit", "displayName": "Omni Flash", "creditCost": 19}]
    Account.objects.filter(pk=account.pk).update(vendor_models=stated)
    account.refresh_from_db()
    write("omni-flash", "edit: 11")
    clip = Clip.objects.select_related("generation__account").get(pk=clip_on(account).pk)
    assert shown(clip, "edit") == 19, "what the account states wins over what is said of all"
    write("omni-flash", "edit: 12", account)
    assert shown(clip, "edit") == 12, "a row that names the account wins over it"


def test_a_price_that_changed_meanwhile_is_refused_with_the_new_one(client, account, people, write):
    clip = clip_on(account)
    client.force_login(people.mara)
    write("", "upscale 4k: 45")
    told = {"resolution": "4K", "price_shown": "50", "request_key": "late"}
    page = client.post(f"/c/{clip.label}/upscale/", told)
    assert page.status_code == 422 and "It takes 45 credits now" in page.content.decode()
    assert not Generation.objects.filter(mode="upscale").exists()
