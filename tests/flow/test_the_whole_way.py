"""From a click to a clip that is ours: what the person, the accountant and the disk see."""

import hashlib
import time

from generations.flow import send, stop
from generations.library import storage
from generations.models import CreditEntry, Generation, Outcome, State, clock
from generations.models.ledger import Kind

from .conftest import fresh


def test_a_prompt_becomes_a_whole_clip_on_our_disk(click, engine, vendor):
    generation = engine.finish(click("a lighthouse at dusk"))
    assert generation.state == State.READY
    clip = generation.clips.get()
    with storage.open_media(clip.file) as file:
        assert hashlib.sha256(file.read()).hexdigest() == clip.sha256
    theirs = vendor.control.record(hashes=True)["submissions"][0]
    assert clip.sha256 in str(theirs)
    assert clip.width and clip.length


def test_the_vendor_sees_one_submission_and_the_ledger_says_what_it_charged(click, engine, vendor):
    generation = engine.finish(click(count=2))
    record = vendor.control.record()
    assert len(record["submissions"]) == 1
    spent = CreditEntry.objects.filter(generation=generation, kind=Kind.SPEND).get().amount
    assert spent == record["submissions"][0]["charge"] == 20
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 0
    assert [c.letter for c in generation.clips.order_by("position")] == ["a", "b"]


def test_a_second_click_with_the_same_key_is_the_first_generation(click, engine, vendor):
    first = click("a fox", key="one")
    assert click("a fox", key="one").pk == first.pk
    engine.finish(first)
    assert len(vendor.control.record()["submissions"]) == 1


def test_pictures_come_home_from_one_answer(click, engine):
    generation = engine.finish(click("a fox", model="nano-banana-2", mode="image", seconds=None, count=2))
    assert generation.state == State.READY, generation.failure_text
    assert {c.content_type for c in generation.clips.all()} <= {"image/png", "image/jpeg", "image/webp"}
    assert generation.clips.count() == 2


def test_fewer_clips_than_asked_are_paid_for_as_they_came(click, engine):
    generation = engine.finish(click("a fox [fail:partial]", count=4))
    assert generation.state == State.READY
    ready = generation.clips.filter(state="ready").count()
    assert 0 < ready < 4
    assert CreditEntry.objects.filter(generation=generation).spent() == ready * 10
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 0


def test_a_failed_job_costs_nothing_and_says_why(click, engine):
    generation = engine.finish(click("a crowd [fail:content_audio@job]"))
    assert (generation.state, generation.failure) == (State.FAILED, "content_audio")
    assert CreditEntry.objects.filter(generation=generation).spent() == 0
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 0


def test_a_refusal_at_the_gate_is_a_failure_without_a_job(click, engine, vendor):
    generation = engine.finish(click("a crowd [fail:content_unsafe]"))
    assert (generation.state, generation.failure) == (State.FAILED, "content_unsafe")
    assert generation.attempts.get().outcome == Outcome.REFUSED
    assert vendor.control.record()["submissions"] == []


def test_a_cancelled_click_is_never_sent(click, engine, people, vendor):
    generation = click()
    stop.cancel(generation, people.mara)
    engine.turn()
    assert fresh(generation).state == State.CANCELLED
    assert vendor.control.record()["submissions"] == []
    assert CreditEntry.objects.filter(generation=generation).on_hold() == 0


def test_a_stopped_clip_is_saved_all_the_same_when_it_arrives(click, engine, people):
    generation = click()
    send.send_due(generation.account_id, limit=5)
    stop.stop_waiting(fresh(generation), people.mara)
    assert fresh(generation).state == State.STOPPED
    # Stopped work is asked about every ten minutes; let them be over.
    Generation.objects.filter(pk=generation.pk).update(due_at=clock.now())
    time.sleep(0.9)
    assert engine.finish(generation).state == State.READY
