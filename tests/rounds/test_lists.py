"""A list of whom to invite: columns, districts by code, name, town and slips, what is wrong line by line."""

from __future__ import annotations

import pytest

from portal.communities.models import Community
from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile
from portal.districts.models import District
from portal.rounds.lists import Line, columns_of, find_districts, judged, lines_of, read_back, read_list, written
from portal.rounds.models import Round
from tests.districts.builders import a_district
from tests.rounds.builders import a_round, an_invitation


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def places(community: Community) -> dict[str, District]:
    """A small directory: two districts of one name, two of one town, one that is closed."""
    return {
        "beverly": a_district("Beverly", leaid="2502640", state_code="MA-0030"),
        "haverhill": a_district("Haverhill", leaid="2505820", state_code="MA-0128"),
        "whittier": a_district("Whittier Regional Vocational Technical", "Haverhill", leaid="2512930"),
        "salem ma": a_district("Salem", leaid="2510380", state_code="MA-0258"),
        "salem nh": a_district("Salem", state="NH", leaid="3306060"),
        "closed": a_district("Lawrence Charter", "Lawrence", is_open=False),
        "zeros": a_district("Auburn", state="AL", leaid="0100210", state_code="AL-106"),
    }


def found(**cells: str) -> list[str]:
    """The names of the districts that a line with these cells may mean, with their states."""
    return [f"{one.name}, {one.state}" for one in find_districts([Line(1, **cells)])[1]]


@pytest.mark.parametrize(
    "cells, names",
    [
        ({"code": "2502640"}, ["Beverly, MA"]),
        ({"code": "MA-0030"}, ["Beverly, MA"]),
        ({"code": "ma-0030"}, ["Beverly, MA"]),
        ({"code": "30"}, ["Beverly, MA"]),
        ({"code": "00300000"}, ["Beverly, MA"]),
        ({"code": "100210"}, ["Auburn, AL"]),
        ({"code": "100210.0"}, ["Auburn, AL"]),
        ({"code": "106", "state": "AL"}, ["Auburn, AL"]),
        ({"code": "9999999", "district": "Beverly"}, ["Beverly, MA"]),
        ({"code": "9999999"}, []),
        ({"district": "Beverly"}, ["Beverly, MA"]),
        ({"district": "BEVERLY public schools"}, ["Beverly, MA"]),
        ({"district": "Havrehill"}, ["Haverhill, MA", "Whittier Regional Vocational Technical, MA"]),
        ({"district": "Salem"}, ["Salem, MA", "Salem, NH"]),
        ({"district": "Salem", "state": "NH"}, ["Salem, NH"]),
        ({"district": "Salem", "state": "nh"}, ["Salem, NH"]),
        ({"district": "Salem", "town": "Salem", "state": "MA"}, ["Salem, MA"]),
        ({"district": "Whitier Vocational", "town": "Haverhill"}, ["Whittier Regional Vocational Technical, MA"]),
        ({"district": "Lawrence Charter"}, ["Lawrence Charter, MA"]),
        ({"town": "Beverly"}, ["Beverly, MA"]),
        ({"district": "Nowhere at all"}, []),
        ({}, []),
    ],
)
def test_a_line_means_the_district_it_names(
    places: dict[str, District], cells: dict[str, str], names: list[str]
) -> None:
    assert found(**cells) == names


def test_what_a_person_chose_wins(places: dict[str, District]) -> None:
    assert found(district="Salem", chosen=str(places["salem nh"].id)) == ["Salem, NH"]
    assert found(district="Beverly", chosen="999999") == ["Beverly, MA"]


TABLE = (
    "District\tTown\tContact\tE-mail\nBeverly\tBeverly\tJane Doe\tjane@example.org\nSalem\t\tJoe Doe\tjoe@example.org\n"
)


