"""Databases to measure on: one is prepared, each measurement gets a copy of it, and all are thrown away at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text

from tests.postgres import address, throwaway_server

PREPARED = "prepared"


class Store(Protocol):
    """Where databases come from."""

    name: str

    def empty(self, label: str) -> str:
        """The DATABASE_URL of a new, empty database."""
        ...

    def copy(self, label: str) -> str:
        """The DATABASE_URL of a new copy of the prepared database."""
        ...


class SqliteStore:
    """Files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self, label: str) -> str:
        return f"sqlite:///{self.folder / label}.db"

    def copy(self, label: str) -> str:
        shutil.copyfile(self.folder / f"{PREPARED}.db", self.folder / f"{label}.db")
        return self.empty(label)


class PostgresStore:
    """Databases on a server behind a socket."""

    name = "PostgreSQL"

    def __init__(self, socket: str) -> None:
        self.socket = socket

    def empty(self, label: str) -> str:
        return self._create(label, "template0")

    def copy(self, label: str) -> str:
        return self._create(label, PREPARED)

    def _create(self, label: str, template: str) -> str:
        engine = create_engine(address(self.socket), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{label}" TEMPLATE "{template}"'))
        engine.dispose()
        return address(self.socket, label)


@contextmanager
def open_store(name: str, folder: Path) -> Iterator[Store]:
    """The store called `name`, SQLite or PostgreSQL, until the block ends."""
    if name == SqliteStore.name:
        yield SqliteStore(folder)
        return
    with throwaway_server() as socket:
        yield PostgresStore(socket)
