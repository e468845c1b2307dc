"""Answering an invitation: what starts, who may write, what is mailed, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from portal.accounts.models import Account, SignInLink
from portal.accounts.operations import find_or_open_account
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import History, history_of
from portal.core.outbox import Outgoing
from portal.districts.models import DistrictPermission
from portal.districts.queries import leads_of
from portal.letters.invitations import answer_interested, answer_not_this_year, is_untouched, send_new_link
from portal.letters.models import Answer, Letter, RosterRow
from portal.rounds.models import Invitation
from tests.rounds.builders import AFTER, LATE, OPEN, a_round, a_sent_invitation

Stop = Callable[[str], datetime]
DIRECTOR = {"name": "Director", "email": "director@example.org"}


@pytest.fixture
def invitation(app: Flask, at: Stop) -> Invitation:
    at(OPEN)
    community = create_community(slug="eclc", name="Example Learning Community", kind="district_network")
    return a_sent_invitation(a_round(community))


def trace() -> tuple[int, ...]:
    """How many rows there are of everything that an answer could write."""
    tables = (Account, DistrictPermission, Letter, SignInLink, History, Outgoing)
    return tuple(db.session.query(table).count() for table in tables)


def owed() -> list[tuple[str, str]]:
    rows = db.session.query(Outgoing).filter(Outgoing.template != "invitation").order_by(Outgoing.id)
    return [(row.template, row.to_address) for row in rows]


def lead_names(invitation: Invitation) -> list[str]:
    return [lead.name for lead in leads_of(invitation.community_id, invitation.district_id)]


def write_something(letter: Letter) -> None:
    question = letter.round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="Because.", saved_at=letter.started_at))
    db.session.commit()


def test_interested_starts_the_letter_and_makes_the_writer_its_lead(invitation: Invitation) -> None:
    letter = answer_interested(invitation, **DIRECTOR)
    assert (letter.district_id, letter.round_id, letter.status) == (
        invitation.district_id,
        invitation.round_id,
        "draft",
    )
    assert (invitation.answer, lead_names(invitation)) == ("interested", ["Director"])
    last = history_of(invitation)[-1]
    assert (last.verb, last.by_name, last.note) == ("interested", "Director", "Director")


def test_the_writer_gets_a_link_that_leads_to_the_letter(invitation: Invitation, mailbox: Callable) -> None:
    letter = answer_interested(invitation, **DIRECTOR)
    mails = [mail for mail in mailbox() if mail.to == "director@example.org"]
    about = f"the interest letter of {letter.district.label}"
    assert [mail.subject for mail in mails] == [f"Your sign-in link to {about}"]
    assert db.session.query(SignInLink).one().next_url == f"/eclc/letters/{letter.id}"
    # Whoever was named by a colleague did not ask for this mail: it says what it is, and what works after the link.
    assert f"said that you write {about}." in mails[0].text
    assert mails[0].links[-1].endswith(f"/eclc/letters/{letter.id}")


def test_the_person_the_letter_went_to_hears_who_answered(invitation: Invitation, mailbox: Callable) -> None:
    answer_interested(invitation, **DIRECTOR)
    told = [mail for mail in mailbox() if mail.to == "superintendent@example.org"][-1]
    assert told.subject == f"{invitation.district.label} answered: interested"
    assert "Director answered our letter" in told.text


def test_who_answers_their_own_letter_gets_one_mail(invitation: Invitation) -> None:
    answer_interested(invitation, name="Superintendent", email="Superintendent@Example.org")
    assert owed() == [("sign_in_link", "superintendent@example.org")]


def test_the_same_twice_is_one_letter_one_lead_one_mail(invitation: Invitation) -> None:
    first = answer_interested(invitation, **DIRECTOR)
    before = trace()
    assert answer_interested(invitation, **DIRECTOR).id == first.id
    assert trace() == before


def test_asking_again_later_mails_a_new_link(invitation: Invitation, at: Stop) -> None:
    answer_interested(invitation, **DIRECTOR)
    at("2026-10-01 09:30")
    answer_interested(invitation, **DIRECTOR)
    assert owed().count(("sign_in_link", "director@example.org")) == 2


def test_at_most_five_links_an_hour_go_to_one_address(invitation: Invitation, at: Stop) -> None:
    for minute in range(0, 40, 5):
        at(f"2026-10-01 09:{minute:02d}")
        answer_interested(invitation, **DIRECTOR)
    assert owed().count(("sign_in_link", "director@example.org")) == 5


def test_a_known_person_keeps_their_name(invitation: Invitation) -> None:
    known = find_or_open_account(email="director@example.org", name="Assistant superintendent")
    answer_interested(invitation, **DIRECTOR)
    assert (known.name, lead_names(invitation)) == ("Assistant superintendent", ["Assistant superintendent"])


def test_a_colleague_can_answer_too_while_nothing_is_written(invitation: Invitation) -> None:
    first = answer_interested(invitation, **DIRECTOR)
    second = answer_interested(invitation, name="Coach", email="coach@example.org")
    assert (second.id, lead_names(invitation)) == (first.id, ["Director", "Coach"])


def test_once_writing_has_begun_a_stranger_is_sent_to_the_lead(invitation: Invitation) -> None:
    write_something(answer_interested(invitation, **DIRECTOR))
    before = trace()
    with pytest.raises(RuleBroken, match="has begun its letter"):
        answer_interested(invitation, name="Coach", email="coach@example.org")
    assert (lead_names(invitation), trace()) == (["Director"], before)


def test_the_lead_gets_a_new_link_whatever_is_written(invitation: Invitation, at: Stop) -> None:
    write_something(answer_interested(invitation, **DIRECTOR))
    at("2026-10-02 09:00")
    answer_interested(invitation, **DIRECTOR)
    assert owed().count(("sign_in_link", "director@example.org")) == 2


def test_one_link_makes_no_crowd_of_writers(invitation: Invitation) -> None:
    for number in range(4):  # the round allows three co-editors beside the first
        answer_interested(invitation, name=f"Writer {number}", email=f"w{number}@example.org")
    before = trace()
    with pytest.raises(RuleBroken, match="as many writers as there can be"):
        answer_interested(invitation, name="Writer 5", email="w5@example.org")
    assert trace() == before


@pytest.mark.parametrize(
    "email", ["", "director", "a@b@c", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@x.org"]
)
def test_an_address_that_is_none_starts_nothing(invitation: Invitation, email: str) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match="one mail address"):
        answer_interested(invitation, name="Director", email=email)
    assert (invitation.answer, trace()) == ("", before)


def test_in_the_grace_minutes_an_answer_still_counts(invitation: Invitation, at: Stop) -> None:
    at(LATE)
    assert answer_interested(invitation, **DIRECTOR).status == "draft"


def test_after_the_last_moment_nothing_starts(invitation: Invitation, at: Stop) -> None:
    at(AFTER)
    before = trace()
    with pytest.raises(RuleBroken, match="takes no answer now"):
        answer_interested(invitation, **DIRECTOR)
    with pytest.raises(RuleBroken, match="takes no answer now"):
        answer_not_this_year(invitation)
    assert (invitation.answer, trace()) == ("", before)


def test_a_disabled_person_gets_no_link(invitation: Invitation) -> None:
    account = find_or_open_account(email="director@example.org", name="Director")
    account.disabled_at = account.created_at
    db.session.commit()
    answer_interested(invitation, **DIRECTOR)
    assert owed() == [("invitation_answered", "superintendent@example.org")]


def test_not_this_year_is_confirmed_by_mail(invitation: Invitation, mailbox: Callable) -> None:
    mailbox()
    answer_not_this_year(invitation, reason="A new superintendent comes in July.")
    mail = mailbox()[0]
    assert (mail.to, mail.subject) == (
        "superintendent@example.org", f"{invitation.district.label} answered: not this year",
    )  # fmt: skip
    assert "You told us: A new superintendent comes in July." in mail.text


def test_the_mind_can_be_changed_both_ways_while_nothing_is_written(invitation: Invitation) -> None:
    answer_not_this_year(invitation, reason="Busy")
    first = answer_interested(invitation, **DIRECTOR)
    answer_not_this_year(invitation, reason="Too busy")
    assert (invitation.answer, invitation.reason) == ("not_this_year", "Too busy")
    assert answer_interested(invitation, **DIRECTOR).id == first.id
    assert (invitation.answer, invitation.reason) == ("interested", "")


def test_not_this_year_is_refused_once_the_letter_has_begun(invitation: Invitation) -> None:
    write_something(answer_interested(invitation, **DIRECTOR))
    before = trace()
    with pytest.raises(RuleBroken, match="has begun its letter, so this answer stays"):
        answer_not_this_year(invitation)
    assert (invitation.answer, trace()) == ("interested", before)


def test_a_letter_is_touched_by_an_answer_or_a_name_on_the_roster(invitation: Invitation) -> None:
    letter = answer_interested(invitation, **DIRECTOR)
    row = RosterRow(letter_id=letter.id, position=1, saved_at=letter.started_at)
    db.session.add(row)
    db.session.commit()
    assert is_untouched(letter) is True
    row.name = "Teacher"
    db.session.commit()
    assert is_untouched(letter) is False


def test_a_new_link_goes_to_everyone_who_writes(invitation: Invitation, at: Stop) -> None:
    answer_interested(invitation, **DIRECTOR)
    answer_interested(invitation, name="Coach", email="coach@example.org")
    at("2026-10-02 09:00")
    before = len(owed())
    send_new_link(invitation)
    assert owed()[before:] == [("sign_in_link", "director@example.org"), ("sign_in_link", "coach@example.org")]


def test_no_link_goes_out_before_the_district_is_interested(invitation: Invitation) -> None:
    with pytest.raises(RuleBroken, match="Say first that you are interested"):
        send_new_link(invitation)
    assert owed() == []


def test_two_presses_at_once_are_one_letter_and_one_link(invitation: Invitation, two_at_once: Callable) -> None:
    number = invitation.id

    def press(_: int) -> int:
        return answer_interested(db.session.get_one(Invitation, number), **DIRECTOR).id

    letters = two_at_once(press, 4)
    db.session.rollback()
    assert (len(set(letters)), db.session.query(Letter).count()) == (1, 1)
    assert owed().count(("sign_in_link", "director@example.org")) == 1
    assert [row.verb for row in history_of(db.session.get_one(Invitation, number))] == ["prepare", "send", "interested"]


def test_two_people_at_once_write_one_letter(invitation: Invitation, two_at_once: Callable) -> None:
    number = invitation.id

    def press(person: int) -> int:
        found = db.session.get_one(Invitation, number)
        return answer_interested(found, name=f"Writer {person}", email=f"w{person}@example.org").id

    assert len(set(two_at_once(press, 2))) == 1
    db.session.rollback()
    assert sorted(lead_names(db.session.get_one(Invitation, number))) == ["Writer 0", "Writer 1"]


def test_an_invitation_is_answered_twenty_times_an_hour_at_most(invitation: Invitation, at: Stop) -> None:
    for number in range(20):
        answer_not_this_year(invitation, reason=f"Reason {number}")
    before = trace()
    with pytest.raises(TooManyTries, match="answered many times"):
        answer_not_this_year(invitation, reason="Once more")
    with pytest.raises(TooManyTries, match="answered many times"):
        answer_interested(invitation, **DIRECTOR)
    assert (invitation.reason, trace()) == ("Reason 19", before)
    at("2026-10-01 10:00:01")
    assert answer_interested(invitation, **DIRECTOR).status == "draft"
