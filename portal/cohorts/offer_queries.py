"""Finding offers of a place: who is silent, who waits in line, who asked to wait for the next round."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.accounts.models import Account, Permission
from portal.core import clock
from portal.core.db import db
from portal.core.filters import until_text
from portal.core.history import History
from portal.districts.models import District, Membership
from portal.letters.models import Letter
from portal.reviews.conflict_queries import asked_in, conflicted_districts, has_said_tie, people_tied_to
from portal.reviews.exceptions import Entry, tells_exceptions
from portal.reviews.models import Decision
from portal.reviews.queries import find_readable, readable_ids
from portal.rounds.models import Invitation, Round

from .models import CohortPlace, PlaceOffer
from .offer_rules import CLOSING_TIME, ENDED, line_day
from .rules import TAKEN

# Those of a decision that was turned afterwards say nothing of the one that holds.
HAD_OFFER = (
    exists().where(PlaceOffer.letter_id == Decision.letter_id, PlaceOffer.turn == Decision.turn).correlate(Decision)
)
_OFFERED = PlaceOffer.__table__.alias("offered")
NEWEST_OFFER = (
    select(func.max(_OFFERED.c.id)).where(_OFFERED.c.letter_id == Letter.id).correlate(Letter).scalar_subquery()
)
OTHERWISE = {"more time": "More time for an offer", "take back": "Offer taken back"}
WAITS = and_(Decision.outcome == "waitlist", Decision.status == "released", ~HAD_OFFER, Letter.status == "submitted")


def line_of(round: Round) -> Select[Letter]:
    """The letters that wait for a place, the next one first: released to their districts, and none offered since."""
    chosen = select(Letter).join(Decision, Decision.letter_id == Letter.id).where(Letter.round_id == round.id, WAITS)
    return chosen.order_by(Decision.waitlist_position, Letter.id)


def next_in_line(round: Round) -> Letter | None:
    """Whose turn it is when a place comes back; nobody's once the round is archived. Ask under the round's lock."""
    return db.session.scalar(line_of(round).limit(1)) if round.archived_at is None else None


def place_in_line(decision: Decision) -> int:
    """Which one in line the letter is, from 1. Before its release it is counted with what is prepared, after it only
    with what other districts know too.
    """
    known = ("released",) if decision.status == "released" else ("released", "prepared")
    ahead = (
        select(func.count(Decision.id))
        .join(Letter, Letter.id == Decision.letter_id)
        .where(Letter.round_id == decision.letter.round_id, Letter.status == "submitted", ~HAD_OFFER)
        .where(Decision.outcome == "waitlist", Decision.status.in_(known))
        .where(Decision.waitlist_position < decision.waitlist_position)
    )
    return (db.session.scalar(ahead) or 0) + 1


def line_until(round: Round, now: datetime) -> datetime:
    """Until when a district that is offered a place from the waitlist at `now` may answer."""
    zone = round.community.time_zone
    day = line_day(now, zone, round.waitlist_reply_days)
    # `fold`: five in the afternoon never comes twice where communities live, but a zone may ask.
    return clock.to_utc(datetime.combine(day, CLOSING_TIME), zone, fold=0)


def places_unclaimed(round: Round) -> int:
    """How many places came back and were offered to nobody since, because nobody waited then."""
    return db.session.scalar(_unclaimed(round).with_only_columns(func.count(PlaceOffer.id))) or 0


def last_unclaimed(round: Round) -> PlaceOffer | None:
    """The offer whose place came back first of those that were offered to nobody since."""
    return db.session.scalar(_unclaimed(round).order_by(PlaceOffer.answered_at, PlaceOffer.id).limit(1))


def passed_to(offer: PlaceOffer) -> PlaceOffer | None:
    """The offer that this one's place went to when it came back."""
    return db.session.scalar(select(PlaceOffer).where(PlaceOffer.replaces_id == offer.id).order_by(PlaceOffer.id))


def live_offers(round: Round, but: Collection[int] = ()) -> list[PlaceOffer]:
    """The offers of the round that take a place, without those to some districts."""
    chosen = select(PlaceOffer).join(PlaceOffer.letter).where(Letter.round_id == round.id)
    chosen = chosen.where(PlaceOffer.status.in_(TAKEN), Letter.district_id.not_in(but))
    return list(db.session.scalars(chosen.order_by(PlaceOffer.id)))


def membership_by(offer: PlaceOffer) -> Membership:
    """The membership that came of an accepted offer: the newest that its district brought into the cohort."""
    chosen = select(Membership).join(CohortPlace, CohortPlace.membership_id == Membership.id)
    chosen = chosen.where(CohortPlace.cohort_id == offer.cohort_id, Membership.district_id == offer.letter.district_id)
    return db.session.scalars(chosen.order_by(CohortPlace.id.desc()).limit(1)).one()


def last_reason(offer: PlaceOffer, verb: str) -> str:
    """What was noted when `verb` was done to the offer last."""
    same = select(History.note).where(History.subject_table == PlaceOffer.__tablename__, History.verb == verb)
    return db.session.scalar(same.where(History.subject_id == offer.id).order_by(History.id.desc()).limit(1)) or ""


def rounds_with_line() -> list[Round]:
    """The rounds in which a district waits for a place, and one came back."""
    waiting = select(Letter.round_id).join(Decision, Decision.letter_id == Letter.id).where(WAITS)
    ended = select(Letter.round_id).join(PlaceOffer, PlaceOffer.letter_id == Letter.id)
    ended = ended.where(PlaceOffer.status.in_(ENDED))
    chosen = select(Round).where(Round.id.in_(waiting), Round.id.in_(ended), Round.archived_at.is_(None))
    return list(db.session.scalars(chosen.order_by(Round.id)))


