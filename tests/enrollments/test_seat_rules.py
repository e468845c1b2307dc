"""The words and states of a seat, as plain answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.enrollments.rules import Seats
from portal.enrollments.seat_rules import (
    Mine,
    choices_of,
    has_room,
    kept_words,
    last_move,
    line_words,
    seats_words,
    standing,
    title_of,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@dataclass(frozen=True)
class Timing:
    offer_within_hours: int = 48
    offer_hold_hours: int = 12
    cutoff_hours: int = 2


def mine(state: str, *, waits_for: str | None = None, mode: str = "", until: datetime | None = None) -> Mine:
    return Mine(1, state, mode, waits_for, False, None if until is None else mode, until)


@pytest.mark.parametrize(
    "one, phase, stands",
    [
        (None, "given", None),
        (mine("given_up"), "given", None),
        (mine("pending"), "given", "pending"),
        (mine("refused"), "given", "turned_down"),
        (mine("waiting", waits_for=""), "given", "waiting"),
        (mine("waiting", waits_for=""), "offered", "waiting"),
        (mine("waiting", waits_for=""), "open", "last_seats"),
        (mine("waiting", waits_for=""), "started", None),
        (mine("pending"), "started", None),
        (mine("waiting", waits_for="", until=LATER), "offered", "offered"),
        (mine("waiting", waits_for="", until=NOW), "offered", "offer_over"),
        (mine("seated", mode="online", waits_for="in_person"), "given", "holding"),
        (mine("seated", mode="online", waits_for="in_person", until=LATER), "offered", "offered"),
        (mine("seated", mode="online", waits_for="in_person"), "started", "seated"),
        (mine("seated"), "given", "seated"),
        (mine("seated"), "started", "seated"),
    ],
)
def test_where_somebody_stands(one: Mine | None, phase: str, stands: str | None) -> None:
    assert standing(one, phase, NOW, LATER) == stands


def test_what_is_over_is_over_for_who_had_a_seat() -> None:
    assert standing(mine("seated"), "started", NOW, NOW) == "over"
    assert standing(mine("waiting", waits_for=""), "started", NOW, EARLIER) is None


@pytest.mark.parametrize(
    "seats, words",
    [
        (Seats("in_person", 3, 4), "3 of 4 seats taken"),
        (Seats("in_person", 3, 4, 1, 2), "3 of 4 seats taken · 1 seat is kept for others · 2 waiting"),
        (Seats("in_person", 6, 4), "6 of 4 seats taken · 2 more than there are seats"),
    ],
)
def test_how_full_it_is_in_words(seats: Seats, words: str) -> None:
    assert seats_words(seats, names_mode=False) == words


def test_words_name_the_mode_where_there_are_two_and_whose_the_kept_seat_is() -> None:
    assert seats_words(Seats("online", 0, 4, 1), names_mode=True, kept_for="you") == (
        "0 of 4 seats taken, online · 1 kept for you"
    )
    assert seats_words(Seats("online", 0, 4, 2), names_mode=True, kept_for="you") == (
        "0 of 4 seats taken, online · 1 kept for you · 1 seat is kept for others"
    )


def test_what_is_kept_for_the_reader_too_is_not_kept_for_others() -> None:
    seats = Seats("in_person", 1, 6, held=3, kept=1)
    assert seats_words(seats, names_mode=False) == (
        "1 of 6 seats taken · 1 kept for your district or job · 2 seats are kept for others"
    )
    assert seats_words(Seats("in_person", 1, 6, held=1, kept=1), names_mode=False).endswith("for your district or job")


@pytest.mark.parametrize(
    "seats, room",
    [
        (Seats("online", 1, 2), True),
        (Seats("online", 2, 2), False),
        (Seats("online", 1, 2, held=1), False),
        (Seats("online", 1, 2, waiting=1), False),
        (Seats("online", 1, 2, held=1, waiting=1, kept=1), True),
        (Seats("online", 3, 2), False),
    ],
)
def test_whoever_asks_finds_a_seat_only_past_those_who_wait(seats: Seats, room: bool) -> None:
    assert has_room(seats) == room


def test_a_full_way_is_offered_only_where_one_can_wait() -> None:
    room, online = Seats("in_person", 2, 2, waiting=3), Seats("online", 1, 2)
    assert [(one.mode, one.hint) for one in choices_of([room, online])] == [
        ("online", "1 seat left"),
        ("in_person", "All seats taken, 3 waiting: you join the line"),
    ]
    assert [one.mode for one in choices_of([room, online], has_waitlist=False)] == ["online"]
    assert choices_of([online]) == []


def test_seats_kept_for_people_like_the_reader_are_told() -> None:
    assert kept_words([Seats("in_person", 1, 2)]) == ""
    assert kept_words([Seats("in_person", 1, 9, held=1, kept=1)]) == ""  # a seat is left without it
    assert kept_words([Seats("in_person", 1, 2, held=1, kept=1)]).startswith("1 seat is kept for people")


def test_the_rule_of_the_line_follows_the_clock() -> None:
    starts = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    given, offered, closed = (
        line_words(Timing(), step, starts, "America/New_York") for step in ("given", "offered", "open")
    )
    assert given.endswith("From Sun, Nov\u00a01, 2026, 8:30\u00a0AM\u00a0ET on it is offered to you instead: you get "
                          "about 12\u00a0hours to answer, and the mail says until when.")  # fmt: skip
    assert offered.endswith("You get about 12\u00a0hours to answer; the mail says until when.")
    assert "nobody is moved up any more" in closed
    assert "wait together" in line_words(Timing(), "given", starts, "America/New_York", is_team=True)
    assert last_move(Timing(), starts) == starts - timedelta(hours=2)


@pytest.mark.parametrize("hours, words", [(1, "1 hour"), (36, "36 hours"), (24, "24 hours"), (96, "4 days")])
def test_the_time_to_answer_reads_as_people_say_it(hours: int, words: str) -> None:
    told = line_words(Timing(offer_hold_hours=hours), "offered", LATER, "America/New_York").replace("\u00a0", " ")
    assert f"You get about {words} to answer" in told


def test_two_who_wait_together_read_who_gets_a_single_seat() -> None:
    words = line_words(Timing(), "given", LATER, "America/New_York", is_team=True)
    assert words.endswith("A single seat that comes free goes to the next in line who waits alone.")


def test_without_offers_a_seat_is_always_given() -> None:
    words = line_words(Timing(offer_hold_hours=0), "given", LATER, "America/New_York")
    assert words == "A seat that comes free goes to the next in line at once. We write to you when one is yours."


def test_a_title_says_the_place_in_line() -> None:
    assert (title_of("waiting", "2nd"), title_of("refused", "")) == ("You are 2nd in line", "Seats")
