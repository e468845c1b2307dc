"""What the search needs beside the table of districts: made with the tables and by the migrations alike.

SQLite keeps an FTS5 table of trigrams, in step by triggers inside the same transaction; PostgreSQL an index of
pg_trgm, and where that extension may not be added nothing: words are then looked for as they are (see finding).
A migration that rebuilds the table of districts on SQLite loses the triggers: it must call both functions again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

SEARCHED = ("name", "short_name", "city")
NEW, OLD = (", ".join(f"{row}.{name}" for name in SEARCHED) for row in ("new", "old"))
COLUMNS = ", ".join(SEARCHED)
ENTER = f"INSERT INTO district_search (rowid, {COLUMNS}) VALUES (new.id, {NEW});"
LEAVE = f"INSERT INTO district_search (district_search, rowid, {COLUMNS}) VALUES ('delete', old.id, {OLD});"
# An external-content table: it holds the index only, and reads the words from districts. It must therefore be told of
# every change, with the old words, or it keeps finding what is gone.
IN_SQLITE = (
    "CREATE VIRTUAL TABLE district_search USING fts5"
    f" ({COLUMNS}, content='districts', content_rowid='id', tokenize='trigram')",
    f"CREATE TRIGGER district_search_added AFTER INSERT ON districts BEGIN {ENTER} END",
    f"CREATE TRIGGER district_search_removed AFTER DELETE ON districts BEGIN {LEAVE} END",
    f"CREATE TRIGGER district_search_changed AFTER UPDATE OF id, {COLUMNS} ON districts"
    f" WHEN (old.id, {OLD}) IS NOT (new.id, {NEW}) BEGIN {LEAVE} {ENTER} END",
    "INSERT INTO district_search (district_search) VALUES ('rebuild')",
)
IN_POSTGRESQL = (
    # Without fastupdate: a list of pending entries, never small after an import, would keep the index from being used.
    "CREATE INDEX district_search ON districts USING gin ((name || ' ' || short_name || ' ' || city) gin_trgm_ops)"
    " WITH (fastupdate = off)",
)
TRIGGERS = ("added", "removed", "changed")


def create_search(connection: Connection) -> None:
    """Make what the search needs beside the table of districts, and fill it from the rows that are there."""
    if connection.dialect.name == "sqlite":
        _run(connection, IN_SQLITE)
    elif _add_extension(connection):
        _run(connection, IN_POSTGRESQL)


def drop_search(connection: Connection) -> None:
    """Take away what create_search made; the extension of PostgreSQL stays, others may use it."""
    if connection.dialect.name == "sqlite":
        _run(connection, [f"DROP TRIGGER IF EXISTS district_search_{name}" for name in TRIGGERS])
        _run(connection, ["DROP TABLE IF EXISTS district_search"])
    else:
        _run(connection, ["DROP INDEX IF EXISTS district_search"])


def _run(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _add_extension(connection: Connection) -> bool:
    try:
        # On PostgreSQL a statement that fails spoils its whole transaction; the savepoint lets the migration go on
        # without.
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:  # no right to, or not on that machine
        return False
    return True
