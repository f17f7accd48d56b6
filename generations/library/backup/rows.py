"""All rows of one moment as lines of JSON, and back into empty tables, whichever database holds them."""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import BinaryIO
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from generations.models.secret import Secret, SecretField

CHUNK = 500
# Facts about running processes and open windows: they mean nothing on another day or machine.
LEFT_OUT = {"sessions.session", "generations.enginelease", "generations.heartbeat", "generations.signintries"}
DOORBELL = "django_q"  # rings carry no meaning (flow/engine/doorbell.py)


def all_tables(registry=apps) -> list[type[models.Model]]:
    """One model for each table of ours."""
    found = {}
    for model in registry.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            found.setdefault(model._meta.db_table, model)
    return list(found.values())


def tables(registry=apps) -> list[type[models.Model]]:
    """Those whose rows belong into a backup."""
    return [
        model
        for model in all_tables(registry)
        if model._meta.label_lower not in LEFT_OUT and model._meta.app_label != DOORBELL
    ]


def columns(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """What is read inside belongs to one moment; nobody who writes meanwhile waits."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Not atomic(): ours begin IMMEDIATE (stack.md 4), which would hold up every writer. In WAL mode a plain
    # read transaction sees the moment of its first read.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


# --- out --------------------------------------------------------------------------------------------------


def write_rows(out: BinaryIO, seen: Callable[[str, dict], None] = lambda table, row: None) -> dict[str, int]:
    """Write all rows to `out`, in a snapshot; `seen` is told each. Returns rows per table."""
    counts = {}
    for model in tables():
        label, fields = model._meta.label_lower, columns(model)
        names = [field.attname for field in fields]
        out.write(_line({"table": label, "columns": names}))
        counts[label] = 0
        rows = model._base_manager.order_by("pk").values_list(*names)
        for row in rows.iterator(chunk_size=CHUNK):
            out.write(_line(row))
            seen(label, dict(zip(names, row, strict=True)))
            counts[label] += 1
    return counts


def _line(value) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value):
    if isinstance(value, Secret):
        return value.sealed
    if isinstance(value, datetime | date | clock_time):
        return value.isoformat()  # whole: Django's own encoder drops microseconds
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not prepared for a backup.")


# --- in ---------------------------------------------------------------------------------------------------


def empty_tables() -> None:
    """Remove every row, in the caller's transaction."""
    names = [model._meta.db_table for model in all_tables()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), names, reset_sequences=False):
            cursor.execute(statement)


def drop_tables() -> None:
    """Take down every table of Flowsite and Django, with the record of migrations."""
    ours = tuple(f"{config.label}_" for config in apps.get_app_configs()) + ("django_",)
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
            for (name,) in cursor.fetchall():  # its shadow tables go with it, and cannot go alone
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)}")
        cascade = " CASCADE" if connection.vendor == "postgresql" else ""
        for name in connection.introspection.table_names(cursor):
            if name.startswith(ours):
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)}{cascade}")


def read_rows(lines: Iterable[bytes], registry=apps, reseal: Callable[[Secret], Secret] | None = None) -> int:
    """Put rows back exactly as they were, in the caller's transaction; returns how many.

    Foreign keys are checked when it commits. `reseal` turns a stored secret into one this site can open.
    Raises LookupError for a table or column that this version does not know, ValueError for other lines.
    """
    known = {model._meta.label_lower: model for model in tables(registry)}
    model, fields, waiting, done = None, [], [], 0
    for line in lines:
        value = json.loads(line)
        if isinstance(value, dict):
            _insert(model, fields, waiting)
            model, waiting = known[value["table"]], []
            by_name = {field.attname: field for field in columns(model)}
            fields = [by_name[name] for name in value["columns"]]
            continue
        waiting.append(_instance(model, fields, value, reseal))
        done += 1
        if len(waiting) >= CHUNK:
            _insert(model, fields, waiting)
            waiting = []
    _insert(model, fields, waiting)
    _reset_sequences(known.values())
    return done


def _instance(model, fields, values, reseal):
    instance = model()
    for field, value in zip(fields, values, strict=True):
        if value is not None and not isinstance(field, models.JSONField):
            value = field.to_python(value)
            if reseal and isinstance(field, SecretField):
                value = reseal(value)
        setattr(instance, field.attname, value)
    return instance


def _insert(model, fields, instances: list) -> None:
    """Raw, so that no column is set by itself (auto_now_add) and no signal makes further rows."""
    size = max(1, connection.ops.bulk_batch_size(fields, instances)) if instances else 1
    for start in range(0, len(instances), size):
        model._base_manager.all()._insert(
            instances[start : start + size], fields=fields, using=connection.alias, raw=True
        )


def _reset_sequences(known) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(known)):
            cursor.execute(statement)
