"""The models and the migrations make the same database, and a migration can be taken back."""

from __future__ import annotations

import contextvars
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import insert, select, text

from portal.core.db import db
from portal.districts.models import District, DistrictFact
from portal.districts.queries import search_districts
from tests.conftest import build_app, close_app
from tests.databases import closing_engine
from tests.house.schema import is_ours, shape_of


def test_the_migrations_make_what_the_models_describe(app: Flask, bare_url: str, tmp_path: Path) -> None:
    migrate(bare_url, tmp_path, "upgrade")
    with db.engine.connect() as described:
        wanted = shape_of(described)
    assert shape(bare_url) == wanted


def test_the_migrations_can_be_taken_back_and_made_again(app: Flask, bare_url: str, tmp_path: Path) -> None:
    migrate(bare_url, tmp_path, "upgrade")
    there = shape(bare_url)
    migrate(bare_url, tmp_path, "downgrade", "base")
    assert {name for name in tables(bare_url) if is_ours(name)} == set()
    migrate(bare_url, tmp_path, "upgrade")
    assert shape(bare_url) == there


def test_what_stands_in_the_tables_stays_when_they_are_rebuilt_and_is_found_afterwards(
    app: Flask, bare_url: str, tmp_path: Path
) -> None:
    migrate(bare_url, tmp_path, "upgrade")
    with closing_engine(bare_url) as engine, engine.begin() as connection:
        row = {"id": 1, "name": "Sample River", "city": "Sample River", "website": "http://www.example.org"}
        connection.execute(insert(District), row)
        fact = {"district_id": 1, "name": "students", "value": "5", "source": "demo", "year": "2026-27"}
        connection.execute(insert(DistrictFact), fact)
    migrate(bare_url, tmp_path, "downgrade", "0001")
    migrate(bare_url, tmp_path, "upgrade")
    with closing_engine(bare_url) as engine, engine.begin() as connection:
        connection.execute(insert(District), {"id": 2, "name": "Test Cove", "city": "Test Cove"})
        assert connection.execute(select(DistrictFact.district_id, DistrictFact.value)).all() == [(1, "5")]
        assert connection.execute(select(District.domain).order_by(District.id)).scalars().all() == ["example.org", ""]
    other = build_app(bare_url, tmp_path)
    with other.app_context():
        assert [district.id for name in ("Sampel River", "Test Cvoe") for district in search_districts(name)] == [1, 2]
        close_app(other)


def migrate(url: str, folder: Path, way: str, revision: str = "head") -> None:
    """Run the migrations the way the flask command does, in an app of their own."""
    other = build_app(url, folder)

    def run() -> None:
        with other.app_context():
            getattr(flask_migrate, way)(revision=revision)
            close_app(other)

    contextvars.Context().run(run)


def shape(url: str) -> list[str]:
    with closing_engine(url) as engine, engine.connect() as connection:
        return shape_of(connection)


def tables(url: str) -> set[str]:
    name = "sqlite_master WHERE type = 'table'" if url.startswith("sqlite") else "pg_tables WHERE schemaname = 'public'"
    column = "name" if url.startswith("sqlite") else "tablename"
    with closing_engine(url) as engine, engine.connect() as connection:
        return set(connection.execute(text(f"SELECT {column} FROM {name}")).scalars())
