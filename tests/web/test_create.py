"""Create: one click is one generation, a price read is the price spent, and nothing typed is lost."""

import json
import re
from html import unescape

import pytest

from generations.models import CreditEntry, Draft, Generation, State

from .rows import made, real_account

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/create/"}


@pytest.fixture
def mara(client, people):
    client.force_login(people.mara)
    return people.mara


def form(client, **changes) -> dict:
    """The form as a browser would send it: every field as the page filled it, then the changes."""
    page = client.get("/create/").content.decode()
    dock = page[page.index('id="dock"') : page.index("</form>", page.index('id="catalog"'))]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", dock):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and (not re.search('type="(radio|checkbox|file)"', tag) or "checked" in tag):
            fields[name[1]] = unescape(value[1]) if value else ""
    fields.pop("csrfmiddlewaretoken")
    return fields | {"prompt": "A lighthouse at dusk"} | changes


def test_a_click_without_script_makes_one_and_shows_it(client, mara):
    answer = client.post("/create/", form(client))
    assert answer.status_code == 302
    made_one = Generation.objects.get()
    assert (made_one.prompt, made_one.state) == ("A lighthouse at dusk", State.WAITING)
    assert "A lighthouse at dusk" in client.get("/create/").content.decode()


def test_the_same_click_twice_makes_one(client, mara):
    fields = form(client)
    first, second = (client.post("/create/", fields, **HTMX) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert Generation.objects.count() == 1
    number = Generation.objects.get().label
    assert number in second.content.decode(), "the second click is shown the first row"


def test_the_same_key_with_other_words_is_asked_about_and_gets_a_new_key(client, mara):
    fields = form(client)
    client.post("/create/", fields)
    answer = client.post("/create/", fields | {"prompt": "Another thing entirely"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "was sent already and became S1" in page
    assert "Another thing entirely</textarea>" in page, "what was typed is kept"
    fresh = re.search(r'name="request_key" id="request_key" value="([^"]+)"', page)[1]
    assert fresh != fields["request_key"]
    again = client.post("/create/", fields | {"prompt": "Another thing entirely", "request_key": fresh})
    assert again.status_code == 302
    assert Generation.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"prompt": "   "}, "prompt", "Write a prompt first."),
        ({"prompt": "x" * 20_001}, "prompt", "20,001 characters"),
        ({"count": "9"}, "count", "Choose 1 to 4 clips"),
        ({"count": "many"}, "count", "Choose 1 to 4 clips"),
        ({"seed": "-3"}, "seed", "seed"),
        ({"seed": "99999999999"}, "seed", "seed"),
        ({"seconds": ""}, "seconds", "Choose a length"),
        ({"seconds": "7"}, "seconds", "7 s"),
        ({"ratio": "1:1"}, "ratio", "16:9"),
        ({"model": "veo-9"}, "model", "no model"),
        ({"model": "veo-3.1-quality", "seconds": "4"}, "seconds", "8 s only"),
        ({"mode": "frames"}, "startImage", "Add a start frame first."),
        ({"mode": "ingredients"}, "referenceImage_1", "Add an ingredient first."),
        ({"mode": "edit", "model": "omni-flash"}, "referenceVideo_1", "Choose a clip to edit."),
        ({"mode": "dance"}, "mode", "Choose one of the five."),
        ({"inputs": "[{"}, "inputs", "could not be read"),
        ({"inputs": '[{"slot": "startImage", "picture": 999}]'}, "startImage", "not here any more"),
        ({"visibility": "everybody"}, "visibility", "who sees it"),
        ({"account": "999"}, "account", "not yours"),
        ({"request_key": ""}, "", "without its key"),
    ],
)
def test_what_cannot_be_is_said_with_its_field_and_everything_typed_stays(
    client, mara, changes, field, words
):
    fields = form(client) | changes
    answer = client.post("/create/", fields, **HTMX)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert words in said
    assert f'data-field="{field}"' in said
    page = client.post("/create/", fields)
    assert page.status_code == 422
    assert f">{fields['prompt']}</textarea>" in page.content.decode()
    assert Generation.objects.count() == 0


def test_a_sent_prompt_answers_htmx_with_the_strip_the_next_key_and_an_empty_alert(client, mara):
    fields = form(client)
    answer = client.post("/create/", fields, **HTMX).content.decode()
    assert 'hx-swap-oob="afterbegin:#feed"' in answer
    assert re.search(r'<p class="dock-alert"[^>]* hx-swap-oob="true"></p>', answer)
    fresh = re.search(r'id="request_key" value="([^"]+)" hx-swap-oob', answer)[1]
    assert fresh != fields["request_key"]


def test_no_other_price_is_spent_than_the_one_that_was_read(client, mara):
    account = real_account(mara)
    fields = form(client)
    assert fields["account"] == str(account.pk), "a real account comes before the sandbox"
    price = int(fields["price_shown"])
    assert price > 0
    answer = client.post("/create/", fields | {"price_shown": str(price - 1)}, **HTMX)
    assert answer.status_code == 422 and "The price has changed" in answer.content.decode()
    assert client.post("/create/", fields, **HTMX).status_code == 200
    assert CreditEntry.objects.get().amount == price


def test_credits_that_are_not_there_are_not_spent(client, mara):
    real_account(mara, credits=3)
    page = client.get("/create/").content.decode()
    assert re.search(r"Needs \d+, you have 3\.", page)
    fields = form(client, prompt="a fox")
    answer = client.post("/create/", fields, **HTMX)
    assert answer.status_code == 422 and "you have 3" in answer.content.decode()
    assert Generation.objects.count() == 0


