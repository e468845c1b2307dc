"""How far districts came: each step a part of the one before it, each number as long as its list."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.operations import affiliate, grant_lead
from portal.letters.models import Answer, Letter
from portal.reports.queries import count_in, counts_of, districts_in, has_conflicts
from portal.reports.rules import GROUPS, STEPS
from portal.reviews.reading_models import Assignment
from portal.reviews.scoring_queries import summaries
from portal.rounds.models import Round
from tests.cohorts.builders import a_closing_round, a_district, a_letter, a_staff_member
from tests.reports.builders import (
    a_writing_district,
    an_answer,
    an_invited_district,
    in_conflict,
    offered,
    scored,
    signed,
    told,
)


def districts_at_every_step(round: Round, reader: Account) -> dict[str, Letter]:
    """Sixteen districts: some at each step, and one for each way that leads elsewhere."""
    an_invited_district(round, "Prepared", sent_at=None)
    an_invited_district(round, "Unopened")
    an_invited_district(round, "Silent", opened_at=clock.now())
    an_invited_district(round, "Refusing", **an_answer("not_this_year"))
    an_invited_district(round, "Willing", **an_answer())
    made = {name: a_writing_district(round, name) for name in ("Draft", "Signed")}
    made["Late"] = a_writing_district(round, "Late", "not_submitted")
    names = ("Unread", "Gone", "Scored", "Waiting", "Declined", "Offered", "Refused", "Member")
    made |= {name: signed(a_writing_district(round, name, "submitted")) for name in names}
    signed(made["Signed"])
    with transaction():
        made["Gone"].status = "withdrawn"
    for name in names[2:]:
        scored(made[name], reader)
    told(made["Waiting"], "waitlist"), told(made["Declined"], "decline")
    for name, status in {"Offered": "open", "Refused": "turned_down", "Member": "accepted"}.items():
        offered(told(made[name], "accept"), status)
    return made


def names_in(reader: Account, round: Round, group: str) -> list[str]:
    return [row.name.removesuffix(" Public Schools") for row in districts_in(reader, round, group)]


def test_each_step_counts_the_districts_that_reached_it(round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    counts = counts_of(staff, round)
    assert [counts[step] for step in STEPS] == [15, 14, 12, 11, 9, 8, 6, 3, 1]


def test_each_step_is_a_part_of_the_one_before(round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    lists = [set(names_in(staff, round, step)) for step in STEPS]
    assert [later - earlier for earlier, later in pairwise(lists)] == [set()] * 8


@pytest.mark.parametrize(
    "group, names",
    [
        ("not-sent", ["Prepared"]),
        ("not-opened", ["Unopened"]),
        ("silent", ["Silent"]),
        ("not-this-year", ["Refusing"]),
        ("writing", ["Draft", "Signed"]),
        ("not-submitted", ["Late"]),
        ("withdrawn", ["Gone"]),
        ("unread", ["Unread"]),
        ("unscored", []),
        ("waitlisted", ["Waiting"]),
        ("declined", ["Declined"]),
        ("open", ["Offered"]),
        ("turned-down", ["Refused"]),
        ("endorsed", ["Declined", "Gone", "Member", "Offered", "Refused", "Scored", "Signed", "Unread", "Waiting"]),
        ("accepted", ["Member"]),
    ],
)
def test_who_went_another_way_is_named_otherwise(round: Round, staff: Account, group: str, names: list[str]) -> None:
    districts_at_every_step(round, staff)
    assert names_in(staff, round, group) == names


def test_every_number_is_as_long_as_its_list(round: Round, staff: Account) -> None:
    districts_at_every_step(round, staff)
    counts = counts_of(staff, round)
    assert counts == {group: len(districts_in(staff, round, group)) for group in GROUPS}
    assert counts == {group: count_in(staff, round, group) for group in GROUPS}


def test_a_round_without_districts_counts_nothing(round: Round, staff: Account) -> None:
    assert set(counts_of(staff, round).values()) == {0}


def test_another_round_of_the_same_districts_is_not_counted(round: Round, staff: Account, community: Community) -> None:
    made = districts_at_every_step(round, staff)
    other = a_closing_round(community, slug="other")
    a_letter(other, made["Member"].district)
    counts = counts_of(staff, other)
    assert [counts[step] for step in STEPS] == [1, 1, 1, 1, 1, 1, 0, 0, 0]


def test_an_invitation_that_was_withdrawn_counts_nowhere(round: Round, staff: Account) -> None:
    an_invited_district(round, "Mistaken", sent_at=None, withdrawn_at=clock.now())
    assert set(counts_of(staff, round).values()) == {0}


def test_a_district_with_a_letter_and_no_invitation_is_on_the_way(round: Round, staff: Account) -> None:
    a_letter(round, a_district(), "draft")
    counts = counts_of(staff, round)
    assert [counts[step] for step in STEPS] == [1, 1, 1, 1, 0, 0, 0, 0, 0]


def test_an_empty_letter_of_a_district_that_does_not_join_now_is_no_start(round: Round, staff: Account) -> None:
    a_letter(round, an_invited_district(round, "Harbor", **an_answer("not_this_year")), "draft")
    counts = counts_of(staff, round)
    assert (counts["started"], counts["interested"], counts["not-this-year"], counts["opened"]) == (0, 0, 1, 1)


def test_a_letter_that_is_written_after_all_is_a_start(round: Round, staff: Account) -> None:
    letter = a_letter(round, an_invited_district(round, "Harbor", **an_answer("not_this_year")), "draft")
    with transaction():
        question = round.sections[0].questions[0]
        db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="We do.", saved_at=clock.now()))
    counts = counts_of(staff, round)
    assert (counts["started"], counts["interested"], counts["not-this-year"]) == (1, 1, 0)


def test_an_offer_without_scores_is_said_to_be_one(round: Round, staff: Account) -> None:
    offered(told(a_writing_district(round, "Harbor", "submitted"), "accept"))
    counts = counts_of(staff, round)
    assert (counts["reviewed"], counts["unscored"], counts["unread"]) == (1, 1, 0)


def test_a_review_that_was_not_handed_in_is_none(round: Round, staff: Account) -> None:
    letter = scored(a_writing_district(round, "Harbor", "submitted"), staff)
    with transaction():
        db.session.execute(db.text("update reviews set handed_in_at = null"))
    counts = counts_of(staff, letter.round)
    assert (counts["reviewed"], counts["unread"]) == (0, 1)


def test_a_review_of_a_reader_from_whom_the_letter_was_taken_counts_no_more_as_on_the_board(
    round: Round, staff: Account
) -> None:
    letter = scored(a_writing_district(round, "Harbor", "submitted"), staff)
    with transaction():
        db.session.query(Assignment).one().ended_at = clock.now()
    counts = counts_of(staff, letter.round)
    assert (counts["reviewed"], counts["unread"], summaries(round)[letter.id].handed_in) == (0, 1, 0)


@pytest.mark.parametrize("outcome, group", [("decline", "declined"), ("waitlist", "waitlisted")])
def test_an_offer_of_a_decision_that_was_turned_is_none(round: Round, staff: Account, outcome: str, group: str) -> None:
    letter = scored(a_writing_district(round, "Harbor", "submitted"), staff)
    offered(told(letter, outcome, turn=2), "taken_back")
    counts = counts_of(staff, round)
    assert (counts["reviewed"], counts["offered"], counts["taken-back"], counts[group]) == (1, 0, 0, 1)


def test_a_prepared_decision_is_no_step(round: Round, staff: Account) -> None:
    letter = scored(a_writing_district(round, "Harbor", "submitted"), staff)
    before = counts_of(staff, round)
    told(letter, "waitlist", "prepared")
    assert counts_of(staff, round) == before


def test_a_place_that_came_back_and_was_offered_again_counts_once(round: Round, staff: Account) -> None:
    letter = scored(a_writing_district(round, "Harbor", "submitted"), staff)
    offered(offered(told(letter, "accept"), "expired"), "accepted")
    counts = counts_of(staff, round)
    assert (counts["offered"], counts["accepted"], counts["expired"]) == (1, 1, 0)


def leads(staff: Account, letter: Letter) -> None:
    grant_lead(staff, letter.community_id, letter.district, None)


def works(staff: Account, letter: Letter) -> None:
    affiliate(staff, letter.community_id, letter.district, "teacher-sped", clock.now().date(), None)


def declares(staff: Account, letter: Letter) -> None:
    in_conflict(letter, staff)


@pytest.mark.parametrize("conflict", [leads, works, declares])
def test_a_district_in_conflict_is_in_no_number_and_no_list(
    round: Round, staff: Account, community: Community, conflict: Callable[[Account, Letter], None]
) -> None:
    made, other = districts_at_every_step(round, staff), a_staff_member(community, "admin")
    before = counts_of(staff, round)
    conflict(staff, made["Member"])
    counts = counts_of(staff, round)
    assert {group for group in GROUPS if counts[group] != before[group]} == set(STEPS)
    assert [before[step] - counts[step] for step in STEPS] == [1] * 9
    assert "Member" not in {name for group in GROUPS for name in names_in(staff, round, group)}
    assert counts_of(other, round) == before
    assert (has_conflicts(staff, round), has_conflicts(other, round)) == (True, False)


def test_a_conflict_that_was_lifted_hides_nothing(round: Round, staff: Account) -> None:
    letter = a_writing_district(round, "Harbor")
    conflict = in_conflict(letter, staff)
    with transaction():
        conflict.lifted_at = clock.now()
    assert (counts_of(staff, round)["started"], has_conflicts(staff, round)) == (1, False)


def test_counting_takes_one_query_however_many_districts(
    round: Round, staff: Account, count_queries: Callable[[], Any]
) -> None:
    districts_at_every_step(round, staff)
    counts_of(staff, round)  # reads the round and the person anew
    with count_queries() as counting:
        counts_of(staff, round)
    with count_queries() as listing:
        districts_in(staff, round, "invited")
    assert (len(counting), len(listing)) == (1, 1)
