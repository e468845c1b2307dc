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
    "typed, fields",
    [({}, ["rule", "reason"]), ({"rule": "r1"}, ["reason"]), ({"rule": "r1", "reason": "x" * 1001}, ["reason"]),
     ({"reason": "No such office."}, ["rule"])],
)  # fmt: skip
def test_a_waiver_that_lacks_something_comes_back_with_what_was_typed(
    client: FlaskClient, place: Place, letter: Letter, typed: dict[str, str], fields: list[str]
) -> None:
    staff = enter(client, a_staff_member(place.community))
    answer = staff.post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed)
    told = [name for name in ("rule", "reason") if f'id="{name}-error"' in answer.text]
    assert (answer.status_code, told, letter.waivers) == (422, fields, [])
    assert typed.get("reason", "") in answer.text
    assert ('<option selected value="r1">' in answer.text) == ("rule" in typed)


def test_a_rule_that_is_none_is_refused_with_what_was_typed(client: FlaskClient, place: Place, letter: Letter) -> None:
    staff = enter(client, a_staff_member(place.community))
    typed = {"rule": "r9", "reason": "No such office."}
    answer = staff.post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed)
    assert (answer.status_code, "No such office." in answer.text, letter.waivers) == (409, True, [])


def test_only_staff_waive(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.post(f"/eclc/staff/letters/{letter.id}/waivers", data={"rule": "r1", "reason": "x"})
    assert (answer.status_code, letter.waivers) == (403, [])
