"""Figures are noted for districts that are there, with source and year; repeated they change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.operations import find_or_open_account
from portal.communities.queries import public_version
from portal.core import clock
from portal.core.db import db
from portal.core.history import History, history_of
from portal.core.tables import BrokenFile
from portal.districts import recording
from portal.districts.figures import FigureTable, Said, read_figures
from portal.districts.imports import import_districts
from portal.districts.models import District, DistrictFact
from portal.districts.operations import begin_membership, record_fact
from portal.districts.queries import find_by_leaid, latest_facts
from portal.districts.recording import FigureReport, record_figures
from tests.districts.builders import DESE, a_community, a_district, dese, essex
from tests.districts.meeting import all_look_before_one_writes


def massachusetts(content: bytes | None = None, year: str = "") -> FigureTable:
    return read_figures(content or dese(), Said(file_name=DESE.name, year=year))


def table(*lines: str, **said: str) -> FigureTable:
    return read_figures("\n".join(lines).encode(), Said(**{"source": "mine", "year": "2023-24", **said}))  # type: ignore[arg-type]


def told(report: FigureReport) -> dict[str, int]:
    names = ("added", "changed", "unchanged", "unknown", "skipped", "notes")
    return {name: len(getattr(report, name)) for name in names}


def everything() -> list[Any]:
    columns = (DistrictFact.district_id, DistrictFact.name, DistrictFact.value, DistrictFact.source, DistrictFact.year)
    facts = db.session.execute(select(*columns)).all()
    return [sorted(map(tuple, facts)), db.session.scalar(select(func.count()).select_from(History))]


def test_figures_are_noted_for_districts_that_are_there_and_the_others_named(app: Flask) -> None:
    import_districts(essex())

    report = record_figures(massachusetts())

    assert told(report) == {"added": 35, "changed": 0, "unchanged": 0, "unknown": 369, "skipped": 3, "notes": 1}
    assert report.unknown[:2] == [(2, "Abington, MA-0001"), (3, "Acushnet, MA-0003")]
    andover = find_by_leaid("2501950")
    assert andover is not None
    known = latest_facts([andover.id])[andover.id]
    assert {name: (fact.value, fact.source, fact.year) for name, fact in known.items()} == {
        "schools": ("10", "NCES CCD", "2024-25"),
        "students": ("6009", "MA DESE", "2016-17"),
        "county": ("Essex County", "MA DESE", "2016-17"),
        "grades": ("PK-12", "MA DESE", "2016-17"),
    }


def test_what_was_noted_has_its_history(app: Flask) -> None:
    operator = find_or_open_account(email="operator@example.org", name="Operator")
    district = a_district("Amesbury", state_code="MA-0007")

    record_figures(table("Code,Total", "MA-0007,5"), by=operator)

    row = history_of(district)[-1]
    assert (row.verb, row.by_name, row.note) == ("record facts", "Operator", "from mine")
    assert row.data == {"students 2023-24": ["", "5"]}


def test_the_same_table_again_changes_nothing(app: Flask) -> None:
    import_districts(essex())
    record_figures(massachusetts())
    before = everything()

    assert told(record_figures(massachusetts()))["unchanged"] == 35
    assert everything() == before


def test_a_trial_reports_the_same_and_changes_nothing(app: Flask) -> None:
    import_districts(essex())
    before = everything()

    report = record_figures(massachusetts(), is_trial=True)

    assert everything() == before
    assert told(report) == told(record_figures(massachusetts()))


def test_a_correction_of_the_same_source_and_year_is_told_and_noted(app: Flask) -> None:
    district = a_district("Amesbury", state_code="MA-0007")
    record_figures(table("Code,Total", "MA-0007,5"))

    report = record_figures(table("Code,Total,Schools", "MA-0007,6,2"))

    assert [finding.facts for finding in report.changed] == [
        {("students", "2023-24"): ("5", "6"), ("schools", "2023-24"): ("", "2")}
    ]
    assert latest_facts([district.id])[district.id]["students"].value == "6"


def test_an_older_year_stands_beside_the_newer_and_does_not_hide_it(app: Flask) -> None:
    district = a_district("Andover", state_code="MA-0009")
    record_figures(massachusetts(year="2017-18"))

    assert told(record_figures(massachusetts(year="2016-17")))["added"] == 1

    assert latest_facts([district.id])[district.id]["students"].year == "2017-18"
    years = select(DistrictFact.year).where(DistrictFact.name == "students")
    assert set(db.session.scalars(years)) == {"2016-17", "2017-18"}


def test_another_source_is_not_touched(app: Flask) -> None:
    district = a_district("Amesbury", state_code="MA-0007")
    record_fact(district, "students", "4", "NCES CCD", "2023-24")

    assert told(record_figures(table("Code,Total", "MA-0007,5")))["added"] == 1

    assert [fact.value for fact in district.facts] == ["4", "5"]


def test_a_district_is_known_by_either_number_and_else_by_name_and_state(app: Flask) -> None:
    a_district("Amesbury", leaid="2501860", state_code="MA-0007", short_name="The Burys")
    a_district("Amesbury", state="NY", state_code="NY-7")
    for lines in (
        ["LEAID,Total", "2501860,5"],
        ["ST_LEAID,Total", "ma-0007,5"],
        ["Code,Total", "0007,5"],
        ["District,State,Total", "AMESBURY,Massachusetts,5"],
        ["District,Total", "the burys,5"],
    ):
        report = record_figures(table(*lines), is_trial=True)
        assert [finding.title for finding in report.added] == ["Amesbury (Amesbury, MA)"]


def test_what_may_be_one_of_several_is_left_out_and_named(app: Flask) -> None:
    a_district("Lincoln", state="NE", state_code="NE-0001"), a_district("Lincoln", state="ME", state_code="ME-0001")

    for lines in (["District,Total", "Lincoln,5"], ["Code,Total", "0001,5"], ["LEAID,Code,Total", "0000001,0001,5"]):
        report = record_figures(table(*lines))
        assert told(report) == {"added": 0, "changed": 0, "unchanged": 0, "unknown": 0, "skipped": 1, "notes": 0}
        assert report.skipped[0][1].endswith(
            ": 2 districts have this number or name: say the state, or add a column that tells them apart"
        )


def test_a_name_that_is_quite_another_is_pointed_out(app: Flask) -> None:
    a_district("Amesbury", state_code="MA-0007")

    report = record_figures(table("Code,District,Total", "MA-0007,Springfield,5"))

    assert report.notes == [(2, "the table calls it “Springfield”, here it is Amesbury (Amesbury, MA)")]
    assert told(report)["added"] == 1


def test_two_lines_about_the_same_are_refused_and_nothing_is_changed(app: Flask) -> None:
    a_district("Amesbury", leaid="2501860", state_code="MA-0007")
    before = everything()

    with pytest.raises(BrokenFile) as refused:
        record_figures(table("LEAID,Code,Total", "2501860,,5", ",MA-0007,6", ",MA-9999,1", ",MA-9999,1"))

    assert refused.value.problems == ("Lines 2 and 3 are about the same district and year: MA-0007, 2023-24.",)
    assert everything() == before


def test_an_error_while_writing_undoes_all(app: Flask) -> None:
    import_districts(essex())
    before = everything()

    def stop(phase: str, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_figures(massachusetts(), tell=stop)
    assert everything() == before


def test_visitors_see_the_change_and_no_change_renews_nothing(app: Flask) -> None:
    community, andover = a_community(), a_district("Andover", state_code="MA-0009")
    begin_membership(community.id, andover, clock.now().date(), None)
    versions = []
    for _ in range(2):
        record_figures(massachusetts())
        db.session.rollback()
        versions.append(public_version(community.slug))

    assert versions == [3, 3]


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_at_once_note_each_figure_once(
    app: Flask, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    a_district("Amesbury", state_code="MA-0007")
    with all_look_before_one_writes(monkeypatch, recording, "lock_directory", is_locked) as goes_wrong:
        if goes_wrong:
            monkeypatch.setattr(recording, "hold_districts", lambda ids: None)
        answers = two_at_once(lambda number: record_figures(table("Code,Total", "MA-0007,5")))
    added = sorted(len(answer.added) for answer in answers if isinstance(answer, FigureReport))

    assert added == ([1] if goes_wrong else [0, 1])
    assert db.session.scalars(select(DistrictFact.value)).all() == ["5"]


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_table_and_a_person_who_note_the_same_at_once_do_not_stop_each_other(
    app: Flask, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    number = a_district("Amesbury", state_code="MA-0007").id

    def note(turn: int) -> object:
        if turn:
            return record_figures(table("Code,Total", "MA-0007,5"))
        return record_fact(db.session.get_one(District, number), "students", "5", "mine", "2023-24")

    with all_look_before_one_writes(monkeypatch, recording, "hold_districts", is_locked) as goes_wrong:
        answers = two_at_once(note)
    failed = [answer for answer in answers if isinstance(answer, Exception)]

    assert len(failed) == (1 if goes_wrong else 0)
    assert db.session.scalars(select(DistrictFact.value)).all() == ["5"]
