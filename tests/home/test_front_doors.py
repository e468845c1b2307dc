"""The portal's own front door: every community with one number."""

from __future__ import annotations

from flask import Flask

from portal.communities.models import Figure
from portal.core.db import db, transaction
from portal.home.queries import front_doors
from tests.home.builders import a_community, a_member


def test_a_community_of_districts_counts_its_members(app: Flask) -> None:
    community = a_community()
    for _ in range(2):
        a_member(community)
    assert shown() == [("eclc", "2", "member districts")]


def test_one_member_is_said_in_the_singular(app: Flask) -> None:
    a_member(a_community())
    assert shown() == [("eclc", "1", "member district")]


def test_a_community_without_members_gives_its_first_figure(app: Flask) -> None:
    community = a_community("ecet2", "Teachers")
    with transaction():
        for position, (value, words) in enumerate([("5", "national convenings"), ("111", "regional convenings")]):
            figure = Figure(community_id=community.id, value=value, words=words, source="a page", year="2015")
            figure.position = position
            db.session.add(figure)
    assert shown() == [("ecet2", "5", "national convenings")]


def test_a_community_of_which_nothing_is_counted_has_no_number(app: Flask) -> None:
    a_community()
    assert shown() == [("eclc", "", "")]


def test_more_communities_ask_no_more_questions(app: Flask, count_queries) -> None:
    a_member(a_community())
    with count_queries() as one:
        front_doors()
    a_member(a_community("ecet2", "Teachers"))
    with count_queries() as two:
        front_doors()
    assert len(one) == len(two)


def shown() -> list[tuple[str, str, str]]:
    return [(door.community.slug, door.number, door.words) for door in front_doors()]
