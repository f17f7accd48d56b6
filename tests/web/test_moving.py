"""Queue: one's own waiting rows change places, or go to another account at the price on the button."""

import re
from datetime import timedelta

import pytest

from generations.models import Generation, Rest, clock

from .rows import made, real_account

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/queue/"}


def rows(page: str) -> list[str]:
    return re.findall(r'<article class="q-row"[^>]*data-number="(\w+)"', page)


@pytest.fixture
def three(client, people):
    client.force_login(people.mara)
    return [made(people.mara).label for _ in range(3)]


@pytest.mark.parametrize(
    ("of", "asked", "order"),
    [
        (2, {"place": "1"}, [2, 0, 1]),
        (0, {"place": "99"}, [1, 2, 0]),
        (2, {"before": 1}, [0, 2, 1]),
        (0, {"after": 1}, [1, 0, 2]),
    ],
)
def test_a_row_goes_where_it_is_put(client, three, of, asked, order):
    told = {side: three[other] if isinstance(other, int) else other for side, other in asked.items()}
    answer = client.post(f"/g/{three[of]}/place/", told, **HTMX)
    assert rows(answer.content.decode()) == [three[n] for n in order]
    assert rows(client.get("/queue/").content.decode()) == [three[n] for n in order]


@pytest.mark.parametrize("place", ["", "first", "0", "-1", "1.5", "١", "9" * 30])
def test_a_place_that_is_none_is_a_sentence(client, three, place):
    answer = client.post(f"/g/{three[2]}/place/", {"place": place}, **HTMX)
    assert answer.status_code == 422
    assert "toast" in answer.headers["HX-Trigger"]
    assert rows(client.get("/queue/").content.decode()) == three


def test_others_see_a_place_and_cannot_change_it(client, people):
    row = made(people.mara, account=real_account(people.mara))
    client.force_login(people.aiko)
    page = client.get("/queue/?scope=everyone").content.decode()
    assert rows(page) == [row.label] and 'form class="q-place"' not in page
    assert client.post(f"/g/{row.label}/place/", {"place": "1"}).status_code == 403


def test_work_of_a_resting_account_goes_to_another_at_the_price_on_the_button(client, people):
    client.force_login(people.mara)
    studio = real_account(people.mara)
    spare = real_account(people.mara, email="spare@northlight.example", label="Spare")
    moved = [made(people.mara, account=studio) for _ in range(2)]
    assert "Move the" not in client.get("/queue/").content.decode()
    Rest.objects.create(account=studio, reason="throttled", until=clock.now() + timedelta(minutes=20))
    page = client.get("/queue/").content.decode()
    total = 2 * moved[0].expected_credits
    assert f"Move the 2 to Spare, {total} credits" in page
    asked = {"here": studio.pk, "to": spare.pk, "price_shown": total - 1}
    assert client.post("/queue/move/", asked, **HTMX).status_code == 422
    assert not Generation.objects.filter(account=spare).exists()
    answer = client.post("/queue/move/", asked | {"price_shown": total}, **HTMX)
    assert answer.status_code == 200 and "2 wait for Spare now." in answer.headers["HX-Trigger"]
    assert Generation.objects.filter(account=spare).count() == 2
    client.force_login(people.charlie)
    assert client.post("/queue/move/", asked).status_code == 404


@pytest.mark.browser
def test_rows_move_with_alt_and_arrows_and_by_typing(browser, people):
    labels = [made(people.mara).label for _ in range(3)]
    page = browser(people.mara)
    page.goto("/queue/")

    def shown() -> list[str]:
        return page.eval_on_selector_all(".q-row", "rows => rows.map(row => row.dataset.number)")

    def wait_for(order: list[int]) -> None:
        wanted = [labels[n] for n in order]
        page.wait_for_function(
            "wanted => Array.from(document.querySelectorAll('.q-row'), r => r.dataset.number).join()"
            " === wanted.join()",
            arg=wanted,
        )
        assert shown() == wanted

    page.locator(f".q-row[data-number={labels[2]}] .q-number").focus()
    page.keyboard.press("Alt+ArrowUp")
    wait_for([0, 2, 1])
    number = page.locator(f".q-row[data-number={labels[0]}] .q-number")
    number.fill("3")
    number.press("Enter")
    wait_for([2, 1, 0])
    grip = page.locator(f".q-row[data-number={labels[0]}] .grip")
    grip.drag_to(
        page.locator(f".q-row[data-number={labels[2]}]"), target_position={"x": 200, "y": 4}, force=True
    )
    wait_for([0, 2, 1])
