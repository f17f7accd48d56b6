"""Settings, Budget: own caps, and the limits that an owner sets; and what a held card offers to whom."""

import pytest

from generations.models import Account, Budget, Event, Generation, State

from .rows import made, real_account


@pytest.fixture
def as_(client, people):
    def sign_in(name: str):
        client.force_login(getattr(people, name))
        return client

    return sign_in


@pytest.fixture
def studio(people) -> Account:
    """Mara's account with 1,000 credits, lent to the team."""
    return real_account(people.mara, is_lent=True)


def save(client, part: str, **boxes):
    return client.post("/settings/budget/", {"part": part, **boxes})


def test_an_own_cap_is_saved_kept_and_lifted(as_, people):
    aiko = as_("aiko")
    save(aiko, "own", **{"own-day": "50", "own-month": "1,000"})
    caps = {b.period: b.hard for b in Budget.objects.filter(person=people.aiko, is_own=True)}
    assert caps == {"day": 50, "month": 1000}
    assert "of 1,000 credits" in aiko.get("/settings/budget/").content.decode()
    save(aiko, "own", **{"own-day": "", "own-month": "1000"})
    assert Budget.objects.count() == 1
    assert [e.why for e in Event.objects.filter(verb="limit changed").order_by("pk")][-1] == (
        "Own cap a day: lifted"
    )


@pytest.mark.parametrize("typed", ["many", "-5", "1.5", "99999999999999999999", "٣"])
def test_a_slip_is_said_and_nothing_typed_is_lost(typed, as_):
    answer = save(as_("aiko"), "own", **{"own-day": typed, "own-month": "70"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert (
        "Write a whole number of credits" in page and f'value="{typed[:20]}"' in page and 'value="70"' in page
    )
    assert not Budget.objects.exists()


def test_an_own_cap_lies_below_the_allowance(as_, people):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=500)
    page = save(as_("aiko"), "own", **{"own-month": "500"}).content.decode()
    assert "Your limit is 500 credits a month: an own cap lies below it." in page


def test_an_owner_sets_the_limits_of_the_team(as_, people):
    mara = as_("mara")
    page = mara.get("/settings/budget/").content.decode()
    assert "Limits of the team" in page and "Vera, a month" not in page, "who may only look spends nothing"
    boxes = {f"month-{people.aiko.pk}": "100", f"warn-{people.aiko.pk}": "80", "day-team": "400"}
    assert save(mara, "team", **boxes).status_code == 302
    found = {(b.person, b.period): (b.soft, b.hard) for b in Budget.objects.all()}
    assert found == {(people.aiko, "month"): (80, 100), (None, "day"): (None, 400)}
    wrong = save(mara, "team", **(boxes | {f"warn-{people.aiko.pk}": "101"}))
    assert (wrong.status_code, Budget.objects.get(person=people.aiko).soft) == (422, 80)


def test_nobody_else_sets_the_limits_of_the_team(as_, people):
    aiko = as_("aiko")
    assert "Limits of the team" not in aiko.get("/settings/budget/").content.decode()
    save(aiko, "team", **{f"month-{people.aiko.pk}": "100000"})
    assert not Budget.objects.exists()


# --- held cards -----------------------------------------------------------------------------------------


@pytest.fixture
def held(people, studio) -> Generation:
    """A private prompt of Aiko's, over her limit."""
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=5)
    row = made(people.aiko, account=studio, prompt="Aiko’s plan", visibility="private")
    assert row.state == State.HELD
    return row


def test_the_asker_reads_why_and_who_decides_and_may_use_a_cheaper_model(held, as_):
    page = as_("aiko").get("/create/").content.decode()
    assert "Aiko’s limit leaves 5 of 5 credits this month. This needs 10." in page
    assert "Mara decides and sees the prompt." in page
    assert "Use Lite, 5 credits" in page and "Withdraw" in page and "Allow" not in page


