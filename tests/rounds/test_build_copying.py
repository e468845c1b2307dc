"""Next year's round from this year's: what comes along, what stays, and when everything will be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core.clock import local
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.rounds.chapters import in_order
from portal.rounds.copying import copy_round, proposal
from portal.rounds.dates import DAYS, MOMENTS
from portal.rounds.models import AskedQuestion, Extension, InfoSignUp, Invitation, Round
from tests.conftest import moment_of
from tests.rounds.builders import a_draft, a_round, an_invitation
from tests.rounds.traces import trace, verbs


@pytest.fixture
def round(community: Community) -> Round:
    """A published round with an invitation, a link to join, and a question that waits for another one's answer."""
    made = a_round(community, eligibility=["Public district"], conflict_rule="Nobody reads their own.")
    made.info_sessions[0].join_link, made.info_sessions[0].place = "https://example.org/meet", "Library"
    first, second = in_order(made)
    first.kind, first.settings = "single_choice", {"options": ["All", "Some"]}
    second.condition = {"question": "q1", "any_of": ["Some"]}
    made.criteria[0].levels, made.criteria[0].question_codes = {"1": "No"}, ["q1"]
    db.session.commit()
    an_invitation(made)
    return made


def a_copy(round: Round, community: Community, by: Account, **changed: Any) -> Round:
    return copy_round(round, community, replace(proposal(round), **changed), by=by)


def test_the_proposal_counts_years_up_and_keeps_weekdays_and_times(round: Round, community: Community) -> None:
    plan, zone = proposal(round), community.time_zone
    assert (plan.title, plan.slug) == ("Letter of Invitation 2027: a place in Cohort 4", "round-2027")
    for name in MOMENTS:
        old, new = getattr(round, name), plan.dates[name]
        walls = [f"{local(at, zone):%a %H:%M}" for at in (old, new) if at]
        assert walls in ([], [walls[0], walls[0]] if walls else [])
    assert plan.dates["decisions_on"] == date(2027, 12, 17)
    assert [plan.dates[name].weekday() for name in DAYS] == [getattr(round, name).weekday() for name in DAYS]
    assert plan.meetings == {round.info_sessions[0].id: moment_of("2027-09-22 15:30")}


def test_a_short_name_that_is_taken_gets_a_number(round: Round, community: Community) -> None:
    a_draft(community, slug="round-2027")
    assert proposal(round).slug == "round-2027-2"


def test_all_that_was_written_comes_along(round: Round, community: Community, coordinator: Account) -> None:
    made = a_copy(round, community, coordinator)
    for name in ("summary", "letter_text", "eligibility", "conflict_rule", "capacity", "grace_minutes", "scale"):
        assert getattr(made, name) == getattr(round, name)
    assert [(one.slug, one.title) for one in made.sections] == [(one.slug, one.title) for one in round.sections]
    assert [(one.code, one.kind, one.settings, one.condition) for one in in_order(made)] == [
        (one.code, one.kind, one.settings, one.condition) for one in in_order(round)
    ]
    assert [(one.code, one.text) for one in made.commitments] == [(one.code, one.text) for one in round.commitments]
    assert [(one.weight, one.levels, one.question_codes) for one in made.criteria] == [
        (60, {"1": "No"}, ["q1"]), (40, {}, []),
    ]  # fmt: skip
    [meeting] = made.info_sessions
    assert (meeting.at, meeting.place, meeting.join_link) == (moment_of("2027-09-22 15:30"), "Library", "")


def test_nothing_of_any_district_comes_along(round: Round, community: Community, coordinator: Account) -> None:
    made = a_copy(round, community, coordinator)
    assert (made.published_at, made.archived_at, made.closed_early_at) == (None, None, None)
    for table in (Invitation, Extension, AskedQuestion):
        assert db.session.query(table).filter_by(round_id=made.id).count() == 0
    assert db.session.query(InfoSignUp).count() == 0
    assert (made.copied_from_id, verbs(made)) == (round.id, ["create", "copy"])


def test_the_round_that_was_copied_stays_as_it_is(round: Round, community: Community, coordinator: Account) -> None:
    made = a_copy(round, community, coordinator)
    in_order(made)[0].settings = {"options": ["Other"]}
    db.session.commit()
    assert in_order(round)[0].settings == {"options": ["All", "Some"]}
    assert (len(round.sections), len(round.info_sessions), round.slug) == (2, 1, "round-2026")


def test_an_info_session_without_a_time_is_left_out(round: Round, community: Community, coordinator: Account) -> None:
    made = a_copy(round, community, coordinator, meetings={round.info_sessions[0].id: None})
    assert made.info_sessions == []


@pytest.mark.parametrize(
    "changed, part",
    [({"slug": "round-2026"}, "Choose another short name"), ({"dates": None}, "closing date comes after")],
)
def test_a_copy_that_cannot_be_is_not_made(
    round: Round, community: Community, coordinator: Account, changed: dict[str, Any], part: str
) -> None:
    if "dates" in changed:
        changed = {"dates": {**proposal(round).dates, "closes_at": moment_of("2027-09-01 09:00")}}
    before = trace()
    with pytest.raises(RuleBroken, match=part):
        a_copy(round, community, coordinator, **changed)
    assert trace() == before
