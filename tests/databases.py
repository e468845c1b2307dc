"""A fresh database for each test, made once and copied or emptied, because building the schema each time is slow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, make_url, text

from portal.core.db import Base
from tests.postgres import address, throwaway_server

# Takes the rows out of tables that ever had some, and counts anew where something was counted: 4 ms. TRUNCATE and ALTER
# SEQUENCE … RESTART make a new file for each table, index and sequence, and take ten times as long.
EMPTY_ALL = """
DO $$ DECLARE name regclass; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT oid FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
  PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""
NUMBERS = count(1)  # two who ask for a database of the same name get two databases


class Store(Protocol):
    """Where databases for tests come from."""

    def fresh(self, folder: Path) -> str:
        """The DATABASE_URL of a database with all tables and no rows, for one test."""
        ...

    def another(self, name: str, like: str = "") -> str:
        """The DATABASE_URL of one more such database, which stays until the end; a copy of the one at `like`."""
        ...


class SqliteStore:
    """Copies a prepared file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prepared = folder / "prepared.db"
        create_tables(f"sqlite:///{self.prepared}")

    def fresh(self, folder: Path) -> str:
        shutil.copyfile(self.prepared, folder / "portal.db")
        return f"sqlite:///{folder / 'portal.db'}"

    def another(self, name: str, like: str = "") -> str:
        path = self.folder / f"{name}_{next(NUMBERS)}.db"
        shutil.copyfile(like.removeprefix("sqlite:///") or self.prepared, path)
        return f"sqlite:///{path}"


class PostgresStore:
    """Keeps one database on a throwaway server and empties it."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self.url = address(socket)
        create_tables(self.url)
        self.engine = create_engine(self.url, isolation_level="AUTOCOMMIT", pool_size=1)

    def fresh(self, folder: Path) -> str:
        with self.engine.connect() as connection:
            connection.execute(text(EMPTY_ALL))
        return self.url

    def another(self, name: str, like: str = "") -> str:
        name = f"{name}_{next(NUMBERS)}"
        template = make_url(like).database if like else "template1"
        with self.engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        if not like:
            create_tables(address(self.socket, name))
        return address(self.socket, name)


@contextmanager
def open_store(kind: str, folder: Path) -> Iterator[Store]:
    """The store of `kind` (sqlite or postgresql) for one process of the test run."""
    if kind == "sqlite":
        yield SqliteStore(folder)
        return
    with throwaway_server() as socket:
        store = PostgresStore(socket)
        yield store
        store.engine.dispose()


def create_tables(url: str) -> None:
    """Create every table of the models in the empty database at `url`."""
    with closing_engine(url) as engine:
        Base.metadata.create_all(engine)


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    """An engine whose connections are closed at the end."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
