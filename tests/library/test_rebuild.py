"""Sidecars hold all that rows need and no secret; files and sidecars alone bring a library back."""

import json
import shutil
from io import StringIO

import pytest
from django.core.management import call_command

from generations.library.rebuild import rebuild
from generations.library.sidecar import BadSidecar, read_sidecar, write_sidecar
from generations.library.storage import full_path, open_media
from generations.models import (
    Account,
    Attempt,
    Batch,
    Clip,
    Connection,
    CreditEntry,
    Event,
    Generation,
    InputUse,
    Person,
    Picture,
    SearchText,
    Team,
    clock,
)

from .conftest import account_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(saved_clip, person):
    """A clip that was paid for, reroll of an earlier one, in a batch; both with sidecars."""
    first = saved_clip(prompt="A quiet harbour at dawn")
    batch = Batch.objects.create(team=person.team(), person=person, name="Spring teaser")
    clip = saved_clip(
        prompt="A quiet harbour at dusk",
        parent=first.generation,
        relation="reroll",
        batch=batch,
        visibility="private",
    )
    clip.media_id, clip.seed = "user:4242-email:616263-video:0f6c1a52", 77
    clip.source_url = "https://flow-content.google/video/1?Expires=1&KeyName=k&Signature=SIGNED"
    clip.save()
    Attempt.objects.create(
        generation=clip.generation,
        account=clip.generation.account,
        number=1,
        reference="site-1-1-abc",
        outcome="accepted",
        lease_until=clock.now(),
        base_url="http://127.0.0.1:9/v1",
        user_number="4242",
        job_id="j1704067200000v-u4242",
    )
    for one in (first, clip):
        write_sidecar(one)
    return clip


def forget_everything():
    InputUse.objects.all().delete()
    Picture.objects.all().delete()
    for model in (SearchText, Clip, Event, Attempt, CreditEntry):
        model.objects.all().delete()
    Generation.objects.update(parent=None)
    for model in (Generation, Batch, Account, Connection, Person, Team):
        model.objects.all().delete()


def columns(row) -> dict:
    left_out = {"_state", "account_id", "team_id", "person_id", "batch_id", "due_at", "version", "position"}
    made_new = {"request_key", "content_hash", "origin", "finished_at", "posters_at", "source_url"}
    return {k: v for k, v in vars(row).items() if k not in left_out | made_new}


def test_a_sidecar_holds_no_secret(story):
    text = open_media(story.file + ".json").read().decode()
    for secret in ("SIGNED", "Signature", "unusable", "flow-content.google"):
        assert secret not in text
    told = read_sidecar(full_path(story.file + ".json"))
    assert told.generation["prompt"] == "A quiet harbour at dusk"
    assert told.clip["media_id"] == story.media_id


def test_files_and_sidecars_alone_bring_everything_back(story):
    generations = {g.pk: columns(g) for g in Generation.objects.all()}
    clips = {c.pk: columns(c) for c in Clip.objects.all()}
    forget_everything()

    result = rebuild(full_path("2026").parent)

    assert (result.added, result.troubles) == (2, [])
    assert {g.pk: columns(g) for g in Generation.objects.all()} == generations
    assert {c.pk: columns(c) for c in Clip.objects.all()} == clips
    generation = Generation.objects.get(pk=story.generation_id)
    assert generation.origin == "rebuilt" and generation.batch.name == "Spring teaser"
    assert generation.person.username == "aiko" and not generation.person.has_usable_password()
    assert generation.account.connection.is_good is False
    assert generation.attempts.get().job_id == "j1704067200000v-u4242"
    assert " dusk " in generation.search_text.words
    # The next number does not collide with an old one.
    assert Team.take_numbers(generation.team_id)[1] == generation.number + 1


def test_rebuilding_twice_changes_nothing(story):
    forget_everything()
    rebuild(full_path("2026").parent)
    before = Generation.objects.order_by("pk").values(), Clip.objects.order_by("pk").values()
    before = [list(rows) for rows in before]
    result = rebuild(full_path("2026").parent)
    assert (result.added, result.here_already) == (0, 2)
    assert [
        list(Generation.objects.order_by("pk").values()),
        list(Clip.objects.order_by("pk").values()),
    ] == before


def test_a_folder_from_elsewhere_is_copied_in(story, tmp_path, settings):
    shutil.copytree(settings.MEDIA_ROOT, tmp_path / "backup")
    forget_everything()
    shutil.rmtree(settings.MEDIA_ROOT)
    out = StringIO()
    call_command("rebuild", str(tmp_path / "backup"), stdout=out)
    assert "2 clips added, 0 were here already, 0 with trouble." in out.getvalue()
    assert full_path(story.file).read_bytes() and read_sidecar(full_path(story.file + ".json"))


