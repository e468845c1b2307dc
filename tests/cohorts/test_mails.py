from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.cohorts.operations import accept_offer, claim_team_seat, turn_down_offer
from portal.communities.models import Community
from portal.core.mail import preview
from portal.districts.queries import leads_of
from portal.reviews.operations import prepare_decision
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
    link_to,
    seats_of,
)
from tests.postbox import Mail

At = Callable[[str], Any]
Mailbox = Callable[[], list[Mail]]


@pytest.fixture
def community(app: Flask, at: At) -> Community:
    at(DECIDING)
    return a_community()


@pytest.mark.parametrize(
    "outcome, subject, words",
    [
        ("accept", "A place for Harbor in Example Learning Community", "by Fri, Jan 15, 2027, 5:00 PM ET"),
        (
            "waitlist",
            "Harbor is on the waitlist: Letter of Invitation 2026: a place in Cohort 4",
            "number 1 on the waitlist",
        ),
        (
            "decline",
            "Your letter: Letter of Invitation 2026: a place in Cohort 4",
            "cannot offer your district a place",
        ),
    ],
)
def test_the_mail_that_staff_looked_at_is_the_mail_that_arrives(
    community: Community, mailbox: Mailbox, outcome: str, subject: str, words: str
) -> None:
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    decision = prepare_decision(letter, outcome, "A secret reason.", staff)
    lead = leads_of(community.id, letter.district_id)[0]
    seen = preview(f"decision_{outcome}", {"decision_id": decision.id, "account_id": lead.id})
    decided(letter, outcome, staff, rationale="A secret reason.")
    [mail] = mailbox()
    assert (mail.subject.strip(), mail.text.replace("\r\n", "\n").strip()) == seen
    assert (mail.subject.strip(), words in mail.text.replace("\u00a0", " "), "secret" in mail.text) == (
        subject,
        True,
        False,
    )
    assert mail.paths == [f"/eclc/letters/{letter.id}/standing"]


def test_all_leads_of_a_district_share_one_mail(community: Community, mailbox: Mailbox) -> None:
    letter = a_led_letter(a_closing_round(community))
    a_lead(community, letter.district, "second.harbor@example.org")
    decided(letter, "decline", a_staff_member(community))
    [mail] = mailbox()
    assert (mail.to, mail.cc) == ("lead.harbor@example.org", "second.harbor@example.org")
    assert "Dear Lead of Harbor and Lead of Harbor," in mail.text


def test_an_accepted_place_is_told_to_leads_staff_and_the_team(community: Community, mailbox: Mailbox) -> None:
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    mailbox()
    seats = seats_of(accept_offer(offer, leads_of(community.id, offer.letter.district_id)[0]).id)
    mails = {mail.to: mail for mail in mailbox()}
    assert sorted(mails) == ["lead.harbor@example.org", "staff@example.org", "teacher.harbor@example.org"]
    assert mails["lead.harbor@example.org"].paths == ["/eclc/district"]
    assert mails["staff@example.org"].subject == "Harbor accepted its place: Cohort 4"
    assert mails["teacher.harbor@example.org"].paths == [f"/eclc/join/{link_to(seats[1])}"]
    assert "Special education teacher, Harbor Middle" in mails["teacher.harbor@example.org"].text


def test_a_place_that_was_turned_down_is_told_to_leads_and_staff(community: Community, mailbox: Mailbox) -> None:
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    mailbox()
    turn_down_offer(offer, leads_of(community.id, offer.letter.district_id)[0], "No substitutes.")
    mails = {mail.to: mail for mail in mailbox()}
    assert mails["staff@example.org"].subject == "Harbor turned its place down: Cohort 4"
    assert "They wrote: No substitutes." in mails["staff@example.org"].text
    assert mails["lead.harbor@example.org"].subject == "Harbor turned its place down"


def test_an_invitation_that_was_used_meanwhile_is_not_mailed(community: Community, mailbox: Mailbox) -> None:
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    claim_team_seat(link_to(seats_of(accept_offer(offer, None).id)[1]), "Teacher")
    subjects = [mail.subject for mail in mailbox() if mail.to == "teacher.harbor@example.org"]
    assert subjects == ["Your sign-in link"]
