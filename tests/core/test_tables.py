"""Tables as people have them: saved, copied, pasted."""

from __future__ import annotations

import pytest

from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile, Typed, fold, has_header, match, read_table, whole_number

ROSTER = {"name": ["full name", "person"], "email": ["e-mail address", "mail"], "role": ["job", "position"]}


def cells(table: Typed) -> list[list[str]]:
    return [list(row.cells.values()) for row in table.rows]


@pytest.mark.parametrize(
    "content",
    [
        b"Name,Town\nBeverly,Beverly\nNorth Shore,Middleton\n",
        b"Name;Town\r\nBeverly;Beverly\r\nNorth Shore;Middleton",
        b"Name\tTown\rBeverly\tBeverly\rNorth Shore\tMiddleton\r",
        b"\xef\xbb\xbf Name , Town \n Beverly , Beverly \n North Shore , Middleton \n",
        "Name\tTown\nBeverly\tBeverly\nNorth Shore\tMiddleton\n".encode("utf-16"),
        b"sep=;\nName;Town\nBeverly;Beverly\nNorth Shore;Middleton\n",
        b"sep=,\r\nName,Town,,\r\nBeverly,Beverly,,\r\nNorth Shore,Middleton,,\r\n",
        "Name,Town\nBeverly,Beverly\nNorth Shore,Middleton",
    ],
)
def test_a_table_is_read_however_it_was_saved(content: bytes | str) -> None:
    table = read_table(content)

    assert table.columns == ["Name", "Town"]
    assert cells(table) == [["Beverly", "Beverly"], ["North Shore", "Middleton"]]
    assert table.notes == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_accents_survive_every_way_of_writing_them(encoding: str) -> None:
    table = read_table("Name,Town\nJosé Núñez,“Cañon”\n".encode(encoding))

    assert cells(table) == [["José Núñez", "“Cañon”"]]


def test_quoted_cells_hold_separators_quotes_and_line_breaks() -> None:
    table = read_table(
        'Name,Students,Note\r\n"Hamilton, Wenham","6,009","the ""old"" one\r\ntwo lines"\r\nBeverly,5,\r\n'
    )

    assert cells(table) == [["Hamilton, Wenham", "6,009", 'the "old" one\ntwo lines'], ["Beverly", "5", ""]]
    assert [row.number for row in table.rows] == [2, 4]


def test_quotes_that_a_spreadsheet_copied_as_they_are_stay() -> None:
    table = read_table('Name\tNote\n"Bo" Smith\t5" wide\nAda\t"\n')

    assert cells(table) == [['"Bo" Smith', '5" wide'], ["Ada", '"']]


def test_a_cell_with_a_line_break_is_one_cell_when_it_is_pasted() -> None:
    table = read_table('Name\tNote\nAda\t"first\nsecond"\n')

    assert cells(table) == [["Ada", "first\nsecond"]]


def test_commas_in_names_do_not_separate_where_semicolons_or_tabs_do() -> None:
    assert cells(read_table("Name;Town\nDoe, Ada;Beverly, MA\nRoe;Salem\n"))[0] == ["Doe, Ada", "Beverly, MA"]
    assert cells(read_table("Name\tTown\nDoe, Ada\tBeverly, MA; USA\n"))[0] == ["Doe, Ada", "Beverly, MA; USA"]


def test_a_single_column_is_a_table_too() -> None:
    assert cells(read_table("Name\nBeverly\nSalem\n")) == [["Beverly"], ["Salem"]]


def test_titles_empty_lines_and_footnotes_are_left_out_and_named() -> None:
    table = read_table("Enrollment 2016-17,,\n\nCode,Name,Total\n0007,Amesbury,5\n,,\n* not final,,\n")

    assert table.title == "Enrollment 2016-17"
    assert cells(table) == [["0007", "Amesbury", "5"]]
    assert table.notes == [
        (1, "a title: “Enrollment 2016-17”"),
        (2, "empty line"),
        (5, "empty line"),
        (6, "a footnote: “* not final”"),
    ]


