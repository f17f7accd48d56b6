"""What a generation stood on comes back with it: its pictures, and the clip a frame was taken from."""

import json
import shutil
from io import BytesIO

import pytest

from generations.catalog.request import Request
from generations.flow.inputs import lineage
from generations.flow.inputs.uses import note_uses
from generations.library import intake
from generations.library.rebuild import rebuild
from generations.library.sidecar import write_sidecar
from generations.library.storage import full_path
from generations.models import Generation, InputUse, Picture, Team

from .conftest import member
from .media import still
from .test_rebuild import forget_everything

pytestmark = pytest.mark.django_db


def asked(*inputs: tuple[str, str, int]) -> dict:
    given = [
        {"slot": slot, "picture": None, "clip": None, "ref": "", what: key} for slot, what, key in inputs
    ]
    return {"prompt": "a fox", "model": "veo-3.1-fast", "mode": "frames", "inputs": given}


@pytest.fixture
def stands(saved_clip, person, other_person):
    """A clip on a frame of another clip, a team mate's picture and the clip itself; with its sidecars."""
    first = saved_clip(prompt="A quiet harbour")
    frame = intake.Frame.of(first, 0.5)
    start = intake.keep(person, BytesIO(still("PNG", 64, 48)), "harbour.png", frame=frame)
    theirs = intake.keep(other_person, BytesIO(still("JPEG", 48, 64)), "poppies.jpg")
    inputs = (
        ("startImage", "picture", start.pk),
        ("endImage", "picture", theirs.pk),
        ("film", "clip", first.pk),
    )
    clip = saved_clip(prompt="a fox", request=asked(*inputs), parent=first.generation, relation="start frame")
    note_uses(clip.generation, Request.from_json(clip.generation.request))
    for one in (first, clip):
        write_sidecar(one)
    return clip


def standing(generation: Generation) -> dict[str, tuple | int]:
    """By slot: the picture's name, owner, clip and second; of a clip its id."""
    found = {}
    for use in InputUse.objects.filter(generation=generation).select_related("picture__person"):
        one = use.picture
        found[use.slot] = (
            (one.name, one.person.username, one.frame_of_id, one.frame_at) if one else use.clip_id
        )
    return found


def as_version_2(clip) -> None:
    path = full_path(clip.file + ".json")
    told = json.loads(path.read_text())
    told.pop("pictures")
    path.write_text(json.dumps(told | {"version": 2}))


def pictures_of(generation: Generation) -> list[int]:
    return [i["picture"] for i in generation.request["inputs"] if i["picture"]]


def test_make_wipe_rebuild_and_the_lineage_is_back(stands):
    before = standing(stands.generation)
    first = stands.generation.parent.clips.get()
    assert before["startImage"] == ("harbour.png", "aiko", first.pk, 0.5) and before["film"] == first.pk
    old = min(pictures_of(stands.generation))
    forget_everything()
    # Somebody's new picture has an old number by now: it must not be taken for the lost one.
    stranger = member(Team.objects.create(name="Elsewhere"), "eve")
    secret = Picture.objects.create(pk=old, person=stranger, name="secret.png", sha256="9" * 64, size=1)

    assert rebuild(full_path("2026").parent).troubles == []

    generation = Generation.objects.get(pk=stands.generation_id)
    assert standing(generation) == before
    assert secret.pk not in pictures_of(generation)
    for picture in Picture.objects.filter(pk__in=pictures_of(generation)):
        assert picture.state == "ready"
        assert full_path(picture.file).exists() and full_path(picture.thumb).exists()
    assert lineage.source_of(generation) == first.pk
    count = Picture.objects.count()
    rebuild(full_path("2026").parent)
    assert (standing(generation), Picture.objects.count()) == (before, count)


def test_pictures_come_along_with_a_folder_from_elsewhere_and_lost_ones_keep_their_name(
    stands, settings, tmp_path
):
    before = standing(stands.generation)
    shutil.copytree(settings.MEDIA_ROOT, tmp_path / "copy")
    (tmp_path / "copy" / Picture.objects.get(name="poppies.jpg").file).write_bytes(b"something else")
    forget_everything()
    shutil.rmtree(settings.MEDIA_ROOT)
    settings.MEDIA_ROOT.mkdir()

    assert rebuild(tmp_path / "copy").added == 2

    assert standing(Generation.objects.get(pk=stands.generation_id)) == before
    assert dict(Picture.objects.values_list("name", "state")) == {
        "harbour.png": "ready",
        "poppies.jpg": "refused",
    }
    lost = Picture.objects.get(name="poppies.jpg")
    assert "Choose it again" in lost.sentence
    again = intake.keep(lost.person, BytesIO(still("JPEG", 48, 64)), "poppies.jpg")
    assert again.state == "ready", "the same file can be brought again"


def test_an_older_sidecar_still_reads_and_names_nobody_elses_picture(stands):
    as_version_2(stands)
    old = min(pictures_of(stands.generation))
    forget_everything()
    aiko = member(Team.objects.create(name="Northlight"), "aiko")
    younger = Picture.objects.create(pk=old, person=aiko, name="younger.png", sha256="9" * 64, size=1)
    rebuild(full_path("2026").parent)
    generation = Generation.objects.get(pk=stands.generation_id)
    names = [use[0] for use in standing(generation).values() if isinstance(use, tuple)]
    assert names == ["Picture from before"] * 2
    assert younger.pk not in pictures_of(generation), "it has the number of a lost one, and is another"


def test_an_older_sidecar_keeps_a_picture_that_was_never_lost(stands):
    as_version_2(stands)
    mine = Picture.objects.get(name="harbour.png")
    Picture.objects.update(made_at=stands.generation.made_at)
    InputUse.objects.all().delete()
    stands.delete()
    Generation.objects.filter(pk=stands.generation_id).delete()
    rebuild(full_path("2026").parent)
    assert pictures_of(Generation.objects.get(pk=stands.generation_id))[0] == mine.pk
