"""Finding communities, their roles, and the number by which kept pages know that something changed."""

from __future__ import annotations

from contextlib import suppress

import pytest

from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community, refresh_public
from portal.communities.queries import all_communities, find_community, public_version, role_labels, roles_of
from portal.core.db import transaction

pytestmark = pytest.mark.usefixtures("app")


def a_community(slug: str, name: str = "Essex") -> Community:
    return create_community(slug=slug, name=name, kind="district_network")


@pytest.mark.parametrize("slug", ["ECLC", "eclc ", "", "e", "ec'lc"])
def test_only_the_very_short_name_finds_a_community(slug: str) -> None:
    a_community("eclc")
    assert find_community(slug) is None


def test_communities_stand_by_name_and_those_of_one_name_by_age() -> None:
    for slug, name in [("one", "Shore"), ("two", "Essex"), ("three", "Essex")]:
        a_community(slug, name)
    assert [community.slug for community in all_communities()] == ["two", "three", "one"]


def test_a_new_portal_has_neither_communities_nor_a_version() -> None:
    assert (all_communities(), public_version(None), public_version("nowhere")) == ([], 0, 0)


def test_roles_stand_in_the_community_s_order_and_belong_to_it_alone() -> None:
    community, other = a_community("eclc"), a_community("ecet2")
    add_roles(community, [("teacher", "Teacher", "district"), ("coach", "Coach", "district")])
    assert [role.slug for role in roles_of(community.id)] == ["teacher", "coach"]
    assert (roles_of(community.id, "community"), roles_of(other.id), role_labels(other.id)) == ([], [], {})


def test_a_change_that_was_undone_leaves_the_version_as_it_was() -> None:
    community = a_community("eclc")
    before = public_version("eclc")
    with suppress(ZeroDivisionError), transaction():
        refresh_public(community.id)
        raise ZeroDivisionError
    assert public_version("eclc") == before
