"""What a community may be called."""

import pytest
from flask import Flask

from portal.communities.rules import RESERVED, is_free_slug


@pytest.mark.parametrize("slug", ["eclc", "north-shore", "a1", "x" * 40])
def test_small_letters_digits_and_hyphens_make_an_address(slug: str) -> None:
    assert is_free_slug(slug) is True


@pytest.mark.parametrize("slug", ["", "a", "-a", "North", "two words", "x" * 41, "ümlaut", "sign-in", "my", "static"])
def test_other_signs_and_the_portals_own_addresses_are_refused(slug: str) -> None:
    assert is_free_slug(slug) is False


def test_every_address_at_the_top_of_the_portal_is_reserved(app: Flask) -> None:
    tops = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    own = {top for top in tops if top and not top.startswith("<")}
    assert own - RESERVED == set()
