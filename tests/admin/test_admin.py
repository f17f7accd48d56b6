"""Operation: who gets in, what can be seen and done there, and what never can."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from generations.catalog.request import Request
from generations.flow.intend import write_intent
from generations.models import Account, Connection, Event, Generation, Membership, Person, Site, State
from generations.models.team import Role
from tests.people import PASSWORD, sandbox_account

pytestmark = pytest.mark.django_db

TOKEN = "user:4242-verysecretletters"
OTHER_TOKEN = "user:4242-othersecretletters"


@pytest.fixture
def boss(people):
    return Person.objects.create_superuser("boss", "boss@example.com", PASSWORD)


@pytest.fixture
def inside(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def studio(people):
    """Mara's own account with real credits."""
    connection = Connection(owner=people.mara, base_url="https://api.example/v1", user_number="4242")
    connection.give_token(TOKEN)
    connection.save()
    return Account.objects.create(connection=connection, email="studio@northlight.studio", credits=1000)


def made(
    person: Person, account: Account, prompt: str = "A lighthouse at dusk", key: str = "k1"
) -> Generation:
    request = Request(prompt=prompt, model="veo-3.1-fast")
    return write_intent(person, account, request, request_key=key)[0]


def act(client, action: str, *rows, **more):
    words = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(
        reverse(f"admin:generations_{rows[0]._meta.model_name}_changelist"), words, follow=True
    )


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# --- who gets in -----------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_one_sign_in_page(client, db):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_a_member_of_the_team_is_told_that_this_is_for_administrators(client, people):
    client.force_login(people.mara)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "Only an administrator of the site can open this." in answer.content.decode()


def test_every_list_and_every_form_opens(inside, people, studio, boss):
    """Also those of django-q2; each with a row where there is one."""
    made(people.aiko, sandbox_account(people.aiko))
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert inside.get(reverse(f"admin:{name}_changelist") + "?q=x").status_code == 200, name
        assert inside.get(reverse(f"admin:{name}_changelist")).status_code == 200, name
        if row := model._default_manager.first():
            assert inside.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200, name
    assert {"django_q"} <= {model._meta.app_label for model in admin.site._registry}


# --- what is never shown, what is never changed ------------------------------------------------------------


def test_a_token_is_on_no_page_of_the_admin(inside, people, studio):
    made(people.mara, studio)
    sealed = studio.connection.token.sealed
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages = [reverse(f"admin:{name}_changelist")]
        for row in model._default_manager.all()[:5]:
            pages += [reverse(f"admin:{name}_{page}", args=[row.pk]) for page in ("change", "history")]
        for page in pages:
            text = inside.get(page).content.decode()
            assert TOKEN not in text and "verysecret" not in text and sealed not in text, page


def test_a_replaced_token_is_stored_and_never_shown_again(inside, studio):
    page = reverse("admin:generations_connection_change", args=[studio.connection.pk])
    answer = inside.post(page, {"new_token": OTHER_TOKEN}, follow=True)
    assert answer.status_code == 200
    assert Connection.objects.get(pk=studio.connection.pk).token.reveal() == OTHER_TOKEN
    history = inside.get(reverse("admin:generations_connection_history", args=[studio.connection.pk]))
    for text in (answer.content.decode(), inside.get(page).content.decode(), history.content.decode()):
        assert "othersecret" not in text
    assert not Event.objects.filter(why__contains="othersecret").exists()


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("4242-abcdef", "The token must start with user:."),
        ("user:77-abcdefghij", "This token belongs to user 77"),
    ],
)
def test_a_wrong_token_is_refused_with_a_sentence_and_not_repeated_on_the_page(
    inside, studio, pasted, sentence
):
    page = reverse("admin:generations_connection_change", args=[studio.connection.pk])
    text = inside.post(page, {"new_token": pasted}).content.decode()
    assert sentence in text and pasted not in text
    assert Connection.objects.get(pk=studio.connection.pk).token.reveal() == TOKEN


@pytest.mark.parametrize("model", ["attempt", "creditentry", "event", "errand", "heartbeat", "enginelease"])
def test_what_the_engine_writes_is_only_read(inside, model):
    model_admin = admin.site._registry[apps.get_model("generations", model)]
    request = inside.get("/admin/").wsgi_request
    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)


def test_a_generation_shows_its_story_and_offers_no_field_for_its_state(inside, people, studio):
    generation = made(people.mara, studio)
    page = reverse("admin:generations_generation_change", args=[generation.pk])
    text = inside.get(page).content.decode()
    assert "Reserved" in text and "Waiting" in text and "A lighthouse at dusk" in text
    assert not re.search(r'<(select|input|textarea)[^>]+name="(state|finished_at|accepted_at)"', text)
    inside.post(page, {"state": "ready", "prompt": "changed"})
    generation.refresh_from_db()
    assert (generation.state, generation.prompt) == (State.WAITING, "A lighthouse at dusk")
    with pytest.raises(NoReverseMatch):
        reverse("admin:generations_generation_state")


# --- what can be done ------------------------------------------------------------------------------------


def test_queue_again_says_the_price_first_and_a_second_click_pays_nothing_more(inside, people, boss, studio):
    Membership.objects.filter(person=boss).update(role=Role.OWNER)
    Account.objects.filter(pk=studio.pk).update(is_lent=True)
    old = made(people.mara, studio)
    asked = act(inside, "queue_again", old)
    text = asked.content.decode()
    assert f"{old.expected_credits} credits" in text and Generation.objects.count() == 1

    key = re.search(r'name="request_key" value="(\w+)"', text)[1]
    for _ in range(2):
        done = act(inside, "queue_again", old, request_key=key)
    assert f"{old.label} is queued again." in said(done)
    child = Generation.objects.get(parent=old)
    assert (child.person, child.prompt, child.state) == (boss, old.prompt, State.WAITING)
    old.refresh_from_db()
    assert old.state == State.WAITING


