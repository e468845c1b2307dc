"""No worker has come by: whoever asks next still finds what has run out free, or given to whoever was before them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.adding import add_person
from portal.enrollments.approving import approve
from portal.enrollments.holding import hold_seats, name_person, share_seats
from portal.enrollments.line import accept_seat, decline_seat
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.sizing import set_capacity
from portal.enrollments.teaming import enroll_together
from tests.enrollments.builders import (
    STARTS,
    an_experience,
    colleagues,
    counted,
    miscounted,
    owed,
    people,
    seat,
    states,
)

At = Callable[[str], datetime]
OCTOBER_20 = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


def test_whoever_asks_has_the_seat_of_a_hold_that_is_over(community: Community, in_october: At) -> None:
    district, lead, _ = colleagues(community, 0)
    experience, [first] = an_experience(community, capacity=1), people(community, 1)
    hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    in_october("2026-10-20 23:59")
    assert counted(experience) == [(0, 1)]
    in_october("2026-10-21 00:00")
    assert take_seat(experience, first, by=first).state == "seated"
    assert (counted(experience), miscounted()) == ([(1, 0)], [])


def test_who_waited_is_before_whoever_asks_then(community: Community, in_october: At) -> None:
    district, lead, _ = colleagues(community, 0)
    experience, everyone = an_experience(community, capacity=1), people(community, 2)
    hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    seat(experience, everyone[0])
    in_october("2026-10-21 00:00")
    assert take_seat(experience, everyone[1], by=everyone[1]).state == "waiting"
    assert (states(experience), [who for mail, who in owed() if mail == "seat_freed"]) == (
        ["seated", "waiting"], [everyone[0].email],
    )  # fmt: skip


def test_what_is_refused_leaves_all_as_it_was_for_the_worker(community: Community, in_october: At) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1)
    hold = hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    in_october("2026-10-21 00:00")
    with pytest.raises(RuleBroken, match="not kept any more"):
        name_person(hold, person, by=lead)
    db.session.refresh(hold)
    assert (hold.released_at, counted(experience)) == (None, [(0, 1)])


@pytest.mark.parametrize("verb", ["share", "hold", "add", "approve", "together", "resize", "give up"])
def test_every_way_to_a_seat_ends_first_what_is_over(community: Community, in_october: At, verb: str) -> None:
    district, lead, [person, asker] = colleagues(community, 2)
    experience = an_experience(community, capacity=3, needs_approval=verb == "approve")
    hold = share_seats(experience, 2, OCTOBER_20, by=lead, role="nurse")
    [mine] = seat(experience, asker)
    in_october("2026-10-21 00:00")
    later = date(2026, 10, 25)
    {
        "share": lambda: share_seats(experience, 2, later, by=lead, district_id=district.id),
        "hold": lambda: hold_seats(experience, district.id, 2, later, by=lead),
        "add": lambda: add_person(experience, person, "Speaks there", by=lead),
        "approve": lambda: approve(mine, by=lead),
        "together": lambda: enroll_together(experience, [person], by=lead, district_id=district.id),
        "resize": lambda: set_capacity(experience, {"in_person": 2}, by=lead),
        "give up": lambda: give_up_seat(mine, by=asker),
    }[verb]()
    db.session.refresh(hold)
    assert (hold.released_at is not None, miscounted()) == (True, [])
    assert [row.verb for row in history_of(hold)] == ["keep", "release"]


def offered(at: At, community: Community) -> tuple[Experience, list[Account], list[Enrollment]]:
    """One seat, offered to the second of three until 7 AM; it is 8 AM, and no worker was here."""
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 4)
    at("2026-11-02 09:00")
    mine = seat(experience, *everyone[:3])
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    at("2026-11-18 07:30")
    return experience, everyone, mine


def test_an_offer_that_is_over_goes_on_when_somebody_asks(community: Community, in_october: At) -> None:
    experience, everyone, _ = offered(in_october, community)
    assert take_seat(experience, everyone[3], by=everyone[3]).state == "waiting"
    assert states(experience) == ["given_up", "given_up", "waiting", "waiting"]
    assert [(mail, who) for mail, who in owed() if mail.startswith(("seat_off", "offer_"))][-2:] == [
        ("offer_expired", everyone[1].email), ("seat_offered", everyone[2].email),
    ]  # fmt: skip


def test_too_late_to_accept_is_said_and_to_decline_is_done(community: Community, in_october: At) -> None:
    experience, everyone, mine = offered(in_october, community)
    with pytest.raises(RuleBroken, match="The seat was kept until .*7:00"):
        accept_seat(mine[1], by=everyone[1])
    decline_seat(mine[1], by=everyone[1])
    assert (states(experience), miscounted()) == (["given_up", "given_up", "waiting"], [])
