"""Finding communities and their words."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from portal.core.db import db

from .models import Community, Role

# Put together once: every request asks for these.
NAMED = select(Community).where(Community.slug == bindparam("slug"))
VERSION = select(Community.public_version).where(Community.slug == bindparam("slug"))
VERSION_OF_ALL = select(func.coalesce(func.sum(Community.public_version), 0))


def find_community(slug: str) -> Community | None:
    """The community with this short name."""
    return db.session.scalar(NAMED, {"slug": slug})


def all_communities() -> list[Community]:
    """Every community on the portal, by name."""
    return list(db.session.scalars(select(Community).order_by(Community.name, Community.id)))


def public_version(slug: str | None) -> int:
    """A number that grows whenever visitors would see something new: of one community, or of all together."""
    if slug is None:
        return db.session.scalar(VERSION_OF_ALL) or 0
    return db.session.scalar(VERSION, {"slug": slug}) or 0


def roles_of(community_id: int, place: str = "district") -> list[Role]:
    """The roles people of districts (or of the hub) can have, in the community's order."""
    chosen = select(Role).where(Role.community_id == community_id, Role.place == place)
    return list(db.session.scalars(chosen.order_by(Role.position, Role.id)))


def role_labels(community_id: int) -> dict[str, str]:
    """Every role's label under its slug."""
    rows = db.session.execute(select(Role.slug, Role.label).where(Role.community_id == community_id).order_by(Role.id))
    return {row.slug: row.label for row in rows}
