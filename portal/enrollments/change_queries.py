"""Whom a change of dates reaches: people with seats or in line, what else they have then, what calendars say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import SessionChange
from portal.agenda.school_queries import school_days
from portal.agenda.school_rules import NO_SCHOOL, in_words, said_of
from portal.communities.queries import zone_of
from portal.core import tokens
from portal.core.clock import local
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District

from .attending_models import Confirmation
from .change_rules import seat_elsewhere, why_asked
from .models import Enrollment, Seat, SeatHold

CONCERNED = ("pending", "waiting", "seated")
PURPOSE = "changed-date"
AFFECTED = (
    select(Enrollment.id, Enrollment.account_id, Account.email, Enrollment.state, Enrollment.district_id)
    .join(Account, Account.id == Enrollment.account_id)
    .where(Enrollment.state.in_(CONCERNED))
    .order_by(Enrollment.queue_number, Enrollment.id)
)


class Affected(NamedTuple):
    """Somebody whom a change reaches."""

    enrollment_id: int
    account_id: int
    email: str
    state: str
    district_id: int | None


def affected_by(session: Session) -> list[Affected]:
    """Everyone with a seat in the session, in its line or asking for one, in the order of asking."""
    return [Affected(*row) for row in db.session.execute(AFFECTED.where(_of_session(session)))]


def affected_by_all(experience: Experience, now: datetime) -> list[Affected]:
    """The same for all of an experience that is still to come; whoever has several of its meetings stands here once for
    each. Meetings that are over or cancelled do not count.
    """
    chosen = (
        AFFECTED.outerjoin(Session, Session.id == Enrollment.session_id)
        .where(Enrollment.experience_id == experience.id)
        .where(or_(Session.id.is_(None), and_(Session.cancelled_at.is_(None), Session.ends_at > now)))
    )
    return [Affected(*row) for row in db.session.execute(chosen)]


def watchers_of(experience: Experience) -> list[Account]:
    """Who else has to know: whoever leads it, and leads who keep seats in it. To be asked before those are let go."""
    kept = select(SeatHold.by_id).where(SeatHold.experience_id == experience.id, SeatHold.kind == "lead")
    kept = kept.where(SeatHold.released_at.is_(None), SeatHold.remaining > 0)
    chosen = select(Account).where(or_(Account.id == experience.facilitator_id, Account.id.in_(kept)))
    return list(db.session.scalars(chosen.where(Account.disabled_at.is_(None)).order_by(Account.id)))


def other_seats(session: Session, starts_at: datetime, ends_at: datetime) -> dict[int, str]:
    """The people with a seat in the session who have another one at that time, by account: in what, in words."""
    mine = select(Enrollment.account_id).where(_of_session(session), Enrollment.state == "seated")
    rows = db.session.execute(
        select(Enrollment.account_id, Experience.title, Experience.community_id)
        .join(Seat, Seat.enrollment_id == Enrollment.id)
        .join(Pool, Pool.id == Seat.pool_id)
        .join(Session, Session.id == Pool.session_id)
        .join(Experience, Experience.id == Pool.experience_id)
        .where(Enrollment.account_id.in_(mine), Enrollment.state == "seated", Session.id != session.id)
        .where(Session.starts_at < ends_at, Session.ends_at > starts_at)
        .where(Session.cancelled_at.is_(None), Experience.cancelled_at.is_(None))
        .order_by(Session.starts_at.desc(), Session.id.desc(), Enrollment.id)
    )
    ours = session.experience.community_id
    return {row.account_id: seat_elsewhere(row.title if row.community_id == ours else "") for row in rows}


def reasons_to_ask(
    session: Session, people: Sequence[Affected], starts_at: datetime, ends_at: datetime, asks: str
) -> dict[int, str]:
    """Who of these people would be asked about such a time for the session, and why: by enrollment."""
    community_id = session.experience.community_id
    others, day = other_seats(session, starts_at, ends_at), local(starts_at, zone_of(community_id)).date()
    days = school_days(community_id, day, day)
    said = {number: said_of(day, days, number) for number in {one.district_id for one in people}}
    closed = {number: in_words(row) for number, row in said.items() if row is not None and row.kind in NO_SCHOOL}
    reasons = {
        one.enrollment_id: why_asked(others.get(one.account_id, ""), closed.get(one.district_id, ""), asks)
        for one in people
    }
    return {number: why for number, why in reasons.items() if why}


def labels_of(district_ids: Sequence[int]) -> dict[int, str]:
    """What districts are called, in the order of their names."""
    chosen = select(District).where(District.id.in_(district_ids)).order_by(District.name, District.id)
    return {one.id: one.label for one in db.session.scalars(chosen)}


def changes_of(experience_id: int) -> list[SessionChange]:
    """What became of the dates of an experience, oldest first."""
    chosen = select(SessionChange).join(Session, Session.id == SessionChange.session_id)
    return list(db.session.scalars(chosen.where(Session.experience_id == experience_id).order_by(SessionChange.id)))


def changes_by_session(experience_id: int) -> dict[int, list[SessionChange]]:
    """The same under the numbers of the sessions, the newest first."""
    found: dict[int, list[SessionChange]] = {}
    for change in reversed(changes_of(experience_id)):
        found.setdefault(change.session_id, []).append(change)
    return found


def newest_change(session_id: int) -> SessionChange | None:
    """What was last done to the session."""
    chosen = select(SessionChange).where(SessionChange.session_id == session_id).order_by(SessionChange.id.desc())
    return db.session.scalar(chosen.limit(1))


def went_online(session_id: int) -> SessionChange | None:
    """The change by which the session last went online; None where it was planned so."""
    chosen = select(SessionChange).where(SessionChange.session_id == session_id, SessionChange.kind == "online")
    return db.session.scalar(chosen.order_by(SessionChange.id.desc()).limit(1))


def answers_to(change_id: int) -> list[Row[Any]]:
    """Who was asked about a change and what they said: those who said no first, then the silent ones, by name."""
    return list(
        db.session.execute(
            select(Account.name, Account.email, District.name.label("district"), Confirmation.answer, Confirmation.why)
            .join(Enrollment, Enrollment.id == Confirmation.enrollment_id)
            .join(Account, Account.id == Enrollment.account_id)
            .outerjoin(District, District.id == Enrollment.district_id)
            .where(Confirmation.change_id == change_id)
            .order_by(func.coalesce(Confirmation.answer, "p"), Account.name, Confirmation.id)
        )
    )


def questions_of(account_id: int, now: datetime) -> list[Confirmation]:
    """Everything a person is asked about changed dates and may still answer, the most pressing first."""
    chosen = (
        select(Confirmation)
        .join(Enrollment, Enrollment.id == Confirmation.enrollment_id)
        .options(
            joinedload(Confirmation.enrollment).joinedload(Enrollment.experience),
            joinedload(Confirmation.change).joinedload(SessionChange.session),
        )
        .where(Enrollment.account_id == account_id, Enrollment.state == "seated")
        .where(Confirmation.answer.is_(None), Confirmation.until > now)
        .where(Confirmation.change_id.in_(select(SessionChange.id).where(_stands())))
        .order_by(Confirmation.until, Confirmation.id)
    )
    return list(db.session.scalars(chosen))


def find_question(token: str, community_id: int) -> Confirmation | None:
    """The question about a changed date that a private link of this community leads to."""
    found = tokens.find(Confirmation, PURPOSE, token)
    return found if found is not None and found.enrollment.community_id == community_id else None


def find_own_question(community_id: int, slug: str, account_id: int, change_id: int) -> Confirmation | None:
    """What this person was asked about a change of the experience of this address (0: the newest)."""
    chosen = (
        select(Confirmation)
        .join(Enrollment, Enrollment.id == Confirmation.enrollment_id)
        .join(Experience, Experience.id == Enrollment.experience_id)
        .where(Experience.community_id == community_id, Experience.slug == slug, Enrollment.account_id == account_id)
        .order_by(Confirmation.id.desc())
    )
    if change_id:
        chosen = chosen.where(Confirmation.change_id == change_id)
    return db.session.scalar(chosen.limit(1))


def is_newest(change: SessionChange) -> bool:
    """Whether its date stands: the session was not moved again since, nor cancelled. Held online, or at another place,
    it has the same date.
    """
    return db.session.scalar(select(SessionChange.id).where(SessionChange.id == change.id, _stands())) is not None


def change_unheard_of(change: SessionChange, enrollment_id: int) -> SessionChange:
    """The oldest change of the session since the last one that this person had a mail about: what they know is the date
    that it found. Moved twice before a mail could leave, one mail tells both.
    """
    earlier = select(SessionChange).where(SessionChange.session_id == change.session_id, SessionChange.id < change.id)
    keys = {changed_once(one.id, enrollment_id): one for one in db.session.scalars(earlier.order_by(SessionChange.id))}
    mails = select(Outgoing.once).where(Outgoing.once.in_(keys))
    mails = mails.where(or_(Outgoing.sent_at.is_(None), Outgoing.dropped_at.is_not(None)))
    unheard = set(db.session.scalars(mails.order_by(Outgoing.id)))
    oldest = change
    for once in reversed(keys):
        # Whoever has come since was owed no mail about it either: they know what it led to.
        if once not in unheard:
            break
        oldest = keys[once]
    return oldest


def changed_once(change_id: int, enrollment_id: int) -> str:
    """What the mail about a changed date is sent once for."""
    return f"changed:{change_id}:{enrollment_id}"


def asked_change(session_id: int) -> int | None:
    """The number of the change whose date stands and about which people were asked; None where nobody was."""
    asked = select(func.max(Confirmation.change_id)).join(SessionChange, SessionChange.id == Confirmation.change_id)
    return db.session.scalar(asked.where(SessionChange.session_id == session_id, _stands()))


def count_sessions(experience_id: int) -> int:
    """How many sessions of the experience are not cancelled."""
    chosen = select(func.count()).where(Session.experience_id == experience_id, Session.cancelled_at.is_(None))
    return db.session.scalar(chosen) or 0


def _of_session(session: Session) -> Any:
    return (Enrollment.experience_id == session.experience_id) & or_(
        Enrollment.session_id.is_(None), Enrollment.session_id == session.id
    )


def _stands() -> Any:
    """That no later change of the session altered the date: each found it as it is now, and cancelled nothing."""
    later = aliased(SessionChange)
    since = select(later.id).join(Session, Session.id == later.session_id)
    since = since.where(later.session_id == SessionChange.session_id, later.id > SessionChange.id)
    altered = since.where(or_(later.kind == "cancelled", later.old_starts_at != Session.starts_at))
    return ~altered.correlate(SessionChange).exists()
