"""What staff do with what lies on their desk: answer, publish, set aside, invite, decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import tidy
from portal.districts.models import District

from .desk_rules import (
    check_answered,
    check_move,
    check_pending,
    check_public,
    check_unanswered,
    checked_text,
    names_in,
)  # fmt: skip
from .inviting import Contact, readdress, resend
from .models import AnswerRequest, AskedQuestion, Inquiry, Invitation, Round
from .operations import invite, send_invitation
from .queries import invitation_for

NO_ANSWER = "Write the answer."
NO_PUBLIC_TEXT = "Write the question as everybody may read it, without names."


@dataclass(frozen=True)
class Reply:
    """An answer to a question: its text, whether it is mailed, and the question as everybody reads it ("": nobody)."""

    text: str
    is_mailed: bool = True
    public_text: str = ""


def answer_question(question: AskedQuestion, reply: Reply, *, by: Doer) -> None:
    """Answer a question: by mail to who asked, for everybody, both, or neither when it was said on the phone.

    Raises RuleBroken when there is no answer, a colleague was first, or what everybody would read tells who asked.
    """
    text = checked_text(tidy(reply.text), NO_ANSWER)
    with transaction():
        check_unanswered(lock(question))
        question.answer, question.answered_at, question.answered_by_id = text, clock.now(), by.account_id
        if reply.public_text:
            _publish(question, reply.public_text)
        if reply.is_mailed and question.email:
            _mail("question_answered", question.email, question, question_id=question.id)
        _note(question, "answer", by, is_mailed=reply.is_mailed, is_public=bool(reply.public_text))


def publish_answer(question: AskedQuestion, *, public_text: str, answer: str, by: Doer) -> None:
    """Let everybody read the question in these words with this answer, or correct what they read. Nobody gets mail.

    Raises RuleBroken while it has no answer, when a text is missing, or tells who asked.
    """
    text = checked_text(tidy(answer), NO_ANSWER)
    with transaction():
        check_answered(lock(question))
        question.answer = text
        _publish(question, public_text)
        _note(question, "publish", by)


def take_back_answer(question: AskedQuestion, *, by: Doer) -> None:
    """Take question and answer off the letter's page. Twice is once."""
    with transaction():
        if lock(question).published_at is not None:
            question.published_at = None
            refresh_public(question.community_id)
            _note(question, "take back", by)


def write_question(round: Round, *, public_text: str, answer: str, by: Doer) -> AskedQuestion:
    """Publish a question that nobody asked in writing, with its answer. The same again is the same question."""
    text, words = checked_text(tidy(answer), NO_ANSWER), checked_text(tidy(public_text), NO_PUBLIC_TEXT)
    with transaction():
        # The round's lock: a double press must find what the first press wrote.
        lock(round)
        same = select(AskedQuestion).filter_by(round_id=round.id, public_text=words, answer=text, name="")
        found = db.session.scalar(same.order_by(AskedQuestion.id).limit(1))
        if found is not None:
            return found
        now = clock.now()
        question = AskedQuestion(
            community_id=round.community_id, round=round, text=words, asked_at=now, answer=text, answered_at=now,
            answered_by_id=by.account_id,
        )  # fmt: skip
        db.session.add(question)
        _publish(question, words)
        db.session.flush()
        _note(question, "publish", by)
    return question


def answer_inquiry(inquiry: Inquiry, answer: str, *, by: Doer) -> None:
    """Answer a visitor's inquiry by mail. Raises RuleBroken when there is no answer, or when it was settled."""
    text = checked_text(tidy(answer), NO_ANSWER)
    with transaction():
        check_move("answer", lock(inquiry))
        inquiry.answer = text
        _mail("inquiry_answered", inquiry.email, inquiry, inquiry_id=inquiry.id)
        _settle(inquiry, "answered", by)


def set_inquiry_aside(inquiry: Inquiry, note: str, *, by: Doer) -> None:
    """Take an inquiry off the desk without an answer, with a note why. Raises RuleBroken when it was settled."""
    text = checked_text(tidy(note), "Say in a few words why it is set aside. Only staff read the note.")
    with transaction():
        check_move("set aside", lock(inquiry))
        inquiry.note = text
        _settle(inquiry, "set_aside", by)


