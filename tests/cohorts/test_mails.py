from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.cohorts.handing_over import accept_hand_over, ask_hand_over
from portal.cohorts.lead_queries import PURPOSE
from portal.cohorts.offering import defer_offer, offer_next
from portal.cohorts.operations import accept_offer, claim_team_seat, turn_down_offer
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.mail import preview
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.districts.queries import leads_of
from portal.reviews.operations import prepare_decision
from tests.cohorts.builders import (
    a_closing_round,
    a_district,
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


def test_a_place_on_the_waitlist_is_not_mailed_once_a_place_is_offered(community: Community, mailbox: Mailbox) -> None:
    staff = a_staff_member(community)
    letter = decided(a_led_letter(a_closing_round(community)), "waitlist", staff)
    offer_next(letter.round, staff)
    assert [mail.subject for mail in mailbox()] == ["A place for Harbor in Example Learning Community"]


@pytest.mark.parametrize("answer", [accept_offer, turn_down_offer, defer_offer])
def test_an_offer_that_was_answered_on_its_page_is_not_mailed_any_more(
    community: Community, mailbox: Mailbox, answer: Callable[..., Any]
) -> None:
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    answer(offer, leads_of(community.id, offer.letter.district_id)[0])
    told = [mail.subject for mail in mailbox() if mail.to == "lead.harbor@example.org"]
    assert (len(told), "A place for Harbor in Example Learning Community" in told) == (1, False)


def test_an_offer_whose_time_ran_out_before_its_mail_left_is_not_mailed(
    community: Community, mailbox: Mailbox, at: At
) -> None:
    an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    at("2027-01-15 17:30")
    assert mailbox() == []


def test_who_cannot_be_reached_is_neither_in_copy_nor_greeted(community: Community, mailbox: Mailbox) -> None:
    letter = a_led_letter(a_closing_round(community))
    second = a_lead(community, letter.district, "second.harbor@example.org")
    gone = a_lead(community, letter.district, "gone.harbor@example.org")
    with transaction():
        second.name, gone.name = "Second Lead", "Gone Lead"
        moment = clock.now()
        row = {"template": "x", "to_address": "gone.harbor@example.org", "message_id": "m"}
        db.session.add(Outgoing(**row, posted_at=moment, due_at=moment, dead_at=moment))
    decided(letter, "decline", a_staff_member(community))
    [mail] = mailbox()
    assert (mail.cc, "Gone Lead" in mail.text) == ("second.harbor@example.org", False)
    assert "Dear Lead of Harbor and Second Lead," in mail.text


def test_the_new_lead_s_sign_in_mail_says_that_they_act_for_the_district(
    community: Community, mailbox: Mailbox
) -> None:
    district = a_district()
    lead = a_lead(community, district)
    asked = ask_hand_over(community.id, district, name="New", email="new@example.org", keeps_lead=True, by=lead)
    accept_hand_over(token_of(asked, PURPOSE), next_url="/eclc/district")
    [mail] = [mail for mail in mailbox() if mail.to == "new@example.org" and "sign in" in mail.subject]
    assert mail.subject == "You act for Harbor now: sign in"
    assert "You act for Harbor now. Open this page and press its button to sign in:" in mail.text
    assert ["that you write" in mail.text, "letter" in mail.text, "/eclc/district" in mail.text] == [False, False, True]
