"""Seats at info sessions: one for each address, no more than there are, given up by the link of the mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.rounds.asking_rules import seats_words
from portal.rounds.info_seats import Guest, give_up, sign_up
from portal.rounds.models import InfoSession, InfoSignUp
from portal.rounds.showing import find_sign_up, meetings_of, taken_seats
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import a_round
from tests.rounds.traces import Stop, verbs

OPEN = "2026-09-20 09:00"
BEGUN = "2026-09-23 15:30"
ROOM = "portal.rounds.info_seats"


@pytest.fixture
def meeting(community: Community, at: Stop) -> InfoSession:
    """An online meeting with two seats, three days from now."""
    at(OPEN)
    return with_seats(a_round(community).info_sessions[0], 2)


def with_seats(meeting: InfoSession, capacity: int | None, **columns: Any) -> InfoSession:
    meeting.capacity = capacity
    for name, value in columns.items():
        setattr(meeting, name, value)
    db.session.commit()
    return meeting


def guest(number: int = 0, **words: str) -> Guest:
    return Guest(**{"name": f"Guest {number}", "email": f"guest{number}@example.org", **words})


def left() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (InfoSignUp, History, Outgoing))


def version(community: Community) -> int:
    db.session.rollback()
    return community.public_version


def test_a_seat_is_held_and_the_letters_page_is_made_anew(community: Community, meeting: InfoSession) -> None:
    before = version(community)
    seat = sign_up(meeting, guest(email="Guest@Example.org", district_text=" Example  Harbor "))
    assert (seat.email, seat.district_text, seat.cancelled_at) == ("guest@example.org", "Example Harbor", None)
    assert (taken_seats(meeting), verbs(seat), version(community)) == (1, ["sign up"], before + 1)


def test_the_mail_brings_time_and_way_in_and_the_link_to_give_the_seat_up(
    meeting: InfoSession, mailbox: Callable
) -> None:
    with_seats(meeting, 2, join_link="https://meet.example.org/abc", place="Room 4")
    seat = sign_up(meeting, guest(name="See www.evil.example"))
    [mail] = mailbox()
    assert (mail.to, mail.subject) == (
        "guest0@example.org",
        "Your seat: Letter of Invitation 2026: a place in Cohort 4, questions and answers",
    )
    assert "When: Wed, Sep\u00a023, 2026, 3:30\u00a0PM\u00a0ET, 45 minutes\r\nWhere: Room 4\r\n" in mail.text
    assert mail.paths == ["/abc", f"/eclc/info-seats/{token_of(seat, 'info-seat')}"]
    assert "evil" not in mail.text + mail.html


def test_a_way_in_that_no_browser_should_follow_is_left_out(meeting: InfoSession, mailbox: Callable) -> None:
    with_seats(meeting, 2, join_link="javascript:alert(1)")
    sign_up(meeting, guest())
    [mail] = mailbox()
    assert ("javascript" in mail.text, "The link to join comes by mail" in mail.text) == (False, True)


def test_the_same_address_again_has_the_same_seat_and_the_mail_again(meeting: InfoSession, at: Stop) -> None:
    first = sign_up(meeting, guest())
    before = left()
    assert (sign_up(meeting, guest()), left()) == (first, before)
    at("2026-09-20 10:00")
    assert sign_up(meeting, guest()) == first
    assert left() == (before[0], before[1], before[2] + 1)


def test_who_has_a_seat_keeps_it_when_the_meeting_is_full(meeting: InfoSession) -> None:
    seats = [sign_up(meeting, guest(number)) for number in range(2)]
    assert sign_up(meeting, guest(1)) == seats[1]


def test_a_full_meeting_is_refused_with_what_would_work(meeting: InfoSession) -> None:
    for number in range(2):
        sign_up(meeting, guest(number))
    before = left()
    with pytest.raises(RuleBroken, match="This meeting is full. Choose another one"):
        sign_up(meeting, guest(2))
    assert left() == before


def test_a_seat_that_is_given_up_is_free_for_the_next(community: Community, meeting: InfoSession, at: Stop) -> None:
    seats = [sign_up(meeting, guest(number)) for number in range(2)]
    before = version(community)
    give_up(seats[0])
    give_up(seats[0])
    assert (taken_seats(meeting), verbs(seats[0]), version(community)) == (1, ["sign up", "give up"], before + 1)
    sign_up(meeting, guest(2))
    with pytest.raises(RuleBroken, match="full"):
        sign_up(meeting, guest(0))


def test_who_gave_a_seat_up_can_take_one_again_with_a_new_link(meeting: InfoSession) -> None:
    seat = sign_up(meeting, guest())
    old = token_of(seat, "info-seat")
    give_up(seat)
    assert sign_up(meeting, guest()) == seat
    assert (seat.cancelled_at, find_sign_up(old), find_sign_up(token_of(seat, "info-seat"))) == (None, None, seat)


def test_without_a_limit_everybody_has_a_seat(meeting: InfoSession) -> None:
    with_seats(meeting, None)
    for number in range(3):
        sign_up(meeting, guest(number))
    assert taken_seats(meeting) == 3


def test_once_it_begins_no_seat_is_taken_or_given_up(meeting: InfoSession, at: Stop) -> None:
    seat = sign_up(meeting, guest())
    at(BEGUN)
    before = left()
    for work in (lambda: sign_up(meeting, guest(1)), lambda: sign_up(meeting, guest()), lambda: give_up(seat)):
        with pytest.raises(RuleBroken, match="This meeting has begun or is over"):
            work()
    assert (seat.cancelled_at, left()) == (None, before)


def test_a_mail_that_waits_beyond_the_start_or_the_giving_up_does_not_leave(
    meeting: InfoSession, mailbox: Callable, at: Stop
) -> None:
    give_up(sign_up(meeting, guest()))
    sign_up(meeting, guest(1))
    at(BEGUN)
    assert mailbox() == []


def test_ten_mails_an_hour_go_to_one_address(meeting: InfoSession, at: Stop) -> None:
    for minute in range(12):
        at(f"2026-09-20 09:{minute:02d}")
        sign_up(meeting, guest())
    assert db.session.query(Outgoing).count() == 10


@pytest.mark.parametrize(
    ("capacity", "taken", "words"),
    [
        (None, 5, "room for everybody"),
        (3, 0, "3\u00a0seats left"),
        (3, 2, "one\u00a0seat left"),
        (3, 3, "full"),
        (3, 4, "full"),
    ],
)
def test_seats_are_said_in_words(capacity: int | None, taken: int, words: str) -> None:
    assert seats_words(InfoSession(capacity=capacity), taken) == words


def test_all_meetings_with_their_seats_take_one_query(meeting: InfoSession, count_queries: Callable) -> None:
    sign_up(meeting, guest())
    round = meeting.round
    db.session.add_all([InfoSession(round=round, at=meeting.at, minutes=30, mode="online") for _ in range(3)])
    db.session.commit()
    assert round.title.startswith("Letter")  # read before the counting begins
    with count_queries() as statements:
        found = meetings_of(round)
    assert [one.seats for one in found] == ["one\u00a0seat left", *["room for everybody"] * 3]
    assert len(statements) == 1


@pytest.fixture
def last_seat(meeting: InfoSession) -> int:
    """The number of a meeting with one seat left."""
    sign_up(meeting, guest(9))
    return meeting.id


def two_for_the_last_seat(number: int, two_at_once: Callable) -> list[str]:
    """What two people are answered who take the last seat at one instant."""
    answers = two_at_once(lambda person: sign_up(db.session.get_one(InfoSession, number), guest(person)).id)
    return sorted(type(answer).__name__ for answer in answers)


def test_the_last_seat_is_taken_once(last_seat: int, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ROOM, "taken_seats")
    assert two_for_the_last_seat(last_seat, two_at_once) == ["RuleBroken", "int"]
    assert taken_seats(db.session.get_one(InfoSession, last_seat)) == 2


def test_without_the_lock_the_last_seat_is_taken_twice(
    last_seat: int, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ROOM, "taken_seats", seconds=10)
    with no_lock(monkeypatch, ROOM):
        answers = two_for_the_last_seat(last_seat, two_at_once)
    assert answers != ["RuleBroken", "int"]


def test_a_seat_given_up_in_two_windows_at_once_is_given_up_once(
    meeting: InfoSession, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sign_up(meeting, guest()).id
    meet_at(monkeypatch, ROOM, "check_ahead")
    assert two_at_once(lambda _: give_up(db.session.get_one(InfoSignUp, number))) == [None, None]
    assert verbs(db.session.get_one(InfoSignUp, number)) == ["sign up", "give up"]
