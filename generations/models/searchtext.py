"""What the search knows of a generation: one row each, indexed by the database's own full-text engine.

The index itself is made by migration 0002 (FTS5 with triggers on SQLite, GIN on PostgreSQL) and is not
a field, since each database has its own. Visibility and trash are joined, never indexed (architecture.md 5).
"""

from django.db import models


class SearchText(models.Model):
    """`words` gathers prompt, person, model, number, tags and reasons; written by library/index.py alone."""

    generation = models.OneToOneField(
        "generations.Generation", on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:80]
