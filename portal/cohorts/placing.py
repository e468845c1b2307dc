"""Opening a cohort, and noting which districts are in it."""

from __future__ import annotations

from datetime import date

from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.districts.models import Membership
from portal.rounds.models import Round

from .models import Cohort, CohortPlace


def create_cohort(
    community: Community, *, slug: str, name: str, starts_on: date, ends_on: date | None = None,
    round: Round | None = None, capacity: int | None = None, note: str = "", by: Doer | None = None,
) -> Cohort:  # fmt: skip
    """Open a cohort; with `round` it is the one that this Letter of Invitation fills."""
    with transaction():
        cohort = Cohort(
            community_id=community.id, round_id=round.id if round else None, slug=slug, name=name,
            starts_on=starts_on, ends_on=ends_on, capacity=capacity, note=note,
        )  # fmt: skip
        db.session.add(cohort)
        db.session.flush()
        refresh_public(community.id)
        record(cohort, "create", by, community_id=community.id)
    return cohort


def place_existing_member(cohort: Cohort, membership: Membership, by: Doer | None = None) -> CohortPlace:
    """Note that a member district is in this cohort. Asking twice gives the same place."""
    with transaction():
        lock(cohort)
        place = db.session.query(CohortPlace).filter_by(cohort_id=cohort.id, membership_id=membership.id).one_or_none()
        if place is not None:
            return place
        place = CohortPlace(cohort_id=cohort.id, membership_id=membership.id, taken_at=clock.now())
        db.session.add(place)
        db.session.flush()
        refresh_public(cohort.community_id)
        record(cohort, "place", by, community_id=cohort.community_id, membership_id=membership.id)
    return place
