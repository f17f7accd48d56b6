"""The gallery finds what a plain reading of the rows finds, on either database, and nothing hidden."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import timezone as tz

import pytest
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations.library import fulltext, index, matching
from generations.library.gallery import Facets, facet_counts, neighbours, page
from generations.library.search import (
    And,
    BadQuery,
    Field,
    Not,
    Number,
    Or,
    Phrase,
    Word,
    days_of,
    parse,
    text,
)
from generations.library.words import tokens
from generations.models import Batch, Clip, CreditEntry, Generation
from generations.models.ids import id_at

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=tz.utc)


def found(person, query="", **options) -> list[str]:
    return [tile.generation.prompt for tile in page(person, query, **options).tiles]


@pytest.fixture
def show(make_generation):
    """Make generations in order of time, each with its words in the index."""

    def make(*prompts, **fields):
        rows = [make_generation(prompt, **fields) for prompt in prompts]
        index.write_many(rows)
        return rows

    return make


def test_newest_first_and_all_words_must_be_there(show, person):
    show("A red dragon", "A red moon over a dragon", "A blue dragon")
    assert found(person, "dragon") == ["A blue dragon", "A red moon over a dragon", "A red dragon"]
    assert found(person, "RED dragon") == ["A red moon over a dragon", "A red dragon"]
    assert found(person, '"red dragon"') == ["A red dragon"]
    assert found(person, "dragon -red") == ["A blue dragon"]
    assert found(person, "-dragon") == []
    assert found(person, "moon or blue") == ["A blue dragon", "A red moon over a dragon"]
    assert found(person, "drag*") == found(person, "dragon")
    assert found(person, "drag") == []


def test_every_script_is_found(show, person):
    show("夕焼けの海を走る列車", "Café à la crème", "हिन्दी में", "Größe und Straße")
    for query in ("夕焼け", "列車", "焼けの海", "夕焼*"):
        assert found(person, query) == ["夕焼けの海を走る列車"], query
    assert found(person, "夕海") == []
    assert found(person, "cafe CREME") == ["Café à la crème"]
    assert found(person, "हिन्दी") == ["हिन्दी में"]
    assert found(person, "strasse") == ["Größe und Straße"]


def test_what_looks_like_an_operator_is_only_text(show, person):
    show('NEAR AND NOT it\'s a 100% "quoted" thing: words:* a&b|c!d')
    for query in ("NEAR", "AND", "it's", "100%", '"100% quoted"', "a&b|c!d", "words:*"[:-2], "\\", "NOT"):
        assert len(found(person, query)) == 1, query


def test_other_teams_and_private_work_do_not_exist(show, person, other_person, outsider):
    show("Our dragon", by=person)
    show("My secret dragon", by=person, visibility="private")
    show("Their dragon", by=outsider)
    assert found(person, "dragon") == ["My secret dragon", "Our dragon"]
    assert found(other_person, "dragon") == ["Our dragon"] == found(other_person)
    assert found(outsider, "dragon") == ["Their dragon"]
    mine = facet_counts(other_person, "dragon")["kind"][0].count
    assert str(mine) == "1"


def test_unfinished_work_is_not_shown_and_failed_work_only_when_asked_for(show, person):
    show("Done dragon")
    show("Failed dragon", state="failed", clips=0, failure_reason="PUBLIC_ERROR_MINOR")
    show("Going dragon", state="generating", finished_at=None, clips=0)
    assert found(person, "dragon") == ["Done dragon"]
    failed = page(person, "is:failed")
    assert [t.generation.prompt for t in failed.tiles] == ["Failed dragon"]
    assert failed.tiles[0].clip is None and failed.clips == []
    assert found(person, "dragon (is:failed or done)") == ["Failed dragon", "Done dragon"]


def test_numbers_find_their_strip_and_name_its_clip(show, person):
    strip, sandbox = show("Strip of four", clips=4)[0], show("In the sandbox", is_sandbox=True)[0]
    assert found(person, f"#{strip.number}") == ["Strip of four"]
    assert found(person, f"#S{sandbox.number}") == ["In the sandbox"]
    assert page(person, f"#{strip.number}c").clips[0].label == f"{strip.number}c"
    assert found(person, f"#{strip.number}f") == [] == found(person, "#9999")
    assert found(person, f"{strip.number}b") == ["Strip of four"]


def test_each_field_finds_what_it_says(show, person, other_person):
    batch = Batch.objects.create(team=person.team(), person=person, name="Spring teaser")
    (tall,) = show("Tall", ratio="9:16", model="veo-3.1-quality", seconds=6)
    (image,) = show("Image", kind="image", model="nano-banana-pro", seconds=None, by=other_person)
    (extend,) = show("Extend", seconds=None, batch=batch, visibility="private")
    show("Play", is_sandbox=True)
    Clip.objects.filter(generation=extend).update(length=15.96)
    CreditEntry.objects.create(generation=tall, account=tall.account, kind="spend", amount=100)
    CreditEntry.objects.create(generation=extend, account=extend.account, kind="spend", amount=20)
    for query, prompts in {
        "ratio:9:16": ["Tall"],
        "model:quality": ["Tall"],
        'model:"Nano Banana",quality': ["Image", "Tall"],
        "kind:image": ["Image"],
        "kind:clip": ["Play", "Extend", "Tall"],
        "by:ben": ["Image"],
        "by:me": ["Play", "Extend", "Tall"],
        "by:nobody": [],
        "-by:nobody tall": ["Tall"],
        "is:sandbox": ["Play"],
        "-is:shared": ["Extend"],
        "batch:teaser": ["Extend"],
        "length:16": ["Extend"],
        "length:<8": ["Tall"],
        "length:>=8": ["Play", "Extend"],
        "cost:>=50": ["Tall"],
        "cost:20,100": ["Extend", "Tall"],
        "cost:0": ["Play", "Image"],
        "cost:<=20": ["Play", "Extend", "Image"],
        "tall or by:ben": ["Image", "Tall"],
    }.items():
        assert found(person, query) == prompts, query


def test_days_are_those_of_the_site(show, person, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    late = datetime(2026, 11, 23, 20, tzinfo=tz.utc)  # the 24th in Tokyo
    show("Late", id=id_at(late))
    show("Noon", id=id_at(NOON + timedelta(days=1)))
    assert found(person, "on:2026-11-24") == ["Late"]
    assert found(person, "after:2026-11-24") == ["Noon"]
    assert found(person, "before:2026-11-25") == ["Late"]
    assert found(person, "on:2026-11 late") == ["Late"]
    assert found(person, facets=Facets(since=date(2026, 11, 25))) == ["Noon"]
    assert found(person, "late", facets=Facets(until=date(2026, 11, 24))) == ["Late"]


def test_a_slip_reaches_the_page_as_a_sentence(person):
    with pytest.raises(BadQuery, match="Did you mean model"):
        page(person, "modle:fast")


def test_pages_follow_each_other_without_gap_or_repeat(show, person):
    rows = show(*(f"dragon {n}" for n in range(25)))
    for query in ("", "dragon", "dragon by:aiko"):
        seen, before = [], None
        while True:
            part = page(person, query, before=before, limit=7)
            seen += [tile.generation.pk for tile in part.tiles]
            assert (str(part.count) == "25") if before is None else part.count is None
            if part.next_before is None:
                break
            before = part.next_before
        assert seen == sorted((row.pk for row in rows), reverse=True)


def test_strips_fold_into_one_tile_and_unfold_into_their_clips(show, person):
    show("One", clips=1)
    show("Four", "Four again", clips=4)
    folded = page(person)
    assert [(tile.clip.letter, tile.count) for tile in folded.tiles] == [("a", 4), ("a", 4), ("a", 1)]
    unfolded = page(person, fold=False, limit=5)
    assert [tile.clip.letter for tile in unfolded.tiles] == list("abcdabcd")
    rest = page(person, fold=False, before=unfolded.next_before)
    assert [tile.generation.prompt for tile in rest.tiles] == ["One"] and rest.next_before is None


def test_a_strip_whose_first_clip_failed_shows_the_next(show, person):
    strip = show("Strip", clips=3)[0]
    strip.clips.filter(position=0).update(state="failed")
    tile = page(person).tiles[0]
    assert (tile.clip.letter, tile.count) == ("b", 2)


def test_a_page_costs_the_same_number_of_queries_however_many_tiles(show, person):
    show(*(f"dragon {n}" for n in range(3)), clips=2)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert [t.clip.label and t.generation.person.shown_name for t in page(person, "dragon").tiles]
        return len(seen)

    few = queries()
    show(*(f"dragon {n}" for n in range(20)), clips=2)
    assert queries() == few


def test_a_search_is_walked_clip_by_clip(show, person):
    show("Old dragon", "Two dragons: dragon", "New dragon", clips=2)
    show("A cat between")
    order = [
        clip for tile in page(person, "dragon").tiles for clip in tile.generation.clips.order_by("position")
    ]
    for n, clip in enumerate(order):
        beside = neighbours(person, "dragon", Facets(), clip)
        assert beside.previous == (order[n - 1] if n else None)
        assert beside.next == (order[n + 1] if n + 1 < len(order) else None)
        assert (beside.position, str(beside.total)) == (n + 1, "6")


def test_facets_are_counted_without_their_own_choice(show, person, other_person):
    show("a dragon", "b dragon", model="veo-3.1-fast")
    show("c dragon", model="veo-3.1-quality", by=other_person)
    show("d cat", model="veo-3.1-quality")
    chosen = Facets(model=("veo-3.1-fast",), person=(person.pk,))
    assert found(person, "dragon", facets=chosen) == ["b dragon", "a dragon"]
    counts = facet_counts(person, "dragon", chosen)
    told = lambda name: [(c.label, str(c.count), c.is_on) for c in counts[name]]  # noqa: E731
    assert told("model") == [("Veo 3.1 Fast", "2", True)]
    assert told("person") == [("Aiko", "2", True)]
    assert told("kind") == [("Clips", "2", False)]
    counts = facet_counts(person, "dragon", Facets(model=("veo-3.1-fast",)))
    assert told("model") == [("Veo 3.1 Fast", "2", True), ("Veo 3.1 Quality", "1", False)]
    counts = facet_counts(person, "", Facets(model=("gone",)))
    assert ("gone", "0", True) in told("model")


# --- both engines against a plain reading of the rows -------------------------------------------------------
VOCABULARY = ["red", "moon", "dragon", "dragonfly", "Ærø", "夕焼け", "veo", "8k", "or"]


def oracle(row: Generation, tree, person) -> bool:
    words = index.words_of(row).split()
    match tree:
        case Word(written, prefix):
            wants = tokens(written)
            return any(_fits(words[i : i + len(wants)], wants, prefix) for i in range(len(words)))
        case Phrase(written):
            wants = tokens(written)
            return any(words[i : i + len(wants)] == wants for i in range(len(words)))
        case Not(term):
            return not oracle(row, term, person)
        case And(inner):
            return all(oracle(row, term, person) for term in inner)
        case Or(inner):
            return any(oracle(row, term, person) for term in inner)
        case Number(number, letter, sandbox):
            has = not letter or row.clips.filter(position=ord(letter) - 97, state="ready").exists()
            return (row.number, row.is_sandbox) == (number, sandbox) and has
        case Field("by", values):
            return any(
                v in (row.person.username, "me" if row.person_id == person.pk else None) for v in values
            )
        case Field("ratio", values):
            return row.ratio in values
        case Field("length", (value,), ">="):
            return row.seconds >= int(value)
        case Field("on", (day,)):
            first, end = days_of(day)
            return first <= row.made_at.date() < end
        case Field("is", ("sandbox",)):
            return row.is_sandbox
    return True


def _fits(words, wants, prefix) -> bool:
    if len(words) < len(wants):
        return False
    return words[:-1] == wants[:-1] and (
        words[-1].startswith(wants[-1]) if prefix else words[-1] == wants[-1]
    )


LEAVES = st.one_of(
    st.sampled_from([Word(w) for w in VOCABULARY if w != "or"]),
    st.sampled_from([Word("drag", True), Word("moon-dra", True), Word("夕焼", True), Phrase("or")]),
    st.sampled_from([Phrase("red moon"), Phrase("moon dragon"), Phrase("夕焼け 8k"), Word("red-moon")]),
    st.sampled_from([Number(1), Number(2, "b"), Number(1, "", True), Field("by", ("ben", "me"))]),
    st.sampled_from([Field("ratio", ("9:16",)), Field("length", ("6",), ">="), Field("is", ("sandbox",))]),
    st.sampled_from([Field("on", ("2026-11-24",)), Field("on", ("2026-11",)), Field("by", ("nobody",))]),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.filter(lambda t: not isinstance(t, Not)).map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda ts: And(tuple(ts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda ts: Or(tuple(ts))),
    ),
    max_leaves=5,
)


@pytest.fixture
def varied(make_generation, person, other_person):
    """Forty prompts of a small vocabulary, so that every query has something to find and to leave."""
    rows = []
    for n, picked in enumerate(itertools.islice(itertools.permutations(VOCABULARY, 3), 0, 480, 12)):
        rows.append(
            make_generation(
                " ".join(picked),
                by=[person, other_person][n % 2],
                clips=1 + n % 3,
                ratio=["16:9", "9:16"][n // 2 % 2],
                seconds=[4, 6, 8][n % 3],
                is_sandbox=n % 5 == 0,
                visibility=["team", "team", "private"][n % 3],
                id=id_at(NOON - timedelta(days=(n * 7) % 40)),
            )
        )
    index.write_many(rows)
    return Generation.objects.select_related("person", "batch").order_by("-pk")


def agree(rows, person, tree):
    seen = Generation.objects.visible_to(person).values_list("pk", flat=True)
    plain = [row.pk for row in rows if row.pk in set(seen) and oracle(row, tree, person)]
    asked = parse(text(tree))
    assert [t.generation.pk for t in page(person, tree, limit=100).tiles] == plain
    assert [t.generation.pk for t in page(person, asked, limit=3).tiles] == plain[:3]
    middle = plain[len(plain) // 2] if plain else 1 << 62
    assert [t.generation.pk for t in page(person, tree, before=middle).tiles] == [
        p for p in plain if p < middle
    ]
    counts = facet_counts(person, tree)
    assert sum(c.count.number for c in counts["kind"]) == len(plain)


BY_WAYS = {
    "as the sizes suggest": {},
    "as in a large library": {"FEW_ROWS": -1, "FEW_HITS": -1},
    "as in a large library, words far away": {"FEW_ROWS": -1, "FEW_HITS": -1, "WINDOW": 2},
    "as in a large library, common words far away": {
        "FEW_ROWS": -1,
        "FEW_HITS": -1,
        "WINDOW": 2,
        "SORTABLE": -1,
    },
    "few rows, common words": {"FEW_HITS": -1},
}


@pytest.mark.parametrize("way", BY_WAYS)
def test_every_query_finds_exactly_what_a_plain_reading_finds(varied, person, way, monkeypatch):
    for name, value in BY_WAYS[way].items():
        monkeypatch.setattr(fulltext, name, value)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(TREES)
    def check(tree):
        agree(varied, person, tree)

    check()


def test_the_index_follows_a_changed_prompt_and_a_deleted_row(show, person):
    row = show("A red dragon")[0]
    row.prompt = "A blue cat"
    row.save()
    index.write_words(row)
    assert found(person, "dragon") == [] and found(person, "cat") == ["A blue cat"]
    row.clips.all().delete()
    row.delete()
    assert found(person, "cat") == [] and index.troubles() == []


@pytest.mark.parametrize("query", ["dragon", ""])
def test_a_search_that_takes_too_long_ends_with_a_sentence(show, person, monkeypatch, query):
    show(*(f"A red dragon {n}" for n in range(10)))
    monkeypatch.setattr(fulltext, "PATIENCE", 0.05)
    slow = {
        "postgresql": "pg_sleep(0.2) IS NOT NULL",
        "sqlite": "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT max(x) FROM n) > 0",
    }[connection.vendor]
    asked = replace(
        matching.wanted(person, parse(query), Facets()),
        rows=Generation.objects.filter(RawSQL(slow, [], BooleanField())),
    )
    with pytest.raises(fulltext.TooBroad) as broad:
        fulltext.ids(asked, 10)
    assert "Add a word" in broad.value.sentence
    # The limit was for that search alone.
    monkeypatch.setattr(fulltext, "PATIENCE", 2.0)
    assert len(found(person, query)) == 10
