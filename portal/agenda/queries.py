"""Finding what is on the agenda."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from portal.core.db import db

from .models import Agenda, Experience, Faculty, Session

PUBLISHED = select(Experience).where(
    Experience.community_id == bindparam("community_id"),
    Experience.slug == bindparam("slug"),
    Experience.published_at.is_not(None),
)


def find_agenda(community_id: int, slug: str) -> Agenda | None:
    """The community's agenda with this short name."""
    return db.session.scalar(select(Agenda).where(Agenda.community_id == community_id, Agenda.slug == slug))


def find_experience(community_id: int, slug: str) -> Experience | None:
    """The community's experience with this short name, published or not."""
    chosen = select(Experience).where(Experience.community_id == community_id, Experience.slug == slug)
    return db.session.scalar(chosen)


def find_published(community_id: int, slug: str) -> Experience | None:
    """The same, once it is published."""
    return db.session.scalar(PUBLISHED, {"community_id": community_id, "slug": slug})


def find_session(experience_id: int, session_id: int) -> Session | None:
    """The experience's session with this number; another experience's is not found."""
    return db.session.scalar(select(Session).where(Session.id == session_id, Session.experience_id == experience_id))


def find_faculty(community_id: int, slug: str) -> Faculty | None:
    """Somebody who leads experiences in the community."""
    return db.session.scalar(select(Faculty).where(Faculty.community_id == community_id, Faculty.slug == slug))
