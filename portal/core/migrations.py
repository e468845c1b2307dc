"""Whether the tables are those of this version, and what brings them there: Alembic, only when somebody migrates."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import inspect, text

from .db import db

FOLDER = Path(__file__).parents[1] / "migrations"
NAMES = re.compile(r"^(down_)?revision = (?:\"([^\"]+)\"|None)$", re.MULTILINE)


class Commands(click.Command):
    """`flask db`, which brings Alembic along when somebody calls it."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:  # fmt: skip
        real: click.Group = import_module("flask_migrate.cli").db
        return real.make_context(info_name, args, parent, **extra)


class Migrations:
    """Stands where Flask-Migrate is looked for and puts it there when it is: a web worker never needs its 11 MB."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        app.extensions["migrate"] = self
        app.cli.add_command(Commands("db", help="Migrations of the database."))

    def __getattr__(self, name: str) -> Any:
        import_module("flask_migrate").Migrate(
            self._app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True
        )
        return getattr(self._app.extensions["migrate"], name)


def is_current() -> bool:
    """Whether the newest migration, and no other, was the last to run on this database."""
    connection = db.session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return False
    return set(connection.scalars(text("SELECT version_num FROM alembic_version"))) == newest()


@cache
def newest() -> frozenset[str]:
    """The migrations that no other one follows: one, unless two were written beside each other."""
    told = [NAMES.findall(path.read_text(encoding="utf-8")) for path in (FOLDER / "versions").glob("*.py")]
    followed = {name for file in told for down, name in file if down}
    return frozenset(name for file in told for down, name in file if not down and name not in followed)
