"""Every address of the site, walked by strangers, by people without rights and by machines with bad input.

The addresses are read from the URL table, so a page that comes tomorrow is walked too.
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from generations.models import Generation
from tests.people import PASSWORD
from tests.web.rows import made, real_account

pytestmark = pytest.mark.django_db

VERBS = ("cancel", "stop", "front", "again", "reroll", "send-again", "write-off", "allow", "decline", "save")
METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "head")
OPEN_TO_ALL = re.compile(r"^/(sign-in|password|invite|reset|hooks|s)/|^/(healthz|readyz)?$")
SICK = "/readyz"  # says 503 as long as no worker runs, to everybody
NASTY = {
    "str": ("1a", "S1", "0", "-1", "9" * 30, "٣", "1%00", "..%2f..%2fetc", "<script>", "a" * 3000),
    "int": ("0", "1", "9" * 18, "9" * 30),
    "slug": ("x", "a" * 3000),
    "uuid": ("00000000-0000-0000-0000-000000000000",),
}


def walk(patterns=None, before="/"):
    """(address with <places>, pattern) of everything the site answers, the admin's own pages apart."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                yield from walk(entry.url_patterns, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern).lstrip("^").rstrip("$\\Z"), entry


PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
ADDRESSES = sorted({address for address, _ in walk()} - {SICK})


def filled(address: str, **known) -> str:
    """The address with its places filled from `known`, else with something that nothing here is called."""
    return PLACE.sub(lambda place: str(known.get(place[2], "7" if place[1] == "int" else "nothing")), address)


def nasty(address: str):
    if not PLACE.search(address):
        yield address
        return
    for turn in range(max(map(len, NASTY.values()))):

        def fill(place, turn=turn):
            words = NASTY.get(place[1] or "str", NASTY["str"])
            return words[turn % len(words)]

        yield PLACE.sub(fill, address)


@pytest.fixture
def signed_in():
    def sign_in(person, **more) -> Client:
        client = Client(raise_request_exception=False, **more)
        client.force_login(person)
        return client

    return sign_in


def test_the_walk_knows_the_site():
    assert {"/create/", "/c/<label>/file/", "/g/<str:label>/<str:verb>/"} < set(ADDRESSES)


def test_no_method_and_no_strange_address_breaks_a_page(people, signed_in):
    made(people.mara, "ready")
    client, broken = signed_in(people.mara), []
    for address in ADDRESSES:
        for path in nasty(address):
            for method in METHODS if not PLACE.search(address) else ("get", "post"):
                headers = {"HTTP_HX_REQUEST": "true"} if "/_/" in address else {}
                status = getattr(client, method)(path, **headers).status_code
                if status >= 500:
                    broken.append(f"{method} {path[:80]}: {status}")
            if "sign-out" in address:
                client.force_login(people.mara)
    assert not broken


def test_a_stranger_is_sent_to_sign_in_and_learns_nothing(people):
    generation = made(people.mara, "ready", prompt="Secret lighthouse")
    client, told = Client(raise_request_exception=False), []
    known = {"pk": generation.account_id, "width": 320}
    for address in ADDRESSES:
        for label in (generation.label, f"{generation.label}a") if "label>" in address else ("",):
            path = filled(address, label=label, **known)
            for answer in (client.get(path), client.post(path)):
                shows = b"Secret lighthouse" in getattr(answer, "content", b"")
                lets_in = answer.status_code not in (301, 302, 401, 403, 404, 405)
                if shows or answer.status_code >= 500 or (lets_in and not OPEN_TO_ALL.match(path)):
                    told.append(f"{path}: {answer.status_code}")
    assert not told


def test_what_is_not_yours_and_what_is_not_there_are_the_same_bytes(people, signed_in):
    """Private to a team mate, of another team, and a number that nobody has: one answer."""
    private = made(people.mara, "ready", visibility="private")
    for spare in range(3):
        theirs = made(people.mara, "ready", prompt=f"Wave {spare}")
    known = {"verb": "cancel", "width": 320, "action": "pause", "second": 1}

    def ask(client, method, address, label):
        answer = getattr(client, method)(filled(address, label=label, **known))
        body = getattr(answer, "content", b"").replace(label.encode(), b"N")
        return answer.status_code, CHANGING.sub(b"", body)

    different, asked = [], 0
    for person, label in ((people.aiko, private.label), (people.charlie, theirs.label)):
        client = signed_in(person)
        for address in [a for a in ADDRESSES if "label>" in a]:
            for method, letter in (("get", ""), ("get", "a"), ("post", ""), ("post", "a")):
                known_answer, absent = (ask(client, method, address, n + letter) for n in (label, "S999"))
                asked += 1
                if known_answer != absent or known_answer[0] < 400:
                    different.append(f"{method} {address} for {person}: {known_answer[0]}, {absent[0]}")
    assert asked > 40 and not different


CHANGING = re.compile(
    rb'(csrfmiddlewaretoken" value="|csrf-token" content="|x-csrftoken": ?"|request_key" value=")[^"]+', re.I
)


def test_no_form_is_taken_without_its_csrf_token(people, signed_in):
    client, taken = signed_in(people.mara, enforce_csrf_checks=True), []
    generation = made(people.mara, "waiting")
    before = Generation.objects.count()
    known = {"label": generation.label, "verb": "cancel", "pk": generation.account_id, "action": "pause"}
    for address in ADDRESSES:
        answer = client.post(filled(address, **known), {"prompt": "A robot", "request_key": "k" * 20})
        if answer.status_code not in (403, 404, 405) and not address.startswith("/hooks/"):
            taken.append(f"{address}: {answer.status_code}")
    assert not taken and Generation.objects.count() == before
    assert Generation.objects.get(pk=generation.pk).state == "waiting"