def reopen_inquiry(inquiry: Inquiry, *, by: Doer) -> None:
    """Put an inquiry on the desk again. Raises RuleBroken when it lies there, or became an invitation."""
    with transaction():
        check_move("reopen", lock(inquiry))
        inquiry.state, inquiry.settled_at, inquiry.settled_by_id = "open", None, None
        _note(inquiry, "reopen", by)


def invite_inquirer(inquiry: Inquiry, round: Round, district: District, to: Contact, *, by: Doer) -> Invitation:
    """Prepare an invitation for the district an inquiry came from; it leaves with the other letters.

    Raises RuleBroken when the round has closed, the district has an invitation, or the inquiry became one.
    """
    with transaction():
        check_move("invite", lock(inquiry))
        found = invitation_for(lock(round).id, district.id)
        if found is not None:
            raise RuleBroken(
                f"{district.label} has an invitation already, addressed to {found.to_name}. Answer the inquiry by "
                f"mail, or change the contact of that invitation."
            )
        invitation = invite(round, district, to_name=to.name, to_email=to.email, by=by)
        inquiry.invitation, inquiry.district_id = invitation, district.id
        _settle(inquiry, "invited", by)
    return invitation


def approve_request(request: AnswerRequest, *, by: Doer) -> Invitation:
    """Let the person answer for the district: they get its invitation, by mail with a private link.

    Where somebody else has it, it is addressed anew. Raises RuleBroken when the district has said that it is
    interested, the round has closed, or the request was decided.
    """
    with transaction():
        check_pending(lock(request))
        to = Contact(request.name, request.email)
        found = invitation_for(lock(request.round).id, request.district_id)
        if found is not None and found.answer == "interested":
            raise RuleBroken(
                f"{request.district.label} is interested already, and others write its letter. Decline this "
                f"request, and tell the person to ask them."
            )
        invitation = _hand_to(request, found, to, by)
        request.outcome, request.invitation_id = "approved", invitation.id
        _settle_request(request, "approve", by)
    return invitation


def decline_request(request: AnswerRequest, reason: str, *, by: Doer) -> None:
    """Tell the person by mail why they cannot answer for the district. Raises RuleBroken without a reason."""
    text = checked_text(tidy(reason), "Say why. The person gets these words by mail.")
    with transaction():
        check_pending(lock(request))
        request.outcome, request.reason = "declined", text
        _mail("request_declined", request.email, request, request_id=request.id)
        _settle_request(request, "decline", by)


def _hand_to(request: AnswerRequest, found: Invitation | None, to: Contact, by: Doer) -> Invitation:
    invitation = found or invite(request.round, request.district, to_name=to.name, to_email=to.email, by=by)
    is_theirs = invitation.to_email == to.email
    had_left = invitation.sent_at is not None
    readdress(invitation, to, by=by)  # mails a letter that had left; nothing happens when it is theirs already
    if not had_left:
        send_invitation(invitation, by=by)
    elif is_theirs:
        resend(invitation, by=by)
    return invitation


def _publish(question: AskedQuestion, public_text: str) -> None:
    words = checked_text(tidy(public_text), NO_PUBLIC_TEXT)
    check_public([words, question.answer], names_in(question))
    question.public_text = words
    question.published_at = question.published_at or clock.now()
    refresh_public(question.community_id)


def _settle(inquiry: Inquiry, state: str, by: Doer) -> None:
    inquiry.state, inquiry.settled_at, inquiry.settled_by_id = state, clock.now(), by.account_id
    _note(inquiry, state.replace("_", " "), by)


def _settle_request(request: AnswerRequest, verb: str, by: Doer) -> None:
    request.settled_at, request.settled_by_id = clock.now(), by.account_id
    _note(request, verb, by)


def _mail(template: str, to: str, about: AskedQuestion | Inquiry | AnswerRequest, **ids: int) -> None:
    # Once for each settling: what is put back on the desk can be answered again.
    now = clock.now()
    once = f"{template}:{about.id}:{now:%Y%m%d%H%M%S%f}"
    post(template, to=to, community_id=about.community_id, once=once, **ids)


def _note(about: AskedQuestion | Inquiry | AnswerRequest, verb: str, by: Doer, **data: Any) -> None:
    record(about, verb, by, community_id=about.community_id, **data)
