"""What the agenda allows and how it says things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.agenda.models import REACHES
from portal.agenda.rules import (
    VISITOR,
    Person,
    audience_mark,
    audience_words,
    is_meant,
    modes_of_pools,
    quarter_of,
    registration_state,
    several,
)

NOON = datetime(2026, 10, 1, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABELS = {"para": "Paraprofessional", "principal": "Principal", "director": "Director of student services"}


def member(
    *roles: str, cohorts: Iterable[tuple[int, str]] = (), invited: Iterable[int] = (), is_signed_in: bool = True
) -> Person:
    return Person(frozenset(roles), frozenset(cohorts), frozenset(invited), is_signed_in)


SOMEBODY = member()


@dataclass
class Thing:
    reach: str = "members"
    audience: list[str] | None = None
    id: int = 7


@dataclass
class Dates:
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancelled_at: datetime | None = None


@pytest.mark.parametrize(
    "dates, starts_at, state",
    [
        (Dates(), None, "open"),
        (Dates(), NOON + HOUR, "open"),
        (Dates(), NOON, "started"),
        (Dates(opens_at=NOON), None, "open"),
        (Dates(opens_at=NOON + HOUR), NOON + 2 * HOUR, "not_yet"),
        (Dates(closes_at=NOON + HOUR), None, "open"),
        (Dates(closes_at=NOON), NOON + HOUR, "closed"),
        (Dates(closes_at=NOON - HOUR), NOON - HOUR, "started"),
        (Dates(cancelled_at=NOON - HOUR), NOON - HOUR, "cancelled"),
    ],
)
def test_dates_say_whether_one_may_sign_up(dates: Dates, starts_at: datetime | None, state: str) -> None:
    assert registration_state(dates, NOON, starts_at) == state


@pytest.mark.parametrize(
    "reach, audience, person, may",
    [
        ("members", None, member("para"), True),
        ("members", None, SOMEBODY, False),
        ("members", ["para"], member("para", "principal"), True),
        ("members", ["para"], member("principal"), False),
        ("members", None, member("para", invited=[7], cohorts=[(7, "para")], is_signed_in=False), False),
        ("cohorts", None, member("para"), False),
        ("cohorts", None, member("para", cohorts=[(8, "para")]), False),
        ("cohorts", None, member("para", cohorts=[(7, "para")]), True),
        ("cohorts", ["para"], member("para", cohorts=[(7, "para")]), True),
        # The principal's job is in a district of the cohort, the one as a paraprofessional is not.
        ("cohorts", ["para"], member("para", "principal", cohorts=[(7, "principal")]), False),
        ("invited", None, member("para"), False),
        ("invited", None, member("para", invited=[8]), False),
        ("invited", None, member(invited=[7]), True),
        ("invited", ["para"], member("principal", invited=[7]), False),
        ("invited", ["para"], member("para", invited=[7]), True),
        ("anyone", None, SOMEBODY, True),
        ("anyone", None, member("para"), True),
        ("anyone", ["para"], SOMEBODY, False),
        ("anyone", ["para"], member("para"), True),
    ],
)
def test_who_is_meant_is_said_by_reach_and_roles(
    reach: str, audience: list[str] | None, person: Person, may: bool
) -> None:
    assert is_meant(Thing(reach, audience), person) == may


@pytest.mark.parametrize("reach", REACHES)
def test_a_visitor_is_never_meant(reach: str) -> None:
    assert not is_meant(Thing(reach), VISITOR)


@pytest.mark.parametrize(
    "thing, words, mark",
    [
        (Thing(), "All staff of member districts", "For member districts"),
        (Thing("invited"), "By invitation", "By invitation"),
        (Thing("invited", ["para"]), "By invitation: Paraprofessional", "By invitation"),
        (Thing("anyone"), "Everyone who signs in", "For everyone"),
        (Thing("cohorts"), "All staff of the districts in Cohort 3 and Cohort 4", "For some cohorts"),
        (
            Thing("cohorts", ["para"]),
            "Paraprofessional of the districts in Cohort 3 and Cohort 4",
            "For paraprofessionals",
        ),
        (Thing(audience=["para"]), "Paraprofessional", "For paraprofessionals"),
        (Thing(audience=["para", "principal"]), "Paraprofessional, Principal", "For these roles"),
        (Thing(audience=["unheard-of"]), "unheard-of", "For unheard-ofs"),
    ],
)
def test_an_audience_is_said_in_the_communitys_words(thing: Thing, words: str, mark: str) -> None:
    assert audience_words(thing, LABELS, ["Cohort 3", "Cohort 4"]) == words
    assert audience_mark(thing, LABELS) == mark


@pytest.mark.parametrize(
    "label, words",
    [
        ("Principal", "principals"),
        ("Director of student services", "directors of student services"),
        ("Classroom teacher (general education)", "classroom teachers (general education)"),
    ],
)
def test_a_role_is_said_of_several_people(label: str, words: str) -> None:
    assert several(label) == words


def test_a_blended_session_has_seats_in_the_room_and_online() -> None:
    assert modes_of_pools("blended") == ("in_person", "online")
    assert modes_of_pools("online") == ("online",)


@pytest.mark.parametrize(
    "month, part",
    [(1, "winter"), (2, "winter"), (3, "spring"), (6, "spring"), (7, "summer"), (9, "fall"), (12, "winter")],
)
def test_a_day_lies_in_a_part_of_the_school_year(month: int, part: str) -> None:
    assert (quarter_of("", date(2026, month, 1)), quarter_of("fall", date(2026, month, 1))) == (part, "fall")
