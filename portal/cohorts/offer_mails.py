"""What the worker needs to write the mails about offers of a place, from the first to the answer."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db
from portal.core.mail import screens, writes
from portal.core.text import in_a_row
from portal.letters.queries import name_of
from portal.reviews.reading_queries import may_be_told

from .mails import about_letter
from .models import PlaceOffer
from .offer_queries import last_reason, next_in_line, passed_to, staff_to_tell
from .offer_rules import is_late
from .queries import places_left
from .release_queries import leads_told

DONE = {
    "accepted": "accepted its place", "turned_down": "turned its place down",
    "deferred": "waits for the next round", "expired": "has not answered in time",
}  # fmt: skip


@writes("place_offered")
def place_offered(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: a place came back, and it is next. Nothing when it has been answered or has ended meanwhile."""
    return _while_open(offer_id, account_id)


@writes("offer_reminder")
def offer_reminder(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To a district that is silent; nothing when it has answered before the mail could leave."""
    return _while_open(offer_id, account_id)


@writes("offer_more_time")
def offer_more_time(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: it has more time to answer; nothing when it has answered meanwhile."""
    words = _while_open(offer_id, account_id)
    return {**words, "reason": last_reason(words["offer"], "more time")} if words else None


@writes("offer_taken_back")
def offer_taken_back(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: the offer does not hold any more, and why."""
    return _to_leads(offer_id, account_id)


@writes("place_deferred")
def place_deferred(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: it waits for the next round, and what that means."""
    return _to_leads(offer_id, account_id)


@writes("place_expired")
def place_expired(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: the time to answer is over, and what would still help."""
    return _to_leads(offer_id, account_id)


@writes("place_accepted")
def place_accepted(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: it is in, and what comes next."""
    return _to_leads(offer_id, account_id)


@writes("place_turned_down")
def place_turned_down(offer_id: int, account_id: int) -> dict[str, Any] | None:
    """To the district: the place was turned down in its name."""
    return _to_leads(offer_id, account_id)


@screens("offer_answered")
def may_hear_of_offer(address: str, offer_id: int) -> bool:
    """Whether staff at this address may hear of the offer: nobody who has a conflict with its letter does."""
    return may_be_told(address, db.session.get_one(PlaceOffer, offer_id).letter)


@writes("offer_answered")
def offer_answered(offer_id: int) -> dict[str, Any] | None:
    """To staff: a district answered its offer, or did not in time, and who has the place now."""
    words = _offered(offer_id)
    offer: PlaceOffer = words["offer"]
    next_one = passed_to(offer)
    return {
        **words, "done": DONE.get(offer.status, ""), "next": _named(next_one, offer) if next_one else "",
        "next_by": next_one.reply_by if next_one else None, "offers_url": _offers_url(offer),
        "is_free": places_left(offer.letter.round) > 0,
        "does_wait": offer.status != "accepted" and next_in_line(offer.letter.round) is not None,
    }  # fmt: skip


def _named(next_one: PlaceOffer, offer: PlaceOffer) -> str:
    # The mail goes to whoever may hear of the offer; one of them may have a conflict with who is next.
    is_for_all = set(staff_to_tell(offer.letter)) <= set(staff_to_tell(next_one.letter))
    return next_one.letter.district.label if is_for_all else "the next in line"


def _while_open(offer_id: int, account_id: int) -> dict[str, Any] | None:
    words = _to_leads(offer_id, account_id)
    offer: PlaceOffer = words["offer"]
    return words if offer.status == "open" and not is_late(offer, clock.now()) else None


def _to_leads(offer_id: int, account_id: int) -> dict[str, Any]:
    words, first = _offered(offer_id), db.session.get_one(Account, account_id)
    letter = words["letter"]
    leads = leads_told(letter)
    others = [lead for lead in leads if lead.id != account_id]
    return {
        **words, "name": in_a_row([first.name, *(lead.name for lead in others)]), "cc": [lead.email for lead in others],
    }  # fmt: skip


def _offered(offer_id: int) -> dict[str, Any]:
    offer = db.session.get_one(PlaceOffer, offer_id)
    return {
        **about_letter(offer.letter), "offer": offer, "cohort": offer.cohort,
        "answered_by": name_of(offer.answered_by_id),
    }  # fmt: skip


def _offers_url(offer: PlaceOffer) -> str:
    place = offer.letter.round.community.slug
    return url_for("cohorts.offers", community=place, round_id=offer.letter.round_id, _external=True)
