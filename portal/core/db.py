"""The database: one base for all tables, one way to write, one way to lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from math import inf
from time import monotonic
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Table,
    bindparam,
    event,
    inspect,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeDecorator

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER
ALONE: dict[str, dict[str, Any]] = {  # how a SELECT is sent without a transaction around it
    "postgresql": {"isolation_level": "AUTOCOMMIT"}, "sqlite": {"alone": True},
}  # fmt: skip
RESTED = 1.0  # seconds
Action = tuple[Callable[..., None], tuple[Any, ...]]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored as UTC, always read back aware (SQLite forgets zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The parent of every table."""

    registry = registry(metadata=MetaData(naming_convention=CONVENTION), type_annotation_map={datetime: UtcDateTime})


class Keyed:
    """A row with a number of its own."""

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True, sort_order=-10)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, with a connection for look_up that is given back when the request ends."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.teardown_appcontext(give_reader_back)


db = Database(model_class=Base)
Row = TypeVar("Row", bound=Base)


@contextmanager
def transaction() -> Iterator[None]:
    """One change, whole or not at all: the outermost commits, inner ones join, any error undoes everything.

    What was read before is ended and read again under the lock, because a change built on an old view of
    SQLite is refused as locked. What `after_commit` was given runs once the change is safe.
    """
    session = db.session()
    if session.info.get("changing"):
        yield
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("State was changed outside an operation.")
    session.rollback()
    session.info.update(changing=True, afterwards=[], before=[])
    try:
        session.connection(execution_options={"immediate": True})
        yield
        _run(session.info["before"])
        session.commit()
    except BaseException:
        session.rollback()
        session.info["afterwards"] = []
        raise
    finally:
        session.info["changing"] = False
    _run(session.info["afterwards"])


def is_changing() -> bool:
    """Whether a transaction() is open in this thread's database session."""
    return bool(db.session().info.get("changing"))


def before_commit(action: Callable[..., None], *args: Any) -> None:
    """Run `action(*args)` as the last thing of the open transaction, once however often it is asked for."""
    _remember("before", (action, args))


def after_commit(action: Callable[..., None], *args: Any) -> None:
    """Run `action(*args)` once the open transaction is safe, once however often it is asked for."""
    _remember("afterwards", (action, args))


def lock(row: Row) -> Row:
    """Take the lock of `row` until the transaction ends, then read it anew.

    An UPDATE that sets the id to itself is a row lock on PostgreSQL and the write lock on SQLite, where
    SELECT … FOR UPDATE is silently dropped. Several parents: lock them in the order of their ids.
    """
    if not is_changing():
        raise RuntimeError("A lock needs an open transaction.")
    return cast("Row", db.session.scalars(_touching(type(row)), {"row_id": number_of(row)}).one())


def number_of(row: Base) -> int:
    """The number of a stored row, without a query: after a transaction `row.id` would read the whole row anew."""
    key = inspect(row).identity
    assert key is not None
    return cast("int", key[0])


def look_up(statement: Executable, values: dict[str, Any]) -> Sequence[Any]:
    """The rows of one SELECT of columns, read in a single round trip: no BEGIN before it, no ROLLBACK after.

    For what every page asks: all of a request on one connection, until objects are loaded or transaction() begins.
    From then on it reads what that has written, as everything there does.
    """
    if db.session.registry.has() and (session := db.session()).in_transaction():
        session.flush()
        return session.connection().execute(statement, values).all()
    try:
        return _reader().execute(statement, values).all()
    except Exception:
        give_reader_back()  # whatever state it is in
        raise


@event.listens_for(Session, "after_transaction_create")
def give_reader_back(*occasion: Any) -> None:
    """Give back the connection that the look_ups of a request share: at its end, and before its session takes one.

    No request holds two, for the pool has but one for each thread.
    """
    if has_app_context() and "reader" in g:
        g.pop("reader").close()


def insert(model: type[Base]) -> Any:
    """An INSERT that can say what happens when the row is there already: on_conflict_do_nothing, on_conflict_do_update.

    Looking first and adding then lets two at once through on PostgreSQL; the second would get an error.
    """
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def _reader() -> Connection:
    # Kept for the request: taking a connection and giving it back costs as much as asking.
    if "reader" not in g:
        connection = db.engine.connect()
        g.reader = connection.execution_options(**ALONE[connection.dialect.name])
    return cast("Connection", g.reader)


@cache
def _touching(model: type[Base]) -> ReturningUpdate[Any]:
    table = cast("Table", model.__table__)
    touched = update(model).where(table.c.id == bindparam("row_id")).values(id=table.c.id).returning(model)
    return touched.execution_options(populate_existing=True, synchronize_session=False)


def _run(actions: list[Action]) -> None:
    while actions:
        action, args = actions.pop(0)
        action(*args)


def _remember(when: str, action: Action) -> None:
    waiting: list[Action] = db.session().info[when]
    if action not in waiting:
        waiting.append(action)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    if not _is_sqlite(connection):
        return
    connection.isolation_level = None  # BEGIN is ours, see below
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", f"synchronous={_durability()}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _is_sqlite(connection: Any) -> bool:
    return type(connection).__module__.startswith("sqlite3")


def _durability() -> str:
    """In production a commit waits for the disk: a receipt that was given must survive a power cut too."""
    return "FULL" if has_app_context() and current_app.config.get("PORTAL_ENV") == "production" else "NORMAL"


@event.listens_for(Pool, "checkin")
def _note_rest(connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["resting_since"] = monotonic()


@event.listens_for(Pool, "checkout")
def _wake_rested(connection: Any, entry: ConnectionPoolEntry, lent: PoolProxiedConnection) -> None:
    """Ask a connection to a server that has rested whether it still stands: asking each time costs a page a third."""
    if monotonic() - entry.info.get("resting_since", inf) < RESTED or _is_sqlite(connection):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise InvalidatePoolError from error  # all of the pool are made anew, and nobody notices


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and "alone" not in connection.get_execution_options():
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@event.listens_for(Engine, "handle_error")
def _keep_values_out(context: ExceptionContext) -> None:
    """PostgreSQL shows the failing row below its message. That is what people typed, and no text for a log."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])
