"""Every mode from the dock to a file that is ours, and what each one told the vendor."""

import pytest

from generations.models import Clip, Generation
from tests.stories.conftest import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATIC = "static/img/samples"


def choose_mode(page, mode: str) -> None:
    page.click(f".modes label:has(input[value={mode}])")


def bring(page, slot: str, file: str) -> None:
    """A file through the picker, until it is uploaded."""
    page.click(f"[data-slot={slot}] .pick")
    with page.expect_file_chooser() as chooser:
        page.click("[data-choose-file]")
    chooser.value.set_files(file)
    page.locator(f"[data-slot={slot}].full:not(.busy, .bad)").wait_for(timeout=40_000)


def send(page, words: str) -> None:
    page.fill("#prompt", words)
    before = Generation.objects.count()
    page.click("#generate")
    until(lambda: Generation.objects.count() == before + 1, 20, "not sent")


def told(vendor, words: str) -> dict:
    """What the vendor was sent with this prompt."""
    jobs = [job for world in vendor.vendor.worlds.values() for job in world.jobs.values()]
    bodies = [job.request for job in jobs if words in job.request["prompt"]]
    assert len(bodies) == 1, "sent once"
    return bodies[0]


def test_all_modes_reach_the_vendor_and_come_back_as_files(browser, people, engine, vendor):
    page = browser(people.mara)
    page.goto("/create/")
    choose_mode(page, "frames")
    bring(page, "startImage", f"{STATIC}/sea-wide.webp")
    bring(page, "endImage", f"{STATIC}/dunes-wide.webp")
    send(page, "The tide goes out")

    choose_mode(page, "ingredients")
    page.locator("[data-slot=referenceImage_2].full").wait_for()
    send(page, "A walk from @1 to @2")

    choose_mode(page, "image")
    send(page, "A still of @2")
    until(lambda: Generation.objects.filter(state="ready").count() == 3, 60, "three are ready")

    choose_mode(page, "edit")
    page.click("[data-slot=referenceVideo_1] .pick")
    page.locator("#givens [data-given]").first.click()
    page.fill("[name=first_frame]", "2")
    page.fill("[name=last_frame]", "20")
    send(page, "Let it snow")
    until(lambda: Generation.objects.filter(state="ready").count() == 4, 60, "the edit is ready")

    frames, ingredients = told(vendor, "tide"), told(vendor, "walk")
    assert {"startImage", "endImage"} < frames.keys()
    assert ingredients["prompt"] == "A walk from @referenceImage_1 to @referenceImage_2"
    pictures = (ingredients["referenceImage_1"], ingredients["referenceImage_2"])
    assert pictures == (frames["startImage"], frames["endImage"]), "each picture was uploaded once"
    image, edit = told(vendor, "still"), told(vendor, "snow")
    assert (image["prompt"], image["reference_2"]) == ("A still of @reference_2", frames["endImage"])
    assert (edit["startFrameIndex_1"], edit["endFrameIndex_1"]) == (2, 20)
    assert edit["referenceVideo_1"] and "duration" not in edit and "aspectRatio" not in edit
    assert Clip.objects.exclude(sha256="").count() == 4
