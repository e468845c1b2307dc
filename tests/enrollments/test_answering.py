"""What people answer when they enroll: kept with the seat, changed until the start, erased in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.jobs import sweep
from portal.enrollments.answering import change_answers, enroll, erase_answers
from portal.enrollments.attending_models import EnrollmentAnswer
from portal.enrollments.changing import cancel_experience, cancel_session
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.question_queries import answers_of, find_asking, questions_of
from portal.enrollments.question_rules import is_to_erase, options_of, unanswered, wrong_answer
from tests.enrollments.builders import FALL, a_community, a_question, an_experience, owed, states, taken, weekly

pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def experience(community: Community) -> Experience:
    return an_experience(community)


def test_answers_are_kept_with_the_seat(experience: Experience, teacher: Account) -> None:
    food, note = a_question(experience), a_question(experience, kind="text")
    mine = enroll(experience, teacher, {food.id: "Vegetarian", note.id: ""}, by=teacher)
    assert (mine.state, answers_of(experience.id, teacher.id)) == ("seated", {None: {food.id: "Vegetarian"}})


def test_whoever_waits_in_line_is_asked_too(community: Community, teacher: Account) -> None:
    experience = an_experience(community, capacity=0)
    food = a_question(experience)
    enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    assert (states(experience), answers_of(experience.id, teacher.id)) == (["waiting"], {None: {food.id: "Vegan"}})


@pytest.mark.parametrize(
    "fields, answer, words",
    [
        ({"is_required": True, "label": "Food"}, "", "Answer “Food”."),
        ({"kind": "choice", "options": ["Bus", "Train"]}, "Boat", "Choose one of the answers"),
        ({"kind": "yes_no"}, "perhaps", "Choose one of the answers"),
        ({"kind": "text"}, "x" * 501, "Shorten this answer to 500 characters."),
    ],
)
def test_an_answer_that_will_not_do_takes_no_seat(
    experience: Experience, teacher: Account, fields: dict[str, Any], answer: str, words: str
) -> None:
    asked = a_question(experience, **fields)
    with pytest.raises(RuleBroken, match=words):
        enroll(experience, teacher, {asked.id: answer}, by=teacher)
    assert (states(experience), taken(experience), count(), owed()) == ([], [0], 0, [])


def test_a_refused_seat_keeps_no_answers(experience: Experience, teacher: Account) -> None:
    food = a_question(experience)
    experience.cancelled_at = FALL
    db.session.commit()
    with pytest.raises(RuleBroken):
        enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    assert count() == 0


def test_the_answer_to_another_experiences_question_is_not_kept(
    community: Community, experience: Experience, teacher: Account
) -> None:
    mine, theirs = a_question(experience), a_question(an_experience(community))
    enroll(experience, teacher, {mine.id: "Vegan", theirs.id: "Vegan"}, by=teacher)
    assert answers_of(experience.id, teacher.id) == {None: {mine.id: "Vegan"}}


def test_the_same_form_sent_twice_keeps_one_answer(experience: Experience, teacher: Account) -> None:
    food = a_question(experience)
    for _ in range(2):
        enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    assert (taken(experience), count()) == ([1], 1)


def test_answers_are_changed_until_the_start_and_history_does_not_repeat_them(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    food = a_question(experience)
    mine = enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    change_answers(mine, {food.id: "Halal"}, by=teacher)
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Halal"}}
    [told] = [row for row in history_of(mine) if row.verb == "change answers"]
    assert (told.note, told.data) == ("", {})
    in_october("2026-11-03 08:30")
    with pytest.raises(RuleBroken, match="This has started"):
        change_answers(mine, {food.id: "Kosher"}, by=teacher)
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Halal"}}


def test_the_seat_form_sent_again_changes_answers_until_the_start_and_history_says_so(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    food = a_question(experience)
    mine = enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    assert [row.verb for row in history_of(mine)] == ["take seat"]
    enroll(experience, teacher, {food.id: "Halal"}, by=teacher)
    assert [row.verb for row in history_of(mine)] == ["take seat", "change answers"]
    in_october("2026-11-03 08:30")
    with pytest.raises(RuleBroken, match="This has started"):
        enroll(experience, teacher, {food.id: "Kosher"}, by=teacher)
    assert enroll(experience, teacher, {food.id: "Halal"}, by=teacher).id == mine.id
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Halal"}}


def test_whoever_takes_a_seat_anew_answers_anew(experience: Experience, teacher: Account) -> None:
    food = a_question(experience)
    mine = enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    give_up_seat(mine, by=teacher)
    enroll(experience, teacher, {food.id: "Halal"}, by=teacher)
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Halal"}}
    assert [row.verb for row in history_of(mine)] == ["take seat", "give up seat", "take seat"]


def test_answers_are_changed_until_the_first_date_that_is_left(
    community: Community, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    series = an_experience(community, kind="series", starts=weekly(2))
    food = a_question(series)
    mine = enroll(series, teacher, {food.id: "Vegan"}, by=teacher)
    cancel_session(series.sessions[0], reason="Snow", by=teacher)
    in_october("2026-11-05 09:00")
    change_answers(mine, {food.id: "Halal"}, by=teacher)
    assert answers_of(series.id, teacher.id) == {None: {food.id: "Halal"}}


def test_what_was_cancelled_needs_no_answers(experience: Experience, teacher: Account) -> None:
    food = a_question(experience)
    mine = enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    cancel_experience(experience, reason="Snow", by=teacher)
    with pytest.raises(RuleBroken, match="This was cancelled"):
        change_answers(mine, {food.id: "Halal"}, by=teacher)


def test_a_question_that_fails_keeps_no_other_from_being_erased(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime], caplog: pytest.LogCaptureFixture
) -> None:
    broken = a_community("broken")
    a_question(an_experience(broken))
    enroll(experience, teacher, {a_question(experience).id: "Vegan"}, by=teacher)
    with transaction():
        db.session.get_one(Community, broken.id).time_zone = "Nowhere/Land"
    in_october("2026-12-04 09:00")
    assert (erase_answers(), count(), len(caplog.records)) == (1, 0, 1)


def test_an_answer_can_be_taken_back_unless_it_is_needed(experience: Experience, teacher: Account) -> None:
    food, access = a_question(experience, is_required=True), a_question(experience, kind="access")
    mine = enroll(experience, teacher, {food.id: "Vegan", access.id: "A lift"}, by=teacher)
    change_answers(mine, {food.id: "Vegan"}, by=teacher)
    with pytest.raises(RuleBroken, match="needed to plan"):
        change_answers(mine, {}, by=teacher)
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Vegan"}}


def test_whoever_gave_up_the_seat_has_nothing_to_answer(experience: Experience, teacher: Account) -> None:
    food = a_question(experience)
    mine = enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    give_up_seat(mine, by=teacher)
    with pytest.raises(RuleBroken, match="Take a seat first"):
        change_answers(mine, {food.id: "Halal"}, by=teacher)


def test_each_meeting_of_a_space_has_its_own_answers(community: Community, teacher: Account) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    topic = a_question(space, kind="text")
    first, second = space.sessions
    enroll(space, teacher, {topic.id: "Grading"}, by=teacher, session=first)
    enroll(space, teacher, {topic.id: "Homework"}, by=teacher, session=second)
    assert answers_of(space.id, teacher.id) == {first.id: {topic.id: "Grading"}, second.id: {topic.id: "Homework"}}


def test_answers_are_erased_when_the_last_day_has_passed_where_the_community_lives(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    food, kept = a_question(experience, erase_on=date(2026, 11, 30)), a_question(experience, erase_on=date(2026, 12, 9))
    enroll(experience, teacher, {food.id: "Vegan", kept.id: "A lift"}, by=teacher)
    in_october("2026-11-30 23:59")
    assert (erase_answers(), count()) == (0, 2)
    in_october("2026-12-01 00:00")
    assert (erase_answers(), erase_answers()) == (1, 0)
    assert answers_of(experience.id, teacher.id) == {None: {kept.id: "A lift"}}
    assert food.erased_at == datetime(2026, 12, 1, 5, tzinfo=UTC)
    [told] = [row for row in history_of(experience) if row.verb == "erase answers"]
    assert told.data == {"question": food.id, "of": 1}


def test_an_erased_question_is_not_asked_any_more(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    food = a_question(experience, erase_on=date(2026, 10, 1), is_required=True)
    assert find_asking(experience.community_id, experience.slug) == (experience, True)
    in_october("2026-10-02 09:00")
    sweep()
    assert find_asking(experience.community_id, experience.slug) == (experience, False)
    assert questions_of(experience.id) == []
    enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    assert (states(experience), count()) == (["seated"], 0)


def test_erasing_takes_no_seat_away(
    experience: Experience, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    food = a_question(experience, erase_on=date(2026, 10, 1))
    enroll(experience, teacher, {food.id: "Vegan"}, by=teacher)
    in_october("2026-10-02 09:00")
    erase_answers()
    assert (states(experience), taken(experience)) == (["seated"], [1])


def test_whoever_was_enrolled_by_somebody_else_may_owe_answers(experience: Experience, teacher: Account) -> None:
    a_question(experience, is_required=True)
    a_question(experience)
    take_seat(experience, teacher, by=teacher)
    answers = answers_of(experience.id, teacher.id).get(None, {})
    assert unanswered(questions_of(experience.id), answers) == 1


def test_rules_know_yes_and_no_and_the_last_day() -> None:
    asked = ExperienceQuestion(kind="yes_no", label="Bus?", options=[], is_required=False)
    assert options_of(asked) == {"yes": "Yes", "no": "No"}
    assert (wrong_answer(asked, "no"), wrong_answer(asked, "")) == ("", "")
    assert (is_to_erase(date(2026, 1, 1), date(2026, 1, 1)), is_to_erase(date(2026, 1, 1), date(2026, 1, 2))) == (
        False,
        True,
    )


def count() -> int:
    """How many answers are kept in all."""
    return db.session.scalar(select(func.count()).select_from(EnrollmentAnswer)) or 0
