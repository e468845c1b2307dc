"""What staff do with invitations: what is written, what is mailed, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.rounds.inviting import (
    Contact,
    invite_all,
    mark_bounced,
    note_call,
    readdress,
    remind,
    resend,
    withdraw_invitation,
)
from portal.rounds.models import Handover, Inquiry, Invitation, Round
from portal.rounds.operations import answer_not_this_year, close_now, invite, mark_opened, send_invitation
from portal.rounds.posting import note_mail
from portal.rounds.queries import PURPOSE, find_invitation, invitation_for, invitations_of
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, a_draft, a_round, a_sent_invitation, an_invitation, an_invited_district
from tests.rounds.traces import Stop, trace, verbs

NEW = Contact("New Superintendent", "new@example.org")


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def sent(round: Round) -> Invitation:
    return a_sent_invitation(round)


def links() -> set[str]:
    """The addresses in mails that are owed, by whom they go to."""
    db.session.rollback()
    return {row.to_address for row in db.session.query(Outgoing).filter_by(sent_at=None)}


def refused(work: Callable[[], Any], words: str) -> None:
    """The work is refused in these words and leaves no trace."""
    before = trace()
    with pytest.raises(RuleBroken, match=words):
        work()
    assert trace() == before


def people(count: int) -> list[tuple[Any, Contact]]:
    return [(an_invited_district(), Contact(f"Person {n}", f"p{n}@example.org")) for n in range(count)]


def test_several_are_prepared_at_once_and_nothing_is_mailed(round: Round, coordinator: Account) -> None:
    assert invite_all(round, people(3), by=coordinator) == 3
    made = db.session.scalars(invitations_of(round)).all()
    assert [(one.to_name, one.to_email, one.sent_at) for one in made] == [
        (f"Person {n}", f"p{n}@example.org", None) for n in range(3)
    ]
    assert [verbs(one) for one in made] == [["prepare"]] * 3
    assert links() == set()


def test_who_has_an_invitation_keeps_it_whoever_it_is_addressed_to(round: Round, coordinator: Account) -> None:
    first = an_invitation(round, to_email="first@example.org")
    rows = [(first.district, NEW), *people(1)]
    assert invite_all(round, rows, by=coordinator) == 1
    assert (first.to_email, db.session.query(Invitation).count()) == ("first@example.org", 2)
    assert invite_all(round, rows, by=coordinator) == 0


def test_one_bad_address_prepares_nobody(round: Round, coordinator: Account) -> None:
    rows = people(2)
    refused(lambda: invite_all(round, [*rows, (an_invited_district(), Contact("X", "no"))], by=coordinator), "Give one")
    refused(lambda: invite_all(round, [*rows, (rows[0][0], Contact(" ", "x@example.org"))][2:], by=coordinator), "name")


def test_after_closing_nobody_is_prepared(round: Round, coordinator: Account, at: Stop) -> None:
    rows = people(1)
    at(AFTER)
    refused(lambda: invite_all(round, rows, by=coordinator), "This round has closed")


def test_districts_are_prepared_while_the_round_is_a_draft(community: Community, coordinator: Account) -> None:
    assert invite_all(a_draft(community), people(2), by=coordinator) == 2


def test_a_prepared_invitation_is_taken_back_and_can_be_made_again(round: Round, coordinator: Account) -> None:
    invitation = an_invitation(round)
    for _ in range(2):
        withdraw_invitation(invitation, by=coordinator)
    assert (invitation_for(round.id, invitation.district_id), db.session.scalars(invitations_of(round)).all()) == (
        None,
        [],
    )
    again = invite(round, invitation.district, to_name="New", to_email="new@example.org", by=coordinator)
    assert (again.id, again.to_name, again.withdrawn_at) == (invitation.id, "New", None)
    assert verbs(invitation) == ["prepare", "withdraw", "prepare"]


def test_a_letter_that_has_left_is_not_taken_back(sent: Invitation, coordinator: Account) -> None:
    refused(lambda: withdraw_invitation(sent, by=coordinator), "This letter has left")


def test_an_inquiry_lies_on_the_desk_again_once_its_invitation_is_taken_back(
    round: Round, coordinator: Account
) -> None:
    invitation = an_invitation(round)
    inquiry = Inquiry(
        community_id=round.community_id, name="X", email="x@example.org", message="?", came_at=moment_of("2026-09-01"),
        state="invited", invitation=invitation,
    )  # fmt: skip
    db.session.add(inquiry)
    db.session.commit()
    withdraw_invitation(invitation, by=coordinator)
    assert (inquiry.state, inquiry.invitation_id, verbs(inquiry)) == ("open", None, ["reopen"])


def test_a_withdrawn_letter_is_not_sent(round: Round, coordinator: Account) -> None:
    invitation = an_invitation(round)
    withdraw_invitation(invitation, by=coordinator)
    refused(lambda: send_invitation(invitation, by=coordinator), "This invitation was withdrawn")


def test_once_more_is_the_same_link_in_a_new_mail(
    sent: Invitation, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    [first] = mailbox()
    token = token_of(sent, PURPOSE)
    assert resend(sent, by=coordinator)
    assert sent.mailed_at is None
    [second] = mailbox()
    assert (second.to, second.paths[0]) == (first.to, first.paths[0])
    assert first.message_id != second.message_id
    assert (token_of(sent, PURPOSE), sent.mailed_at is None) == (token, False)
    assert verbs(sent) == ["prepare", "send", "resend"]


def test_a_double_press_mails_once(sent: Invitation, coordinator: Account, mailbox: Callable, at: Stop) -> None:
    mailbox()
    assert [resend(sent, by=coordinator) for _ in range(2)] == [True, False]
    assert len(mailbox()) == 1
    at("2026-10-01 09:02")
    assert resend(sent, by=coordinator)
    assert len(mailbox()) == 1


def test_an_older_try_that_still_waits_is_dropped_for_the_newer_one(
    sent: Invitation, coordinator: Account, mailbox: Callable
) -> None:
    resend(sent, by=coordinator)
    assert len(mailbox()) == 1


def test_a_letter_that_has_not_left_is_not_sent_once_more(round: Round, coordinator: Account) -> None:
    invitation = an_invitation(round)
    refused(lambda: resend(invitation, by=coordinator), "has not left yet")


def test_after_the_time_for_letters_nothing_is_sent_once_more(sent: Invitation, coordinator: Account, at: Stop) -> None:
    at(AFTER)
    refused(lambda: resend(sent, by=coordinator), "The time for letters is over")


def test_the_silent_are_reminded_once_within_three_days(
    round: Round, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    silent, declined, waits = (a_sent_invitation(round, to_email=f"s{n}@example.org") for n in range(3))
    prepared = an_invitation(round)
    answer_not_this_year(declined)
    mailbox()
    everybody = [waits, prepared, silent, declined]
    assert remind(everybody, waiting={waits.id}, by=coordinator) == 1
    assert remind(everybody, waiting={waits.id}, by=coordinator) == 0
    [mail] = mailbox()
    assert (mail.to, mail.subject) == ("s0@example.org", f"Still open: our letter to {silent.district.label}")
    assert mail.paths[0] == f"/eclc/invitations/{token_of(silent, PURPOSE)}"
    assert "On Thu, Oct 1, 2026 we wrote to you" in mail.text
    assert (verbs(silent), verbs(waits)) == (["prepare", "send", "remind"], ["prepare", "send"])
    at("2026-10-04 09:00")
    assert remind(everybody, by=coordinator) == 2


def test_a_reminder_waits_for_the_round_to_be_open(sent: Invitation, coordinator: Account, at: Stop) -> None:
    at(AFTER)
    refused(lambda: remind([sent], by=coordinator), "Reminders go out while a round is open")


def test_who_answers_before_the_reminder_leaves_gets_none(
    sent: Invitation, coordinator: Account, mailbox: Callable
) -> None:
    mailbox()
    remind([sent], by=coordinator)
    answer_not_this_year(sent)
    assert mailbox() == []


def test_another_contact_gets_a_new_link_and_the_old_one_dies(
    sent: Invitation, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    old = token_of(sent, PURPOSE)
    mailbox()
    mark_opened(sent)
    now = at("2026-10-02 10:00")
    assert readdress(sent, NEW, by=coordinator)
    [mail] = mailbox()
    assert (mail.to, mail.text.startswith("Dear New Superintendent,")) == ("new@example.org", True)
    new = mail.paths[0].rpartition("/")[2]
    assert (find_invitation(old), find_invitation(new)) == (None, sent)
    assert (sent.sent_at, sent.opened_at, sent.mailed_at) == (now, None, now)
    [handover] = db.session.query(Handover)
    assert (handover.kind, handover.from_name, handover.to_name, handover.by_account_id) == (
        "readdressed", "Superintendent", "New Superintendent", coordinator.id,
    )  # fmt: skip
    row = history_of(sent)[-1]
    assert (row.verb, row.note) == (
        "readdress",
        "from Superintendent, superintendent@example.org to New Superintendent, new@example.org",
    )


def test_a_mail_to_the_person_before_that_still_waits_never_carries_the_new_link(
    sent: Invitation, coordinator: Account, mailbox: Callable
) -> None:
    readdress(sent, NEW, by=coordinator)
    assert [mail.to for mail in mailbox()] == ["new@example.org"]


def test_the_same_contact_twice_is_one_handover(sent: Invitation, coordinator: Account) -> None:
    assert [readdress(sent, NEW, by=coordinator) for _ in range(2)] == [True, False]
    assert db.session.query(Handover).count() == 1


def test_a_name_is_corrected_without_a_new_link(sent: Invitation, coordinator: Account, mailbox: Callable) -> None:
    token = token_of(sent, PURPOSE)
    mailbox()
    readdress(sent, Contact("Right Name", "Superintendent@Example.org"), by=coordinator)
    assert (sent.to_name, find_invitation(token), mailbox(), db.session.query(Handover).count()) == (
        "Right Name", sent, [], 0,
    )  # fmt: skip


def test_a_prepared_invitation_gets_another_contact_without_any_mail(round: Round, coordinator: Account) -> None:
    invitation = an_invitation(round)
    readdress(invitation, NEW, by=coordinator)
    assert (invitation.to_email, invitation.sent_at, links()) == ("new@example.org", None, set())


def test_an_answer_stays_with_the_district(sent: Invitation, coordinator: Account) -> None:
    answer_not_this_year(sent, reason="Later")
    readdress(sent, NEW, by=coordinator)
    assert (sent.answer, sent.reason, sent.opened_at is None) == ("not_this_year", "Later", False)


@pytest.mark.parametrize(
    "contact, words",
    [
        (Contact("X", "nobody"), "Give one mail address"),
        (Contact("", "x@example.org"), "Give the name"),
        (Contact("x" * 121, "x@example.org"), "Shorten the name"),
    ],
)
def test_a_contact_without_name_or_address_changes_nothing(
    sent: Invitation, coordinator: Account, contact: Contact, words: str
) -> None:
    refused(lambda: readdress(sent, contact, by=coordinator), words)
    assert sent.to_email == "superintendent@example.org"


def test_after_the_time_for_letters_the_link_stays_as_it_is(sent: Invitation, coordinator: Account, at: Stop) -> None:
    at(AFTER)
    refused(lambda: readdress(sent, NEW, by=coordinator), "The time for letters is over")
    assert (sent.to_email, db.session.query(Handover).count()) == ("superintendent@example.org", 0)


def test_a_letter_that_leaves_is_noted(sent: Invitation, mailbox: Callable, at: Stop) -> None:
    now = at("2026-10-01 09:05")
    mailbox()
    db.session.refresh(sent)
    assert (sent.mailed_at, sent.bounced_at) == (now, None)


def test_a_refused_letter_is_noted_with_what_was_said(sent: Invitation, mailbox: Callable, sink: Any, at: Stop) -> None:
    now = at("2026-10-01 09:05")
    sink[0].answer = "550 no such person"
    mailbox()
    sink[0].answer = "250 OK"
    db.session.refresh(sent)
    assert (sent.mailed_at, sent.bounced_at, sent.bounce_note) == (None, now, "550 no such person")
    assert [(row.verb, row.note) for row in history_of(sent)][-1] == ("bounce", "550 no such person")


def test_another_try_that_arrives_clears_the_mark(
    sent: Invitation, coordinator: Account, mailbox: Callable, sink: Any
) -> None:
    mark_bounced(sent, "Mailbox full", by=coordinator)
    resend(sent, by=coordinator)
    mailbox()
    db.session.refresh(sent)
    assert (sent.bounced_at, sent.bounce_note, sent.mailed_at is None) == (None, "", False)


def test_news_of_an_older_mail_say_nothing_of_the_newer(
    sent: Invitation, coordinator: Account, mailbox: Callable
) -> None:

    readdress(sent, NEW, by=coordinator)
    with transaction():
        note_mail(sent.id, error="550 gone", number=1)
    assert sent.bounced_at is None


def test_a_late_return_is_marked_by_hand(sent: Invitation, coordinator: Account, at: Stop) -> None:
    now = at("2026-10-03 09:00")
    for _ in range(2):
        mark_bounced(sent, " Mailbox full ", by=coordinator)
    assert (sent.bounced_at, sent.bounce_note, verbs(sent)) == (now, "Mailbox full", ["prepare", "send", "bounce"])


def test_only_a_letter_that_left_and_has_no_answer_comes_back(
    round: Round, sent: Invitation, coordinator: Account
) -> None:
    prepared = an_invitation(round)
    refused(lambda: mark_bounced(prepared, "x", by=coordinator), "Only a letter that has left")
    answer_not_this_year(sent)
    refused(lambda: mark_bounced(sent, "x", by=coordinator), "Only a letter that has left")
    refused(lambda: mark_bounced(sent, " ", by=coordinator), "Copy here what the mail system said")


def test_what_was_said_on_the_phone_is_kept_with_who_and_when(sent: Invitation, coordinator: Account, at: Stop) -> None:
    now = at("2026-10-05 11:00")
    for _ in range(2):
        note_call(sent, "Back next week", by=coordinator)
    note_call(sent, "Called again", by=coordinator)
    rows = [(row.verb, row.note, row.by_name, row.at) for row in history_of(sent)][2:]
    assert rows == [("call", "Back next week", "Coordinator", now), ("call", "Called again", "Coordinator", now)]
    refused(lambda: note_call(sent, " ", by=coordinator), "Write what was said")


def test_an_early_close_stops_letters_that_still_wait(
    sent: Invitation, coordinator: Account, mailbox: Callable
) -> None:
    close_now(sent.round, reason="Enough", confirmation="Letter of Invitation 2026", by=coordinator)
    assert (mailbox(), sent.mailed_at) == ([], None)


def test_letters_of_another_community_are_not_touched(round: Round, coordinator: Account) -> None:
    other = a_round(create_community(slug="other", name="Other", kind="district_network"))
    foreign = an_invitation(other)
    invite_all(round, [(foreign.district, NEW)], by=coordinator)
    assert (foreign.to_email, db.session.query(Invitation).count()) == ("superintendent@example.org", 2)
