"""Ids of matching generations, newest or oldest first, a page at a time; one answer, two engines.

SQLite: FTS5 walks its lists in order of rowid both ways, and rowids are our time-ordered ids, so the index
drives and CROSS JOIN keeps the planner from turning that round. PostgreSQL: its planner is right except
when the hits lie far from where we begin, so the nearest few thousand rows are looked through first, and
then its own estimate decides (shared/design/stack.md 5.1 and 5.2, where both were measured).
Where people, batches or days leave few rows and the word is common, those rows drive on either engine.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef

from generations.models import Generation, SearchText

from .matching import Wanted, said, sought
from .search import And, Or, Tree

FEW_ROWS = 20_000  # so few rows may be looked through one by one
FEW_HITS = 2_000  # so few hits may be joined one by one
WINDOW = 5_000
SORTABLE = 60_000  # hits that PostgreSQL may collect and sort
PATIENCE = 2.0  # seconds


class TooBroad(Exception):
    """The search would take too long; `sentence` says what helps."""

    sentence = "This search takes too long. Add a word, a person or a date."


def ids(wanted: Wanted, limit: int, *, oldest_first: bool = False) -> list[int]:
    """At most `limit` ids of what is wanted. Raises TooBroad after two seconds."""
    if wanted.team is None:
        return []
    with _patience():
        return _ids(wanted, limit, oldest_first)
    return []  # a condition that nothing can meet, such as by:nobody


def ids_and_count(wanted: Wanted, limit: int, cap: int) -> tuple[list[int], int]:
    """The newest ids, and how many there are in all, counting no further than `cap`. Raises TooBroad."""
    if wanted.team is None:
        return [], 0
    with _patience():
        found = _ids(wanted, limit, oldest_first=False)
        return found, len(found) if len(found) < limit else _how_many(wanted, cap)
    return [], 0


def _ids(wanted: Wanted, limit: int, oldest_first: bool) -> list[int]:
    if wanted.text is None:
        return _by_rows(wanted, limit, oldest_first)
    return {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor](wanted, limit, oldest_first)


def _how_many(wanted: Wanted, cap: int) -> int:
    if connection.vendor == "postgresql" and wanted.text is not None:
        return _Postgresql(wanted, oldest_first=False).how_many(cap)
    return len(_ids(wanted, cap, oldest_first=False))


@contextmanager
def _patience() -> Iterator[None]:
    """A limit of time for what is asked inside, on either database. Swallows EmptyResultSet."""
    try:
        with {"sqlite": _sqlite_patience, "postgresql": _postgresql_patience}[connection.vendor]():
            yield
    except EmptyResultSet:
        return
    except OperationalError as exc:
        if "statement timeout" in str(exc) or "interrupted" in str(exc):
            raise TooBroad from exc
        raise


@contextmanager
def _sqlite_patience() -> Iterator[None]:
    connection.ensure_connection()
    end = time.monotonic() + PATIENCE
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, 50_000)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


@contextmanager
def _postgresql_patience() -> Iterator[None]:
    """For this transaction only; and no second process, whose start takes longer than most searches."""
    within_another = connection.in_atomic_block
    with transaction.atomic():
        _rows(
            "SELECT set_config('statement_timeout', %s, true),"
            " set_config('max_parallel_workers_per_gather', '0', true)",
            [f"{PATIENCE * 1000:.0f}"],
        )
        yield
        if within_another:
            _rows("SELECT set_config('statement_timeout', '0', true)", [])


def _by_rows(wanted: Wanted, limit: int, oldest_first: bool) -> list[int]:
    """The ordinary way: rows in order, each compared with the conditions, and with the words if any."""
    rows = wanted.rows.filter(pk__gte=wanted.low, pk__lt=wanted.high)
    if wanted.text is not None:
        rows = rows.filter(Exists(SearchText.objects.filter(said(wanted.text), generation=OuterRef("pk"))))
    return list(rows.order_by("pk" if oldest_first else "-pk").values_list("pk", flat=True)[:limit])


def _leaves_few(wanted: Wanted) -> bool:
    """Whether conditions with an index leave so few rows that looking at each is cheap."""
    team = wanted.team
    if team.last_number + team.last_sandbox_number <= FEW_ROWS:
        return True
    if not wanted.narrow and not wanted.low:
        return False
    rows = Generation.objects.filter(wanted.narrow, team=team, pk__gte=wanted.low, pk__lt=wanted.high)
    return rows.order_by()[: FEW_ROWS + 1].count() <= FEW_ROWS


def _conditions(wanted: Wanted) -> tuple[str, list]:
    """The conditions on generations_generation as SQL: all that Django would write after WHERE."""
    query = wanted.rows.order_by().query.clone()
    compiler = query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    sql, params = compiler.compile(query.where)
    if len([alias for alias, count in query.alias_refcount.items() if count]) > 1:
        raise ValueError("A condition joins another table; write it with Exists.")
    return sql, list(params)


def _rows(sql: str, params: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


# --- SQLite ----------------------------------------------------------------------------------------------
def match(tree: Tree) -> str:
    """The text of a query in the language of FTS5; every word in quotes, so none is ever an operator."""
    if isinstance(tree, And | Or):
        joint = " AND " if isinstance(tree, And) else " OR "
        return f"({joint.join(match(term) for term in tree.terms)})"
    words, prefix = sought(tree)
    return f'"{" ".join(words)}"' + " *" * prefix


def _sqlite(wanted: Wanted, limit: int, oldest_first: bool) -> list[int]:
    asked = match(wanted.text)
    if _leaves_few(wanted) and _many_hits(asked):
        return _by_rows(wanted, limit, oldest_first)
    conditions, params = _conditions(wanted)
    order = "ASC" if oldest_first else "DESC"
    sql = f"""
        SELECT generations_generation.id
        FROM generations_searchindex CROSS JOIN generations_generation
            ON generations_generation.id = generations_searchindex.rowid
        WHERE generations_searchindex MATCH %s
            AND generations_searchindex.rowid >= %s AND generations_searchindex.rowid < %s AND {conditions}
        ORDER BY generations_searchindex.rowid {order} LIMIT %s"""  # noqa: S608 (Django's own SQL)
    return [id for (id,) in _rows(sql, [asked, wanted.low, wanted.high, *params, limit])]


def _many_hits(asked: str) -> bool:
    sql = """SELECT count(*) FROM (SELECT 1 FROM generations_searchindex
             WHERE generations_searchindex MATCH %s LIMIT %s)"""
    return _rows(sql, [asked, FEW_HITS + 1])[0][0] > FEW_HITS


# --- PostgreSQL ------------------------------------------------------------------------------------------
def tsquery(tree: Tree) -> str:
    """The text of a query as a tsquery. Lexemes know no places, so phrases are only their words here."""
    if isinstance(tree, And | Or):
        joint = " & " if isinstance(tree, And) else " | "
        return f"({joint.join(tsquery(term) for term in tree.terms)})"
    words, prefix = sought(tree)
    lexemes = "' & '".join(words)
    return f"('{lexemes}'{':*' * prefix})"


def _has_phrase(tree: Tree) -> bool:
    if isinstance(tree, And | Or):
        return any(_has_phrase(term) for term in tree.terms)
    return len(sought(tree)[0]) > 1


def _postgresql(wanted: Wanted, limit: int, oldest_first: bool) -> list[int]:
    search = _Postgresql(wanted, oldest_first)
    hits = search.estimate()
    if hits <= FEW_HITS // 4:
        return search.by_index(limit)
    few_rows = _leaves_few(wanted)
    if not few_rows and (found := search.nearest(limit)) is not None:
        return found
    if few_rows and hits > FEW_HITS:
        return _by_rows(wanted, limit, oldest_first)
    return search.by_index(limit) if hits <= SORTABLE else search.by_order(limit)


class _Postgresql:
    def __init__(self, wanted: Wanted, oldest_first: bool) -> None:
        self.query = tsquery(wanted.text)
        self.order = "ASC" if oldest_first else "DESC"
        self.conditions, self.params = _conditions(wanted)
        self.bounds = [wanted.low, wanted.high]
        self.words, self.words_params = "lexemes @@ %s::tsquery", [self.query]
        if _has_phrase(wanted.text):
            rows = SearchText.objects.filter(said(wanted.text)).query
            sql, params = rows.get_compiler(connection=connection).compile(rows.where)
            self.words, self.words_params = f"{self.words} AND {sql}", [self.query, *params]

    def nearest(self, limit: int) -> list[int] | None:
        """From the rows nearest to where we begin; None when they neither fill the page nor are all."""
        near = f"""SELECT generation_id, words, lexemes FROM generations_searchtext
            WHERE generation_id >= %s AND generation_id < %s
            ORDER BY generation_id {self.order} LIMIT {WINDOW}"""  # noqa: S608
        found = self._joined(f"({near}) generations_searchtext", limit)
        return found if len(found) == limit else None

    def by_index(self, limit: int) -> list[int]:
        """All hits by the index, then sorted."""
        source = f"""(SELECT generation_id FROM generations_searchtext
            WHERE {self.words} AND generation_id >= %s AND generation_id < %s OFFSET 0) hits"""  # noqa: S608
        sql = f"""SELECT generations_generation.id FROM {source}
            JOIN generations_generation ON generations_generation.id = hits.generation_id
            WHERE {self.conditions}
            ORDER BY generations_generation.id {self.order} LIMIT %s"""  # noqa: S608
        return [id for (id,) in _rows(sql, [*self.words_params, *self.bounds, *self.params, limit])]

    def by_order(self, limit: int) -> list[int]:
        """Rows in order, each compared with the words: right for words in most of the rows."""
        near = """SELECT generation_id, words, lexemes FROM generations_searchtext
            WHERE generation_id >= %s AND generation_id < %s"""
        return self._joined(f"({near}) generations_searchtext", limit)

    def how_many(self, cap: int) -> int:
        """Where no order is asked for and a few are enough, the planner alone chooses well."""
        sql = f"""SELECT count(*) FROM (SELECT 1 FROM generations_searchtext
            JOIN generations_generation ON generations_generation.id = generations_searchtext.generation_id
            WHERE generations_searchtext.generation_id >= %s AND generations_searchtext.generation_id < %s
                AND {self.words} AND {self.conditions} LIMIT %s) counted"""  # noqa: S608
        return _rows(sql, [*self.bounds, *self.words_params, *self.params, cap])[0][0]

    def _joined(self, source: str, limit: int) -> list[int]:
        sql = f"""SELECT generations_generation.id FROM {source}
            JOIN generations_generation ON generations_generation.id = generations_searchtext.generation_id
            WHERE {self.words} AND {self.conditions}
            ORDER BY generations_searchtext.generation_id {self.order} LIMIT %s"""  # noqa: S608
        return [id for (id,) in _rows(sql, [*self.bounds, *self.words_params, *self.params, limit])]

    def estimate(self) -> int:
        """How many rows the planner expects to hold the words."""
        sql = "EXPLAIN (FORMAT JSON) SELECT 1 FROM generations_searchtext WHERE lexemes @@ %s::tsquery"
        plan = _rows(sql, [self.query])[0][0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return plan[0]["Plan"]["Plan Rows"]
