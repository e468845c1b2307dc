"""Feedback for a district: drafted by staff, approved, read with the decision and never before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.advising import draft_feedback, hold_feedback
from portal.cohorts.feedback_queries import approved_feedback, feedback_of
from portal.cohorts.feedback_rules import stamp_of
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.rounds.models import Criterion, Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_letter,
    decided,
    everything,
)
from tests.house.html import faults_of
from tests.postbox import Mail

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def round(community: Community) -> Round:
    round = a_closing_round(community)
    if not round.criteria:
        for place, label in enumerate(("Need", "Team"), 1):
            made = Criterion(round_id=round.id, position=place, code=f"k{place}", label=label, weight=50)
            db.session.add(made)
        db.session.commit()
        db.session.refresh(round)
    return round


@pytest.fixture
def letter(round: Round) -> Letter:
    return a_led_letter(round)


def first(letter: Letter) -> int:
    return letter.round.criteria[0].id


def test_a_draft_is_not_approved_and_an_approved_text_that_changes_is_a_draft_again(
    letter: Letter, staff: Account
) -> None:
    draft_feedback(letter, {first(letter): "  Say how many days.\r\n"}, by=staff)
    row = feedback_of(letter)[first(letter)]
    assert (row.text, row.drafted_by_id, row.approved_at) == ("Say how many days.", staff.id, None)
    draft_feedback(letter, {first(letter): "Say how many days."}, by=staff, approve=True)
    assert [one.text for one in approved_feedback(letter)] == ["Say how many days."]
    draft_feedback(letter, {first(letter): "Say more."}, by=staff)
    assert approved_feedback(letter) == []
    verbs = [row.verb for row in history_of(letter)]
    assert verbs == ["write feedback", "approve feedback", "write feedback"]


def test_what_changes_nothing_leaves_no_trace(letter: Letter, staff: Account) -> None:
    draft_feedback(letter, {first(letter): "Say more."}, by=staff, approve=True)
    before = everything()
    draft_feedback(letter, {first(letter): " Say more. "}, by=staff)
    draft_feedback(letter, {first(letter): "Say more."}, by=staff, approve=True)
    assert everything() == before
    assert [row.verb for row in history_of(letter)] == ["write feedback", "approve feedback"]


def test_an_approval_is_taken_back_and_an_empty_text_takes_the_row_away(letter: Letter, staff: Account) -> None:
    draft_feedback(letter, {first(letter): "Good."}, by=staff, approve=True)
    hold_feedback(letter, by=staff)
    before = everything()
    hold_feedback(letter, by=staff)
    assert (approved_feedback(letter), everything()) == ([], before)
    draft_feedback(letter, {first(letter): ""}, by=staff)
    assert feedback_of(letter) == {}


def test_what_does_not_fit_is_refused(letter: Letter, staff: Account, round: Round) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="up to 2,000 characters fit"):
        draft_feedback(letter, {first(letter): "x" * 2001}, by=staff)
    with pytest.raises(RuleBroken, match="Write feedback on at least one point first"):
        draft_feedback(letter, {first(letter): ""}, by=staff, approve=True)
    assert everything() == before
    with pytest.raises(RuleBroken, match="not with the readers"):
        draft_feedback(a_letter(round, a_district("Dune"), status="draft"), {first(letter): "x"}, by=staff)


def test_a_colleague_s_text_is_not_written_over(letter: Letter, staff: Account) -> None:
    draft_feedback(letter, {first(letter): "Theirs."}, by=staff)
    with pytest.raises(RuleBroken, match="somebody changed this feedback meanwhile"):
        draft_feedback(letter, {first(letter): "Mine."}, by=staff, seen={first(letter): ""})
    assert feedback_of(letter)[first(letter)].text == "Theirs."


@pytest.mark.parametrize("is_approved", [True, False])
def test_the_district_reads_what_was_approved_once_it_knows_the_decision(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn, mailbox: Callable[[], list[Mail]],
    is_approved: bool,
) -> None:  # fmt: skip
    draft_feedback(letter, {first(letter): "Say how many days."}, by=staff, approve=is_approved)
    lead, url = leads_of(letter.community_id, letter.district_id)[0], f"/eclc/letters/{letter.id}/standing"
    browser = sign_in(client, lead)
    assert "Say how many days." not in browser.get(url).text
    decided(letter, "decline", staff)
    page = browser.get(url).text
    label = db.session.get_one(Criterion, first(letter)).label
    assert ("Say how many days." in page, label in page) == (is_approved, is_approved)
    assert staff.name not in page
    [mail] = mailbox()
    assert ("point by point, stands on the same page" in mail.text) == is_approved


def test_staff_write_and_approve_it_on_one_page(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn, tmp_path: Path
) -> None:
    desk, url, field = sign_in(client, staff), f"/eclc/staff/letters/{letter.id}/feedback", f"text-{first(letter)}"
    assert desk.post(url, data={field: "Say more.", f"seen-{first(letter)}": ""}).status_code == 303
    page = desk.get(url).text
    assert ["A draft, which the district does not see" in page, "Say more." in page] == [True, True]
    stale = desk.post(url, data={field: "Mine.", f"seen-{first(letter)}": ""})
    assert (stale.status_code, "Mine." in stale.text) == (409, True)
    desk.post(url, data={field: "Say more.", "approve": "1"})
    assert "Approved for the district" in desk.get(url).text
    assert faults_of({"feedback": desk.get(url).text}, tmp_path) == []
    desk.post(url, data={"hold": "1"})
    assert approved_feedback(letter) == []


def test_what_was_typed_stays_as_a_draft_when_the_approval_is_taken_back(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    (one, two), url = [row.id for row in letter.round.criteria][:2], f"/eclc/staff/letters/{letter.id}/feedback"
    draft_feedback(letter, {one: "Say more."}, by=staff, approve=True)
    seen = {f"seen-{one}": stamp_of(feedback_of(letter)[one]), f"seen-{two}": ""}
    desk = sign_in(client, staff)
    answer = desk.post(url, data={"hold": "1", f"text-{one}": "Say how many days.", f"text-{two}": "Who?", **seen})
    kept = {number: (row.text, row.approved_at) for number, row in feedback_of(letter).items()}
    assert (answer.status_code, kept) == (303, {one: ("Say how many days.", None), two: ("Who?", None)})
    assert [row.verb for row in history_of(letter)][-2:] == ["write feedback", "hold feedback"]


def test_an_approval_that_is_taken_back_with_nothing_new_typed_notes_only_that(letter: Letter, staff: Account) -> None:
    draft_feedback(letter, {first(letter): "Good."}, by=staff, approve=True)
    hold_feedback(letter, by=staff, texts={first(letter): "Good."}, seen={first(letter): "older"})
    assert [row.verb for row in history_of(letter)][-2:] == ["approve feedback", "hold feedback"]
    before = everything()
    hold_feedback(letter, by=staff, texts={first(letter): "Good."}, seen={})
    assert everything() == before


@pytest.mark.parametrize("text", ["Mine.", "x" * 2001])
def test_what_cannot_be_kept_leaves_the_approval_and_comes_back_as_typed(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn, text: str
) -> None:
    draft_feedback(letter, {first(letter): "Theirs."}, by=staff, approve=True)
    desk, before = sign_in(client, staff), everything()
    typed = {"hold": "1", f"text-{first(letter)}": text, f"seen-{first(letter)}": "older"}
    answer = desk.post(f"/eclc/staff/letters/{letter.id}/feedback", data=typed)
    assert (answer.status_code, text in answer.text, everything()) == (409, True, before)


def test_the_page_says_when_the_district_reads_what_is_approved(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    desk, url = sign_in(client, staff), f"/eclc/staff/letters/{letter.id}/feedback"
    assert "stands on the district’s page once its decision is sent" in desk.get(url).text
    decided(letter, "decline", staff)
    assert "is on the district’s page at once, because the district knows its decision" in desk.get(url).text


def test_feedback_on_a_stranger_s_letter_is_not_found(client: FlaskClient, sign_in: SignIn, staff: Account) -> None:
    theirs = a_led_letter(a_closing_round(a_community("other")), "Far")
    desk = sign_in(client, staff)
    assert desk.get(f"/eclc/staff/letters/{theirs.id}/feedback").status_code == 404
    assert desk.post(f"/eclc/staff/letters/{theirs.id}/feedback", data={}).status_code == 404
