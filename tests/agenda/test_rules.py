"""What the agenda allows and how it says things."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.agenda.rules import (
    audience_mark,
    audience_words,
    may_come,
    modes_of_pools,
    registration_state,
    several,
)

NOON = datetime(2026, 10, 1, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABELS = {"para": "Paraprofessional", "principal": "Principal", "director": "Director of student services"}


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
    "audience, roles, is_member, may",
    [
        (None, {"para"}, True, True),
        (None, set(), False, False),
        (None, {"para"}, False, False),
        (["para"], {"para", "principal"}, True, True),
        (["para"], {"principal"}, True, False),
        (["para"], {"para"}, False, False),
        ([], {"para"}, True, False),
    ],
)
def test_only_the_audience_in_member_districts_may_come(
    audience: list[str] | None, roles: set[str], is_member: bool, may: bool
) -> None:
    assert may_come(audience, roles, is_member) == may


@pytest.mark.parametrize(
    "audience, words, mark",
    [
        (None, "All staff of member districts", "For member districts"),
        ([], "By invitation", "By invitation"),
        (["para"], "Paraprofessional", "For paraprofessionals"),
        (["para", "principal"], "Paraprofessional, Principal", "For these roles"),
        (["unheard-of"], "unheard-of", "For unheard-ofs"),
    ],
)
def test_an_audience_is_said_in_the_communitys_words(audience: list[str] | None, words: str, mark: str) -> None:
    assert audience_words(audience, LABELS) == words
    assert audience_mark(audience, LABELS) == mark


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
