"""Onto the agenda and off it again: dates that have begun are told first, and nobody who counts on it is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda import building
from portal.agenda.models import Experience
from portal.agenda.sessions import remove_session
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from tests.agenda.builders import a_draft, a_published, ask, dated, utc
from tests.enrollments.builders import FALL

PLANS = "/example/staff/agenda"
DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("summer")


def begun(community: Community, by: Account, **fields: Any) -> Experience:
    """A draft whose first date was in June."""
    made = a_draft(community, by, **fields)
    dated(made, by, utc(2026, 6, 2, 13), FALL)
    return made


def page(made: Experience, name: str) -> str:
    return f"{PLANS}/{made.slug}/{name}"


def test_what_has_begun_is_not_published_without_a_word(community: Community, by: Account) -> None:
    made = begun(community, by)
    with pytest.raises(RuleBroken, match="Its first date, Tuesday, June 2, 2026, has begun already"):
        building.publish(made, by=by)
    assert (made.published_at, [row.verb for row in history_of(made)][-1]) == (None, "add dates")
    building.publish(made, by=by, knows_begun=True)
    assert made.published_at is not None


def test_the_meetings_of_a_space_that_have_begun_are_counted(community: Community, by: Account) -> None:
    made = begun(community, by, kind="space")
    with pytest.raises(RuleBroken, match="One of its dates has begun already.* in the others only"):
        building.publish(made, by=by)


def test_what_is_still_to_come_is_published_as_ever(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL)
    building.publish(made, by=by)
    assert made.published_at is not None


def test_the_check_before_publishing_asks_about_what_has_begun(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = begun(community, by)
    text = staff.get(page(made, "publish")).text
    assert ("has begun already" in text, 'name="knows_begun"' in text) == (True, True)
    answer = staff.post(page(made, "publish"))
    assert (answer.status_code, "Change the dates" in answer.text, made.published_at) == (409, True, None)
    assert staff.post(page(made, "publish"), data={"knows_begun": "y"}).status_code == 303
    assert made.published_at is not None


def test_nothing_is_asked_where_all_dates_are_to_come(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL)
    assert "knows_begun" not in staff.get(page(made, "publish")).text


def test_what_nobody_asked_for_goes_back_to_being_a_draft(
    staff: FlaskClient, client: FlaskClient, community: Community, by: Account
) -> None:
    made = a_published(community, by)
    assert page(made, "withdrawal") in staff.get(f"{PLANS}/{made.slug}").text
    assert "off the agenda?" in staff.get(page(made, "withdrawal")).text
    before = public_version("example")
    assert staff.post(page(made, "withdrawal")).location == f"{PLANS}/{made.slug}"
    assert (made.published_at, public_version("example")) == (None, before + 1)
    assert history_of(made)[-1].verb == "take off the agenda"
    assert client.get(f"/example/agenda/{made.slug}").status_code == 404
    assert "took it off the agenda" in staff.get(f"{PLANS}/{made.slug}").text
    building.publish(made, by=by)
    assert made.published_at is not None


def test_a_draft_stays_one_without_a_trace(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    before = len(history_of(made)), public_version("example")
    building.take_off_agenda(made, by=by)
    assert (len(history_of(made)), public_version("example")) == before


def test_once_people_count_on_it_it_can_only_be_cancelled(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_published(community, by)
    ask(made)
    assert page(made, "withdrawal") not in staff.get(f"{PLANS}/{made.slug}").text
    text = staff.get(page(made, "withdrawal")).text
    assert ("It stays on the agenda" in text, page(made, "cancellation") in text) == (True, True)
    answer = staff.post(page(made, "withdrawal"))
    assert (answer.status_code, "Cancel it if it does not take place" in answer.text) == (409, True)
    assert made.published_at is not None


def test_seats_that_are_kept_hold_it_on_the_agenda(community: Community, by: Account) -> None:
    made = a_published(community, by)
    with transaction():
        made.sessions[0].pools[0].held = 2
    with pytest.raises(RuleBroken, match="seats are kept"):
        building.take_off_agenda(made, by=by)
    assert made.published_at is not None


def test_what_was_cancelled_stays_as_it_was(community: Community, by: Account) -> None:
    made = a_published(community, by)
    with transaction():
        made.cancelled_at = FALL
    with pytest.raises(RuleBroken, match="was cancelled"):
        building.take_off_agenda(made, by=by)


def test_only_staff_take_something_off_the_agenda(client: FlaskClient, community: Community, by: Account) -> None:
    made = a_published(community, by)
    assert client.post(page(made, "withdrawal")).status_code == 303
    assert made.published_at is not None


def test_the_only_date_leads_to_taking_it_off(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_published(community, by)
    with pytest.raises(RuleBroken, match="take it off the agenda"):
        remove_session(made.sessions[0], by=by)
    assert "Take this date out" not in staff.get(page(made, f"sessions/{made.sessions[0].id}")).text
