"""Tables of cohorts: the group, its places, offers of a place, the team's seats and their invitations."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed
from portal.core.tokens import Tokened
from portal.districts.models import Affiliation, District, Membership
from portal.letters.models import Letter
from portal.rounds.models import Commitment

LIVE = text("status in ('open', 'accepted')")


class Cohort(Keyed, Base):
    """A group of districts that begin together. How many places it has is said by its round."""

    __tablename__ = "cohorts"
    __table_args__ = (UniqueConstraint("community_id", "slug"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    capacity: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(200), default="")


class CohortPlace(Keyed, Base):
    """A district's place in a cohort, by way of its membership."""

    __tablename__ = "cohort_places"
    __table_args__ = (UniqueConstraint("cohort_id", "membership_id"),)

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    taken_at: Mapped[datetime]

    cohort: Mapped[Cohort] = relationship()
    membership: Mapped[Membership] = relationship()


class PlaceOffer(Keyed, Base):
    """A place offered to a district. Open and accepted offers take a place."""

    __tablename__ = "place_offers"
    __table_args__ = (
        CheckConstraint(
            "status in ('open', 'accepted', 'turned_down', 'deferred', 'expired', 'taken_back')", name="status"
        ),
        Index("uq_place_offers_live", "letter_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    )

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"), index=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    status: Mapped[str] = mapped_column(String(20), default="open")
    offered_at: Mapped[datetime]
    reply_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    reminded_at: Mapped[datetime | None]
    from_waitlist: Mapped[bool] = mapped_column(default=False, server_default=false())
    turn: Mapped[int] = mapped_column(default=1, server_default="1")  # of the decision that it came of
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("place_offers.id"))  # whose place came back

    cohort: Mapped[Cohort] = relationship()
    letter: Mapped[Letter] = relationship()


class TeamSeat(Keyed, Base):
    """A place on a team. Without a mail it waits for the lead to name somebody; claimed, it has an affiliation."""

    __tablename__ = "team_seats"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    school: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    affiliation_id: Mapped[int | None] = mapped_column(ForeignKey("affiliations.id"))
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    membership: Mapped[Membership] = relationship()
    affiliation: Mapped[Affiliation | None] = relationship()
    invitations: Mapped[list[TeamInvitation]] = relationship(order_by="TeamInvitation.id", back_populates="team_seat")


class TeamInvitation(Tokened, Base):
    """A mailed link by which a colleague claims a seat on the team, within thirty days."""

    __tablename__ = "team_invitations"

    team_seat_id: Mapped[int] = mapped_column(ForeignKey("team_seats.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]

    team_seat: Mapped[TeamSeat] = relationship(back_populates="invitations")


class CommitmentCheck(Keyed, Base):
    """A promise of the district that is kept, as its lead or staff noted; both sides see it."""

    __tablename__ = "commitment_checks"
    __table_args__ = (UniqueConstraint("membership_id", "commitment_id"),)

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    commitment: Mapped[Commitment] = relationship()


class JoinLink(Tokened, Base):
    """A link that a lead gives to colleagues: whoever opens it asks to join the team, and confirms by mail."""

    __tablename__ = "join_links"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]

    membership: Mapped[Membership] = relationship()


class JoinRequest(Tokened, Base):
    """Somebody who asked to join a district's team by its link or by the domain of their address.

    The mailed link confirms the address. With an address of the district's own domain that is enough (`fits`); else the
    lead decides.
    """

    __tablename__ = "join_requests"
    __table_args__ = (
        CheckConstraint("way in ('link', 'domain')", name="way"),
        CheckConstraint("outcome in ('', 'joined', 'declined')", name="outcome"),
    )

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(40))
    school: Mapped[str] = mapped_column(String(80), default="")
    fits: Mapped[bool]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    membership: Mapped[Membership] = relationship()


class LeadHandOver(Tokened, Base):
    """A lead who gives the district's lead to a colleague: asked by mail, accepted by its link, or taken back."""

    __tablename__ = "lead_hand_overs"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    from_account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    keeps_lead: Mapped[bool] = mapped_column(default=False)  # a second lead, not a new one
    to_name: Mapped[str] = mapped_column(String(120))
    to_email: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]

    district: Mapped[District] = relationship()
