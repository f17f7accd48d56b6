"""What a request stands on reaches the account that sends it, once; what cannot be used is said before."""

from datetime import timedelta
from io import BytesIO

import pytest

from generations.catalog.request import Input, Request
from generations.flow import intend
from generations.flow.inputs import bring, cast
from generations.flow.intend import Refusal
from generations.flow.people import connect, errands
from generations.library import intake, storage
from generations.models import (
    Account,
    Character,
    Clip,
    Errand,
    Generation,
    InputUse,
    Picture,
    State,
    Upload,
    Voice,
    clock,
)
from generations.models.character import CastState
from generations.vendor.errors import NotFound
from tests.library.media import still
from tests.web.test_pictures import film

from .conftest import connect as connect_account


def picture_of(person, data: bytes | None = None, name: str = "boat.png") -> Picture:
    return intake.keep(person, BytesIO(data or still("PNG", 320, 180)), name)


def second_account(account: Account) -> Account:
    """Another Google account under the same token."""
    other = Account.objects.create(connection=account.connection, email="pro@sandbox.example")
    errands.learn(other, connect.client_for(other).account(other.email))
    return other


def uploads_at(vendor) -> int:
    return vendor.control.counters.get("accepted /assets", 0)


def use(slot: str, thing) -> Input:
    if isinstance(thing, Picture):
        return Input(slot=slot, picture=thing.pk)
    return Input(slot=slot, clip=thing.pk) if isinstance(thing, Clip) else Input(slot=slot, ref=thing)


@pytest.fixture
def ask(click):
    """ask("frames", startImage=picture) writes a generation that stands on these."""

    def write(mode: str, prompt: str = "a boat comes in", *, person=None, **things):
        inputs = tuple(use(slot, thing) for slot, thing in things.items() if slot not in SETTINGS)
        settings = {name: things[name] for name in SETTINGS if name in things}
        return click(prompt, person=person, mode=mode, inputs=inputs, **settings)

    return write


SETTINGS = ("model", "seconds", "count", "ratio", "resolution", "extra")


def refusal(ask, *words, **things) -> str:
    with pytest.raises(Refusal) as no:
        ask(*words, **things)
    return no.value.sentence


def test_a_start_frame_is_uploaded_once_and_used_many_times(vendor, engine, ask, people):
    picture = picture_of(people.mara)
    first, second = ask("frames", startImage=picture), ask("frames", startImage=picture)
    assert engine.finish(first).state == engine.finish(second).state == State.READY
    assert uploads_at(vendor) == 1 and Upload.objects.count() == 1
    assert set(InputUse.objects.values_list("generation_id", "picture_id")) == {
        (first.pk, picture.pk),
        (second.pk, picture.pk),
    }


def test_two_accounts_each_get_their_own_copy(vendor, engine, ask, people, account):
    other = second_account(account)
    picture = picture_of(people.mara)
    ask("frames", startImage=picture)
    request = Request("again", "veo-3.1-fast", mode="frames", inputs=(use("startImage", picture),))
    made, _ = intend.write_intent(people.mara, other, request, request_key="other")
    assert engine.finish(made).state == State.READY
    assert set(Upload.objects.values_list("account_id", flat=True)) == {account.pk, other.pk}


def test_a_picture_that_is_gone_at_google_is_uploaded_again_and_sent_once_more(
    vendor, engine, ask, people, account
):
    picture = picture_of(people.mara)
    engine.finish(ask("frames", startImage=picture))
    media_id = Upload.objects.get().media_id
    connect.client_for(account).delete_assets(account.email, [media_id])
    again = engine.finish(ask("frames", startImage=picture))
    assert again.state == State.READY and again.attempts.count() == 2
    assert Upload.objects.get().media_id != media_id and uploads_at(vendor) == 2


def test_an_image_of_ours_starts_a_clip_by_its_own_id_and_again_once_it_is_gone(
    vendor, engine, ask, people, account
):
    image = engine.finish(ask("image", "a boat", model="nano-banana-2", seconds=None)).clips.get()
    assert engine.finish(ask("frames", startImage=image)).state == State.READY
    assert uploads_at(vendor) == 0
    connect.client_for(account).delete_assets(account.email, [image.media_id])
    again = engine.finish(ask("frames", startImage=image))
    assert again.state == State.READY and uploads_at(vendor) == 1
    assert engine.finish(ask("frames", startImage=image)).attempts.count() == 1  # it is known by now


