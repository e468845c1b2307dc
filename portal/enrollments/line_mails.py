"""What the worker needs to write the mails about seats that are offered, and about a switch."""

from __future__ import annotations

from typing import Any

from portal.agenda.rules import MODE_WORDS
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes

from .mails import with_file, words_of
from .models import Enrollment, SeatOffer


@writes("seat_offered")
def seat_offered(enrollment_id: int, offer_id: int) -> dict[str, Any] | None:
    """That a seat is kept, and until when; nothing once it was answered or its time is over."""
    offer = db.session.get(SeatOffer, offer_id)
    if offer is None or offer.status != "open" or offer.until <= clock.now():
        return None
    words = words_of(enrollment_id, "waiting", "seated")
    return words and {**words, "until": offer.until, "how": _how(offer.mode), "has_seat": _has_seat(enrollment_id)}


@writes("offer_expired")
def offer_expired(enrollment_id: int) -> dict[str, Any] | None:
    """That the time of an offer is over; nothing when the person asked anew meanwhile."""
    return _after(enrollment_id)


@writes("offer_declined")
def offer_declined(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that the seat went to the next in line."""
    return _after(enrollment_id)


@writes("seat_switched")
def seat_switched(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation of a seat in the other mode, with its calendar file."""
    words = with_file(enrollment_id, "seated")
    return words and {**words, "how": _how(db.session.get_one(Enrollment, enrollment_id).mode)}


def _after(enrollment_id: int) -> dict[str, Any] | None:
    words = words_of(enrollment_id, "given_up", "seated")
    return words and {**words, "has_seat": _has_seat(enrollment_id)}


def _has_seat(enrollment_id: int) -> bool:
    return db.session.get_one(Enrollment, enrollment_id).state == "seated"


def _how(mode: str) -> str:
    return MODE_WORDS.get(mode, "").lower()
