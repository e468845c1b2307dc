"""What the mails about joining, leading, leaving say, and that those who are late say nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.cohorts.handing_over import ask_hand_over, give_up_lead, name_lead
from portal.cohorts.join_queries import REQUEST_PURPOSE
from portal.cohorts.joining import Joiner, ask_to_join, confirm_join, settle_request
from portal.cohorts.leaving import end_district, keep_district, leave_district, move_person
from portal.cohorts.models import JoinRequest
from portal.cohorts.operations import accept_offer, claim_team_seat
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.tokens import token_of
from portal.districts.models import Affiliation, Membership
from portal.districts.operations import begin_membership
from portal.districts.queries import affiliations_of, leads_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    link_to,
    owed,
    seats_of,
)
from tests.postbox import Mail

At = Callable[[str], Any]
Mailbox = Callable[[], list[Mail]]
LEAD, TEACHER, STAFF = "lead.harbor@example.org", "teacher.harbor@example.org", "staff@example.org"
NURSE = "nurse@example.org"
JAN_29 = date(2027, 1, 29)


@pytest.fixture
def member(app: Flask, at: At, mailbox: Mailbox) -> Membership:
    """Harbor with a teacher on its team; what this cost in mail is read."""
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    staff = a_staff_member(letter.round.community)
    found = accept_offer(an_offer(letter, staff), leads_of(1, letter.district_id)[0])
    claim_team_seat(link_to(seats_of(found.id)[1]), "Teacher")
    with transaction():
        found.district.domain = "harborschools.org"
    mailbox()
    return found


def person(email: str) -> Account:
    account = find_account(email)
    assert account is not None
    return account


def teachers_job() -> Affiliation:
    return affiliations_of(person(TEACHER).id, 1)[0]


def asked(member: Membership, email: str = NURSE) -> JoinRequest:
    return ask_to_join(member, Joiner("Nurse", email, "teacher-sped", "Harbor Middle"))


def told(mailbox: Mailbox) -> dict[str, tuple[str, str]]:
    """Subject and text of what came, by address; one line each."""
    return {mail.to: (mail.subject, " ".join(mail.text.split())) for mail in mailbox()}


def test_whoever_asks_gets_the_link_and_the_lead_is_asked_once_it_is_confirmed(
    member: Membership, mailbox: Mailbox
) -> None:
    request = asked(member)
    token = token_of(request, REQUEST_PURPOSE)
    subject, text = told(mailbox)[NURSE]
    assert (subject, f"/eclc/join/requests/{token}" in text) == ("Confirm your address to join Harbor", True)
    assert "works until Tue, Dec 22, 2026, 10:00 AM ET" in text.replace("\xa0", " ")
    confirm_join(token)
    subject, text = told(mailbox)[LEAD]
    assert subject == "Nurse asks to join Harbor"
    assert ["as: Special education teacher, Harbor Middle" in text, "/eclc/district/1/people" in text] == [True, True]
    assert "/staff/" not in text


def test_where_nobody_leads_staff_are_asked_and_get_their_own_page(member: Membership, mailbox: Mailbox) -> None:
    request = asked(member)
    with transaction():
        person(LEAD).disabled_at = request.asked_at
    mailbox()
    confirm_join(token_of(request, REQUEST_PURPOSE))
    text = told(mailbox)[STAFF][1]
    assert [f"/eclc/staff/members/{member.id}" in text, "/people" in text] == [True, False]


def test_who_belongs_to_the_district_already_reads_how_to_sign_in(member: Membership, mailbox: Mailbox) -> None:
    request = asked(member, TEACHER)
    subject, text = told(mailbox)[TEACHER]
    assert subject == "You belong to Harbor already"
    assert ["Sign in to see" in text, token_of(request, REQUEST_PURPOSE) in text] == [True, False]


def test_who_leaves_before_the_mail_does_is_not_told_that_they_belong(member: Membership, mailbox: Mailbox) -> None:
    asked(member, TEACHER)
    assert owed("join_known") == [("join_known", TEACHER)]
    with transaction():
        teachers_job().to_date = date(2026, 12, 15)
    assert told(mailbox) == {}


def test_a_link_that_was_replaced_and_a_question_that_was_answered_do_not_leave(
    member: Membership, mailbox: Mailbox
) -> None:
    asked(member)
    second = asked(member)
    assert [mail.to for mail in mailbox()] == [NURSE]
    confirm_join(token_of(second, REQUEST_PURPOSE))
    settle_request(second, "joined", person(LEAD))
    assert [(mail.to, mail.subject) for mail in mailbox()] == [(NURSE, "You are in: Harbor")]


@pytest.mark.parametrize(
    ("outcome", "subject", "words"),
    [
        ("joined", "You are in: Harbor", "Lead of Harbor let you in"),
        ("declined", "About your wish to join Harbor", "The district did not accept your request."),
    ],
)
def test_whoever_asked_hears_what_the_lead_decided(
    member: Membership, mailbox: Mailbox, outcome: str, subject: str, words: str
) -> None:
    request = asked(member)
    confirm_join(token_of(request, REQUEST_PURPOSE))
    mailbox()
    settle_request(request, outcome, person(LEAD))
    found = told(mailbox)[NURSE]
    assert (found[0], words in found[1]) == (subject, True)


def test_the_lead_hears_of_somebody_who_is_in_at_once(member: Membership, mailbox: Mailbox) -> None:
    confirm_join(token_of(asked(member, "nurse@harborschools.org"), REQUEST_PURPOSE))
    subject, text = told(mailbox)[LEAD]
    assert (subject, "nobody had to be asked" in text) == ("Nurse joined Harbor", True)


def test_whoever_leaves_hears_the_last_day(member: Membership, mailbox: Mailbox) -> None:
    leave_district(teachers_job(), JAN_29, by=person(LEAD))
    subject, text = told(mailbox)[TEACHER]
    assert subject == "Your last day with Harbor: January 29, 2027"
    assert "Your seat on its team goes back to the district after that day." in text


def test_the_lead_hears_of_somebody_who_leaves_by_themselves(member: Membership, mailbox: Mailbox) -> None:
    leave_district(teachers_job(), JAN_29, by=person(TEACHER))
    assert told(mailbox)[LEAD][0] == "Teacher leaves Harbor: January 29, 2027"


def test_whoever_moves_hears_of_both_days(member: Membership, mailbox: Mailbox) -> None:
    river = begin_membership(1, a_district("River"), date(2026, 12, 1), None)
    move_person(teachers_job(), river, "teacher-sped", date(2027, 1, 30), by=person(STAFF))
    assert sorted(mail.subject for mail in mailbox()) == [
        "From January 30, 2027 you belong to River",
        "Your last day with Harbor: January 29, 2027",
    ]


def test_leads_and_staff_hear_that_a_district_leaves_and_that_it_stays(member: Membership, mailbox: Mailbox) -> None:
    end_district(member, JAN_29, "The district merged.", by=person(STAFF))
    mails = told(mailbox)
    assert set(mails) == {LEAD, STAFF}
    assert mails[LEAD][0] == "Harbor is a member until January 29, 2027"
    assert "The reason: The district merged." in mails[LEAD][1]
    keep_district(member, by=person(STAFF))
    assert {subject for subject, _ in told(mailbox).values()} == {"Harbor stays a member"}


def test_an_end_that_was_taken_back_before_the_mail_could_leave_is_not_told(
    member: Membership, mailbox: Mailbox
) -> None:
    end_district(member, JAN_29, "The district merged.", by=person(STAFF))
    keep_district(member, by=person(STAFF))
    assert {subject for subject, _ in told(mailbox).values()} == {"Harbor stays a member"}


def test_a_lead_who_is_named_hears_what_it_means_and_one_who_stops_is_told_of(
    member: Membership, mailbox: Mailbox
) -> None:
    name_lead(1, member.district, name="Principal", email="principal@example.org", by=person(STAFF))
    subject, text = told(mailbox)["principal@example.org"]
    assert (subject, "You can name its team" in text) == ("You act for Harbor in Example Learning Community", True)
    give_up_lead(1, member.district, person(LEAD), by=person(LEAD))
    mails = told(mailbox)
    assert mails["principal@example.org"][0] == "Lead of Harbor no longer acts for Harbor"
    subject, text = mails[LEAD]
    assert (subject, "Lead of Harbor" in text) == ("You no longer act for Harbor", False)
    assert ["You no longer act for Harbor in Example" in text, "/eclc/contact" in text] == [True, True]


def test_a_lead_who_was_named_and_ended_before_the_mail_could_leave_is_not_told(
    member: Membership, mailbox: Mailbox
) -> None:
    named = name_lead(1, member.district, name="Principal", email="principal@example.org", by=person(STAFF))
    give_up_lead(1, member.district, named, by=person(STAFF))
    assert {to: subject for to, (subject, _) in told(mailbox).items()} == {
        LEAD: "Principal no longer acts for Harbor",
        "principal@example.org": "You no longer act for Harbor",
    }


def test_a_shared_lead_is_asked_for_in_other_words(member: Membership, mailbox: Mailbox) -> None:
    ask_hand_over(1, member.district, name="Principal", email="p@example.org", keeps_lead=True, by=person(LEAD))
    assert "asks you to do so too" in told(mailbox)["p@example.org"][1]


def test_a_name_with_markup_is_text_in_every_part_of_a_mail(member: Membership, mailbox: Mailbox) -> None:
    request = ask_to_join(member, Joiner("<b>Nurse</b>", NURSE, "teacher-sped"))
    [mail] = mailbox()
    assert ("<b>Nurse</b>" in mail.text, "<b>Nurse" in mail.html) == (True, False)
    a_lead(db.session.get_one(Community, 1), member.district, "second@example.org")
    confirm_join(token_of(request, REQUEST_PURPOSE))
    assert [mail.to for mail in mailbox()] == [LEAD, "second@example.org"]
