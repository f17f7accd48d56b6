"""A frame taken out of a clip knows its clip, on pages and in the tree, as far as one may see it."""

import re

import pytest

from generations.catalog.request import Input, Request
from generations.flow.intend import write_intent
from generations.models import Clip, Generation, Picture, State
from tests.library.media import still
from tests.people import sandbox_account

from .rows import made
from .test_clip import words_of
from .test_pictures import bring, signed_in, store  # noqa: F401


@pytest.fixture
def clip(people) -> Clip:
    row = made(people.aiko, State.READY, prompt="A harbour")
    row.clips.update(kind="video", content_type="video/mp4")
    return row.clips.get()


def on(person, picture: Picture) -> Generation:
    """A finished clip that starts with this picture."""
    request = Request(
        "A boat", "veo-3.1-fast", mode="frames", inputs=(Input("startImage", picture=picture.pk),)
    )
    row, _ = write_intent(person, sandbox_account(person), request, request_key=f"on-{picture.pk}")
    Clip.objects.create(
        generation=row,
        position=0,
        kind="video",
        state="ready",
        sha256="0" * 64,
        file="x.mp4",
        width=16,
        height=9,
    )
    return row


def taken(person, label: str, second: str, data: bytes = still("PNG", 32, 18)) -> Picture:
    answer = bring(person, data, "frame.png", frame_of=label, second=second)
    assert answer.status_code == 200, answer.content
    return Picture.objects.get(pk=answer.json()["id"])


def test_the_next_clip_says_which_frame_it_starts_from(people, clip):
    row = on(people.mara, taken(people.mara, clip.label, "5.25"))
    assert (row.parent_id, row.relation) == (clip.generation_id, "start frame")
    page = signed_in(people.mara).get(f"/c/{row.label}a/")
    assert f"Start frame {clip.label} at 0:05" in words_of(page)
    assert f'href="/c/{clip.label}/">{clip.label} at 0:05</a>' in page.content.decode()
    assert f"start frame of {clip.label} at 0:05" in page.content.decode()


def test_a_frame_of_what_one_may_not_see_is_refused_like_one_of_nothing(people, clip):
    Generation.objects.filter(pk=clip.generation_id).update(visibility="private")
    said = []
    for person, label in ((people.mara, clip.label), (people.charlie, clip.label), (people.mara, "S999a")):
        answer = bring(person, still("PNG", 32, 18), "frame.png", frame_of=label, second="1")
        said.append((answer.status_code, answer.json()))
    assert said[0] == said[1] == said[2] and said[0][0] == 422
    assert "not here any more" in said[0][1]["sentence"] and not Picture.objects.exists()


@pytest.mark.parametrize(("second", "kept"), [("99", 8.0), ("-3", 0.0), ("1.23456", 1.235)])
def test_the_second_stays_inside_the_clip(people, clip, second, kept):
    assert taken(people.mara, clip.label, second).frame_at == kept


@pytest.mark.parametrize("second", ["", "soon", "nan", "inf"])
def test_a_second_that_is_none_is_said(people, clip, second):
    assert bring(people.mara, still("PNG", 32, 18), frame_of=clip.label, second=second).status_code == 422


def test_when_the_clip_becomes_private_nothing_tells_of_it(people, clip):
    row = on(people.mara, taken(people.mara, clip.label, "5"))
    Picture.objects.update(name=f"{clip.label} at 0:05.png")
    below = made(people.mara, State.READY)  # without it there is no tree
    Generation.objects.filter(pk=below.pk).update(parent=row, relation="reroll")
    Generation.objects.filter(pk=clip.generation_id).update(visibility="private")
    page = signed_in(people.mara).get(f"/c/{row.label}a/").content.decode()
    assert 'id="family"' in page
    assert "at 0:05" not in page and f"/c/{clip.label}/" not in page
    assert re.search(r"<dt>Start frame</dt><dd>a frame of a clip that is private to someone</dd>", page)


def test_the_same_bytes_keep_the_clip_they_were_first_taken_from(people, clip):
    first = taken(people.mara, clip.label, "5")
    other = made(people.mara, State.READY).clips.get()
    Clip.objects.filter(pk=other.pk).update(content_type="video/mp4")
    assert taken(people.mara, other.label, "1").pk == first.pk
    first.refresh_from_db()
    assert (first.frame_of_id, first.frame_at) == (clip.pk, 5.0)
    plain = still("PNG", 40, 20)
    bring(people.mara, plain)
    assert taken(people.mara, other.label, "1", plain).frame_of_id == other.pk, "brought before as a file"
