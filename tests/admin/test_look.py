"""The admin in a real browser: within the Content-Security-Policy, in the product's own font and colours."""

import pytest

from generations.models import Person
from tests.admin.test_admin import made
from tests.people import sandbox_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/admin/",
    "/admin/generations/generation/",
    "/admin/generations/person/add/",
    "/admin/django_q/schedule/add/",
]
GROUND = {False: "oklch(0.968 0.003 75)", True: "oklch(0.178 0.004 75)"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_admin_keeps_the_policy_and_wears_the_products_colours(browser, people, dark):
    boss = Person.objects.create_superuser("boss")
    generation = made(people.aiko, sandbox_account(people.aiko))
    page = browser(boss, dark=dark)
    for address in [*PAGES, f"/admin/generations/generation/{generation.pk}/change/"]:
        answer = page.goto(address)
        assert answer.status == 200
        style = "getComputedStyle(document.body)"
        assert page.evaluate(f"{style}.backgroundColor") == GROUND[dark]
        assert page.evaluate(f"{style}.fontFamily").startswith('"Instrument Sans"')
    page.goto("/admin/generations/person/")
    page.get_by_role("textbox", name="Search").fill("aiko")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="aiko", exact=True).click()
    assert page.locator("#id_email").input_value() == "aiko@example.com"