def test_a_last_line_with_only_a_name_is_no_footnote() -> None:
    table = read_table("Name,E-mail,Role\nAda,ada@example.org,Nurse\nBo van Dyk\n")

    assert cells(table)[-1] == ["Bo van Dyk", "", ""]
    assert table.notes == []


def test_a_first_line_with_only_a_name_is_no_title_of_a_table_without_names_of_columns() -> None:
    table = read_table("Bo\nAda\tada@example.org\tNurse\n", wanted=ROSTER)

    assert cells(table) == [["Bo", "", ""], ["Ada", "ada@example.org", "Nurse"]]


def test_without_names_of_columns_the_wanted_ones_stand_in_their_order() -> None:
    table = read_table("Ada\tada@example.org\tNurse\tsince May\nBo\tbo@example.org\n", wanted=ROSTER)

    assert not table.has_header
    assert table.columns == ["name", "email", "role", "Column 4"]
    assert cells(table) == [["Ada", "ada@example.org", "Nurse", "since May"], ["Bo", "bo@example.org", "", ""]]
    assert match(table.columns, ROSTER) == {"name": "name", "email": "email", "role": "role"}


def test_names_of_columns_are_seen_where_they_need_not_be() -> None:
    table = read_table("Job,Full Name\nNurse,Ada\n", wanted=ROSTER)

    assert table.has_header
    assert table.rows[0].take(match(table.columns, ROSTER)) == {"name": "Ada", "email": "", "role": "Nurse"}


@pytest.mark.parametrize(
    ("first", "is_one"),
    [
        (["Name", "E-mail"], True),
        (["who", "FULL_NAME"], True),
        (["Ada", "Nurse"], False),
        (["name", "ada@example.org"], False),
        ([""], False),
    ],
)
def test_a_first_line_is_known_to_name_columns(first: list[str], is_one: bool) -> None:
    assert has_header(first, ROSTER) == is_one


