"""Promise 2: what Google has made comes home whole, whatever the media host and the disk do meanwhile."""

import errno
from datetime import timedelta

import pytest

from generations.flow import collect, send, unsaved, watch
from generations.flow.engine import tasks
from generations.library import storage
from generations.library.probe import NotMedia
from generations.models import Clip, ClipState, CreditEntry, Event, Generation, Site, State, clock
from generations.vendor.errors import DownloadFailed

from .conftest import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(click, account, engine):
    """made("a fox [fail:short_body]"): Google has finished it, and nothing is saved yet."""

    def make(prompt="a lighthouse", **asked) -> Generation:
        generation = click(prompt, **asked)
        engine.until(lambda: _moved_on(generation), 20)
        return fresh(generation)

    def _moved_on(generation) -> bool:
        return fresh(generation).state not in (State.WAITING, State.SENDING, State.GENERATING)

    engine.turn = lambda: (send.send_due(account.pk, limit=5), watch.watch_due(5))
    yield make
    del engine.turn


def save(generation, seconds: float = 5) -> Generation:
    """What the workers do until nothing more is due."""
    Clip.objects.filter(generation=generation).update(due_at=clock.now(), lease_until=None)
    collect.save_due(seconds)
    return fresh(generation)


@pytest.fixture
def later():
    """later(hours=5) moves our clock; put back at the end."""
    yield lambda **by: clock.shift(timedelta(**by))
    clock.shift(timedelta(0))


@pytest.mark.parametrize("trouble", ["link_dead", "link_gone", "short_body:1", "cut_download:1", "no_bytes:1",
                                     "wrong_body:1", "not_media:1", "link_502:1", "cut_file:1"])  # fmt: skip
def test_a_trouble_that_passes_ends_with_the_whole_clip(trouble, click, engine):
    generation = engine.finish(click(f"a fox [fail:{trouble}]"))
    assert generation.state == State.READY, generation.clips.get().trouble
    clip = generation.clips.get()
    assert storage.full_path(clip.file).stat().st_size == clip.size
    assert CreditEntry.objects.filter(generation=generation).spent() == 10


def test_a_clip_said_to_be_made_but_without_a_link_is_asked_for_by_its_id(click, engine):
    generation = engine.finish(click("a fox [fail:no_url]"))
    assert generation.state == State.READY, generation.failure_text


def test_each_clip_of_a_strip_comes_home_by_itself(made, monkeypatch):
    generation = made("a fox", count=4)
    stuck = generation.clips.get(position=2)
    real = collect.fetch

    def fetch(clip, *more):
        if clip.pk == stuck.pk:
            raise DownloadFailed("network", "gone")
        return real(clip, *more)

    monkeypatch.setattr(collect, "fetch", fetch)
    generation = save(generation, 2)
    states = {clip.position: clip.state for clip in generation.clips.all()}
    assert states == {0: "ready", 1: "ready", 2: "saving", 3: "ready"}
    assert generation.state == State.SAVING
    monkeypatch.setattr(collect, "fetch", real)
    assert save(generation).state == State.READY


@pytest.mark.parametrize("kind", ["network", "short_body"])
def test_a_media_host_that_is_down_for_hours_uses_up_nothing(kind, made, later, monkeypatch):
    generation = made()
    real = collect.fetch

    def down(clip, client, moment):
        raise DownloadFailed(kind, "down")

    monkeypatch.setattr(collect, "fetch", down)
    for hour in range(4):
        later(hours=hour)
        generation = save(generation, 0.1)
    assert generation.state == State.SAVING and generation.clips.get().tries >= 4
    monkeypatch.setattr(collect, "fetch", real)
    # Its first answer is a page of a proxy that has just come up: one wrong body is not the third.
    clip = Clip.objects.select_related("generation__account").get(generation=generation)
    assert not unsaved.verdict(clip, DownloadFailed("wrong_body", "a page"), clock.now()).klass
    later(hours=0)
    assert save(generation).state == State.READY


def test_pages_instead_of_files_are_borne_for_hours_and_then_the_clip_has_failed(made, later, vendor):
    vendor.control.trouble("wrong_body", endpoint="media")
    generation = made()
    for _ in range(5):
        generation = save(generation, 0.2)
    assert generation.state == State.SAVING and generation.clips.get().wrong_bodies >= 3
    later(hours=7)
    for _ in range(3):
        generation = save(generation, 0.2)
    assert (generation.state, generation.failure) == (State.FAILED, "wrong_body")
    clip = generation.clips.get()
    assert "Sign in" in clip.failure_reason, "the head of what came instead is kept"
    # It costs nothing to ask again, and when the host is well the clip comes home.
    vendor.control.calm()
    later(hours=0)
    assert collect.may_ask_again(generation)
    collect.ask_again_now(generation)
    assert save(generation).state == State.READY


def test_a_file_that_never_opens_fails_after_three_fresh_links(made, later):
    generation = made("a fox [fail:cut_file]")
    for _ in range(4):
        generation = save(generation, 0.2)
    later(minutes=11)
    generation = save(generation, 0.5)
    assert (generation.state, generation.failure) == (State.FAILED, "wrong_body")


