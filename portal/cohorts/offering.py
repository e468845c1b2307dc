"""Places: offered under the round's lock, answered by the district, passed on to the next in line when they come back.

The round's row is the lock of all its places, taken first; then the offer's. What comes back is offered on in the same
transaction, so that no place stands free while somebody waits, and none is given twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.communities.operations import refresh_public
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, number_of, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.districts.models import Membership
from portal.districts.operations import begin_membership
from portal.letters.models import Letter
from portal.letters.queries import last_submission
from portal.reviews.conflict_queries import conflicted_districts
from portal.reviews.queries import decision_of
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .line_queries import next_reached
from .models import PlaceOffer
from .offer_queries import (
    last_unclaimed,
    line_until,
    live_offers,
    membership_by,
    next_in_line,
    open_offers,
    places_unclaimed,
    rounds_with_line,
    staff_to_tell,
)
from .offer_rules import (
    REMINDED_BEFORE,
    SETTLED_IN,
    UNREACHED,
    check_again,
    check_answer,
    check_more_time,
    check_next,
    check_places_change,
    check_reason,
    check_staff,
    is_to_be_reminded,
    may_expire,
    may_remind,
)
from .placing import place_existing_member
from .queries import cohort_of_round, offer_of, places_left, reply_until
from .release_queries import leads_told
from .rules import TAKEN, check_places
from .teams import fill_team

ENDING = {"turned_down": "turn down", "deferred": "defer", "expired": "expire", "taken_back": "take back"}


def offer_place(
    letter: Letter, round: Round, by: Doer | None, *, replaces: PlaceOffer | None = None, until: datetime | None = None
) -> PlaceOffer:
    """Offer the letter's district a place; with `replaces`, the one that came back, else one of those that came back
    and went to nobody, if there are any. Whoever calls tells the district.

    Raises RuleBroken when no place is left, and while the round fills no cohort.
    """
    with transaction():
        # Under the round's lock, so that no two offers take the last place.
        round = lock(round)
        cohort = cohort_of_round(round.id)
        if cohort is None:
            raise RuleBroken("This round fills no cohort yet. Open a cohort for it first; then send the decision.")
        check_places(places_left(round))
        # The job gives away what came back: a place that is given out here must not count as free for it.
        decision, replaces = decision_of(letter), replaces or last_unclaimed(round)
        offer = PlaceOffer(
            cohort_id=cohort.id, letter_id=letter.id, offered_at=clock.now(),
            reply_by=until or reply_until(round, round.community.time_zone),
            from_waitlist=decision is not None and decision.outcome == "waitlist",
            turn=decision.turn if decision else 1, replaces_id=replaces.id if replaces else None,
        )  # fmt: skip
        db.session.add(offer)
        db.session.flush()
        verb = "offer from waitlist" if offer.from_waitlist else "offer"
        record(offer, verb, by, community_id=letter.community_id, until=_said(offer.reply_by))
    return offer


def accept_offer(offer: PlaceOffer, by: Doer | None) -> Membership:
    """Take the place: the district is a member from today, in the cohort, its roster a team with invitations.

    Once, however often it is pressed: later too it gives the membership that came of it, be that over. Raises
    RuleBroken when the offer was answered otherwise, and after its time.
    """
    with transaction():
        _lock_round(offer)
        # Two leads may press at once: the second finds the offer accepted, and gets the same membership.
        if lock(offer).status == "accepted":
            return membership_by(offer)
        check_answer("accept", offer, clock.now())
        letter, day = offer.letter, today_in(offer.letter.community_id)
        membership = begin_membership(letter.community_id, letter.district, day, by, note=offer.cohort.name)
        _take_place(offer, membership, by)
    return membership


def turn_down_offer(offer: PlaceOffer, by: Doer | None, note: str = "") -> None:
    """Turn the place down for the district: it goes to the next in line. Once, however often it is pressed.

    Raises RuleBroken when the offer was answered otherwise, and after its time.
    """
    _give_back(offer, "turn_down", "turned_down", by, note)


def defer_offer(offer: PlaceOffer, by: Doer | None, note: str = "") -> None:
    """Wait for the next round instead: the place goes to the next in line, and the district is invited to that round.

    Once, however often it is pressed. Raises RuleBroken when the offer was answered otherwise, and after its time.
    """
    _give_back(offer, "defer", "deferred", by, note)


def take_back_offer(offer: PlaceOffer, reason: str, by: Doer | None, *, is_told: bool = True) -> None:
    """Take an offer back that has no answer; the place goes to the next in line. Twice is once.

    The district reads the reason, unless it `is_told` in another way. Raises RuleBroken for an offer that has an
    answer, and without a reason.
    """
    with transaction():
        _lock_round(offer)
        if lock(offer).status == "taken_back":
            return
        check_staff("take_back", offer)
        check_reason(reason, "Say why the offer is taken back. The district reads it.")
        _end(offer, "taken_back", by, reason)
        if is_told:
            _tell_district(offer, "offer_taken_back")
        _pass_on(offer)


def extend_offer(offer: PlaceOffer, until: datetime, reason: str, by: Doer) -> None:
    """Give one district more time to answer, for a reason that it reads. The same asked for twice is given once.

    Raises RuleBroken when it has answered, without a reason, and for a moment that is not later than what it has.
    """
    with transaction():
        round = _lock_round(offer)
        if lock(offer).reply_by == until and offer.status == "open":
            return
        check_more_time(offer, until, reason, round.community.time_zone, clock.now())
        before, offer.reply_by, offer.reminded_at = offer.reply_by, until, None
        record(
            offer, "more time", by, community_id=round.community_id, note=reason.strip(), until=_said(until),
            before=_said(before),
        )  # fmt: skip
        _tell_district(offer, "offer_more_time", mark=f"{until:%y%m%d%H%M}")


def remind_offers(offers: Iterable[PlaceOffer], by: Doer) -> int:
    """Remind the districts of these offers that are silent; says how many. Nobody twice within a day."""
    with transaction():
        # In the order of ids, as every lock of several rows.
        return sum(_reminds(offer, by) for offer in sorted(offers, key=number_of))


def offer_next(round: Round, by: Doer | None, *, seen: int | None = None) -> PlaceOffer:
    """Offer the next in line a place that is free, and tell them by mail. `seen` is the number of the letter that was
    next on the page; pressed twice its district is offered one place.

    Raises RuleBroken when no place is left, or nobody waits, when the line changed meanwhile, when a colleague must do
    it because of a conflict, and while no mail reaches anybody who leads the next district.
    """
    with transaction():
        letter, own = next_in_line(lock(round)), conflicted_districts(by.account_id if by else None, round.id)
        for given in live_offers(round, but=own):
            if given.letter_id == seen:
                return given
        return _offer_from_line(check_next(letter, seen, own), by)


def offer_again(offer: PlaceOffer, by: Doer) -> PlaceOffer:
    """Offer a district a place once more, after an offer that ended. Pressed twice it is offered once.

    Raises RuleBroken when no place is left, when others wait in line, when the offer has not ended, and when letter,
    decision or round do not lead to a place any more.
    """
    with transaction():
        round, letter, newest = _lock_round(offer), lock(offer.letter), offer_of(offer.letter)
        if newest is not None and newest.id != lock(offer).id and newest.status in TAKEN:
            return newest
        check_again(offer, decision_of(letter), stage_of(round, clock.now()))
        if next_in_line(round) is not None:
            raise RuleBroken("Others wait in line: a place that is free is theirs. Offer it to the next in line.")
        return _offer_from_line(letter, by)


def change_places(round: Round, places: int, reason: str, by: Doer, *, seen: int) -> list[PlaceOffer]:
    """Give a closed round more or fewer places; gives the offers that come of it.

    More are offered to those who wait, before anybody else hears of them. Fewer take no place away from anybody: none
    is offered until there are fewer districts than places. Raises RuleBroken without a reason, before closing and in
    the archive, and when somebody changed the number (`seen`) meanwhile.
    """
    with transaction():
        if lock(round).capacity == places:
            return []
        check_places_change(round, seen, places, reason, clock.now())
        before, round.capacity = round.capacity, places
        refresh_public(round.community_id)
        record(
            round, "change places", by, community_id=round.community_id, note=reason.strip(),
            changes={"capacity": [before, places]},
        )  # fmt: skip
        db.session.flush()
        return _serve(round, places - before)


def expire_offers() -> int:
    """Note every offer whose time is over, tell both sides, and pass its place on; says how many there were.

    May run late, twice, or on two hosts at once.
    """
    # A list first: each is noted in a transaction of its own, and that ends the one in which they were being read.
    return sum(_expires(offer) for offer in open_offers(clock.now()))


def serve_waiting() -> int:
    """Offer places that came back while nobody waited to those who wait now; says how many."""
    return sum(_serve_round(round) for round in rounds_with_line())


def remind_silent() -> int:
    """Remind once, three days before their time ends, the districts that have not answered; says how many."""
    now = clock.now()
    # Looked at before any lock is taken: for offers that were reminded already nobody else has to wait.
    due = [one for one in open_offers(now + max(REMINDED_BEFORE, SETTLED_IN)) if is_to_be_reminded(one, now)]
    return sum(_reminds_due(offer) for offer in due)


def _give_back(offer: PlaceOffer, verb: str, status: str, by: Doer | None, note: str) -> None:
    with transaction():
        _lock_round(offer)
        if lock(offer).status == status:
            return
        check_answer(verb, offer, clock.now())
        _end(offer, status, by, note)
        _tell_answer(offer)
        _pass_on(offer)


def _expires(offer: PlaceOffer) -> int:
    with transaction():
        _lock_round(offer)
        # Two workers at once: the second finds it noted.
        if not may_expire(lock(offer), clock.now()):
            return 0
        _end(offer, "expired", None)
        _tell_answer(offer)
        _pass_on(offer)
    return 1


def _serve_round(round: Round) -> int:
    with transaction():
        return len(_serve(lock(round), places_unclaimed(round), last_unclaimed(round)))


def _serve(round: Round, places: int, replaces: PlaceOffer | None = None) -> list[PlaceOffer]:
    """Offer up to so many places to those who wait; fewer when fewer are free. Under the round's lock."""
    made: list[PlaceOffer] = []
    while len(made) < places and places_left(round) > 0 and (letter := next_reached(round)) is not None:
        made.append(_offer_from_line(letter, None, replaces))
        replaces = last_unclaimed(round)
    return made


