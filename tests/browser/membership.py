"""A member district in the demo world, with a team, for the tests of belonging."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.cohorts.placing import create_cohort, place_existing_member
from portal.cohorts.queries import cohort_of_round
from portal.cohorts.teams import fill_team
from portal.communities.queries import today_in
from portal.core.db import db, transaction
from portal.districts.models import Membership
from portal.districts.operations import begin_membership
from portal.letters.models import Letter
from portal.letters.queries import last_submission

LEAD, STAFF = "superintendent.example-harbor@example.org", "coordinator.hub@example.org"


def let_harbor_in() -> int:
    """Make Example Harbor a member as accepting a place does: in the round's cohort, its roster a team; its number."""
    letter = db.session.get_one(Letter, 1)
    sent = last_submission(letter)
    assert sent is not None
    today = today_in(letter.community_id)
    with transaction():
        membership = begin_membership(letter.community_id, letter.district, today, None)
        cohort = cohort_of_round(letter.round_id) or create_cohort(
            letter.round.community, slug="cohort-4", name="Cohort 4", starts_on=today, round=letter.round
        )
        place_existing_member(cohort, membership)
        letter.district.domain = "harborschools.org"
        fill_team(membership, sent.content, lead())
    return membership.district_id


def lead() -> Account:
    """Who acts for Example Harbor."""
    account = find_account(LEAD)
    assert account is not None
    return account


def membership_of(district_id: int) -> Membership:
    """The membership of this district."""
    return db.session.query(Membership).filter_by(district_id=district_id).one()
