"""What the worker needs to write the mails about who acts for a district."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.districts.models import District
from portal.districts.queries import leads_of
from portal.letters.queries import name_of

from .lead_queries import PURPOSE
from .lead_rules import hand_over_state
from .models import LeadHandOver


@writes("hand_over")
def hand_over(hand_over_id: int) -> dict[str, Any] | None:
    """The link by which a colleague takes the lead; nothing when it was taken back before the mail could leave."""
    asked = db.session.get_one(LeadHandOver, hand_over_id)
    if hand_over_state(asked, clock.now()) != "open":
        return None
    words = _about(asked.community_id, asked.district_id)
    url = url_for(
        "cohorts.hand_over", community=words["community"].slug, token=token_of(asked, PURPOSE), _external=True
    )
    return {**words, "asked": asked, "giver": name_of(asked.from_account_id), "url": url}


@writes("hand_over_accepted")
def hand_over_accepted(hand_over_id: int, account_id: int) -> dict[str, Any] | None:
    """To those who led the district: a colleague accepted, and whether the reader still acts for it."""
    asked = db.session.get_one(LeadHandOver, hand_over_id)
    words = _about(asked.community_id, asked.district_id)
    return {
        **words, "asked": asked, "name": name_of(account_id),
        "is_out": account_id == asked.from_account_id and not asked.keeps_lead,
    }  # fmt: skip


@writes("lead_given_up")
def lead_given_up(district_id: int, account_id: int, in_community: int, reader_id: int) -> dict[str, Any] | None:
    """To those who led the district: one of them, who may be the reader, does so no longer."""
    is_own = reader_id == account_id
    return {**_about(in_community, district_id), "leaver": name_of(account_id), "is_own": is_own}


@writes("lead_named")
def lead_named(district_id: int, account_id: int, in_community: int) -> dict[str, Any] | None:
    """To somebody whom staff named: they act for the district; nothing if they do so no longer."""
    is_lead = account_id in {lead.id for lead in leads_of(in_community, district_id)}
    name = db.session.get_one(Account, account_id).name
    return {**_about(in_community, district_id), "name": name} if is_lead else None


def _about(community_id: int, district_id: int) -> dict[str, Any]:
    community = db.session.get_one(Community, community_id)
    district = db.session.get_one(District, district_id)
    there: dict[str, Any] = {"community": community.slug, "_external": True}
    return {
        "community": community, "zone": community.time_zone, "district": district.label,
        "district_url": url_for("cohorts.district", **there), "contact_url": url_for("rounds.contact", **there),
    }  # fmt: skip