def _pass_on(offer: PlaceOffer) -> None:
    # Fewer places than before may have been taken away already: then this one is gone, and not passed on.
    round = offer.letter.round
    if places_left(round) > 0 and (letter := next_reached(round)) is not None:
        _offer_from_line(letter, None, offer)


def _offer_from_line(letter: Letter, by: Doer | None, replaces: PlaceOffer | None = None) -> PlaceOffer:
    round = letter.round
    offer = offer_place(letter, round, by, replaces=replaces, until=line_until(round, clock.now()))
    # A mail is all that the district hears of it: an offer that nobody reads would hold a place until it expires.
    if not _tell_district(offer, "place_offered"):
        raise RuleBroken(UNREACHED)
    return offer


def _lock_round(offer: PlaceOffer) -> Round:
    return lock(offer.letter.round)


def _take_place(offer: PlaceOffer, membership: Membership, by: Doer | None) -> None:
    _answer(offer, "accepted", by)
    place_existing_member(offer.cohort, membership, by)
    sent = last_submission(offer.letter)
    fill_team(membership, sent.content if sent else {}, by)
    record(offer, "accept", by, community_id=membership.community_id)
    _tell_answer(offer)


def _end(offer: PlaceOffer, status: str, by: Doer | None, note: str = "") -> None:
    _answer(offer, status, by, note)
    record(offer, ENDING[status], by, community_id=offer.letter.community_id, note=offer.note)
    db.session.flush()