def test_open_wordings_multiply_and_the_click_is_still_one(client, mara):
    fields = form(client, prompt="{dawn|noon|dusk} over red dunes")
    for _ in range(2):
        assert client.post("/create/", fields, **HTMX).status_code == 200
    prompts = Generation.objects.order_by("pk").values_list("prompt", flat=True)
    assert list(prompts) == ["dawn over red dunes", "noon over red dunes", "dusk over red dunes"]


def test_too_many_wordings_are_refused_before_they_are_written_out(client, mara):
    fields = form(client, prompt="{a|b|c}" * 40)
    answer = client.post("/create/", fields, **HTMX)
    assert answer.status_code == 422 and "At most 20" in answer.content.decode()
    assert Generation.objects.count() == 0


def test_images_have_no_length_and_are_made(client, mara):
    fields = form(client, mode="image", model="nano-banana-2", ratio="1:1", seconds="")
    assert client.post("/create/", fields, **HTMX).status_code == 200
    row = Generation.objects.get()
    assert (row.kind, row.seconds, row.ratio) == ("image", None, "1:1")


def test_the_draft_is_kept_on_the_server_and_found_again(client, mara):
    saved = client.post("/_/draft/", {"prompt": "half a sen", "count": "3", "visibility": "private"})
    assert saved.status_code == 204
    page = client.get("/create/").content.decode()
    assert ">half a sen</textarea>" in page
    assert re.search(r'name="count" value="3" checked', page)
    assert re.search(r'name="visibility" value="private" checked', page)
    assert Draft.objects.get().person == mara


def test_a_draft_from_an_older_release_is_no_trouble(client, mara):
    Draft.objects.create(
        person=mara, prompt="kept", choices={"mode": "edit", "count": "x", "model": 7, "odd": []}
    )
    page = client.get("/create/")
    assert page.status_code == 200 and ">kept</textarea>" in page.content.decode()


def test_reuse_puts_prompt_and_settings_into_the_dock_and_sends_nothing(client, mara):
    row = made(mara, State.READY, prompt="Pip turns toward the sun", count=2)
    answer = client.get(f"/g/{row.label}/reuse/")
    page = client.get(answer.headers["Location"]).content.decode()
    assert ">Pip turns toward the sun</textarea>" in page
    assert re.search(r'name="count" value="2" checked', page)
    assert Generation.objects.count() == 1


def test_private_work_stays_private(client, mara, people):
    client.post("/create/", form(client, visibility="private", prompt="only mine"))
    client.force_login(people.aiko)
    assert "only mine" not in client.get("/create/").content.decode()


def test_mine_and_everyone(client, mara, people):
    made(people.aiko, prompt="Aiko made this")
    made(mara, prompt="Mara made this")
    everyone, mine = (client.get(f"/create/?scope={s}").content.decode() for s in ("everyone", "mine"))
    assert "Aiko made this" in everyone and "Mara made this" in everyone
    assert "Aiko made this" not in mine and "Mara made this" in mine


@pytest.mark.parametrize("state", [State.WAITING, State.READY])
def test_sixty_strips_ask_as_much_of_the_database_as_ten(client, mara, monkeypatch, state):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from generations.web.strip import feed

    monkeypatch.setattr(feed, "PER_PAGE", 60)
    counts = []
    for _ in range(2):
        for _ in range(10 if not counts else 50):
            made(mara, state, count=2)
        client.get("/create/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get("/create/").content.decode()
        counts.append(len(asked))
        assert page.count("<article") == (10 if len(counts) == 1 else 60)
    assert counts[0] == counts[1], counts
    assert counts[1] <= 40


def test_older_pages_continue_where_the_first_ended(client, mara):
    rows = [made(mara, prompt=f"prompt number {n}") for n in range(30)]
    first = client.get("/create/").content.decode()
    older = re.search(r'href="([^"]+)" data-older', first)[1].replace("&amp;", "&")
    second = client.get(older).content.decode()
    shown = [re.findall(r'data-number="(S\d+)"', page) for page in (first, second)]
    assert shown[0] + shown[1] == [row.label for row in reversed(rows)]


def test_the_catalog_beside_the_dock_prices_what_the_button_says(client, mara):
    real_account(mara)
    page = client.get("/create/").content.decode()
    catalog = json.loads(re.search(r'id="catalog" type="application/json">(.*?)</script>', page, re.S)[1])
    purse = json.loads(re.search(r'id="purse" type="application/json">(.*?)</script>', page, re.S)[1])
    pk, account = next(iter(catalog["accounts"].items()))
    fast = next(m for m in account["modes"]["text"]["models"] if m["id"] == "veo-3.1-fast")
    each = next(length["credits"] for length in fast["lengths"] if length["seconds"] == 8)
    assert f'id="price_shown" value="{each}"' in page
    assert purse["after"][pk] == 1000


def test_accounts_stand_own_first_then_lent_then_sandbox(client, mara, people):
    lent = real_account(people.aiko, email="aiko@northlight.example", label="Aiko’s", is_lent=True)
    own = real_account(mara)
    page = client.get("/create/").content.decode()
    order = [int(pk) for pk in re.findall(r'name="account" value="(\d+)"', page)]
    assert order[:2] == [own.pk, lent.pk] and len(order) == 3
    assert "lent by Aiko" in page


def test_an_empty_page_offers_three_samples(client, mara):
    page = client.get("/create/").content.decode()
    assert "Nothing here yet." in page
    assert page.count("Use this prompt") == 3


@pytest.mark.parametrize(
    "query", ["before=x", "before=²", f"before={2**63}", "scope=none", "from=S99", "before=0"]
)
def test_odd_addresses_are_no_trouble(client, mara, query):
    assert client.get(f"/create/?{query}").status_code in (200, 404)
