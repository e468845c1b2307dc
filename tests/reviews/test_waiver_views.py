"""Staff waive a rule of the roster."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.letters.models import Letter
from tests.districts.builders import a_staff_member
from tests.letters.builders import Place, enter


def test_staff_waive_a_rule_of_the_roster(app: Flask, client: FlaskClient, place: Place, letter: Letter) -> None:
    staff = enter(client, a_staff_member(place.community))
    typed = {"rule": "r1", "reason": "Its head of school counts."}
    assert staff.post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed).status_code == 303
    assert [waiver.rule_code for waiver in letter.waivers] == ["r1"]


@pytest.mark.parametrize(
    "typed", [{}, {"rule": "r1"}, {"rule": "r9", "reason": "x"}, {"rule": "r1", "reason": "x" * 1001}]
)
def test_a_waiver_that_lacks_something_is_refused(
    client: FlaskClient, place: Place, letter: Letter, typed: dict[str, str]
) -> None:
    enter(client, a_staff_member(place.community)).post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed)
    assert letter.waivers == []


def test_only_staff_waive(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.post(f"/eclc/staff/letters/{letter.id}/waivers", data={"rule": "r1", "reason": "x"})
    assert (answer.status_code, letter.waivers) == (403, [])
