"""Markup in every text that the database holds stays text on every page and in every mail, and private text stays home.

The demo world is loaded, then a tag and a quote are put behind every stored text that a person or a file may have
brought. Nothing has to be listed for a new column to be tried: only what a text may not be is named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Column, String, Table, func, inspect, select, text, update

from portal.accounts.queries import find_account
from portal.core.db import Base, db, transaction
from portal.core.mail import WRITERS, compose
from portal.core.outbox import Outgoing
from tests.conftest import build_app, close_app
from tests.databases import Store
from tests.house.crawl import walk

TAG = '"><b canary>'
SHOWN = "&lt;b canary&gt;"
PRIVATE = "only-for-eclc"
READ = "eclc-loi-2026-c3"  # the round that is being read: its letters have scores and readers
PEOPLE = {
    "": ["/", "/eclc/letter", "/sign-in"],
    "teacher-general.beverly": ["/my", "/my/account", "/eclc/district"],
    "superintendent.demo-hill": ["/eclc/letters/3", "/eclc/letters/3/check", "/eclc/letters/3/whole", "/eclc/district"],
    "superintendent.example-harbor": ["/eclc/letters/1/standing", "/eclc/letters/1/receipt", "/eclc/letters/1/whole"],
    "superintendent.beverly": ["/eclc/district"],
    "superintendent.fable-point": ["/eclc/letters/5/standing"],
    "reviewer-a.hub": ["/eclc/staff/letters", "/eclc/staff/letters/6"],
    "director.hub": [
        "/eclc/staff/",
        "/eclc/staff/letters",
        "/eclc/staff/letters/1/decision",
        "/eclc/staff/districts",
        "/eclc/staff/rounds/2/funnel",
        f"/eclc/staff/letters?round={READ}",
        f"/eclc/staff/board?round={READ}",
    ],
}
WORDS_FOR_MACHINES = re.findall(r"\w+", """
slug email to_email to_address kind status state mode verb template once message_id leaid state_code zip_code quarter
joined_by subject_table key role way outcome answer place token_salt token_hash password_hash time_zone content_hash
code rule_code reference grades year source_year phone website request_id action address audience ended_reason
reach waits_for old_mode picture_key join_url
""")  # fmt: skip
CHOSEN = {("conflicts", "source")}  # of a table alone: elsewhere the name holds words
WORDS_IN_JSON = re.findall(r"\w+", """
label text name title school statement value lines choice follow_up other reason topics
""")  # fmt: skip
LETTERS = ("answers", "answer_revisions", "roster_rows", "endorsements", "submissions", "decisions", "team_seats",
           "place_offers", "invitations", "roster_waivers", "reviews", "scores", "remarks", "conflicts", "feedback",
           "meeting_entries")  # fmt: skip


@pytest.fixture(scope="module")
def marked_url(store: Store, demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo world with a tag behind every text."""
    url = store.another("marked", like=demo_url)
    app = build_app(url, tmp_path_factory.mktemp("marked"))
    with app.app_context():
        with transaction():
            for table in Base.metadata.sorted_tables:
                mark(table)
        close_app(app)
    return url


