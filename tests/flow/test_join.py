"""A scene becomes a clip: at Google or here, free both ways, and told beforehand where it is not possible."""

import pytest

from generations.flow import collect, intend
from generations.flow.intend import Refusal
from generations.flow.people import errands
from generations.flow.scenes import arrange, join
from generations.flow.scenes.join import AT_GOOGLE, HERE, Parts
from generations.library import storage
from generations.models import Account, Clip, ClipState, CreditEntry, Generation, Scene, State, clock
from generations.models.generation import Origin
from generations.permissions import NotAllowed

from .conftest import fresh


@pytest.fixture
def clips(click, engine):
    """clips(2) makes a strip of so many ready clips of Mara's at the vendor, each a second long."""

    def make(count: int, **asked) -> list[Clip]:
        row = engine.finish(click("a harbour", count=count, **asked))
        return list(row.clips.order_by("position").select_related("generation"))

    return make


def looked_at(scene: Scene, person) -> Parts:
    join.ask_to_look(Parts(scene, person), person)
    errands.run_due(5)
    return Parts(scene, person)


def scene_of(person, clips: list[Clip], name: str = "Harbour") -> Scene:
    return arrange.begin(person, clips, name=name)


def test_google_joins_clips_of_one_account_in_order_for_nothing(clips, engine, people, vendor):
    one, two, three = clips(3)
    scene = scene_of(people.mara, [three, one, two])
    before = CreditEntry.objects.spent()
    made = engine.finish(join.join(scene, people.mara, AT_GOOGLE, request_key="j"))
    assert made.state == State.READY, made.failure_text
    clip = made.clips.get()
    assert clip.kind == "video" and storage.full_path(clip.file).exists()
    assert clip.length == pytest.approx(sum(c.length for c in (one, two, three)), abs=0.3)
    assert CreditEntry.objects.spent() == before
    assert (made.parent_id, made.relation) == (three.generation_id, "joined")
    assert list(scene.joins.all()) == [made]
    assert len(vendor.control.record()["submissions"]) == 1, "joining is no paid submission"


def test_cuts_travel_to_google(clips, engine, people):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    arrange.trim(scene, people.mara, scene.places.first().pk, 0.25, 0.25)
    made = engine.finish(join.join(scene, people.mara, AT_GOOGLE, request_key="j"))
    assert made.clips.get().length == pytest.approx(one.length + two.length - 0.5, abs=0.1)


def test_joined_here_it_is_a_clip_like_any_other_and_no_vendor_is_asked(clips, people, vendor):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two], name="Night harbour")
    assert looked_at(scene, people.mara).ways[HERE].is_open
    asked = len(vendor.control.record()["submissions"])
    made = join.join(scene, people.mara, HERE, request_key="j")
    assert (made.state, made.origin, made.number) == (State.SAVING, Origin.JOINED, two.generation.number + 1)
    assert collect.save_due(5) == 1
    made = fresh(made)
    clip = made.clips.get()
    assert made.state == State.READY and made.finished_at and clip.sha256
    assert clip.length == pytest.approx(one.length + two.length, abs=0.1)
    assert storage.full_path(clip.file + ".json").exists(), "its sidecar lies beside it"
    assert made.prompt == f"Night harbour: {one.label}, {two.label}"
    assert CreditEntry.objects.filter(generation=made).on_hold() == 0
    assert not made.attempts.exists()
    assert len(vendor.control.record()["submissions"]) == asked


def test_two_clicks_on_join_are_one_clip(clips, people):
    scene = scene_of(people.mara, clips(2))
    looked_at(scene, people.mara)
    first = join.join(scene, people.mara, HERE, request_key="same")
    assert join.join(scene, people.mara, HERE, request_key="same").pk == first.pk
    arrange.trim(scene, people.mara, scene.places.first().pk, 0, 0.4)
    with pytest.raises(intend.OtherContent):
        join.join(scene, people.mara, HERE, request_key="same")


def test_clips_of_two_accounts_are_joined_here_only(clips, people, account):
    one, two = clips(2)
    other = Account.objects.create(connection=account.connection, email="pro@sandbox.example")
    row = Generation.objects.create(
        team=people.team, person=people.mara, account=other, number=90, request_key="o", request={},
        kind="video", ratio="16:9", state=State.READY, origin=Origin.REBUILT, finished_at=clock.now(),
    )  # fmt: skip
    Clip.objects.filter(pk=two.pk).update(generation=row)
    scene = scene_of(people.mara, [one, Clip.objects.get(pk=two.pk)])
    ways = looked_at(scene, people.mara).ways
    assert "1a and 90b belong to two Google accounts" in ways[AT_GOOGLE].why
    assert ways[HERE].is_open, ways[HERE].why
    with pytest.raises(Refusal, match="two Google accounts"):
        join.join(scene, people.mara, AT_GOOGLE, request_key="j")


