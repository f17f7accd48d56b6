"""The search language: what is typed becomes a tree, the tree becomes text, and a slip gets a sentence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.library.search import (
    And,
    BadQuery,
    Everything,
    Field,
    Not,
    Number,
    Or,
    Phrase,
    Word,
    days_of,
    parse,
    terms,
    text,
    without,
)
from generations.library.words import tokens

a, b, c = Word("cat"), Word("dog"), Word("owl")


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", Everything()),
        ("  &  — ", Everything()),
        ("cat", a),
        ("cat dog", And((a, b))),
        ("cat or dog owl", Or((a, And((b, c))))),
        ("cat OR dog or owl", Or((a, b, c))),
        ("(cat or dog) owl", And((Or((a, b)), c))),
        ("(cat (dog)) owl", And((a, b, c))),
        ("-cat", Not(a)),
        ("--cat", a),
        ("-(cat or dog)", Not(Or((a, b)))),
        ("cat - dog", And((a, b))),
        ('"cat dog"', Phrase("cat dog")),
        ('"cat dog', Phrase("cat dog")),
        ('-"or"', Not(Phrase("or"))),
        ("obsid*", Word("obsid", prefix=True)),
        ("veo-3.1", Word("veo-3.1")),
        ("16:9 http://x.y/z", And((Word("16:9"), Word("http://x.y/z")))),
        ("note: cat", And((Word("note:"), a))),
        (
            "#228 #228A #S3 #s3b",
            And((Number(228), Number(228, "a"), Number(3, "", True), Number(3, "b", True))),
        ),
        ("model:fast,Quality", Field("model", ("fast", "quality"))),
        ('by:"Aiko Mori",ben', Field("by", ("Aiko Mori", "ben"))),
        ("ratio:9:16", Field("ratio", ("9:16",))),
        ("length:8,6", Field("length", ("8", "6"))),
        ("cost:>=50", Field("cost", ("50",), ">=")),
        ("KIND:Clip", Field("kind", ("clip",))),
        ("-is:failed on:today", And((Not(Field("is", ("failed",))), Field("on", ("today",))))),
        ("before:2026-11-24 after:2026", And((Field("before", ("2026-11-24",)), Field("after", ("2026",))))),
    ],
)
def test_what_is_typed_becomes_a_tree_and_text_again(query, tree):
    assert parse(query) == tree
    assert parse(text(tree)) == tree


@pytest.mark.parametrize(
    ("query", "sentence", "position"),
    [
        ("cat modle:fast", "No field 'modle'. Did you mean model?", 4),
        ("zzz:1", "No field 'zzz'. The fields are model, by, kind", 0),
        ("kind:song", "'song' is not known here. Write clip, video or image.", 5),
        ("ratio:wide", "'wide' does not fit. Write it like ratio:9:16.", 6),
        ("length:>=long", "'long' does not fit. Write it like length:8", 9),
        ("cost:>1,2", "Compare 'cost' with one number.", 6),
        ("on:2026-13", "'2026-13' is no date. Write it like 2026-11-24", 3),
        ("on:2026-02-30", "'2026-02-30' is no date.", 3),
        ("on:2026-00", "'2026-00' is no date.", 3),
        ("cat or", "Write something after 'or', or put it in quotes.", 4),
        ("or cat", "Write something before 'or', or put it in quotes.", 0),
        ("cat -or dog", "Write something after '-', or put it in quotes.", 4),
        ("cat (dog", "This parenthesis is never closed.", 4),
        ("cat) dog", "This parenthesis was never opened.", 3),
        ("c*", "Write at least 3 characters before *.", 0),
        ("by:, cat", "Write something after 'by:'.", 0),
        ("(" * 60 + "cat", "These parentheses are nested too deeply.", 40),
        ("x" * 501, "A search has at most 500 characters.", 500),
    ],
)
def test_a_slip_gets_a_sentence_and_its_place(query, sentence, position):
    with pytest.raises(BadQuery) as slip:
        parse(query)
    assert slip.value.sentence.startswith(sentence)
    assert slip.value.position == position


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("A Quiet, quiet HARBOUR!", ["a", "quiet", "quiet", "harbour"]),
        ("Café à la Crème", ["cafe", "a", "la", "creme"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("veo-3.1_fast", ["veo", "3", "1", "fast"]),
        ("夕焼けの海 8K", ["夕", "焼", "け", "の", "海", "8k"]),
        ("हिन्दी 한국어", ["हिन्दी", "한국어"]),
        ("🐉 dragon", ["dragon"]),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_what_a_word_is(written, words):
    assert tokens(written) == words


@given(st.text(max_size=80))
def test_words_stay_the_same_when_they_are_cut_again(written):
    assert tokens(" ".join(tokens(written))) == tokens(written)


@given(st.text(alphabet='ab#1:"()-*,.> oré夕', max_size=40) | st.text(max_size=40))
def test_whatever_can_be_read_is_written_and_read_as_the_same(query):
    try:
        tree = parse(query)
    except BadQuery as slip:
        assert 0 <= slip.position <= len(query) and slip.sentence[-1] in ".?"
    else:
        assert parse(text(tree)) == tree


leaves = st.sampled_from(
    [a, b, Word("obsid", True), Phrase("red moon"), Number(228, "a"), Field("by", ("Aiko Mori", "ben")),
     Field("cost", ("50",), ">="), Field("by", ("//x",)), Phrase("or")]
)  # fmt: skip


@st.composite
def trees(draw, depth=3):
    """Trees as the parser makes them: no Not of a Not, no And directly inside an And."""
    if depth == 0 or draw(st.booleans()):
        return draw(leaves)
    kind = draw(st.sampled_from([Not, And, Or]))
    if kind is Not:
        return Not(draw(trees(depth - 1).filter(lambda t: not isinstance(t, Not))))
    inner = trees(depth - 1).filter(lambda t: not isinstance(t, kind))
    return kind(tuple(draw(st.lists(inner, min_size=2, max_size=3))))


@given(trees())
def test_every_tree_survives_being_written_and_read(tree):
    assert parse(text(tree)) == tree


def test_a_term_can_be_taken_away_for_a_chip():
    tree = parse("cat is:failed dog")
    assert terms(tree) == (a, Field("is", ("failed",)), b)
    assert text(without(tree, Field("is", ("failed",)))) == "cat dog"
    assert without(a, a) == Everything() and terms(Everything()) == ()
    assert without(And((a, b)), b) == a


def test_dates_cover_days_months_and_years():
    assert days_of("2026-11-24") == (date(2026, 11, 24), date(2026, 11, 25))
    assert days_of("2026-12") == (date(2026, 12, 1), date(2027, 1, 1))
    assert days_of("2026") == (date(2026, 1, 1), date(2027, 1, 1))
    assert days_of("yesterday", date(2026, 3, 1)) == (date(2026, 2, 28), date(2026, 3, 1))
