"""Educators who fill the demo's year: role names, no mail, seats taken by the same operation that people use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.accounts.operations import HASHER, find_or_open_account
from portal.agenda.models import Experience, Session
from portal.agenda.rules import registration_state
from portal.communities.models import Community
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import Affiliation, District
from portal.districts.queries import members_of
from portal.enrollments.operations import take_seat

from .people import SINCE
from .world import World

TEAM = (
    ["teacher-general"] * 8
    + ["teacher-sped"] * 3
    + ["teacher-ml"] * 3
    + ["paraprofessional"] * 3
    + ["principal", "assistant-principal", "counselor", "adjustment", "nurse", "coach", "dept-head", "librarian"]
)
LEFT = {"fall-gathering-2026": 1}  # seats that stay free in the next big gathering
FULL_SPACE, WAITING = "ra-multilingual", 3
SHARE = {"gathering": 0.45, "series": 0.6, "space": 0.5, "pop_up": 0.3}
Seated = tuple[Account, str]


def fill_year(world: World, community: Community, password: str) -> None:
    """Let educators of every member district take seats, so that the year looks lived in.

    The next big gathering keeps one seat, the next meeting of one space is full with three people in line.
    """
    before = db.session.scalar(select(Outgoing.id).order_by(Outgoing.id.desc()).limit(1)) or 0
    educators = list(_educators(world, community, password))
    chosen = select(Experience).where(Experience.community_id == community.id).order_by(Experience.id)
    for experience in db.session.scalars(chosen).all():
        _fill(experience, educators)
    # Marked as dropped instead of never posted: the same operation runs as for real people, mail and all.
    told = update(Outgoing).where(Outgoing.id > before)  # nobody wants a thousand confirmations of invented people
    now = clock.now()
    db.session.execute(told.values(sent_at=now, dropped_at=now).execution_options(synchronize_session=False))


def _educators(world: World, community: Community, password: str) -> Iterator[Seated]:
    labels, hashed = role_labels(community.id), HASHER.hash(password)
    districts = [membership.district for membership in members_of(community.id)]
    for number, role in enumerate(TEAM, 1):
        for district in districts:
            yield _educator(community, district, number, role, labels[role], hashed), role


def _educator(community: Community, district: District, number: int, role: str, label: str, hashed: str) -> Account:
    place = (district.slug or district.name).lower().replace(" ", "-")
    account = find_or_open_account(
        email=f"{role}-{number}.{place}@example.org", name=f"{label} {number}, {district.label}", is_demo=True
    )
    account.password_hash = hashed
    job = Affiliation(
        account_id=account.id, community_id=community.id, district_id=district.id, role=role, from_date=SINCE
    )
    db.session.add(job)
    return account


def _fill(experience: Experience, educators: list[Seated]) -> None:
    fitting = [account for account, role in educators if experience.audience is None or role in experience.audience]
    usual = _usual(experience, len(fitting))
    if experience.joined_by == "whole":
        left = LEFT.get(experience.slug)
        _seat(experience, None, fitting, usual if left is None else experience.capacity - left)
        return
    following = next((session for session in experience.sessions if session.starts_at > clock.now()), None)
    for session in experience.sessions:
        is_full = experience.slug == FULL_SPACE and session is following
        _seat(experience, session, fitting, experience.capacity + WAITING if is_full else usual)


def _usual(experience: Experience, people: int) -> int:
    return int(min(experience.capacity, people) * SHARE[experience.kind])


def _seat(experience: Experience, session: Session | None, people: list[Account], count: int) -> None:
    moment = _when(experience, session)
    if moment is None:
        return
    for number, account in enumerate(islice(people, count)):
        # A minute apart, so that the line has an order that people can see.
        with clock.told(moment + timedelta(minutes=number)):
            take_seat(experience, account, by=account, session=session)


def _when(experience: Experience, session: Session | None) -> datetime | None:
    """A moment at which sign-up was open: a week after it opened, or just before now; None when it is not open yet."""
    starts = (session or experience.sessions[0]).starts_at
    latest = min(clock.now(), starts, experience.closes_at or starts) - timedelta(hours=12)
    moment = min((experience.opens_at or latest) + timedelta(days=7), latest)
    return moment if registration_state(experience, moment, starts) == "open" else None
