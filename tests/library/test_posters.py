"""Posters: small, never wider than the clip, and showing something."""

import os
from io import BytesIO

import av
import pytest
from PIL import Image

from generations.library.posters import BUDGETS, make_posters, poster_file, within_budget
from generations.library.probe import NotMedia
from generations.library.storage import full_path
from generations.models import Clip, Team

from .media import mp4, still

pytestmark = pytest.mark.django_db


def test_a_clip_gets_posters_within_their_budgets_and_the_page_hears_of_it(saved_clip):
    clip = saved_clip(mp4(1280, 720, 1))
    before = Team.objects.get(pk=clip.generation.team_id).version
    make_posters(clip)
    for width, budget in BUDGETS.items():
        path = full_path(poster_file(clip, width))
        assert path.name.endswith(f".mp4.{width}.webp") and path.stat().st_size <= budget
        with Image.open(path) as image:
            assert (image.format, image.width) == ("WEBP", width)
    assert Clip.objects.get(pk=clip.pk).posters_at
    assert not Clip.objects.without_posters().exists()
    assert clip.generation.__class__.objects.get(pk=clip.generation_id).version > before


def test_a_poster_is_never_wider_than_its_clip(saved_clip):
    clip = saved_clip(mp4(720, 1280, 1))
    make_posters(clip)
    assert poster_file(clip, 1280) == poster_file(clip, 640) == f"{clip.file}.640.webp"
    small = saved_clip(still("PNG", 64, 36), "image/png", kind="image")
    make_posters(small)
    assert poster_file(small, 640) == f"{small.file}.320.webp"
    with Image.open(full_path(poster_file(small, 640))) as image:
        assert image.width == 64


def test_a_clip_without_posters_has_none_to_show(saved_clip):
    assert poster_file(saved_clip(), 320) == ""


def test_noise_that_no_quality_squeezes_still_keeps_the_budget():
    noise = Image.frombytes("RGB", (1280, 720), os.urandom(1280 * 720 * 3))
    for width, budget in BUDGETS.items():
        assert len(within_budget(noise, width, budget)) <= budget


def test_a_clip_that_fades_in_from_black_shows_a_later_picture(saved_clip):
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        picture = Image.open(BytesIO(still("PNG", 320, 180))).convert("RGB")
        for number in range(48):
            image = picture if number >= 24 else Image.new("RGB", (320, 180))
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())
    clip = saved_clip(out.getvalue())
    make_posters(clip)
    with Image.open(full_path(poster_file(clip, 320))) as image:
        assert max(high for _, high in image.convert("RGB").getextrema()) > 150


def test_a_file_that_cannot_be_decoded_says_so_and_leaves_no_poster(saved_clip):
    clip = saved_clip()
    full_path(clip.file).write_bytes(mp4()[:2000])
    with pytest.raises(NotMedia):
        make_posters(clip)
    assert poster_file(Clip.objects.get(pk=clip.pk), 320) == ""
