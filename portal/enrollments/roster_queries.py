"""Finding who is in an experience, for its staff and facilitator: the list, what it comes to, what people answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Role
from portal.communities.queries import today_in
from portal.core.db import db, look_up
from portal.districts.models import Affiliation, District
from portal.districts.queries import covers

from .attending_models import EnrollmentAnswer
from .models import Enrollment, SeatHold, SeatOffer
from .queries import POSITION

EVERY = 2**31  # rows, where all are asked for
STANDS: Mapping[str, ColumnElement[bool]] = {  # which part of the list each tab shows
    "": Enrollment.state == "seated",
    "line": Enrollment.waits_for.is_not(None),
    "asked": Enrollment.state == "pending",
    "gone": Enrollment.state.in_(("given_up", "refused")),
}
JOBS = (  # what the person does in the district that the seat is for
    select(func.aggregate_strings(Role.label, ", "))
    .join(Affiliation, (Affiliation.role == Role.slug) & (Affiliation.community_id == Role.community_id))
    .where(Affiliation.account_id == Enrollment.account_id, Affiliation.district_id == Enrollment.district_id)
    .where(Affiliation.community_id == Enrollment.community_id, covers(Affiliation, bindparam("today")))
    .correlate(Enrollment)
    .scalar_subquery()
)
LISTED = (
    Enrollment.id, Enrollment.account_id, Account.name, Account.email, Enrollment.district_id,
    func.coalesce(District.short_name, "").label("short_name"), District.name.label("district_name"),
    Enrollment.state, Enrollment.mode, Enrollment.waits_for, Enrollment.queue_number, Enrollment.team_id,
    Enrollment.asked_at, Enrollment.seated_at, Enrollment.given_up_at, Enrollment.extra_reason,
    SeatHold.kind.label("hold_kind"), Session.starts_at, JOBS.label("jobs"), SeatOffer.until.label("offer_until"),
    POSITION.label("place"),
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """Whom the list shows: a tab, and by mode, district, meeting and words; empty means any."""

    stand: str = ""
    mode: str = ""
    district_id: int | None = None
    session_id: int | None = None
    text: str = ""


def find_roster(person: Any, community_id: int, slug: str) -> Experience | None:
    """The experience whose people this person may see: any for staff, else the one they facilitate. With its seats."""
    chosen = (
        select(Experience)
        .where(Experience.community_id == community_id, Experience.slug == slug)
        .options(joinedload(Experience.sessions).joinedload(Session.pools))
    )
    found = db.session.scalars(chosen).unique().one_or_none()
    if found is None or may_see_people(person, found):
        return found
    return None


def may_see_people(person: Any, experience: Experience) -> bool:
    """Whether the person is of the community's staff or facilitates the experience."""
    is_staff = person.has_permission(experience.community_id, "staff", "admin")
    return bool(is_staff or experience.facilitator_id == person.account_id)


def groups_of(experience_id: int, text: str = "") -> Sequence[Row[Any]]:
    """How many enrollments there are of each state, mode, district and meeting: what tabs, filters and pages count."""
    kinds = (
        Enrollment.state, Enrollment.waits_for, Enrollment.mode, Enrollment.session_id, Enrollment.district_id,
        District.short_name, District.name,
    )  # fmt: skip
    chosen = select(*kinds, func.count().label("people")).outerjoin(District, District.id == Enrollment.district_id)
    chosen = chosen.where(Enrollment.experience_id == bindparam("experience_id"))
    if text:
        chosen = chosen.join(Account, Account.id == Enrollment.account_id).where(_is_named(text))
    chosen = chosen.group_by(*kinds, District.id).order_by(District.name, District.id, Enrollment.state)
    return look_up(chosen, {"experience_id": experience_id})


def people_in(
    experience: Experience, chosen: Chosen, size: int = EVERY, skipped: int = 0
) -> Sequence[Row[Any]]:  # fmt: skip
    """Who is in the experience, as chosen: those in line in its order, everybody else by name."""
    order = (Enrollment.queue_number,) if chosen.stand in {"line", "asked"} else (Account.name,)
    rows = _filtered(select(*LISTED), chosen).order_by(*order, Enrollment.id).limit(size).offset(skipped)
    return look_up(rows, {"experience_id": experience.id, "today": today_in(experience.community_id)})


def count_people(experience: Experience, chosen: Chosen) -> int:
    """How many people the list holds, as chosen: who has a seat in three meetings of a space is one of them."""
    people = _filtered(select(func.count(Enrollment.account_id.distinct()).label("people")), chosen)
    return int(look_up(people, {"experience_id": experience.id})[0].people)


def questions_of(experience_id: int) -> Sequence[Row[Any]]:
    """What people are asked when they enroll, in its order."""
    chosen = select(
        ExperienceQuestion.id, ExperienceQuestion.label, ExperienceQuestion.kind, ExperienceQuestion.erase_on
    )
    chosen = chosen.where(ExperienceQuestion.experience_id == bindparam("experience_id"))
    chosen = chosen.order_by(ExperienceQuestion.position, ExperienceQuestion.id)
    return look_up(chosen, {"experience_id": experience_id})


def answers_in(experience_id: int) -> dict[tuple[int, int], str]:
    """What everybody answered, by enrollment and question."""
    chosen = select(EnrollmentAnswer.enrollment_id, EnrollmentAnswer.question_id, EnrollmentAnswer.value)
    chosen = chosen.join(Enrollment, Enrollment.id == EnrollmentAnswer.enrollment_id)
    chosen = chosen.where(Enrollment.experience_id == bindparam("experience_id")).order_by(EnrollmentAnswer.id)
    rows = look_up(chosen, {"experience_id": experience_id})
    return {(enrollment, question): value for enrollment, question, value in rows}


def _filtered(rows: Select[Any], chosen: Chosen) -> Select[Any]:
    rows = (
        rows.join(Account, Account.id == Enrollment.account_id)
        .outerjoin(District, District.id == Enrollment.district_id)
        .outerjoin(SeatHold, SeatHold.id == Enrollment.hold_id)
        .outerjoin(SeatOffer, (SeatOffer.enrollment_id == Enrollment.id) & (SeatOffer.status == "open"))
        .outerjoin(Session, Session.id == Enrollment.session_id)
        .where(Enrollment.experience_id == bindparam("experience_id"), STANDS[chosen.stand])
    )
    for column, value in (
        (Enrollment.mode, chosen.mode),
        (Enrollment.district_id, chosen.district_id),
        (Enrollment.session_id, chosen.session_id),
    ):
        if value not in ("", None):
            rows = rows.where(column == value)
    return rows.where(_is_named(chosen.text)) if chosen.text else rows


def _is_named(text: str) -> ColumnElement[bool]:
    words = " ".join(text.lower().split())
    return or_(
        func.lower(Account.name).contains(words, autoescape=True),
        func.lower(Account.email).contains(words, autoescape=True),
    )
