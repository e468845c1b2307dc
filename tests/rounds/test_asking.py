"""What visitors put on the staff's desk: questions and inquiries, each once, with a receipt that repeats nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.rounds.asking import Asked, Visitor, ask_question, inquire
from portal.rounds.asking_rules import may_ask
from portal.rounds.models import AskedQuestion, Inquiry
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_bare_round, a_draft, a_round, a_sent_invitation
from tests.rounds.traces import Stop, verbs

SPAM = "Look at http://evil.example now"
LAST = "2026-10-23 17:00"


def asked(**words: str) -> Asked:
    return Asked(**{"name": "Director", "email": "director@example.org", "text": "How many days?", **words})


def visitor(**words: Any) -> Visitor:
    return Visitor(**{"name": "Teacher", "email": "teacher@example.org", "message": "Who are you?", **words})


def left() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (AskedQuestion, Inquiry, History, Outgoing))


def test_a_question_lies_on_the_desk_as_it_was_asked(community: Community) -> None:
    round = a_round(community)
    question = ask_question(round, asked(name=" The  Director ", email="Director@Example.org", text=" Why?\r\nNow? "))
    assert (question.name, question.email, question.text) == ("The Director", "director@example.org", "Why?\nNow?")
    assert (question.round_id, question.asked_at, question.published_at) == (round.id, moment_of(OPEN), None)
    assert verbs(question) == ["ask"]


def test_a_question_from_an_invitation_names_it_and_its_district(community: Community) -> None:
    invitation = a_sent_invitation(a_round(community))
    question = ask_question(invitation.round, asked(), invitation=invitation)
    assert (question.invitation_id, question.district_id) == (invitation.id, invitation.district_id)


def test_the_receipt_repeats_nothing_that_was_typed(community: Community, mailbox: Callable) -> None:
    ask_question(a_round(community), asked(name=SPAM, text=SPAM))
    inquire(community.id, visitor(name=SPAM, message=SPAM, role=SPAM, district_text=SPAM))
    question, inquiry = mailbox()
    assert (question.to, inquiry.to) == ("director@example.org", "teacher@example.org")
    assert question.paths == ["/eclc/letter"]
    assert inquiry.paths == ["/eclc/"]
    assert "evil" not in question.text + question.html + inquiry.text + inquiry.html


def test_the_same_question_twice_is_one(community: Community, at: Stop) -> None:
    round = a_round(community)
    first = ask_question(round, asked())
    at("2026-10-02 08:00")
    before = left()
    assert (ask_question(round, asked(text="How many days? ")), left()) == (first, before)
    assert ask_question(round, asked(text="And nights?")) != first


def test_the_same_inquiry_twice_is_one(community: Community) -> None:
    first = inquire(community.id, visitor())
    before = left()
    assert (inquire(community.id, visitor()), left()) == (first, before)


def test_the_same_at_one_instant_is_one(community: Community, two_at_once: Callable) -> None:
    round, place = a_round(community), community.id
    number = round.id
    two_at_once(lambda _: ask_question(db.session.get_one(type(round), number), asked()).id, 4)
    two_at_once(lambda _: inquire(place, visitor()).id, 4)
    assert (db.session.query(AskedQuestion).count(), db.session.query(Inquiry).count()) == (1, 1)


@pytest.mark.parametrize(
    ("moment", "may"), [(BEFORE, True), (OPEN, True), (LAST, True), ("2026-10-23 17:00:01", False), (AFTER, False)]
)
def test_questions_are_taken_until_their_last_second(moment: str, may: bool) -> None:
    assert may_ask(a_bare_round(), moment_of(moment)) == may


@pytest.mark.parametrize(("moment", "may"), [(LATE, True), (AFTER, False)])
def test_without_a_date_of_their_own_questions_end_with_the_letters(moment: str, may: bool) -> None:
    assert may_ask(a_bare_round(questions_until=None), moment_of(moment)) == may


def test_a_question_too_late_leaves_no_trace_and_says_what_to_do(community: Community, at: Stop) -> None:
    round = a_round(community)
    at("2026-10-23 17:00:01")
    before = left()
    with pytest.raises(RuleBroken, match="Questions ended on Fri, Oct.23, 2026, 5:00.PM.ET. Write to us"):
        ask_question(round, asked())
    assert left() == before


def test_a_draft_takes_no_question(community: Community) -> None:
    with pytest.raises(RuleBroken, match="No letter is open for questions now"):
        ask_question(a_draft(community), asked())


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a@example.org, b@example.org"])
def test_what_is_no_address_is_refused(community: Community, address: str) -> None:
    round, before = a_round(community), left()[:2]
    with pytest.raises(RuleBroken, match="Give one mail address"):
        ask_question(round, asked(email=address))
    with pytest.raises(RuleBroken, match="Give one mail address"):
        inquire(community.id, visitor(email=address))
    assert left()[:2] == before


def test_one_address_puts_five_things_an_hour_on_the_desk(community: Community, at: Stop) -> None:
    round = a_round(community)
    for number in range(5):
        ask_question(round, asked(text=f"Question {number}"))
    with pytest.raises(TooManyTries, match="Wait an hour"):
        inquire(community.id, visitor(email="director@example.org"))
    assert (db.session.query(Inquiry).count(), db.session.query(Outgoing).count()) == (0, 5)
    at("2026-10-01 10:00:01")
    assert inquire(community.id, visitor(email="director@example.org")).state == "open"


def test_an_inquiry_lies_on_the_desk_with_who_wrote_it(community: Community) -> None:
    inquiry = inquire(community.id, visitor(role=" School  nurse ", district_text="Beverly"))
    assert (inquiry.role, inquiry.district_text, inquiry.state) == ("School nurse", "Beverly", "open")
    assert (inquiry.community_id, inquiry.came_at, verbs(inquiry)) == (community.id, moment_of(OPEN), ["inquire"])
