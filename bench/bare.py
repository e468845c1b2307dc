"""The yardstick: the least a Flask app must do for the same answer. No gate, no history of pages, no face.

`/page/<filling>` is a Jinja page of 20 rows with a form and its token, no database, with as much filling as the page it
is held against has more bytes. `/seat` is a sign-up: the form with its token, a POST that finds the sign-in, locks,
counts, inserts, writes a history row and a mail that is owed, and the confirmation. `/text` saves a text: finds the
sign-in, locks, updates, keeps a revision. Its templates are compiled once, as
those of any Flask app are; made anew for each request they would cost more than all the rest and flatter the portal.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, redirect, render_template, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, ForeignKey, String, event, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response as Redirect


class Base(DeclarativeBase):
    """The parent of the tables."""


db = SQLAlchemy(model_class=Base)
app = Flask(__name__, template_folder=str(Path(__file__).parent / "bare_pages"))
app.config.update(
    SECRET_KEY=os.environ.get("SECRET_KEY", "bench"),
    SQLALCHEMY_DATABASE_URI=os.environ.get("DATABASE_URL", "sqlite://"),
    WTF_CSRF_TIME_LIMIT=None,
)
db.init_app(app)
CSRFProtect(app)


class SignIn(Base):
    """Who is signed in."""

    __tablename__ = "sign_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)


class Event(Base):
    """What has seats."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int]


class Place(Base):
    """Who has a seat, or waits for one."""

    __tablename__ = "places"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    person_id: Mapped[int] = mapped_column(unique=True)
    number: Mapped[int]
    is_seated: Mapped[bool]


class Text(Base):
    """A text that somebody writes; `version` counts its saves."""

    __tablename__ = "texts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(unique=True)
    value: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)


class Revision(Base):
    """A text as it once was."""

    __tablename__ = "revisions"
    id: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"))
    version: Mapped[int]
    value: Mapped[str]
    at: Mapped[datetime]


class History(Base):
    """What happened."""

    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True)
    verb: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[int]
    at: Mapped[datetime]


class Mail(Base):
    """What is owed."""

    __tablename__ = "mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    to_address: Mapped[str] = mapped_column(String(100))
    place_id: Mapped[int]
    due_at: Mapped[datetime]


@app.get("/health/live")
def live() -> str:
    return "ok"


@app.get("/page/<int:filling>")
def page(filling: int) -> str:
    day = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    rows = [
        {
            "id": n,
            "title": f"Gathering number {n}",
            "at": day,
            "summary": "A day together. " * 6,
            "taken": n,
            "seats": 36,
        }
        for n in range(20)
    ]
    return render_template("page.html", title="Agenda", kinds=["a", "b", "c"], rows=rows, filling="x" * filling)


@app.get("/seat")
def form() -> str:
    who()
    taken = db.session.scalar(select(func.count()).select_from(Place).where(Place.is_seated))
    return render_template("form.html", taken=taken, seats=db.session.get_one(Event, 1).capacity)


@app.post("/seat")
def seat() -> Redirect:
    person = who().id
    db.session.rollback()
    db.session.connection(execution_options={"immediate": True})
    db.session.execute(update(Event).where(Event.id == 1).values(id=1))
    capacity = db.session.get_one(Event, 1).capacity
    number = (db.session.scalar(select(func.count()).select_from(Place)) or 0) + 1
    place = Place(event_id=1, person_id=person, number=number, is_seated=number <= capacity)
    db.session.add(place)
    db.session.flush()
    now = datetime.now(UTC)
    db.session.add(History(verb="take seat", place_id=place.id, at=now))
    db.session.add(Mail(to_address="person@example.org", place_id=place.id, due_at=now))
    db.session.commit()
    return redirect("/seat/done", 303)


@app.get("/seat/done")
def done() -> str:
    place = db.session.scalars(select(Place).where(Place.person_id == who().id)).one()
    return render_template("done.html", place=place)


@app.get("/text")
def writing() -> str:
    return render_template("form.html", taken=who().id, seats=1)


@app.post("/text")
def text() -> str:
    person = who().id
    db.session.rollback()
    db.session.connection(execution_options={"immediate": True})
    db.session.execute(update(Text).where(Text.person_id == person).values(id=Text.id))
    kept = db.session.scalars(select(Text).where(Text.person_id == person)).one()
    kept.value, kept.version = request.form["text"], kept.version + 1
    db.session.add(Revision(text_id=kept.id, version=kept.version, value=kept.value, at=datetime.now(UTC)))
    db.session.commit()
    return f"<p>Saved as version {kept.version}</p>"


@app.after_request
def same_headers(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def who() -> SignIn:
    """The person whose cookie this is."""
    token = hashlib.sha256(request.cookies.get("who", "").encode()).hexdigest()
    return db.session.scalars(select(SignIn).where(SignIn.token_hash == token)).one()


def fill(people: int, capacity: int) -> None:
    """Make the tables, one event and `people` sign-ins whose cookies are who=1, who=2, …"""
    db.create_all()
    rows = [SignIn(token_hash=hashlib.sha256(str(n).encode()).hexdigest()) for n in range(1, people + 1)]
    texts = [Text(person_id=n) for n in range(1, people + 1)]
    db.session.add_all([Event(capacity=capacity), *rows, *texts])
    db.session.commit()


@event.listens_for(Engine, "connect")
def _quick(connection: object, entry: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # type: ignore[attr-defined]
        for setting in ("journal_mode=WAL", "busy_timeout=30000", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {setting}")  # type: ignore[attr-defined]


@event.listens_for(Engine, "begin")
def _begin(connection: object) -> None:
    if connection.dialect.name == "sqlite":  # type: ignore[attr-defined]
        immediate = connection.get_execution_options().get("immediate")  # type: ignore[attr-defined]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")  # type: ignore[attr-defined]


if __name__ == "__main__":  # python -m bench.bare PEOPLE CAPACITY
    with app.app_context():
        fill(int(sys.argv[1]), int(sys.argv[2]))
