"""Makes a portal for each test cheap without changing what it is.

Four fifths of the time that create_app takes goes into werkzeug compiling, for each address, the function that writes
it. That function depends on nothing but the pattern of the address and its defaults, so portals can share it. A quarter
of a test's time goes into composing SQL that the test before composed for its own database of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def remember_builders() -> None:
    """Let every later portal of this process reuse the builders of addresses that an earlier one compiled."""
    compile_anew = Rule._compile_builder
    known: dict[Any, Builder] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Builder:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]


def remember_statements() -> None:
    """Let every later database of this process reuse the SQL that was composed for an earlier one of its kind."""
    known: LRUCache[Any, Any] = LRUCache(5_000)
    Engine._compiled_cache = property(lambda self: known, lambda self, own: None)  # type: ignore[assignment]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # part of the key: all of a kind speak alike here
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
