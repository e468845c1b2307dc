"""Finding what a lead acts on: own people with a seat, in line or asking, colleagues to choose from, what is coming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import ExperienceInvitee
from portal.communities.models import Role
from portal.communities.queries import today_in
from portal.core.db import db
from portal.core.inputs import LARGEST
from portal.districts.models import Affiliation
from portal.districts.queries import covers

from .models import Enrollment, EnrollmentTeam, SeatHold, SeatOffer
from .queries import POSITION, meant_for_district

HAVING = ("seated", "waiting", "pending")
PEOPLE: tuple[Any, ...] = (
    Enrollment.id, Enrollment.state, Enrollment.mode, Enrollment.waits_for, Enrollment.session_id, Enrollment.team_id,
    Enrollment.asked_at, Enrollment.hold_id, Enrollment.account_id, Account.name,
    Experience.id.label("experience_id"), Experience.slug, Experience.title, EnrollmentTeam.split_at,
    SeatOffer.until.label("offer_until"), POSITION.label("position"),
)  # fmt: skip
COMING: tuple[Any, ...] = (Experience.id, Experience.slug, Experience.title, Experience.joined_by)
COLLEAGUES: tuple[Any, ...] = (
    Account.id, Account.name, Account.email, Enrollment.state,
    func.aggregate_strings(Role.label, ", ").label("jobs"),
)  # fmt: skip


def own_people(community_id: int, district_id: int, now: datetime) -> Sequence[Any]:
    """Who of the district has a seat, waits, asks or was told no in what is not over or cancelled: by its next
    session, then by name.
    """
    starts_at = func.min(Session.starts_at).label("starts_at")
    chosen = (
        select(*PEOPLE, starts_at)
        .join(Account, Account.id == Enrollment.account_id)
        .join(Experience, Experience.id == Enrollment.experience_id)
        .join(
            Session,
            and_(
                Session.experience_id == Experience.id, Session.ends_at > now, Session.cancelled_at.is_(None),
                func.coalesce(Enrollment.session_id, Session.id) == Session.id,
            ),
        )
        .outerjoin(EnrollmentTeam, EnrollmentTeam.id == Enrollment.team_id)
        .outerjoin(SeatOffer, and_(SeatOffer.enrollment_id == Enrollment.id, SeatOffer.status == "open"))
        .where(Enrollment.community_id == community_id, Enrollment.district_id == district_id)
        .where(Enrollment.state.in_((*HAVING, "refused")), Experience.cancelled_at.is_(None))
        .group_by(Enrollment.id, Account.id, Experience.id, EnrollmentTeam.id, SeatOffer.id)
        .order_by(starts_at, Experience.id, Enrollment.session_id, Account.name, Enrollment.id)
    )  # fmt: skip
    return db.session.execute(chosen).all()


def coming_up(community_id: int, district_id: int, now: datetime) -> Sequence[Any]:
    """What is on the agenda with sign-up open, and can be for the district, by its next session: short name, title, how
    it is joined.
    """
    starts_at = func.min(Session.starts_at).label("starts_at")
    first = aliased(Session)
    has_begun = first.id.is_not(None)  # then only single meetings can still be joined
    chosen = (
        select(*COMING, starts_at)
        .join(Session, Session.experience_id == Experience.id)
        .outerjoin(first, and_(
            first.experience_id == Experience.id, first.cancelled_at.is_(None), first.starts_at <= now
        ))
        .where(Experience.community_id == community_id, Experience.published_at.is_not(None))
        .where(Experience.cancelled_at.is_(None), Session.cancelled_at.is_(None), Session.starts_at > now)
        .where(or_(Experience.opens_at.is_(None), Experience.opens_at <= now))
        .where(or_(Experience.closes_at.is_(None), Experience.closes_at > now))
        .where(or_(Experience.joined_by == "session", ~has_begun))
        .where(meant_for_district(community_id, district_id))
        .group_by(Experience.id)
        .order_by(starts_at, Experience.id)
    )  # fmt: skip
    return db.session.execute(chosen).all()


def find_coming(community_id: int, district_id: int, slug: str) -> Experience | None:
    """The published experience with its sessions and seats, if it can be for the district."""
    chosen = select(Experience).where(Experience.community_id == community_id, Experience.slug == slug)
    chosen = chosen.where(Experience.published_at.is_not(None), meant_for_district(community_id, district_id))
    loaded = chosen.options(joinedload(Experience.sessions).joinedload(Session.pools))
    return db.session.scalars(loaded).unique().one_or_none()


def colleagues_of(experience: Experience, district_id: int, session_id: int | None, text: str = "") -> Select[Any]:
    """Who works in the district today and may be meant, by name, each with jobs and what they have in the experience,
    if anything.
    """
    community_id = experience.community_id
    today = today_in(community_id)
    chosen = (
        select(*COLLEAGUES)
        .join(Affiliation, Affiliation.account_id == Account.id)
        .outerjoin(Role, and_(Role.slug == Affiliation.role, Role.community_id == Affiliation.community_id))
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.account_id == Account.id, Enrollment.experience_id == experience.id,
                func.coalesce(Enrollment.session_id, 0) == (session_id or 0),
            ),
        )
        .where(Affiliation.community_id == community_id, Affiliation.district_id == district_id)
        .where(covers(Affiliation, today), Account.disabled_at.is_(None), *_meant(experience))
        .group_by(Account.id, Enrollment.id)
        .order_by(Account.name, Account.id)
    )  # fmt: skip
    return chosen.where(func.lower(Account.name).contains(text.lower(), autoescape=True)) if text else chosen


def _meant(experience: Experience) -> list[ColumnElement[bool]]:
    """For whom it is, as far as a list can tell: roles and invitations. Whoever enrolls somebody looks once more."""
    found = list[ColumnElement[bool]]()
    if experience.audience is not None:
        jobs = select(Affiliation.account_id).where(Affiliation.community_id == experience.community_id)
        jobs = jobs.where(covers(Affiliation, today_in(experience.community_id)))
        found.append(Account.id.in_(jobs.where(Affiliation.role.in_(experience.audience))))
    if experience.reach == "invited":
        invited = select(ExperienceInvitee.email).where(ExperienceInvitee.experience_id == experience.id)
        found.append(func.lower(Account.email).in_(invited))
    return found


def those_of(chosen: Select[Any], account_ids: Sequence[int]) -> Sequence[Any]:
    """The rows of `chosen`, colleagues, that are of these accounts."""
    numbers = _possible(account_ids)
    return db.session.execute(chosen.where(Account.id.in_(numbers))).all() if numbers else []


def shares_for(community_id: int, district_id: int, now: datetime) -> list[SeatHold]:
    """What staff keep for the people of the district and nobody has taken, each with its experience, the first to end
    first.
    """
    chosen = (
        select(SeatHold)
        .join(SeatHold.experience)
        .options(contains_eager(SeatHold.experience))
        .where(SeatHold.community_id == community_id, SeatHold.kind == "district", SeatHold.district_id == district_id)
        .where(SeatHold.released_at.is_(None), SeatHold.until > now, SeatHold.remaining > 0)
        .where(Experience.cancelled_at.is_(None), Experience.published_at.is_not(None))
    )
    return list(db.session.scalars(chosen.order_by(SeatHold.until, SeatHold.id)))


def named_for(hold_id: int) -> Sequence[Any]:
    """Who has one of the seats that a lead keeps, by name: the number and state of the enrollment and the name."""
    chosen = select(Enrollment.id, Enrollment.state, Account.name).join(Account, Account.id == Enrollment.account_id)
    chosen = chosen.where(Enrollment.hold_id == hold_id, Enrollment.state == "seated")
    return db.session.execute(chosen.order_by(Account.name, Enrollment.id)).all()


def read_rows(chosen: Select[Any], size: int, skipped: int = 0) -> Sequence[Any]:
    """So many rows of `chosen`, after those that are skipped."""
    return db.session.execute(chosen.limit(size).offset(skipped)).all()


def count_rows(chosen: Select[Any]) -> int:
    """How many rows there are of `chosen`."""
    return db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0


def colleagues_named(community_id: int, district_id: int, account_ids: Sequence[int]) -> list[Account]:
    """Those of these accounts that work in the district today, in the order of their numbers."""
    chosen = (
        select(Account)
        .join(Affiliation, Affiliation.account_id == Account.id)
        .where(Affiliation.community_id == community_id, Affiliation.district_id == district_id)
        .where(covers(Affiliation, today_in(community_id)), Account.disabled_at.is_(None))
        .where(Account.id.in_(_possible(account_ids)))
        .distinct()
    )
    return list(db.session.scalars(chosen.order_by(Account.id)))


def find_colleague(community_id: int, district_id: int, email: str) -> Account | None:
    """The account with this address, which must be in its normal form, if it works in the district today."""
    chosen = (
        select(Account)
        .join(Affiliation, Affiliation.account_id == Account.id)
        .where(Affiliation.community_id == community_id, Affiliation.district_id == district_id)
        .where(covers(Affiliation, today_in(community_id)), Account.email == email, Account.disabled_at.is_(None))
        .distinct()
    )
    return db.session.scalar(chosen)


def find_led_enrollment(community_id: int, district_id: int, enrollment_id: int) -> Enrollment | None:
    """The enrollment of this number of somebody of the district; another district's is not found."""
    chosen = select(Enrollment).join(Enrollment.experience).options(contains_eager(Enrollment.experience))
    return db.session.scalar(
        chosen.where(
            Enrollment.id == enrollment_id, Enrollment.community_id == community_id,
            Enrollment.district_id == district_id,
        )
    )  # fmt: skip


def find_led_team(community_id: int, district_id: int, team_id: int) -> EnrollmentTeam | None:
    """The team of this number that a lead of the district made; another district's is not found."""
    chosen = select(EnrollmentTeam).where(EnrollmentTeam.id == team_id, EnrollmentTeam.community_id == community_id)
    return db.session.scalar(chosen.where(EnrollmentTeam.district_id == district_id))


def count_team(team_id: int) -> int:
    """How many of a team wait together still."""
    chosen = select(func.count()).where(Enrollment.team_id == team_id, Enrollment.waits_for.is_not(None))
    chosen = chosen.where(EnrollmentTeam.id == Enrollment.team_id, EnrollmentTeam.split_at.is_(None))
    return db.session.scalar(chosen) or 0


def find_in(experience_id: int, enrollment_id: int) -> Enrollment | None:
    """The enrollment of this number in the experience."""
    chosen = select(Enrollment).where(Enrollment.id == enrollment_id, Enrollment.experience_id == experience_id)
    return db.session.scalar(chosen)


def _possible(numbers: Sequence[int]) -> list[int]:
    """Those that a database can have: a larger one would be an error, and not just somebody who is not there."""
    return [number for number in numbers if 0 < number <= LARGEST]
