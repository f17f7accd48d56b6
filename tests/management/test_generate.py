"""`manage.py generate`, `connect` and `reconcile` as people call them: real processes, a real vendor."""

import json

import pytest
from PIL import Image

from generations.models import Account, CreditEntry, Generation, State
from generations.sandbox import Sandbox

EMAIL = "ultra@sandbox.example"


@pytest.fixture
def vendor(tmp_path, settings):
    with Sandbox(dir=tmp_path / "vendor", speed=100, canned_media=True) as running:
        settings.SANDBOX_URL = running.base_url
        yield running


@pytest.fixture
def run(manage, vendor, people, tmp_path):
    """Run a command against this test's vendor, at its speed."""

    def command(*words: str, stdin: str = ""):
        return manage(
            *words,
            stdin=stdin,
            FLOW_API_URL=vendor.base_url,
            SANDBOX_URL=vendor.base_url,
            FLOW_SPEED="100",
            SUBMIT_GAP="0",
            MEDIA_STORE=str(tmp_path / "media"),
        )

    return command


@pytest.fixture
def connected(run, vendor):
    done = run("connect", "mara", "--email", EMAIL, stdin=vendor.token + "\n")
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def prompts(tmp_path):
    """A file in the vendor's own form, with a comment and a picture beside it."""
    Image.new("RGB", (640, 360), "teal").save(tmp_path / "first.png")
    file = tmp_path / "prompts.json"
    rows = [
        {"prompt": "A lighthouse at dusk", "__note": "the opening"},
        {"model": "veo-3.1-lite", "aspectRatio": "portrait", "duration": 8, "prompt": "A robot waves"},
        {
            "model": "veo-3.1-fast",
            "startImage": "./first.png",
            "prompt": "The sea wakes",
            "count": 2,
            "seed": 7,
        },
        {"model": "nano-banana-pro", "aspectRatio": "1:1", "count": 1, "prompt": "A still life"},
    ]
    file.write_text(json.dumps(rows))
    return file


def test_connect_stores_a_token_that_is_never_shown(connected, vendor):
    account = Account.objects.get(email=EMAIL, connection__owner__username="mara", is_sandbox=False)
    assert account.credits == 25_000
    assert vendor.token not in connected.stdout + connected.stderr
    assert vendor.token not in account.connection.token.sealed


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("", "Paste the API token"),
        ("4242-abcdefghijkl", "must start with user:"),
        ("user:4242-wrong-token", "The token was refused"),
        ("user:4242", "whole token"),
    ],
)
def test_connect_says_what_is_wrong_with_a_token(run, token, says):
    done = run("connect", "mara", "--email", EMAIL, stdin=token + "\n")
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert not Account.objects.filter(connection__owner__username="mara", is_sandbox=False).exists()


def test_connect_names_an_account_that_is_not_under_the_token(run, vendor):
    done = run("connect", "mara", "--email", "nobody@example.com", stdin=vendor.token)
    assert done.returncode == 1
    assert "not connected under the token" in done.stderr


def test_the_vendors_file_becomes_files_in_a_folder(run, connected, prompts, vendor, tmp_path):
    done = run(
        "generate", str(prompts), "--user", "mara", "--wait", "--save", str(tmp_path / "out"), "--json"
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda row: row["row"])
    assert [(row["row"], row["state"], row["credits"]) for row in told] == [
        (1, "ready", 10), (2, "ready", 5), (3, "ready", 20), (4, "ready", 0)
    ]  # fmt: skip
    assert len(list((tmp_path / "out").iterdir())) == 5
    record = vendor.control.record()
    assert len(record["submissions"]) == 4
    assert sum(s["charge"] for s in record["submissions"]) == CreditEntry.objects.spent() == 35


def test_a_dry_run_prices_everything_and_sends_nothing(run, connected, prompts, vendor):
    done = run("generate", str(prompts), "--user", "mara", "--dry-run", "--json")
    assert done.returncode == 0
    assert [json.loads(line)["credits"] for line in done.stdout.splitlines()] == [10, 5, 20, 0]
    assert not Generation.objects.exists()
    assert vendor.control.record()["submissions"] == []


def test_a_file_with_one_slip_sends_nothing_and_names_every_slip(run, connected, tmp_path, vendor):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps([
        {"prompt": "fine"},
        {"prompt": "   "},
        {"prompt": "x", "model": "veo-9"},
        {"prompt": "x", "endImage": "user:4242-email:61-image:1"},
        {"prompt": "x", "startImage": "gone.png"},
        {"prompt": "x", "colour": "red"},
        {"prompt": "x", "count": "many"},
    ]))  # fmt: skip
    done = run("generate", str(file), "--user", "mara", "--wait")
    assert done.returncode == 2
    for number in range(2, 8):
        assert f"row {number}: " in done.stderr, done.stderr
    assert "row 1:" not in done.stderr
    assert not Generation.objects.exists()


@pytest.mark.parametrize("text", ["", "[", "[]", '{"a": ', "\x00\x01"])
def test_a_file_that_is_no_list_of_prompts_is_a_sentence_not_a_traceback(run, tmp_path, text):
    file = tmp_path / "broken.json"
    file.write_text(text)
    done = run("generate", str(file), "--user", "mara")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_some_failed_is_exit_status_1_and_says_why(run, connected, tmp_path):
    file = tmp_path / "prompts.txt"
    file.write_text("A fox in snow\nA crowd [fail:content_audio@job]\n")
    done = run("generate", str(file), "--user", "mara", "--wait")
    assert done.returncode == 1
    assert "ready" in done.stdout
    assert "sound filter" in done.stdout


def test_a_named_batch_can_be_run_again_and_nobody_pays_twice(run, connected, prompts, vendor):
    words = ("generate", str(prompts), "--user", "mara", "--batch", "Night shots", "--wait")
    assert run(*words).returncode == 0
    assert run(*words).returncode == 0
    assert len(vendor.control.record()["submissions"]) == 4


def test_without_a_name_each_run_is_a_click_of_its_own(run, connected, tmp_path, vendor):
    file = tmp_path / "one.txt"
    file.write_text("A fox in snow\n")
    for _ in range(2):
        assert run("generate", str(file), "--user", "mara", "--wait").returncode == 0
    assert len(vendor.control.record()["submissions"]) == 2


def test_standard_input_and_the_sandbox_account_work_without_any_connection(run, vendor):
    done = run("generate", "-", "--user", "aiko", "--wait", "--json", stdin="A fox in snow\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["number"] == "S1"


def test_reconcile_finds_what_a_cut_line_had_hidden(run, connected, people, vendor):
    from generations.catalog.request import Request
    from generations.flow import intend, send

    account = Account.objects.get(email=EMAIL, is_sandbox=False)
    request = Request(prompt="storm [fail:cut_after]", model="veo-3.1-fast")
    generation, _ = intend.write_intent(people.mara, account, request, request_key="one")
    send.send_due(account.pk, limit=5)
    done = run("reconcile")
    assert "1 found, 0 still uncertain" in done.stdout
    assert Generation.objects.get(pk=generation.pk).state == State.GENERATING