def test_an_image_goes_to_another_account_by_its_file(vendor, engine, ask, people, account):
    other = second_account(account)
    image = engine.finish(ask("image", "a boat", model="nano-banana-2", seconds=None)).clips.get()
    request = Request("it sails", "veo-3.1-fast", mode="frames", inputs=(use("startImage", image),))
    made, _ = intend.write_intent(people.mara, other, request, request_key="other")
    assert engine.finish(made).state == State.READY and uploads_at(vendor) == 1


def test_a_film_is_edited_once_google_has_looked_at_it(vendor, engine, ask, people):
    picture = picture_of(people.mara, film(2.0, size=(320, 180)), "walk.mp4")
    window = {"startFrameIndex_1": 0, "endFrameIndex_1": 24}
    edit = ask("edit", "at night", model="omni-flash", seconds=None, referenceVideo_1=picture, extra=window)
    assert engine.finish(edit).state == State.READY and uploads_at(vendor) == 1


def test_what_is_still_being_checked_is_examined_before_it_is_sent(engine, ask, people):
    good = bring.take(people.mara, [still("PNG", 320, 180)], "a.png")
    bad = bring.take(people.mara, [still("JPEG", 400, 300)[:3000]], "b.jpg")
    sent, failed = ask("frames", startImage=good), ask("frames", startImage=bad)
    assert engine.finish(sent).state == State.READY
    failed = engine.finish(failed)
    assert (failed.state, failed.failure, failed.attempts.count()) == (State.FAILED, "input_refused", 0)
    assert "cut off" in failed.failure_text


def test_what_may_not_be_used_is_refused_before_anything_is_written(vendor, ask, people, engine):
    theirs = picture_of(people.aiko)
    assert refusal(ask, "frames", startImage=theirs) == ("This picture is not here any more. Choose another.")
    walk = picture_of(people.mara, film(1.0), "walk.mp4")
    assert "Use a frame of it" in refusal(ask, "frames", startImage=walk)
    boat = picture_of(people.mara)
    said = refusal(ask, "edit", model="omni-flash", seconds=None, referenceVideo_1=boat)
    assert said in {"Choose a clip.", "A picture cannot be edited as a clip. Choose a clip."}
    clip = engine.finish(ask("text", "waves")).clips.get()
    assert "Use a frame of it" in refusal(ask, "frames", startImage=clip)
    Generation.objects.filter(pk=clip.generation_id).update(visibility="private")
    aikos = connect_account(people.aiko, vendor, email="pro@sandbox.example")
    request = Request("x", "omni-flash", mode="edit", seconds=None, inputs=(use("referenceVideo_1", clip),))
    with pytest.raises(Refusal, match="This clip is not here any more"):
        intend.write_intent(people.aiko, aikos, request, request_key="aiko")


def test_the_id_of_somebody_elses_picture_opens_nothing(vendor, ask, people, account, engine):
    """On a lent account the vendor would take any id; we take only what the person may see."""
    account.is_lent = True
    account.save()
    secret = picture_of(people.mara)
    engine.finish(ask("frames", startImage=secret))
    Generation.objects.update(visibility="private")
    stolen = Upload.objects.get().media_id
    assert "not here any more" in refusal(ask, "frames", startImage=stolen, person=people.aiko)


def test_a_deleted_picture_is_gone_here_and_at_google(vendor, engine, ask, people, account):
    picture = picture_of(people.mara)
    waiting = ask("frames", startImage=picture)
    with pytest.raises(Refusal, match=f"{waiting.label} is waiting to use this picture"):
        bring.ask_delete(people.mara, picture)
    engine.finish(waiting)
    media_id, file = Upload.objects.get().media_id, storage.full_path(picture.file)
    bring.ask_delete(people.mara, picture)
    errands.run_due(5, pictures=True)
    assert not Picture.objects.exists() and not Upload.objects.exists() and not file.exists()
    with pytest.raises(NotFound):
        connect.client_for(account).asset_link(media_id)


