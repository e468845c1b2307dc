"""The world that is measured: an agenda of 20 rows, people with jobs in a member district, all signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert

from portal import create_app
from portal.accounts.models import Account, SignIn
from portal.agenda.models import KINDS, Experience
from portal.agenda.operations import add_faculty, create_agenda, create_experience, publish_experience
from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.tokens import hash_of
from portal.demo.operations import load_demo
from portal.districts.models import Affiliation, District
from portal.districts.operations import add_district, begin_membership
from portal.enrollments.operations import take_seat
from portal.settings import Settings

from .server import HOST
from .stores import PREPARED, Store

SECRET = "for-the-bench-only"
ROWS = 20
RUSH, SIGN_UP = "row-1", "row-2"  # the experiences that everyone asks for
PEOPLE = 1000
LONG_AGO = date(2020, 1, 1)
ROLES = [("teacher", "Teacher", "district"), ("principal", "Principal", "district"), ("nurse", "Nurse", "district")]


@dataclass(frozen=True)
class Scale:
    """How much is asked: `requests` of a page and `sign_ups`, each `repeats` times; `people` who rush for `seats`."""

    repeats: int = 3
    requests: int = 480
    sign_ups: int = 128
    seats: int = 500
    people: int = 800
    workers: tuple[int, ...] = (2, 4)


FULL = Scale()
QUICK = Scale(repeats=1, requests=160, sign_ups=48, seats=50, people=80, workers=(2,))


@dataclass
class Stage:
    """One kind of database with the prepared world on it."""

    store: Store
    folder: Path
    scale: Scale
    labels: list[str] = field(default_factory=list)

    def settings(self, url: str) -> dict[str, str]:
        """The environment of a portal on the database at `url`."""
        return {
            "DATABASE_URL": url,
            "SECRET_KEY": SECRET,
            "PORTAL_ENV": "development",
            "MAIL_URL": f"file:{self.folder / 'mail'}",
            "REDIS_URL": "",
            "BENCH_FOLDER": str(self.folder),
        }

    def copy(self) -> str:
        """A copy of the prepared database."""
        return self.store.copy(self._label())

    def empty(self) -> str:
        """A database without a table."""
        return self.store.empty(self._label())

    def _label(self) -> str:
        self.labels.append(f"copy{len(self.labels) + 1}")
        return self.labels[-1]


@contextmanager
def portal_in_process(stage: Stage, url: str) -> Iterator[Flask]:
    """A portal inside this process. Each request needs a context of its own, so none is open."""
    settings = {**stage.settings(url), "PORTAL_BASE_URL": f"http://{HOST}"}
    app = create_app(Settings.read(settings, stage.folder))
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["huey"].storage.close()


def prepare(stage: Stage, *, with_demo: bool) -> None:
    """Make the prepared database: migrated, with or without the demo world, and with ours."""
    with portal_in_process(stage, stage.store.empty(PREPARED)) as app, app.app_context():
        upgrade()
        if with_demo:
            load_demo(app.config["DEMO_PASSWORD"])
        with transaction():
            fill(stage.scale.seats)


def fill(seats: int) -> None:
    """Our community: 20 rows on the agenda, the first with `seats` seats, and people; the first has some learning."""
    community = create_community(slug="bench", name="Measured Community", kind="district_network")
    add_roles(community, ROLES)
    district = add_district(name="Measured District", slug="measured")
    begin_membership(community.id, district, LONG_AGO, None)
    rows = _agenda(community, seats)
    people = _people(community, district)
    for experience in rows[2:10]:
        take_seat(experience, people[0], by=people[0])


def cookie_of(number: int) -> str:
    """The cookie of the browser in which person `number` (from 0) is signed in."""
    return f"portal={_seal().dumps({'_user_id': _token(number), '_fresh': True})}"


def _agenda(community: Community, seats: int) -> list[Experience]:
    agenda = create_agenda(community, slug="year", title="A measured year", published_at=clock.now())
    guest = add_faculty(community, slug="guest", title="A guest who has taught for long")
    first = clock.now().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=30)
    rows = []
    for number in range(1, ROWS + 1):
        starts = first + timedelta(days=9 * number)
        fields = {
            "slug": f"row-{number}",
            "title": f"A day of learning with a title of usual length, {number}",
            "kind": KINDS[number % 4],
            "mode": ("in_person", "online")[number % 2],
            "quarter": ("fall", "winter", "spring")[number % 3],
            "summary": "Educators who do the same work look at it together, and take one thing home. " * 3,
            "place": "A high school of the network",
            "capacity": seats if number == 1 else 5000 if number == 2 else 40,
            "audience": ["teacher", "principal"] if number % 3 == 0 else None,
        }
        sessions = [{"starts_at": starts, "ends_at": starts + timedelta(hours=6), "credit_minutes": 330}]
        rows.append(create_experience(community, agenda, fields, sessions, [guest]))
        publish_experience(rows[-1])
    return rows


def _people(community: Community, district: District) -> list[Account]:
    now = clock.now()
    people = [
        Account(email=f"person-{number}@example.org", name=f"Person {number}", created_at=now)
        for number in range(PEOPLE)
    ]
    db.session.add_all(people)
    db.session.flush()
    job = {"community_id": community.id, "district_id": district.id, "role": "teacher", "from_date": LONG_AGO}
    db.session.execute(insert(Affiliation), [{"account_id": person.id, **job} for person in people])
    db.session.execute(
        insert(SignIn),
        [
            {
                "account_id": person.id,
                "token_hash": hash_of(_token(number)),
                "way": "link",
                "started_at": now,
                "expires_at": now + timedelta(days=30),
            }
            for number, person in enumerate(people)
        ],
    )
    return people


@cache
def _seal() -> Any:
    app = Flask("cookies")
    app.secret_key = SECRET
    return app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]


def _token(number: int) -> str:
    return f"token-of-person-{number}"
