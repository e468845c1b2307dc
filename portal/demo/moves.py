"""An educator of the demo who changed district in the middle of the year: the past stays true."""

from __future__ import annotations

from portal.accounts.queries import find_account
from portal.cohorts.leaving import move_person
from portal.communities.models import Community
from portal.districts.models import District
from portal.districts.queries import affiliations_of, members_of

from .days import day_in, days_ago
from .people import People

MOVER = "teacher-sped-9.danvers@example.org"
NOTED, MOVED = 40, 30  # days ago


def move_an_educator(community: Community, districts: dict[str, District], people: People) -> None:
    """Let a teacher who worked in Danvers work in Rockport since a month ago, as staff noted ten days before."""
    account = find_account(MOVER)
    assert account is not None
    [job] = affiliations_of(account.id, community.id)
    [new] = [one for one in members_of(community.id) if one.district_id == districts["rockport"].id]
    first_day = day_in(-MOVED)
    with days_ago(NOTED):
        move_person(job, new, job.role, first_day, by=people["coordinator.hub"])
