"""What the scripts add to pages that work without them: prices that follow, polls that spare, keys, menus."""

import time

import pytest
from django.utils import timezone

from generations.catalog.request import Request
from generations.flow.intend import write_intent
from generations.models import Account, Connection, Generation, clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account(people):
    connection = Connection(
        owner=people.mara, base_url="http://127.0.0.1:9/v1", user_number="4242", is_good=True
    )
    connection.give_token("user:4242-0123456789abcdef")
    connection.is_good = True
    connection.save()
    return Account.objects.create(
        connection=connection,
        email="studio@example.com",
        label="Studio account",
        credits=900,
        sku="G1_TIER2",
        tier="PAYGATE_TIER_TWO",
    )


@pytest.fixture
def create(people, account, browser):
    """Create, opened by Mara, with the real account chosen."""
    page = browser(people.mara)
    page.goto("/create/")
    until(page, "document.documentElement.style.getPropertyValue('--dock-height') !== ''")
    return page


def made(people, account, key: str) -> Generation:
    request = Request(prompt=f"A lighthouse, {key}", model="veo-3.1-fast")
    return write_intent(people.mara, account, request, request_key=key)[0]


def pick(page, name: str, value: str) -> None:
    page.click(f"[data-choice={name}] > summary")
    page.click(f"[data-choice={name}] label:has(input[value='{value}'])")


def button(page) -> str:
    return " ".join(page.inner_text("#generate").split())


def until(page, said: str) -> None:
    """Wait until an expression holds. wait_for_function needs eval, which our policy forbids."""
    end = time.monotonic() + 10
    while not page.evaluate(said):
        assert time.monotonic() < end, said
        page.wait_for_timeout(50)


def poll(page) -> None:
    page.evaluate("document.dispatchEvent(new Event('flowsite:poll'))")


def test_the_price_on_the_button_follows_every_choice(create):
    assert button(create) == "Generate 10 credits"
    pick(create, "count", "3")
    assert button(create) == "Generate 30 credits"
    assert "870 credits after" in create.inner_text("#dock-money")
    pick(create, "model", "veo-3.1-lite")
    assert button(create) == "Generate 15 credits"
    create.fill("#prompt", "{dawn|noon} over the bay")
    assert button(create) == "Generate 30 credits"
    create.click("label:has(input[value=image])")
    assert button(create) == "Generate free"


def test_an_impossible_choice_moves_to_the_nearest_and_is_said(create):
    pick(create, "seconds", "6")
    pick(create, "model", "veo-3.1-quality")
    assert create.inner_text("[data-choice=seconds] summary") == "8 s only"
    create.click("[data-choice=seconds] > summary")
    six = create.locator("[data-choice=seconds] label:has(input[value='6'])")
    assert "8 s only" in six.inner_text() and six.locator("input").is_disabled()
    until(create, "document.getElementById('live').textContent.includes('Length set to 8 s')")


def test_what_the_balance_does_not_cover_cannot_be_pressed_and_says_what_would(create):
    Account.objects.filter(label="Studio account").update(credits=25)
    create.reload()
    pick(create, "model", "veo-3.1-quality")
    assert create.locator("#generate").is_disabled()
    assert "Needs 100, you have 25. Use " in create.inner_text("#dock-money")


def test_a_large_sum_is_asked_about_in_the_button_itself(create):
    create.fill("#prompt", "A lighthouse")
    pick(create, "model", "veo-3.1-quality")
    pick(create, "count", "2")
    create.click("#generate")
    assert button(create).startswith("Spend 200 credits? Yes")
    assert Generation.objects.count() == 0
    create.click("#generate")
    create.wait_for_selector("#feed [data-card]")
    assert Generation.objects.get().expected_credits == 200


def test_menus_open_above_the_prompt_and_escape_gives_the_focus_back(create):
    create.focus("[data-choice=model] > summary")
    create.keyboard.press("Enter")
    menu, dock = create.locator("[data-choice=model] .menu"), create.locator("#dock")
    menu.wait_for()
    box = menu.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= dock.bounding_box()["y"]
    create.keyboard.press("Escape")
    assert not menu.is_visible()
    assert create.evaluate("document.activeElement.matches('[data-choice=model] > summary')")


