"""Who may have a seat, what a page offers, and in which words the portal says no."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.agenda.rules import VISITOR, Person
from portal.core.errors import RuleBroken
from portal.enrollments.rules import (
    MOVES,
    Asking,
    Seats,
    check_move,
    district_for,
    left_of,
    may,
    offer_state,
    ordinal,
    refusal_of,
    tightest,
)

NOON = datetime(2026, 10, 1, 16, tzinfo=UTC)
DAY = timedelta(days=1)
STATES = ("pending", "waiting", "seated", "given_up", "refused")


@dataclass
class Thing:
    audience: list[str] | None = None
    reach: str = "members"
    id: int = 7
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancelled_at: datetime | None = None


ASKING = Asking(NOON, NOON + 30 * DAY, "America/New_York", Person(frozenset({"teacher"}), is_signed_in=True))


@pytest.mark.parametrize(
    "thing, words",
    [
        (Thing(), ""),
        (Thing(audience=["teacher"]), ""),
        (Thing(audience=["principal"]), "for other roles"),
        (Thing(cancelled_at=NOON), "was cancelled"),
        (Thing(opens_at=NOON + DAY), "Fri, Oct\u00a02, 2026, 12:00\u00a0PM\u00a0ET. Come back then"),
        (Thing(closes_at=NOON - DAY), "open until Wed, Sep\u00a030, 2026, 12:00\u00a0PM\u00a0ET"),
        (Thing(reach="anyone"), ""),
        (Thing(reach="invited"), "people who were invited"),
        (Thing(reach="cohorts"), "districts of some cohorts"),
        (Thing(audience=["principal"], closes_at=NOON - DAY), "open until"),
    ],
)
def test_a_refusal_says_why_and_what_would_work(thing: Thing, words: str) -> None:
    said = refusal_of(thing, ASKING)
    assert words in said
    assert bool(said) == bool(words)


def test_what_has_started_takes_nobody_new() -> None:
    assert "has started" in refusal_of(Thing(), replace(ASKING, starts_at=NOON))


def test_someone_outside_member_districts_is_told_who_can_help() -> None:
    assert "Ask your district’s lead" in refusal_of(Thing(), replace(ASKING, person=Person(is_signed_in=True)))


def test_of_a_visitor_only_the_dates_are_asked() -> None:
    visitor = replace(ASKING, person=VISITOR)
    assert refusal_of(Thing(audience=["principal"]), visitor) == ""
    assert "was cancelled" in refusal_of(Thing(cancelled_at=NOON), visitor)


@pytest.mark.parametrize(
    "mine, refusal, is_visitor, is_full, has_waitlist, state",
    [
        ("seated", "No.", False, True, True, "seated"),
        ("waiting", "", False, True, True, "waiting"),
        (None, "No.", False, False, True, "refused"),
        (None, "No.", True, False, True, "refused"),
        (None, "", True, True, True, "visitor"),
        (None, "", False, False, False, "open"),
        (None, "", False, True, True, "full"),
        (None, "", False, True, False, "none_left"),
    ],
)
def test_a_page_offers_what_can_be_done(
    mine: str | None, refusal: str, is_visitor: bool, is_full: bool, has_waitlist: bool, state: str
) -> None:
    assert offer_state(mine, refusal, is_visitor, is_full, has_waitlist) == state


def test_a_series_is_as_full_as_its_fullest_session() -> None:
    sessions = [[Seats("in_person", 1, 3)], [Seats("online", 3, 3)], [Seats("in_person", 2, 3)]]
    assert tightest(sessions) == (Seats("online", 3, 3),)


def test_modes_side_by_side_are_counted_apart() -> None:
    room, online = Seats("in_person", 3, 3), Seats("online", 1, 9)
    assert tightest([[room, online], [Seats("in_person", 1, 3), Seats("online", 2, 9)]]) == (
        room,
        Seats("online", 2, 9),
    )


def test_left_is_what_is_neither_taken_nor_held() -> None:
    assert [left_of(Seats("online", taken, 3, held)) for taken, held in [(0, 0), (1, 1), (2, 1), (0, 3)]] == [
        3,
        1,
        0,
        0,
    ]


def test_more_than_all_seats_leaves_none() -> None:
    assert Seats("online", 5, 3).left == 0
    assert Seats("online", 3, 3, 2).left == 0


def test_someone_with_two_jobs_comes_from_the_district_that_is_meant() -> None:
    jobs = [(1, "teacher"), (2, "principal")]
    assert (district_for(None, jobs), district_for(["principal"], jobs)) == (1, 2)
    assert district_for(None, []) is None


@pytest.mark.parametrize(
    "number, words",
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_a_place_in_line_is_said_as_people_say_it(number: int, words: str) -> None:
    assert ordinal(number) == words


EVERY = ("person", "lead", "staff", "facilitator", "portal")
TABLE = """
ask            .new given_up                    person lead
approve        pending refused                  lead staff
refuse         pending                          lead staff
move_up        waiting                          portal person
switch         seated                           portal person staff facilitator
accept         waiting seated                   person lead
decline        waiting seated                   person lead portal
give_up        pending waiting seated           person lead staff facilitator portal
wait_for_room  seated                           person lead
take_online    waiting                          person lead
stop_waiting   seated                           person lead
change_mode    waiting seated                   person lead
substitute     seated                           lead staff
add            .new given_up refused pending waiting   staff facilitator
name           .new given_up refused pending waiting   lead
"""
ROWS = {line.split()[0]: set(line.split()[1:]) for line in TABLE.strip().splitlines()}


@pytest.mark.parametrize("verb", MOVES)
def test_each_verb_is_for_some_people_in_some_states_and_for_nobody_else(verb: str) -> None:
    for state in (None, *STATES):
        for who in EVERY:
            assert may(verb, state, who) == ({state or ".new", who} <= ROWS[verb])


@pytest.mark.parametrize("verb", MOVES)
def test_a_verb_in_the_wrong_state_is_refused_with_a_sentence(verb: str) -> None:
    for state in (None, *STATES):
        if state in MOVES[verb].sources:
            check_move(verb, state)
            continue
        with pytest.raises(RuleBroken, match=r"\.$"):
            check_move(verb, state)


def test_the_table_knows_every_state_and_leads_nowhere_else() -> None:
    assert set(ROWS) == set(MOVES)
    assert {target for move in MOVES.values() for target in move.targets} == set(STATES)
    assert {source for move in MOVES.values() for source in move.sources} == {None, *STATES}
