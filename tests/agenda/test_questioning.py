"""What people are asked when they enroll: added, changed, put in order, taken out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.agenda.building import publish
from portal.agenda.models import Experience
from portal.agenda.plan_queries import questions_of
from portal.agenda.questioning import add_question, change_question, move_question, remove_question
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.attending_models import EnrollmentAnswer
from portal.enrollments.operations import take_seat
from tests.agenda.builders import a_draft, a_published, ask, dated
from tests.enrollments.builders import people

DIET: dict[str, Any] = {"kind": "dietary", "label": "What do you eat?", "erase_on": date(2026, 11, 17)}
SIZE: dict[str, Any] = {
    "kind": "choice", "label": "Which room?", "options": ["Quiet", "Lively"], "erase_on": date(2026, 11, 17),
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("summer")


def asked(experience: Experience) -> list[str]:
    return [one.label for one in questions_of(experience.id)]


def test_questions_stand_in_the_order_in_which_staff_put_them(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    for label in "abc":
        add_question(made, {**DIET, "label": label}, by=by)
    move_question(questions_of(made.id)[2], "up", by=by)
    assert asked(made) == ["a", "c", "b"]
    move_question(questions_of(made.id)[0], "up", by=by)
    move_question(questions_of(made.id)[0], "down", by=by)
    assert asked(made) == ["c", "a", "b"]
    assert [row.verb for row in history_of(made)][1:5] == ["add a question"] * 3 + ["move a question"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "blood type"}, "what kind of answer"),
        ({"options": ["Only one"]}, "two answers or more"),
        ({"erase_on": date(2026, 7, 31)}, "a day to come"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_leaves_nothing(
    community: Community, by: Account, change: dict[str, Any], sentence: str
) -> None:
    made = a_draft(community, by)
    with pytest.raises(RuleBroken, match=sentence):
        add_question(made, {**SIZE, **change}, by=by)
    assert (asked(made), len(history_of(made))) == ([], 1)


def test_there_is_an_end_to_asking(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    for number in range(12):
        add_question(made, {**DIET, "label": str(number)}, by=by)
    with pytest.raises(RuleBroken, match="Keep it to 12"):
        add_question(made, DIET, by=by)
    assert len(asked(made)) == 12


def test_answers_to_choose_from_go_when_there_is_nothing_to_choose(community: Community, by: Account) -> None:
    question = add_question(a_draft(community, by), SIZE, by=by)
    change_question(question, {**SIZE, "kind": "text"}, by=by)
    assert (question.kind, question.options) == ("text", [])


def test_the_kind_of_a_question_stays_once_people_may_have_answered(community: Community, by: Account) -> None:
    made = a_published(community, by)
    question = add_question(made, DIET, by=by)
    ask(made)
    with pytest.raises(RuleBroken, match="Keep its kind"):
        change_question(question, {**DIET, "kind": "text"}, by=by)
    change_question(question, {**DIET, "label": "What do you like to eat?"}, by=by)
    assert (question.kind, question.label) == ("dietary", "What do you like to eat?")


def test_a_question_whose_answers_are_erased_stays_as_it_was(community: Community, by: Account) -> None:
    question = add_question(a_draft(community, by), DIET, by=by)
    with transaction():
        question.erased_at = question.erased_at or db.session.get_one(Account, by.id).created_at
    with pytest.raises(RuleBroken, match="are erased"):
        change_question(question, {**DIET, "label": "Again?"}, by=by)
    assert question.label == "What do you eat?"


def test_answers_must_last_until_the_last_date_to_publish(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by)
    add_question(made, {**DIET, "erase_on": date(2026, 11, 2)}, by=by)
    with pytest.raises(RuleBroken, match="erased before the last date"):
        publish(made, by=by)
    assert made.published_at is None


def test_what_nobody_answered_is_taken_out(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    question = add_question(made, DIET, by=by)
    remove_question(question, by=by)
    assert (asked(made), history_of(made)[-1].note) == ([], "What do you eat?")
    with pytest.raises(RuleBroken, match="took this question out"):
        remove_question(question, by=by)


def test_what_somebody_answered_stays_until_it_is_erased(community: Community, by: Account) -> None:
    made = a_published(community, by)
    question = add_question(made, DIET, by=by)
    [one] = people(community, 1)
    seat = take_seat(made, one, by=one)
    with transaction():
        db.session.add(EnrollmentAnswer(enrollment_id=seat.id, question_id=question.id, value="Anything"))
    with pytest.raises(RuleBroken, match="People have answered this"):
        remove_question(question, by=by)
    assert asked(made) == ["What do you eat?"]
