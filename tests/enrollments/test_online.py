"""What goes online, or is called off: seats, shares, offers and lines go along, and the count still holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.changing import cancel_experience, cancel_session, move_session, take_online
from portal.enrollments.line import accept_seat, decline_seat
from portal.enrollments.models import SeatHold, SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat, wait_for_room
from portal.enrollments.seating import keep
from tests.enrollments.builders import (
    FALL,
    a_person,
    an_experience,
    counted,
    miscounted,
    people,
    seat,
    states,
    taken,
    told,
    weekly,
)
from tests.postbox import Mail

WHY = "Snow is coming."


pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def online(experience: Experience, by: Account, number: int = 0, **more: Any) -> SessionChange:
    return take_online(experience.sessions[number], reason=WHY, by=by, **more)


def pools(experience: Experience) -> list[tuple[str, int, int, int]]:
    chosen = select(Pool.mode, Pool.taken, Pool.held, Pool.capacity).where(Pool.experience_id == experience.id)
    return [tuple(row) for row in db.session.execute(chosen.order_by(Pool.id))]


def test_what_goes_online_keeps_its_seats_and_has_the_hours_and_seats_planned_for_it(community: Community) -> None:
    experience = an_experience(community, fallback_capacity=500, fallback_minutes=240)
    everyone = people(community, 4)
    seat(experience, *everyone)
    change = online(experience, everyone[0], join_url="https://meet.example.org/1")
    session = experience.sessions[0]
    assert (session.mode, session.credit_minutes, session.sequence) == ("online", 240, 1)
    assert (change.kind, change.old_mode, change.old_credit_minutes) == ("online", "in_person", 330)
    assert (session.starts_at, session.join_url, experience.mode) == (FALL, "https://meet.example.org/1", "online")
    # The fourth waited; now there are seats, and the line is served before anybody else hears of them.
    assert (states(experience), pools(experience)) == (["seated"] * 4, [("online", 4, 0, 500)])
    assert told("session_online") == [one.email for one in everyone]
    assert told("seat_freed") == [everyone[3].email]


def test_fewer_seats_online_take_nobodys_seat(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 4)
    seat(experience, *everyone)
    online(experience, everyone[0], capacity=2)
    assert (states(experience), pools(experience)) == (["seated"] * 3 + ["waiting"], [("online", 3, 0, 2)])


def test_going_online_twice_is_going_once(community: Community) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    assert online(experience, one).id == online(experience, one).id
    assert (experience.sessions[0].sequence, len(told("session_online"))) == (1, 1)


def test_people_in_the_room_and_online_sit_together_once_all_is_online(community: Community) -> None:
    experience = an_experience(community, mode="blended", capacity=2, online_capacity=2)
    everyone = people(community, 6)
    modes = ["in_person", "in_person", "in_person", "online", "online", "online"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    wait_for_room(mine[3], by=everyone[3])
    online(experience, everyone[0], capacity=4)
    assert pools(experience) == [("online", 4, 0, 4)]
    rows = [(one.state, one.mode, one.waits_for) for one in mine]
    assert rows[:2] == [("seated", "", None)] * 2
    assert rows[3:5] == [("seated", "", None)] * 2
    assert (rows[2], rows[5]) == (("waiting", "", ""), ("waiting", "", ""))
    assert history_of(mine[3])[-1].verb == "leave waitlist"


def test_the_line_of_the_room_and_the_line_online_become_one_in_the_order_of_asking(community: Community) -> None:
    experience = an_experience(community, mode="blended", capacity=1, online_capacity=1)
    everyone = people(community, 5)
    modes = ["in_person", "online", "online", "in_person", "online"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    online(experience, everyone[0], capacity=3)
    assert [one.state for one in mine] == ["seated", "seated", "seated", "waiting", "waiting"]
    give_up_seat(mine[0], by=everyone[0])
    assert [one.state for one in mine] == ["given_up", "seated", "seated", "seated", "waiting"]


def test_one_session_of_a_blended_series_goes_online_and_the_others_stay_side_by_side(community: Community) -> None:
    experience = an_experience(
        community, kind="series", mode="blended", starts=weekly(2), capacity=1, online_capacity=2
    )
    everyone = people(community, 3)
    modes = ["in_person", "online", "in_person"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    online(experience, everyone[0], capacity=3)
    assert [(one.state, one.mode, one.waits_for) for one in mine] == [
        ("seated", "in_person", None), ("seated", "online", None), ("waiting", "in_person", "in_person"),
    ]  # fmt: skip
    give_up_seat(mine[0], by=everyone[0])
    assert [one.state for one in mine] == ["given_up", "seated", "seated"]


def test_an_open_offer_and_a_share_go_along_online(community: Community, in_october: Callable[[str], datetime]) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 3)
    mine = seat(experience, *everyone)
    in_october("2026-11-02 16:00")
    give_up_seat(mine[0], by=everyone[0])
    [offer] = db.session.scalars(select(SeatOffer))
    online(experience, everyone[1])
    assert (offer.status, pools(experience)) == ("open", [("online", 1, 1, 2)])


@pytest.mark.parametrize("ends", ["declined", "accepted"])
def test_an_offer_of_the_room_keeps_no_seat_in_the_session_that_goes_online(
    community: Community, in_october: Callable[[str], datetime], ends: str
) -> None:
    experience = an_experience(community, kind="series", mode="blended", starts=weekly(2), capacity=1, cutoff_hours=2)
    everyone = people(community, 2)
    mine = [take_seat(experience, everyone[0], by=everyone[0], mode="in_person")]
    mine += [take_seat(experience, everyone[1], by=everyone[1], mode="online")]
    wait_for_room(mine[1], by=everyone[1])
    in_october("2026-11-02 16:00")
    give_up_seat(mine[0], by=everyone[0])
    [offer] = db.session.scalars(select(SeatOffer))
    online(experience, everyone[0])
    assert (offer.status, counted(experience), miscounted()) == ("open", [(1, 0), (0, 1), (1, 0)], [])
    {"declined": decline_seat, "accepted": accept_seat}[ends](mine[1], by=everyone[1])
    assert (offer.status, sum(held for _, held in counted(experience))) == (ends, 0)


def test_a_hold_keeps_its_distance_from_a_later_date(community: Community) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    hold = a_hold(experience, 2, FALL - timedelta(days=7))
    later = FALL + timedelta(days=8)
    move_session(experience.sessions[0], later, later + timedelta(hours=6), reason=WHY, by=one)
    assert (hold.until, hold.remaining) == (later - timedelta(days=7), 2)


def test_a_hold_never_outlasts_the_first_date_that_is_left_when_another_becomes_the_first(community: Community) -> None:
    experience, [one] = an_experience(community, kind="series", starts=weekly(3)), people(community, 1)
    hold, far = a_hold(experience, 2, FALL - timedelta(days=7)), FALL + timedelta(weeks=8)
    move_session(experience.sessions[0], far, far + timedelta(hours=6), reason=WHY, by=one)
    assert hold.until == FALL
    near = FALL - timedelta(weeks=2)
    last = max(experience.sessions, key=lambda session: session.starts_at)
    move_session(last, near, near + timedelta(hours=6), reason=WHY, by=one)
    assert hold.until == near - timedelta(hours=experience.cutoff_hours)


def test_a_cancelled_session_of_a_series_leaves_the_seats_in_the_others(community: Community) -> None:
    experience = an_experience(community, kind="series", starts=weekly(3), capacity=2)
    everyone = people(community, 3)
    mine = seat(experience, *everyone)
    cancel_session(experience.sessions[1], reason=WHY, by=everyone[0])
    cancel_session(experience.sessions[1], reason=WHY, by=everyone[0])
    assert (states(experience), taken(experience)) == (["seated", "seated", "waiting"], [2, 2, 2])
    assert told("session_cancelled") == [one.email for one in everyone]
    give_up_seat(mine[0], by=everyone[0])
    assert (states(experience), taken(experience)) == (["given_up", "seated", "seated"], [2, 1, 2])


def test_a_full_session_that_is_cancelled_does_not_keep_people_out_any_more(community: Community) -> None:
    experience = an_experience(community, kind="series", starts=weekly(2), capacity=1)
    experience.sessions[1].pools[0].capacity = 0
    db.session.commit()
    [one] = people(community, 1)
    [mine] = seat(experience, one)
    assert mine.state == "waiting"
    cancel_session(experience.sessions[1], reason=WHY, by=one)
    assert (mine.state, told("seat_freed")) == ("seated", [one.email])


def test_the_last_session_is_cancelled_only_with_all_of_it(community: Community) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    with pytest.raises(RuleBroken, match="Cancel the whole experience"):
        cancel_session(experience.sessions[0], reason=WHY, by=one)
    assert (experience.sessions[0].sequence, told("session_cancelled")) == (0, [])


def test_in_a_cancelled_meeting_nobody_gets_a_seat_and_none_is_kept(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    space = an_experience(community, kind="space", starts=weekly(2), joined_by="session", capacity=1)
    everyone, first = people(community, 3), space.sessions[0]
    mine = [take_seat(space, one, by=one, session=first) for one in everyone[:2]]
    in_october("2026-11-02 16:00")
    give_up_seat(mine[0], by=everyone[0])
    cancel_session(first, reason=WHY, by=everyone[0])
    assert [offer.status for offer in db.session.scalars(select(SeatOffer))] == ["taken_back"]
    with pytest.raises(RuleBroken):
        take_seat(space, everyone[2], by=everyone[2], session=first)
    with pytest.raises(RuleBroken, match="This was cancelled"):
        give_up_seat(mine[1], by=everyone[1])
    assert take_seat(space, everyone[2], by=everyone[2], session=space.sessions[1]).state == "seated"


def test_all_of_it_is_called_off_with_one_mail_for_each_person(community: Community) -> None:
    experience = an_experience(community, kind="series", starts=weekly(3), capacity=2)
    everyone = people(community, 3)
    seat(experience, *everyone)
    a_hold(experience, 0, FALL - timedelta(days=7))
    cancel_experience(experience, reason=WHY, by=everyone[0])
    cancel_experience(experience, reason="Another reason.", by=everyone[0])
    assert told("experience_cancelled") == [one.email for one in everyone]
    assert told("session_cancelled") == []
    assert (experience.cancel_reason, [one.sequence for one in experience.sessions]) == (WHY, [1, 1, 1])
    assert all(one.cancelled_at == clock.now() for one in experience.sessions)
    assert states(experience) == ["seated", "seated", "waiting"]


def test_called_off_halfway_what_is_over_stays_as_it_was(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, [one] = an_experience(community, kind="series", starts=weekly(3)), people(community, 1)
    seat(experience, one)
    in_october("2026-11-05 09:00")
    cancel_experience(experience, reason=WHY, by=one)
    assert [row.cancelled_at is None for row in experience.sessions] == [True, False, False]
    assert [row.kind for row in db.session.scalars(select(SessionChange))] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_changed_without_a_reason(community: Community, reason: str) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    with pytest.raises(RuleBroken, match="Say why"):
        take_online(experience.sessions[0], reason=reason, by=one)
    with pytest.raises(RuleBroken, match="Say why"):
        cancel_experience(experience, reason=reason, by=one)
    assert (experience.sessions[0].sequence, experience.cancelled_at) == (0, None)
    assert db.session.scalars(select(SessionChange)).all() == []


def test_a_draft_what_is_over_and_what_is_cancelled_are_not_changed(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    one = a_person()
    draft, over, gone = an_experience(community, is_published=False), an_experience(community), an_experience(community)
    cancel_experience(gone, reason=WHY, by=one)
    for experience, words in ((draft, "still a draft"), (gone, "cancelled already")):
        with pytest.raises(RuleBroken, match=words):
            online(experience, one)
    in_october("2026-11-04 09:00")
    with pytest.raises(RuleBroken, match="is over"):
        online(over, one)
    with pytest.raises(RuleBroken, match="is over"):
        cancel_experience(over, reason=WHY, by=one)


def test_staff_who_looked_before_a_colleague_changed_it_are_told(community: Community) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    later = FALL + timedelta(days=1)
    move_session(experience.sessions[0], later, later + timedelta(hours=6), reason=WHY, by=one, seen=0)
    with pytest.raises(RuleBroken, match="Somebody changed this session in the meantime"):
        online(experience, one, seen=0)
    assert experience.sessions[0].mode == "in_person"


def a_hold(experience: Experience, seats: int, until: datetime, session: Session | None = None) -> SeatHold:
    """A share of some district in so many seats, of one meeting where one is named."""
    with transaction():
        hold = SeatHold(
            community_id=experience.community_id, experience_id=experience.id, kind="role", role="teacher",
            seats=seats, remaining=seats, until=until, made_at=clock.now(), session_id=session.id if session else None,
        )  # fmt: skip
        db.session.add(hold)
        kept = [session] if session else experience.sessions
        keep([pool.id for one in kept for pool in one.pools], seats)
    return hold


def test_whoever_leads_it_and_whoever_keeps_seats_in_it_are_told_too(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    leader, keeper = a_person(), a_person()
    experience, [one] = an_experience(community, facilitator_id=leader.id), people(community, 1)
    seat(experience, one)
    hold = a_hold(experience, 1, FALL - timedelta(days=7))
    hold.kind, hold.by_id, hold.role = "lead", keeper.id, ""
    db.session.commit()
    mailbox()
    online(experience, one)
    assert sorted(told("change_noted")) == sorted([leader.email, keeper.email])
    [mail] = [mail for mail in mailbox() if mail.to == leader.email]
    assert (mail.subject, WHY in mail.text) == (f"Held online: {experience.title}", True)
    cancel_experience(experience, reason=WHY, by=leader)
    off = [mail.to for mail in mailbox() if mail.subject == f"Cancelled: {experience.title}"]
    assert sorted(off) == sorted([one.email, keeper.email])


def test_whoever_keeps_seats_is_told_of_a_cancellation_while_time_goes_on(app: Flask, community: Community) -> None:
    keepers, [one] = [a_person(), a_person()], people(community, 1)
    experience = an_experience(community, kind="series", starts=weekly(2))
    meetings = an_experience(community, kind="space", starts=weekly(2), joined_by="session")
    for keeper, whole, session in ((keepers[0], experience, None), (keepers[1], meetings, meetings.sessions[0])):
        hold = a_hold(whole, 1, FALL - timedelta(days=7), session)
        hold.kind, hold.by_id, hold.role = "lead", keeper.id, ""
        db.session.commit()
    with time_machine.travel(clock.now(), tick=True):
        cancel_experience(experience, reason=WHY, by=one)
        cancel_session(meetings.sessions[0], reason=WHY, by=one)
    assert told("change_noted") == [keeper.email for keeper in keepers]


def test_all_of_it_is_called_off_after_its_last_session_was_cancelled(community: Community) -> None:
    experience, [one] = an_experience(community, kind="series", starts=weekly(2)), people(community, 1)
    seat(experience, one)
    cancel_session(experience.sessions[1], reason=WHY, by=one)
    cancel_experience(experience, reason=WHY, by=one)
    assert (experience.cancelled_at is not None, [row.sequence for row in experience.sessions]) == (True, [1, 1])


def test_whoever_comes_online_is_told_no_place_when_the_date_moves(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    both, (here, there) = an_experience(community, session_mode="blended"), people(community, 2)
    take_seat(both, here, by=here, mode="in_person")
    take_seat(both, there, by=there, mode="online")
    mailbox()
    later = FALL + timedelta(weeks=1)
    move_session(both.sessions[0], later, later + timedelta(hours=6), reason=WHY, by=here)
    told = {mail.to: mail.text for mail in mailbox()}
    assert [("Place: " in told[one.email], "You come online." in told[one.email]) for one in (here, there)] == [
        (True, False), (False, True),
    ]  # fmt: skip
