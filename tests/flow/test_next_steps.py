"""Next steps on a clip go the whole way: extend, upscale, GIF, and an image made larger."""

import pytest

from generations.catalog.request import Request
from generations.flow import follow
from generations.flow.intend import Refusal
from generations.flow.money import quote
from generations.library.storage import open_media
from generations.models import Clip, CreditEntry, Generation, State
from generations.models.ledger import Kind

from .conftest import connect, fresh


@pytest.fixture
def clip(click, engine, account) -> Clip:
    """A Veo clip that is ready."""
    return only(engine.finish(click("a lighthouse at dusk")))


@pytest.fixture
def image(click, engine) -> Clip:
    row = click("a paper boat", model="nano-banana-2", mode="image", seconds=None)
    return only(engine.finish(row))


def only(generation: Generation) -> Clip:
    assert generation.state == State.READY, (generation.state, generation.failure, generation.failure_text)
    return generation.clips.get()


def kind_of_file(clip: Clip) -> bytes:
    with open_media(clip.file) as file:
        return file.read(12)


def test_an_extension_of_an_extension_knows_where_it_comes_from(clip, engine, people, vendor):
    pieces = [clip]
    for number in range(3):
        asked = follow.extension(pieces[-1], f"and on, {number}", model="veo-3.1-lite")
        row = follow.take(pieces[-1], people.mara, asked, request_key=f"step-{number}")
        assert (row.parent_id, row.relation) == (pieces[-1].generation_id, "extend")
        pieces.append(only(engine.finish(row)))
    assert [one["endpoint"] for one in vendor.control.record()["submissions"]][1:] == ["/videos/extend"] * 3
    assert {piece.generation.ratio for piece in pieces} == {"16:9"}
    spent = CreditEntry.objects.filter(generation=pieces[-1].generation, kind=Kind.SPEND)
    assert spent.values_list("amount", flat=True).get() == 5  # Lite on Ultra


def test_a_larger_copy_is_a_clip_of_its_own_and_is_not_asked_for_twice(clip, engine, people):
    row = follow.take(clip, people.mara, follow.larger(clip, "4K"), request_key="larger")
    assert row.expected_credits == 50
    copy = only(engine.finish(row))
    assert copy.kind == "video" and copy.media_id.endswith("_upsampled")
    outlook = follow.Outlook(clip, people.mara)
    assert outlook.made_before(follow.larger(clip, "4K")) == row
    assert outlook.made_before(follow.larger(clip, "1080p")) is None
    with pytest.raises(Refusal, match=f"Take {clip.label}"):
        follow.take(copy, people.mara, follow.extension(copy, "on", model="veo-3.1-fast"), request_key="on")


def test_a_gif_is_kept_as_a_file_and_costs_nothing(clip, engine, people):
    row = follow.take(clip, people.mara, follow.moving_picture(clip), request_key="gif")
    assert (row.kind, row.expected_credits, row.relation) == ("image", 0, "gif")
    gif = only(engine.finish(row))
    assert gif.content_type == "image/gif" and kind_of_file(gif).startswith(b"GIF89a")
    assert follow.obstacle(gif, people.mara) == "Google keeps no original of it."


def test_an_image_is_made_larger(image, engine, people):
    row = follow.take(image, people.mara, follow.larger(image, "4k"), request_key="4k")
    assert row.kind == "image"
    larger = only(engine.finish(row))
    assert larger.content_type == "image/jpeg" and larger.width > image.width
    assert follow.Outlook(image, people.mara).look(follow.moving_picture(image))[1]


def test_a_cut_answer_of_a_gif_is_unknown_and_never_sent_again(clip, engine, people, vendor):
    row = follow.take(clip, people.mara, follow.moving_picture(clip), request_key="gif")
    vendor.control.trouble("cut_body", endpoint="/videos/gif")
    engine.until(lambda: fresh(row).state == State.UNCERTAIN)
    for _ in range(5):
        engine.turn()
    assert fresh(row).state == State.UNCERTAIN and row.attempts.count() == 1


def test_what_google_no_longer_has_is_said_before_the_next_click(clip, engine, people, account):
    from generations.flow.people import connect as connecting

    connecting.client_for(account).delete_assets(account.email, [clip.media_id])
    asked = follow.extension(clip, "and on", model="veo-3.1-fast")
    row = engine.finish(follow.take(clip, people.mara, asked, request_key="gone"))
    assert row.state == State.FAILED and not row.credit_entries.filter(kind=Kind.SPEND, amount__gt=0).exists()
    with pytest.raises(Refusal, match="no longer has the original"):
        follow.take(clip, people.mara, asked, request_key="again")


def test_omni_clips_are_not_extended_and_a_plan_without_4k_says_so(click, engine, people, vendor):
    row = click("a kite", model="omni-flash")
    clip = only(engine.finish(row))
    price, why = follow.Outlook(clip, people.mara).look(follow.extension(clip, "on", model="veo-3.1-fast"))
    assert why == "Clips of Omni Flash can't be extended."
    pro = connect(people.aiko, vendor, email="pro@sandbox.example", user=4242)
    assert quote.facts_of(pro).plan == "pro"
    asked = Request(
        "on", "veo-3.1-fast", mode="upscale", resolution="4K", inputs=follow.larger(clip, "4K").inputs
    )
    assert [p.sentence for p in quote.priced(pro, asked)[1]] == ["4K needs Ultra."]


def test_nobody_spends_from_an_account_that_is_not_theirs(clip, people):
    why = follow.obstacle(clip, people.jonas)
    assert why == "It lies on Mara's account. Ask Mara to lend it to the team."
    with pytest.raises(Refusal):
        follow.take(clip, people.jonas, follow.moving_picture(clip), request_key="mine")
