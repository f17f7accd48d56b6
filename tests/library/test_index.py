"""The index says what the rows say, notices when it does not, and is mended by one command."""

from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from generations.library import index
from generations.library.gallery import Facets, facet_counts, neighbours, page
from generations.library.posters import poster_file
from generations.library.storage import full_path
from generations.management.seeding import RAREST_PROMPTS, Seed
from generations.models import (
    Account,
    Attempt,
    Batch,
    Clip,
    CreditEntry,
    Event,
    Generation,
    Person,
    SearchText,
    Team,
)


def reindex(*words: str) -> str:
    out = StringIO()
    call_command("reindex", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_words_of_a_generation_are_its_prompt_and_all_it_is_called_by(make_generation, person, team):
    batch = Batch.objects.create(team=team, person=person, name="Spring teaser")
    row = make_generation("A Café at dawn", clips=2, number=228, batch=batch, model="veo-3.1-quality")
    assert index.words_of(row) == (" a cafe at dawn 228 228a 228b veo 3 1 quality aiko spring teaser ")


def test_writing_words_again_writes_nothing(make_generation, django_assert_num_queries):
    row = make_generation("A quiet harbour")
    index.write_words(row)
    with django_assert_num_queries(1):
        index.write_words(row)


@pytest.mark.django_db(transaction=True)
def test_reindexing_mends_whatever_is_wrong(make_generation, person):
    rows = [make_generation(f"dragon {n}") for n in range(3)]
    index.write_many(rows)
    assert "agrees with the rows" in reindex("--check")

    SearchText.objects.filter(pk=rows[0].pk).delete()
    with pytest.raises(CommandError, match="1 generations are not in the index"):
        reindex("--check")
    assert len(page(person, "dragon").tiles) == 2
    assert "3 generations are in the search index" in reindex()
    assert len(page(person, "dragon").tiles) == 3

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER generations_searchtext_changed")
        else:
            cursor.execute("DROP INDEX generations_searchindex")
    with pytest.raises(CommandError, match="missing"):
        reindex("--check")
    reindex()
    assert "agrees with the rows" in reindex("--check")


@pytest.mark.django_db(transaction=True)
def test_text_changed_by_hand_is_followed_and_where_it_cannot_be_that_is_noticed(make_generation, person):
    row = make_generation("dragon")
    index.write_words(row)
    SearchText.objects.update(words=" cat ")
    assert not page(person, "dragon").tiles and page(person, "cat").tiles
    if connection.vendor == "sqlite":  # PostgreSQL makes its column itself and can never differ
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER generations_searchtext_changed")
            cursor.execute("UPDATE generations_searchtext SET words = ' owl '")
            cursor.execute(import_module("generations.migrations.0002_search").SQLITE[3])
        assert index.troubles() == ["The index differs from the text."]
    reindex()
    assert index.troubles() == [] and page(person, "dragon").tiles


@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth_with_rows_in_place(make_generation, person):
    index.write_words(make_generation("A red dragon"))
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("generations", "0001_first")])
    finally:
        MigrationExecutor(connection).migrate(leaves)
    assert len(page(person, "dragon").tiles) == 1 and index.troubles() == []


@pytest.mark.django_db(transaction=True)
def test_a_seeded_library_is_like_a_real_one(media):
    out = StringIO()
    call_command("seed_library", "--clips", "120", "--people", "3", "--seed", "7", stdout=out, verbosity=0)
    assert out.getvalue().startswith("120 clips in ")
    assert Clip.objects.ready().count() == 120
    rows = Generation.objects.all()
    assert not rows.exclude(state="ready").exists() and not rows.filter(is_sandbox=True).exists()
    for row in rows[:10]:
        assert row.clips.count() == row.count
        assert row.attempts.get().outcome == "accepted"
        assert [e.kind for e in row.credit_entries.order_by("pk")] == ["reserve", "spend"]
        assert CreditEntry.objects.filter(generation=row).on_hold() == 0
        assert [e.to_state for e in row.events.order_by("pk")] == [
            "waiting", "sending", "generating", "saving", "ready"
        ]  # fmt: skip
    assert Attempt.objects.count() == rows.count() and Event.objects.count() == 5 * rows.count()
    assert Team.objects.get().last_number == rows.count() == SearchText.objects.count()
    assert index.troubles() == []
    accounts = Account.objects.filter(generations__isnull=False)
    assert not accounts.filter(connection__is_good=True).exists()

    seen = page(Person.objects.get(username="seed-01"), "cinematic")
    assert seen.tiles and all(" cinematic " in t.generation.search_text.words for t in seen.tiles)
    clip = seen.clips[0]
    assert full_path(clip.file).stat().st_size == clip.size and full_path(poster_file(clip, 640)).exists()
    assert neighbours(clip.generation.person, "cinematic", Facets(), clip).position
    assert facet_counts(clip.generation.person, "cinematic")["person"]
    call_command("scrub", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_seeded_words_are_as_common_as_promised_and_the_same_each_time(media):
    seed = Seed(100_000, 1, 5)
    prompts = [seed.prompt(number).lower() for number in range(seed.prompts_expected)]
    share = {
        word: sum(word in prompt for prompt in prompts) / len(prompts) for word in ("cinematic", "dragon")
    }
    assert 0.48 < share["cinematic"] < 0.52 and 0.04 < share["dragon"] < 0.06
    assert sum("quetzalcoatl" in prompt for prompt in prompts) == RAREST_PROMPTS
    again = Seed(100_000, 1, 5)
    assert [again.prompt(number).lower() for number in range(50)] == prompts[:50]
