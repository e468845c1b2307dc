"""Tables of a community: itself, its beliefs, the roles its people have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed


class Community(Keyed, Base):
    """A network on the portal. `public_version` counts up whenever something that visitors see changes."""

    __tablename__ = "communities"
    __table_args__ = (
        CheckConstraint("kind in ('district_network', 'teacher_network')", name="kind"),
        CheckConstraint("hue >= 0 and hue < 360", name="hue"),
    )

    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(120), default="")
    founded: Mapped[int | None]
    headline: Mapped[str] = mapped_column(String(160), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    mission: Mapped[str] = mapped_column(Text, default="")
    beliefs_title: Mapped[str] = mapped_column(String(80), default="What we hold to")
    sender: Mapped[str] = mapped_column(String(120), default="")
    sender_place: Mapped[str] = mapped_column(String(120), default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="America/New_York")
    hue: Mapped[int] = mapped_column(default=225)
    public_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    beliefs: Mapped[list[Belief]] = relationship(order_by="Belief.position")
    figures: Mapped[list[Figure]] = relationship(order_by="Figure.position")


class Belief(Keyed, Base):
    """One sentence the community holds every agenda against."""

    __tablename__ = "beliefs"
    __table_args__ = (UniqueConstraint("community_id", "position"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)


class Figure(Keyed, Base):
    """A number the community states about itself, with where it was read and for when."""

    __tablename__ = "figures"
    __table_args__ = (UniqueConstraint("community_id", "position"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    position: Mapped[int]
    value: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(120))
    year: Mapped[str] = mapped_column(String(20))


class Role(Keyed, Base):
    """A job in a school, a district or the community's hub, in the community's own words."""

    __tablename__ = "roles"
    __table_args__ = (
        UniqueConstraint("community_id", "slug"),
        CheckConstraint("place in ('district', 'community')", name="place"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(20), default="district")
    position: Mapped[int] = mapped_column(default=0)
