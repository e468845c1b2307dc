"""What staff do with what lies on their desk: what is written, mailed and shown, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.tokens import token_of
from portal.rounds.desk import Waiting, find_asked, find_inquiry, find_request, things, waiting_on
from portal.rounds.desk_rules import MOVES, may
from portal.rounds.inviting import Contact
from portal.rounds.models import AnswerRequest, AskedQuestion, Inquiry, Round
from portal.rounds.operations import answer_interested
from portal.rounds.queries import PURPOSE, invitation_for
from portal.rounds.settling import (
    Reply,
    answer_inquiry,
    answer_question,
    approve_request,
    decline_request,
    invite_inquirer,
    publish_answer,
    reopen_inquiry,
    set_inquiry_aside,
    take_back_answer,
    write_question,
)
from tests.rounds.builders import (
    AFTER,
    a_draft,
    a_round,
    a_sent_invitation,
    an_answer_request,
    an_asked_question,
    an_inquiry,
    an_invitation,
    an_invited_district,
)
from tests.rounds.traces import Stop, trace, verbs

TO = Contact("Superintendent", "superintendent@example.org")


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def asked(round: Round) -> AskedQuestion:
    """A question of Example 1, from its invitation's page."""
    invitation = a_sent_invitation(round)
    return an_asked_question(round, invitation)


@pytest.fixture
def inquiry(community: Community) -> Inquiry:
    return an_inquiry(community)


@pytest.fixture
def request_(round: Round) -> AnswerRequest:
    return an_answer_request(round)


def refused(work: Callable[[], Any], words: str) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match=words):
        work()
    assert trace() == before


