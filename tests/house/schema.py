"""The shape of a database as lines of text, so that two of them can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

# Tables that Alembic, huey and SQLite make for themselves.
FOREIGN = re.compile(r"alembic_version|huey_|sqlite_")


def shape_of(connection: Connection) -> list[str]:
    """Every table, column, key, constraint, index, trigger and function of the database, one line each, sorted."""
    inspector = inspect(connection)
    tables = [name for name in inspector.get_table_names() if is_ours(name)]
    lines = [line for table in tables for line in _table(inspector, table)]
    raw = _sqlite_extras(connection) if connection.dialect.name == "sqlite" else _postgresql_extras(connection)
    return sorted([*lines, *raw])


def is_ours(table: str) -> bool:
    """Whether a table belongs to the models."""
    return FOREIGN.match(table) is None


def _table(inspector: Inspector, table: str) -> Iterator[str]:
    for column in inspector.get_columns(table):
        needs = "" if column["nullable"] else " not null"
        given = f"default {column['default']} {column.get('computed', '')}"
        yield f"{table}.{column['name']}: {column['type']!r}{needs} {given}"
    yield f"{table} primary key {inspector.get_pk_constraint(table)['constrained_columns']}"
    for key in inspector.get_foreign_keys(table):
        target = f"{key['referred_table']}{key['referred_columns']}"
        yield f"{table} {key['name']} {key['constrained_columns']} -> {target} {key['options']}"
    for unique in inspector.get_unique_constraints(table):
        yield f"{table} {unique['name']} unique {unique['column_names']}"
    for check in inspector.get_check_constraints(table):
        yield f"{table} {check['name']} check {_plain(check['sqltext'])}"


def _sqlite_extras(connection: Connection) -> list[str]:
    # Indexes as they were written (partial, by expression); tables of the search and their triggers too.
    rows = connection.execute(
        text(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND (type IN ('index', 'trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%')"
        )
    )
    numbered = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))
    never_again = [f"{name} gives no number twice" for name in numbered.scalars()]
    return [*never_again, *(f"{kind} {name}: {_plain(sql)}" for kind, name, sql in rows)]


def _postgresql_extras(connection: Connection) -> list[str]:
    rows: Any = connection.execute(
        text(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT 'extension ' || extname FROM pg_extension"
        )
    )
    return [_plain(row[0]) for row in rows if not FOREIGN.search(row[0])]


def _plain(sql: str) -> str:
    return re.sub(r'[\s"()]+', " ", sql).strip()
