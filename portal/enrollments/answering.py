"""What people answer when they enroll: kept with the seat, changed until the start, erased when its day has passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete

from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import ExperienceQuestion
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.jobs import each

from .attending_models import EnrollmentAnswer
from .models import Enrollment
from .operations import Learner, take_seat
from .queries import sessions_of
from .question_queries import answers_of, count_answers, questions_of, questions_to_erase
from .question_rules import first_wrong, is_to_erase, refusal_to_change


def enroll(
    experience: Experience, account: Learner, answers: Mapping[int, str], *, by: Doer, session: Session | None = None,
    mode: str = "",
) -> Enrollment:  # fmt: skip
    """Take a seat, or a place in line, and keep what the person answered: both or neither. Who has one already changes
    the answers, as long as they can be changed; the same form again changes nothing.

    Raises RuleBroken as `take_seat` does, when an answer is missing or cannot be, and as `change_answers` does.
    """
    with transaction():
        last = lock(experience).last_queue_number
        enrollment = take_seat(experience, account, by=by, session=session, mode=mode)
        if enrollment.queue_number > last:  # it is new, or asked for anew: then it has a number that nobody had
            _keep(enrollment, answers)
        elif not _is_said(enrollment, answers):
            _change(enrollment, answers, by)
    return enrollment


def change_answers(enrollment: Enrollment, answers: Mapping[int, str], *, by: Doer) -> None:
    """Answer anew, until the thing starts. Raises RuleBroken after that, without a seat or a place in line, and when an
    answer is missing or cannot be.
    """
    with transaction():
        lock(db.session.get_one(Experience, enrollment.experience_id))
        db.session.refresh(enrollment)
        _change(enrollment, answers, by)


def erase_answers() -> int:
    """Erase the answers to questions whose last day has passed where the community lives; one that fails keeps
    no other. Says how many questions.
    """
    latest = (clock.now() + timedelta(hours=14)).date()  # no place on earth is further ahead
    return each([(question.id, zone) for question, zone in questions_to_erase(latest)], _erase)


def _change(enrollment: Enrollment, answers: Mapping[int, str], by: Doer) -> None:
    sessions = sessions_of(enrollment.experience_id, enrollment.session_id)
    starts_at = next((one.starts_at for one in sessions if one.cancelled_at is None), None)
    refusal = refusal_to_change(enrollment.state, starts_at, clock.now())
    if refusal:
        raise RuleBroken(refusal)
    _keep(enrollment, answers)
    # That it was done, never what was said: history outlives the answers.
    record(enrollment, "change answers", by, community_id=enrollment.community_id)


def _is_said(enrollment: Enrollment, answers: Mapping[int, str]) -> bool:
    """Whether the person has answered just so already, to all that is asked now."""
    said = answers_of(enrollment.experience_id, enrollment.account_id).get(enrollment.session_id, {})
    asked = [question.id for question in questions_of(enrollment.experience_id)]
    return all(said.get(number, "") == answers.get(number, "") for number in asked)


def _keep(enrollment: Enrollment, answers: Mapping[int, str]) -> None:
    """Replace what the person answered to the questions that are asked now; whoever calls holds the lock."""
    questions = questions_of(enrollment.experience_id)
    wrong = first_wrong(questions, answers)
    if wrong:
        raise RuleBroken(wrong)
    asked = [question.id for question in questions]
    mine = EnrollmentAnswer.enrollment_id == enrollment.id
    db.session.execute(delete(EnrollmentAnswer).where(mine, EnrollmentAnswer.question_id.in_(asked)))
    db.session.add_all(
        EnrollmentAnswer(enrollment_id=enrollment.id, question_id=number, value=answers[number])
        for number in asked
        if answers.get(number)
    )


def _erase(due: tuple[int, str]) -> bool:
    number, zone = due
    with transaction():
        question = db.session.get_one(ExperienceQuestion, number)
        experience = lock(db.session.get_one(Experience, question.experience_id))
        db.session.refresh(question)
        today = clock.local(clock.now(), zone).date()
        if question.erased_at is not None or not is_to_erase(question.erase_on, today):
            return False
        count = count_answers(question.id)
        db.session.execute(delete(EnrollmentAnswer).where(EnrollmentAnswer.question_id == question.id))
        question.erased_at = clock.now()
        record(experience, "erase answers", None, community_id=experience.community_id, question=question.id, of=count)
    return True