def _answer(offer: PlaceOffer, status: str, by: Doer | None, note: str = "") -> None:
    offer.status, offer.note = status, note.strip()[:500]
    offer.answered_at, offer.answered_by_id = clock.now(), by.account_id if by else None


def _reminds(offer: PlaceOffer, by: Doer | None) -> int:
    _lock_round(offer)
    now = clock.now()
    if not may_remind(lock(offer), now):
        return 0
    # Where no mail reaches anybody, nothing is noted: who is named to lead later still gets the reminder.
    if not _tell_district(offer, "offer_reminder", mark=f"{now:%y%m%d%H%M}"):
        return 0
    offer.reminded_at = now
    record(offer, "remind", by, community_id=offer.letter.community_id)
    return 1


def _reminds_due(offer: PlaceOffer) -> int:
    with transaction():
        _lock_round(offer)
        return _reminds(offer, None) if is_to_be_reminded(lock(offer), clock.now()) else 0


def _tell_district(offer: PlaceOffer, template: str, mark: str = "") -> bool:
    """Owe the district one mail, to who leads it longest of those whom mails reach; says whether there is anybody."""
    letter, once = offer.letter, ":".join(filter(None, (template, str(offer.id), mark)))
    leads = leads_told(letter)
    for lead in leads[:1]:
        post(
            template, to=lead.email, community_id=letter.community_id, once=once, offer_id=offer.id, account_id=lead.id
        )
    return bool(leads)


def _tell_answer(offer: PlaceOffer) -> None:
    """Owe the mails about an answer, or about none in time: to staff, and to the district."""
    place = offer.letter.community_id
    for address in staff_to_tell(offer.letter):
        once = f"offer:{offer.id}:{address}"[:120]
        post("offer_answered", to=address, community_id=place, once=once, offer_id=offer.id)
    _tell_district(offer, f"place_{offer.status}")


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
