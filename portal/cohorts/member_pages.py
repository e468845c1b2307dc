"""What the pages of cohorts and members show: to visitors, to members, and to staff."""

from __future__ import annotations

from typing import Any

from portal.communities.queries import role_labels, roles_of, today_in
from portal.core.access import community, me
from portal.core.web import addresses, page_of
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import members_of

from .chronicle import chronicle
from .chronicle_queries import happened_in
from .district_forms import EndingForm, LeadForm, MoveForm
from .district_pages import promise_part, team_part
from .join_queries import waiting_requests
from .member_queries import (
    all_memberships,
    cohorts_of,
    count_members,
    leads_by_district,
    members_shown,
    overviews,
    people_by_team,
    placed_in,
)
from .member_rules import growth_of, tallest
from .models import Cohort
from .people_pages import people_part
from .rules import job_words

SIZE = 50
STEPS = 30  # of a district's history on the page of staff


def cohorts_page() -> dict[str, Any]:
    """The community's cohorts, and how it grew year by year."""
    years = growth_of(all_memberships(community().id), today_in(community().id))
    return {"cohorts": cohorts_of(community().id), "years": years, "tallest": tallest(years)}


def cohort_page(cohort: Cohort) -> dict[str, Any]:
    """One cohort: its districts from–to; for people of members and for staff also who is on their teams."""
    today, members = today_in(community().id), placed_in(cohort)
    sees_people = _is_inside()
    return {
        "cohort": cohort, "members": members, "today": today, "sees_people": sees_people,
        "teams": people_by_team([one.id for one in members], today) if sees_people else {},
        "roles": role_labels(community().id) if sees_people else {},
    }  # fmt: skip


def members_page(show: str) -> dict[str, Any]:
    """The member districts for staff: since when, in which cohort, who leads, how far the team is."""
    today, show = today_in(community().id), show if show == "past" else ""
    page = page_of(members_shown(community().id, today, show), SIZE)
    return {
        "here": "staff", "page": page, "show": show, "counts": count_members(community().id, today), "today": today,
        "overviews": overviews(community().id, page.items),
        "urls": addresses("cohorts.member", "membership_id", [one.id for one in page.items]),
    }  # fmt: skip


def member_page(membership: Membership, form: LeadForm | None = None) -> dict[str, Any]:
    """One member district for staff: its team, promises, people, leads, who asks to join, what happened."""
    promises = promise_part(membership, is_lead=False, is_staff=True)
    leads = leads_by_district(community().id, [membership.district_id]).get(membership.district_id, [])
    return {
        "here": "staff", "district": membership.district, "is_lead": False, "leads": leads,
        **team_part(membership, promises["pledge"], is_lead=False), **promises, **people_part(membership),
        "requests": waiting_requests(membership.id), "form": form or LeadForm(formdata=None),
        "steps": chronicle(happened_in(membership)[:STEPS], role_labels(community().id)),
    }  # fmt: skip


def ending_page(membership: Membership, form: EndingForm | None = None) -> dict[str, Any]:
    """What it means that a district leaves, before it is done."""
    return {
        "here": "staff", "membership": membership, "district": membership.district,
        "form": form or EndingForm(formdata=None),
    }  # fmt: skip


def moving_page(membership: Membership, job: Affiliation, form: MoveForm | None = None) -> dict[str, Any]:
    """What it means that an educator changes district, before it is done."""
    form = form or MoveForm(formdata=None, role=job.role)
    others = [one for one in members_of(community().id) if one.district_id != membership.district_id]
    form.offer(others, roles_of(community().id))
    return {
        "here": "staff", "membership": membership, "district": membership.district, "job": job, "form": form,
        "role": job_words(job.role, role_labels(community().id)),
    }  # fmt: skip


def _is_inside() -> bool:
    """Whether the reader belongs to the community: they work in a member district, lead one, or are its staff."""
    place = community().id
    return bool(
        me().is_signed_in
        and (me().has_permission(place, "staff", "admin") or me().roles_at_members(place) or _leads_a_member())
    )


def _leads_a_member() -> bool:
    led = me().led_districts(community().id)
    return bool(led) and any(one.district_id in led for one in members_of(community().id))
