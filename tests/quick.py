"""Makes a portal for each test cheap without changing what it is.

Most of what a test would wait for is composed from text that does not change between tests: how an address is matched
and written, the SQL of a select, the code of a template. What one portal of this process composed, the next ones share.
And nothing here has to survive a power cut, so no commit to SQLite waits for the disk.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, has_app_context
from huey.storage import SqliteStorage
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


def remember_addresses() -> None:
    """Let every later portal of this process reuse what an earlier one compiled of an address."""
    compile_anew = Rule.compile
    known: dict[Any, Rule] = {}

    def compile_once(rule: Rule) -> None:
        # What is compiled depends on the pattern and its defaults, not on the portal.
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), rule.merge_slashes, rule.map.host_matching)
        first = known.get(key)
        if first is None:
            compile_anew(rule)
            known[key] = rule
            return
        rule._parts, rule._trace = list(first._parts), list(first._trace)
        rule._converters, rule.arguments = dict(first._converters), set(first.arguments)
        rule._build = first._build.__func__.__get__(rule, None)  # type: ignore[attr-defined]
        rule._build_unknown = first._build_unknown.__func__.__get__(rule, None)  # type: ignore[attr-defined]

    Rule.compile = compile_once  # type: ignore[method-assign]


def remember_statements() -> None:
    """Let every later database of this process reuse the SQL that was composed for an earlier one of its kind."""
    known: LRUCache[Any, Any] = LRUCache(5_000)
    Engine._compiled_cache = property(lambda self: known, lambda self, own: None)  # type: ignore[assignment]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # part of the key: all of a kind speak alike here
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]


class Remembered(BytecodeCache):
    """The compiled templates of this process, known by name and text."""

    known: dict[tuple[str, str], bytes] = {}  # noqa: RUF012 - one for all portals is what this is for

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what was compiled of this very text."""
        if (bucket.key, bucket.checksum) in self.known:
            bucket.bytecode_from_string(self.known[bucket.key, bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.known[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def remember_templates(app: Flask) -> None:
    """Let this portal use the templates that an earlier one of this process compiled."""
    app.jinja_env.bytecode_cache = Remembered()


def never_wait_for_the_disk() -> None:
    """Let SQLite give what it writes to the system and go on, in the portal's database and in its queue.

    A portal waits as in production where its config has WAITS_FOR_DISK.
    """
    event.listen(Engine, "connect", _go_on)  # after the portal's own listener, which was there first
    switch = SqliteStorage._set_journal_mode

    def switch_and_go_on(storage: SqliteStorage, connection: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")
        switch(storage, connection)

    SqliteStorage._set_journal_mode = switch_and_go_on


def _go_on(connection: Any, entry: Any) -> None:
    waits = has_app_context() and current_app.config.get("WAITS_FOR_DISK")
    if type(connection).__module__.startswith("sqlite3") and not waits:
        connection.execute("PRAGMA synchronous=OFF")
