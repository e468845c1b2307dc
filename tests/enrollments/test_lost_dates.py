"""A date is cancelled or comes nearer: what hung on it goes to those who are next, and nobody is left behind by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.enrollments.adding import add_person
from portal.enrollments.changing import cancel_session, move_session, take_online, take_to_room
from portal.enrollments.holding import hold_seats, name_person, share_seats
from portal.enrollments.line import accept_seat, decline_seat, serve_waiting
from portal.enrollments.models import SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat, wait_for_room
from portal.enrollments.running_out import end_what_ran_out
from tests.enrollments.builders import an_experience, colleagues, counted, owed, people, seat, states
from tests.enrollments.test_line import STARTS
from tests.postbox import Mail

At = Callable[[str], datetime]
WEEK = timedelta(weeks=1)

pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def mixed(community: Community, capacity: int = 1) -> Experience:
    """A series: on the first date people in the room and online sit side by side, on the second all are in the room."""
    experience = an_experience(community, starts=[STARTS, STARTS + WEEK], capacity=capacity, session_mode="blended")
    last = experience.sessions[1]
    db.session.delete(last.pools[1])
    last.mode = "in_person"
    db.session.commit()
    return experience


def cancel_first(experience: Experience, by: Account) -> None:
    cancel_session(experience.sessions[0], reason="The boiler broke.", by=by)


def test_after_the_last_date_side_by_side_is_cancelled_there_is_one_line(community: Community, in_october: At) -> None:
    experience, everyone = mixed(community), people(community, 3)
    first, waits = (take_seat(experience, one, by=one, mode="online") for one in everyone[:2])
    cancel_first(experience, everyone[0])
    assert (first.mode, waits.waits_for) == ("", "")
    in_october("2026-11-24 22:00")  # nothing is offered at night: the seat stands free
    give_up_seat(first, by=everyone[0])
    assert take_seat(experience, everyone[2], by=everyone[2]).state == "waiting"
    with pytest.raises(RuleBroken, match="People wait in line"):
        share_seats(experience, 1, date(2026, 11, 24), by=everyone[0], role="nurse")


def test_who_sat_online_and_waited_for_the_room_just_has_a_seat_then(community: Community) -> None:
    experience, everyone = mixed(community), people(community, 2)
    [seated] = [take_seat(experience, everyone[0], by=everyone[0], mode="in_person")]
    # The second date has one pool for all: it takes one more seat for both to sit there.
    add_person(experience, everyone[1], "Speaks there", by=everyone[0], mode="online")
    [mine] = [take_seat(experience, everyone[1], by=everyone[1])]
    wait_for_room(mine, by=everyone[1])
    cancel_first(experience, everyone[0])
    assert (seated.state, mine.state, mine.waits_for) == ("seated", "seated", None)
    assert "seat_switched" not in [mail for mail, _ in owed()]
    with pytest.raises(RuleBroken, match="has a seat here already"):
        add_person(experience, everyone[1], "Again", by=everyone[0])


def test_no_seat_is_kept_past_those_who_wait_for_it_in_the_other_way(community: Community, in_october: At) -> None:
    experience, everyone = mixed(community), people(community, 2)
    first, waits = (
        take_seat(experience, one, by=one, mode=mode)
        for one, mode in zip(everyone, ("in_person", "online"), strict=True)
    )
    in_october("2026-11-17 22:00")
    give_up_seat(first, by=everyone[0])
    assert waits.state == "waiting"
    with pytest.raises(RuleBroken, match="People wait in line"):
        share_seats(experience, 1, date(2026, 11, 17), by=everyone[0], role="nurse", mode="in_person")


def test_when_the_first_date_falls_out_an_offer_for_it_ends_and_the_place_in_line_stays(
    community: Community, in_october: At
) -> None:
    experience = an_experience(community, capacity=1, starts=[STARTS, STARTS + WEEK])
    everyone = people(community, 3)
    mine = seat(experience, *everyone)
    in_october("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    cancel_first(experience, everyone[0])
    # A week before the date that is first now a free seat is given at once.
    assert (states(experience), mine[1].state) == (["given_up", "seated", "waiting"], "seated")
    assert [offer.status for offer in db.session.query(SeatOffer)] == ["taken_back"]
    in_october("2026-11-18 07:00")
    end_what_ran_out()
    serve_waiting()
    assert states(experience) == ["given_up", "seated", "waiting"]


def test_what_is_kept_ends_at_the_cut_off_of_a_nearer_date(community: Community) -> None:
    experience, [person] = an_experience(community, capacity=2, starts=[STARTS]), people(community, 1)
    share = share_seats(experience, 1, date(2026, 11, 17), by=person, role="nurse")
    nearer = STARTS - timedelta(days=3)
    move_session(experience.sessions[0], nearer, nearer + timedelta(hours=2), reason="Sooner", by=person)
    db.session.refresh(share)
    assert share.until == nearer - timedelta(hours=experience.cutoff_hours)


def test_back_in_the_room_before_the_mail_could_leave_nobody_is_told_to_stay_at_home(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [person] = an_experience(community, capacity=2), people(community, 1)
    seat(experience, person)
    mailbox()
    take_online(experience.sessions[0], reason="Snow", by=person)
    take_to_room(experience.sessions[0], reason="No snow", by=person, place="The other hall")
    mails = mailbox()
    assert [mail.subject for mail in mails] == [f"New place: {experience.title}"]
    assert "online" not in mails[0].text


def test_whoever_gave_an_accepted_seat_up_is_not_told_that_it_is_theirs(community: Community, in_october: At) -> None:
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 2)
    mine = seat(experience, *everyone)
    in_october("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    accept_seat(mine[1], by=everyone[1])
    accept_seat(mine[1], by=everyone[1])
    give_up_seat(mine[1], by=everyone[1])
    for answer in (accept_seat, decline_seat):
        with pytest.raises(RuleBroken, match="No seat is kept for you"):
            answer(mine[1], by=everyone[1])


def test_what_a_lead_kept_and_named_people_for_does_not_count_when_its_day_is_over(
    community: Community, in_october: At
) -> None:
    district, lead, everyone = colleagues(community, 10)
    experience = an_experience(community, capacity=20)
    hold = hold_seats(experience, district.id, 10, date(2026, 10, 20), by=lead)
    for one in everyone:
        name_person(hold, one, by=lead)
    in_october("2026-10-21 00:00")
    hold_seats(experience, district.id, 1, date(2026, 10, 25), by=lead)
    assert counted(experience) == [(10, 1)]