def test_one_refusal_is_told_and_stops_no_other_row(inside, people):
    account = sandbox_account(people.aiko)
    waiting, running = made(people.aiko, account, key="a"), made(people.aiko, account, key="b")
    Person.objects.filter(pk=people.aiko.pk).update(is_superuser=True)
    inside.force_login(people.aiko)
    assert running.move(State.SENDING)
    assert running.move(State.GENERATING, accepted_at=running.made_at)
    answer = act(inside, "stop_waiting", waiting, running)
    assert f"{running.label} is no longer waited for." in said(answer)
    assert f"{waiting.label}: It is not being generated any more." in said(answer)
    running.refresh_from_db()
    assert running.state == State.STOPPED


def test_check_with_google_asks_a_worker_to_look_at_once(inside, people):
    Person.objects.filter(pk=people.aiko.pk).update(is_superuser=True)
    inside.force_login(people.aiko)
    generation = made(people.aiko, sandbox_account(people.aiko))
    assert "is being checked" in said(act(inside, "check_with_google", generation))
    assert generation.errand_set.filter(kind="reconcile").count() == 1


def test_the_kill_switch_holds_and_lets_go_and_both_are_written_down(inside, boss):
    site = Site.current()
    act(inside, "stop_sending", site)
    assert Site.current().spending_stopped_at
    assert "all stopped since" in inside.get(reverse("admin:generations_site_changelist")).content.decode()
    act(inside, "resume_sending", site)
    assert Site.current().spending_stopped_at is None
    assert Event.objects.filter(by=boss, verb__in=["all sending stopped", "sending resumed"]).count() == 2


def test_a_new_person_added_here_can_work_at_once_and_chooses_a_password_by_a_link(inside, client, people):
    new = {"username": "nora", "first_name": "Nora", "email": "", "usable_password": "false"}
    assert inside.post(reverse("admin:generations_person_add"), new).status_code == 302
    nora = Person.objects.get(username="nora")
    assert nora.team() == people.team and not nora.has_usable_password()
    assert sandbox_account(nora).is_healthy

    link = re.search(r"http://testserver(/reset/\S+)", said(act(inside, "make_password_link", nora)))[1]
    assert Event.objects.filter(verb="password link made", why="for nora").exists()
    client.logout()
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": "Quieter-harbour-12", "new_password2": "Quieter-harbour-12"})
    nora.refresh_from_db()
    assert nora.check_password("Quieter-harbour-12")


def test_a_password_link_is_mailed_when_there_is_a_mail_server_and_an_address(inside, people, mailoutbox):
    answer = act(inside, "make_password_link", people.vera)
    assert mailoutbox[0].to == ["vera@example.com"]
    assert "also mailed to vera@example.com" in said(answer)


def test_a_change_of_permission_leaves_an_event_with_the_name_of_who_did_it(inside, people, boss):
    form = inside.get(reverse("admin:generations_person_change", args=[people.vera.pk]))
    fields = form.context["adminform"].form.initial
    words = {
        name: value for name, value in fields.items() if value not in (None, False) and name != "password"
    }
    membership = people.vera.memberships.get()
    inline = {
        "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1, "memberships-0-id": membership.pk,
        "memberships-0-person": people.vera.pk, "memberships-0-team": people.team.pk,
        "memberships-0-role": "maker",
    }  # fmt: skip
    answer = inside.post(
        reverse("admin:generations_person_change", args=[people.vera.pk]),
        {key: value for key, value in words.items() if not isinstance(value, list)} | inline,
    )
    assert answer.status_code == 302
    assert people.vera.memberships.get().role == Role.MAKER
    assert Event.objects.filter(by=boss, verb="person changed", why__contains="vera").exists()


@pytest.mark.parametrize("words", ["228", "S1", "#S1", "user:1-job:abc", "lighthouse"])
def test_a_generation_is_found_by_number_job_or_words(inside, people, words):
    generation = made(people.aiko, sandbox_account(people.aiko))
    text = inside.get(reverse("admin:generations_generation_changelist"), {"q": words}).content.decode()
    assert (f"/generation/{generation.pk}/" in text) == (words in {"S1", "#S1", "lighthouse"})


def test_a_list_asks_for_the_same_few_rows_however_many_there_are(
    inside, people, django_assert_max_num_queries
):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert inside.get(reverse("admin:generations_generation_changelist")).status_code == 200
        return len(seen)

    account = sandbox_account(people.aiko)
    made(people.aiko, account, key="first")
    few = queries()
    for key in range(12):
        made(people.aiko, account, key=f"k{key}")
    assert queries() == few


def test_a_limit_of_a_team_is_set_here_and_slips_are_said(inside, people):
    add = reverse("admin:generations_budget_add")
    words = {"team": people.team.pk, "person": people.aiko.pk, "period": "month"}
    for slip, sentence in [
        ({}, "Write at least one number"),
        ({"soft": "9", "hard": "5"}, "The warning comes before the limit"),
        ({"hard": "5", "person": people.charlie.pk}, "Charlie is not in this team"),
    ]:
        assert sentence in inside.post(add, words | slip).content.decode()
    assert inside.post(add, words | {"hard": "500"}).status_code == 302
    assert "There is a limit for this already" in inside.post(add, words | {"hard": "7"}).content.decode()
    assert people.aiko.budgets.get().hard == 500
    assert Event.objects.filter(verb="budget added").exists()
