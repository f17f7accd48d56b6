"""Capabilities: every fact is seen with its source, put right by hand, and refused when it makes no sense."""

import re

import pytest
from django.urls import reverse

from generations.catalog.request import Request
from generations.flow.money import quote
from generations.flow.people import capabilities
from generations.models import Account, Capability, Event, Person
from tests.people import PASSWORD
from tests.web.rows import real_account

LIST = "/admin/generations/capability/"


@pytest.fixture
def inside(client, people):
    client.force_login(Person.objects.create_superuser("boss", "boss@example.com", PASSWORD))
    capabilities.forget()
    return client


def add(inside, model: str, what: str, value: str, **more):
    told = {"model": model, "what": what, "value": value, "source": "vendor page", "dated": "2026-11-24"}
    return inside.post(LIST + "add/", told | more, follow=True)


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_every_fact_is_shown_with_its_source_and_date(inside):
    said = words_of(inside.get(LIST))
    assert "Veo 3.1 Fast veo-3.1-fast" in said and "lengths 8, 4, 6 flow-api.md 4.1, 4.4 2026-06-15" in said
    assert "trim max 8 8 flow-api.md 20, 23 2026-11-24" in said


def test_a_fact_put_right_by_hand_holds_at_once_and_goes_again(inside, people):
    account = real_account(people.mara)
    asked = Request("a fox", "veo-3.1-fast", seconds=12)
    assert quote.priced(account, asked)[1]
    add(inside, "veo-3.1-fast", "lengths", "8, 4, 6, 12")
    add(inside, "veo-3.1-fast", "credits", "8: 10, 12: 15")
    price, problems = quote.priced(account, asked)
    assert not problems and (price.credits, price.dated) == (15, "November 2026")
    assert Capability.objects.get(what="lengths").by.username == "boss"
    assert Event.objects.filter(verb="capability added", why__contains="lengths").exists()
    assert "lengths 8, 4, 6, 12 vendor page 2026-11-24" in words_of(inside.get(LIST))
    for row in Capability.objects.all():
        inside.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
    assert quote.priced(account, asked)[1]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (("veo-3.1-fast", "lengths", "8, banana"), "as 8, 4, 6"),
        (("veo-3.1-fast", "ratios", "2:1"), "2:1 is not known"),
        (("veo-9", "lengths", "8"), "Add its name first"),
        (("", "trim_max", "much"), "Write a number"),
        (("", "lengths", "8"), "Name the model it belongs to"),
    ],
)
def test_a_bad_edit_is_refused_with_a_sentence_and_nothing_typed_is_lost(inside, fact, said):
    answer = add(inside, *fact)
    assert said in words_of(answer) and fact[2] in answer.content.decode()
    assert not Capability.objects.exists()
    assert said in words_of(add(inside, *fact)), "twice, as people do"


def test_a_fact_is_changed_where_it_stands_and_not_doubled(inside):
    add(inside, "", "join_max", "5")
    row = Capability.objects.get()
    assert "already exists" in words_of(add(inside, "", "join_max", "6"))
    inside.post(
        f"{LIST}{row.pk}/change/",
        {"model": "", "what": "join_max", "value": "7", "source": "seen", "dated": "2026-11-24"},
    )
    assert capabilities.settings().join_max == 7


def test_a_model_that_only_an_account_knows_is_begun_with_one_form(inside, people):
    account = real_account(people.mara)
    entry = {"key": "veo_4_t2v_fast", "displayName": "Veo 4 - Fast", "videoLengthSeconds": 8}
    entry |= {"creditCost": 30, "videoGenerationTimeSeconds": 45}
    Account.objects.filter(pk=account.pk).update(vendor_models=[entry])
    page = inside.get(LIST).content.decode()
    link = re.search(r'href="([^"]+)">Add it', page)[1].replace("&amp;", "&")
    form = inside.get(link).content.decode()
    assert 'value="Veo 4 - Fast"' in form and 'value="8: 30"' in form and "studio@" not in form
    told = {"id": "veo-4-fast", "name": "Veo 4 Fast", "kind": "video", "lengths": "8", "credits": "8: 31",
            "expected_seconds": "45", "match": "veo_4, fast", "source": "the account"}  # fmt: skip
    bad = inside.post(reverse("admin:generations_capability_new_model"), told | {"lengths": "long"})
    assert "Write whole numbers" in words_of(bad) and not Capability.objects.exists()
    inside.post(reverse("admin:generations_capability_new_model"), told)
    account.refresh_from_db()
    price, problems = quote.priced(account, Request("a fox", "veo-4-fast", seconds=8))
    assert not problems and price.credits == 30, "what the account states wins"
    assert "Add it" not in inside.get(LIST).content.decode()
    again = inside.post(reverse("admin:generations_capability_new_model"), told)
    assert "This model is known" in words_of(again)