def test_a_number_that_somebody_else_has_by_now_is_replaced(story, make_generation):
    number, team = story.generation.number, story.generation.team
    Clip.objects.all().delete()
    Attempt.objects.all().delete()
    Generation.objects.filter(pk=story.generation_id).delete()
    taken = make_generation(number=number, clips=0)
    rebuild(full_path("2026").parent)
    assert Generation.objects.get(pk=story.generation_id).number > number
    assert Generation.objects.get(pk=taken.pk).number == number and team.generations.count() == 3


def test_changed_missing_and_unreadable_files_are_named_and_left_out(story):
    forget_everything()
    full_path(story.file).write_bytes(b"something else")
    other = next(
        p for p in full_path("2026").rglob("*.json") if p.name != full_path(story.file).name + ".json"
    )
    other.with_suffix("").unlink()
    full_path("2026/broken.mp4.json").write_text('{"version": 1, "clip"')
    full_path("2026/newer.mp4.json").write_text(json.dumps({"version": 99}))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("rebuild", str(full_path("2026")), stdout=out)
    assert ended.value.code == 1
    for sentence in (
        "changed since it was saved",
        "The clip itself is missing",
        "no JSON, or cut off",
        "a later version",
        "0 clips added, 0 were here already, 4 with trouble.",
    ):
        assert sentence in out.getvalue()
    assert not Clip.objects.exists()


def test_a_sidecar_cannot_write_outside_the_library(story, tmp_path):
    folder = tmp_path / "evil"
    folder.mkdir()
    shutil.copy(full_path(story.file), folder / "a.mp4")
    told = json.loads(full_path(story.file + ".json").read_text())
    told["clip"]["file"] = "../../outside.mp4"
    (folder / "a.mp4.json").write_text(json.dumps(told))
    forget_everything()
    result = rebuild(folder)
    assert result.added == 0 and "is not a name of ours" in result.troubles[0]


def test_sidecars_that_are_no_sidecars_say_why(tmp_path):
    path = tmp_path / "x.json"
    for text in ("[]", "{", '{"version": 1}', '{"version": 1, "generation": {"id": 1}}'):
        path.write_text(text)
        with pytest.raises(BadSidecar):
            read_sidecar(path)


# --- scrub -------------------------------------------------------------------------------------------------
def scrub() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("scrub", stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_scrubbing_a_sound_library_finds_nothing(story):
    assert scrub() == (0, "2 clips read, 0 with trouble.\n")
    assert not Clip.objects.filter(checked_at=None).exists()


def test_scrubbing_names_what_is_gone_or_changed_and_forgets_it_when_mended(story, person):
    whole = full_path(story.file).read_bytes()
    full_path(story.file).write_bytes(whole[:-1] + b"!")
    gone = Clip.objects.exclude(pk=story.pk).get()
    full_path(gone.file).unlink()
    status, told = scrub()
    assert status == 1 and "2 clips read, 2 with trouble." in told
    assert f"{story.label}  {story.file}: The file changed" in told
    assert f"{gone.label}  {gone.file}: The file is gone" in told
    assert Clip.objects.get(pk=story.pk).trouble.startswith("The file changed")

    full_path(story.file).write_bytes(whole)
    scrub()
    assert Clip.objects.get(pk=story.pk).trouble == ""
    assert account_of(person)


def test_credits_come_back_as_the_ledger_stood_and_old_sidecars_still_read(story):
    entries = [("reserve", 40, ""), ("spend", 30, ""), ("release", 10, "Not all clips were made.")]
    for kind, amount, why in entries:
        CreditEntry.objects.create(
            generation=story.generation, account=story.generation.account, kind=kind, amount=amount, why=why
        )
    write_sidecar(story)
    first = full_path(Clip.objects.exclude(pk=story.pk).get().file + ".json")
    old = json.loads(first.read_text())
    old.pop("credits")
    first.write_text(json.dumps(old | {"version": 1}))
    forget_everything()

    assert rebuild(full_path("2026").parent).added == 2
    rebuild(full_path("2026").parent)
    back = CreditEntry.objects.order_by("pk").values_list("generation_id", "kind", "amount", "why")
    assert list(back) == [(story.generation_id, *entry) for entry in entries]
    assert (CreditEntry.objects.spent(), CreditEntry.objects.on_hold()) == (30, 0)