def test_without_an_id_a_clip_is_tried_until_its_link_has_expired_and_no_longer(made, later, monkeypatch):
    generation = made()
    Clip.objects.update(media_id="")
    clip = Clip.objects.select_related("generation__account").get()
    dead = DownloadFailed("link_dead", "403")
    before, after = clip.url_expires_at - timedelta(minutes=1), clip.url_expires_at
    assert unsaved.verdict(clip, dead, before).klass == ""
    assert unsaved.verdict(clip, dead, after).klass == "link_dead"
    Clip.objects.update(url_expires_at=clock.now(), source_url=clip.source_url + "x")
    generation = save(generation)
    assert (generation.state, generation.failure) == (State.FAILED, "link_dead")
    assert "no id" in generation.clips.get().trouble


def test_a_redirect_off_the_list_waits_with_its_reason(made):
    generation = save(made("a fox [fail:redirect_out]"), 1)
    assert generation.state == State.SAVING
    assert "not on the list of media hosts" in generation.clips.get().trouble


def test_a_file_larger_than_the_limit_ends_and_leaves_nothing(made, settings):
    generation = made("a fox [fail:huge_body]")
    for _ in range(3):
        generation = save(generation, 10)
    assert generation.state == State.FAILED
    assert "larger than 500 MB" in generation.clips.get().trouble
    assert [p for p in settings.MEDIA_ROOT.rglob("*") if p.is_file()] == []


# --- the disk -------------------------------------------------------------------------------------------


def test_a_full_disk_pauses_saving_not_the_site_and_saving_goes_on_by_itself(
    made, click, later, monkeypatch, settings
):
    first, second = made("one"), made("two", count=2)
    free = storage.free_bytes
    monkeypatch.setattr(storage, "free_bytes", lambda: storage.KEEP_FREE - 1)
    for generation in (first, second):
        save(generation, 0.2)
    site = Site.objects.get()
    assert site.saving_stopped_at and "disk for clips is full" in site.saving_trouble
    assert [p for p in settings.MEDIA_ROOT.rglob("*") if p.is_file()] == [], "nothing half-written"
    assert not Clip.objects.exclude(state=ClipState.SAVING).exists()
    assert sum(Clip.objects.values_list("tries", flat=True)) == 0, "a full disk uses up no tries"
    third = click("three")  # the site goes on
    assert third.state == State.WAITING
    monkeypatch.setattr(storage, "free_bytes", free)
    later(seconds=31)
    Clip.objects.update(due_at=clock.now())
    collect.save_due(5)
    site.refresh_from_db()
    assert (site.saving_stopped_at, site.saving_trouble) == (None, "")
    assert fresh(first).state == fresh(second).state == State.READY


def test_while_the_disk_is_full_one_clip_tries_and_the_others_wait(made, monkeypatch):
    made("many", count=4)
    Site.current()
    Site.objects.update(saving_stopped_at=clock.now() - timedelta(seconds=40), saving_trouble="full")
    assert len(collect._claim(collect.THREADS)) == 1
    assert collect._claim(collect.THREADS - 1) == []


def test_posters_without_room_are_left_for_later_and_do_not_spin(made, monkeypatch):
    save(made())
    asked = []

    def full(clip):
        asked.append(clip)
        raise storage.NoRoom("The disk is full.")

    monkeypatch.setattr(tasks.posting, "make_posters", full)
    tasks.posters()
    assert len(asked) == 1
    assert Clip.objects.without_posters().exists()


def test_a_disk_that_fills_meanwhile_keeps_room_for_the_database(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(storage, "LOOK_EVERY", 100)
    room = iter([10_000, 10_000, 50])
    monkeypatch.setattr(storage, "free_bytes", lambda: next(room))
    with pytest.raises(storage.NoRoom) as full, storage.Incoming("a.mp4", keep_free=1000) as incoming:
        for _ in range(10):
            incoming.write(b"x" * 100)
    assert full.value.__cause__.errno == errno.ENOSPC
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


# --- in danger --------------------------------------------------------------------------------------------


def test_clips_whose_link_dies_soon_are_told_to_their_person_and_in_the_log(made, people, caplog):
    generation = made("a fox", count=2)
    assert unsaved.danger(people.mara).clips == 0, "it has only just been made"
    Generation.objects.update(completed_at=clock.now() - timedelta(hours=5))
    soon = clock.now() + timedelta(minutes=50)
    Clip.objects.update(url_expires_at=soon)
    found = unsaved.danger(people.mara)
    assert (found.clips, found.first) == (2, soon)
    assert unsaved.danger(people.aiko).clips == 0
    unsaved.alarm()
    assert "2 clips are not saved yet" in caplog.text
    save(generation)
    assert unsaved.danger().clips == 0


def test_what_went_wrong_is_on_the_page_of_the_generation(made):
    generation = save(made("a fox [fail:link_502]"), 0.5)
    told = Event.objects.filter(generation=generation, verb="not saved yet").values_list("why", flat=True)
    assert told and set(told) == {"The connection broke while saving."}


def test_a_bug_while_saving_is_one_clips_trouble(made, monkeypatch):
    generation = made()
    monkeypatch.setattr(collect.probe, "look", lambda path: 1 / 0)
    generation = save(generation, 0.2)
    assert generation.state == State.SAVING
    assert generation.clips.get().trouble == "Saving went wrong: ZeroDivisionError."


def test_how_a_file_that_does_not_open_is_judged(made):
    clip = Clip.objects.select_related("generation__account").get(generation=made())
    clip.wrong_bodies = 5
    long_after = clip.generation.completed_at + timedelta(minutes=11)
    assert not unsaved.verdict(clip, NotMedia("cut"), clip.generation.completed_at).klass
    assert unsaved.verdict(clip, NotMedia("cut"), long_after).klass == "wrong_body"
