"""People with jobs in member districts, experiences with few seats, and the count that must always hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.agenda.models import Experience, Pool
from portal.agenda.operations import create_experience, publish_experience
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.districts.operations import add_district, affiliate, begin_membership, grant_lead
from portal.enrollments.attending_models import Reminder
from portal.enrollments.models import Enrollment, Seat, SeatHold, SeatOffer
from portal.enrollments.operations import take_seat
from portal.enrollments.seating import wish_of

LONG_AGO = date(2020, 1, 1)
FALL = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)  # 8:30 AM in New York
STARTS = datetime(2026, 11, 18, 21, tzinfo=UTC)  # Wednesday, 4 PM in New York
NUMBERS = count(1)
ROLES = [("teacher", "Teacher", "district"), ("principal", "Principal", "district")]


def a_community(slug: str = "example", **words: object) -> Community:
    """A network with teachers and principals."""
    community = create_community(slug=slug, name="Example Community", kind="district_network", **words)
    add_roles(community, ROLES)
    return community


def a_district(community: Community | None = None, *, is_member: bool = True) -> District:
    """A district, a member of the community unless told otherwise."""
    number = next(NUMBERS)
    district = add_district(name=f"Example District {number}", slug=f"example-{number}")
    if community is not None and is_member:
        begin_membership(community.id, district, LONG_AGO, None)
    return district


def a_person(community: Community | None = None, district: District | None = None, role: str = "teacher") -> Account:
    """Somebody with an account, with this job in the district."""
    number = next(NUMBERS)
    account = find_or_open_account(email=f"person-{number}@example.org", name=f"Person {number}")
    if community is not None and district is not None:
        affiliate(account, community.id, district, role, LONG_AGO, None)
    return account


def people(community: Community, how_many: int, role: str = "teacher") -> list[Account]:
    """That many people of one member district."""
    district = a_district(community)
    return [a_person(community, district, role) for _ in range(how_many)]


def an_experience(
    community: Community, *, starts: Sequence[datetime] = (FALL,), is_published: bool = True, session_mode: str = "",
    **fields: Any,
) -> Experience:  # fmt: skip
    """A published gathering of 3 seats; each of its sessions lasts six hours."""
    number = next(NUMBERS)
    given = {
        "slug": f"gathering-{number}", "title": f"Gathering {number}", "kind": "gathering", "mode": "in_person",
        "quarter": "fall", "place": "A member high school", "capacity": 3, **fields,
    }  # fmt: skip
    each = {"mode": session_mode, "credit_minutes": 330}
    sessions = [{"starts_at": at, "ends_at": at + timedelta(hours=6), **each} for at in starts]
    experience = create_experience(community, None, given, sessions)
    if is_published:
        publish_experience(experience)
    return experience


def a_series(community: Community, *modes: str, **fields: Any) -> Experience:
    """A published series with a session in each of these modes, week after week."""
    number = next(NUMBERS)
    given = {
        "slug": f"series-{number}", "title": f"Series {number}", "kind": "series", "mode": "blended", "quarter": "fall",
        "place": "A member high school", "capacity": 3, **fields,
    }  # fmt: skip
    starts = zip(weekly(len(modes)), modes, strict=True)
    sessions = [{"starts_at": at, "ends_at": at + timedelta(hours=6), "mode": mode} for at, mode in starts]
    experience = create_experience(community, None, given, sessions)
    publish_experience(experience)
    return experience


def a_space(community: Community, **fields: Any) -> Experience:
    """A published space that meets in three weeks; each meeting is joined for itself."""
    return an_experience(community, kind="space", joined_by="session", starts=weekly(3), **fields)


def a_question(experience: Experience, **fields: Any) -> ExperienceQuestion:
    """A question of the experience about food, freely answered, unless told otherwise."""
    given = {"kind": "dietary", "label": "Food", "options": [], "erase_on": date(2026, 12, 3), **fields}
    question = ExperienceQuestion(experience_id=experience.id, position=next(NUMBERS), **given)
    db.session.add(question)
    db.session.commit()
    return question


def weekly(how_many: int, first: datetime = FALL) -> list[datetime]:
    """The same hour in that many weeks."""
    return [first + timedelta(weeks=number) for number in range(how_many)]


def miscounted() -> list[int]:
    """The pools whose `taken` is not the number of their seats, or whose `held` is not what shares, holds and open
    offers keep in them. Always none.
    """
    db.session.expire_all()
    seats = select(func.count()).where(Seat.pool_id == Pool.id).correlate(Pool).scalar_subquery()
    pools = db.session.execute(select(Pool.id, Pool.taken, Pool.held, seats).order_by(Pool.id))
    kept = kept_now()
    return [number for number, taken, held, count in pools if (taken, held) != (count, kept[number])]


def kept_now() -> Counter[int]:
    """How many seats of each pool are kept for somebody, counted from what keeps them."""
    kept = Counter[int]()
    for hold in db.session.scalars(select(SeatHold).where(SeatHold.released_at.is_(None)).order_by(SeatHold.id)):
        wished = wish_of(hold.experience, hold.session_id, hold.mode).pool_ids
        kept.update(dict.fromkeys(wished, hold.remaining))
    for offer in db.session.scalars(select(SeatOffer).where(SeatOffer.status == "open").order_by(SeatOffer.id)):
        mine = offer.enrollment
        wished = wish_of(mine.experience, mine.session_id, offer.mode).pool_ids
        kept.update(set(wished) - {seat.pool_id for seat in mine.seats})
    return kept


def taken(experience: Experience) -> list[int]:
    """How many seats are taken in each pool, in the order of pools."""
    return list(db.session.scalars(select(Pool.taken).where(Pool.experience_id == experience.id).order_by(Pool.id)))


def states(experience: Experience) -> list[str]:
    """The state of each enrollment in the order of asking."""
    chosen = select(Enrollment.state).where(Enrollment.experience_id == experience.id)
    return list(db.session.scalars(chosen.order_by(Enrollment.queue_number)))


def seat(experience: Experience, *everyone: Account) -> list[Enrollment]:
    """Each of them asks, in this order."""
    return [take_seat(experience, one, by=one) for one in everyone]


def owed() -> list[tuple[str, str]]:
    """The mails that are owed, as template and address, in order."""
    rows = db.session.execute(select(Outgoing.template, Outgoing.to_address).order_by(Outgoing.id))
    return [(template, address) for template, address in rows]


def told(template: str) -> list[str]:
    """To whom this mail is owed, in order."""
    return [address for name, address in owed() if name == template]


def reminders() -> list[Reminder]:
    """All that were noted."""
    return list(db.session.scalars(select(Reminder).order_by(Reminder.id)))


def reminders_owed() -> list[Outgoing]:
    """The mails of reminders."""
    return list(db.session.scalars(select(Outgoing).filter_by(template="reminder").order_by(Outgoing.id)))


def address(experience: Experience) -> str:
    """Where its page is, in the community "example"."""
    return f"/example/agenda/{experience.slug}"


def colleagues(community: Community, how_many: int, role: str = "teacher") -> tuple[District, Account, list[Account]]:
    """A member district with its lead, and that many people who work there."""
    district = a_district(community)
    lead = a_person(community, district, "principal")
    grant_lead(lead, community.id, district, by=None)
    return district, lead, [a_person(community, district, role) for _ in range(how_many)]


def counted(experience: Experience) -> list[tuple[int, int]]:
    """How many seats are taken and kept in each pool, in the order of pools."""
    chosen = select(Pool.taken, Pool.held).where(Pool.experience_id == experience.id).order_by(Pool.id)
    return [(row.taken, row.held) for row in db.session.execute(chosen)]


def refused(verb: Callable[[], object], experience: Experience, words: str) -> None:
    """The verb is refused with these words, and nothing of it is left: no seat, no row, no mail, no line of history."""
    before = trace(experience)
    with pytest.raises(RuleBroken, match=words):
        verb()
    db.session.rollback()
    assert trace(experience) == before


def trace(experience: Experience) -> tuple[Any, ...]:
    rows = [(one.account_id, one.state, one.hold_id) for one in db.session.query(Enrollment).order_by(Enrollment.id)]
    holds = [(one.id, one.seats, one.remaining) for one in db.session.query(SeatHold).order_by(SeatHold.id)]
    return counted(experience), rows, holds, owed(), db.session.query(History).count()