def test_every_column_has_a_name_of_its_own() -> None:
    table = read_table("Name,Name (2),Name,,Name\n1,2,3,4,5\n")

    assert table.columns == ["Name", "Name (2)", "Name (3)", "Column 4", "Name (4)"]
    assert cells(table) == [["1", "2", "3", "4", "5"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is nothing in this table. Give it a line with the names of the columns, and lines below."),
        (b" \n,,\n", "There is nothing in this table. Give it a line with the names of the columns, and lines below."),
        (b"a,b\n", "The table names its columns, but has no line below them. Add at least one line."),
        (
            b"a,b,c\n* only a footnote",
            "The table names its columns, but has no line below them. Add at least one line.",
        ),
        (
            b"0007,Amesbury\n0009,Andover\n",
            "Line 1 must name the columns, but “0007” is no name. Put a line with names above it.",
        ),
        (
            b"Ada,ada@example.org\nBo,bo@example.org\n",
            "Line 1 must name the columns, but “ada@example.org” is no name. Put a line with names above it.",
        ),
        (b"PK\x03\x04rest", "This is a workbook or a ZIP archive. Open it, save the sheet as CSV, and use that file."),
        (
            b"\xd0\xcf\x11\xe0rest",
            "This is a workbook or a ZIP archive. Open it, save the sheet as CSV, and use that file.",
        ),
        (b"%PDF-1.7", "This is a PDF. Use the table that it was made from, saved as CSV."),
        (
            b"\n<HTML><body>",
            "This is a web page, whatever its name ends with. Open it in a spreadsheet and save it as CSV.",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00",
            "This is not text. Save the table as CSV in the program that you have it in, and use that file.",
        ),
        (
            "a,b\n\ufffd,1",
            "This is not text. Save the table as CSV in the program that you have it in, and use that file.",
        ),
        (
            b"\x81,\x8d\n1,2",
            "Some characters in this file cannot be read. Save it as “CSV UTF-8”, and use that file.",
        ),
        (b'a,b\n"x,y\nz,1\n', "Line 2 opens a quote and does not close it. Add the second quote."),
        (
            b'a,b\n1,2\n"x"y,z\n',
            "Line 3 has a quote where none can be. Save the table as CSV once more, and use that file.",
        ),
        (b"a,b\n1,2\n1,2,3\n", "Line 3 has 3 cells, but there are 2 columns. Put a text with a comma into quotes."),
        (b",".join([b"a"] * 201), "This table has more than 200 columns. Keep those that are needed."),
        (
            b"a,b\n" + b"x" * 140_000,
            "A cell that begins on line 2 has more than 131,072 characters. Is its last quote missing?",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_what_would_work(content: bytes | str, sentence: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        read_table(content)

    assert refused.value.sentence == sentence


def test_a_table_is_as_long_as_it_may_be_and_no_longer() -> None:
    assert len(read_table("Name\na\n\nb\n", most_lines=2).rows) == 2
    with pytest.raises(BrokenFile, match="This table has more than 2 lines. Split it into smaller ones."):
        read_table("Name\na\nb\nc\n", most_lines=2)


def test_only_lines_of_the_table_count_not_its_title_and_a_header_is_no_excuse() -> None:
    titled = "Districts of the county\nName,Town,State\na,b,c\nd,e,f\n"
    assert len(read_table(titled, most_lines=2).rows) == 2
    with pytest.raises(BrokenFile, match="more than 2 lines"):
        read_table("a\nb\nc\n", most_lines=2, wanted={"name": ()})
    with pytest.raises(BrokenFile, match="This is longer than 20,000,000 characters."):
        read_table("a" * 20_000_001)


def test_every_line_that_does_not_fit_is_named_at_once() -> None:
    with pytest.raises(BrokenFile) as refused:
        read_table("a,b\n1,2,3\n1,2\n1,2,3,4\n")

    assert [problem[:6] for problem in refused.value.problems] == ["Line 2", "Line 4"]


def test_columns_are_found_whatever_their_case_blanks_and_signs() -> None:
    found = match(["ORG_CODE", "District  Name", "Gr.1", "Total"], {"code": ["org code"], "name": ["districtname"]})

    assert found == {"code": "ORG_CODE", "name": "District  Name"}


def test_a_column_serves_once_and_what_is_not_there_is_none() -> None:
    found = match(["Name", "Mail"], {"name": [], "title": ["name"], "email": ["e-mail", "mail"]})

    assert found == {"name": "Name", "title": None, "email": "Mail"}


def test_a_person_has_the_last_word_about_columns() -> None:
    wanted = {"students": ["total"], "name": ["district"]}

    assert match(["Total", "ALL", "District"], wanted, given={"students": "all"}) == {
        "students": "ALL",
        "name": "District",
    }
    assert match(["Total", "District"], wanted, given={"name": "Total"}) == {"students": None, "name": "Total"}
    assert match(["Total", "District"], wanted, given={"students": " "}) == {"students": None, "name": "District"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"students": "TOTAL"}, "There is no column “TOTAL”. The columns are: “Code”, “All”."),
        (
            {"pupils": "All"},
            "“pupils” is nothing that can be read from a table. These can: “students”, “code”.",
        ),
    ],
)
def test_what_a_person_says_of_columns_must_be_there(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        match(["Code", "All"], {"students": [], "code": []}, given=given)

    assert refused.value.sentence == sentence


def test_a_column_that_is_needed_and_not_found_is_asked_for() -> None:
    with pytest.raises(RuleBroken, match="No column was found for “code”. Say which it is of: “A”, “B”."):
        match(["A", "B"], {"code": ["number"]}, needed=["code"])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6,009", 6009), (" 6009 ", 6009), ("6009.0", 6009), ("0", 0), ("1,234,567", 1234567),
        ("***", None), ("", None), ("6,00", None), ("-5", None), ("12.5", None), ("six", None), ("²", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_as_people_write_it(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_names_are_compared_without_what_people_write_differently() -> None:
    assert [fold(name) for name in ("E-Mail", "e mail", "É_MAIL", "Gr.1", "№", "***")] == [
        "email", "email", "email", "gr1", "no", "",
    ]  # fmt: skip
