"""What the worker needs to write the mails about joining a district's team."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.letters.queries import name_of

from .join_queries import REQUEST_PURPOSE, works_there
from .join_rules import request_state
from .models import JoinRequest


@writes("join_confirmation")
def join_confirmation(request_id: int) -> dict[str, Any] | None:
    """The link that confirms an address; nothing when a newer one took its place before the mail could leave."""
    words = _about(request_id)
    request: JoinRequest = words["request"]
    if request_state(request, clock.now()) != "open":
        return None
    token = token_of(request, REQUEST_PURPOSE)
    place = words["community"].slug
    return {**words, "url": url_for("cohorts.join_request", community=place, token=token, _external=True)}


@writes("join_known")
def join_known(request_id: int) -> dict[str, Any] | None:
    """Instead of the link, to whoever belongs to the district already; nothing if they left before it could leave."""
    words = _about(request_id)
    request: JoinRequest = words["request"]
    return words if works_there(request.membership, request.email) else None


@writes("join_asked")
def join_asked(request_id: int, for_staff: bool = False) -> dict[str, Any] | None:
    """To the leads, or to staff where nobody leads, each with their own page: somebody asks to join; nothing once it is
    decided."""
    words = _about(request_id)
    where = words["staff_url"] if for_staff else words["people_url"]
    return {**words, "url": where} if words["request"].outcome == "" else None


@writes("join_news")
def join_news(request_id: int) -> dict[str, Any] | None:
    """To the leads: somebody with an address of the district has joined."""
    return _about(request_id)


@writes("join_joined")
def join_joined(request_id: int) -> dict[str, Any] | None:
    """To whoever asked: they are in."""
    return _about(request_id)


@writes("join_declined")
def join_declined(request_id: int) -> dict[str, Any] | None:
    """To whoever asked: not this way."""
    return _about(request_id)


def _about(request_id: int) -> dict[str, Any]:
    request = db.session.get_one(JoinRequest, request_id)
    membership = request.membership
    community = db.session.get_one(Community, membership.community_id)
    there: dict[str, Any] = {"community": community.slug, "_external": True}
    people_url = url_for("cohorts.people", district_id=membership.district_id, **there)
    staff_url = url_for("cohorts.member", membership_id=membership.id, **there)
    return {
        "community": community, "zone": community.time_zone, "district": membership.district.label, "request": request,
        "role": role_labels(community.id).get(request.role, request.role), "settled_by": name_of(request.settled_by_id),
        "people_url": people_url, "staff_url": staff_url, "district_url": url_for("cohorts.district", **there),
        "contact_url": url_for("rounds.contact", **there),
    }  # fmt: skip