def test_different_shapes_cannot_be_joined_anywhere_and_the_page_says_which(clips, people):
    wide, tall = clips(1)[0], clips(1, ratio="9:16")[0]
    scene = scene_of(people.mara, [wide, tall])
    ways = looked_at(scene, people.mara).ways
    said = f"{wide.label} is 16:9 and {tall.label} is 9:16"
    assert said in ways[AT_GOOGLE].why and said in ways[HERE].why


def test_a_joined_clip_can_be_joined_again_here_but_not_at_google(clips, people, engine):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    looked_at(scene, people.mara)
    made = join.join(scene, people.mara, HERE, request_key="a")
    collect.save_due(5)
    again = scene_of(people.mara, [made.clips.get(), one])
    ways = looked_at(again, people.mara).ways
    assert "Google does not have" in ways[AT_GOOGLE].why
    assert ways[HERE].is_open, ways[HERE].why


def test_a_start_off_the_key_frame_is_said_before_the_click(clips, people):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    place = scene.places.first()
    arrange.trim(scene, people.mara, place.pk, 0.4, 0)
    (note,) = looked_at(scene, people.mara).ways[HERE].notes
    assert f"{one.label} starts at 0.0 s, not at 0.4 s" in note


def test_a_file_that_has_gone_fails_with_its_own_words_and_no_charge(clips, people):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    looked_at(scene, people.mara)
    made = join.join(scene, people.mara, HERE, request_key="j")
    storage.full_path(two.file).unlink()
    collect.save_due(5)
    made = fresh(made)
    assert (made.state, made.failure) == (State.FAILED, "join_here")
    assert "no longer on the disk" in made.failure_text
    assert made.clips.get().state == ClipState.FAILED


def test_what_a_person_may_not_see_they_cannot_join(clips, people):
    one, two = clips(1)[0], clips(1)[0]
    scene = scene_of(people.mara, [one, two])
    Generation.objects.filter(pk=two.generation_id).update(visibility="private")
    parts = looked_at(scene, people.jonas)
    assert [clip.label for clip in parts.clips] == [one.label]
    assert "Only Mara can join" in parts.ways[HERE].why
    looked_at(scene, people.mara)
    assert join.join(scene, people.mara, HERE, request_key="j").visibility == "private"


def test_lookers_join_nothing_and_makers_only_what_is_theirs_to_use(clips, people):
    scene = scene_of(people.mara, clips(2))
    assert "look and comment" in looked_at(scene, people.vera).ways[HERE].why
    ways = Parts(scene, people.jonas).ways
    assert "not lent to you" in ways[AT_GOOGLE].why
    assert ways[HERE].is_open


def test_only_its_maker_changes_a_scene_and_others_make_a_copy(clips, people):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    for forbidden in (
        lambda: arrange.add(scene, people.jonas, [one]),
        lambda: arrange.rename(scene, people.jonas, "Mine"),
        lambda: arrange.throw_away(scene, people.jonas),
    ):
        with pytest.raises(NotAllowed, match="Only Mara"):
            forbidden()
    mine = arrange.copy(scene, people.jonas)
    arrange.move(mine, people.jonas, mine.places.last().pk, -1)
    assert [p.clip_id for p in mine.places.all()] == [two.pk, one.pk]
    assert [p.clip_id for p in scene.places.all()] == [one.pk, two.pk]


def test_a_scene_takes_ten_clips_and_no_images(clips, people, click, engine):
    one = clips(1)[0]
    scene = scene_of(people.mara, [one] * 9)
    with pytest.raises(Refusal, match="at most 10 clips. There is room for 1 more"):
        arrange.add(scene, people.mara, [one, one])
    image = engine.finish(click("a fox", model="nano-banana-2", mode="image", seconds=None)).clips.get()
    with pytest.raises(Refusal, match="is an image"):
        arrange.add(scene, people.mara, [image])
    assert scene.places.count() == 9


def test_something_must_be_left_of_a_clip(clips, people):
    one, two = clips(2)
    scene = scene_of(people.mara, [one, two])
    place = scene.places.first()
    for start, end in ((one.length, 0), (0.5, 0.2), (-1, 0)):
        with pytest.raises(Refusal, match="must be left"):
            arrange.trim(scene, people.mara, place.pk, start, end)
