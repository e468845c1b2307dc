"""The mails about offers as they arrive, and those that have become stale and never leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offering import (
    accept_offer,
    change_places,
    defer_offer,
    expire_offers,
    extend_offer,
    remind_silent,
    take_back_offer,
    turn_down_offer,
)
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import preview
from portal.districts.models import District
from portal.districts.operations import affiliate
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from tests.cohorts.builders import (
    a_closing_round,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
)
from tests.conftest import moment_of
from tests.postbox import Mail

At = Callable[[str], Any]
Mailbox = Callable[[], list[Mail]]
LEAD, SECOND, STAFF = "lead.harbor@example.org", "second.harbor@example.org", "staff@example.org"


@pytest.fixture
def offer(community: Community, staff: Account, mailbox: Mailbox) -> PlaceOffer:
    """The one place of a round, offered to Harbor, which has two leads; River waits in line."""
    round = a_closing_round(community, capacity=1)
    letter = a_led_letter(round)
    a_lead(community, letter.district, SECOND)
    made = an_offer(letter, staff)
    decided(a_led_letter(round, "River"), "waitlist", staff)
    mailbox()
    return made


def lead_of(letter: Letter) -> Account:
    return leads_of(letter.community_id, letter.district_id)[0]


def by_address(mails: list[Mail]) -> dict[str, Mail]:
    return {mail.to: mail for mail in mails}


def plain(mail: Mail) -> str:
    return " ".join(mail.text.replace("\u00a0", " ").split())


def test_a_district_that_waits_for_the_next_round_reads_what_that_means(offer: PlaceOffer, mailbox: Mailbox) -> None:
    defer_offer(offer, lead_of(offer.letter), "Our superintendent leaves.")
    mails = by_address(mailbox())
    assert (mails[LEAD].cc, mails[LEAD].subject) == (SECOND, "Harbor waits for the next round")
    assert "A place in that round is not promised." in plain(mails[LEAD])
    assert "They wrote: Our superintendent leaves." in plain(mails[STAFF])
    assert "The place is offered to River, who can answer until Tue, Dec 22, 2026, 5:00 PM ET" in plain(mails[STAFF])
    river = mails["lead.river@example.org"]
    assert river.subject == "A place for River in Example Learning Community"
    assert "by Tue, Dec 22, 2026, 5:00 PM ET" in plain(river)
    assert river.paths == ["/eclc/letters/2/standing"]


def test_who_has_a_conflict_with_who_is_next_does_not_read_its_name(
    offer: PlaceOffer, staff: Account, mailbox: Mailbox
) -> None:
    river = db.session.query(District).filter_by(slug="river").one()
    affiliate(staff, offer.letter.community_id, river, "superintendent", clock.now().date(), None)
    a_staff_member(db.session.query(Community).one(), "admin")
    turn_down_offer(offer, None)
    mails = [mail for mail in mailbox() if mail.to in (STAFF, "admin@example.org")]
    assert [("River" in plain(mail), "offered to the next in line" in plain(mail)) for mail in mails] == [
        (False, True), (False, True),
    ]  # fmt: skip


def test_staff_read_that_a_place_is_free_because_no_mail_reaches_who_waits(offer: PlaceOffer, mailbox: Mailbox) -> None:
    river = db.session.query(Account).filter_by(email="lead.river@example.org").one()
    river.disabled_at = clock.now()
    db.session.commit()
    turn_down_offer(offer, None)
    [mail] = [mail for mail in mailbox() if mail.to == STAFF]
    assert ["mail reaches none of their leads" in plain(mail), "Nobody waits in line" in plain(mail)] == [True, False]


def test_staff_read_that_no_place_is_free_where_there_are_fewer_places_now(
    offer: PlaceOffer, mailbox: Mailbox, staff: Account
) -> None:
    round = offer.letter.round
    round.capacity = 2
    db.session.commit()
    other = an_offer(a_led_letter(round, "Hill"), staff)
    change_places(round, 1, "Less money.", staff, seen=2)
    mailbox()
    turn_down_offer(other, None)
    [mail] = [mail for mail in mailbox() if mail.to == STAFF]
    assert ["No place is free" in plain(mail), "so the place is free" in plain(mail)] == [True, False]


def test_time_that_ended_is_told_to_both_sides(offer: PlaceOffer, mailbox: Mailbox, at: At) -> None:
    at("2027-01-15 17:00:01")
    expire_offers()
    mails = by_address(mailbox())
    assert mails[STAFF].subject == "Harbor has not answered in time: Cohort 4"
    assert "No answer reached us by then" in plain(mails[LEAD])


def test_a_reminder_tells_until_when_and_what_can_be_answered(offer: PlaceOffer, mailbox: Mailbox, at: At) -> None:
    at("2027-01-13 09:00")
    remind_silent()
    [mail] = mailbox()
    assert (mail.to, mail.cc) == (LEAD, SECOND)
    assert "until Fri, Jan 15, 2027, 5:00 PM ET. After that the place goes to another district." in plain(mail)


@pytest.mark.parametrize("answer", [accept_offer, turn_down_offer, defer_offer])
def test_who_answers_before_the_reminder_leaves_gets_none(
    offer: PlaceOffer, mailbox: Mailbox, at: At, answer: Callable[..., Any]
) -> None:
    at("2027-01-13 09:00")
    remind_silent()
    answer(offer, lead_of(offer.letter))
    assert [mail.subject for mail in mailbox() if "Please answer" in mail.subject] == []


def test_more_time_is_told_with_its_reason(offer: PlaceOffer, mailbox: Mailbox, staff: Account) -> None:
    extend_offer(offer, moment_of("2027-01-29 17:00"), "The board meets on the 26th.", staff)
    [mail] = mailbox()
    assert "Why: The board meets on the 26th." in plain(mail)
    assert "Fri, Jan 29, 2027, 5:00 PM ET" in plain(mail)


def test_an_offer_that_is_taken_back_before_its_mail_leaves_is_not_told_as_one(
    offer: PlaceOffer, mailbox: Mailbox, staff: Account
) -> None:
    turn_down_offer(offer, None)
    new = db.session.query(PlaceOffer).order_by(PlaceOffer.id.desc()).first()
    assert new is not None
    take_back_offer(new, "A mistake of ours.", staff)
    subjects = [mail.subject for mail in mailbox() if mail.to == "lead.river@example.org"]
    assert subjects == ["The offer of a place for River was taken back"]


@pytest.mark.parametrize("template", ["offer_taken_back", "offer_reminder", "place_expired", "place_turned_down"])
def test_a_mail_that_asks_to_write_says_where(offer: PlaceOffer, template: str) -> None:
    _, text = preview(template, {"offer_id": offer.id, "account_id": lead_of(offer.letter).id})
    assert ["rite to us" in text, "/eclc/contact" in text, "answer this mail" in text] == [True, True, False]
