"""The line near the start: offers that are kept, accepted, declined and forgotten, quiet hours, the cut-off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.changing import cancel_session
from portal.enrollments.holding import share_seats
from portal.enrollments.jobs import pass_seats_on
from portal.enrollments.line import accept_seat, decline_seat, serve_waiting
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import change_mode, give_up_seat, stop_waiting, take_seat, wait_for_room
from portal.enrollments.running_out import end_what_ran_out
from tests.enrollments.builders import (
    STARTS,
    a_community,
    an_experience,
    colleagues,
    miscounted,
    owed,
    people,
    seat,
    states,
    taken,
)

At = Callable[[str], datetime]


@pytest.fixture(autouse=True)
def in_november(app: Flask, at: At) -> Iterator[At]:
    at("2026-11-02 09:00")
    yield at
    assert miscounted() == []


def test_near_the_start_a_freed_seat_is_offered_and_kept_for_the_next_in_line(community: Community, at: At) -> None:
    experience, everyone, mine = full(community, 3)
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    [offer] = offers(mine[1])
    assert (states(experience), taken(experience), held(experience)) == (["given_up", "waiting", "waiting"], [0], [1])
    assert (offer.status, offer.until) == ("open", moment("2026-11-18 07:00"))
    assert owed()[-1] == ("seat_offered", everyone[1].email)
    assert verbs(mine[1]) == ["join waitlist", "offer"]


def test_whoever_accepts_has_the_seat(community: Community, at: At) -> None:
    experience, everyone, mine = offered(community, at)
    accept_seat(mine[1], by=everyone[1])
    accept_seat(mine[1], by=everyone[1])
    assert (states(experience), taken(experience), held(experience)) == (["given_up", "seated", "waiting"], [1], [0])
    assert (verbs(mine[1])[-1], owed()[-1]) == ("accept", ("seat_taken", everyone[1].email))
    with pytest.raises(RuleBroken, match="No seat is kept"):
        decline_seat(mine[1], by=everyone[1])


def test_whoever_declines_is_out_and_the_next_is_asked(community: Community, at: At) -> None:
    experience, everyone, mine = offered(community, at)
    decline_seat(mine[1], by=everyone[1])
    decline_seat(mine[1], by=everyone[1])
    assert (states(experience), held(experience)) == (["given_up", "given_up", "waiting"], [1])
    assert verbs(mine[1])[-1] == "declined"
    assert [one.status for one in offers(mine[2])] == ["open"]
    with pytest.raises(RuleBroken, match="No seat is kept"):
        accept_seat(mine[1], by=everyone[1])


def test_an_offer_that_nobody_answers_ends_and_the_next_is_asked(community: Community, at: At) -> None:
    experience, everyone, mine = offered(community, at)
    at("2026-11-18 06:59")
    assert end_what_ran_out() == 0
    at("2026-11-18 07:00")
    assert (end_what_ran_out(), end_what_ran_out()) == (1, 0)
    assert (states(experience), held(experience)) == (["given_up", "given_up", "waiting"], [1])
    assert (verbs(mine[1])[-1], offers(mine[1])[0].status) == ("expired", "expired")
    assert ("offer_expired", everyone[1].email) in owed()
    assert offers(mine[2])[0].until == moment("2026-11-18 14:00")  # the cut-off, two hours before


def test_the_clock_ends_an_offer_even_if_the_worker_sleeps(community: Community, at: At) -> None:
    experience, everyone, mine = offered(community, at)
    at("2026-11-18 07:00")
    with pytest.raises(RuleBroken, match="was kept until"):
        accept_seat(mine[1], by=everyone[1])
    assert (states(experience), taken(experience)) == (["given_up", "waiting", "waiting"], [0])


def test_an_offer_in_what_was_cancelled_comes_to_an_end_too(community: Community, at: At) -> None:
    experience, _, mine = offered(community, at)
    for session in experience.sessions:
        session.cancelled_at = STARTS
    experience.cancelled_at = STARTS
    db.session.commit()
    at("2026-11-18 07:00")
    assert end_what_ran_out() == 1
    assert (mine[1].state, offers(mine[1])[0].status) == ("given_up", "expired")
    # What was held in a session that is cancelled is nobody's concern any more.
    db.session.execute(update(Pool).where(Pool.experience_id == experience.id).values(held=0))
    db.session.commit()


def test_leaving_the_line_lets_an_offered_seat_go_to_the_next(community: Community, at: At) -> None:
    experience, everyone, mine = offered(community, at)
    give_up_seat(mine[1], by=everyone[1])
    assert (states(experience), offers(mine[1])[0].status) == (["given_up", "given_up", "waiting"], "declined")
    assert [one.status for one in offers(mine[2])] == ["open"]


def test_a_seat_that_is_kept_is_not_for_whoever_asks_now(community: Community, at: At) -> None:
    experience, _, _ = offered(community, at)
    [stranger] = people(community, 1)
    assert take_seat(experience, stranger, by=stranger).state == "waiting"


def test_a_seat_freed_at_night_is_offered_in_the_morning(community: Community, at: At) -> None:
    experience, everyone, mine = full(community, 2)
    at("2026-11-17 23:30")
    give_up_seat(mine[0], by=everyone[0])
    assert (offers(mine[1]), taken(experience)) == ([], [0])
    serve_waiting()
    assert offers(mine[1]) == []
    [stranger] = people(community, 1)
    assert take_seat(experience, stranger, by=stranger).state == "waiting"  # nor is it public meanwhile
    at("2026-11-18 07:00")
    serve_waiting()
    serve_waiting()
    assert [one.status for one in offers(mine[1])] == ["open"]


def test_a_seat_freed_at_night_is_offered_at_once_when_morning_is_too_late(community: Community, at: At) -> None:
    starts = datetime(2026, 11, 18, 13, 30, tzinfo=UTC)  # 8:30 AM: the cut-off comes before 7
    _, everyone, mine = full(community, 2, starts=[starts])
    at("2026-11-17 23:30")
    give_up_seat(mine[0], by=everyone[0])
    assert [one.until for one in offers(mine[1])] == [moment("2026-11-18 06:30")]


def test_a_seat_of_a_share_freed_at_night_is_offered_in_the_morning_to_whom_it_is_for(
    community: Community, at: At
) -> None:
    district, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community, capacity=1, starts=[STARTS])
    share_seats(experience, 1, date(2026, 11, 17), by=lead, district_id=district.id)
    [mine, theirs] = seat(experience, first, second)
    [stranger] = seat(experience, *people(community, 1))
    at("2026-11-16 23:30")
    give_up_seat(mine, by=first)
    at("2026-11-17 07:00")
    assert (serve_waiting(), serve_waiting()) == (1, 0)
    assert ([one.status for one in offers(theirs)], offers(stranger)) == (["open"], [])


def test_a_share_that_nobody_in_line_fits_is_not_looked_at(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=1, starts=[STARTS])
    share_seats(experience, 1, date(2026, 11, 17), by=lead, district_id=district.id)
    seat(experience, *people(community, 1))
    assert (states(experience), serve_waiting()) == (["waiting"], 0)


def test_the_line_of_a_series_moves_after_its_first_date_was_cancelled(community: Community, at: At) -> None:
    first = datetime(2026, 11, 9, 21, tzinfo=UTC)
    series, everyone, mine = full(community, 2, kind="series", starts=[first, STARTS])
    cancel_session(series.sessions[0], reason="Snow", by=everyone[0])
    at("2026-11-17 23:30")
    give_up_seat(mine[0], by=everyone[0])
    at("2026-11-18 07:00")
    serve_waiting()
    assert [one.status for one in offers(mine[1])] == ["open"]


def test_a_seat_in_a_cancelled_date_is_none_that_is_left(community: Community) -> None:
    series, everyone, _ = full(community, 2, kind="series", starts=[STARTS, STARTS + timedelta(days=7)])
    cancel_session(series.sessions[0], reason="Snow", by=everyone[0])
    set_pools(series.sessions[0].id, capacity=9)
    assert serve_waiting() == 0


def test_a_full_room_is_not_looked_at_while_only_online_is_free(community: Community) -> None:
    experience = an_experience(
        community, mode="blended", session_mode="blended", capacity=1, online_capacity=5, starts=[STARTS]
    )
    for one in people(community, 2):
        take_seat(experience, one, by=one, mode="in_person")
    assert (states(experience), serve_waiting()) == (["seated", "waiting"], 0)


def test_a_series_with_one_full_date_is_not_looked_at(community: Community) -> None:
    series, _, _ = full(community, 2, kind="series", starts=[STARTS, STARTS + timedelta(days=7)])
    set_pools(series.sessions[1].id, capacity=2)
    assert serve_waiting() == 0


def test_a_line_that_fails_keeps_no_other_from_moving(
    community: Community, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    broken, _, _ = full(a_community("broken"), 2)
    _, everyone, mine = full(community, 3)
    at("2026-11-17 23:30")
    give_up_seat(mine[0], by=everyone[0])
    set_pools(broken.sessions[0].id, capacity=2)
    with transaction():
        db.session.get_one(Community, broken.community_id).time_zone = "Nowhere/Land"
    at("2026-11-18 07:00")
    pass_seats_on()
    assert ([one.status for one in offers(mine[1])], len(caplog.records)) == (["open"], 1)


def test_while_people_teach_nobody_is_asked(community: Community, at: At) -> None:
    _, everyone, mine = full(community, 2)
    at("2026-11-17 10:00")
    give_up_seat(mine[0], by=everyone[0])
    assert offers(mine[1]) == []
    at("2026-11-17 15:00")
    serve_waiting()
    assert [one.status for one in offers(mine[1])] == ["open"]


def test_on_a_day_without_school_people_are_asked_at_once(community: Community, at: At) -> None:
    note_day(community, {"from_date": date(2026, 11, 17), "kind": "staff_day", "label": "Staff day"})
    _, everyone, mine = full(community, 2)
    at("2026-11-17 10:00")
    give_up_seat(mine[0], by=everyone[0])
    assert [one.status for one in offers(mine[1])] == ["open"]


def test_after_the_cut_off_the_first_of_the_line_who_presses_has_the_seat(community: Community, at: At) -> None:
    experience, everyone, mine = full(community, 3)
    at("2026-11-18 14:00")
    give_up_seat(mine[0], by=everyone[0])
    serve_waiting()
    assert (states(experience), offers(mine[1])) == (["given_up", "waiting", "waiting"], [])
    assert take_seat(experience, everyone[2], by=everyone[2]).state == "seated"
    assert take_seat(experience, everyone[1], by=everyone[1]).state == "waiting"
    assert taken(experience) == [1]


def test_after_the_cut_off_the_public_passes_nobody_who_waits(community: Community, at: At) -> None:
    experience, everyone, mine = full(community, 2)
    [stranger] = people(community, 1)
    at("2026-11-18 14:00")
    give_up_seat(mine[0], by=everyone[0])
    assert take_seat(experience, stranger, by=stranger).state == "waiting"
    assert take_seat(experience, stranger, by=stranger).state == "waiting"  # nor by pressing twice
    assert take_seat(experience, everyone[1], by=everyone[1]).state == "seated"


def test_once_it_has_started_pressing_takes_nothing(community: Community, at: At) -> None:
    experience, everyone, mine = full(community, 2)
    at("2026-11-18 16:00")
    give_up_seat(mine[0], by=everyone[0])
    assert take_seat(experience, everyone[1], by=everyone[1]).state == "waiting"


def test_whoever_sits_online_and_waits_is_offered_the_room_and_frees_the_online_seat(
    community: Community, at: At
) -> None:
    experience, everyone, mine = side_by_side(community)
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].state, mine[1].mode, held(experience)) == ("seated", "online", [1, 0])
    accept_seat(mine[1], by=everyone[1])
    assert (mine[1].mode, mine[1].waits_for, taken(experience)) == ("in_person", None, [1, 0])
    assert [one.status for one in offers(mine[2])] == ["open"]  # the online seat, in the same breath
    assert owed()[-2:] == [("seat_switched", everyone[1].email), ("seat_offered", everyone[2].email)]


def test_whoever_declines_the_room_keeps_the_online_seat(community: Community, at: At) -> None:
    experience, everyone, mine = side_by_side(community)
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    decline_seat(mine[1], by=everyone[1])
    assert (mine[1].state, mine[1].mode, mine[1].waits_for) == ("seated", "online", None)
    assert (taken(experience), held(experience)) == ([0, 1], [0, 0])


def test_long_before_the_start_the_switch_is_one_step(community: Community) -> None:
    experience, everyone, mine = side_by_side(community)
    give_up_seat(mine[0], by=everyone[0])
    assert [(one.state, one.mode) for one in mine[1:]] == [("seated", "in_person"), ("seated", "online")]
    assert (taken(experience), verbs(mine[1])[-1]) == ([1, 1], "switch")


def test_whoever_stops_waiting_keeps_the_online_seat(community: Community) -> None:
    experience, everyone, mine = side_by_side(community)
    stop_waiting(mine[1], by=everyone[1])
    stop_waiting(mine[1], by=everyone[1])
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].mode, taken(experience)) == ("online", [0, 1])


def test_the_mode_is_changed_when_a_seat_is_free_there(community: Community) -> None:
    experience = an_experience(community, session_mode="blended", capacity=1, starts=[STARTS])
    [person, other] = people(community, 2)
    mine = take_seat(experience, person, by=person, mode="online")
    change_mode(mine, "in_person", by=person)
    change_mode(mine, "in_person", by=person)
    assert (mine.mode, taken(experience)) == ("in_person", [1, 0])
    theirs = take_seat(experience, other, by=other, mode="online")
    with pytest.raises(RuleBroken, match="keep your online seat and wait"):
        change_mode(theirs, "in_person", by=other)
    assert (theirs.mode, theirs.waits_for, taken(experience)) == ("online", None, [1, 1])


def test_whoever_changes_to_another_line_stands_at_its_end(community: Community) -> None:
    experience = an_experience(community, session_mode="blended", capacity=1, starts=[STARTS])
    everyone = people(community, 4)
    modes = ["in_person", "online", "in_person", "online"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    change_mode(mine[2], "online", by=everyone[2])
    give_up_seat(mine[1], by=everyone[1])
    assert [(one.state, one.waits_for) for one in mine[2:]] == [("waiting", "online"), ("seated", None)]


def test_whoever_waits_for_the_room_passes_nobody_who_waited_before(community: Community) -> None:
    experience = an_experience(community, session_mode="blended", capacity=1, starts=[STARTS])
    online, *everyone = people(community, 3)
    first = take_seat(experience, online, by=online, mode="online")
    mine = [take_seat(experience, one, by=one, mode="in_person") for one in everyone]
    wait_for_room(first, by=online)
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].state, first.mode, first.waits_for) == ("seated", "online", "in_person")


def full(community: Community, how_many: int, **fields: Any) -> tuple[Experience, list[Account], list[Enrollment]]:
    """One seat, which the first of them has; the others wait."""
    experience = an_experience(community, capacity=1, **{"starts": [STARTS], **fields})
    everyone = people(community, how_many)
    return experience, everyone, seat(experience, *everyone)


def offered(community: Community, at: At) -> tuple[Experience, list[Account], list[Enrollment]]:
    """The same with three, the afternoon before: the first has given the seat up."""
    experience, everyone, mine = full(community, 3)
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    return experience, everyone, mine


def side_by_side(community: Community) -> tuple[Experience, list[Account], list[Enrollment]]:
    """One seat in the room, one online: the first sits there, the second here and waits for the room, a third waits
    for the online one.
    """
    experience = an_experience(community, session_mode="blended", capacity=1, starts=[STARTS])
    everyone = people(community, 3)
    modes = ["in_person", "online", "online"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    wait_for_room(mine[1], by=everyone[1])
    return experience, everyone, mine


def offers(enrollment: Enrollment) -> list[SeatOffer]:
    chosen = select(SeatOffer).where(SeatOffer.enrollment_id == enrollment.id).order_by(SeatOffer.id)
    return list(db.session.scalars(chosen))


def held(experience: Experience) -> list[int]:
    db.session.expire_all()
    return [pool.held for session in experience.sessions for pool in session.pools]


def set_pools(session_id: int, **values: int) -> None:
    """As nobody would leave a session's pools."""
    with transaction():
        db.session.execute(update(Pool).where(Pool.session_id == session_id).values(**values))


def verbs(enrollment: Enrollment) -> list[str]:
    return [row.verb for row in history_of(enrollment)]


def moment(wall: str) -> datetime:
    """New York's winter."""
    return datetime.fromisoformat(wall).replace(tzinfo=UTC) + timedelta(hours=5)
