"""What a morning brings to one district: closed, late, or school after all. Its people are told, all others are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update

from portal.agenda.planning_models import SchoolDay, SessionChange
from portal.agenda.school_days import Place, note_day
from portal.agenda.school_rules import is_school_day
from portal.communities.queries import today_in, zone_of
from portal.core import clock
from portal.core.db import db, insert, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, history_of, record
from portal.core.outbox import post
from portal.districts.models import District
from portal.districts.queries import leads_of

from .attending_models import Confirmation, Excuse
from .change_rules import NO_SCHOOL_THEN, is_excused
from .closing_queries import Attending, attending_on, excused_by, experiences_on, member_on, own_days, said_on

NO_MEMBER = "This district is no member on that day. Choose another district or another day."
DAY_OVER = "This day is over. Choose today or a day that is still to come."
NOT_SO = "Say whether the district is closed or begins late."
IS_SCHOOL = "There is school on that day already. Choose a day on which the calendar says otherwise."
NO_MINUTES = "Say how much later the district begins."


def close_district(
    community: Place, district: District, day: date, *, kind: str, by: Doer, minutes: int = 0, label: str = ""
) -> SchoolDay:
    """Note that one district is closed that day ("closed") or begins so many minutes late ("delayed").

    Sessions go on: those of its people who could hardly come are excused from them and told so by one mail for each.
    Whoever was excused and can come now, for the district is only late, is not excused any more and told that. Twice
    changes nothing, but for those who have come to have a seat since: they are excused and told too.

    Raises RuleBroken for a day that is over and a district that is no member then.
    """
    if kind not in {"closed", "delayed"}:
        raise RuleBroken(NOT_SO)
    if kind == "delayed" and minutes <= 0:
        raise RuleBroken(NO_MINUTES)
    with transaction():
        _lock_all(community.id, district.id, day)
        said = said_on(community.id, district.id, day)
        minutes = minutes if kind == "delayed" else 0
        # It may stand in the calendar already, where nobody is told of it: what was done is known by excuses and mails.
        is_noted = said is not None and _is_same(said, district.id, day, kind, minutes)
        noted = said if said and is_noted else _note(community, district, day, kind, minutes, label, by)
        earlier = excused_by(own_days(community.id, district.id, day))
        for one in attending_on(community.id, district.id, day):
            if is_excused(kind, minutes, _there(one.starts_at, community.id)):
                _excuse(one, noted)
                _tell(one, noted, "district_closed")
            elif (one.enrollment_id, one.session_id) in earlier:
                _expect_again(one, noted)
    return noted


def reopen_day(community: Place, district: District, day: date, *, by: Doer, label: str = "") -> SchoolDay:
    """Note that a day without classes is a school day after all: to make up for snow, or because nobody closes.

    Whoever was excused is not any more. Those of its people who have a seat in something that day are told, and so are
    the district's leads, who can send somebody else. Twice changes nothing. Raises RuleBroken for a day that is over, a
    district that is no member then, and a day on which there is school anyway.
    """
    with transaction():
        _lock_all(community.id, district.id, day)
        said = said_on(community.id, district.id, day)
        is_noted = said is not None and _is_same(said, district.id, day, "school_day", 0)
        is_late = said is not None and said.kind == "delayed"
        if not is_noted and not is_late and is_school_day(day, [said] if said else [], district.id):
            raise RuleBroken(IS_SCHOOL)
        earlier = own_days(community.id, district.id, day)
        noted = said if said and is_noted else _note(community, district, day, "school_day", 0, label, by)
        db.session.execute(delete(Excuse).where(Excuse.school_day_id.in_(earlier)))
        attending = attending_on(community.id, district.id, day)
        _ask_no_more(attending)
        _tell_of_school(attending, district, noted)
    return noted


def _lock_all(community_id: int, district_id: int, day: date) -> None:
    if day < today_in(community_id):
        raise RuleBroken(DAY_OVER)
    membership = member_on(community_id, district_id, day)
    if membership is None:
        raise RuleBroken(NO_MEMBER)
    lock(membership)
    for experience in experiences_on(community_id, day):
        lock(experience)


def _is_same(said: SchoolDay, district_id: int, day: date, kind: str, minutes: int) -> bool:
    is_that_day = said.district_id == district_id and said.from_date == said.to_date == day
    return is_that_day and (said.kind, said.minutes) == (kind, minutes)


def _note(
    community: Place, district: District, day: date, kind: str, minutes: int, label: str, by: Doer
) -> SchoolDay:  # fmt: skip
    words = {"from_date": day, "kind": kind, "label": label, "minutes": minutes, "district_id": district.id}
    return note_day(community, words, by=by)


def _excuse(one: Attending, noted: SchoolDay) -> None:
    row = {
        "enrollment_id": one.enrollment_id, "session_id": one.session_id, "school_day_id": noted.id,
        "noted_at": clock.now(),
    }  # fmt: skip
    # Late first and closed an hour later: who is excused already stays so, by what is noted now.
    by_now = {"school_day_id": noted.id}
    said = insert(Excuse).values(row)
    db.session.execute(said.on_conflict_do_update(index_elements=["enrollment_id", "session_id"], set_=by_now))


def _expect_again(one: Attending, noted: SchoolDay) -> None:
    mine = Excuse.enrollment_id == one.enrollment_id, Excuse.session_id == one.session_id
    db.session.execute(delete(Excuse).where(*mine))
    _tell(one, noted, "school_after_all")


def _tell(one: Attending, noted: SchoolDay, template: str) -> None:
    ids = {"school_day_id": noted.id, "enrollment_id": one.enrollment_id, "session_id": one.session_id}
    once = f"{template}:{noted.id}:{one.enrollment_id}:{one.session_id}"
    post(template, to=one.email, community_id=noted.community_id, once=once, **ids)


def _ask_no_more(attending: Sequence[Attending]) -> None:
    """Ask nobody any more whether they can come on a new date only because there was to be no school."""
    of_them = Confirmation.enrollment_id.in_([one.enrollment_id for one in attending])
    on_it = select(SessionChange.id).where(SessionChange.session_id.in_({one.session_id for one in attending}))
    asked = update(Confirmation).where(of_them, Confirmation.change_id.in_(on_it), Confirmation.answer.is_(None))
    asked = asked.where(Confirmation.why.startswith(NO_SCHOOL_THEN), Confirmation.until > clock.now())
    db.session.execute(asked.values(until=clock.now()))


def _tell_of_school(attending: Sequence[Attending], district: District, noted: SchoolDay) -> None:
    community_id = noted.community_id
    for one in attending:
        _tell(one, noted, "school_after_all")
    if not attending:
        return
    for lead in leads_of(community_id, district.id):
        once = f"school_after_all_lead:{noted.id}:{lead.id}"
        ids = {"school_day_id": noted.id, "account_id": lead.id}
        post("school_after_all_lead", to=lead.email, community_id=community_id, once=once, **ids)
    if not any(row.verb == "tell" for row in history_of(noted)):
        record(noted, "tell", None, community_id=community_id, people=len(attending))


def _there(moment: datetime, community_id: int) -> datetime:
    return clock.local(moment, zone_of(community_id))
