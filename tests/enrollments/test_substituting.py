"""The page on which somebody sends a colleague tells nothing of anybody who is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.limits import MOST
from portal.enrollments.closing import reopen_day
from tests.enrollments.builders import FALL, a_community, a_district, a_person, an_experience, seat, states, trace

UNKNOWN = "Nobody who works in your district has an account with this address."


@pytest.fixture
def seated(client: FlaskClient, at: Callable[[str], datetime]) -> tuple[Community, Account, Experience]:
    """Somebody with a seat on a day without classes that became a school day."""
    at("2026-10-20 09:00")
    community, day = a_community(), FALL.date()
    district = a_district(community)
    mine = a_person(community, district)
    experience = an_experience(community)
    seat(experience, mine)
    words = {"from_date": day, "kind": "staff_day", "label": "Staff day", "district_id": district.id}
    note_day(community, words)
    reopen_day(community, district, day, by=mine)
    return community, mine, experience


def test_a_stranger_and_an_address_without_an_account_get_the_same_answer(
    seated: tuple[Community, Account, Experience], client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    community, mine, experience = seated
    stranger = a_person(community, a_district(community))
    elsewhere = a_community("elsewhere")
    far = a_person(elsewhere, a_district(elsewhere))
    browser, before = sign_in(client, mine), trace(experience)
    addresses = (stranger.email, far.email, "nobody@example.org")
    page = f"/example/agenda/{experience.slug}/seat/substitute"
    answers = [browser.post(page, data={"email": address}) for address in addresses]
    assert [one.status_code for one in answers] == [422] * 3
    assert all(UNKNOWN in one.text for one in answers)
    assert not any(name in one.text for one in answers for name in (stranger.name, far.name))
    assert trace(experience) == before


def test_nobody_tries_out_addresses_there_without_end(
    seated: tuple[Community, Account, Experience], client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    _, mine, experience = seated
    browser = sign_in(client, mine)
    page = f"/example/agenda/{experience.slug}/seat/substitute"
    most = MOST["public forms"].amount
    codes = [browser.post(page, data={"email": f"guess-{n}@example.org"}).status_code for n in range(most + 1)]
    assert (codes[0], codes[-1], states(experience)) == (422, 429, ["seated"])
