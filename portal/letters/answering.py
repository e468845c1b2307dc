"""How a district answers an open round without an invitation: somebody asks, confirms by mail, the letter starts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.accounts.queries import find_account
from portal.accounts.rules import normal_address
from portal.accounts.throttle import is_too_often
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.districts.models import District
from portal.districts.queries import districts_of_domain, is_member, leads_of
from portal.rounds.models import AnswerRequest, Invitation, Round
from portal.rounds.queries import PURPOSE, any_invitation_for, extensions_of

from .answering_queries import REQUEST
from .answering_rules import check_refusal, district_refusal, round_refusal
from .invitations import answer_interested, mail_link, writer_refusal
from .queries import letter_of


@dataclass(frozen=True)
class Asker:
    """Who wants to answer for a district."""

    name: str
    email: str
    role: str = ""


def request_answer(round: Round, district: District, asker: Asker) -> None:
    """Mail a private link to somebody who wants to answer for the district. The same again mails the same link again.

    Says nothing of who was invited or writes. At most five mails an hour go to one address, without a word about it.
    Raises RuleBroken when the round takes no answers, the district does not fill in this letter, or it is no address.
    """
    address = normal_address(asker.email)
    may_mail = not is_too_often("request", address)
    with transaction():
        # Requests of a round take turns: a double press must find what the first press wrote.
        check_refusal(refusal_of(lock(round), district))
        if not may_mail:
            return
        request = _request(round, district, Asker(one_line(asker.name), address, one_line(asker.role)))
        # One mail for a double press, another one for somebody who asks again because the first was lost.
        once = f"answer-request:{request.id}:{clock.now():%Y%m%d%H%M}"
        post("answer_request", to=address, community_id=round.community_id, once=once, request_id=request.id)


def confirm_request(request: AnswerRequest) -> None:
    """Note that the address is the asker's own. If it is one of the district's, the letter starts: an invitation that
    says interested, with the asker as its lead, and a sign-in link by mail. Else it goes to the staff's desk.

    Where colleagues write already nothing starts, and they are told who asked. Twice changes nothing. Raises
    RuleBroken when the round takes no answers any more, or the district has become a member.
    """
    with transaction():
        if lock(request).confirmed_at is not None:
            return
        check_refusal(refusal_of(lock(request.round), request.district))
        request.confirmed_at = clock.now()
        record(request, "confirm", None, community_id=request.community_id)
        if request.fits and not writer_refusal(request.round, request.district, request.email):
            _start(request)
        elif letter_of(request.round_id, request.district_id) is not None:
            _tell_writers(request)


def send_request_link(request: AnswerRequest) -> None:
    """Mail a new sign-in link to somebody whose letter was started: the way back for who lost the first one.

    Raises RuleBroken when there is no letter of theirs.
    """
    account, letter = find_account(request.email), letter_of(request.round_id, request.district_id)
    if request.outcome != "started" or account is None or letter is None:
        raise RuleBroken("There is no letter to go to yet. Load this page again: it says what comes next.")
    with transaction():
        mail_link(account, letter)


def refusal_of(round: Round, district: District) -> str:
    """Why the district cannot answer the round now, with what would work; empty when it can."""
    times = extensions_of(round.id, district.id)
    sentence = round_refusal(round, times, clock.now(), round.community.time_zone)
    return sentence or district_refusal(district, is_member=is_member(round.community_id, district.id))


def _request(round: Round, district: District, asker: Asker) -> AnswerRequest:
    same = select(AnswerRequest).filter_by(round_id=round.id, district_id=district.id, email=asker.email, outcome="")
    found = db.session.scalar(same.order_by(AnswerRequest.id).limit(1))
    if found is not None:
        return found
    request = AnswerRequest(
        community_id=round.community_id, round=round, district=district, name=asker.name, email=asker.email,
        role=asker.role, fits=district.id in {one.id for one in districts_of_domain(asker.email)},
        asked_at=clock.now(),
    )  # fmt: skip
    issue(request, REQUEST)
    record(request, "ask", None, community_id=round.community_id)
    return request


def _start(request: AnswerRequest) -> None:
    invitation = _invitation(request)
    answer_interested(invitation, name=request.name, email=request.email)
    request.outcome, request.settled_at, request.invitation_id = "started", clock.now(), invitation.id
    record(request, "start", None, community_id=request.community_id)


def _invitation(request: AnswerRequest) -> Invitation:
    """The district's invitation, or a new one. Either has left from now on: its person has answered it."""
    found = any_invitation_for(request.round_id, request.district_id)
    if found is None or found.withdrawn_at is not None:
        found = found or Invitation(community_id=request.community_id, round=request.round, district=request.district)
        found.to_name, found.to_email = request.name, request.email
        found.prepared_at, found.withdrawn_at = clock.now(), None
    if found.sent_at is None:
        issue(found, PURPOSE)
        found.sent_at = clock.now()
        record(found, "begin without a letter", None, community_id=request.community_id)
    return found


def _tell_writers(request: AnswerRequest) -> None:
    for writer in leads_of(request.community_id, request.district_id):
        post(
            "writing_wanted", to=writer.email, community_id=request.community_id,
            once=f"writing-wanted:{request.id}:{writer.id}", request_id=request.id,
        )  # fmt: skip
