"""A portal with the demo world that a browser can reach, as fresh for each test as a copied file can be."""

from __future__ import annotations

import contextvars
import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.accounts.operations import start_sign_in
from portal.accounts.queries import find_account
from portal.core.jobs import sweep
from portal.enrollments.reminding import remind
from tests.conftest import build_app, close_app
from tests.databases import create_tables
from tests.postbox import Mail, Sink, free_port


class Patient(WSGIRequestHandler):
    """Answers one connection, and lets go of one on which a browser says nothing."""

    timeout = 10


@dataclass(frozen=True)
class Live:
    """A running portal: its address, its app, and the mail that it sends."""

    url: str
    app: Flask
    sink: Sink

    def deliver(self) -> list[Mail]:
        """Do once what the worker does all the time; gives the mails that arrived."""
        self.inside(sweep)
        return self.sink.take()

    def cookie_of(self, email: str) -> Any:
        """The cookie of a real sign-in of the person with this address, for a browser's context.add_cookies()."""
        client = self.app.test_client()

        def enter() -> None:
            account = find_account(email)
            assert account is not None, f"nobody has the address {email}"
            with client.session_transaction(base_url=self.url) as session:
                session["_user_id"] = start_sign_in(account, way="password", browser="Tests")

        self.inside(enter)
        name = str(self.app.config["SESSION_COOKIE_NAME"])
        cookie = client.get_cookie(name, domain="127.0.0.1")
        assert cookie is not None
        return {"name": name, "value": cookie.value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}

    def inside(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call `work` as a part of the portal, in a context of its own. Give plain values back, not rows."""

        def with_app() -> Any:
            with self.app.app_context():
                return work(*args, **kwargs)

        return contextvars.Context().run(with_app)


def make_demo_file(folder: Path) -> Path:
    """Load the demo world once; the file is copied for each test."""
    path = folder / "demo.db"
    create_tables(f"sqlite:///{path}")
    load_demo(f"sqlite:///{path}", folder)
    return path


def load_demo(url: str, folder: Path) -> None:
    """Load the demo world into the database at `url` by the command that people use."""
    app = build_app(url, folder)
    answer = app.test_cli_runner().invoke(args=["demo", "load"])
    assert answer.exit_code == 0, f"{answer.output} {answer.exception!r}"
    with app.app_context():
        remind()  # what is due on the first morning is owed from the beginning, not in the middle of some journey
        close_app(app)


def demo_people(app: Flask) -> list[dict[str, str]]:
    """Who signs in to the demo world, as the command says it: email, role, permission, community and more."""
    answer = app.test_cli_runner().invoke(args=["demo", "people"])
    return [json.loads(line) for line in answer.output.splitlines() if line.startswith("{")]


def whole(app: Flask) -> Callable[..., list[bytes]]:
    """The same answers, each in one piece: Werkzeug's server leaves a file open when a browser goes away meanwhile, and
    a file that is left open fails some later test.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with closing(app(environ, start_response)) as pieces:
            return [b"".join(pieces)]

    return answer


@contextmanager
def serve(demo: Path, folder: Path, sink: Sink, mail_url: str) -> Iterator[Live]:
    """Serve a copy of the file `demo` by threads, with tokens in its forms as in production."""
    shutil.copyfile(demo, folder / "portal.db")
    port = free_port()
    app = build_app(f"sqlite:///{folder / 'portal.db'}", folder, MAIL_URL=mail_url, PORT=str(port))
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, whole(app), threaded=True, request_handler=Patient)
    server.daemon_threads = False  # the last answers are given before the portal is taken down under them
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Live(f"http://127.0.0.1:{port}", app, sink)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            close_app(app)
