"""One way to write, one way to lock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import create_engine, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from portal.accounts.models import Account
from portal.core.db import after_commit, before_commit, db, insert, is_changing, lock, look_up, transaction
from tests.conftest import build_app, close_app
from tests.core.builders import a_row, names

EAST = timezone(timedelta(hours=-4))


@pytest.fixture(autouse=True)
def _portal(app) -> None:
    """Every test here works on a fresh database."""


def test_what_is_written_is_there_afterwards() -> None:
    with transaction():
        a_row("first@example.org")
    db.session.rollback()
    assert names() == ["first@example.org"]


def test_an_inner_change_is_kept_by_the_outermost_only() -> None:
    with transaction():
        with transaction():
            a_row("first@example.org")
        assert is_changing()
        a_row("second@example.org")
    assert not is_changing()
    assert names() == ["first@example.org", "second@example.org"]


def test_an_error_undoes_everything_and_is_told_on() -> None:
    with pytest.raises(ValueError, match="no"):
        fail_late()
    assert (names(), is_changing()) == ([], False)


def test_an_error_of_the_database_undoes_everything_too() -> None:
    with pytest.raises(IntegrityError):
        write_twice("first@example.org")
    assert names() == []


def test_after_an_error_the_next_change_is_kept() -> None:
    with pytest.raises(ValueError, match="no"):
        fail_late()
    with transaction():
        a_row("first@example.org")
    assert names() == ["first@example.org"]


def test_a_change_outside_of_an_operation_is_refused() -> None:
    db.session.add(Account(email="stray@example.org", name="Stray", created_at=datetime.now(UTC)))
    with pytest.raises(RuntimeError, match="State was changed outside an operation"), transaction():
        pass
    db.session.rollback()
    assert names() == []


def test_what_was_read_before_is_read_anew_inside() -> None:
    with transaction():
        row = a_row("first@example.org")
    assert row.name == "Somebody"
    with db.engine.begin() as other:
        other.execute(text("UPDATE accounts SET name = 'Changed meanwhile'"))
    with transaction():
        assert row.name == "Changed meanwhile"
        row.email = "second@example.org"
    assert names() == ["second@example.org"]


def test_what_waits_for_the_commit_runs_once_and_only_then() -> None:
    told: list[str] = []

    def tell(word: str) -> None:
        told.append(f"{word} {is_changing()}")

    with transaction():
        for _ in range(3):
            after_commit(tell, "after")
            before_commit(tell, "before")
        assert told == []
    assert told == ["before True", "after False"]


def test_what_waits_for_the_commit_does_not_run_when_there_is_none() -> None:
    told: list[str] = []
    with pytest.raises(ValueError, match="no"):
        fail_late(told)
    with transaction():
        pass
    assert told == []


def test_a_lock_needs_a_transaction() -> None:
    with transaction():
        row = a_row("first@example.org")
    with pytest.raises(RuntimeError, match="A lock needs"):
        lock(row)


def test_a_lock_reads_the_row_anew() -> None:
    with transaction():
        row = a_row("first@example.org")
        db.session.flush()
        db.session.execute(text("UPDATE accounts SET name = 'Changed behind its back'"))
        assert lock(row).name == "Changed behind its back"


def test_with_the_lock_nobody_counts_the_same_number_twice(two_at_once) -> None:
    number = a_counter()
    two_at_once(lambda _: count_under_the_lock(number), 8)
    assert counted(number) == 8


def test_without_the_lock_numbers_get_lost(two_at_once) -> None:
    number, all_have_read = a_counter(), threading.Barrier(8)
    two_at_once(lambda _: count_without_the_lock(number, all_have_read), 8)
    assert counted(number) == 1


def test_two_who_insert_the_same_at_once_get_one_row_and_no_error(two_at_once) -> None:
    answers = two_at_once(lambda _: insert_once("first@example.org"), 4)
    assert sorted(answers) == [False, False, False, True]
    assert names() == ["first@example.org"]


@pytest.mark.parametrize("zone", [UTC, EAST])
def test_a_moment_comes_back_in_utc(zone: timezone) -> None:
    with transaction():
        row = a_row("first@example.org", created_at=datetime(2026, 10, 1, 9, tzinfo=zone))
    db.session.refresh(row)
    assert row.created_at == datetime(2026, 10, 1, 9, tzinfo=zone)
    assert row.created_at.tzinfo == UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="without a zone"), transaction():
        a_row("first@example.org", created_at=datetime(2026, 10, 1, 9))
    assert names() == []


def test_no_moment_stays_none() -> None:
    with transaction():
        row = a_row("first@example.org")
    assert row.disabled_at is None


def test_moments_compare_in_the_database() -> None:
    with transaction():
        a_row("first@example.org", created_at=datetime(2026, 10, 1, 9, tzinfo=EAST))
    later = select(Account.id).where(Account.created_at > datetime(2026, 10, 1, 12, 59, tzinfo=UTC))
    assert len(db.session.scalars(later).all()) == 1


def test_sqlite_keeps_foreign_keys_and_lets_readers_read() -> None:
    if db.engine.dialect.name == "postgresql":
        return
    settings = [db.session.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "journal_mode", "busy_timeout")]
    assert settings == [1, "wal", 30000]


def fail_late(told: list[str] | None = None) -> None:
    with transaction():
        after_commit((told if told is not None else []).append, "after")
        a_row("first@example.org")
        with transaction():
            a_row("second@example.org")
            raise ValueError("no")


def write_twice(email: str) -> None:
    with transaction():
        a_row(email)
        a_row(email)


def a_counter() -> int:
    with transaction():
        row = a_row("counter@example.org", name="0")
    return row.id


def counted(number: int) -> int:
    db.session.rollback()
    return int(db.session.get_one(Account, number).name)


def count_under_the_lock(number: int) -> None:
    with transaction():
        row = lock(db.session.get_one(Account, number))
        row.name = str(int(row.name) + 1)


def count_without_the_lock(number: int, all_have_read: threading.Barrier) -> None:
    seen = int(db.session.get_one(Account, number).name)
    all_have_read.wait(timeout=30)
    with transaction():
        db.session.get_one(Account, number).name = str(seen + 1)


def insert_once(email: str) -> bool:
    row = insert(Account).values(email=email, name="x", created_at=datetime.now(UTC))
    with transaction():
        made = row.on_conflict_do_nothing(index_elements=["email"]).returning(Account.id)
        return db.session.scalar(made) is not None


@pytest.mark.parametrize(("env", "level"), [("development", 1), ("production", 2)])
def test_in_production_a_commit_to_sqlite_waits_for_the_disk(tmp_path: Path, env: str, level: int) -> None:
    built = build_app(f"sqlite:///{tmp_path / 'own.db'}", tmp_path)
    built.config.update(PORTAL_ENV=env, WAITS_FOR_DISK=True)
    with built.app_context():
        assert db.session.scalar(text("PRAGMA synchronous")) == level
        close_app(built)


def test_a_look_up_inside_a_change_sees_what_it_wrote_and_outside_only_what_is_kept() -> None:
    emails = select(Account.email)
    with transaction():
        a_row("first@example.org")
        db.session.flush()
        assert [row.email for row in look_up(emails, {})] == ["first@example.org"]
        db.session.rollback()
    assert look_up(emails, {}) == []


def test_a_connection_that_died_while_it_rested_is_made_anew(monkeypatch) -> None:
    monkeypatch.setattr("portal.core.db.RESTED", 0)
    db.session.remove()
    for _ in range(2):
        if db.engine.dialect.name == "postgresql":
            cut_the_pooled_one()
        with current_app.app_context():
            assert look_up(select(Account.email), {}) == []


def test_look_ups_share_a_connection_and_no_change_needs_a_second_one() -> None:
    db.session.remove()
    lent = []
    for _ in range(2):
        look_up(select(Account.email), {})
        lent.append(db.engine.pool.checkedout())
    with transaction():
        a_row("first@example.org")
        lent.append(db.engine.pool.checkedout())
    db.session.remove()
    assert [*lent, db.engine.pool.checkedout()] == [1, 1, 1, 0]


def test_a_look_up_that_failed_gives_its_connection_back() -> None:
    db.session.remove()
    with pytest.raises(DBAPIError):
        look_up(select(literal_column("no_such_column")), {})
    assert db.engine.pool.checkedout() == 0
    assert look_up(select(Account.email), {}) == []


def test_a_connection_of_a_look_up_opens_transactions_again_afterwards() -> None:
    db.session.remove()
    look_up(select(Account.email), {})
    with pytest.raises(ValueError, match="no"):
        fail_late()
    assert names() == []


def cut_the_pooled_one() -> None:
    """The server ends the connection that the pool holds, as when it is started anew."""
    with current_app.app_context():
        pid = look_up(select(func.pg_backend_pid()), {})[0][0]
    engine = create_engine(db.engine.url)
    with engine.connect() as connection:
        connection.execute(select(func.pg_terminate_backend(pid)))
    engine.dispose()
