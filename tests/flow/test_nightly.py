"""The night's care: files are read again and fetched again, and the schedules are there, each once."""

import pytest
from django_q.models import Schedule

from generations.flow import nightly
from generations.library.storage import full_path
from generations.models import Clip

pytestmark = pytest.mark.django_db


def test_schedules_are_written_once_however_often_the_site_starts():
    nightly.plan()
    Schedule.objects.filter(name="Pump").update(minutes=500)
    nightly.plan()
    assert sorted(Schedule.objects.values_list("name", flat=True)) == ["Alarm", "Night", "Pump"]
    assert Schedule.objects.get(name="Pump").minutes == 1


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_clip_that_is_gone_or_changed_is_fetched_again_by_night(harm, click, engine):
    clip = engine.finish(click()).clips.get()
    path, whole = full_path(clip.file), full_path(clip.file).read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(b"x" + whole[1:])
    assert nightly.scrub() == (1, 1, 1)
    assert path.read_bytes() == whole
    assert (Clip.objects.get().sha256, Clip.objects.get().trouble) == (clip.sha256, "")
    assert nightly.scrub() == (1, 0, 0)


def test_what_cannot_be_fetched_again_keeps_its_trouble(click, engine):
    clip = engine.finish(click()).clips.get()
    full_path(clip.file).unlink()
    Clip.objects.update(media_id="")
    assert nightly.scrub() == (1, 1, 0)
    assert Clip.objects.get().trouble == "The file is gone from the disk."
    nightly.sweep()