def test_keys_write_send_and_stay_out_of_fields(create):
    create.keyboard.press("n")
    assert create.evaluate("document.activeElement.id") == "prompt"
    create.keyboard.type("g q ? n")
    assert create.input_value("#prompt") == "g q ? n" and "/create/" in create.url
    create.keyboard.press("Control+Enter")
    create.wait_for_selector("#feed [data-card]")
    assert create.input_value("#prompt") == "g q ? n", "the text is kept"
    create.keyboard.press("Escape")
    create.keyboard.press("?")
    create.wait_for_selector("dialog[open] .keys")
    create.keyboard.press("Escape")
    create.wait_for_selector("dialog", state="detached")
    create.keyboard.press("g")
    create.keyboard.press("q")
    create.wait_for_url("**/queue/**")


def test_what_was_typed_survives_a_reload(create, people):
    with create.expect_response("**/_/draft/"):
        create.fill("#prompt", "Half a thought about the sea")
    create.reload()
    assert create.input_value("#prompt") == "Half a thought about the sea"
    people.mara.refresh_from_db()
    assert people.mara.draft.prompt == "Half a thought about the sea"


def test_new_work_does_not_push_away_what_is_being_read(people, account, create):
    for number in range(24):
        made(people, account, f"old {number}")
    create.reload()
    create.evaluate("scrollTo(0, 500)")
    until(create, "scrollY > 400")
    before = create.evaluate("scrollY")
    new = made(people, account, "new")
    poll(create)
    create.wait_for_selector("#new-above")
    assert create.inner_text("#new-above") == "1 new clip" and create.evaluate("scrollY") == before
    create.click("#new-above")
    create.wait_for_selector(f"#card-{new.pk}")


def test_a_card_that_plays_is_spared_until_it_stops(people, account, create):
    row = made(people, account, "one")
    create.reload()
    card = f"#card-{row.pk}"
    create.evaluate(
        """card => {
          const video = document.createElement("video");
          Object.defineProperty(video, "paused", { value: false, configurable: true });
          document.querySelector(card + " .frame").append(video);
        }""",
        card,
    )
    Generation.objects.filter(pk=row.pk).update(state="generating", accepted_at=clock.now())
    Generation.objects.get(pk=row.pk).note("told")
    poll(create)
    until(create, f"document.querySelector('{card}' + ' .word').innerText === 'Generating'")
    assert create.locator(f"{card} video").count() == 1, "the playing video was taken away"
    create.evaluate(
        """card => {
          const video = document.querySelector(card + " video");
          Object.defineProperty(video, "paused", { value: true });
          video.dispatchEvent(new Event("pause"));
        }""",
        card,
    )
    until(create, f"!document.querySelector('{card}' + ' video')")


def test_stopping_asks_in_words_and_an_outcome_is_spoken_once(people, account, create):
    row = made(people, account, "one")
    Generation.objects.filter(pk=row.pk).update(state="generating", accepted_at=timezone.now())
    create.reload()
    create.click(f"#card-{row.pk}-stop")
    dialog = create.locator("dialog[open]")
    assert "Google may still finish and charge it" in dialog.inner_text()
    dialog.get_by_text("Back").click()
    assert Generation.objects.get().state == "generating"
    create.click(f"#card-{row.pk}-stop")
    dialog.get_by_role("button", name="Stop waiting").click()
    create.wait_for_selector(f"#card-{row.pk}[data-state=stopped]")
    Generation.objects.filter(pk=row.pk).update(state="failed", failure="busy", finished_at=clock.now())
    Generation.objects.get(pk=row.pk).note("told")
    poll(create)
    until(create, "document.getElementById('live').textContent.includes('failed')")
    assert create.locator("[role=status]").count() == 1


def test_without_script_the_dock_is_a_form_that_sends(people, account, browser):
    page = browser(people.mara, java_script_enabled=False)
    page.goto("/create/")
    page.fill("#prompt", "A lighthouse without script")
    page.click("#generate")
    page.wait_for_selector("#feed [data-card]")
    assert Generation.objects.get().prompt == "A lighthouse without script"
