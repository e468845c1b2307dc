"""What the worker needs to write the mails about jobs and memberships that begin and end."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.communities.queries import role_labels
from portal.core.db import db
from portal.core.history import history_of
from portal.core.mail import writes
from portal.districts.models import Affiliation, Membership
from portal.letters.queries import name_of


@writes("job_ends")
def job_ends(affiliation_id: int, account_id: int) -> dict[str, Any] | None:
    """To whoever leaves, or to the leads when the person said so: a job in the district gets its last day."""
    return _job(affiliation_id, account_id)


@writes("job_begins")
def job_begins(affiliation_id: int, account_id: int) -> dict[str, Any] | None:
    """To whoever moved: the job in the new district."""
    return _job(affiliation_id, account_id)


@writes("membership_ends")
def membership_ends(membership_id: int) -> dict[str, Any] | None:
    """To leads and staff: a district's last day; nothing when it was taken back before the mail could leave."""
    membership = db.session.get_one(Membership, membership_id)
    return _membership(membership) if membership.to_date is not None else None


@writes("membership_kept")
def membership_kept(membership_id: int) -> dict[str, Any] | None:
    """To leads and staff: the membership goes on after all."""
    membership = db.session.get_one(Membership, membership_id)
    return _membership(membership) if membership.to_date is None else None


def _job(affiliation_id: int, account_id: int) -> dict[str, Any]:
    job = db.session.get_one(Affiliation, affiliation_id)
    community = db.session.get_one(Community, job.community_id)
    return {
        "community": community, "zone": community.time_zone, "district": job.district.label, "job": job,
        "role": role_labels(community.id).get(job.role, job.role), "name": name_of(account_id),
        "is_own": account_id == job.account_id, "person": name_of(job.account_id),
        "my_url": url_for("enrollments.my", _external=True),
        "contact_url": url_for("rounds.contact", community=community.slug, _external=True),
    }  # fmt: skip


def _membership(membership: Membership) -> dict[str, Any]:
    community = db.session.get_one(Community, membership.community_id)
    reasons = [row.note for row in history_of(membership) if row.verb == "end"]
    return {
        "community": community, "zone": community.time_zone, "district": membership.district.label,
        "membership": membership, "reason": reasons[-1] if reasons else "",
        "district_url": url_for("cohorts.district", community=community.slug, _external=True),
    }  # fmt: skip
