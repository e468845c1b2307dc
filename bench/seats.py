"""What many seats cost: a roster of 2,000 people, a calendar of 200 events, and pages when 100,000 have enrolled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median

from flask import Flask
from sqlalchemy import insert, select, update

from portal.accounts.models import Account, Permission
from portal.agenda.models import Experience, Pool
from portal.agenda.operations import create_experience, publish_experience
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.tokens import token_of
from portal.enrollments.calendar_queries import PURPOSE
from portal.enrollments.feeds import make_feed
from portal.enrollments.models import Enrollment, Seat

from .load import cpu_per_request
from .pages import PAGES, QUERIES, Page, cost_of, queries_of
from .results import Row, at_most
from .server import serve
from .world import PEOPLE, SIGN_UP, Stage, cookie_of, portal_in_process

LISTED, EVENTS = 2_000, 200
FEW, MANY = 1_000, 100_000
STAFF, SUBSCRIBER = PEOPLE - 1, 1
GROWN = 1.2  # times what it cost before
ROSTER = Page("roster of 2,000, first page", f"/bench/staff/agenda/{SIGN_UP}/people", cookie_of(STAFF), 5.0)
FEED = Page("private calendar of 200 events", "", "", 3.0)
PUBLIC_FEED = Page("agenda as a calendar, 200 events, visitor", "/bench/agenda.ics", "", 1.0)


def measure(stage: Stage) -> Iterator[Row]:
    """The roster and the feeds, held against the bare page; and pages with many enrollments against few."""
    yield from _lists(stage)
    yield from _growth(stage)


def _lists(stage: Stage) -> Iterator[Row]:
    url = stage.copy()
    with portal_in_process(stage, url) as app:
        pages = [ROSTER, replace(FEED, path=_fill_lists(app)), PUBLIC_FEED]
        for page in pages:
            yield at_most(f"queries: {page.name}, {stage.store.name}", queries_of(app, page), QUERIES, "", digits=0)
    with serve("bench.served:app", stage.settings(url)) as portal, serve("bench.bare:app", {}) as bare:
        for page in pages:
            yield cost_of(stage, portal, bare, page)


def _fill_lists(app: Flask) -> str:
    """A day with 2,000 people, and one person with 200 days; gives the address of that person's calendar."""
    with app.app_context(), transaction():
        community = _community()
        people = _people(community, LISTED)
        asked = db.session.scalars(select(Experience).filter_by(community_id=community.id, slug=SIGN_UP)).one()
        _enroll(asked, people)
        staff, subscriber = _account(STAFF), _account(SUBSCRIBER)
        may = {"account_id": staff.id, "community_id": community.id, "kind": "staff", "granted_at": clock.now()}
        db.session.execute(insert(Permission), [may])
        for experience in _days(community, EVENTS, clock.now() + timedelta(days=20)):
            _enroll(experience, [subscriber.id])
        return f"/calendar/{token_of(make_feed(subscriber.id, by=subscriber), PURPOSE)}.ics"


def _growth(stage: Stage) -> Iterator[Row]:
    urls = [stage.copy() for _ in range(2)]
    for url, size in zip(urls, (FEW, MANY), strict=True):
        with portal_in_process(stage, url) as app:
            _fill_past(app, size)
    with (
        serve("bench.served:app", stage.settings(urls[0])) as before,
        serve("bench.served:app", stage.settings(urls[1])) as after,
    ):
        for page in PAGES:
            pairs = [
                [cpu_per_request(one, page.path, stage.scale.requests, page.cookie) for one in (before, after)]
                for _ in range(stage.scale.repeats)
            ]
            was, now = (median(side) for side in zip(*pairs, strict=True))
            name = f"growth: {page.name}, {FEW:,} to {MANY:,} enrollments, {stage.store.name}"
            ratio = median(two / one for one, two in pairs)
            yield at_most(name, ratio, GROWN, "× before", f"{now:.2f} ms against {was:.2f}")


def _fill_past(app: Flask, size: int) -> None:
    """So many enrollments of other people than the reader, a thousand in each of the days behind us."""
    with app.app_context(), transaction():
        community = _community()
        people = _people(community, FEW)
        for experience in _days(community, size // FEW, clock.now() - timedelta(days=size // FEW + 30)):
            _enroll(experience, people)
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")  # as both databases do by themselves, sooner or later


def _community() -> Community:
    return db.session.scalars(select(Community).filter_by(slug="bench")).one()


def _account(number: int) -> Account:
    return db.session.scalars(select(Account).filter_by(email=f"person-{number}@example.org")).one()


def _people(community: Community, count: int) -> list[int]:
    """New accounts; gives their numbers."""
    now = clock.now()
    rows = [
        {"email": f"guest-{number}@example.org", "name": f"Guest {number}", "created_at": now, "is_demo": False}
        for number in range(count)
    ]
    db.session.execute(insert(Account), rows)
    chosen = select(Account.id).where(Account.email.like("guest-%")).order_by(Account.id)
    return list(db.session.scalars(chosen))


def _days(community: Community, count: int, first: object) -> Iterator[Experience]:
    for number in range(count):
        starts = first + timedelta(days=number)  # type: ignore[operator]
        fields = {
            "slug": f"day-{number}", "title": f"A day of learning, {number}", "kind": "gathering", "mode": "in_person",
            "quarter": "fall", "place": "A high school of the network", "capacity": FEW,
        }  # fmt: skip
        sessions = [{"starts_at": starts, "ends_at": starts + timedelta(hours=6), "credit_minutes": 330}]
        made = create_experience(community, None, fields, sessions)
        publish_experience(made)
        yield made


def _enroll(experience: Experience, people: Sequence[int]) -> None:
    """Seats for all of them, as rows: by the operation it would take the whole day."""
    now = clock.now()
    last = experience.last_queue_number
    whole = {
        "community_id": experience.community_id, "experience_id": experience.id, "state": "seated", "asked_at": now,
        "seated_at": now, "mode": "",
    }  # fmt: skip
    rows = [{**whole, "account_id": person, "queue_number": last + n} for n, person in enumerate(people, 1)]
    db.session.execute(insert(Enrollment), rows)
    pool = db.session.scalars(select(Pool).where(Pool.experience_id == experience.id)).one()
    mine = select(Enrollment.id, pool.id).where(
        Enrollment.experience_id == experience.id, Enrollment.queue_number > last
    )  # fmt: skip
    db.session.execute(insert(Seat).from_select(["enrollment_id", "pool_id"], mine))
    db.session.execute(update(Pool).where(Pool.id == pool.id).values(taken=Pool.taken + len(people)))
    experience.last_queue_number = last + len(people)
    db.session.flush()
