"""How migrations run: inside the app, on its own engine, leaving alone what is not a table of ours.

On SQLite a batch migration copies tables, so foreign keys are off while it runs and checked before it is kept.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from portal.core.db import UtcDateTime

migrate = current_app.extensions["migrate"]
FOREIGN = ("district_search", "huey_")  # the search index makes its own tables, the queue too


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether Alembic compares this object with the models."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return not str(table).startswith(FOREIGN) and not str(name).startswith(FOREIGN)


def render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write our own column type as what it is in the database, so that old migrations need no code of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    """Bring the tables to the wanted revision, in one transaction."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        _keep_foreign_keys(connection, "OFF")
    options = {**migrate.configure_args, "include_object": include_object, "render_item": render_item}
    context.configure(connection=connection, target_metadata=migrate.db.metadata, transactional_ddl=True, **options)
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("The migration would leave rows that point nowhere. Nothing was changed.")
    if is_sqlite:
        connection.commit()
        _keep_foreign_keys(connection, "ON")


def _keep_foreign_keys(connection: Connection, how: str) -> None:
    # By the driver's own connection: SQLAlchemy begins a transaction first, and SQLite ignores the pragma inside one.
    connection.connection.cursor().execute(f"PRAGMA foreign_keys={how}")


with migrate.db.engine.connect() as opened:
    run(opened)
