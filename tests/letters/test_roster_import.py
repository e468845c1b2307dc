"""A team out of a spreadsheet: understood line by line, shown before it is added, and added whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.tables import BrokenFile
from portal.letters import roster_views
from portal.letters.models import Letter
from portal.letters.operations import add_roster_row
from portal.letters.roster_tables import TeamTable, role_of, team_table, text_of
from portal.letters.rosters import import_roster
from portal.letters.rules import CLOSED, FOR_OTHERS
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, ROLES, Place, rows
from tests.letters.pages import Stop, at_letter, team, words
from tests.letters.team import an_editor

LABELS = {slug: label for slug, label, place in ROLES if place == "district"}
HEADED = "Role\tSchool or office\tName\tE-mail\nPrincipal\tHarbor School\tA principal\tprincipal@example.org"
PASTED = "Principal\tHarbor School\tA principal\tp@example.org\nSchool nurse\tNorth School\tA nurse\t"


def understood(text: str, **more: Any) -> TeamTable:
    return team_table(text, LABELS, more.get("rows", []), more.get("most", 12), more.get("chosen", {}))


def lines(table: TeamTable) -> list[tuple[str, ...]]:
    return [tuple(line.values.values()) for line in table.lines]


@pytest.mark.parametrize(
    "text",
    [
        HEADED,
        HEADED.replace("\t", ","),
        HEADED.replace("\t", ";"),
        "e-mail,Full name,BUILDING,Job title\nprincipal@example.org,A principal,Harbor School,principal",
        "Last name,First name,Role,School,Work email\nprincipal,A,Principal,Harbor School,principal@example.org",
        HEADED.partition("\n")[2],
        "principal@example.org\tHarbor School\tA principal\tPrincipal",
    ],
)
def test_columns_are_found_by_name_by_place_or_by_what_stands_in_them(text: str) -> None:
    assert lines(understood(text)) == [("principal", "Harbor School", "A principal", "principal@example.org")]


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("Principal", "principal"), ("  principal ", "principal"), ("teacher-sped", "teacher-sped"),
        ("Princpal", "principal"), ("Classroom teachers", "teacher-general"), ("Special Ed teacher", "teacher-sped"),
        ("Superintendant", "superintendent"), ("Custodian", None), ("", None), ("Letter reviewer", None),
    ],
)  # fmt: skip
def test_a_role_is_known_by_label_short_name_or_a_close_spelling(said: str, slug: str | None) -> None:
    assert role_of(said, LABELS) == slug


def test_an_unknown_role_is_asked_about_once() -> None:
    text = "Custodian\tNorth\tA\ncustodian \tNorth\tB\nPrincipal\tNorth\tC"
    table = understood(text)
    assert [(one.word, one.key, one.role) for one in table.unknown] == [("Custodian", "custodian", None)]
    assert [line.values["role"] for line in table.lines] == ["", "", "principal"]
    chosen = understood(text, chosen={"custodian": "nurse"})
    assert [line.values["role"] for line in chosen.lines] == ["nurse", "nurse", "principal"]
    assert [one.role for one in chosen.unknown] == ["nurse"]


def test_somebody_who_stands_there_twice_or_is_on_the_team_is_left_out() -> None:
    there = rows("nurse")
    there[0].email = "Nurse@example.org"
    text = "A\tnurse@example.org\nB\tb@example.org\nC\tB@Example.org\nD\t"
    table = understood(f"Name\tE-mail\n{text}", rows=there)
    assert [line.is_added for line in table.lines] == [False, True, False, True]
    assert "nurse@example.org is on the team already" in table.lines[0].notes[0]


def test_two_open_places_of_a_kind_are_no_doubles() -> None:
    table = understood("Role\tSchool\nClassroom teacher\tNorth\nClassroom teacher\tNorth")
    assert len(table.adding) == 2


def test_what_is_too_long_is_left_out_and_what_is_no_address_is_added_with_a_word() -> None:
    table = understood(f"Name\tE-mail\n{'x' * 81}\t\nNurse\tnurse at example")
    assert [(line.is_added, line.notes[0][:24]) for line in table.lines] == [
        (False, "Name: 81 characters, and"), (True, "“nurse at example” is no"),
    ]  # fmt: skip


def test_the_team_has_room_for_some_only() -> None:
    table = understood(PASTED, rows=rows("nurse", "nurse"), most=3)
    assert (table.room, table.too_many) == (1, 1)


def test_empty_lines_and_footnotes_are_told() -> None:
    table = understood(f"{HEADED}\n\n* as of October, subject to change by the board\n")
    assert len(table.lines) == 1
    assert [number for number, _ in table.notes] == [3, 4]


@pytest.mark.parametrize("text", ["", "  \n ", "<!doctype html><table>", "Role\tName\n", 'Role,Name\n"Principal,A'])
def test_what_is_no_table_says_how_to_mend_it(text: str) -> None:
    with pytest.raises(BrokenFile):
        understood(text)


def test_a_file_becomes_the_text_that_one_would_paste() -> None:
    content = '\ufeffRole;Name;School\r\nPrincipal;"A\nprincipal";Harbor\r\n'.encode()
    assert text_of(content) == "Role\tName\tSchool\nPrincipal\tA principal\tHarbor"
    with pytest.raises(BrokenFile, match="workbook"):
        text_of(b"PK\x03\x04rest")


def test_all_lines_are_added_in_order_behind_those_that_are_there(letter: Letter, place: Place) -> None:
    add_roster_row(letter, {"school": "First"}, by=place.lead)
    assert import_roster(letter, [row("Second"), row("Third")], "key", by=place.other) == 2
    assert [(one.position, one.school, one.version) for one in team()] == [
        (1, "First", 1),
        (2, "Second", 1),
        (3, "Third", 1),
    ]


def test_the_same_sent_twice_is_added_once(letter: Letter, place: Place) -> None:
    sent = [import_roster(letter, [row("North")], key, by=place.lead) for key in ("key", "key", "other")]
    assert (sent, len(team()), db.session.query(History).filter_by(verb="import roster").count()) == ([1, 0, 1], 2, 2)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([{"school": f"{n}"} for n in range(5)], "A team has 5 people at most. It has 1 now: take 1 out"),
        ([{"role": "king"}], "Choose a role from the list"),
        ([{"school": "Fine"}, {"email": "NURSE@example.org"}], "was added to the team meanwhile"),
        ([{"school": "Fine"}, {"name": "x" * 81}], "Shorten this line"),
    ],
)
def test_nothing_is_half_done(letter: Letter, place: Place, more: list[dict[str, str]], sentence: str) -> None:
    add_roster_row(letter, {"email": "nurse@example.org"}, by=place.lead)
    with pytest.raises(RuleBroken, match=sentence):
        import_roster(letter, more, "key", by=place.lead)
    assert (len(team()), db.session.query(History).filter_by(verb="import roster").count()) == (1, 0)


def test_a_stranger_and_a_late_hand_add_nobody(letter: Letter, place: Place, at: Stop) -> None:
    with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
        import_roster(letter, [row("North")], "key", by=a_person())
    at(AFTER)
    with pytest.raises(RuleBroken, match=re.escape(CLOSED)):
        import_roster(letter, [row("North")], "key", by=place.lead)
    assert team() == []


def test_two_presses_at_once_add_the_lines_once(
    letter: Letter, place: Place, two_at_once: Callable[..., list[Any]]
) -> None:
    number = letter.id
    press = lambda n: import_roster(db.session.get_one(Letter, number), [row("North")], "key", by=None)  # noqa: E731
    assert sorted(two_at_once(press)) == [0, 1]
    assert len(team()) == 1


def test_the_page_shows_what_would_be_added_and_adds_nothing(writer: FlaskClient, letter: Letter) -> None:
    answer = preview(writer, letter, f"{PASTED}\nCustodian\tNorth\tA custodian\t")
    shown = words(answer)
    assert (answer.status_code, team()) == (200, [])
    assert "3 people of 3 lines would be added" in shown
    assert "1 A principal Principal Harbor School p@example.org To be added" in shown
    assert "“Custodian” is" in shown
    assert "Add 3 people to the team" in shown


def test_confirming_adds_them_and_leads_back_to_the_team(writer: FlaskClient, letter: Letter, place: Place) -> None:
    shown = preview(writer, letter, f"{PASTED}\nCustodian\tNorth\tA custodian\t").text
    answer = confirm(writer, letter, shown, **{"as-custodian": "nurse"})
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/sections/your-team#q7-field"))
    assert [(one.role, one.name) for one in team()] == [
        ("principal", "A principal"), ("nurse", "A nurse"), ("nurse", "A custodian"),
    ]  # fmt: skip
    assert "3 people are on the team now." in writer.get(answer.location).text
    assert confirm(writer, letter, shown, **{"as-custodian": "nurse"}).status_code == 303
    assert len(team()) == 3


def test_a_line_without_an_address_sent_twice_is_added_once(writer: FlaskClient, letter: Letter) -> None:
    shown = preview(writer, letter, "Classroom teacher\tNorth School\t\t").text
    assert [confirm(writer, letter, shown).status_code for _ in range(2)] == [303, 303]
    assert len(team()) == 1


def test_a_file_works_as_well(writer: FlaskClient, letter: Letter) -> None:
    file = (io.BytesIO(HEADED.replace("\t", ",").encode("utf-16")), "team.csv")
    shown = writer.post(at_letter(letter, "/roster-import"), data={"table": "", "file": file})
    assert "1 person of 1 line would be added" in words(shown)
    assert confirm(writer, letter, shown.text).status_code == 303
    assert [one.email for one in team()] == ["principal@example.org"]


def test_a_table_changed_after_the_look_is_shown_once_more(writer: FlaskClient, letter: Letter) -> None:
    shown = preview(writer, letter, PASTED).text
    answer = confirm(writer, letter, shown, table="Principal\tElsewhere\t\t")
    assert (answer.status_code, "Elsewhere" in answer.text, team()) == (409, True, [])
    assert "Look at the lines once more" in words(answer)
    assert confirm(writer, letter, answer.text, table="Principal\tElsewhere\t\t").status_code == 303


def test_too_many_lines_have_no_button(writer: FlaskClient, letter: Letter, place: Place) -> None:
    for _ in range(4):
        add_roster_row(letter, by=place.lead)
    shown = words(preview(writer, letter, PASTED))
    assert "There is room for one more on the team, 4 empty lines counted. Take 1 line out" in shown
    assert "to the team Mend" not in shown
    assert "Add 2 people to the team" not in shown


@pytest.mark.parametrize("text", ["", "<table>", "x" * 200_001])
def test_what_cannot_be_read_stays_in_the_box_with_a_sentence(writer: FlaskClient, letter: Letter, text: str) -> None:
    answer = preview(writer, letter, text)
    assert (answer.status_code, 'role="alert"><p class="wrap">' in answer.text) == (409, True)
    assert text.replace("<", "&lt;").replace(">", "&gt;") in answer.text


def test_a_workbook_and_a_huge_file_say_what_to_do(
    writer: FlaskClient, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_views, "LARGEST", 1000)
    said = []
    for content in (b"PK\x03\x04xx", b"a,b\n" * 251):
        file = (io.BytesIO(content), "team.xlsx")
        answer = writer.post(at_letter(letter, "/roster-import"), data={"table": "", "file": file})
        said.append((answer.status_code, "workbook" in answer.text, "too large for a team" in answer.text))
    assert said == [(409, True, False), (409, False, True)]


def test_markup_in_a_cell_is_text(writer: FlaskClient, letter: Letter) -> None:
    shown = preview(writer, letter, "<b>boss</b>\t<i>North</i>\t<u>A</u>\t<s>").text
    assert not re.search(r"<b>boss|<i>North|<u>A|<s>", shown)
    assert "“&lt;b&gt;boss&lt;/b&gt;” is" in shown


def test_a_co_editor_can_bring_the_team_in(client: FlaskClient, letter: Letter, place: Place, sign_in: Any) -> None:
    sign_in(client, an_editor(letter, place))
    assert confirm(client, letter, preview(client, letter, PASTED).text).status_code == 303


def test_after_the_end_nobody_can_be_added(writer: FlaskClient, letter: Letter, at: Stop) -> None:
    shown = preview(writer, letter, PASTED).text
    at(AFTER)
    assert "This letter takes no changes now" in words(writer.get(at_letter(letter, "/roster-import")))
    answer = confirm(writer, letter, shown)
    assert (answer.status_code, CLOSED in words(answer), team()) == (409, True, [])


def row(school: str) -> dict[str, str]:
    return {"role": "nurse", "school": school, "name": "", "email": ""}


def preview(client: FlaskClient, letter: Letter, text: str) -> TestResponse:
    return client.post(at_letter(letter, "/roster-import"), data={"table": text})


def confirm(client: FlaskClient, letter: Letter, shown: str, **typed: str) -> TestResponse:
    found = re.search(r'<textarea[^>]*name="table"[^>]*>\r?\n?(.*?)</textarea>', shown, re.DOTALL)
    assert found
    hidden = dict(re.findall(r'name="(once|seen)" type="hidden" value="([^"]*)"', shown))
    data = {"table": found[1].replace("\n", "\r\n"), **hidden, **typed}
    return client.post(at_letter(letter, "/roster-import/confirmation"), data=data)
