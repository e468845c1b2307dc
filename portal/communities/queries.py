"""Finding communities and their words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g
from sqlalchemy import Row, bindparam, func, select

from portal.core import clock
from portal.core.db import db, look_up

from .models import Community, Role

# Put together once: every request asks for these.
NAMED = select(Community).where(Community.slug == bindparam("slug"))
WORDS = select(*Community.__table__.columns)
WORDS_NAMED = WORDS.where(Community.slug == bindparam("slug"))
WORDS_OF = WORDS.where(Community.id == bindparam("number"))
VERSION = select(Community.public_version).where(Community.slug == bindparam("slug"))
VERSION_OF_ALL = select(func.coalesce(func.sum(Community.public_version), 0))


def find_community(slug: str) -> Community | None:
    """The community with this short name."""
    return db.session.scalar(NAMED, {"slug": slug})


def words_named(slug: str) -> Row[Any] | None:
    """What the community with this short name says of itself, as columns: the gate asks for it on every request."""
    found = next(iter(look_up(WORDS_NAMED, {"slug": slug})), None)
    if found is not None:
        _zones()[found.id] = found.time_zone
    return found


def words_of(community_id: int) -> Row[Any] | None:
    """The same by its number."""
    return next(iter(look_up(WORDS_OF, {"number": community_id})), None)


def today_in(community_id: int) -> date:
    """Today's date where the community lives: in the evening of its zone the date of UTC is tomorrow's."""
    return clock.local(clock.now(), zone_of(community_id)).date()


def zone_of(community_id: int) -> str:
    """The zone in which the community lives; asked for once a request."""
    known = _zones()
    if community_id not in known:
        found = words_of(community_id)
        known[community_id] = found.time_zone if found is not None else "UTC"
    return known[community_id]


def forget_zone(community_id: int) -> None:
    """Ask for the community's zone anew: it may just have been changed."""
    _zones().pop(community_id, None)


def all_communities() -> list[Community]:
    """Every community on the portal, by name."""
    return list(db.session.scalars(select(Community).order_by(Community.name, Community.id)))


def public_version(slug: str | None) -> int:
    """A number that grows whenever visitors would see something new: of one community, or of all together."""
    rows = look_up(VERSION_OF_ALL, {}) if slug is None else look_up(VERSION, {"slug": slug})
    return int(rows[0][0]) if rows else 0


def roles_of(community_id: int, place: str = "district") -> list[Role]:
    """The roles people of districts (or of the hub) can have, in the community's order."""
    chosen = select(Role).where(Role.community_id == community_id, Role.place == place)
    return list(db.session.scalars(chosen.order_by(Role.position, Role.id)))


def role_labels(community_id: int) -> dict[str, str]:
    """Every role's label under its slug."""
    rows = db.session.execute(select(Role.slug, Role.label).where(Role.community_id == community_id).order_by(Role.id))
    return {row.slug: row.label for row in rows}


def _zones() -> dict[int, str]:
    # The gate has read the words of the community of every page: no page asks for the zone again.
    zones: dict[int, str] = g.setdefault("zones", {})
    return zones
