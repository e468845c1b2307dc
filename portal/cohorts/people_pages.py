"""What the pages of a district's people show: who works there, who asks to join, by which link, who leads."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.queries import role_labels, today_in
from portal.core import clock
from portal.core.access import community, me
from portal.core.tokens import token_of
from portal.core.web import page_of
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import leads_of

from .district_forms import HandOverForm, LastDayForm
from .join_queries import LINK_PURPOSE, running_link, waiting_requests
from .lead_queries import open_hand_overs
from .lead_rules import hand_over_state
from .leaving_queries import people_of
from .models import TeamSeat
from .rules import LEAD, job_words

SIZE = 50


def people_page(membership: Membership, form: HandOverForm | None = None) -> dict[str, Any]:
    """Everything about the district's people for those who lead it."""
    return {
        "membership": membership, "district": membership.district, "here": "district",
        **join_parts(membership), **lead_part(membership, form), **people_part(membership),
    }  # fmt: skip


def join_parts(membership: Membership) -> dict[str, Any]:
    """The link by which colleagues join, and who waits for a decision."""
    link = running_link(membership.id)
    url = url_for("cohorts.join_by", token=token_of(link, LINK_PURPOSE), _external=True) if link else ""
    return {
        "membership": membership, "district": membership.district, "link": link, "link_url": url,
        "requests": waiting_requests(membership.id), "roles": role_labels(community().id),
    }  # fmt: skip


def lead_part(membership: Membership, form: HandOverForm | None = None) -> dict[str, Any]:
    """Who leads the district, and to whom the reader is handing it over."""
    now = clock.now()
    own = [one for one in open_hand_overs(community().id, membership.district_id) if _is_mine(one.from_account_id)]
    asked = next((one for one in own if hand_over_state(one, now) == "open"), None)
    return {
        "membership": membership, "district": membership.district, "asked": asked,
        "leads": leads_of(community().id, membership.district_id), "form": form or HandOverForm(formdata=None),
    }  # fmt: skip


def people_part(membership: Membership) -> dict[str, Any]:
    """Who works in the district, a page at a time."""
    today = today_in(community().id)
    roles = {LEAD: job_words(LEAD, {}), **role_labels(community().id)}
    return {"page": page_of(people_of(membership, today), SIZE), "today": today, "roles": roles}


def leaving_page(membership: Membership, job: Affiliation, form: LastDayForm | None = None) -> dict[str, Any]:
    """What it means that somebody leaves the district, before it is done."""
    today = today_in(community().id)
    return {
        "membership": membership, "district": membership.district, "job": job, "is_own": _is_mine(job.account_id),
        "role": job_words(job.role, role_labels(community().id)), "here": "district",
        "form": form or LastDayForm(formdata=None, last_day=job.to_date or today),
    }  # fmt: skip


def return_page(membership: Membership, seat: TeamSeat, form: LastDayForm | None = None) -> dict[str, Any]:
    """What it means that somebody gives their seat on the team back, before it is done."""
    return {
        "membership": membership, "district": membership.district, "seat": seat, "here": "district",
        "role": role_labels(community().id).get(seat.role, seat.role),
        "form": form or LastDayForm(formdata=None, last_day=today_in(community().id)),
    }  # fmt: skip


def _is_mine(account_id: int) -> bool:
    return bool(me().account_id == account_id)
