"""Finding cohorts and their districts, places that are left, offers, and the seats of a team."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.communities.queries import today_in
from portal.core import clock, tokens
from portal.core.db import db
from portal.core.history import History
from portal.districts.models import District, Membership
from portal.districts.queries import covers
from portal.letters.models import Letter, Submission
from portal.reviews.models import Decision
from portal.rounds.models import Extension, Invitation, Round

from .models import Cohort, CohortPlace, JoinRequest, PlaceOffer, TeamInvitation, TeamSeat
from .offer_rules import CLOSING_TIME
from .rules import SHORTEST_REPLY, TAKEN

PURPOSE = "team"


def cohorts_with_members(community_id: int) -> list[tuple[Cohort, list[Membership]]]:
    """Every cohort, the oldest first, with the memberships in it that hold today, by the district's name."""
    cohorts = select(Cohort).where(Cohort.community_id == community_id).order_by(Cohort.starts_on, Cohort.id)
    groups: dict[int, tuple[Cohort, list[Membership]]] = {row.id: (row, []) for row in db.session.scalars(cohorts)}
    placed = (
        select(CohortPlace.cohort_id, Membership)
        .join(CohortPlace.membership)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(CohortPlace.cohort_id.in_(groups), covers(Membership, today_in(community_id)))
        .order_by(District.name, Membership.id)
    )
    for cohort_id, membership in db.session.execute(placed):
        groups[cohort_id][1].append(membership)
    return list(groups.values())


def cohort_of_round(round_id: int) -> Cohort | None:
    """The cohort that this round fills."""
    return db.session.scalar(select(Cohort).where(Cohort.round_id == round_id).order_by(Cohort.id).limit(1))


def places_left(round: Round) -> int:
    """How many places of the round are neither offered nor taken. Ask under the round's lock before you offer one."""
    taken = select(func.count(PlaceOffer.id)).join(PlaceOffer.letter)
    taken = taken.where(Letter.round_id == round.id, PlaceOffer.status.in_(TAKEN))
    return round.capacity - (db.session.scalar(taken) or 0)


def offer_of(letter: Letter) -> PlaceOffer | None:
    """The newest offer to this letter's district."""
    chosen = select(PlaceOffer).where(PlaceOffer.letter_id == letter.id).order_by(PlaceOffer.id.desc())
    return db.session.scalar(chosen.limit(1))


def offers_by(decision: Decision) -> list[PlaceOffer]:
    """The offers that came of the decision as it stands, the first one first; none of an earlier turn."""
    chosen = select(PlaceOffer).where(PlaceOffer.letter_id == decision.letter_id, PlaceOffer.turn == decision.turn)
    return list(db.session.scalars(chosen.order_by(PlaceOffer.id)))


def reply_until(round: Round, zone: str) -> datetime:
    """Until when a district that is told today may answer: the round's date, or two weeks when that is too soon."""
    last_day = clock.local(clock.now() + SHORTEST_REPLY, zone).date()
    # `fold`: five in the afternoon never comes twice where communities live, but a zone may ask.
    soonest = clock.to_utc(datetime.combine(last_day, CLOSING_TIME), zone, fold=0)
    return round.reply_by if round.reply_by is not None and round.reply_by > soonest else soonest


def decided_of(letter: Letter) -> tuple[Decision | None, PlaceOffer | None]:
    """What the district may know: the released decision, and the newest offer that came of it."""
    # An offer that came of an earlier decision, which was turned, is no answer to this one.
    same = and_(PlaceOffer.letter_id == Decision.letter_id, PlaceOffer.turn == Decision.turn)
    row = db.session.execute(
        select(Decision, PlaceOffer)
        .outerjoin(PlaceOffer, same)
        .options(joinedload(PlaceOffer.cohort))
        .where(Decision.letter_id == letter.id, Decision.status == "released")
        # A letter may have had several offers over time; the newest is the one that counts.
        .order_by(PlaceOffer.id.desc())
    ).first()
    return (row[0], row[1]) if row else (None, None)


