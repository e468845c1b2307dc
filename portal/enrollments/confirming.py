"""What people answer when they are asked whether a changed date still suits them. Silence keeps the seat."""

from __future__ import annotations

from portal.agenda.models import Experience
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record

from .attending_models import Confirmation
from .change_queries import count_sessions, is_newest
from .change_rules import check_answer
from .models import Enrollment
from .operations import give_up_seat


def answer_change(question: Confirmation, answer: str, *, by: Doer | None = None) -> bool:
    """Say "yes" or "no" to a changed date; says whether the seat was given up by it.

    A no gives the seat to the next in line; in a series, where the seat is one in all sessions, it only tells staff
    that this session will be missed. `by`: who answered signed in; None for whoever came by the private link.
    The same answer twice changes nothing. Raises RuleBroken when it is too late, when the date changed again, or when
    the seat is gone.
    """
    with transaction():
        enrollment = db.session.get_one(Enrollment, question.enrollment_id)
        lock(db.session.get_one(Experience, enrollment.experience_id))
        db.session.refresh(question)
        db.session.refresh(enrollment)
        if question.answer == answer:
            return answer == "no" and enrollment.state == "given_up"
        check_answer(question, enrollment.state, is_newest(question.change), clock.now())
        question.answer, question.answered_at = answer, clock.now()
        record(enrollment, f"answer {answer}", by, community_id=enrollment.community_id, change_id=question.change_id)
        frees = answer == "no" and is_all_of_it(enrollment)
        if frees:
            give_up_seat(enrollment, by=by or enrollment.account)
    return frees


def is_all_of_it(enrollment: Enrollment) -> bool:
    """Whether the seat is for this one session only, so that not to come means not to need it."""
    return enrollment.session_id is not None or count_sessions(enrollment.experience_id) == 1
