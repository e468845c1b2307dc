"""Files and rows that disagree are found both ways, told in the log and by the doctor, and nothing is deleted."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import doctor
from portal.core import storage
from portal.core.health import look_at
from portal.core.inventory import Inventory, compare_files, take_inventory
from portal.core.jobs import is_rested
from portal.letters.jobs import forget_unused_letter_files
from tests.letters.builders import Place
from tests.letters.kind_pages import OTHER_PDF, files, kept_keys, upload
from tests.letters.kinds import with_new_kinds
from tests.letters.pages import Stop

LATER = "2099-01-01 09:00"  # long after the files of this run were written


@pytest.fixture
def here(place: Place) -> Place:
    return with_new_kinds(place)


def test_files_and_rows_that_agree_are_not_complained_about(writer: FlaskClient, here: Place, at: Stop) -> None:
    upload(writer, here)
    at(LATER)
    assert take_inventory() == Inventory([], [])
    assert told() == ""


def test_a_file_that_is_gone_is_found(writer: FlaskClient, here: Place) -> None:
    upload(writer, here)
    [row] = files()
    storage.forget(row.key)
    assert take_inventory() == Inventory([row.key], [])
    assert told() == f"1 kept files are missing, first {row.key}."


def test_a_file_that_no_row_names_is_found_once_it_is_an_hour_old(here: Place, at: Stop) -> None:
    key = storage.keep(b"left by a crash").key
    at("2020-01-01 09:00")
    assert take_inventory() == Inventory([], [])
    at(LATER)
    assert take_inventory() == Inventory([], [key])
    assert told() == f"1 kept files belong to nobody, first {key}."
    assert storage.is_there(key)


def test_the_worker_writes_it_into_its_log_once_an_hour(
    app: Flask, writer: FlaskClient, here: Place, at: Stop, caplog: pytest.LogCaptureFixture
) -> None:
    upload(writer, here)
    [row] = files()
    storage.forget(row.key)
    lost = storage.keep(b"left by a crash").key
    at(LATER)
    with caplog.at_level(logging.WARNING, "portal.files"):
        compare_files()
        compare_files()
    assert [record.getMessage() for record in caplog.records] == [
        f"a row names the file {row.key}, which is not there", f"no row names the file {lost}",
    ]  # fmt: skip


def test_the_worker_takes_away_what_nobody_refers_to(writer: FlaskClient, here: Place, at: Stop) -> None:
    upload(writer, here)
    upload(writer, here, OTHER_PDF)
    at("2026-10-21 10:00")
    assert forget_unused_letter_files() == 1
    assert {row.key for row in files()} == kept_keys()
    assert len(files()) == 1


def test_a_job_rests_as_long_as_it_says(app: Flask) -> None:
    assert [is_rested("a job", 3600), is_rested("a job", 3600), is_rested("another", 3600)] == [True, False, True]
    assert is_rested("a job", 0) is True


def told() -> str:
    return look_at({"kept files": doctor.LOOKS["kept files"]})[0].wrong
