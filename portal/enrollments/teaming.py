"""Enrolling colleagues together: seats for all of them, or a place in line that they keep together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from portal.agenda.models import Experience, Session
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .entering import Colleague, Jobs, Learner, begin, check_meant, check_window, colleague_of, told
from .models import Enrollment, EnrollmentTeam
from .people_rules import NO_SEATS_FOR_ALL, check_in_district, check_team_fits, check_together
from .queries import count_waiting, jobs_of_all
from .rules import check_move
from .running_out import seats_locked, wish_locked
from .seating import Wish, seat, serve, way_in, wish_of

Known = Mapping[int, Enrollment]
HAS = ("seated", "waiting")


def enroll_together(
    experience: Experience, accounts: Sequence[Learner], *, by: Doer, district_id: int | None = None,
    session: Session | None = None, mode: str = "", waits_together: bool = False,
) -> list[Enrollment]:  # fmt: skip
    """Give these colleagues seats in one go, as their lead; each is told by mail. With `waits_together` all of them get
    a seat or all of them wait, until there is room for the whole team; else those wait for whom there is none.

    Whoever has a seat or a place in line keeps it. Raises RuleBroken, and enrolls nobody, for the wrong time, for
    somebody of another district or whom it is not meant for, and where no line is kept and seats do not suffice.
    """
    with transaction():
        wish = wish_locked(experience, session.id if session else None, mode)
        check_window(wish)
        check_together(len(accounts))
        known = _known(wish, accounts)
        having = {number: one for number, one in known.items() if one.state in HAS}
        new_ones = {one.account_id: one for one in accounts if one.account_id not in having}
        jobs = jobs_of_all(list(new_ones), wish.experience.community_id)
        comers = [_checked(wish, one, district_id, jobs[number]) for number, one in new_ones.items()]
        enroll = _all_or_none if waits_together and len(comers) > 1 else _one_by_one
        new = enroll(wish, comers, by, known)
        by_account = having | {one.account_id: one for one in new}
    return [by_account[one.account_id] for one in accounts]


def split_team(team: EnrollmentTeam, *, by: Doer) -> None:
    """Let the people of a team move up one by one from now on, each at the place in line that they have. Twice changes
    nothing.
    """
    with transaction():
        experience = seats_locked(team.experience_id)
        db.session.refresh(team)
        if team.split_at is not None:
            return
        team.split_at = clock.now()
        record(team, "split", by, community_id=team.community_id)
        db.session.flush()
        serve(experience, team.session_id)


def leave_team(enrollment: Enrollment, *, by: Doer) -> None:
    """Let one person of a team wait alone, at the place in line that they have, whether they sit online meanwhile or
    not; the others go on waiting together.
    """
    with transaction():
        experience = seats_locked(enrollment.experience_id)
        db.session.refresh(enrollment)
        if enrollment.team_id is None or enrollment.waits_for is None:
            return
        enrollment.team_id = None
        record(enrollment, "leave team", by, community_id=enrollment.community_id)
        db.session.flush()
        serve(experience, enrollment.session_id)


def _known(wish: Wish, accounts: Sequence[Learner]) -> dict[int, Enrollment]:
    """What those of them have, or had, who asked here before, by account: read in one go."""
    chosen = select(Enrollment).where(
        Enrollment.experience_id == wish.experience.id,
        Enrollment.account_id.in_([one.account_id for one in accounts]),
    )  # fmt: skip
    rows = db.session.scalars(chosen.order_by(Enrollment.id))
    return {row.account_id: row for row in rows if row.session_id == wish.session_id}


def _checked(wish: Wish, account: Learner, district_id: int | None, jobs: Jobs) -> Colleague:
    check_in_district(district_id is None or district_id in {district for district, _ in jobs}, account.name)
    # What is for some cohorts counts the jobs in their districts alone: those are read for each.
    meant = None if wish.experience.reach == "cohorts" else jobs
    check_meant(wish, account, jobs=meant)
    return colleague_of(wish, account, district_id, meant)


def _one_by_one(wish: Wish, comers: Sequence[Colleague], by: Doer, known: Known) -> list[Enrollment]:
    return [_enroll(wish, [one], by, known)[0] for one in comers]


def _all_or_none(wish: Wish, comers: Sequence[Colleague], by: Doer, known: Known) -> list[Enrollment]:
    check_team_fits(len(comers), min(place.capacity for place in wish.places))
    new = _enroll(wish, comers, by, known)
    if any(one.state == "waiting" for one in new):
        team = EnrollmentTeam(
            community_id=wish.experience.community_id, experience_id=wish.experience.id, session_id=wish.session_id,
            district_id=comers[0].district_id, by_id=by.account_id, made_at=clock.now(),
        )  # fmt: skip
        db.session.add(team)
        db.session.flush()
        for one in new:
            one.team_id = team.id
        db.session.flush()
        record(team, "form", by, community_id=team.community_id, people=len(new))
    return new


def _enroll(wish: Wish, group: Sequence[Colleague], by: Doer, known: Known) -> list[Enrollment]:
    """Seats for all of the group, or the last places in line."""
    now = wish_of(wish.experience, wish.session_id, wish.mode)  # as it is after those before them were seated
    waiting = count_waiting(now.experience.id, now.session_id, now.mode)
    ways = way_in(now, group, waiting)
    if ways is None and not now.experience.has_waitlist:
        raise RuleBroken(NO_SEATS_FOR_ALL)
    for comer in group:
        _check_move(known.get(comer.account.account_id))
    new = [begin(now, one.account, one.district_id, by, known) for one in group]
    for place, one in enumerate(new):
        if ways is None:
            _wait(one, now, by, waiting + place + 1)
        else:
            seat(one, now, ways[place])
            told(one, "take seat", "seat_for_you", by)
    return new


def _check_move(found: Enrollment | None) -> None:
    """A request that a lead has not answered, or said no to, is answered with yes by this."""
    state = found.state if found is not None else None
    check_move("approve" if state in {"pending", "refused"} else "ask", state)


def _wait(enrollment: Enrollment, wish: Wish, by: Doer, place: int) -> None:
    enrollment.state, enrollment.mode, enrollment.waits_for = "waiting", wish.mode, wish.mode
    db.session.flush()
    told(enrollment, "join waitlist", "line_for_you", by, place=place)
