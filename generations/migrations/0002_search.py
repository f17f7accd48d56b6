"""The full-text index over SearchText.words, in each database's own way (shared/design/stack.md 5).

SQLite: an FTS5 table over the column (external content: the text is stored once), kept in step by
triggers. Its rows are walked in order of generation, so "newest first" costs nothing.
PostgreSQL: the words as a generated tsvector with a GIN index.

Both cut the text at spaces and nowhere else, since library/words.py has decided already what a word is:
FTS5 by the tokenizer `ascii` (which takes every character above 127 for a letter), PostgreSQL by
array_to_tsvector, without a text search configuration. Thus lexemes carry no positions; phrases are
rechecked against the text (library/gallery.py).

A later migration that makes SQLite rebuild the table generations_searchtext drops its triggers and must
make them again; `manage.py reindex` notices when they are missing.
"""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE generations_searchindex USING fts5(
        words, content='generations_searchtext', content_rowid='generation_id', tokenize='ascii')""",
    """CREATE TRIGGER generations_searchtext_added AFTER INSERT ON generations_searchtext BEGIN
        INSERT INTO generations_searchindex(rowid, words) VALUES (new.generation_id, new.words);
    END""",
    # The index forgets a row only when it is told the words it had: the old ones.
    """CREATE TRIGGER generations_searchtext_removed AFTER DELETE ON generations_searchtext BEGIN
        INSERT INTO generations_searchindex(generations_searchindex, rowid, words)
            VALUES ('delete', old.generation_id, old.words);
    END""",
    """CREATE TRIGGER generations_searchtext_changed AFTER UPDATE OF generation_id, words
    ON generations_searchtext BEGIN
        INSERT INTO generations_searchindex(generations_searchindex, rowid, words)
            VALUES ('delete', old.generation_id, old.words);
        INSERT INTO generations_searchindex(rowid, words) VALUES (new.generation_id, new.words);
    END""",
    "INSERT INTO generations_searchindex(generations_searchindex) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER IF EXISTS generations_searchtext_added",
    "DROP TRIGGER IF EXISTS generations_searchtext_removed",
    "DROP TRIGGER IF EXISTS generations_searchtext_changed",
    "DROP TABLE IF EXISTS generations_searchindex",
]
POSTGRESQL = [
    """ALTER TABLE generations_searchtext ADD COLUMN lexemes tsvector GENERATED ALWAYS AS (
        array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) STORED""",
    "CREATE INDEX generations_searchindex ON generations_searchtext USING gin (lexemes)",
    # A word in thousands of prompts must not be guessed at: the planner's estimate decides (stack.md 5.2).
    "ALTER TABLE generations_searchtext ALTER COLUMN lexemes SET STATISTICS 1000",
]
POSTGRESQL_BACK = [
    "DROP INDEX IF EXISTS generations_searchindex",
    "ALTER TABLE generations_searchtext DROP COLUMN IF EXISTS lexemes",
]


def run(steps: dict[str, list[str]]):
    def each(apps, schema_editor):
        for statement in steps[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return each


class Migration(migrations.Migration):
    dependencies = [("generations", "0001_first")]

    operations = [
        migrations.RunPython(
            run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            run({"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}),
        )
    ]
