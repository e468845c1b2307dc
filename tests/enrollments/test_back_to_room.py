"""What was taken online is held in the room after all: seats, hours, place come back, and everyone hears of it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.change_rules import MODES_CHOSEN
from portal.enrollments.changing import cancel_session, move_session, take_online, take_to_room
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import FALL, an_experience, miscounted, owed, people, seat, states, weekly
from tests.postbox import Mail

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
OPTIONAL = '<label for="place">Place <span class="hint">(optional)'

pytestmark = pytest.mark.usefixtures("in_october")


def online(community: Community, by: Account, **fields: object) -> Experience:
    """A gathering that was taken online because of snow, with four seats there and half the hours."""
    made = an_experience(community, **{"capacity": 2, "place": "A high school", **fields})
    take_online(made.sessions[0], reason="Snow.", by=by, capacity=4, minutes=120)
    db.session.expire_all()
    return made


def test_everyone_online_has_a_seat_in_the_room_and_the_hours_of_before(community: Community) -> None:
    staff, *everyone = people(community, 3)
    made = an_experience(community, capacity=2, place="A high school")
    before = made.sessions[0].credit_minutes
    seat(made, *everyone)
    take_online(made.sessions[0], reason="Snow.", by=staff, capacity=4, minutes=120)
    change = take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    [session] = made.sessions
    assert (session.mode, session.credit_minutes, made.mode) == ("in_person", before, "in_person")
    assert [(pool.mode, pool.capacity, pool.taken) for pool in session.pools] == [("in_person", 2, 2)]
    assert (change.old_mode, states(made), miscounted()) == ("online", ["seated", "seated"], [])
    assert history_of(made)[-1].note == "Roads are clear."


def test_the_hours_of_before_come_back_also_after_it_was_moved_online(community: Community) -> None:
    [staff] = people(community, 1)
    before = an_experience(community).sessions[0].credit_minutes
    made = online(community, staff)
    move_session(made.sessions[0], FALL + WEEK, FALL + WEEK + HOUR, reason="Later.", by=staff)
    assert made.sessions[0].credit_minutes == 120
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert made.sessions[0].credit_minutes == before


def test_nobody_loses_a_seat_where_the_room_is_smaller(community: Community) -> None:
    staff, *everyone = people(community, 4)
    made = online(community, staff)
    seat(made, *everyone)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert states(made) == ["seated"] * 3
    assert [(pool.capacity, pool.taken) for pool in made.sessions[0].pools] == [(2, 3)]


def test_a_larger_room_serves_the_line(community: Community) -> None:
    staff, *everyone = people(community, 3)
    made = online(community, staff)
    with transaction():
        made.sessions[0].pools[0].capacity = 1
    seat(made, *everyone)
    assert states(made) == ["seated", "waiting"]
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff, capacity=2)
    assert states(made) == ["seated", "seated"]


def test_a_seat_taken_afterwards_is_one_in_the_room(community: Community) -> None:
    staff, person = people(community, 2)
    made = online(community, staff)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff, place="Gym")
    assert take_seat(made, person, by=person).seats[0].pool.mode == "in_person"
    assert made.sessions[0].place == "Gym"


def test_everyone_is_told_once_where_it_is(community: Community, mailbox: Callable[[], list[Mail]]) -> None:
    staff, person = people(community, 2)
    made = online(community, staff)
    seat(made, person)
    mailbox()
    for _ in range(2):
        take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert owed()[-1:] == [("session_moved", person.email)]
    [mail] = [one for one in mailbox() if "New place" in one.subject]
    assert "Place: A high school, and not online" in mail.text


@pytest.mark.parametrize(("change", "sentence"), [({}, "is not online"), ({"reason": " "}, "Say why")])
def test_what_is_in_the_room_cannot_go_back_to_it(community: Community, change: dict[str, str], sentence: str) -> None:
    [staff] = people(community, 1)
    made = an_experience(community)
    before = len(history_of(made))
    with pytest.raises(RuleBroken, match=sentence):
        take_to_room(made.sessions[0], by=staff, **{"reason": "Roads are clear.", **change})
    assert (len(history_of(made)), made.sessions[0].sequence) == (before, 0)


def test_it_needs_a_place_and_nobody_to_have_changed_it_meanwhile(community: Community) -> None:
    [staff] = people(community, 1)
    made = online(community, staff, place="")
    with pytest.raises(RuleBroken, match="Say where it is"):
        take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    with pytest.raises(RuleBroken, match="changed this session in the meantime"):
        take_to_room(made.sessions[0], reason="Roads are clear.", by=staff, place="Gym", seen=0)
    assert made.sessions[0].mode == "online"


def test_a_cancelled_session_stays_cancelled(community: Community) -> None:
    [staff] = people(community, 1)
    made = online(community, staff, starts=weekly(2))
    cancel_session(made.sessions[0], reason="Too much snow.", by=staff)
    with pytest.raises(RuleBroken, match="was cancelled already"):
        take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)


def test_the_page_of_changes_leads_back_to_the_room(community: Community, desk: FlaskClient) -> None:
    [person] = people(community, 1)
    made = an_experience(community, place="A high school")
    page = f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}"
    assert f"{page}/room" not in desk.get(f"{page}/changes").text
    seat(made, person)
    take_online(made.sessions[0], reason="Snow.", by=person)
    assert f'href="{page}/room"' in desk.get(f"{page}/changes").text
    text = desk.get(f"{page}/room").text
    assert all(words in text for words in ("Back to the room", "Whom it concerns", 'value="3"'))
    told = {"place": "Gym", "capacity": "3", "reason": "Roads are clear.", "seen": "1"}
    answer = desk.post(f"{page}/room", data=told)
    assert (answer.status_code, "Check the box" in answer.text) == (422, True)
    assert desk.post(f"{page}/room", data={**told, "sure": "y"}).location == f"{page}/changes"
    db.session.expire_all()
    assert (made.sessions[0].mode, made.sessions[0].place) == ("in_person", "Gym")
    page = desk.get(f"/example/agenda/{made.slug}").text
    assert ("It is in the room, not online. Roads are clear." in page, "Gym" in page) == (True, True)


def a_small_room(community: Community, seats: int, **fields: object) -> Experience:
    """A gathering planned for thirty, whose one date has a smaller room."""
    made = an_experience(community, capacity=30, place="A high school", **fields)
    with transaction():
        made.sessions[0].pools[0].capacity = seats
        made.sessions[0].place = "Library"
    return made


def test_where_people_had_chosen_how_to_come_it_stays_online(community: Community, desk: FlaskClient) -> None:
    staff, here, there = people(community, 3)
    made = an_experience(community, mode="blended", capacity=2, online_capacity=2)
    take_seat(made, here, mode="in_person", by=here)
    take_seat(made, there, mode="online", by=there)
    take_online(made.sessions[0], reason="Snow.", by=staff)
    before = (len(history_of(made)), made.sessions[0].sequence)
    with pytest.raises(RuleBroken, match="choice is gone. Keep it online, or add a new date"):
        take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    db.session.expire_all()
    assert (len(history_of(made)), made.sessions[0].sequence, made.sessions[0].mode) == (*before, "online")
    page = f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}"
    text = desk.get(f"{page}/changes").text
    assert (MODES_CHOSEN in text, f"{page}/room" in text) == (True, False)
    assert desk.get(f"{page}/room").location == f"{page}/changes"


def test_the_form_opened_by_hand_for_what_is_in_the_room_leads_back(community: Community, desk: FlaskClient) -> None:
    made = an_experience(community)
    page = f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}"
    answer = desk.get(f"{page}/room")
    assert (answer.status_code, answer.location) == (303, f"{page}/changes")


def test_the_form_shows_the_seats_there_are_and_the_place_it_had(community: Community, desk: FlaskClient) -> None:
    [staff] = people(community, 1)
    made = a_small_room(community, 12)
    move_session(made.sessions[0], FALL + WEEK, FALL + WEEK + HOUR, reason="Later.", by=staff, place="")
    take_online(made.sessions[0], reason="Snow.", by=staff)
    text = desk.get(f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}/room").text
    assert ('value="12"' in text, 'value="30"' in text) == (True, False)
    assert "Look whether the room has as many." in text
    assert "Library" not in text  # it left the library before it went online


def test_nobody_gets_a_seat_that_the_room_does_not_have(community: Community) -> None:
    staff, *everyone = people(community, 3)
    made = a_small_room(community, 1)
    seat(made, *everyone)
    take_online(made.sessions[0], reason="Snow.", by=staff)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert states(made) == ["seated", "waiting"]
    assert [(pool.capacity, pool.taken) for pool in made.sessions[0].pools] == [(1, 1)]


def test_more_seats_online_than_a_room_is_planned_for_do_not_come_along(community: Community) -> None:
    [staff] = people(community, 1)
    made = an_experience(community, capacity=3, place="A high school")
    take_online(made.sessions[0], reason="Snow.", by=staff, capacity=100)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert [pool.capacity for pool in made.sessions[0].pools] == [3]


def test_what_was_done_tells_a_return_from_a_move(community: Community, desk: FlaskClient) -> None:
    [staff] = people(community, 1)
    made = online(community, staff)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert history_of(made)[-1].verb == "take session back to the room"
    move_session(made.sessions[0], FALL + WEEK, FALL + WEEK + HOUR, reason="Later.", by=staff)
    assert history_of(made)[-1].verb == "move session"
    text = desk.get(f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}/changes").text
    done = text[text.index("What was done") :]
    order = [done.index(f"<b>{words}</b>") for words in ("Moved", "Taken back to the room", "Taken online")]
    assert order == sorted(order)
    back = done[order[1] : order[2]]
    assert ("Before: online" in back, "Nov" in back.partition("Before:")[2]) == (True, False)
    assert done.count("<b>Moved</b>") == 1


def test_what_was_moved_while_online_was_moved(community: Community, desk: FlaskClient) -> None:
    [staff] = people(community, 1)
    made = online(community, staff)
    move_session(made.sessions[0], FALL + WEEK, FALL + WEEK + HOUR, reason="Later.", by=staff)
    take_to_room(made.sessions[0], reason="Roads are clear.", by=staff)
    assert [one.verb for one in history_of(made)[-2:]] == ["move session", "take session back to the room"]
    text = desk.get(f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}/changes").text
    assert (text.count("<b>Moved</b>"), text.count("<b>Taken back to the room</b>")) == (1, 1)


def test_a_place_is_asked_for_only_where_there_is_no_usual_one(community: Community, desk: FlaskClient) -> None:
    [staff] = people(community, 1)
    for place, answer in (("", 422), ("Town hall", 303)):
        made = online(community, staff, place=place)
        path = f"/example/staff/agenda/{made.slug}/sessions/{made.sessions[0].id}/room"
        assert (OPTIONAL in desk.get(path).text) == bool(place)
        told = {"reason": "Roads are clear.", "capacity": "3", "sure": "y", "seen": str(made.sessions[0].sequence)}
        assert desk.post(path, data=told).status_code == answer
