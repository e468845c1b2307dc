"""What every test may ask for: a fresh portal, a client, a stopped clock, the mail, and a rush of people."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts.models import Account
from portal.accounts.operations import start_sign_in
from portal.core.db import db, give_reader_back
from portal.core.mail import deliver_due
from portal.settings import Settings
from tests.databases import Store, open_store
from tests.postbox import Mail, Sink, open_sink
from tests.postgres import address, throwaway_server
from tests.quick import never_wait_for_the_disk, remember_addresses, remember_statements, remember_templates

HOME = ZoneInfo("America/New_York")  # where both demo communities live
# What says the same with either database and runs with SQLite alone, each with the reason. PostgreSQL gets what can
# differ there: operations, queries, races, the schema, search, jobs, what nobody should type, walks through every page.
ONCE = {
    "tests/*/test_views.py": "addresses, words, forms and answers; what a door asks and writes has tests without it",
    "tests/*/test_*_views.py": "the same",
    "tests/house/test_routes.py": "which buttons refuse whom; every page is opened by everybody with both",
    "tests/house/test_markup.py": "what templates and mails make of a text",
    "tests/house/test_gates.py": "which gate a door names",
    "tests/house/test_htmx.py": "the script that a page names",
    "tests/components/*.py": "templates",
    "tests/test_frame.py": "the menu around a page",
    "tests/core/test_access.py": "gates: the person is looked up in one way by all of them",
    "tests/core/test_csrf.py": "tokens of forms",
    "tests/core/test_failures.py": "how refusals look",
    "tests/core/test_headers.py": "what every answer carries",
    "tests/core/test_limits.py": "counted in memory",
    "tests/core/test_mail.py": "how a mail is composed and handed over",
    "tests/core/test_pdf.py": "a letter on paper",
    "tests/core/test_storage.py": "files outside of the database",
    "tests/core/test_uploads.py": "what is inside a file",
    "tests/core/test_web.py": "pages, parts and redirects",
    "tests/demo/test_ways.py": "where a page leads",
    "tests/home/test_mailbox.py": "mail that lies in a folder",
}
TWICE = ("test_a_page_opens_for_those_it_is_for_and_no_look_at_it_changes_anything",)


remember_addresses()
remember_statements()
never_wait_for_the_disk()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="which database the tests run on"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What says the same with either database runs with SQLite, and once is enough."""
    if config.getoption("--database") == "sqlite":
        return
    once = [item for item in items if is_once(item)]
    items[:] = [item for item in items if item not in set(once)]
    config.hook.pytest_deselected(items=once)


def is_once(item: pytest.Item) -> bool:
    """Whether a test opens no database, or stands in a file of the list and is no race."""
    needs: tuple[str, ...] = getattr(item, "fixturenames", ())
    if "store" not in needs:
        return True
    is_race = "two_at_once" in needs
    is_twice = item.name.partition("[")[0] in TWICE
    return not is_race and not is_twice and any(item.path.match(pattern) for pattern in ONCE)


class Visitor(FlaskClient):
    """A client whose every request has a context of its own, as in production.

    Without it a request inside the test's context would share its session and its `g` with the one before.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.rollback()  # what the test holds is read anew
        return response


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The databases of this process."""
    with open_store(request.config.getoption("--database"), tmp_path_factory.mktemp("store")) as opened:
        yield opened


@pytest.fixture(scope="session")
def sink() -> Iterator[tuple[Sink, str]]:
    """The SMTP server of this process."""
    with open_sink() as opened:
        yield opened


@pytest.fixture
def app(store: Store, sink: tuple[Sink, str], tmp_path: Path) -> Iterator[Flask]:
    """A portal with an empty database, its context open for the test."""
    built = build_app(store.fresh(tmp_path), tmp_path, MAIL_URL=sink[1])
    with built.app_context():
        yield built
        close_app(built)


@pytest.fixture
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the chosen kind without a single table."""
    if request.config.getoption("--database") == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with throwaway_server() as socket:
        yield address(socket)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody's browser, without scripts."""
    return app.test_client()


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, Account], FlaskClient]:
    """sign_in(client, account): a real sign-in of this person, its token in the client's cookie. Gives the client."""

    def enter(client: FlaskClient, account: Account) -> FlaskClient:
        token = start_sign_in(account, way="password", browser="Tests")
        with client.session_transaction() as session:
            session["_user_id"] = token
        return client

    return enter


@pytest.fixture
def at() -> Iterator[Callable[[str], datetime]]:
    """Stop the clock: at("2026-10-01 09:00") is New York's wall clock, a time with an offset is taken as it is.

    Asking again moves the clock. Gives the moment in UTC.
    """
    with ExitStack() as stopped:

        def stop(wall: str) -> datetime:
            stopped.close()
            moment = moment_of(wall)
            stopped.enter_context(time_machine.travel(moment, tick=False))
            return moment

        yield stop


@pytest.fixture
def mailbox(app: Flask, sink: tuple[Sink, str]) -> Callable[[], list[Mail]]:
    """Run the worker's delivery over real SMTP; gives what arrived since the last time."""
    sink[0].take()

    def collect() -> list[Mail]:
        contextvars.Context().run(_deliver, app)
        db.session.rollback()
        return sink[0].take()

    return collect


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """with count_queries() as statements: … collects the SQL sent meanwhile, without BEGIN and COMMIT."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def two_at_once(app: Flask) -> Callable[..., list[Any]]:
    """two_at_once(work, n=2): call work(0) … work(n-1) at one instant, each in a thread and context of its own.

    Gives the answers in the order of numbers; an error stands in the list as itself. A row belongs to the session of
    the test: take its number along and get it again inside `work`.
    """

    def rush(work: Callable[[int], Any], n: int = 2) -> list[Any]:
        start = threading.Barrier(n)

        def one(number: int) -> Any:
            with app.app_context():
                start.wait(timeout=30)
                return work(number)

        read_anew()
        with ThreadPoolExecutor(n) as people:
            futures = [people.submit(one, number) for number in range(n)]
        db.session.rollback()
        return [future.exception() or future.result() for future in futures]

    return rush


def build_app(database_url: str, folder: Path, **environ: str) -> Flask:
    """A portal as `environ` sets it, all it keeps in `folder`. Forms need no token here: that has tests of its own."""
    told = {"DATABASE_URL": database_url, "SECRET_KEY": "for-tests-only", "WEB_CONCURRENCY": "1", **environ}
    settings = Settings.read(told, folder)
    built = create_app(settings)
    built.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    built.test_client_class = Visitor
    remember_templates(built)
    return built


def read_anew() -> None:
    """Load every row that the test holds, so that no thread has to do it through the session of another."""
    db.session.rollback()
    for row in list(db.session):
        with suppress(InvalidRequestError):  # a row that is gone
            db.session.refresh(row)


def close_app(app: Flask) -> None:
    """Close what the portal holds open: its databases and its queue."""
    db.session.remove()
    give_reader_back()
    db.engine.dispose()
    app.extensions["huey"].storage.close()


def moment_of(wall: str) -> datetime:
    """The moment at which New York's clocks show `wall`."""
    moment = datetime.fromisoformat(wall)
    return (moment if moment.tzinfo else moment.replace(tzinfo=HOME)).astimezone(UTC)


def _deliver(app: Flask) -> None:
    with app.app_context():
        deliver_due()
