"""Seats at info sessions: taken with a name and a mail address, given up by the private link of the mail."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.rules import normal_address
from portal.accounts.throttle import is_too_often
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue

from .asking_rules import check_ahead, check_seat
from .models import InfoSession, InfoSignUp
from .showing import SEAT, sign_up_for, taken_seats


@dataclass(frozen=True)
class Guest:
    """Who comes to an info session."""

    name: str
    email: str
    district_text: str = ""


def sign_up(session: InfoSession, guest: Guest) -> InfoSignUp:
    """Take a seat and mail what one needs to come. The same address again has the same seat, and gets the mail again.

    Raises RuleBroken when the meeting has begun or is full, or the address is none.
    """
    address = normal_address(guest.email)
    may_mail = not is_too_often("mail", address)
    with transaction():
        lock(session)
        found = sign_up_for(session, address)
        if found is None or found.cancelled_at is not None:
            check_seat(session, taken_seats(session), clock.now())
            found = _seat(session, found, Guest(one_line(guest.name), address, one_line(guest.district_text)))
        check_ahead(session, clock.now())
        if may_mail:
            # One mail for a double press, another one for somebody who asks again because the first was lost.
            once = f"info-seat:{found.id}:{clock.now():%Y%m%d%H%M}"
            post("info_seat", to=address, community_id=found.community_id, once=once, sign_up_id=found.id)
    return found


def give_up(seat: InfoSignUp) -> None:
    """Give the seat to whoever comes next. Asking twice changes nothing. Raises RuleBroken once the meeting begins."""
    with transaction():
        check_ahead(lock(seat.info_session), clock.now())
        db.session.refresh(seat)  # read to find the meeting: it may have been given up since
        if seat.cancelled_at is None:
            seat.cancelled_at = clock.now()
            refresh_public(seat.community_id)
            record(seat, "give up", None, community_id=seat.community_id)


def _seat(session: InfoSession, earlier: InfoSignUp | None, guest: Guest) -> InfoSignUp:
    place = session.round.community_id
    seat = earlier or InfoSignUp(info_session=session, community_id=place, email=guest.email)
    seat.name, seat.district_text = guest.name, guest.district_text
    seat.signed_up_at, seat.cancelled_at = clock.now(), None
    issue(seat, SEAT)
    refresh_public(place)
    record(seat, "sign up", None, community_id=place)
    return seat
