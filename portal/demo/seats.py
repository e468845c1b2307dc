"""What happens around the seats of the demo's year: seats kept, offered and asked for, questions, a team that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.operations import create_experience, publish_experience
from portal.agenda.queries import find_experience
from portal.agenda.questioning import add_question
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.enrollments.answering import change_answers
from portal.enrollments.approving import approve
from portal.enrollments.holding import hold_seats, name_person, share_seats
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.teaming import enroll_together

from .days import day_in, days_ago
from .people import People
from .world import ZONE

FILE = Path(__file__).with_name("seats.yaml")
TUESDAY, THURSDAY = 1, 3
KEPT_AFTER = 14  # days after the last session: then nobody needs the answers any more
Row = dict[str, Any]
Districts = dict[str, District]


def fill_lines(community: Community, districts: Districts, people: People) -> None:
    """Let staff keep seats and ask questions, a lead hold seats and be asked, and a freed seat be offered in time."""
    rows: Row = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    before = db.session.scalar(select(Outgoing.id).order_by(Outgoing.id.desc()).limit(1)) or 0
    for row in rows["questions"]:
        _ask(_found(community, row), row, people["coordinator.hub"])
    for row in rows["kept"]:
        _keep(_found(community, row), row, districts, people)
    _offer(community, districts, rows["offered"], people)
    _approve(community, rows["approved"], people)
    now, told = clock.now(), update(Outgoing).where(Outgoing.id > before)  # days old: today's mails come today
    db.session.execute(told.values(sent_at=now, dropped_at=now).execution_options(synchronize_session=False))


def _found(community: Community, row: Row) -> Experience:
    found = find_experience(community.id, row["experience"])
    assert found is not None
    return found


def _ask(experience: Experience, row: Row, staff: Account) -> None:
    last = clock.local(experience.sessions[-1].ends_at, ZONE).date()
    asked = {}
    with days_ago(20):
        for one in row["asked"]:
            values = {**one, "erase_on": last + timedelta(days=KEPT_AFTER)}
            asked[one["kind"]] = add_question(experience, values, by=staff).id
    for enrollment, answers in zip(_seated(experience), row["answers"], strict=False):
        with days_ago(5):
            told = {asked[kind]: value for kind, value in answers.items()}
            change_answers(enrollment, told, by=enrollment.account)


def _seated(experience: Experience) -> Sequence[Enrollment]:
    chosen = select(Enrollment).where(Enrollment.experience_id == experience.id, Enrollment.state == "seated")
    return db.session.scalars(chosen.order_by(Enrollment.id)).all()


def _keep(experience: Experience, row: Row, districts: Districts, people: People) -> None:
    staff, until = people["coordinator.hub"], day_in(row["until"])
    with days_ago(row["days_ago"]):
        for share in row["shares"]:
            whose = {"district_id": districts[share["district"]].id} if "district" in share else {"role": share["role"]}
            share_seats(experience, share["seats"], until, by=staff, **whose)
        for held in row["held"]:
            lead = people[held["by"]]
            district = districts[held["by"].partition(".")[2]]
            hold = hold_seats(experience, district.id, held["seats"], until, by=lead)
            name_person(hold, people[held["names"]], by=lead)


def _offer(community: Community, districts: Districts, row: Row, people: People) -> None:
    """A day that is full: somebody gives up, the seat is offered to the next in line, and behind them waits a team."""
    experience = _pop_up(community, row, people)
    holder = people[row["gives_up"]]
    with days_ago(12):
        mine = take_seat(experience, holder, by=holder)
        for account in _educators(row["others"]):
            take_seat(experience, account, by=account)
    with days_ago(9):
        take_seat(experience, people[row["next"]], by=people[row["next"]])
    team = [account for name, account in people.items() if name.endswith(f".{row['team']}")][1:3]
    with days_ago(8):
        lead, district = people[row["team_lead"]], districts[row["team"]]
        enroll_together(experience, team, by=lead, district_id=district.id, waits_together=True)
    # Yesterday at five: lessons are over, and nobody sleeps yet.
    with clock.told(_moment(day_in(-1), "17:00")):
        give_up_seat(mine, by=holder)


def _approve(community: Community, row: Row, people: People) -> None:
    experience = _pop_up(community, row, people)
    for one in row["asks"]:
        person = people[one["person"]]
        with days_ago(one["days_ago"]):
            asked = take_seat(experience, person, by=person)
        if "approved" in one:
            with days_ago(one["approved"]):
                approve(asked, by=people["superintendent." + one["person"].partition(".")[2]])


def _pop_up(community: Community, row: Row, people: People) -> Experience:
    """A day that is so near whenever the demo is loaded."""
    day = _school_day(day_in(row["in_days"]))
    starts, ends = _moment(day, row["start"]), _moment(day, row["end"])
    session = {"starts_at": starts, "ends_at": ends, "credit_minutes": int((ends - starts).total_seconds() // 60)}
    with days_ago(14):
        made = create_experience(community, None, row["fields"], [session], by=people["coordinator.hub"])
        publish_experience(made, by=people["coordinator.hub"])
    return made


def _educators(count: int) -> Sequence[Account]:
    chosen = select(Account).where(Account.is_demo, Account.email.like("teacher-general-1.%")).order_by(Account.id)
    return db.session.scalars(chosen.limit(count)).all()


def _school_day(day: date) -> date:
    while not TUESDAY <= day.weekday() <= THURSDAY:
        day += timedelta(days=1)
    return day


def _moment(day: date, hour: str) -> datetime:
    return clock.to_utc(datetime.combine(day, time.fromisoformat(hour)), ZONE, fold=0)
