"""One hour for everybody: what staff read of a letter's end is what its district is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.letters.deadlines import told_until
from portal.letters.models import Letter, Return
from portal.rounds.models import Extension
from tests.conftest import moment_of
from tests.districts.builders import a_staff_member
from tests.letters.builders import AFTER, LAST_SECOND, LATE, OPEN, a_bare_letter, a_letter, a_place, enter
from tests.letters.pages import words

CLOSING, GRACE, MORE = "2026-10-30 17:00", "2026-10-30 18:00", "2026-11-20 17:00"


def with_more_time(letter: Letter) -> Letter:
    letter.extensions.append(Extension(until=moment_of(MORE)))
    return letter


@pytest.mark.parametrize(
    ("now", "until"), [(OPEN, CLOSING), (LAST_SECOND, CLOSING), (LATE, GRACE), (GRACE, GRACE), (AFTER, CLOSING)]
)
def test_the_extra_minutes_are_told_only_while_they_run(now: str, until: str) -> None:
    assert told_until(a_bare_letter(), moment_of(now)) == moment_of(until)


@pytest.mark.parametrize("now", [OPEN, LATE, AFTER, "2026-11-21 09:00"])
def test_a_district_with_more_time_is_told_its_own_moment(now: str) -> None:
    assert told_until(with_more_time(a_bare_letter()), moment_of(now)) == moment_of(MORE)


def test_what_came_back_has_its_own_date() -> None:
    letter = a_bare_letter("returned")
    letter.returns.append(Return(sections=["time"], message="Say more.", due_at=moment_of(MORE)))
    assert told_until(letter, moment_of(AFTER)) == moment_of(MORE)


def test_a_round_that_was_closed_early_ended_at_that_moment() -> None:
    letter = a_bare_letter(closed_early_at=moment_of("2026-10-10 12:00"))
    assert told_until(letter, moment_of("2026-10-11 09:00")) == moment_of("2026-10-10 12:00")


@pytest.mark.parametrize("rest", ["", "/timeline"])
@pytest.mark.parametrize(
    ("now", "told"),
    [
        (OPEN, "ends Fri, Oct 30, 2026, 5:00 PM ET"),
        (LATE, "ends Fri, Oct 30, 2026, 6:00 PM ET"),
        (AFTER, "ended Fri, Oct 30, 2026, 5:00 PM ET"),
    ],
)
def test_staff_read_the_hour_that_the_district_reads(
    app: Flask, client: FlaskClient, at: Callable[[str], Any], rest: str, now: str, told: str
) -> None:
    at(OPEN)
    place = a_place()
    letter = a_letter(place)
    at(now)
    page = words(enter(client, a_staff_member(place.community)).get(f"/eclc/staff/letters/{letter.id}{rest}"))
    assert f"Its time {told}" in page.replace("\u00a0", " ")
