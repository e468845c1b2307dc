"""Two people with one seat of a third: a lead and its owner, two leads, a lead and the clock. In pairs: without the
lock the same goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

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
from tests.cohorts.rush import meet_at, meet_between, no_lock
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

Rush = Callable[..., list[Any]]
Patch = pytest.MonkeyPatch
APPROVING, ADDING, HOLDING = (f"portal.enrollments.{name}" for name in ("approving", "adding", "holding"))
OPERATIONS, TEAMING = "portal.enrollments.operations", "portal.enrollments.teaming"
RUNNING_OUT = "portal.enrollments.running_out"
OCTOBER_20 = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


def approved_and_given_up(community: Community, two_at_once: Rush) -> tuple[list[Any], tuple[Any, ...]]:
    """A lead says yes while the person takes the request back: the answers, and where it ends."""
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    number, ids = seat(experience, person)[0].id, (lead.id, person.id)

    def work(n: int) -> str:
        mine, by = db.session.get_one(Enrollment, number), db.session.get_one(Account, ids[n])
        _ = give_up_seat(mine, by=by) if n else approve(mine, by=by)
        return "done"

    answers = two_at_once(work)
    return answers, (states(experience), counted(experience), miscounted())


def meet_for_approval(monkeypatch: Patch, seconds: float) -> None:
    meet_between(monkeypatch, (APPROVING, "check_move"), (OPERATIONS, "check_move"), seconds=seconds)
    meet_between(monkeypatch, (APPROVING, "wish_of"), (OPERATIONS, "serve"), seconds=seconds)


def test_a_request_that_is_taken_back_while_a_lead_says_yes_ends_without_a_seat(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_for_approval(monkeypatch, 0.5)
    answers, ends = approved_and_given_up(community, two_at_once)
    assert answers[1] == "done"
    assert ends == (["given_up"], [(0, 0)], [])


def test_without_the_lock_it_may_end_with_a_seat_that_nobody_wants(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_for_approval(monkeypatch, 3)
    with no_lock(monkeypatch, RUNNING_OUT):
        _, ends = approved_and_given_up(community, two_at_once)
    assert ends != (["given_up"], [(0, 0)], [])


def named_and_returned(community: Community, two_at_once: Rush) -> tuple[list[Any], Experience]:
    """One lead names somebody for the last kept seat while the other gives it back."""
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community)
    number, ids = hold_seats(experience, district.id, 1, OCTOBER_20, by=lead).id, (lead.id, person.id)

    def work(n: int) -> str:
        hold, by = db.session.get_one(SeatHold, number), db.session.get_one(Account, ids[0])
        _ = return_hold(hold, by=by) if n else name_person(hold, db.session.get_one(Account, ids[1]), by=by)
        return "done"

    return two_at_once(work), experience


def test_a_kept_seat_is_named_or_given_back_not_both(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_at(monkeypatch, HOLDING, "_lock")
    answers, experience = named_and_returned(community, two_at_once)
    is_named = answers[0] == "done"
    assert (is_named or isinstance(answers[0], RuleBroken), answers[1]) == (True, "done")
    assert (counted(experience), miscounted()) == ([(1, 0)] if is_named else [(0, 0)], [])


def test_without_the_lock_the_kept_seat_is_counted_twice(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_at(monkeypatch, HOLDING, "_lock", seconds=10)
    with no_lock(monkeypatch, RUNNING_OUT):
        named_and_returned(community, two_at_once)
    assert miscounted() != []


def test_two_workers_let_go_of_a_hold_once(
    community: Community, overtaking: Overtaking, in_october: Callable[[str], datetime]
) -> None:
    released(community, in_october)
    assert overtaking.locked(f"{RUNNING_OUT}.run_out", end_what_ran_out, end_what_ran_out) == [1, 0]
    assert miscounted() == []


def test_without_the_lock_two_workers_let_go_twice(
    community: Community, overtaking: Overtaking, in_october: Callable[[str], datetime]
) -> None:
    released(community, in_october)
    assert overtaking.unlocked(f"{RUNNING_OUT}.run_out", end_what_ran_out, end_what_ran_out) == [1, 1]
    assert miscounted() != []


def released(community: Community, in_october: Callable[[str], datetime]) -> None:
    """A hold whose time is over."""
    district, lead, _ = colleagues(community, 0)
    hold_seats(an_experience(community), district.id, 2, OCTOBER_20, by=lead)
    in_october("2026-10-21 00:00")


def passed_on_and_cancelled(community: Community, two_at_once: Rush) -> tuple[list[Any], Experience]:
    """One lead gives the only seat to a colleague while the other gives it back; somebody waits."""
    _, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community, capacity=1)
    number, ids = seat(experience, sick, *people(community, 1))[0].id, (lead.id, fit.id)

    def work(n: int) -> str:
        mine, by = db.session.get_one(Enrollment, number), db.session.get_one(Account, ids[0])
        _ = cancel_for(mine, by=by) if n else substitute(mine, db.session.get_one(Account, ids[1]), by=by)
        return "done"

    return two_at_once(work), experience


def meet_for_seat(monkeypatch: Patch, seconds: float) -> None:
    meet_at(monkeypatch, ADDING, "check_not_over", seconds=seconds)
    meet_between(monkeypatch, (ADDING, "check_in_district"), (ADDING, "serve"), seconds=seconds)


def test_a_seat_is_passed_on_or_given_back_not_both(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_for_seat(monkeypatch, 0.5)
    answers, experience = passed_on_and_cancelled(community, two_at_once)
    assert answers[1] == "done"
    expected = ["given_up", "waiting", "seated"] if answers[0] == "done" else ["given_up", "seated"]
    assert (states(experience), counted(experience), miscounted()) == (expected, [(1, 0)], [])


def test_without_the_lock_the_one_seat_is_given_to_two(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_for_seat(monkeypatch, 3)
    with no_lock(monkeypatch, RUNNING_OUT):
        _, experience = passed_on_and_cancelled(community, two_at_once)
    assert states(experience).count("seated") == 2


def enrolled_twice(community: Community, two_at_once: Rush) -> tuple[list[Any], Experience]:
    """Two leads of one district enroll the same two colleagues at one instant."""
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=3)
    number, where, by, ids = experience.id, district.id, lead.id, [one.id for one in everyone]

    def work(n: int) -> list[str]:
        chosen = [db.session.get_one(Account, one) for one in ids]
        who = db.session.get_one(Account, by)
        new = enroll_together(db.session.get_one(Experience, number), chosen, by=who, district_id=where)
        return [one.state for one in new]

    return two_at_once(work), experience


def test_colleagues_who_are_enrolled_twice_have_one_seat_and_one_mail_each(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_at(monkeypatch, TEAMING, "count_waiting")
    answers, experience = enrolled_twice(community, two_at_once)
    assert answers == [["seated", "seated"]] * 2
    assert (counted(experience), len(owed()), miscounted()) == ([(2, 0)], 2, [])


def test_without_the_lock_the_second_press_fails_or_counts_twice(
    community: Community, two_at_once: Rush, monkeypatch: Patch
) -> None:
    meet_at(monkeypatch, TEAMING, "_known", seconds=10)
    with no_lock(monkeypatch, RUNNING_OUT):
        answers, experience = enrolled_twice(community, two_at_once)
    assert (answers, counted(experience), len(owed())) != ([["seated", "seated"]] * 2, [(2, 0)], 2)
