"""What the worker needs to write the mails to those who ask, take a seat, or pass a letter on."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .mails import words_for
from .models import AskedQuestion, Handover, InfoSignUp, Inquiry, Round
from .queries import extensions_of
from .rules import may_press, told_end
from .showing import SEAT, meeting_of


@writes("invitation_passed_on")
def invitation_passed_on(handover_id: int) -> dict[str, Any] | None:
    """The letter's mail to a colleague with a link of their own; nothing once somebody else has the letter, or it is
    over."""
    handover = db.session.get_one(Handover, handover_id)
    found = handover.invitation
    times = extensions_of(found.round_id, found.district_id)
    if found.handovers[-1] is not handover or not may_press(found.round, times, clock.now()):
        return None
    return words_for(found) | {"handover": handover, "until": told_end(found.round, times)}


@writes("invitation_passed")
def invitation_passed(handover_id: int) -> dict[str, Any] | None:
    """The news for whoever had the letter that a colleague has it now. Their own link is dead: no other goes out."""
    handover = db.session.get_one(Handover, handover_id)
    words = words_for(handover.invitation)
    contact = url_for("rounds.contact", community=words["community"].slug, _external=True)
    return {**words, "url": "", "handover": handover, "contact_url": contact}


@writes("question_received")
def question_received(question_id: int) -> dict[str, Any]:
    """The receipt of a question. It repeats nothing that was typed: anybody can give anybody's address."""
    return _about(db.session.get_one(AskedQuestion, question_id).round)


@writes("inquiry_received")
def inquiry_received(inquiry_id: int) -> dict[str, Any]:
    """The receipt of an inquiry, without a word of it."""
    community = db.session.get_one(Community, db.session.get_one(Inquiry, inquiry_id).community_id)
    home = url_for("home.community", community=community.slug, _external=True)
    return {"community": community, "zone": community.time_zone, "home_url": home}


@writes("info_seat")
def info_seat(sign_up_id: int) -> dict[str, Any] | None:
    """Time, place and the way in of an info session, for who has a seat; nothing once it was given up or is over."""
    seat = db.session.get(InfoSignUp, sign_up_id)
    if seat is None:  # staff took the meeting out
        return None
    meeting = meeting_of(seat.info_session, 0)
    if seat.cancelled_at is not None or not meeting.is_ahead:
        return None
    words = _about(seat.info_session.round)
    url = url_for("rounds.info_seat", community=words["community"].slug, token=token_of(seat, SEAT), _external=True)
    return {**words, "session": seat.info_session, "way_in": meeting.way_in, "url": url}


def _about(round: Round) -> dict[str, Any]:
    place = round.community
    letter = url_for("rounds.letter", community=place.slug, _external=True)
    return {"community": place, "zone": place.time_zone, "round": round, "letter_url": letter}
