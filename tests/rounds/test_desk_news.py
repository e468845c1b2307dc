"""Staff hear of new things on their desk: at once for the first, then together and at most once an hour."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.rounds.jobs import tell_of_news
from portal.rounds.settling import set_inquiry_aside
from tests.rounds.builders import a_round, an_answer_request, an_asked_question, an_inquiry
from tests.rounds.traces import Stop


@pytest.fixture(autouse=True)
def _staff(community: Community) -> None:
    """A coordinator, an admin, and a reviewer who settles nothing."""
    for name, kind in (("coordinator", "staff"), ("director", "admin"), ("reviewer", "reviewer")):
        grant_permission(community, email=f"{name}@example.org", kind=kind)


def told(mailbox: Callable) -> list[str]:
    tell_of_news()
    return sorted(mail.to for mail in mailbox())


BOTH = ["coordinator@example.org", "director@example.org"]


def test_nothing_new_is_no_mail(mailbox: Callable) -> None:
    assert told(mailbox) == []


def test_the_first_thing_is_told_at_once_and_in_numbers_only(community: Community, mailbox: Callable) -> None:
    round = a_round(community)
    an_inquiry(community, message="A private story")
    an_asked_question(round)
    an_answer_request(round)
    tell_of_news()
    mails = mailbox()
    assert [(mail.to, mail.subject) for mail in mails] == [
        (address, "New on the desk of Example Learning Community") for address in BOTH
    ]
    assert ("A private story" in mails[0].text, mails[0].paths) == (False, ["/eclc/staff/desk"])
    for words in (
        "1\u00a0question about a round",
        "1\u00a0inquiry from visitors",
        "1\u00a0request to answer for a district",
    ):
        assert (words, words in mails[0].text) == (words, True)


def test_twenty_things_in_an_hour_are_two_mails_at_most(community: Community, mailbox: Callable, at: Stop) -> None:
    sent = []
    for minute in range(0, 60, 3):
        at(f"2026-10-01 10:{minute:02d}")
        an_inquiry(community, email=f"v{minute}@example.org")
        sent += told(mailbox)
    assert sent == BOTH
    at("2026-10-01 11:00")
    assert told(mailbox) == BOTH
    at("2026-10-01 13:00")
    assert told(mailbox) == []


def test_what_came_after_the_last_mail_is_told_when_the_hour_is_over(
    community: Community, mailbox: Callable, at: Stop
) -> None:
    an_inquiry(community)
    assert told(mailbox) == BOTH
    at("2026-10-01 09:01")
    an_inquiry(community)
    at("2026-10-01 09:59:59")
    assert told(mailbox) == []
    at("2026-10-01 10:00")
    assert told(mailbox) == BOTH


def test_what_was_settled_meanwhile_is_no_news(community: Community, mailbox: Callable, at: Stop) -> None:
    coordinator = grant_permission(community, email="coordinator@example.org", kind="staff")
    inquiry = an_inquiry(community)
    tell_of_news()
    set_inquiry_aside(inquiry, "Spam", by=coordinator)
    assert mailbox() == []


def test_each_community_hears_of_its_own_desk(community: Community, mailbox: Callable) -> None:
    other = create_community(slug="other", name="Other", kind="district_network")
    grant_permission(other, email="other@example.org", kind="staff")
    an_inquiry(other)
    assert told(mailbox) == ["other@example.org"]


def test_a_new_colleague_is_told_what_still_waits(community: Community, mailbox: Callable) -> None:
    an_inquiry(community)
    told(mailbox)
    grant_permission(community, email="new@example.org", kind="staff")
    assert told(mailbox) == ["new@example.org"]


def test_two_workers_at_once_tell_once(community: Community, two_at_once: Callable) -> None:
    an_inquiry(community)
    two_at_once(lambda _: tell_of_news())
    assert db.session.query(Outgoing).filter_by(template="desk_news").count() == 2