def decided_about(letter_ids: Sequence[int]) -> dict[int, tuple[Decision, PlaceOffer | None]]:
    """The same of several letters at once, by letter; nothing of those without a released decision."""
    same = and_(PlaceOffer.letter_id == Decision.letter_id, PlaceOffer.turn == Decision.turn)
    chosen = select(Decision, PlaceOffer).outerjoin(PlaceOffer, same)
    chosen = chosen.where(Decision.letter_id.in_(letter_ids), Decision.status == "released")
    # The newest offer comes last, so it is the one that stays.
    return {row[0].letter_id: (row[0], row[1]) for row in db.session.execute(chosen.order_by(PlaceOffer.id))}


def sent_of(letter_ids: Sequence[int]) -> set[int]:
    """Those of these letters of which a version was sent."""
    return set(db.session.scalars(select(Submission.letter_id).where(Submission.letter_id.in_(letter_ids)).distinct()))


def may_answer_for(person: Any, letter: Letter) -> bool:
    """Whether this person may answer an offer: who leads the district does, not everybody who writes the letter."""
    return letter.district_id in person.led_districts(letter.community_id)


def happened_to(letter: Letter, *, decision: Decision | None) -> list[History]:
    """The rows of history around a letter, its invitation and its extensions, oldest first. Give the decision only when
    released."""
    rows = [row for row in (letter, decision) if row is not None]
    about = [and_(History.subject_table == row.__tablename__, History.subject_id == row.id) for row in rows]
    if decision is not None:  # every offer, that of a decision which was turned too
        offers = select(PlaceOffer.id).where(PlaceOffer.letter_id == letter.id)
        about.append(and_(History.subject_table == PlaceOffer.__tablename__, History.subject_id.in_(offers)))
    for model in (Invitation, Extension):
        own = select(model.id).where(model.round_id == letter.round_id, model.district_id == letter.district_id)
        about.append(and_(History.subject_table == model.__tablename__, History.subject_id.in_(own)))
    return list(db.session.scalars(select(History).where(or_(*about)).order_by(History.at, History.id)))


def district_memberships(person: Any, community_id: int) -> list[Membership]:
    """The memberships today of districts that this person leads or works for, by the district's name."""
    return list(db.session.scalars(_own_memberships(person, community_id)))


def memberships_asked(person: Any, community_id: int) -> dict[Membership, int]:
    """The same, each with how many ask its lead to join; 0 where this person does not lead."""
    waiting = select(func.count(JoinRequest.id)).where(JoinRequest.membership_id == Membership.id)
    waiting = waiting.where(JoinRequest.confirmed_at.is_not(None), JoinRequest.outcome == "")
    led = Membership.district_id.in_(person.led_districts(community_id))
    asked = case((led, waiting.scalar_subquery()), else_=0)
    return {row[0]: row[1] for row in db.session.execute(_own_memberships(person, community_id).add_columns(asked))}


def _own_memberships(person: Any, community_id: int) -> Select[Membership]:
    own = person.led_districts(community_id) | person.districts_in(community_id)
    return (
        select(Membership)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(Membership.community_id == community_id, Membership.district_id.in_(own))
        .where(covers(Membership, today_in(community_id)))
        .order_by(District.name, Membership.id)
    )


def find_led_seat(person: Any, community_id: int, seat_id: int) -> TeamSeat | None:
    """The team seat of this number if the person leads its district."""
    chosen = (
        select(TeamSeat)
        .join(TeamSeat.membership)
        .options(contains_eager(TeamSeat.membership))
        .where(TeamSeat.id == seat_id, TeamSeat.to_date.is_(None), Membership.community_id == community_id)
        .where(Membership.district_id.in_(person.led_districts(community_id)))
        .where(covers(Membership, today_in(community_id)))
    )
    return db.session.scalar(chosen)


def addresses_of_team(membership_id: int, but: int) -> list[str]:
    """The mail addresses in the other seats of a team."""
    chosen = select(TeamSeat.email).where(TeamSeat.membership_id == membership_id, TeamSeat.id != but)
    chosen = chosen.where(TeamSeat.email != "", TeamSeat.to_date.is_(None))
    return list(db.session.scalars(chosen.order_by(TeamSeat.id)))


def find_team_invitation(token: str, community_id: int) -> TeamInvitation | None:
    """The team invitation that a private link leads to, in its own community only."""
    found = tokens.find(TeamInvitation, PURPOSE, token)
    return found if found is not None and found.team_seat.membership.community_id == community_id else None
