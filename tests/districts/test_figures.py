"""Tables of figures as states publish them and people keep them: what is read, and what is no figure."""

from __future__ import annotations

import pytest

from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile
from portal.districts.figures import FigureTable, Said, read_figures
from tests.districts.builders import DESE, dese

OURS = Said(source="State report card", year="2023-24", state="MA")


def read(*lines: str, **said: object) -> FigureTable:
    values = {"source": OURS.source, "year": OURS.year, "state": OURS.state, **said}
    return read_figures("\n".join(lines).encode(), Said(**values))  # type: ignore[arg-type]


def facts(table: FigureTable) -> list[dict[tuple[str, str], str]]:
    return [line.facts for line in table.lines]


def test_the_enrollment_file_of_massachusetts_is_read_as_it_is() -> None:
    table = read_figures(dese(), Said(file_name=DESE.name))

    assert (table.source, table.year) == ("MA DESE", "2016-17 from the name of the file")
    assert (len(table.lines), table.unused) == (404, ["SPED_Beyond_Grade_12"])
    andover = next(line for line in table.lines if line.name == "Andover")
    assert (andover.line, andover.code, andover.state, andover.facts) == (
        7,
        "MA-0009",
        "MA",
        {("students", "2016-17"): "6009", ("county", "2016-17"): "Essex County", ("grades", "2016-17"): "PK-12"},
    )
    assert table.skipped == [
        (406, "State Total: a total, not a district"),
        (407, "empty line"),
        (408, "a footnote: “*** Data are not reported for district totals fewer than 6 …”"),
    ]


def test_small_counts_are_not_published_and_never_zero() -> None:
    table = read_figures(dese(), Said(file_name=DESE.name))

    gosnold = next(line for line in table.lines if line.name == "Gosnold")
    assert gosnold.facts == {("students", "2016-17"): "2", ("county", "2016-17"): "Dukes County"}
    assert table.notes == [
        (72, "Gosnold, MA-0109: not all of its grades are published, so its span is left out"),
    ]


@pytest.mark.parametrize("text", ["***", "*", "", "N/A", "–", "<10", "-9"])
def test_what_is_not_published_is_no_figure(text: str) -> None:
    table = read("Code,District,Total", f"0007,Amesbury,{text}", "0009,Andover,0")

    assert facts(table) == [{("students", "2023-24"): "0"}]
    assert table.skipped == [(2, "Amesbury: no figure is published")]


@pytest.mark.parametrize(
    "text, value",
    [("6,009", "6009"), ("169.50", "169.5"), ("1,037.0", "1037"), ("007", "7")],
)
def test_a_number_is_read_as_it_is_written(text: str, value: str) -> None:
    assert facts(read("Code,Teachers", f'0007,"{text}"')) == [{("teacher_fte", "2023-24"): value}]


