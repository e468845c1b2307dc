"""The pages of the funnel: numbers that lead to their districts, files, and who does not come in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.audit import Audit
from portal.core.db import db
from portal.reports.rules import GROUPS, STEPS
from portal.rounds.models import Round
from tests.cohorts.builders import a_closing_round, a_staff_member, everything
from tests.house.html import faults_of
from tests.reports.builders import a_writing_district, an_invited_district, in_conflict
from tests.reports.test_funnel import districts_at_every_step
from tests.rounds.pages import lines_of

SignIn = Callable[[FlaskClient, Account], FlaskClient]


def funnel_of(round: Round) -> str:
    return f"/eclc/staff/rounds/{round.id}/funnel"


def sheet_of(workbook: bytes) -> list[list[str]]:
    """The rows of a workbook, what is empty as an empty text."""
    rows = load_workbook(io.BytesIO(workbook)).active.iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_page_shows_each_step_with_its_number_and_its_meaning(
    inside: FlaskClient, round: Round, staff: Account
) -> None:
    districts_at_every_step(round, staff)
    shown = lines_of(inside.get(funnel_of(round)).text)
    start = shown.index("How many districts reached each step")
    assert shown[start + 1 : start + 5] == ["15", "Invited", "14", "Opened the letter 93% of those before"]
    assert "Somebody pressed a button on the letter’s page. A mere look does not count." in shown
    assert ("1 said not this year" in shown, "2 are in writing" in shown) == (True, True)
    bars = re.findall(r'<rect[^>]* width="([\d.]+)"', inside.get(funnel_of(round)).text)
    assert [float(width) for width in bars] == sorted((float(width) for width in bars), reverse=True)
    assert len(bars) == len(STEPS)


def test_every_number_leads_to_as_many_districts(inside: FlaskClient, round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    page = inside.get(funnel_of(round)).text
    links = re.findall(rf'href="({funnel_of(round)}/[a-z-]+)"[^>]*>(?:<b>)?(\d+)', page)
    assert len(links) == len(STEPS) + 12
    for path, count in links:
        listed = inside.get(path).text
        assert (path, listed.count('<th scope="row">')) == (path, int(count))


def test_a_list_says_how_far_each_came_and_leads_to_letter_and_invitation(
    inside: FlaskClient, round: Round, staff: Account
) -> None:
    letter = districts_at_every_step(round, staff)["Member"]
    page = inside.get(f"{funnel_of(round)}/accepted").text
    shown = lines_of(page)
    assert ("1 district. The district took its place." in shown, "Member Public Schools" in shown) == (True, True)
    assert f'href="/eclc/staff/letters/{letter.id}"' in page
    assert re.search(r'href="/eclc/staff/invitations/\d+"', page)


def test_a_long_list_has_pages(inside: FlaskClient, round: Round) -> None:
    for number in range(41):
        an_invited_district(round, f"District {number:02}")
    first, second = (inside.get(f"{funnel_of(round)}/invited?page={page}").text for page in (1, 2))
    assert (first.count('<th scope="row">'), second.count('<th scope="row">')) == (40, 1)
    assert any(line.startswith("41 districts.") for line in lines_of(first))


def test_a_group_without_districts_says_so(inside: FlaskClient, round: Round) -> None:
    assert "No district is at this step." in lines_of(inside.get(f"{funnel_of(round)}/declined").text)


def test_the_numbers_can_be_taken_away(inside: FlaskClient, round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    rows = rows_of(inside.get(f"{funnel_of(round)}.csv").data)
    assert rows[0] == [
        "Step",
        "Districts",
        "Percent of those invited",
        "Percent of the step before",
        "Not further",
    ]
    assert rows[1] == ["Invited", "15", "100", "", "1 is not sent, 1 has not opened it"]
    assert rows[-1] == ["Accepted", "1", "7", "33", ""]
    assert sheet_of(inside.get(f"{funnel_of(round)}.xlsx").data) == rows


@pytest.mark.parametrize("group", GROUPS)
def test_every_list_can_be_taken_away_as_it_is_shown(
    inside: FlaskClient, round: Round, staff: Account, group: str
) -> None:
    districts_at_every_step(round, staff)
    rows = rows_of(inside.get(f"{funnel_of(round)}/{group}.csv").data)
    shown = re.findall(r'<th scope="row">([^<]+)</th>', inside.get(f"{funnel_of(round)}/{group}").text)
    assert [row[0] for row in rows[1:]] == shown
    assert rows[0][:4] == ["District", "Town", "State", "Kind"]


def test_a_list_taken_away_tells_when_each_step_was_reached(inside: FlaskClient, round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    header, member = rows_of(inside.get(f"{funnel_of(round)}/accepted.csv").data)
    assert header[4:] == [words for words, _ in STEPS.values()]
    assert set(member[4:]) == {"2026-12-15 10:00"}
    [titles, told] = sheet_of(inside.get(f"{funnel_of(round)}/accepted.xlsx").data)
    assert (titles, told[0]) == (header, "Member Public Schools")


def test_a_name_that_would_act_as_a_formula_is_defused(inside: FlaskClient, round: Round) -> None:
    an_invited_district(round, "=1+1")
    assert rows_of(inside.get(f"{funnel_of(round)}/invited.csv").data)[1][0] == "'=1+1 Public Schools"


def test_what_is_taken_away_is_noted(inside: FlaskClient, round: Round) -> None:
    inside.get(f"{funnel_of(round)}.csv")
    inside.get(f"{funnel_of(round)}/invited.xlsx")
    noted = db.session.query(Audit).filter_by(action="exported funnel").order_by(Audit.id).all()
    assert [(row.note, row.subject_id) for row in noted] == [("csv", round.id), ("xlsx, invited", round.id)]


def test_a_round_without_a_signature_has_no_step_for_it(inside: FlaskClient, community: Community) -> None:
    plain = a_closing_round(community, slug="plain")
    a_writing_district(plain, "Harbor", "submitted")
    assert "Endorsed" not in lines_of(inside.get(funnel_of(plain)).text)
    assert "Endorsed" not in rows_of(inside.get(f"{funnel_of(plain)}/submitted.csv").data)[0]


def test_somebody_in_conflict_is_told_that_numbers_are_without_those_districts(
    inside: FlaskClient, round: Round, staff: Account
) -> None:
    letter = a_writing_district(round, "Harbor", "submitted")
    words = "Districts that you are in conflict with are left out of these numbers and lists."
    assert words not in lines_of(inside.get(funnel_of(round)).text)
    in_conflict(letter, staff)
    assert words in lines_of(inside.get(funnel_of(round)).text)
    for rest in ("", "/submitted", "/submitted.csv"):
        assert "Harbor" not in inside.get(f"{funnel_of(round)}{rest}").text


def test_a_round_at_a_glance_leads_to_the_funnel(inside: FlaskClient, round: Round) -> None:
    assert f'href="{funnel_of(round)}"' in inside.get(f"/eclc/staff/?round={round.slug}").text


PATHS = ("", ".csv", "/submitted", "/submitted.xlsx")


@pytest.mark.parametrize("rest", PATHS)
def test_only_staff_come_in(
    client: FlaskClient, community: Community, round: Round, sign_in: SignIn, rest: str
) -> None:
    path = funnel_of(round) + rest
    assert client.get(path).status_code == 303
    sign_in(client, find_or_open_account(email="educator@example.org"))
    assert client.get(path).status_code == 403
    sign_in(client, a_staff_member(community, "reviewer"))
    assert client.get(path).status_code == 403
    other = create_community(slug="other", name="Other", kind="district_network")
    sign_in(client, a_staff_member(other, "admin", "other@example.org"))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("rest", PATHS)
def test_a_round_of_elsewhere_is_no_page(inside: FlaskClient, rest: str) -> None:
    elsewhere = a_closing_round(create_community(slug="other", name="Other", kind="district_network"))
    assert inside.get(funnel_of(elsewhere) + rest).status_code == 404


@pytest.mark.parametrize("rest", ["/nonsense", "/invited.pdf", ".pdf", "/"])
def test_what_is_no_number_of_the_funnel_is_no_page(inside: FlaskClient, round: Round, rest: str) -> None:
    assert inside.get(funnel_of(round) + rest).status_code == 404


def test_looking_changes_nothing(inside: FlaskClient, round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    before = everything()
    for rest in PATHS:
        inside.get(funnel_of(round) + rest)
    assert everything() == before


def test_the_pages_take_as_many_queries_for_one_district_as_for_many(
    inside: FlaskClient, round: Round, staff: Account, count_queries: Callable[[], Any]
) -> None:
    paths = [funnel_of(round), f"{funnel_of(round)}/invited"]
    an_invited_district(round, "First")
    counted = [_queries(inside, path, count_queries) for path in paths]
    districts_at_every_step(round, staff)
    assert [_queries(inside, path, count_queries) for path in paths] == counted
    assert max(counted) <= 7


def test_the_pages_are_sound(inside: FlaskClient, round: Round, staff: Account, tmp_path: Path) -> None:
    districts_at_every_step(round, staff)
    paths = [funnel_of(round), f"{funnel_of(round)}/submitted", f"{funnel_of(round)}/expired"]
    assert faults_of({path: inside.get(path).text for path in paths}, tmp_path) == []


def _queries(inside: FlaskClient, path: str, count_queries: Callable[[], Any]) -> int:
    with count_queries() as counted:
        assert inside.get(path).status_code == 200
    return len(counted)
