"""A closed round with submitted letters, and the people around it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, inspect, select

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, grant_permission
from portal.cohorts.models import Cohort, PlaceOffer, TeamInvitation, TeamSeat
from portal.cohorts.operations import create_cohort, release_decision
from portal.cohorts.queries import PURPOSE, offer_of
from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.districts.models import Affiliation, District, Membership
from portal.districts.operations import add_district, grant_lead
from portal.letters.models import Letter, Submission
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Round
from tests.rounds.builders import a_round

DECIDING = "2026-12-15 10:00"  # the round closed on October 30, the offer's reply-by is January 15
ROLES = [("superintendent", "Superintendent", "district"), ("teacher-sped", "Special education teacher", "district")]
TEAM = [
    {"role": "superintendent", "school": "Central office", "name": "Head", "email": "lead.harbor@example.org"},
    {"role": "teacher-sped", "school": "Harbor Middle", "name": "Teacher", "email": "Teacher.Harbor@example.org"},
    {"role": "teacher-sped", "school": "Harbor High", "name": "", "email": ""},
]  # fmt: skip
WHY = "Because our schools merged <b>last</b> year."
CONTACT = {"name": "Director", "role": "Superintendent", "email": "lead.river@example.org", "phone": ""}


def a_community(slug: str = "eclc") -> Community:
    """A network of districts."""
    community = create_community(slug=slug, name="Example Learning Community", kind="district_network")
    add_roles(community, ROLES)
    return community


def a_closing_round(community: Community, **changed: Any) -> Round:
    """A round that closed before DECIDING, with the cohort that it fills."""
    round = a_round(community, **changed)
    create_cohort(community, slug=f"cohort-{round.slug}", name="Cohort 4", starts_on=date(2027, 1, 27), round=round)
    return round


def a_district(name: str = "Harbor") -> District:
    """A district of this name."""
    return add_district(name=f"{name} Public Schools", short_name=name, slug=name.lower(), city=name, state="MA")


def a_lead(community: Community, district: District, email: str = "") -> Account:
    """Somebody who acts for the district."""
    account = find_or_open_account(email=email or f"lead.{district.slug}@example.org", name=f"Lead of {district.label}")
    grant_lead(account, community.id, district, None)
    return account


def a_staff_member(community: Community, kind: str = "staff", email: str = "") -> Account:
    """Somebody who works for the community."""
    return grant_permission(community, email=email or f"{kind}@example.org", kind=kind, name=f"Program {kind}")


def a_letter(
    round: Round, district: District, status: str = "submitted", team: list[dict[str, str]] | None = None
) -> Letter:
    """The district's letter, sent with this team unless it is a draft."""
    with transaction():
        letter = Letter(
            community_id=round.community_id,
            round_id=round.id,
            district_id=district.id,
            status=status,
            started_at=clock.now(),
        )
        db.session.add(letter)
        db.session.flush()
        if status == "submitted":
            db.session.add(_submission(letter, TEAM if team is None else team))
    return letter


def a_led_letter(round: Round, name: str = "Harbor", **more: Any) -> Letter:
    """A submitted letter of a new district that somebody leads."""
    district = a_district(name)
    a_lead(round.community, district)
    return a_letter(round, district, **more)


def decided(letter: Letter, outcome: str, by: Account, rationale: str = "") -> Letter:
    """The same letter with this decision sent."""
    prepare_decision(letter, outcome, rationale, by)
    release_decision(letter, by)
    return letter


def an_offer(letter: Letter, by: Account) -> PlaceOffer:
    """The place offered to the letter's district."""
    offer = offer_of(decided(letter, "accept", by))
    assert offer is not None
    return offer


def owed(template: str = "") -> list[tuple[str, str]]:
    """Which mails are owed to whom, of one template or all but the sign-in links."""
    rows = db.session.query(Outgoing).order_by(Outgoing.id)
    return [(row.template, row.to_address) for row in rows if row.template == (template or row.template)]


def seats_of(membership_id: int) -> list[TeamSeat]:
    """The seats of a team in their order."""
    return db.session.query(TeamSeat).filter_by(membership_id=membership_id).order_by(TeamSeat.id).all()


def team_on(membership: Membership, day: date) -> list[str]:
    """Who was on the team on that day, by name in the order of the seats."""
    seats = db.session.query(TeamSeat).join(TeamSeat.affiliation).filter(TeamSeat.membership_id == membership.id)
    there = seats.filter(Affiliation.from_date <= day, TeamSeat.to_date.is_(None) | (TeamSeat.to_date >= day))
    return [seat.name for seat in there.order_by(TeamSeat.id)]


def link_to(seat: TeamSeat) -> str:
    """The secret part of the newest link to a seat."""
    newest = db.session.query(TeamInvitation).filter_by(team_seat_id=seat.id).order_by(TeamInvitation.id.desc()).first()
    assert newest is not None
    return token_of(newest, PURPOSE)


def everything() -> dict[str, int]:
    """How many rows every table has: what a refusal must leave alone. The audit trail is no state."""
    names = set(inspect(db.engine).get_table_names()) - {"audit"}
    tables = {name: db.metadata.tables[name] for name in sorted(names) if name in db.metadata.tables}
    return {name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}


def cohort_of(round: Round) -> Cohort:
    """The cohort that the round fills."""
    return db.session.query(Cohort).filter_by(round_id=round.id).one()


def _submission(letter: Letter, team: list[dict[str, str]]) -> Submission:
    why = {"code": "q1", "label": "Why now?", "kind": "long_text", "statement": "", "value": WHY, "lines": [WHY]}
    contact = {
        "code": "q2",
        "label": "Whom to talk to?",
        "kind": "contact",
        "statement": "",
        "value": CONTACT,
        "lines": [],
    }
    roster = {"code": "q3", "label": "The team?", "kind": "roster", "statement": "", "value": None, "lines": []}
    signed = {"name": "Superintendent Harbor", "title": "Superintendent", "date": "2026-10-20"}
    content = {
        "round": {"title": "Letter of Invitation 2026"},
        "district": {"name": letter.district.name, "city": "", "state": "MA"},
        "sections": [{"title": "Why now", "slug": "why", "questions": [why, contact, roster]}],
        "roster": team, "waivers": [],
        "commitments": [{"code": "c1", "text": "Name a team."}], "roles": {}, "endorsement": signed,
    }  # fmt: skip
    return Submission(
        letter_id=letter.id, number=1, reference=f"XX-2026-{letter.id:04d}", content=content, content_hash="0" * 64,
        submitted_at=clock.now(), submitted_by_id=None,
    )  # fmt: skip
