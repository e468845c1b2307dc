"""Tables of districts: the directory, facts with their source, people's jobs, leads, memberships."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.core.db import Base, Keyed

from .search import create_search, drop_search


class District(Keyed, Base):
    """A local education agency: the same row for every community. `leaid` is its number at NCES, text, zeros count."""

    __tablename__ = "districts"
    __table_args__ = (Index("ix_districts_state_city", "state", "city"),)

    leaid: Mapped[str | None] = mapped_column(String(7), unique=True)
    state_code: Mapped[str | None] = mapped_column(String(20), index=True)  # ST_LEAID, such as MA-0007
    slug: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    short_name: Mapped[str] = mapped_column(String(80), default="")
    kind: Mapped[str] = mapped_column(String(20), default="district")
    street: Mapped[str] = mapped_column(String(160), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(2), default="")
    zip_code: Mapped[str] = mapped_column(String(10), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    domain: Mapped[str] = mapped_column(String(120), default="", server_default="", index=True)  # of the website
    grades: Mapped[str] = mapped_column(String(10), default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    is_fictitious: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(80), default="")
    source_year: Mapped[str] = mapped_column(String(10), default="")

    facts: Mapped[list[DistrictFact]] = relationship(order_by="DistrictFact.id")

    @property
    def label(self) -> str:
        return self.short_name or self.name


class DistrictFact(Keyed, Base):
    """One thing known of a district, with where it was read and for which year."""

    __tablename__ = "district_facts"
    __table_args__ = (UniqueConstraint("district_id", "name", "source", "year"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[str] = mapped_column(String(40))  # students, schools, teacher_fte, grades
    value: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(80))
    year: Mapped[str] = mapped_column(String(10))


class Affiliation(Keyed, Base):
    """A person's job in a district, as one community knows it; several at once are usual (itinerant staff)."""

    __tablename__ = "affiliations"
    __table_args__ = (
        Index("ix_affiliations_person", "account_id", "community_id"),
        Index("ix_affiliations_district", "community_id", "district_id"),
        Index(
            "uq_affiliations_current",
            "account_id",
            "community_id",
            "district_id",
            "role",
            unique=True,
            sqlite_where=text("to_date is null"),
            postgresql_where=text("to_date is null"),
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    role: Mapped[str] = mapped_column(String(40))
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    account: Mapped[Account] = relationship()
    district: Mapped[District] = relationship()


class DistrictPermission(Keyed, Base):
    """Who acts for a district in a community: its lead."""

    __tablename__ = "district_permissions"
    __table_args__ = (
        UniqueConstraint("account_id", "community_id", "district_id", "kind"),
        CheckConstraint("kind in ('lead')", name="kind"),
        Index("ix_district_permissions_district", "community_id", "district_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    kind: Mapped[str] = mapped_column(String(10), default="lead")
    granted_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class Membership(Keyed, Base):
    """A district's belonging to a community, from–to. Apart from any cohort: a cohort ends, this may go on."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_current",
            "community_id",
            "district_id",
            unique=True,
            sqlite_where=text("to_date is null"),
            postgresql_where=text("to_date is null"),
        ),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    from_date: Mapped[date]
    to_date: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")

    district: Mapped[District] = relationship()


@event.listens_for(District.__table__, "after_create")
def _make_search(table: object, connection: Connection, **how: object) -> None:
    create_search(connection)


@event.listens_for(District.__table__, "before_drop")
def _take_search_away(table: object, connection: Connection, **how: object) -> None:
    drop_search(connection)
