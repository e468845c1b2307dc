"""The yardstick: the least a Flask app must do for the same answer. No gate, no history of pages, no face.

`/page` is a Jinja page of 20 rows with a form and no database, filled up to BARE_BYTES. `/seat` is a sign-up: the form with
its CSRF token, a POST that finds the sign-in, locks, counts, inserts, writes a history row and a mail that is owed, and the
confirmation.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

from flask import Flask, Response, redirect, render_template_string, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, ForeignKey, String, event, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The parent of the tables."""


db = SQLAlchemy(model_class=Base)
app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ.get("SECRET_KEY", "bench"), SQLALCHEMY_DATABASE_URI=os.environ.get("BARE_DATABASE", "sqlite://"),
    WTF_CSRF_TIME_LIMIT=None,
)  # fmt: skip
db.init_app(app)
CSRFProtect(app)
LIST = """<!doctype html><html lang="en"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
<form action="/page"><select name="kind">{% for kind in kinds %}<option>{{ kind }}</option>{% endfor %}</select><button>Show</button></form>
<ul>{% for row in rows %}<li><a href="/page?row={{ row.id }}">{{ row.title }}</a> <time datetime="{{ row.at }}">{{ row.words }}</time>
<p>{{ row.summary }}</p><span>{{ row.taken }} of {{ row.seats }} seats taken</span></li>{% endfor %}</ul>{{ filling }}</body></html>"""
FORM = """<!doctype html><html lang="en"><head><title>Seat</title></head><body><p>{{ taken }} of {{ seats }}</p><form method="post">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Take a seat</button></form></body></html>"""
DONE = """<!doctype html><html lang="en"><head><title>Done</title></head><body><p>Your place: {{ place }}</p></body></html>"""


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
    """Who has a seat."""

    __tablename__ = "places"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    person_id: Mapped[int]
    number: Mapped[int]
    is_seated: Mapped[bool]


class Note(Base):
    """History and owed mail."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[int]
    at: Mapped[datetime]


@app.get("/health/live")
def live() -> str:
    return "ok"


@app.get("/page")
def page() -> str:
    rows = [
        {"id": n, "title": f"Gathering number {n}", "at": "2026-11-03", "words": "Tue, Nov 3, 2026", "summary": "A day together. " * 6, "taken": n, "seats": 36}
        for n in range(20)
    ]  # fmt: skip
    filling = "x" * max(0, int(os.environ.get("BARE_BYTES", "0")) - 7000)
    return render_template_string(LIST, title="Agenda", kinds=["a", "b", "c"], rows=rows, filling=filling)


@app.get("/seat")
def form() -> str:
    who()
    taken = db.session.scalar(select(func.count()).select_from(Place).where(Place.is_seated))
    return render_template_string(FORM, taken=taken, seats=db.session.get_one(Event, 1).capacity)


@app.post("/seat")
def seat() -> Response:
    person = who()
    db.session.rollback()
    db.session.connection(execution_options={"immediate": True})
    db.session.execute(update(Event).where(Event.id == 1).values(id=1))
    held = db.session.get_one(Event, 1)
    number = (db.session.scalar(select(func.count()).select_from(Place)) or 0) + 1
    place = Place(event_id=1, person_id=person.id, number=number, is_seated=number <= held.capacity)
    db.session.add(place)
    db.session.flush()
    now = datetime.now(UTC)
    db.session.add_all([Note(kind="history", place_id=place.id, at=now), Note(kind="mail", place_id=place.id, at=now)])
    db.session.commit()
    return redirect("/seat/done", 303)  # type: ignore[return-value]


@app.get("/seat/done")
def done() -> str:
    person = who()
    place = db.session.scalar(select(Place).where(Place.person_id == person.id))
    return render_template_string(DONE, place=place.number if place else 0)


def who() -> SignIn:
    """The person whose cookie this is."""
    token = hashlib.sha256(request.cookies.get("who", "").encode()).hexdigest()
    return db.session.scalars(select(SignIn).where(SignIn.token_hash == token)).one()


def fill(people: int, capacity: int) -> None:
    """Make the tables, one event and `people` sign-ins whose cookies are who-1, who-2, …"""
    db.create_all()
    rows = [SignIn(token_hash=hashlib.sha256(f"who-{n}".encode()).hexdigest()) for n in range(1, people + 1)]
    db.session.add_all([Event(capacity=capacity), *rows])
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
