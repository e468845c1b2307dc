"""Numbers with their source, and growth by year."""

from datetime import date

from portal.home.rules import Member, growth, open_places, totals

DESE = ("MA DESE", "2016-17")


def test_a_sum_says_how_many_districts_it_covers_and_its_source() -> None:
    facts = [("students", "4525", *DESE), ("students", "928", *DESE), ("students", "***", *DESE)]
    [total] = totals(facts, 3)
    assert (total.value, total.known, total.members) == (5453, 2, 3)
    assert (total.source, total.year) == ("MA DESE", "2016-17")


def test_sums_come_as_students_schools_teachers() -> None:
    facts = [("teacher_fte", "319.5", *DESE), ("schools", "8", *DESE), ("students", "4525", *DESE)]
    assert [(total.words, total.value) for total in totals(facts, 1)] == [
        ("students", 4525),
        ("schools", 8),
        ("teachers", 319),
    ]


def test_facts_that_nobody_adds_up_are_left_out() -> None:
    assert totals([("grades", "PK-12", *DESE), ("students", "unknown", *DESE)], 1) == []


def test_years_and_sources_that_differ_are_both_named() -> None:
    [total] = totals([("schools", "8", "NCES CCD", "2023-24"), ("schools", "2", "demo", "2024-25")], 2)
    assert (total.source, total.year) == ("NCES CCD, demo", "2023-24–2024-25")


def test_growth_counts_on_from_year_to_year() -> None:
    members = [
        Member("Beverly", date(2018, 7, 1), 4525),
        Member("Andover", date(2020, 1, 1)),
        Member("Danvers", date(2018, 7, 1), 3379),
    ]
    assert [(step.words, step.total, step.names) for step in growth(members)] == [
        ("districts in 2018", 2, ["Beverly", "Danvers"]),
        ("by 2020", 3, ["Andover"]),
    ]


def test_many_years_become_six_steps_that_still_count_everyone() -> None:
    steps = growth([Member(f"District {year}", date(year, 7, 1)) for year in range(2015, 2025)])
    assert [step.words for step in steps] == ["by 2019", "by 2020", "by 2021", "by 2022", "by 2023", "by 2024"]
    assert [step.total for step in steps] == [5, 6, 7, 8, 9, 10]


def test_a_district_without_a_number_of_students_is_drawn_as_a_ring() -> None:
    [step] = growth([Member("Andover", date(2020, 1, 1))])
    assert [circle.kind for circle in step.picture.circles] == ["open"]


def test_a_community_without_members_has_not_grown() -> None:
    assert growth([]) == []


def test_each_open_place_is_a_broken_ring() -> None:
    assert [circle.kind for circle in open_places(3).circles] == ["place"] * 3
