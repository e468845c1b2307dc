"""What is done to a community."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, delete, update

from portal.core import clock
from portal.core.db import before_commit, db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .models import Belief, Community, Figure, Role
from .queries import find_community, forget_zone
from .rules import is_free_slug

TABLE = cast("Table", Community.__table__)
# Counted in the database, not in Python: two changes at once would both write the same next number.
GROWN = update(TABLE).where(TABLE.c.id == bindparam("number")).values(public_version=TABLE.c.public_version + 1)


def create_community(*, slug: str, name: str, kind: str, by: Doer | None = None, **words: object) -> Community:
    """Open a new community on the portal. Raises RuleBroken when the short name is reserved, malformed or taken."""
    with transaction():
        # The unique column is the last wall; this is for the sentence.
        if not is_free_slug(slug) or find_community(slug):
            raise RuleBroken(
                f"“{slug}” cannot be used. Choose another short name of small letters, digits and hyphens."
            )
        community = Community(slug=slug, name=name, kind=kind, created_at=clock.now(), **words)
        db.session.add(community)
        db.session.flush()
        record(community, "create", by, community_id=community.id)
    return community


def set_words(community: Community, *, by: Doer | None = None, **words: object) -> None:
    """Change what the community says of itself: headline, summary, mission, sender and the like."""
    with transaction():
        for name, text in words.items():
            setattr(community, name, text)
        forget_zone(community.id)
        refresh_public(community.id)
        record(community, "set words", by, community_id=community.id, fields=sorted(words))


def set_beliefs(community: Community, texts: list[str], *, by: Doer | None = None) -> None:
    """Replace the sentences the community holds to."""
    with transaction():
        db.session.execute(delete(Belief).where(Belief.community_id == community.id))
        db.session.add_all(Belief(community_id=community.id, position=n, text=text) for n, text in enumerate(texts, 1))
        refresh_public(community.id)
        record(community, "set beliefs", by, community_id=community.id)


def set_figures(community: Community, rows: list[dict[str, str]], *, by: Doer | None = None) -> None:
    """Replace the numbers the community states, each with value, words, source and year."""
    with transaction():
        db.session.execute(delete(Figure).where(Figure.community_id == community.id))
        db.session.add_all(Figure(community_id=community.id, position=n, **row) for n, row in enumerate(rows, 1))
        refresh_public(community.id)
        record(community, "set figures", by, community_id=community.id)


def add_roles(community: Community, roles: list[tuple[str, str, str]], *, by: Doer | None = None) -> None:
    """Add roles, each as slug, label and place (district or community), in this order."""
    with transaction():
        db.session.add_all(
            Role(community_id=community.id, slug=slug, label=label, place=place, position=n)
            for n, (slug, label, place) in enumerate(roles, 1)
        )
        record(community, "add roles", by, community_id=community.id)


def refresh_public(community_id: int) -> None:
    """Say, inside a transaction, that what visitors of the community see has changed: kept pages are made anew.

    The row is touched last before the commit, so that nobody waits long for it and nothing is locked after it.
    """
    # Every public change of a community writes this one row. Touched early, it would make all of them wait for each
    # other until the end of the longest.
    before_commit(_count_up, community_id)


def _count_up(community_id: int) -> None:
    db.session.flush()
    db.session.execute(GROWN, {"number": community_id})