def test_the_owner_is_asked_in_the_queue_though_the_prompt_is_private(held, as_, people, studio):
    page = as_("mara").get("/queue/").content.decode()
    assert "Aiko’s plan" in page and "Allow" in page and "Decline" in page and "Withdraw" not in page
    answer = as_("mara").post(f"/g/{held.label}/allow/", {"price_shown": "10", "request_key": "k"})
    assert answer.status_code == 302
    assert Generation.objects.get(pk=held.pk).state == State.WAITING
    assert "Aiko’s plan" not in as_("mara").get("/queue/").content.decode()
    assert as_("mara").get(f"/g/{held.label}/").status_code == 404, "private again once it is decided"


@pytest.mark.parametrize(("name", "status"), [("jonas", 404), ("charlie", 404), ("aiko", 403)])
def test_nobody_else_can_allow_it(name, status, held, as_):
    assert as_(name).post(f"/g/{held.label}/allow/", {"price_shown": "10"}).status_code == status
    assert Generation.objects.get(pk=held.pk).state == State.HELD


def test_the_cheaper_one_is_sent_at_the_price_that_was_shown(held, as_):
    aiko = as_("aiko")
    refused = aiko.post(f"/g/{held.label}/cheaper/", {"price_shown": "4", "request_key": "a"})
    assert refused.status_code == 422 and Generation.objects.get(pk=held.pk).state == State.HELD
    for _ in range(2):  # a double click
        aiko.post(f"/g/{held.label}/cheaper/", {"price_shown": "5", "request_key": "a"})
    child = Generation.objects.get(parent=held)
    assert (child.state, child.expected_credits, child.visibility) == (State.WAITING, 5, "private")
    assert Generation.objects.get(pk=held.pk).state == State.CANCELLED


def test_what_moved_outside_is_told_on_the_accounts_page(as_, studio):
    from generations.models import Drift

    for amount in (77, -1000):
        Drift.objects.create(account=studio, amount=amount, expected=500, told=500 - amount)
    Account.objects.filter(pk=studio.pk).update(drift=77)
    page = as_("mara").get("/settings/accounts/").content.decode()
    assert "77 credits spent outside Flowsite" in page and "1,000 came in" in page


# --- before the click -----------------------------------------------------------------------------------


def draft(person, account, **choices):
    from generations.models import Draft

    kept = {"account": str(account.pk), "model": "veo-3.1-fast", "seconds": "8", "count": "1"} | choices
    Draft.objects.create(person=person, prompt="A boat", choices=kept)


def test_the_button_says_who_is_asked_before_the_click(as_, people, studio):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=15)
    draft(people.aiko, studio, count="2")
    page = as_("aiko").get("/create/").content.decode()
    assert "<span data-word>Ask Mara</span>" in page
    assert "15 of 15 left this month" in page


def test_an_own_cap_is_a_reason_before_the_click(as_, people, studio):
    Budget.objects.create(team=people.team, person=people.aiko, period="day", hard=5, is_own=True)
    draft(people.aiko, studio)
    page = as_("aiko").get("/create/").content.decode()
    assert "Own cap: 5 of 5 left today. See Settings, Budget." in page
    assert "<span data-word>Generate</span>" in page


def test_a_warning_is_said_and_stops_nothing(as_, people, studio):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", soft=5, hard=500)
    draft(people.aiko, studio)
    page = as_("aiko").get("/create/").content.decode()
    assert "500 of 500 left this month" in page
    assert "<span data-word>Generate</span>" in page


@pytest.mark.browser
def test_the_button_follows_what_is_chosen_and_what_was_sent(browser, people, studio):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=15)
    draft(people.aiko, studio)
    page = browser(people.aiko)
    page.goto("/create/")
    word = page.locator("#generate [data-word]")
    word.get_by_text("Generate").wait_for()
    page.locator("[data-choice=count] > summary").click()
    page.locator("[data-choice=count] label", has_text="2 clips").click()
    word.get_by_text("Ask Mara").wait_for()
    page.locator("[data-choice=count] > summary").click()
    page.locator("[data-choice=count] label", has_text="1 clip").first.click()
    word.get_by_text("Generate").wait_for()
    page.locator("#generate").click()
    word.get_by_text("Ask Mara").wait_for()  # 5 are left, the next would need 10
    page.locator("#generate").click()
    page.locator("article[data-state=held]").get_by_text("Mara decides and sees the prompt.").wait_for()
    assert sorted(Generation.objects.values_list("state", flat=True)) == [State.HELD, State.WAITING]