def test_columns_are_known_by_their_usual_names() -> None:
    table = read_list(TABLE)
    assert columns_of(table, {}) == {
        "district": "District", "contact": "Contact", "email": "E-mail", "town": "Town", "state": None, "code": None,
    }  # fmt: skip
    assert [(one.number, one.typed, one.contact) for one in lines_of(table, columns_of(table, {}))] == [
        (2, "Beverly, Beverly", "Jane Doe"), (3, "Salem", "Joe Doe"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head, columns",
    [
        ("Organization Name,Superintendent,Email", ("Organization Name", "Superintendent", "Email")),
        ("LEAID,Contact Name,Mail", (None, "Contact Name", "Mail")),
        ("Name;Superintendent;E-Mail Address", ("Name", "Superintendent", "E-Mail Address")),
        ("District Name\tName\temail", ("District Name", "Name", "email")),
    ],
)
def test_other_tables_are_understood_too(head: str, columns: tuple[str | None, ...]) -> None:
    sign = next(sign for sign in ",;\t" if sign in head)
    read = columns_of(read_list(f"{head}\na{sign}b{sign}c@example.org\n"), {})
    assert tuple(read[name] for name in ("district", "contact", "email")) == columns


def test_cells_without_a_line_of_names_are_taken_in_their_order() -> None:
    table = read_list("Beverly\tJane Doe\tjane@example.org\nSalem\tJoe\tjoe@example.org\n")
    assert [(one.number, one.district, one.contact, one.email) for one in lines_of(table, columns_of(table, {}))] == [
        (1, "Beverly", "Jane Doe", "jane@example.org"), (2, "Salem", "Joe", "joe@example.org"),
    ]  # fmt: skip


def test_what_is_not_found_is_asked_for_and_said_by_a_person() -> None:
    table = read_list("Town;Who;How\nBeverly;Jane;jane@example.org\n")
    with pytest.raises(RuleBroken) as refused:
        columns_of(table, {})
    assert refused.value.sentence == (
        "Say which column this is: Name of the district, or its code; Contact person; E-mail."
    )
    said = columns_of(table, {"district": "Town", "contact": "Who", "email": "How"})
    assert (said["district"], said["contact"], said["email"], said["town"]) == ("Town", "Who", "How", None)


def test_a_list_has_an_end() -> None:
    with pytest.raises(BrokenFile, match="more than 500 lines"):
        read_list("District\n" + "Beverly\n" * 501)


def test_each_line_is_judged_and_nothing_is_lost(round: Round, places: dict[str, District]) -> None:
    an_invitation(round, places["salem ma"])
    lines = [
        Line(2, "Beverly", "Jane", "jane@example.org"),
        Line(3, "Beverly", "Joe", "joe@example.org"),
        Line(4, "Salem", "Jim", "jim@example.org"),
        Line(5, "Salem", "Jim", "jim@example.org", state="MA"),
        Line(6, "Nowhere", "", "no address"),
        Line(7, "Haverhill", "x" * 121, ""),
        Line(8, "Nowhere", "", "", is_out=True),
    ]
    every = judged(round, lines)
    assert [(one.line.number, one.state) for one in every] == [
        (2, "ready"), (3, "problem"), (4, "problem"), (5, "invited"), (6, "problem"), (7, "problem"), (8, "out"),
    ]  # fmt: skip
    assert {one.line.number: [sentence for _, sentence in one.problems] for one in every if one.problems} == {
        3: ["Line 2 names Beverly too. Leave one of the two out."],
        4: ["Several districts may be meant by “Salem”. Choose one."],
        6: [
            "No district is like “Nowhere”. Write its name or code as the directory has it.",
            "The name of the contact person is missing.",
            "“no address” is not one mail address, such as name@example.org.",
        ],
        7: ["Shorten the name to 120 characters.", "The mail address is missing."],
    }


def test_lines_come_back_as_they_went() -> None:
    lines = [
        Line(2, 'A "B"', "C", "d@example.org", "E", "MA", "0030", "7", True),
        Line(9, "Ünï\u00a0x", "", "", "", "", "", "", False),
    ]
    assert read_back(written(lines)) == [lines[0], Line(9, "Ünï x")]


@pytest.mark.parametrize("text", ["", "x", "1\t2", "x" + "\t" * 8, "1" + "\t" * 9, ("1" + "\t" * 8 + "\n") * 501])
def test_a_text_that_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match="The list came back incomplete"):
        read_back(text)
