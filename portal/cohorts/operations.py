"""What fills a cohort: decisions that reach the district, offers of a place and their answers, places and teams."""

from __future__ import annotations

from datetime import date

from portal.accounts.queries import staff_addresses
from portal.communities.models import Community
from portal.communities.operations import refresh_public
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
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import check, check_seen
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .models import Cohort, CohortPlace, PlaceOffer
from .queries import cohort_of_round, places_left, reply_until
from .rules import check_answer, check_places
from .teams import claim_team_seat, fill_team, invite_to_team, renew_invitation, today_in

__all__ = ["claim_team_seat", "invite_to_team", "renew_invitation"]


def create_cohort(
    community: Community, *, slug: str, name: str, starts_on: date, ends_on: date | None = None,
    round: Round | None = None, capacity: int | None = None, note: str = "", by: Doer | None = None,
) -> Cohort:  # fmt: skip
    """Open a cohort; with `round` it is the one that this Letter of Invitation fills."""
    with transaction():
        cohort = Cohort(
            community_id=community.id, round_id=round.id if round else None, slug=slug, name=name,
            starts_on=starts_on, ends_on=ends_on, capacity=capacity, note=note,
        )  # fmt: skip
        db.session.add(cohort)
        db.session.flush()
        refresh_public(community.id)
        record(cohort, "create", by, community_id=community.id)
    return cohort


def place_existing_member(cohort: Cohort, membership: Membership, by: Doer | None = None) -> CohortPlace:
    """Note that a member district is in this cohort. Asking twice gives the same place."""
    with transaction():
        lock(cohort)
        place = db.session.query(CohortPlace).filter_by(cohort_id=cohort.id, membership_id=membership.id).one_or_none()
        if place is not None:
            return place
        place = CohortPlace(cohort_id=cohort.id, membership_id=membership.id, taken_at=clock.now())
        db.session.add(place)
        db.session.flush()
        refresh_public(cohort.community_id)
        record(cohort, "place", by, community_id=cohort.community_id, membership_id=membership.id)
    return place


def prepare(letter: Letter, outcome: str, rationale: str, by: Doer | None, *, seen: str = "") -> Decision:
    """Prepare a decision; a place is only offered while one is left. Raises RuleBroken as prepare_decision does."""
    with transaction():
        # Looked at here for the sentence; what counts is the look under the lock when the decision is sent.
        round = lock(letter.round)
        if outcome == "accept":
            check_places(places_left(round))
        return prepare_decision(letter, outcome, rationale, by, seen=seen)


def release_decision(letter: Letter, by: Doer | None, *, seen: str | None = None) -> Decision:
    """Send the prepared decision: an offer when a place was meant, and one mail to every lead of the district.

    `seen` is the stamp of the decision whose mail the person looked at. The same person may press twice.
    Raises RuleBroken when no place is left, when nobody leads the district, and when somebody else sent it.
    """
    with transaction():
        round = lock(letter.round)
        letter, decision = lock(letter), decision_of(letter)
        # The second press of the same person is no conflict; that of somebody else is one, and says who was first.
        if decision is not None and decision.released_by_id and by and decision.released_by_id == by.account_id:
            return decision
        check("release", letter, decision, stage_of(round, clock.now()), decider_of(decision))
        assert decision is not None
        if seen is not None:
            check_seen(decision, seen, decider_of(decision))
        if decision.outcome == "accept":
            _offer_place(letter, round)
        decision.status, decision.released_at = "released", clock.now()
        decision.released_by_id = by.account_id if by else None
        _tell_leads(letter, decision)
        record(decision, "release", by, community_id=letter.community_id, outcome=decision.outcome)
    return decision


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


def _offer_place(letter: Letter, round: Round) -> None:
    cohort = cohort_of_round(round.id)
    if cohort is None:
        raise RuleBroken("This round fills no cohort yet. Open a cohort for it first; then send the decision.")
    # Under the round's lock, so that no two offers take the last place.
    check_places(places_left(round))
    until = reply_until(round, round.community.time_zone)
    db.session.add(PlaceOffer(cohort_id=cohort.id, letter_id=letter.id, offered_at=clock.now(), reply_by=until))
    db.session.flush()


def _tell_leads(letter: Letter, decision: Decision) -> None:
    leads = leads_of(letter.community_id, letter.district_id)
    if not leads:
        raise RuleBroken("Nobody leads this district yet, so nobody would hear of it. Name a lead first.")
    for lead in leads:
        post(
            f"decision_{decision.outcome}", to=lead.email, community_id=letter.community_id,
            once=f"decision:{decision.id}:{lead.id}", decision_id=decision.id, account_id=lead.id,
        )  # fmt: skip


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
