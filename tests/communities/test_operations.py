"""Opening a community and changing its words."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community, set_beliefs, set_figures, set_words
from portal.communities.queries import all_communities, find_community, public_version, role_labels, roles_of
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of

pytestmark = pytest.mark.usefixtures("app")
FIGURES = [{"value": "111", "words": "convenings", "source": "public pages", "year": "2015"}]


def a_community(slug: str = "eclc", name: str = "Essex") -> Community:
    return create_community(slug=slug, name=name, kind="district_network")


def test_a_new_community_is_found_by_its_short_name() -> None:
    assert find_community(a_community().slug) == db.session.scalars(select(Community)).one()


def test_opening_a_community_leaves_one_row_of_history() -> None:
    assert [row.verb for row in history_of(a_community())] == ["create"]


@pytest.mark.parametrize("slug", ["eclc", "sign-in", "Not a slug"])
def test_a_short_name_that_is_taken_or_reserved_is_refused_and_leaves_no_trace(slug: str) -> None:
    a_community()
    before = db.session.scalar(select(func.count()).select_from(History))
    with pytest.raises(RuleBroken, match="cannot be used"):
        a_community(slug)
    assert [community.slug for community in all_communities()] == ["eclc"]
    assert db.session.scalar(select(func.count()).select_from(History)) == before


def test_beliefs_are_replaced_in_their_order() -> None:
    community = a_community()
    set_beliefs(community, ["First", "Second"])
    set_beliefs(community, ["Another", "First"])
    assert [belief.text for belief in community.beliefs] == ["Another", "First"]


def test_figures_keep_their_source_and_year() -> None:
    community = a_community()
    set_figures(community, FIGURES)
    assert [(row.value, row.source, row.year) for row in community.figures] == [("111", "public pages", "2015")]


def test_roles_of_districts_and_of_the_hub_are_kept_apart() -> None:
    community = a_community()
    add_roles(community, [("principal", "Principal", "district"), ("coach", "Coach", "community")])
    assert [role.slug for role in roles_of(community.id)] == ["principal"]
    assert role_labels(community.id) == {"principal": "Principal", "coach": "Coach"}


def test_what_visitors_see_gets_a_new_version_with_every_public_change() -> None:
    community, other = a_community(), a_community("ecet2", "Teachers")
    before = public_version("eclc"), public_version("ecet2")
    set_words(community, headline="A new headline")
    assert (public_version("eclc"), public_version("ecet2")) == (before[0] + 1, before[1])
    assert other.headline == ""


def test_several_public_changes_in_one_transaction_are_one_new_version() -> None:
    community = a_community()
    before = public_version("eclc")
    with transaction():
        set_beliefs(community, ["One"])
        set_figures(community, FIGURES)
    assert public_version("eclc") == before + 1


def test_the_portals_own_version_grows_with_any_community(app: Flask) -> None:
    community = a_community()
    before = public_version(None)
    set_words(community, summary="New")
    assert public_version(None) == before + 1
