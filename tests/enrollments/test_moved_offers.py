"""An offer whose date moves: it ends, the person keeps the place in line, and how near the new date is decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.enrollments.changing import move_session
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.running_out import end_what_ran_out
from tests.enrollments.builders import FALL, an_experience, people, seat, states, told

WHY = "Snow is coming."


pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def test_a_seat_kept_for_an_old_date_goes_at_once_to_the_same_person_when_it_moves_far_away(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, everyone, mine, offer = with_an_offer(community, in_october)
    moved(experience, FALL + timedelta(weeks=3), everyone[0])
    assert (offer.status, states(experience)) == ("taken_back", ["given_up", "seated", "waiting"])
    in_october("2026-11-04 09:00")
    assert (end_what_ran_out(), mine[1].state, told("offer_expired")) == (0, "seated", [])


def test_an_offer_never_outlasts_the_cut_off_of_a_nearer_date(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, everyone, mine, old = with_an_offer(community, in_october)
    sooner = clock.now() + timedelta(hours=5)
    moved(experience, sooner, everyone[0])
    [_, offer] = db.session.scalars(select(SeatOffer).order_by(SeatOffer.id))
    assert (old.status, offer.status, offer.enrollment_id) == ("taken_back", "open", mine[1].id)
    assert offer.until == sooner - timedelta(hours=2)


def test_a_date_so_near_that_nobody_could_answer_leaves_the_first_in_line_first(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, everyone, mine, offer = with_an_offer(community, in_october)
    moved(experience, clock.now() + timedelta(hours=1), everyone[0])
    assert (end_what_ran_out(), offer.status) == (0, "taken_back")
    assert states(experience) == ["given_up", "waiting", "waiting"]
    # Nobody is moved up any more: whoever of the line presses first has it.
    assert take_seat(experience, everyone[1], by=everyone[1]).id == mine[1].id
    assert states(experience) == ["given_up", "seated", "waiting"]


def test_another_place_or_a_later_end_leaves_an_offer_as_it_is(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, everyone, _, offer = with_an_offer(community, in_october)
    moved(experience, FALL, everyone[0], hours=7, place="Another high school")
    assert (offer.status, told("seat_offered")) == ("open", [everyone[1].email])


def moved(experience: Experience, to: datetime, by: Account, hours: int = 6, **more: Any) -> SessionChange:
    return move_session(experience.sessions[0], to, to + timedelta(hours=hours), reason=WHY, by=by, **more)


def with_an_offer(
    community: Community, at: Callable[[str], datetime]
) -> tuple[Experience, list[Account], list[Enrollment], SeatOffer]:
    """One seat, given up the afternoon before, and kept for the first of two who wait."""
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    at("2026-11-02 16:00")
    give_up_seat(mine[0], by=everyone[0])
    [offer] = db.session.scalars(select(SeatOffer))
    return experience, everyone, mine, offer