def test_a_character_is_made_counted_used_and_gone(vendor, engine, ask, people, account):
    face, profile = picture_of(people.mara), picture_of(people.mara, still("JPEG", 300, 300), "p.jpg")
    cast.make_character(
        people.mara, account, name="Pip", pictures=[face, profile], notes="Small", voice="zephyr"
    )
    errands.run_due(10)
    pip = Character.objects.get()
    assert (pip.state, pip.images, bool(pip.thumb)) == (CastState.READY, 2, True)
    made = engine.finish(ask("ingredients", "@character_1 waves", character_1=pip.ref))
    assert made.state == State.READY
    said = refusal(ask, "ingredients", character_1=pip.ref, referenceImage_1=face, referenceImage_2=profile)
    assert "takes up to 3 ingredients" in said

    with pytest.raises(Refusal, match="Pip is made of this picture"):
        bring.ask_delete(people.mara, face)
    connect.client_for(account).delete_character(pip.ref)
    lost = engine.finish(ask("ingredients", "@character_1 waves", character_1=pip.ref))
    assert (lost.state, lost.failure) == (State.FAILED, "character_missing")
    Character.objects.update(made_at=clock.now() - timedelta(hours=1))
    cast.ask_read(people.mara, account)
    errands.run_due(10)
    assert Character.objects.get().state == CastState.GONE
    assert refusal(ask, "ingredients", character_1=pip.ref) == (
        "The character Pip was deleted. Remove it, or make it again."
    )


def test_a_character_of_another_account_is_told_with_the_way_out(vendor, ask, people, account):
    other = second_account(account)
    cast.make_character(people.mara, other, name="Pip", pictures=[picture_of(people.mara)])
    errands.run_due(10)
    said = refusal(ask, "ingredients", "@character_1 waves", character_1=Character.objects.get().ref)
    assert "another account" in said or "Choose that account" in said


def test_a_cut_off_try_makes_no_second_character(vendor, people, account):
    cast.make_character(people.mara, account, name="Pip", pictures=[picture_of(people.mara)])
    errands.run_due(10)
    ref = Character.objects.get().ref
    # The worker died after the vendor had answered: the row knows nothing, the errand was tried.
    Character.objects.update(ref="", state=CastState.MAKING)
    asked = {"character": Character.objects.get().pk, "tried": True}
    Errand.objects.filter(kind="make_character").update(state="waiting", asked=asked)
    errands.run_due(10)
    assert Character.objects.get().ref == ref
    assert len(connect.client_for(account).characters(account.email)) == 1


def test_a_voice_is_made_heard_used_and_deleted(vendor, engine, ask, people, account):
    cast.make_voice(people.mara, account, name="Captain", base="Zephyr", dialog="Ahoy", performance="Low")
    cast.ask_read(people.mara, account)
    errands.run_due(20)
    voice = Voice.objects.get()
    assert voice.state == CastState.READY and storage.full_path(voice.sample).stat().st_size > 1000
    assert storage.full_path(cast.preset_sample("Kore")).exists()
    made = ask(
        "ingredients", "a man talks", referenceImage_1=picture_of(people.mara), referenceAudio_1=voice.ref
    )
    assert engine.finish(made).state == State.READY
    cast.ask_delete(people.mara, voice)
    errands.run_due(10)
    assert Voice.objects.get().state == CastState.GONE
    assert connect.client_for(account).voices(account.email, source="user") == []


def test_a_frame_of_a_clip_becomes_a_picture(vendor, engine, ask, people):
    clip = engine.finish(ask("text", "waves")).clips.get()
    bring.ask_frame(people.mara, clip, 99)
    errands.run_due(10, pictures=True)
    frame = Picture.objects.get(pk=Errand.objects.get(kind="frame").result["picture"])
    assert (frame.width, frame.height) == (clip.width, clip.height) and frame.name.startswith(clip.label)
    assert engine.finish(ask("frames", startImage=frame)).state == State.READY
