"""More time for one district: before a letter exists, while it is written, and after it was not submitted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.letters.deadlines import ends_at
from portal.letters.extending import extend
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter
from portal.letters.operations import save_answer, start_letter, submit
from portal.letters.reopening import reopen
from portal.letters.rules import FOR_OTHERS
from portal.rounds.models import Extension
from portal.rounds.operations import close_now, invite, send_invitation
from portal.rounds.rules import closing_words
from tests.conftest import moment_of
from tests.districts.builders import a_district, a_person
from tests.letters.builders import AFTER, LAST_SECOND, LATE, Place, a_lead, a_letter, a_signed_letter, base
from tests.letters.lives import DUE, LATER, a_returned_letter, owed, staff_of, the_return, verbs
from tests.letters.pages import Stop
from tests.postbox import Mail

Post = Callable[[], list[Mail]]
WHY = "The superintendent is in hospital."
AT_LATER, AFTER_LATER = "2026-11-20 17:00:00.9", "2026-11-20 17:00:01"


def given(place: Place, until: datetime = LATER, reason: str = WHY) -> None:
    extend(place.round, place.district, until, reason, by=staff_of(place))


def test_more_time_stays_on_record_with_who_when_and_why(place: Place) -> None:
    given(place)
    made = db.session.query(Extension).one()
    [row] = history_of(made)
    assert (made.until, made.reason, made.granted_by_id) == (LATER, WHY, staff_of(place).id)
    assert (row.verb, row.by_name, row.note) == ("extend", "Coordinator", WHY)
    assert datetime.fromisoformat(row.data["before"]) == moment_of("2026-10-30 18:00")


def test_one_district_goes_on_and_is_not_late_and_the_others_have_closed(place: Place, at: Stop) -> None:
    letter = a_signed_letter(place)
    other = a_district("Example Falls")
    a_lead(place.community, other, "Superintendent of Falls")
    theirs = start_letter(place.round, other, None)
    given(place)
    at(AFTER)
    assert (note_unsent_letters(), letter.status, theirs.status) == (1, "draft", "not_submitted")
    sent = submit(letter, by=place.lead)
    assert (sent.is_late, ends_at(letter)) == (False, LATER)
    reopen(letter, by=place.lead)
    assert letter.status == "draft"


@pytest.mark.parametrize(("moment", "late"), [(LAST_SECOND, False), (LATE, False), (AFTER, False), (AT_LATER, False)])
def test_with_more_time_nothing_is_late(place: Place, at: Stop, moment: str, late: bool) -> None:
    letter = a_signed_letter(place)
    given(place)
    at(moment)
    assert submit(letter, by=place.lead).is_late is late


def test_the_second_after_it_is_over_the_draft_was_not_submitted(place: Place, at: Stop) -> None:
    letter = a_signed_letter(place)
    given(place)
    at(AT_LATER)
    assert note_unsent_letters() == 0
    at(AFTER_LATER)
    with pytest.raises(RuleBroken, match="takes no letters now"):
        submit(letter, by=place.lead)
    assert (note_unsent_letters(), letter.status, len(owed("letter_not_submitted"))) == (1, "not_submitted", 2)


def test_a_letter_that_was_not_submitted_comes_back_to_life(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(AFTER)
    note_unsent_letters()
    given(place)
    question = place.questions()["q9"]
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    assert (letter.status, verbs(letter)) == ("draft", ["not submitted", "revive"])


def test_running_out_again_is_told_again(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(AFTER)
    note_unsent_letters()
    given(place)
    at(AFTER_LATER)
    assert (note_unsent_letters(), letter.status, len(owed("letter_not_submitted"))) == (1, "not_submitted", 4)


def test_before_a_letter_exists_it_can_be_started_in_the_time_given(place: Place, at: Stop) -> None:
    given(place)
    at(AT_LATER)
    assert start_letter(place.round, place.district, place.lead).status == "draft"


def test_without_more_time_no_letter_is_started_after_closing(place: Place, at: Stop) -> None:
    at(AFTER)
    with pytest.raises(RuleBroken, match="takes no new letters now"):
        start_letter(place.round, place.district, place.lead)
    assert db.session.query(Letter).count() == 0


def test_a_district_can_go_on_after_an_early_close(place: Place) -> None:
    letter, staff = a_signed_letter(place), staff_of(place)
    close_now(place.round, reason="Snow.", confirmation=closing_words(place.round), by=staff)
    given(place)
    assert submit(letter, by=place.lead).is_late is False


def test_everyone_who_writes_is_mailed_with_moment_and_reason(place: Place, mailbox: Post) -> None:
    a_letter(place)
    given(place)
    mails = mailbox()
    assert [mail.to for mail in mails] == ["assistant@example.org", "principal@example.org"]
    assert mails[0].subject == "Your letter has time until Fri, Nov 20, 2026, 5:00 PM ET"
    assert f"The reason: {WHY}" in mails[0].text
    assert mails[0].paths[0].startswith("/eclc/letters/")


def test_a_moved_date_for_changes_is_not_told_once_the_letter_was_sent_again(place: Place, mailbox: Post) -> None:
    letter = a_returned_letter(place)
    extend(place.round, place.district, moment_of("2026-12-08 17:00"), WHY, by=staff_of(place))
    submit(letter, by=place.lead)
    assert [mail.subject for mail in mailbox() if "has time until" in mail.subject] == []
    [row] = db.session.query(Outgoing).filter_by(template="more_time", to_address="principal@example.org")
    assert (row.dropped_at is not None, row.last_error) == (True, "")


def test_before_anybody_took_it_up_whom_the_letter_was_addressed_to_is_mailed(place: Place, mailbox: Post) -> None:
    falls = a_district("Example Falls")
    invitation = invite(place.round, falls, to_name="Superintendent", to_email="falls@example.org")
    send_invitation(invitation)
    mailbox()
    extend(place.round, falls, LATER, WHY, by=staff_of(place))
    [mail] = mailbox()
    assert (mail.to, "/eclc/letter" in mail.paths) == ("falls@example.org", True)


def test_a_mail_that_comes_too_late_is_not_sent(place: Place, at: Stop, mailbox: Post) -> None:
    a_letter(place)
    given(place)
    at(AFTER_LATER)
    assert mailbox() == []


def test_the_same_pressed_twice_is_given_once(place: Place) -> None:
    a_letter(place)
    given(place)
    given(place)
    assert (db.session.query(Extension).count(), len(owed("more_time"))) == (1, 2)


def test_a_longer_one_later_counts(place: Place) -> None:
    letter = a_letter(place)
    given(place)
    given(place, LATER + timedelta(days=3), "Still ill.")
    assert (ends_at(letter), len(owed("more_time"))) == (LATER + timedelta(days=3), 4)


@pytest.mark.parametrize("until", [LATER - timedelta(seconds=1), moment_of("2026-10-25 17:00")])
def test_time_that_was_given_is_not_made_shorter(place: Place, until: datetime) -> None:
    given(place)
    with pytest.raises(RuleBroken, match="has until Fri, Nov.20, 2026, 5:00.PM.ET already. Give a later moment"):
        given(place, until)
    assert db.session.query(Extension).count() == 1


def test_what_is_no_more_than_the_round_gives_is_refused(place: Place) -> None:
    with pytest.raises(RuleBroken, match="has until Fri, Oct.30, 2026, 6:00.PM.ET already"):
        given(place, moment_of("2026-10-30 18:00"))
    assert (db.session.query(Extension).count(), owed("more_time")) == (0, [])


def test_a_moment_that_has_passed_is_refused(place: Place, at: Stop) -> None:
    at("2026-11-30 09:00")
    with pytest.raises(RuleBroken, match="still to come"):
        given(place)


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_needs_a_reason(place: Place, reason: str) -> None:
    with pytest.raises(RuleBroken, match="Say why"):
        given(place, reason=reason)
    assert db.session.query(Extension).count() == 0


@pytest.mark.parametrize("moment", ["2026-09-01 09:00", OPENED := "2026-09-14 08:59:59"])
def test_a_round_that_has_not_opened_gives_none(place: Place, at: Stop, moment: str) -> None:
    at(moment)
    with pytest.raises(RuleBroken, match="open or has closed"):
        given(place)


def test_only_staff_give_time(place: Place) -> None:
    for who in (place.lead, a_person()):
        with pytest.raises(RuleBroken, match=FOR_OTHERS["staff"]):
            extend(place.round, place.district, LATER, WHY, by=who)
    assert db.session.query(Extension).count() == 0


def test_what_staff_sent_back_gets_a_later_date_and_nothing_else_opens(place: Place, at: Stop, mailbox: Post) -> None:
    letter = a_returned_letter(place)
    mailbox()
    later = moment_of(DUE) + timedelta(days=7)
    given(place, later)
    given(place, later)
    assert (the_return(letter).due_at, ends_at(letter), db.session.query(Extension).count()) == (later, later, 0)
    assert verbs(letter) == ["submit", "return", "extend return"]
    mails = mailbox()
    assert len(mails) == 2
    assert f"The reason: {WHY}" in mails[0].text


def test_a_return_s_date_is_not_made_earlier(place: Place) -> None:
    letter = a_returned_letter(place)
    with pytest.raises(RuleBroken, match="Give a later moment"):
        given(place, moment_of(DUE) - timedelta(days=1))
    assert the_return(letter).due_at == moment_of(DUE)


def test_more_time_for_a_district_leaves_no_trace_at_another(place: Place) -> None:
    falls: District = a_district("Example Falls")
    given(place)
    assert db.session.query(History).filter_by(subject_table="extensions").count() == 1
    assert db.session.query(Extension).filter_by(district_id=falls.id).count() == 0