def open_offers(by: datetime) -> list[PlaceOffer]:
    """The offers without an answer whose time ends by this moment, the one that ends first before the others."""
    chosen = select(PlaceOffer).where(PlaceOffer.status == "open", PlaceOffer.reply_by <= by)
    return list(db.session.scalars(chosen.order_by(PlaceOffer.reply_by, PlaceOffer.id)))


def find_offer(reader: Any, community_id: int, offer_id: int) -> PlaceOffer | None:
    """The offer of this number, if this member of staff may know of its letter."""
    offer = db.session.get(PlaceOffer, offer_id)
    is_known = offer is not None and find_readable(reader, community_id, offer.letter_id) is not None
    return offer if is_known else None


def offers_of(reader: Any, round: Round) -> list[PlaceOffer]:
    """The newest offer to each letter of the round that this reader may know of, by the district's name."""
    newest = select(func.max(PlaceOffer.id)).group_by(PlaceOffer.letter_id)
    chosen = (
        select(PlaceOffer)
        .join(PlaceOffer.letter)
        .join(Letter.district)
        .options(contains_eager(PlaceOffer.letter).contains_eager(Letter.district), joinedload(PlaceOffer.cohort))
        .where(PlaceOffer.id.in_(newest), Letter.id.in_(readable_ids(reader, round)))
        .order_by(District.name, PlaceOffer.id)
    )
    return list(db.session.scalars(chosen))


def waiting_of(reader: Any, round: Round) -> list[tuple[int, Letter]]:
    """Who waits in line, with the number in line, as far as this reader may know of them."""
    chosen = line_of(round).join(Letter.district).options(contains_eager(Letter.district))
    known = set(db.session.scalars(readable_ids(reader, round)))
    line = enumerate(db.session.scalars(chosen), 1)
    return [(number, letter) for number, letter in line if letter.id in known]


def deferred_to(round: Round, reader: Any) -> Sequence[Any]:
    """Which districts asked in an earlier round of the community to wait, and since: their letter, when, and the
    invitation to this round if they have one. By the district's name; none with which the reader has a conflict, be
    it of this round or of the earlier one.

    What a district asked counts while it is the last word about its letter: not after a newer offer or decision.
    """
    invited = and_(
        Invitation.round_id == round.id, Invitation.district_id == Letter.district_id,
        Invitation.withdrawn_at.is_(None),
    )  # fmt: skip
    newer = Letter.__table__.alias("newer")
    wrote_since = exists().where(
        newer.c.district_id == Letter.district_id, newer.c.community_id == Letter.community_id,
        newer.c.id > Letter.id, newer.c.round_id != round.id,
    ).correlate(Letter)  # fmt: skip
    chosen = (
        select(Letter, PlaceOffer.answered_at, Invitation.id.label("invitation_id"))
        .select_from(Letter)
        .join(PlaceOffer, PlaceOffer.id == NEWEST_OFFER)
        .join(Decision, and_(Decision.letter_id == Letter.id, Decision.turn == PlaceOffer.turn))
        .join(Letter.district)
        .join(Letter.round)
        .outerjoin(Invitation, invited)
        .options(contains_eager(Letter.district))
        .where(Letter.community_id == round.community_id, PlaceOffer.status == "deferred", ~wrote_since)
        .where(Letter.round_id != round.id, Round.closes_at < round.closes_at)
        .where(Letter.district_id.not_in(conflicted_districts(reader.account_id, round.id)))
        .where(~has_said_tie(reader.account_id, Letter.district_id, Letter.round_id))
        .order_by(District.name, Letter.id)
    )
    return db.session.execute(chosen).all()


def staff_to_tell(letter: Letter) -> list[str]:
    """Where the community's staff get mail about this letter: nobody who must learn nothing of its district."""
    chosen = (
        select(Account.email)
        .join(Permission, Permission.account_id == Account.id)
        .where(Permission.community_id == letter.community_id, Permission.kind.in_(("admin", "staff")))
        .where(Account.disabled_at.is_(None), Account.id.not_in(people_tied_to(letter.district_id)))
        .distinct()
        .order_by(Account.email)
    )
    return list(db.session.scalars(chosen, asked_in(letter.round_id)))


@tells_exceptions
def offers_that_went_otherwise(round: Round, own: Collection[int], zone: str) -> Iterator[Entry]:
    """For the register of exceptions: more time to answer an offer, and offers that were taken back."""
    chosen = select(History, Letter.id, District).join(PlaceOffer, PlaceOffer.id == History.subject_id)
    chosen = chosen.join(Letter, Letter.id == PlaceOffer.letter_id).join(District, District.id == Letter.district_id)
    chosen = chosen.where(History.subject_table == PlaceOffer.__tablename__, History.verb.in_(OTHERWISE))
    chosen = chosen.where(Letter.round_id == round.id, District.id.not_in(own))
    for row, letter_id, district in db.session.execute(chosen.order_by(History.id)):
        until = row.data.get("until")
        detail = f"Until {until_text(datetime.fromisoformat(until), zone)}" if until else ""
        who = row.by_name or "the portal"
        yield Entry(row.at, OTHERWISE[row.verb], district.label, detail, row.note, who, letter_id)


def _unclaimed(round: Round) -> Select[PlaceOffer]:
    later = PlaceOffer.__table__.alias("later")
    passed_on = exists().where(later.c.replaces_id == PlaceOffer.id).correlate(PlaceOffer)
    chosen = select(PlaceOffer).join(PlaceOffer.letter)
    return chosen.where(Letter.round_id == round.id, PlaceOffer.status.in_(ENDED), ~passed_on)