def test_a_question_is_answered_by_mail(
    asked: AskedQuestion, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    mailbox()
    now = at("2026-10-02 09:00")
    answer_question(asked, Reply("Yes, it\r\nmay."), by=coordinator)
    [mail] = mailbox()
    assert (mail.to, mail.subject) == ("principal@example.org", "Our answer to your question")
    assert ("May a charter school answer?" in mail.text, "Yes, it\r\nmay." in mail.text) == (True, True)
    assert (asked.answer, asked.answered_at, asked.answered_by_id) == ("Yes, it\nmay.", now, coordinator.id)
    assert (asked.published_at, verbs(asked)) == (None, ["answer"])


def test_a_question_is_answered_and_published_in_one_go(
    asked: AskedQuestion, coordinator: Account, community: Community, mailbox: Callable
) -> None:
    mailbox()
    version = community.public_version
    answer_question(asked, Reply("Yes.", public_text="May charter schools answer?"), by=coordinator)
    assert (asked.public_text, asked.published_at is None, len(mailbox())) == ("May charter schools answer?", False, 1)
    db.session.refresh(community)
    assert community.public_version > version


def test_an_answer_given_on_the_phone_is_only_kept(
    asked: AskedQuestion, coordinator: Account, mailbox: Callable
) -> None:
    mailbox()
    answer_question(asked, Reply("Yes.", is_mailed=False), by=coordinator)
    assert (mailbox(), history_of(asked)[0].data) == ([], {"is_mailed": False, "is_public": False})


def test_whoever_answers_second_is_told(asked: AskedQuestion, coordinator: Account) -> None:
    answer_question(asked, Reply("Yes."), by=coordinator)
    refused(lambda: answer_question(asked, Reply("No."), by=coordinator), "A colleague answered this question already")
    assert asked.answer == "Yes."


@pytest.mark.parametrize(
    "reply, words",
    [
        (Reply(" "), "Write the answer"),
        (Reply("x" * 4001), "Shorten the text to 4,000"),
        (Reply("Yes.", public_text=" \n"), "Write the question as everybody"),
        (Reply("Yes.", public_text="May Example 1 answer?"), "it names Example 1"),
        (Reply("Yes.", public_text="May example district 1 answer?"), "it names Example District 1"),
        (Reply("Dear PRINCIPAL: yes.", public_text="May we?"), "it names Principal"),
        (Reply("Write to a.b@example.org.", public_text="May we?"), "it holds a mail address"),
    ],
)
def test_what_everybody_reads_tells_nobody_who_asked(
    asked: AskedQuestion, coordinator: Account, reply: Reply, words: str
) -> None:
    refused(lambda: answer_question(asked, reply, by=coordinator), words)
    assert (asked.answered_at, asked.published_at, asked.answer) == (None, None, "")


def test_a_longer_word_is_no_name(asked: AskedQuestion, coordinator: Account) -> None:
    answer_question(asked, Reply("Yes.", public_text="Do principals of Example 12 count?"), by=coordinator)
    assert asked.published_at is not None


def test_an_answer_is_published_later_corrected_and_taken_back(
    asked: AskedQuestion, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    answer_question(asked, Reply("Yes, Example 1 may."), by=coordinator)
    mailbox()
    refused(
        lambda: publish_answer(asked, public_text="May we?", answer=asked.answer, by=coordinator), "it names Example 1"
    )
    first = at("2026-10-02 09:00")
    publish_answer(asked, public_text="May a charter?", answer="Yes.", by=coordinator)
    at("2026-10-03 09:00")
    publish_answer(asked, public_text="May a charter school?", answer="Yes, all.", by=coordinator)
    assert (asked.published_at, asked.public_text, asked.answer) == (first, "May a charter school?", "Yes, all.")
    for _ in range(2):
        take_back_answer(asked, by=coordinator)
    assert (asked.published_at, asked.public_text, mailbox()) == (None, "May a charter school?", [])
    assert verbs(asked) == ["answer", "publish", "publish", "take back"]


def test_a_question_without_an_answer_is_not_published(asked: AskedQuestion, coordinator: Account) -> None:
    refused(lambda: publish_answer(asked, public_text="May a charter?", answer="Yes.", by=coordinator), "its answer")
    assert (asked.answered_at, asked.published_at, waiting_on(asked.community_id).questions) == (None, None, 1)


def test_staff_write_a_question_that_was_only_spoken(round: Round, coordinator: Account, mailbox: Callable) -> None:
    made = [write_question(round, public_text="Does it cost?", answer="No.", by=coordinator) for _ in range(2)]
    assert (made[0].id, made[0].name, made[0].email) == (made[1].id, "", "")
    assert (made[0].published_at is None, mailbox(), waiting_on(round.community_id).all) == (False, [], 0)
    refused(lambda: write_question(round, public_text="Does it?", answer=" ", by=coordinator), "Write the answer")


def test_an_inquiry_is_answered_by_mail(inquiry: Inquiry, coordinator: Account, mailbox: Callable) -> None:
    answer_inquiry(inquiry, "Everybody.", by=coordinator)
    [mail] = mailbox()
    assert (mail.to, mail.subject, "Everybody." in mail.text) == (
        "visitor@example.org", "Our answer to your message", True,
    )  # fmt: skip
    assert (inquiry.state, inquiry.settled_by_id, verbs(inquiry)) == ("answered", coordinator.id, ["answered"])
    refused(lambda: answer_inquiry(inquiry, "Nobody.", by=coordinator), "This inquiry is settled already")


def test_an_inquiry_is_set_aside_with_a_note_and_comes_back(
    inquiry: Inquiry, coordinator: Account, mailbox: Callable
) -> None:
    refused(lambda: set_inquiry_aside(inquiry, "", by=coordinator), "Say in a few words")
    set_inquiry_aside(inquiry, "Sells chairs", by=coordinator)
    assert (inquiry.state, inquiry.note, mailbox()) == ("set_aside", "Sells chairs", [])
    reopen_inquiry(inquiry, by=coordinator)
    assert (inquiry.state, inquiry.settled_at) == ("open", None)
    refused(lambda: reopen_inquiry(inquiry, by=coordinator), "lies on the desk already")


def test_an_inquiry_becomes_an_invitation(
    inquiry: Inquiry, round: Round, coordinator: Account, mailbox: Callable
) -> None:
    district = an_invited_district()
    made = invite_inquirer(inquiry, round, district, TO, by=coordinator)
    assert (made.to_email, made.sent_at, mailbox()) == ("superintendent@example.org", None, [])
    assert (inquiry.state, inquiry.invitation_id, inquiry.district_id) == ("invited", made.id, district.id)
    refused(lambda: invite_inquirer(inquiry, round, district, TO, by=coordinator), "became an invitation already")


def test_a_district_that_is_invited_is_not_invited_again(
    inquiry: Inquiry, round: Round, coordinator: Account, at: Stop
) -> None:
    there = an_invitation(round)
    refused(lambda: invite_inquirer(inquiry, round, there.district, TO, by=coordinator), "has an invitation already")
    other = an_invited_district()
    at(AFTER)
    refused(lambda: invite_inquirer(inquiry, round, other, TO, by=coordinator), "This round has closed")
    assert (inquiry.state, inquiry.invitation_id) == ("open", None)


@pytest.mark.parametrize("state", ["open", "answered", "invited", "set_aside"])
def test_the_table_says_what_may_be_done_to_an_inquiry(state: str) -> None:
    allowed = {
        "answer": {"open", "set_aside"}, "set aside": {"open"}, "invite": {"open", "answered", "set_aside"},
        "reopen": {"answered", "set_aside"},
    }  # fmt: skip
    assert {verb: may(verb, Inquiry(state=state)) for verb in MOVES} == {verb: state in allowed[verb] for verb in MOVES}


def test_who_may_answer_for_a_district_gets_its_letter(
    request_: AnswerRequest, coordinator: Account, mailbox: Callable
) -> None:
    made = approve_request(request_, by=coordinator)
    [mail] = mailbox()
    assert (mail.to, mail.paths[0]) == ("coach@example.org", f"/eclc/invitations/{token_of(made, PURPOSE)}")
    assert (request_.outcome, request_.invitation_id, request_.settled_by_id) == ("approved", made.id, coordinator.id)
    refused(lambda: approve_request(request_, by=coordinator), "This request was decided already")
    refused(lambda: decline_request(request_, "No", by=coordinator), "This request was decided already")


def test_an_invitation_that_somebody_else_has_is_addressed_anew(
    round: Round, coordinator: Account, mailbox: Callable
) -> None:
    for invitation in (an_invitation(round), a_sent_invitation(round)):
        mailbox()
        request = an_answer_request(round, invitation.district)
        assert approve_request(request, by=coordinator).id == invitation.id
        assert [mail.to for mail in mailbox()] == ["coach@example.org"]
        assert (invitation.to_name, invitation.sent_at is None) == ("Coach", False)


def test_who_has_the_letter_already_gets_it_once_more(round: Round, coordinator: Account, mailbox: Callable) -> None:
    invitation = a_sent_invitation(round, to_name="Coach", to_email="coach@example.org")
    mailbox()
    approve_request(an_answer_request(round, invitation.district), by=coordinator)
    assert ([mail.to for mail in mailbox()], invitation.handovers) == (["coach@example.org"], [])


def test_a_district_that_is_interested_keeps_its_writers(round: Round, coordinator: Account) -> None:
    invitation = a_sent_invitation(round)
    answer_interested(invitation, name="Director", by=coordinator)
    request = an_answer_request(round, invitation.district)
    refused(lambda: approve_request(request, by=coordinator), "is interested already, and others write its letter")


def test_after_closing_no_request_is_granted(request_: AnswerRequest, coordinator: Account, at: Stop) -> None:
    at(AFTER)
    refused(lambda: approve_request(request_, by=coordinator), "This round has closed")
    assert (request_.outcome, invitation_for(request_.round_id, request_.district_id)) == ("", None)


def test_who_may_not_answer_hears_why(request_: AnswerRequest, coordinator: Account, mailbox: Callable) -> None:
    refused(lambda: decline_request(request_, " ", by=coordinator), "Say why")
    decline_request(request_, "Ask your superintendent.", by=coordinator)
    [mail] = mailbox()
    assert (mail.to, "Ask your superintendent." in mail.text) == ("coach@example.org", True)
    assert (request_.outcome, request_.reason, verbs(request_)) == ("declined", "Ask your superintendent.", ["decline"])


def test_an_address_that_fits_needs_no_decision(round: Round, coordinator: Account) -> None:
    request = an_answer_request(round, fits=True)
    refused(lambda: approve_request(request, by=coordinator), "there is nothing to decide")


def test_the_desk_counts_and_lists_what_waits_in_the_order_it_came(
    community: Community, round: Round, coordinator: Account, at: Stop
) -> None:
    first, done = an_asked_question(round), an_asked_question(round)
    answer_question(done, Reply("Yes."), by=coordinator)
    at("2026-10-02 09:00")
    second = an_asked_question(round)
    an_inquiry(community)
    an_answer_request(round)
    an_answer_request(round, confirmed_at=None)
    an_answer_request(round, fits=True)
    an_answer_request(round, outcome="declined")
    assert waiting_on(community.id) == Waiting(questions=2, inquiries=1, requests=1)
    listed = [
        db.session.scalars(things(community.id, "questions", is_settled=settled)).all() for settled in (False, True)
    ]
    assert listed == [[first, second], [done]]
    assert len(db.session.scalars(things(community.id, "requests", is_settled=True)).all()) == 1


def test_another_community_sees_nothing_of_it(community: Community, round: Round) -> None:
    other = create_community(slug="other", name="Other", kind="district_network")
    question, inquiry, request = an_asked_question(round), an_inquiry(community), an_answer_request(round)
    assert waiting_on(other.id) == Waiting()
    assert (find_asked(other.id, question.id), find_inquiry(other.id, inquiry.id)) == (None, None)
    assert (find_request(other.id, request.id), find_request(community.id, request.id)) == (None, request)


def test_an_inquiry_is_turned_into_an_invitation_of_a_draft_too(
    community: Community, inquiry: Inquiry, coordinator: Account
) -> None:
    draft = a_draft(community, slug="next")
    assert invite_inquirer(inquiry, draft, an_invited_district(), TO, by=coordinator).round_id == draft.id
