"""Two people with one seat of a third: a lead and its owner, two leads, a lead and the clock. In pairs: without the
lock the same goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.enrollments.adding import cancel_for, substitute
from portal.enrollments.approving import approve
from portal.enrollments.holding import hold_seats, name_person, return_hold
from portal.enrollments.models import Enrollment, SeatHold
from portal.enrollments.operations import give_up_seat
from portal.enrollments.running_out import end_what_ran_out
from portal.enrollments.teaming import enroll_together
from tests.enrollments.builders import (
    an_experience,
    colleagues,
    counted,
    miscounted,
    owed,
    people,
    seat,
    states,
)
from tests.enrollments.overtaking import Overtaking

Pair = tuple[Experience, Callable[[], Any], Callable[[], Any]]
ROOMS = "portal.enrollments."
OCTOBER_20 = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


def approved_and_given_up(community: Community) -> Pair:
    """A lead says yes while the person takes the request back."""
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    number, ids = seat(experience, person)[0].id, (lead.id, person.id)

    def say_yes() -> None:
        approve(db.session.get_one(Enrollment, number), by=db.session.get_one(Account, ids[0]))

    def take_back() -> None:
        give_up_seat(db.session.get_one(Enrollment, number), by=db.session.get_one(Account, ids[1]))

    return experience, say_yes, take_back


def test_a_request_that_is_taken_back_while_a_lead_says_yes_ends_without_a_seat(
    community: Community, overtaking: Overtaking
) -> None:
    experience, say_yes, take_back = approved_and_given_up(community)
    assert overtaking.locked(f"{ROOMS}approving.wish_of", say_yes, take_back) == [None, None]
    assert (states(experience), counted(experience), miscounted()) == (["given_up"], [(0, 0)], [])


def test_without_the_lock_it_ends_with_a_seat_that_nobody_wants(community: Community, overtaking: Overtaking) -> None:
    experience, say_yes, take_back = approved_and_given_up(community)
    assert overtaking.unlocked(f"{ROOMS}approving.wish_of", say_yes, take_back) == [None, None]
    assert (states(experience), counted(experience)) == (["seated"], [(1, 0)])


def test_a_lead_who_says_yes_while_it_is_taken_back_is_told_that_it_was(
    community: Community, overtaking: Overtaking
) -> None:
    experience, say_yes, take_back = approved_and_given_up(community)
    [done, refused] = overtaking.locked(f"{ROOMS}operations.check_move", take_back, say_yes)
    assert (done, type(refused)) == (None, RuleBroken)
    assert (states(experience), counted(experience), miscounted()) == (["given_up"], [(0, 0)], [])


def named_and_returned(community: Community) -> Pair:
    """One lead names somebody for the last kept seat while the other gives it back."""
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community)
    number, ids = hold_seats(experience, district.id, 1, OCTOBER_20, by=lead).id, (lead.id, person.id)

    def name() -> str:
        who, by = db.session.get_one(Account, ids[1]), db.session.get_one(Account, ids[0])
        return name_person(db.session.get_one(SeatHold, number), who, by=by).state

    def give_back() -> None:
        return_hold(db.session.get_one(SeatHold, number), by=db.session.get_one(Account, ids[0]))

    return experience, name, give_back


def test_a_kept_seat_that_is_being_named_is_had(community: Community, overtaking: Overtaking) -> None:
    experience, name, give_back = named_and_returned(community)
    assert overtaking.locked(f"{ROOMS}holding._lock", name, give_back) == ["seated", None]
    assert (counted(experience), miscounted()) == ([(1, 0)], [])


def test_a_kept_seat_that_is_being_given_back_is_not_named_any_more(
    community: Community, overtaking: Overtaking
) -> None:
    experience, name, give_back = named_and_returned(community)
    [done, refused] = overtaking.locked(f"{ROOMS}holding._lock", give_back, name)
    assert (done, type(refused)) == (None, RuleBroken)
    assert (counted(experience), miscounted()) == ([(0, 0)], [])


@pytest.mark.parametrize("is_named", [True, False], ids=["named first", "given back first"])
def test_without_the_lock_the_kept_seat_is_counted_twice(
    community: Community, overtaking: Overtaking, is_named: bool
) -> None:
    _, name, give_back = named_and_returned(community)
    way = (name, give_back) if is_named else (give_back, name)
    assert set(overtaking.unlocked(f"{ROOMS}holding._lock", *way)) == {"seated", None}
    assert miscounted() != []


def test_two_workers_let_go_of_a_hold_once(
    community: Community, overtaking: Overtaking, in_october: Callable[[str], datetime]
) -> None:
    released(community, in_october)
    assert overtaking.locked(f"{ROOMS}running_out.run_out", end_what_ran_out, end_what_ran_out) == [1, 0]
    assert miscounted() == []


def test_without_the_lock_two_workers_let_go_twice(
    community: Community, overtaking: Overtaking, in_october: Callable[[str], datetime]
) -> None:
    released(community, in_october)
    assert overtaking.unlocked(f"{ROOMS}running_out.run_out", end_what_ran_out, end_what_ran_out) == [1, 1]
    assert miscounted() != []


def released(community: Community, in_october: Callable[[str], datetime]) -> None:
    """A hold whose time is over."""
    district, lead, _ = colleagues(community, 0)
    hold_seats(an_experience(community), district.id, 2, OCTOBER_20, by=lead)
    in_october("2026-10-21 00:00")


def passed_on_and_cancelled(community: Community) -> Pair:
    """One lead gives the only seat to a colleague while the other gives it back; somebody waits."""
    _, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community, capacity=1)
    number, ids = seat(experience, sick, *people(community, 1))[0].id, (lead.id, fit.id)

    def pass_on() -> str:
        comes, by = db.session.get_one(Account, ids[1]), db.session.get_one(Account, ids[0])
        return substitute(db.session.get_one(Enrollment, number), comes, by=by).state

    def cancel() -> None:
        cancel_for(db.session.get_one(Enrollment, number), by=db.session.get_one(Account, ids[0]))

    return experience, pass_on, cancel


def test_a_seat_that_is_being_passed_on_is_not_given_back_too(community: Community, overtaking: Overtaking) -> None:
    experience, pass_on, cancel = passed_on_and_cancelled(community)
    assert overtaking.locked(f"{ROOMS}adding.check_in_district", pass_on, cancel) == ["seated", None]
    assert (states(experience), counted(experience)) == (["given_up", "waiting", "seated"], [(1, 0)])
    assert miscounted() == []


def test_a_seat_that_is_being_given_back_is_not_passed_on_too(community: Community, overtaking: Overtaking) -> None:
    experience, pass_on, cancel = passed_on_and_cancelled(community)
    [done, refused] = overtaking.locked(f"{ROOMS}adding.check_not_over", cancel, pass_on)
    assert (done, type(refused)) == (None, RuleBroken)
    assert (states(experience), counted(experience), miscounted()) == (["given_up", "seated"], [(1, 0)], [])


def test_without_the_lock_the_one_seat_is_given_to_two(community: Community, overtaking: Overtaking) -> None:
    experience, pass_on, cancel = passed_on_and_cancelled(community)
    assert overtaking.unlocked(f"{ROOMS}adding.check_in_district", pass_on, cancel) == ["seated", None]
    assert states(experience).count("seated") == 2


def enrolled_twice(community: Community) -> Pair:
    """Two leads of one district enroll the same two colleagues at one instant."""
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=3)
    number, where, by, ids = experience.id, district.id, lead.id, [one.id for one in everyone]

    def enroll() -> list[str]:
        chosen = [db.session.get_one(Account, one) for one in ids]
        who = db.session.get_one(Account, by)
        new = enroll_together(db.session.get_one(Experience, number), chosen, by=who, district_id=where)
        return [one.state for one in new]

    return experience, enroll, enroll


def test_colleagues_who_are_enrolled_twice_have_one_seat_and_one_mail_each(
    community: Community, overtaking: Overtaking
) -> None:
    experience, first, second = enrolled_twice(community)
    assert overtaking.locked(f"{ROOMS}teaming._known", first, second) == [["seated", "seated"]] * 2
    assert (counted(experience), len(owed()), miscounted()) == ([(2, 0)], 2, [])


def test_without_the_lock_one_press_meets_an_error(community: Community, overtaking: Overtaking) -> None:
    """The table lets nobody be enrolled twice in one thing: that wall holds, and one lead sees an error."""
    _, first, second = enrolled_twice(community)
    [failed, enrolled] = overtaking.unlocked(f"{ROOMS}teaming._known", first, second)
    assert (type(failed), enrolled) == (IntegrityError, ["seated", "seated"])