def test_who_may_only_look_changes_nothing(people, signed_in):
    account = real_account(people.mara)
    generation = made(people.mara, "waiting", account=account)
    client, broken = signed_in(people.vera), []
    before = list(Generation.objects.order_by("pk").values_list("pk", "state", "position"))
    known = {"label": generation.label, "pk": account.pk, "action": "pause", "batch": 1, "width": 320}
    for address in ADDRESSES:
        for verb in VERBS if "verb>" in address else ("",):
            form = {"prompt": "Robot", "account": str(account.pk), "request_key": "k" * 20}
            answer = client.post(filled(address, verb=verb, **known), form)
            if answer.status_code >= 500:
                broken.append(f"{address} {verb}: {answer.status_code}")
    assert not broken
    assert list(Generation.objects.order_by("pk").values_list("pk", "state", "position")) == before
    account.refresh_from_db()
    assert account.paused_at is None and account.connection.is_good


def test_the_token_is_on_no_page_for_nobody(people, signed_in):
    account = real_account(people.mara)
    generation = made(people.mara, "failed", account=account)
    known = {"pk": account.pk, "section": "accounts", "width": 320}
    shown = []
    for person in (people.mara, people.aiko, people.vera):
        client = signed_in(person)
        for address in ADDRESSES:
            for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
                for label in (generation.label, f"{generation.label}a") if "label>" in address else ("",):
                    answer = client.get(filled(address, label=label, **known), **headers)
                    if b"4242-a-token" in getattr(answer, "content", b""):
                        shown.append(f"{address} to {person}")
    assert not shown


def test_the_token_is_in_no_file_of_ours(people, settings, caplog):
    """Database, folder and log: a copy of the disk without the keys is worth nothing."""
    account = real_account(people.mara)
    made(people.mara, "ready", account=account)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "4242-a-token" not in repr(cursor.fetchall()), table
    assert "4242-a-token" not in caplog.text and "4242-a-token" not in repr(account.connection.__dict__)


def test_another_persons_account_in_the_form_spends_nothing(people, signed_in):
    theirs = real_account(people.mara)
    for client in (signed_in(people.aiko), signed_in(people.charlie)):
        answer = client.post(
            "/create/",
            {"prompt": "A robot", "account": str(theirs.pk), "request_key": "k" * 20, "mode": "text"},
        )
        assert answer.status_code == 422 and b"A robot" in answer.content
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"count": "999999999999"},
        {"count": "-1"},
        {"count": "1.5"},
        {"seconds": "0"},
        {"seconds": "nan"},
        {"seed": "9" * 40},
        {"seed": "\x00"},
        {"mode": "join"},
        {"mode": "../etc"},
        {"model": "veo-9"},
        {"model": "\x00"},
        {"ratio": "0:0"},
        {"ratio": "1:" + "9" * 400},
        {"account": "9" * 30},
        {"account": "\x00"},
        {"visibility": "everyone"},
        {"request_key": "\x00" * 20},
        {"request_key": "k" * 5000},
        {"prompt": "x" * 50_000},
        {"prompt": "\x00robot"},
        {"prompt": "\U0001f600 a robot \u202e reversed"},
        {"prompt": "{a|b}" * 12},
        {"inputs": "["},
        {"inputs": "[[[[[[[" * 2000},
        {"inputs": '[{"slot": "startImage", "picture": 999999}]', "mode": "frames"},
        {"inputs": '[{"slot": "__proto__", "picture": "x"}]', "mode": "ingredients"},
        {"inputs": '{"slot": 3}', "mode": "frames"},
        {"inputs": '[{"slot": "referenceVideo_1", "clip": "1e999"}]', "mode": "edit"},
        {"price_shown": "free"},
    ],
)
def test_bad_fields_are_sentences_and_keep_the_text(people, signed_in, fields):
    form = {"prompt": "A robot at the window", "mode": "text", "request_key": "k" * 20, "count": "1"} | fields
    client = signed_in(people.mara)
    answer = client.post("/create/", form)
    assert answer.status_code in (302, 422), answer.status_code
    if answer.status_code == 422:
        assert b"dock-alert" in answer.content
        if "prompt" not in fields:
            assert b"A robot at the window" in answer.content
    htmx = client.post("/create/", form | {"request_key": "j" * 20}, HTTP_HX_REQUEST="true")
    assert htmx.status_code in (200, 422)


@pytest.mark.parametrize("version", ["abc", "-1", str(10**30), "1e9", "\x00", "", "1,2"])
def test_a_poll_with_a_strange_version_is_an_ordinary_poll(people, signed_in, version):
    made(people.mara, "waiting")
    client = signed_in(people.mara)
    for query in ({"v": version}, {"v": version, "ids": "9" * 5000}, {"v": "1", "scope": version}):
        assert client.get("/_/changes/", query, HTTP_HX_REQUEST="true").status_code < 500


def test_a_body_of_megabytes_is_refused_and_not_a_crash(people, signed_in):
    form = {"prompt": "x" * 6_000_000, "request_key": "k" * 20}
    for address in ("/create/", "/_/draft/"):
        assert signed_in(people.mara).post(address, form).status_code in (302, 400, 413, 422, 204)
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    "way", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_to_another_site(people, signed_in, way):
    answer = Client().post(f"/sign-in/?next={way}", {"username": "mara", "password": PASSWORD, "next": way})
    assert "evil" not in answer.headers.get("Location", "") and "alert" not in answer.headers.get(
        "Location", ""
    )
    generation = made(people.mara, "waiting")
    back = signed_in(people.mara).post(f"/g/{generation.label}/front/", {"next": way}, HTTP_REFERER=way)
    assert "evil" not in back.headers.get("Location", "") and "alert" not in back.headers.get("Location", "")
