"""What stands on the letter: dates in order, names put in."""

from __future__ import annotations

from typing import Any

import pytest

from portal.communities.models import Community
from portal.districts.models import District
from portal.rounds.models import InfoSession, Invitation, Round
from portal.rounds.rules import FIELDS
from portal.rounds.sheet import Line, sheet_of, state_at, timeline, words_of
from tests.conftest import moment_of
from tests.rounds.builders import FIELDS as COLUMNS
from tests.rounds.builders import a_bare_round

ZONE = "America/New_York"
HARBOR = District(name="Example *Harbor* Schools", short_name="Example *Harbor*", city="Harbor", state="MA")


def a_place() -> Community:
    return Community(name="Example Community", region="Essex County", time_zone=ZONE)


def words(round: Round) -> list[tuple[str, str]]:
    return [(f"{line.at:%m-%d}", line.words) for line in timeline(round, ZONE)]


def test_the_dates_stand_in_their_order() -> None:
    round = a_bare_round()
    round.info_sessions = [InfoSession(at=moment_of("2026-10-01 08:00"), minutes=60, mode="in_person")]
    assert words(round) == [
        ("09-14", "Letters open"),
        ("10-01", "Your questions, in person, 60 minutes"),
        ("10-09", "Tell us if you plan to reply (not required)"),
        ("10-23", "Last moment for questions"),
        ("10-30", "Letters close"),
        ("11-02", "We read every letter"),
        ("11-30", "Conversations with districts"),
        ("12-18", "We tell everyone on the same day"),
        ("01-15", "Last moment to say yes or no to a place"),
        ("01-27", "Orientation for new districts"),
    ]


def test_dates_that_are_not_set_do_not_stand_there() -> None:
    kept = {name: value for name, value in COLUMNS.items() if name in ("opens_at", "closes_at", "capacity")}
    assert words(Round(**kept)) == [("09-14", "Letters open"), ("10-30", "Letters close")]


def test_an_early_close_takes_the_place_of_closing() -> None:
    shown = words(a_bare_round(closed_early_at=moment_of("2026-10-10 12:00")))
    assert ("10-10", "Letters closed early") in shown
    assert "Letters close" not in [said for _, said in shown]


@pytest.mark.parametrize(
    "line, state",
    [
        (Line(moment_of("2026-11-05 08:59"), "x"), "done"),
        (Line(moment_of("2026-11-05 09:01"), "x"), "next"),
        (Line(moment_of("2026-11-04 09:00").date(), "x"), "done"),
        (Line(moment_of("2026-11-05 09:00").date(), "x"), "now"),
        (Line(moment_of("2026-11-02 09:00").date(), "x", until=moment_of("2026-11-20 09:00").date()), "now"),
        (Line(moment_of("2026-11-06 09:00").date(), "x"), "next"),
    ],
)
def test_a_date_is_done_or_now_or_next(line: Line, state: str) -> None:
    assert state_at(line, moment_of("2026-11-05 09:00"), ZONE) == state


def test_every_merge_field_has_words() -> None:
    assert list(words_of(a_bare_round(), a_place(), "", None)) == list(FIELDS)


@pytest.mark.parametrize(
    "name, said",
    [
        ("district", "your district"),
        ("recipient", "Colleague"),
        ("places", "three"),
        ("closes", "Fri, Oct\u00a030, 2026, 5:00\u00a0PM\u00a0ET"),
        ("decisions", "December 18, 2026"),
    ],
)
def test_without_an_addressee_the_words_fit_everyone(name: str, said: str) -> None:
    assert words_of(a_bare_round(), a_place(), "", None)[name] == said


def an_addressed_letter(**columns: Any) -> Any:
    invitation = Invitation(to_name="Superintendent", district=HARBOR, sent_at=moment_of("2026-09-15 08:00"))
    round = a_bare_round(letter_text="To {{recipient}} of {{district}}", **columns)
    return sheet_of(round, a_place(), moment_of("2026-10-01 09:00"), invitation)


def test_an_invitation_is_addressed_to_its_person_and_district() -> None:
    sheet = an_addressed_letter()
    assert (sheet.to_name, sheet.district, sheet.stage) == ("Superintendent", HARBOR, "open")
    assert sheet.written_on == moment_of("2026-09-15 08:00")


def test_signs_in_a_name_do_not_become_markup() -> None:
    assert an_addressed_letter().text == "To Superintendent of Example \\*Harbor\\*"
