"""How an invitation goes to somebody else of the district: its addressee names a colleague, who gets an own link."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.rounds.models import Handover, Invitation
from portal.rounds.queries import PURPOSE, extensions_of
from portal.rounds.rules import may_press
from portal.rounds.showing import find_handover

from .invitations import is_untouched, whom_to_ask
from .queries import letter_of

TOO_OFTEN = "This letter was passed on often enough for a day. Wait until tomorrow, or write to us: we find the person."
OVER = "The letters are closed, so this one is not passed on any more. Write to us about the next one."


@dataclass(frozen=True)
class Colleague:
    """Who should answer instead, and what they are told."""

    name: str
    email: str
    note: str = ""


def pass_on(invitation: Invitation, to: Colleague, *, token: str) -> Handover:
    """Let a colleague answer instead of whoever holds the link `token`: they get a link by mail, the old one only tells
    where the letter went.

    Whoever presses second gets the handover of who was first; then nothing is mailed. An answer “not this year” is
    taken back, “interested” stays. Raises RuleBroken when the letter has begun, the round is over, the address is none
    or the same; TooManyTries after five within a day.
    """
    address, name = normal_address(to.email), one_line(to.name)
    check_often("pass on", str(invitation.id), TOO_OFTEN)
    check_often("mail", address, TOO_MANY_MAILS)
    with transaction():
        lock(invitation)
        earlier = find_handover(token)
        if earlier is not None:
            return earlier
        _check(invitation, address)
        handover = _hand_over(invitation, Colleague(name, address, to.note.strip()))
        _mail_both(handover)
        told = {"from_name": handover.from_name, "to_name": name, "to_email": address}
        record(invitation, "pass on", None, community_id=invitation.community_id, note=handover.note, **told)
    return handover


def _check(invitation: Invitation, address: str) -> None:
    round, district = invitation.round, invitation.district
    if not may_press(round, extensions_of(round.id, district.id), clock.now()):
        raise RuleBroken(OVER)
    if address == invitation.to_email:
        raise RuleBroken(f"The letter is addressed to {address} already. Give the address of your colleague.")
    letter = letter_of(round.id, district.id)
    if letter is not None and not is_untouched(letter):
        raise RuleBroken(f"{district.label} has begun its letter. {whom_to_ask(letter.community_id, district.id)}")


def _hand_over(invitation: Invitation, to: Colleague) -> Handover:
    now = clock.now()
    handover = Handover(
        invitation=invitation, kind="passed_on", old_token_hash=invitation.token_hash, at=now, note=to.note,
        from_name=invitation.to_name, from_email=invitation.to_email, to_name=to.name, to_email=to.email,
    )  # fmt: skip
    db.session.add(handover)
    invitation.to_name, invitation.to_email, invitation.passed_on_at = to.name, to.email, now
    invitation.opened_at = invitation.opened_at or now
    invitation.mailed_at, invitation.bounced_at, invitation.bounce_note = None, None, ""
    if invitation.answer == "not_this_year":
        invitation.answer, invitation.reason, invitation.answered_at = "", "", None
    issue(invitation, PURPOSE)
    return handover


def _mail_both(handover: Handover) -> None:
    place = handover.invitation.community_id
    for template, address in (("invitation_passed_on", handover.to_email), ("invitation_passed", handover.from_email)):
        post(
            template, to=address, community_id=place, once=f"{template}:{handover.id}", handover_id=handover.id
        )  # fmt: skip
