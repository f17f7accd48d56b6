"""What the search knows: one SearchText per generation, written here alone.

The words are already cut, lower-case and without accents (words.py), with one space around each; the
database's own index over them (migration 0002) follows by itself. Visibility and state are never
indexed: they are joined when somebody asks, so a change of them costs nothing here.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from django.db import DatabaseError, connection, transaction

from generations.catalog.engines import engine
from generations.models import Generation, SearchText
from generations.models.clip import LETTERS

from .words import tokens

CHUNK = 1000
MOST_WORDS = 5000
TRIGGERS = ("added", "removed", "changed")


def words_of(generation: Generation) -> str:
    """Prompt, number and letters, model, who made it, batch, and why it failed, as words of the index."""
    label, person = generation.label, generation.person
    known = engine(generation.model)
    texts = (
        generation.prompt,
        label,
        *(f"{label}{letter}" for letter in LETTERS[: generation.count]),
        generation.model,
        known.name if known else "",
        person.username,
        person.get_full_name(),
        generation.batch.name if generation.batch_id else "",
        generation.failure_reason,
        generation.failure.replace("_", " "),
    )
    words = f" {' '.join(tokens(generation.prompt)[:MOST_WORDS])} "
    for text in texts[1:]:
        more = " ".join(tokens(text))
        if more and f" {more} " not in words:  # Veo 3.1 Fast and veo-3.1-fast are the same words
            words += f"{more} "
    return words


def write_words(generation: Generation) -> None:
    """Bring the words of one generation up to date; writes nothing when they are. Safe to repeat."""
    words = words_of(generation)
    if not SearchText.objects.filter(pk=generation.pk, words=words).exists():
        _write([SearchText(generation_id=generation.pk, words=words)])


def write_new(generation: Generation) -> None:
    """The words of a generation that is being made in this transaction: nothing can be there yet."""
    SearchText(generation_id=generation.pk, words=words_of(generation)).save(force_insert=True)


def write_many(generations: Iterable[Generation]) -> int:
    """The same for many, a thousand at a time; returns how many. Load person and batch with them."""
    rows, done = [], 0
    for generation in generations:
        rows.append(SearchText(generation_id=generation.pk, words=words_of(generation)))
        if len(rows) == CHUNK:
            _write(rows)
            rows, done = [], done + CHUNK
    _write(rows)
    return done + len(rows)


def _write(rows: list[SearchText]) -> None:
    SearchText.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["generation"], update_fields=["words"]
    )


def rebuild(progress: Callable[[int], None] = lambda done: None) -> int:
    """Write the words of every generation again and build the index anew; returns how many.

    Goes in pieces, each a transaction of its own, so that people can go on working meanwhile.
    """
    done = 0
    for chunk in _chunks():
        with transaction.atomic():
            done += write_many(chunk)
        progress(done)
    _lay_again()
    return done


def _lay_again() -> None:
    """The index anew from the text; SQLite's with its triggers, from the statements that first made it."""
    migration = import_module("generations.migrations.0002_search")
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            statements = [*migration.SQLITE_BACK, *migration.SQLITE]
        elif _postgresql_troubles():
            statements = [*migration.POSTGRESQL_BACK, *migration.POSTGRESQL]
        else:
            statements = ["REINDEX INDEX generations_searchindex"]
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE generations_searchtext")


def _chunks() -> Iterator[list[Generation]]:
    rows = (
        Generation.objects.select_related("person", "batch").defer("request", "failure_text").order_by("pk")
    )
    last = -1
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def troubles() -> list[str]:
    """What is wrong with the index, as sentences; nothing when all is well."""
    missing = Generation.objects.filter(search_text__isnull=True).count()
    found = [f"{missing:,} generations are not in the index."] if missing else []
    return found + {"sqlite": _sqlite_troubles, "postgresql": _postgresql_troubles}[connection.vendor]()


def _sqlite_troubles() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        here = {name for (name,) in cursor}
        lost = [t for t in TRIGGERS if f"generations_searchtext_{t}" not in here]
        if lost:
            return ["The index does not follow the text any more: a trigger is missing."]
        try:
            # Rank 1: compare with the text as well, not only the index with itself.
            cursor.execute(
                "INSERT INTO generations_searchindex(generations_searchindex, rank)"
                " VALUES ('integrity-check', 1)"
            )
        except DatabaseError:
            return ["The index differs from the text."]
    return []


def _postgresql_troubles() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relname = 'generations_searchindex'"
        )
        row = cursor.fetchone()
    return [] if row and row[0] else ["The index is missing or not valid."]
