"""Districts are found by name, town or code, with slips, among all of the country, and the index keeps in step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from time import process_time

import pytest
from flask import Flask
from sqlalchemy import text

from portal.core.db import db, transaction
from portal.districts.finding import HAS_EXTENSION
from portal.districts.models import District
from portal.districts.queries import search_districts
from portal.districts.search import create_search, drop_search
from tests.districts.builders import a_district, fill_directory

Counting = Callable[[], AbstractContextManager[list[str]]]


def names(asked: str, limit: int = 20) -> list[str]:
    return [district.name for district in search_districts(asked, limit)]


def test_all_of_the_country_is_searched_with_slips_and_quickly(app: Flask) -> None:
    fill_directory()
    asked = {
        "Havrehill": ("Haverhill", "MA"), "Glocester MA": ("Gloucester", "MA"), "Los Angelos": ("Los Angeles", "CA"),
        "San Fransisco Unified": ("San Francisco", "CA"), "beverly, ma": ("Beverly", "MA"),
        "Lincoln NE": ("Lincoln", "NE"), "New York": ("New York", "NY"), "0100002": ("Birmingham", "AL"),
        "Española": ("Espanola", "NM"), "Lynnfeild": ("Lynnfield", "MA"), "Metheun": ("Methuen", "MA"),
        "Swampscot": ("Swampscott", "MA"), "Bevverly": ("Beverly", "MA"), "Lincoln nebraska": ("Lincoln", "NE"),
        "Charleston West Virginia": ("Charleston", "WV"), "N. Reading": ("North Reading", "MA"),
        "So Hadley Massachusetts": ("South Hadley", "MA"), "andover mass.": ("Andover", "MA"),
        "Port Washington": ("Port Washington", "NY"), "St Paul MN": ("Saint Paul", "MN"),
        "winston-salem": ("Winston Salem", "NC"), "OFallon": ("O'Fallon", "MO"),
        "Coeur dAlene": ("Coeur D'Alene", "ID"),
    }  # fmt: skip
    start = process_time()
    first = {words: search_districts(words)[0] for words in asked}
    assert {words: (district.city, district.state) for words, district in first.items()} == asked
    assert (process_time() - start) / len(asked) < 0.1


@pytest.mark.parametrize(
    "asked, found",
    [
        ("Beverly", ["Beverly"]),
        ("bevelry", ["Beverly"]),
        ("wenham", ["Hamilton-Wenham"]),
        ("Agricltural", ["Essex North Shore Agricultural and Technical"]),
        ("hathorne", ["Essex North Shore Agricultural and Technical"]),
        ("be", ["Beverly"]),
        ("B", ["Beverly"]),
        ("2502640", ["Beverly"]),
        ("25026", ["Beverly"]),
        ("MA-0030", ["Beverly"]),
        ("MA 0030", ["Beverly"]),
        ("ma0030", ["Beverly"]),
        ("30", ["Beverly"]),
        ("NH-0030", []),
        ("hamilton wenham", ["Hamilton-Wenham"]),
        ("Hamilton/Wenhem", ["Hamilton-Wenham"]),
        ("Essex Tech", ["Essex North Shore Agricultural and Technical"]),
        ("beverly public schools", ["Beverly"]),
        ("Beverly, Massachusetts", ["Beverly"]),
        ("Beverly Nebraska", ["Beverly"]),
        ("''''", []),
        ("beverly " * 2_000, ["Beverly"]),
        ("ma-0030", ["Beverly"]),
        ("0030", ["Beverly"]),
        ("00300000", ["Beverly"]),
        ("9999999", []),
        ("Zzyzx", []),
        ("", []),
        ("   ", []),
        ("%", []),
        ("_e", []),
        ('"beverly" OR *', ["Beverly"]),
        ("beverly' --", ["Beverly"]),
        ("Beverly NE", []),
        ("x" * 10_000, []),
    ],
)
def test_a_district_is_found_by_name_town_or_code(app: Flask, asked: str, found: list[str]) -> None:
    a_district("Beverly", leaid="2502640", state_code="MA-0030")
    a_district("Hamilton-Wenham", "Wenham", leaid="2505670", state_code="MA-0675")
    a_district("Essex North Shore Agricultural and Technical", "Hathorne", leaid="2500554", state_code="MA-0817")
    assert names(asked) == found


def test_the_one_that_is_meant_exactly_comes_first(app: Flask) -> None:
    for name in ("Lynnfield", "Lynn Haven", "Lynn"):
        a_district(name)
    assert names("Lynn") == ["Lynn", "Lynn Haven", "Lynnfield"]


def test_at_most_as_many_as_asked_for_are_found(app: Flask) -> None:
    for number in range(3):
        a_district(f"Lincoln {number}", "Lincoln")
    assert names("Lincoln", limit=2) == ["Lincoln 0", "Lincoln 1"]
    assert names("li", limit=2) == ["Lincoln 0", "Lincoln 1"]


def test_a_district_is_found_under_its_new_name_and_no_longer_under_the_old(app: Flask) -> None:
    district = a_district("Sample River")
    with transaction():
        district.name = district.city = "Demo Hill"
    assert (names("Demo Hill"), names("Sample River")) == (["Demo Hill"], [])


def test_a_district_that_is_gone_is_not_found(app: Flask) -> None:
    district = a_district("Sample River")
    with transaction():
        db.session.delete(district)
    assert names("Sample River") == []


def test_a_change_that_is_undone_leaves_the_search_as_it_was(app: Flask) -> None:
    district = a_district("Sample River")
    with suppress(ZeroDivisionError), transaction():
        district.name = district.city = "Demo Hill"
        a_district("Test Cove")
        raise ZeroDivisionError
    assert (names("Sample River"), names("Demo Hill"), names("Test Cove")) == (["Sample River"], [], [])


def test_the_search_can_be_taken_away_and_made_again_over_what_is_there(app: Flask) -> None:
    a_district("Sample River")
    with transaction():
        drop_search(db.session.connection())
        create_search(db.session.connection())
    assert names("Sampel River") == ["Sample River"]


def test_where_the_extension_may_not_be_added_words_are_found_as_they_are(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_district("Sample River"), a_district("Sample Hill")
    monkeypatch.setitem(HAS_EXTENSION, db.engine, False)
    assert names("river sample")[0] == "Sample River"
    is_plain = db.engine.dialect.name == "postgresql"  # SQLite needs no extension
    assert names("Smaple") == ([] if is_plain else ["Sample Hill", "Sample River"])


def test_a_right_that_is_missing_does_not_stop_the_tables(app: Flask) -> None:
    with transaction():
        drop_search(db.session.connection())
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("DROP EXTENSION pg_trgm"))
            db.session.execute(text("CREATE ROLE newcomer; GRANT ALL ON SCHEMA public TO newcomer; SET ROLE newcomer"))
        create_search(db.session.connection())
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
    assert db.session.scalar(db.select(District.id)) is None


def test_a_search_takes_the_same_queries_for_one_and_for_three(app: Flask, count_queries: Counting) -> None:
    a_district("Lincoln")
    names("Lincoln")
    with count_queries() as for_one:
        names("Lincoln")
    a_district("Lincoln North", "Lincoln"), a_district("Lincoln South", "Lincoln")
    with count_queries() as for_three:
        assert len(names("Lincoln")) == 3
    assert len(for_three) == len(for_one) <= 2


def test_the_name_that_is_meant_comes_before_others_in_that_town(app: Flask) -> None:
    for name in ("A Consortium", "Beverly", "Beverly Academy"):
        a_district(name, "Beverly")
    assert names("Beverly Public Schools")[0] == "Beverly"


def test_a_state_alone_finds_what_is_called_so_and_then_its_districts(app: Flask) -> None:
    a_district("Boston"), a_district("Salem", state="OR"), a_district("Massachusetts Academy", "Greenfield")
    assert names("Massachusetts") == ["Massachusetts Academy", "Boston"]
