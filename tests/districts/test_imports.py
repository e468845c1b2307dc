"""An import adds and changes what the file says, reports each line, and changes nothing when repeated."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from portal.accounts.operations import find_or_open_account
from portal.communities.queries import public_version
from portal.core import clock
from portal.core.db import db
from portal.core.history import History, history_of
from portal.districts import imports
from portal.districts.imports import Report, import_districts
from portal.districts.models import District, DistrictFact
from portal.districts.operations import begin_membership, record_fact
from portal.districts.queries import find_by_leaid, latest_facts, search_districts
from tests.districts.builders import a_community, a_district, a_file, a_line, all_us_districts_as_nces, essex
from tests.districts.meeting import all_look_before_one_writes

COLUMNS = [column for column in District.__table__.columns if column.name != "id"]


def told(report: Report) -> dict[str, int]:
    return {kind: len(getattr(report, kind)) for kind in ("added", "changed", "unchanged", "skipped", "notes")}


def everything() -> list[Any]:
    districts = db.session.execute(select(*COLUMNS).order_by(District.id)).all()
    facts = db.session.execute(select(DistrictFact.name, DistrictFact.value, DistrictFact.year)).all()
    history = db.session.scalar(select(func.count()).select_from(History))
    return [districts, sorted(facts), history]


def test_the_first_import_adds_every_agency_closed_ones_too(app: Flask) -> None:
    report = import_districts(essex())
    assert told(report) == {"added": 39, "changed": 0, "unchanged": 0, "skipped": 0, "notes": 5}
    kinds = dict(db.session.execute(select(District.kind, func.count()).group_by(District.kind)).all())
    assert kinds == {"district": 34, "charter": 3, "service": 1, "state": 1}
    assert db.session.scalars(select(District.name).where(~District.is_open)).all() == [
        "Hampden Charter School of Science West"
    ]


def test_what_was_imported_is_there_with_its_fact_its_source_and_its_history(app: Flask) -> None:
    operator = find_or_open_account(email="operator@example.org", name="Operator")
    import_districts(essex(), by=operator)
    beverly = find_by_leaid("2502640")
    assert beverly is not None
    assert (beverly.state_code, beverly.city, beverly.source, beverly.source_year) == (
        "MA-0030", "Beverly", "NCES CCD", "2024-25",
    )  # fmt: skip
    schools = latest_facts([beverly.id])[beverly.id]["schools"]
    assert (schools.value, schools.source, schools.year) == ("8", "NCES CCD", "2024-25")
    assert [(row.verb, row.by_name) for row in history_of(beverly)] == [("add", "Operator")]
    assert search_districts("Bevelry")[0] == beverly


def test_the_same_import_again_changes_nothing(app: Flask) -> None:
    import_districts(essex())
    before = everything()
    assert told(import_districts(essex())) == {"added": 0, "changed": 0, "unchanged": 39, "skipped": 0, "notes": 5}
    assert everything() == before


@pytest.mark.parametrize("seed", range(5))
def test_whatever_stands_in_the_portal_a_second_import_changes_nothing(app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    lines = essex().getvalue().splitlines(keepends=True)
    import_districts(io.BytesIO(b"".join([lines[0], *chance.sample(lines[1:], chance.randrange(1, 39))])))
    for district in chance.sample(list(db.session.scalars(select(District))), 1):
        record_fact(district, "schools", str(chance.randrange(90)), "NCES CCD", "2024-25")
    chance.shuffle(rest := lines[1:])
    shuffled = b"".join([lines[0], *rest])
    import_districts(io.BytesIO(shuffled))
    before = everything()
    assert told(import_districts(io.BytesIO(shuffled)))["unchanged"] == 39
    assert everything() == before


def test_a_trial_reports_the_same_and_changes_nothing(app: Flask) -> None:
    before = everything()
    assert told(import_districts(essex(), is_trial=True)) == told(import_districts(essex()))
    after = everything()
    import_districts(a_file(a_line(LEA_NAME="Beverly North")), is_trial=True)
    assert (before, everything()) == ([[], [], 0], after)


def test_a_change_is_told_by_column_and_kept_in_the_history(app: Flask) -> None:
    import_districts(essex())
    report = import_districts(a_file(a_line(PHONE="(978)555-0100", SY_STATUS_TEXT="Closed", OPERATIONAL_SCHOOLS="9")))
    expected = {"phone": ("(978)921-6100", "(978)555-0100"), "is_open": (True, False), "schools": ("8", "9")}
    assert [(change.entry.line, change.columns) for change in report.changed] == [(2, expected)]
    beverly = find_by_leaid("2502640")
    assert beverly is not None
    assert (beverly.phone, beverly.is_open) == ("(978)555-0100", False)
    assert latest_facts([beverly.id])[beverly.id]["schools"].value == "9"
    assert history_of(beverly)[-1].data == {name: list(pair) for name, pair in expected.items()}


def test_what_the_file_does_not_name_stays(app: Flask) -> None:
    own = a_district("Sample River", is_fictitious=True)
    beverly = a_district("Beverly", leaid="2502640", slug="beverly", short_name="Bev", source="demo")
    import_districts(a_file(a_line()))
    db.session.refresh(beverly)
    assert (own.name, own.is_fictitious) == ("Sample River", True)
    assert (beverly.slug, beverly.short_name, beverly.source) == ("beverly", "Bev", "NCES CCD")


def test_a_district_that_is_renamed_keeps_the_short_name_it_has_here_and_is_called_by_it(app: Flask) -> None:
    beverly = a_district("Beverly", leaid="2502640", slug="beverly", short_name="Bev")
    report = import_districts(a_file(a_line(LEA_NAME="Beverly Public Schools")))
    assert report.changed[0].columns["name"] == ("Beverly", "Beverly Public Schools")
    db.session.refresh(beverly)
    assert (beverly.name, beverly.short_name, beverly.label, beverly.slug) == (
        "Beverly Public Schools", "Bev", "Bev", "beverly",
    )  # fmt: skip


def test_a_new_website_brings_its_domain_and_an_old_row_gets_it_without_one(app: Flask) -> None:
    beverly = a_district("Beverly", leaid="2502640", website="http://www.beverlyschools.org", domain="")
    import_districts(a_file(a_line()))
    db.session.refresh(beverly)
    assert beverly.domain == "beverlyschools.org"
    import_districts(a_file(a_line(WEBSITE="https://www.example.org/home")))
    db.session.refresh(beverly)
    assert (beverly.website, beverly.domain) == ("https://www.example.org/home", "example.org")


def test_a_new_year_is_a_change_and_its_count_of_schools_stands_beside_the_old(app: Flask) -> None:
    import_districts(a_file(a_line()))
    report = import_districts(a_file(a_line(SCHOOL_YEAR="2025-2026", OPERATIONAL_SCHOOLS="7")))
    assert report.changed[0].columns == {"source_year": ("2024-25", "2025-26"), "schools": ("", "7")}
    years = db.session.execute(select(DistrictFact.year, DistrictFact.value).order_by(DistrictFact.year)).all()
    assert [tuple(row) for row in years] == [("2024-25", "8"), ("2025-26", "7")]


def test_an_older_file_is_skipped_with_the_reason(app: Flask) -> None:
    import_districts(a_file(a_line()))
    report = import_districts(a_file(b"\r\n", a_line(SCHOOL_YEAR="2023-2024", PHONE="")))
    assert report.skipped == [(2, "empty line"), (3, "Beverly (Beverly, MA): the portal has it from 2024-25 already")]
    beverly = find_by_leaid("2502640")
    assert beverly is not None
    assert (beverly.source_year, beverly.phone) == ("2024-25", "(978)921-6100")


def test_visitors_of_a_community_see_the_change_and_no_change_renews_nothing(app: Flask) -> None:
    community, beverly = a_community(), a_district("Beverly", leaid="2502640")
    begin_membership(community.id, beverly, clock.now().date(), None)
    versions = []
    for _ in range(2):
        import_districts(a_file(a_line()))
        db.session.rollback()
        versions.append(public_version(community.slug))
    assert versions == [3, 3]


def test_an_error_while_writing_undoes_all(app: Flask) -> None:
    before = everything()

    def stop(phase: str, count: int) -> None:
        if phase == "written":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_districts(essex(), tell=stop)
    assert everything() == before


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_imports_at_once_add_each_district_once(
    app: Flask, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    with all_look_before_one_writes(monkeypatch, imports, "lock_directory", is_locked) as goes_wrong:
        answers = two_at_once(lambda number: import_districts(essex()))
    added = sorted(len(answer.added) for answer in answers if isinstance(answer, Report))
    assert added == ([39] if goes_wrong else [0, 39])
    assert db.session.scalar(select(func.count()).select_from(District)) == 39


def test_a_large_file_is_written_in_batches_not_row_by_row(app: Flask) -> None:
    heard: list[tuple[str, int]] = []
    sent: list[str] = []
    file = io.BytesIO(all_us_districts_as_nces())
    listener = note_statements(sent)
    report = import_districts(file, tell=lambda phase, count: heard.append((phase, count)))
    event.remove(db.engine, "before_cursor_execute", listener)
    assert told(report)["added"] == 17_828
    assert heard[-1] == ("written", 17_828)
    assert ("read", 17_829) in heard
    assert len(sent) < 200


def note_statements(sent: list[str]) -> Callable[..., None]:
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    return note
