"""Places: offered under the round's lock, accepted or turned down by the district."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.queries import staff_addresses
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.districts.models import Membership
from portal.districts.operations import begin_membership
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.letters.queries import last_submission
from portal.rounds.models import Round

from .models import PlaceOffer
from .placing import place_existing_member
from .queries import cohort_of_round, places_left, reply_until
from .rules import check_answer, check_places
from .teams import fill_team


def offer_place(
    letter: Letter, round: Round, by: Doer | None, *, replaces: PlaceOffer | None = None, until: datetime | None = None
) -> PlaceOffer:
    """Offer the letter's district a place; with `replaces`, the one that came back. Whoever calls tells the district.

    Under the round's lock, so that no two offers take the last place. Raises RuleBroken when no place is left.
    """
    with transaction():
        round = lock(round)
        cohort = cohort_of_round(round.id)
        if cohort is None:
            raise RuleBroken("This round fills no cohort yet. Open a cohort for it first; then send the decision.")
        check_places(places_left(round))
        offer = PlaceOffer(
            cohort_id=cohort.id, letter_id=letter.id, offered_at=clock.now(), from_waitlist=replaces is not None,
            reply_by=until or reply_until(round, round.community.time_zone),
            replaces_id=replaces.id if replaces else None,
        )  # fmt: skip
        db.session.add(offer)
        db.session.flush()
    return offer


def accept_offer(offer: PlaceOffer, by: Doer | None) -> Membership:
    """Take the place: the district is a member from today, in the cohort, its roster a team with invitations.

    Once, however often it is pressed. Raises RuleBroken when the offer was answered otherwise.
    """
    with transaction():
        # Two leads may press at once: the second finds the offer accepted, and gets the same membership.
        is_first = lock(offer).status != "accepted"
        if is_first:
            check_answer("accept", offer)
        letter, day = offer.letter, today_in(offer.letter.community_id)
        membership = begin_membership(letter.community_id, letter.district, day, by, note=offer.cohort.name)
        if is_first:
            _take_place(offer, membership, by)
    return membership


def turn_down_offer(offer: PlaceOffer, by: Doer | None, note: str = "") -> None:
    """Turn the place down for the district: it is free for another one. Once, however often it is pressed."""
    with transaction():
        if lock(offer).status == "turned_down":
            return
        check_answer("turn_down", offer)
        _answer(offer, "turned_down", by, note)
        _tell_answer(offer, "place_turned_down")
        record(offer, "turn down", by, community_id=offer.letter.community_id, note=offer.note)


def _take_place(offer: PlaceOffer, membership: Membership, by: Doer | None) -> None:
    _answer(offer, "accepted", by)
    place_existing_member(offer.cohort, membership, by)
    sent = last_submission(offer.letter)
    fill_team(membership, sent.content if sent else {}, by)
    _tell_answer(offer, "place_accepted")
    record(offer, "accept", by, community_id=membership.community_id)


def _answer(offer: PlaceOffer, status: str, by: Doer | None, note: str = "") -> None:
    offer.status, offer.note = status, note.strip()[:500]
    offer.answered_at, offer.answered_by_id = clock.now(), by.account_id if by else None


def _tell_answer(offer: PlaceOffer, template: str) -> None:
    place = offer.letter.community_id
    for address in staff_addresses(place):
        post(
            "offer_answered",
            to=address,
            community_id=place,
            once=f"offer:{offer.id}:{address}"[:120],
            offer_id=offer.id,
        )
    for lead in leads_of(place, offer.letter.district_id):
        once = f"{template}:{offer.id}:{lead.id}"
        post(template, to=lead.email, community_id=place, once=once, offer_id=offer.id, account_id=lead.id)