@pytest.fixture
def marked(marked_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal with that world, its context open."""
    built = build_app(marked_url, tmp_path)
    with built.app_context():
        yield built
        close_app(built)


def mark(table: Table) -> None:
    """Put a tag behind the texts of `table`, within their lengths; behind those of letters also whose they are."""
    extra = TAG + PRIVATE if table.name in LETTERS else TAG
    for column in table.columns:
        if isinstance(column.type, JSON):
            mark_json(table, column, extra)
        elif isinstance(column.type, String) and not is_for_machines(table, column):
            room = (column.type.length or 10**6) - len(extra)
            marked = func.substr(column, 1, room).op("||")(extra)
            db.session.execute(update(table).where(column != "").values({column.name: marked}))


def is_for_machines(table: Table, column: Column[Any]) -> bool:
    return column.name in WORDS_FOR_MACHINES or (table.name, column.name) in CHOSEN


def mark_json(table: Table, column: Column[Any], extra: str) -> None:
    keys = list(inspect(table).primary_key)
    if len(keys) != 1 or table.name == "outbox":
        return
    for key, value in db.session.execute(select(keys[0], column)).all():
        new = with_tags(value, extra, is_words=column.name in ("value", "topics", "eligibility"))
        db.session.execute(update(table).where(keys[0] == key).values({column.name: new}))


def with_tags(value: Any, extra: str, *, is_words: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: with_tags(part, extra, is_words=key in WORDS_IN_JSON) for key, part in value.items()}
    if isinstance(value, list):
        return [with_tags(part, extra, is_words=is_words) for part in value]
    return value + extra if is_words and isinstance(value, str) and value else value


def a_browser(app: Flask, sign_in: Callable[..., FlaskClient], name: str) -> FlaskClient:
    account = find_account(f"{name}@example.org") if name else None
    client = app.test_client()
    return sign_in(client, account) if account else client


@pytest.mark.parametrize("who", PEOPLE)
def test_a_tag_behind_every_text_is_shown_and_never_obeyed(
    marked: Flask, sign_in: Callable[..., FlaskClient], who: str
) -> None:
    client = a_browser(marked, sign_in, who)
    pages = dict(walk(marked, client, PEOPLE[who]))
    assert {path: page.status_code for path, page in pages.items() if page.status_code >= 500} == {}
    html = {path: page.text for path, page in pages.items() if page.mimetype == "text/html"}  # a file obeys nothing
    assert [path for path, page in html.items() if "<b canary" in page] == []
    assert any(SHOWN in page for page in html.values())


def test_a_tag_is_not_obeyed_in_mail_either_and_no_head_of_a_mail_has_two_lines(marked: Flask) -> None:
    rows = db.session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
    written = {row.template: letter for row in rows if (letter := mail_of(row)) is not None}
    bodies = {name: "".join(words_of(mail, kind) for kind in ("plain", "html")) for name, mail in written.items()}
    htmls = {name: words_of(mail, "html") for name, mail in written.items()}
    assert [name for name, html in htmls.items() if "<b canary" in html] == []
    assert any(SHOWN in body for body in bodies.values())
    assert [name for name, mail in written.items() if any("\n" in str(value) for value in mail.values())] == []


def words_of(mail: Any, kind: str) -> str:
    """What the mail says in this form, whatever files come with it."""
    return str(mail.get_body((kind,)).get_content())


def mail_of(row: Outgoing) -> Any:
    context = WRITERS[row.template](**row.ids)
    return None if context is None else compose(row.template, row.to_address, row.message_id, **context)


@pytest.mark.parametrize(
    ("who", "starts"),
    [
        ("director.ecet2", ["/", "/ecet2/", "/ecet2/staff/", "/ecet2/staff/letters", "/ecet2/staff/districts", "/my"]),
        ("teacher-general.beverly", ["/", "/eclc/", "/my", "/eclc/agenda"]),
        ("", ["/", "/eclc/", "/eclc/letter", "/eclc/members", "/ecet2/"]),
    ],
)
def test_what_letters_say_reaches_no_stranger(
    marked: Flask, sign_in: Callable[..., FlaskClient], who: str, starts: list[str]
) -> None:
    client = a_browser(marked, sign_in, who)
    pages = list(walk(marked, client, starts))
    assert len(pages) > 8
    assert [path for path, page in pages if PRIVATE.encode() in page.data] == []


def test_the_tags_stand_where_pages_read_them(marked: Flask) -> None:
    counted = {
        name: db.session.scalar(text(f"SELECT count(*) FROM {name} WHERE {column} LIKE '%canary%'"))
        for name, column in {"answers": "CAST(value AS text)", "experiences": "title", "districts": "name"}.items()
    }
    assert [name for name, count in counted.items() if not count] == []
