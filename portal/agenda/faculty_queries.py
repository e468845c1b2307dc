"""Finding the faculty: what each leads, and the files of their pictures."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from portal.core.db import db
from portal.core.inventory import names_files

from .models import Experience, Faculty, leads


def faculty_with_counts(community_id: int) -> list[tuple[Faculty, int]]:
    """Everybody who leads experiences in the community by what they do, with how many they lead."""
    count = select(func.count()).where(leads.c.faculty_id == Faculty.id).scalar_subquery()
    chosen = select(Faculty, count).where(Faculty.community_id == community_id)
    return [(person, number) for person, number in db.session.execute(chosen.order_by(Faculty.title, Faculty.id))]


def led_by(faculty_id: int) -> list[Experience]:
    """What somebody leads, drafts too."""
    chosen = select(Experience).join(leads, leads.c.experience_id == Experience.id)
    return list(db.session.scalars(chosen.where(leads.c.faculty_id == faculty_id).order_by(Experience.id)))


def faculty_slugs(community_id: int) -> list[str]:
    """The short names that are taken."""
    chosen = select(Faculty.slug).where(Faculty.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Faculty.id)))


@names_files
def keys_of_pictures() -> Iterable[str]:
    """The files that rows of the faculty name."""
    return db.session.scalars(select(Faculty.picture_key).where(Faculty.picture_key != "").order_by(Faculty.id)).all()