@pytest.mark.parametrize("text", ["many", "1.2.3", "-5", "6,00", "1e5", "²"])
def test_what_is_no_number_is_named_by_its_line(text: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        read("Code,Total", "0007,5", f'0009,"{text}"')

    assert refused.value.sentence == f"Line 3: “{text}” in the column of the students is no number."


@pytest.mark.parametrize(
    "code, known", [("0007", "MA-0007"), ("7", "MA-0007"), ("00070000", "MA-0007"), ("70000", "MA-0007")]
)
def test_a_code_of_massachusetts_is_known_however_long_it_is_written(code: str, known: str) -> None:
    table = read("ORG_CODE,Total", f"{code},5", state="", source="")

    assert [line.code for line in table.lines] == [known]


def test_schools_and_totals_are_left_out_and_named() -> None:
    table = read("District Code,District Name,Total", "00070505,Amesbury High,5", "00000000,State,9", "9,Total,9")

    assert table.lines == []
    assert table.skipped == [
        (2, "Amesbury High: a school, not a district"),
        (3, "State: a total, not a district"),
        (4, "Total: a total, not a district"),
    ]


def test_a_line_that_names_no_district_is_left_out_and_named() -> None:
    table = read("Code,District,Total", ",,5", "0007,Amesbury,6")

    assert (len(table.lines), table.skipped) == (1, [(2, ": it names no district")])


def test_a_code_of_another_state_gets_its_state() -> None:
    table = read("District ID,St,Total", "101,New Hampshire,5", "VT-7,VT,6", "12,,7", state="")

    assert [(line.code, line.state) for line in table.lines] == [("NH-101", "NH"), ("VT-7", "VT"), ("12", "")]


def test_the_number_of_nces_gets_back_the_zeros_that_a_spreadsheet_cut() -> None:
    assert [line.leaid for line in read("LEAID,Total", "100005,5").lines] == ["0100005"]


def test_titles_of_columns_may_be_what_states_call_them() -> None:
    table = read(
        "2023-24 Enrollment by Grade Report (District),,,,,",
        "District Name,District Code,PK,K,1,Total",
        'Amesbury,00070000,0,127,158,"2,150"',
        year="",
    )

    assert table.year == "2023-24 from its title"
    assert facts(table) == [{("students", "2023-24"): "2150", ("grades", "2023-24"): "KG-01"}]


def test_a_column_with_a_year_in_its_name_speaks_for_itself_and_the_newest_is_taken() -> None:
    table = read("Code,enrollment_2015_16,enrollment_2016_17,Schools", "0007,1,2,3")

    assert facts(table) == [{("students", "2016-17"): "2", ("schools", "2023-24"): "3"}]
    assert table.unused == ["enrollment_2015_16"]


@pytest.mark.parametrize(
    "said, expected",
    [("", ["2016-17", "2017-18"]), ("2018-19", ["2018-19", "2018-19"])],
)
def test_lines_may_say_their_year_and_a_person_has_the_last_word(said: str, expected: list[str]) -> None:
    table = read("Code,School Year,Total", "0007,2016-2017,1", "0007,SY2017-18,2", year=said)

    assert [year for line in table.lines for _, year in line.facts] == expected


def test_lowest_and_highest_grade_tell_the_span() -> None:
    table = read("Code,GSLO,GSHI,Total", "0007,K,6,1", "0009,M,M,1")

    assert [line.facts.get(("grades", "2023-24")) for line in table.lines] == ["KG-06", None]


def test_parishes_stay_parishes() -> None:
    table = read("Code,County", "1,Orleans Parish", "2,Essex", "3,Essex County")

    assert [value for line in table.lines for value in line.facts.values()] == [
        "Orleans Parish", "Essex County", "Essex County",
    ]  # fmt: skip


def test_of_the_long_tables_of_nces_the_wholes_are_read() -> None:
    head = "SCHOOL_YEAR,ST,ST_LEAID,LEAID"
    members = read(
        f"{head},STUDENT_COUNT,TOTAL_INDICATOR",
        "2022-2023,MA,MA-0007,2501860,2150,Education Unit Total",
        "2022-2023,MA,MA-0007,2501860,51,Derived - Subtotal by Grade",
        year="", source="", state="",
    )  # fmt: skip
    staff = read(
        f"{head},STAFF,STAFF_COUNT,TOTAL_INDICATOR",
        "2022-2023,MA,MA-0007,2501860,Teachers,169.5,Derived - Major Staffing Category",
        "2022-2023,MA,MA-0007,2501860,Librarians,3,Derived - Major Staffing Category",
        year="", source="", state="",
    )  # fmt: skip

    assert (members.source, facts(members)) == ("NCES CCD", [{("students", "2022-23"): "2150"}])
    assert facts(staff) == [{("teacher_fte", "2022-23"): "169.5"}]
    assert [words for _, words in members.skipped + staff.skipped] == ["MA-0007: a part, not the whole"] * 2


def test_a_person_says_which_column_holds_what() -> None:
    table = read("Who,How many,Total", "Amesbury,5,9", columns={"name": "who", "students": "How many"})

    assert facts(table) == [{("students", "2023-24"): "5"}]
    assert (table.columns["name"], table.columns["students"], table.unused) == ("Who", "How many", ["Total"])


@pytest.mark.parametrize(
    "lines, said, sentence",
    [
        (
            ["A,Total", "x,5"],
            {},
            "No column tells the district. Say which holds its leaid, code or name. The columns are: “A”, “Total”.",
        ),
        (
            ["Code,State", "7,MA"],
            {},
            "No column holds figures. Say which holds the students, for one. The columns are: “Code”, “State”.",
        ),
        (
            ["Code,Total", "7,5"],
            {"source": ""},
            "Say where these figures come from (the source), such as “State report card”.",
        ),
        (["Code,Total", "7,5"], {"source": "x" * 81}, "The source may have 80 characters. Say it shorter."),
        (["Code,Total", "7,5"], {"year": ""}, "Say which school year these figures are of, such as 2016-17."),
        (["Code,Total", "7,5"], {"year": "2016"}, "“2016” is no school year. Write it such as 2016-17."),
        (["Code,Total", "7,5"], {"state": "Essex"}, "“Essex” is no state. Write it with two letters, such as MA."),
        (
            ["Code,Total", "7,5"],
            {"columns": {"students": "No"}},
            "There is no column “No”. The columns are: “Code”, “Total”.",
        ),
    ],
)  # fmt: skip
def test_what_only_a_person_can_say_is_asked_for(lines: list[str], said: dict[str, object], sentence: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        read(*lines, **said)

    assert refused.value.sentence == sentence


def test_lines_with_a_year_that_is_none_and_texts_too_long_are_refused_together() -> None:
    with pytest.raises(BrokenFile) as refused:
        read("Code,Year,County,Total", "7,2017,Essex,5", f"9,2016-17,{'x' * 80},5", year="")

    assert refused.value.problems == (
        "Line 2: “2017” is no school year, such as 2016-17.",
        "Line 3: the county has 87 characters, 80 fit.",
    )


def test_at_most_twenty_problems_are_told() -> None:
    with pytest.raises(BrokenFile) as refused:
        read("Code,Total", *["7,many"] * 30)

    assert len(refused.value.problems) == 20
