"""Answers at one instant: none outlives its erasure, one form sent often is one seat. With the lock, and without."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.enrollments import answering
from portal.enrollments.answering import change_answers, enroll, erase_answers
from portal.enrollments.attending_models import EnrollmentAnswer
from portal.enrollments.models import Enrollment
from portal.enrollments.question_queries import questions_of
from tests.cohorts.rush import no_lock
from tests.enrollments.builders import a_question, an_experience, miscounted, owed, people, taken

Rush = Callable[..., list[Any]]
Patch = pytest.MonkeyPatch
ANSWERING = "portal.enrollments.answering"


pytestmark = pytest.mark.usefixtures("in_october")


def test_an_answer_that_is_changed_while_all_are_erased_is_erased_too(
    community: Community, two_at_once: Rush, monkeypatch: Patch, in_october: Callable[[str], datetime]
) -> None:
    work = changed_and_erased(community, monkeypatch, in_october, patience=0.5)
    assert two_at_once(work) == ["changed", "1 erased"]
    assert kept() == 0


def test_without_the_lock_it_outlives_its_erasure(
    community: Community, two_at_once: Rush, monkeypatch: Patch, in_october: Callable[[str], datetime]
) -> None:
    work = changed_and_erased(community, monkeypatch, in_october, patience=20)
    with no_lock(monkeypatch, ANSWERING):
        assert two_at_once(work) == ["changed", "1 erased"]
    assert kept() == 1


def test_one_form_sent_five_times_at_once_is_one_seat_with_one_answer(community: Community, two_at_once: Rush) -> None:
    experience, [teacher] = an_experience(community), people(community, 1)
    question, ids = a_question(experience, is_required=True).id, (experience.id, teacher.id)

    def work(number: int) -> int:
        person = db.session.get_one(Account, ids[1])
        return enroll(db.session.get_one(Experience, ids[0]), person, {question: "Vegan"}, by=person).id

    assert len(set(two_at_once(work, 5))) == 1
    assert (taken(experience), kept(), len(owed()), miscounted()) == ([1], 1, 1, [])


def changed_and_erased(
    community: Community, monkeypatch: Patch, in_october: Callable[[str], datetime], patience: float
) -> Callable[[int], str]:
    """work(0) changes an answer, work(1) erases all once the first has looked what is asked; whom no lock holds up is
    waited for.
    """
    experience, [teacher] = an_experience(community), people(community, 1)
    question = a_question(experience, erase_on=date(2026, 10, 1)).id
    mine, account = enroll(experience, teacher, {question: "Vegan"}, by=teacher).id, teacher.id
    in_october("2026-10-02 09:00")
    has_looked, has_erased = threading.Event(), threading.Event()

    def look(experience_id: int) -> Any:
        asked = questions_of(experience_id)
        has_looked.set()
        has_erased.wait(patience)
        return asked

    def work(number: int) -> str:
        if number == 0:
            by = db.session.get_one(Account, account)
            change_answers(db.session.get_one(Enrollment, mine), {question: "Halal"}, by=by)
            return "changed"
        assert has_looked.wait(30)
        erased = erase_answers()
        has_erased.set()
        return f"{erased} erased"

    monkeypatch.setattr(answering, "questions_of", look)
    return work


def kept() -> int:
    """How many answers are kept in all."""
    return db.session.scalar(select(func.count()).select_from(EnrollmentAnswer)) or 0
