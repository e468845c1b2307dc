"""Who looks after a section until when, and the done mark, which locks nobody out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.letters.models import Letter, SectionTask
from portal.letters.operations import add_roster_row, remove_roster_row, save_answer, submit
from portal.letters.planning import mark_done, plan_section, take_done_back
from portal.letters.rules import CLOSED, FOR_OTHERS, STANDS
from portal.letters.team_rules import is_changed, is_overdue
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, Place, a_signed_letter, base
from tests.letters.pages import Stop
from tests.letters.team import an_asked_editor, an_editor, section
from tests.postbox import Mail

Mailbox = Callable[[], list[Mail]]
DAY = date(2026, 10, 25)


def plan(letter: Letter, owner: Account | None, by: Account, due_on: date | None = None) -> SectionTask:
    here = section(letter, "time")
    return plan_section(letter, here, owner_id=owner.id if owner else None, due_on=due_on, by=by)


def is_different(letter: Letter, slug: str = "time") -> bool:
    here = section(letter, slug)
    task = db.session.query(SectionTask).filter_by(section_id=here.id).one()
    return is_changed(task, letter, here)


def test_a_colleague_is_named_and_hears_of_it(letter: Letter, place: Place, mailbox: Mailbox) -> None:
    task = plan(letter, place.other, place.lead, DAY)
    assert (task.owner_id, task.due_on) == (place.other.id, DAY)
    [mail] = mailbox()
    assert (mail.to, "“Time and conditions”" in mail.subject) == (place.other.email, True)
    assert f"/eclc/letters/{letter.id}/sections/time" in mail.text
    assert "planned until Sun, Oct 25, 2026" in mail.text.replace("\N{NO-BREAK SPACE}", " ")


def test_who_takes_a_section_needs_no_mail(letter: Letter, place: Place, mailbox: Mailbox) -> None:
    plan(letter, place.lead, place.lead)
    assert mailbox() == []


def test_the_same_again_mails_nobody_and_a_change_of_the_day_neither(
    letter: Letter, place: Place, mailbox: Mailbox
) -> None:
    plan(letter, place.other, place.lead)
    assert len(mailbox()) == 1
    plan(letter, place.other, place.lead)
    plan(letter, place.other, place.lead, DAY)
    assert (mailbox(), db.session.query(SectionTask).count()) == ([], 1)


def test_a_mail_that_came_too_late_to_be_true_is_not_sent(letter: Letter, place: Place, mailbox: Mailbox) -> None:
    plan(letter, place.other, place.lead)
    plan(letter, None, place.lead)
    assert mailbox() == []


def test_a_co_editor_plans_and_looks_after_a_section(letter: Letter, place: Place) -> None:
    editor = an_editor(letter, place)
    assert plan(letter, editor, editor, DAY).owner_id == editor.id


@pytest.mark.parametrize("who", ["stranger", "only asked"])
def test_nobody_else_can_look_after_a_section(letter: Letter, place: Place, who: str) -> None:
    if who == "only asked":
        an_asked_editor(letter, place)
    stranger = a_person()
    with pytest.raises(RuleBroken, match="Choose somebody who writes in this letter"):
        plan(letter, stranger, place.lead)
    assert db.session.query(SectionTask).count() == 0


@pytest.mark.parametrize("day", [date(2026, 10, 19), date(2026, 10, 31)])
def test_a_day_that_is_over_or_after_the_letters_last_is_refused(letter: Letter, place: Place, day: date) -> None:
    with pytest.raises(RuleBroken, match="Choose a day from today to October 30"):
        plan(letter, place.lead, place.lead, day)


@pytest.mark.parametrize("day", [date(2026, 10, 20), date(2026, 10, 30)])
def test_today_and_the_last_day_are_fine(letter: Letter, place: Place, day: date) -> None:
    assert plan(letter, place.lead, place.lead, day).due_on == day


def test_a_day_that_passed_can_stay_while_something_else_changes(letter: Letter, place: Place, at: Stop) -> None:
    plan(letter, place.lead, place.lead, date(2026, 10, 20))
    at("2026-10-22 09:00")
    task = plan(letter, place.other, place.lead, date(2026, 10, 20))
    assert (task.owner_id, is_overdue(task, date(2026, 10, 22))) == (place.other.id, True)


def test_what_is_done_is_not_overdue(letter: Letter, place: Place) -> None:
    plan(letter, place.lead, place.lead, date(2026, 10, 20))
    task = mark_done(letter, section(letter, "time"), by=place.other)
    assert (is_overdue(task, date(2026, 10, 29)), task.done_by_id) == (False, place.other.id)


def test_the_done_mark_locks_nobody_out_and_shows_a_later_change(letter: Letter, place: Place) -> None:
    question = place.questions()["q10"]
    save_answer(letter, question, "First.", by=place.lead)
    mark_done(letter, section(letter, "time"), by=place.lead)
    assert not is_different(letter)
    began = base(letter, question)
    save_answer(letter, question, "Second.", began, by=place.other)
    assert is_different(letter)
    save_answer(letter, question, "First.", base(letter, question), by=place.other)
    assert not is_different(letter)


def test_a_change_in_another_section_does_not_count(letter: Letter, place: Place) -> None:
    mark_done(letter, section(letter, "time"), by=place.lead)
    save_answer(letter, place.questions()["q3"], "Elsewhere.", by=place.other)
    assert not is_different(letter)


def test_a_person_taken_out_of_the_team_is_a_change(letter: Letter, place: Place) -> None:
    row = add_roster_row(letter, {"role": "nurse", "school": "North"}, by=place.lead)
    mark_done(letter, section(letter, "your-team"), by=place.lead)
    add_roster_row(letter, by=place.lead)  # an empty line says nothing yet
    assert not is_different(letter, "your-team")
    remove_roster_row(letter, row.id, by=place.lead)
    assert is_different(letter, "your-team")


def test_the_mark_can_be_renewed_and_taken_back(letter: Letter, place: Place) -> None:
    here, question = section(letter, "time"), place.questions()["q10"]
    mark_done(letter, here, by=place.lead)
    save_answer(letter, question, "Later.", by=place.other)
    mark_done(letter, here, by=place.other)
    assert not is_different(letter)
    take_done_back(letter, here, by=place.lead)
    task = take_done_back(letter, here, by=place.lead)
    assert (task.done_at, task.done_by_id, is_different(letter)) == (None, None, False)
    assert db.session.query(History).filter_by(verb="take done back").count() == 1


def test_nobody_marks_the_signature_as_done(letter: Letter, place: Place) -> None:
    with pytest.raises(RuleBroken, match="is the superintendent’s"):
        mark_done(letter, section(letter, "endorsement"), by=place.lead)


def test_a_stranger_plans_nothing(letter: Letter, place: Place) -> None:
    with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
        mark_done(letter, section(letter, "time"), by=a_person())


def test_a_letter_that_was_sent_or_whose_time_is_over_is_not_planned(place: Place, at: Stop) -> None:
    letter = a_signed_letter(place)
    at(AFTER)
    with pytest.raises(RuleBroken, match=re.escape(CLOSED)):
        plan(letter, place.lead, place.lead)
    at("2026-10-21 09:00")
    submit(letter, by=place.lead)
    with pytest.raises(RuleBroken, match=re.escape(STANDS["submitted"])):
        plan(letter, place.lead, place.lead)
    assert db.session.query(SectionTask).count() == 0
