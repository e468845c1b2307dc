"""Rounds and invitations as tests need them: the demo's dates, short texts."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.districts.models import District
from portal.rounds.models import AnswerRequest, AskedQuestion, Inquiry, Invitation, Round
from portal.rounds.operations import create_round, invite, publish_round, send_invitation
from tests.conftest import moment_of

OPEN = "2026-10-01 09:00"
BEFORE = "2026-09-01 09:00"
LATE = "2026-10-30 17:30"
AFTER = "2026-10-30 18:00:01"

FIELDS: dict[str, Any] = {
    "slug": "round-2026",
    "title": "Letter of Invitation 2026: a place in Cohort 4",
    "summary": "A short letter about a year of learning together.",
    "letter_text": "We ask {{district}} to join us. Letters close {{closes}}.\n\n## Why now\n\n*Neighbors* know.",
    "eligibility": ["Public school district", "The superintendent endorses the letter"],
    "eligibility_note": "Collaboratives may ask to join as partners.",
    "opens_at": moment_of("2026-09-14 09:00"),
    "intent_by": moment_of("2026-10-09 17:00"),
    "questions_until": moment_of("2026-10-23 17:00"),
    "closes_at": moment_of("2026-10-30 17:00"),
    "grace_minutes": 60,
    "review_from": date(2026, 11, 2),
    "review_to": date(2026, 11, 20),
    "conversations_from": date(2026, 11, 30),
    "conversations_to": date(2026, 12, 11),
    "decisions_on": date(2026, 12, 18),
    "reply_by": moment_of("2027-01-15 17:00"),
    "orientation_on": date(2027, 1, 27),
    "term_from": date(2027, 1, 27),
    "term_to": date(2028, 6, 30),
    "capacity": 3,
}
INFO = [{"at": moment_of("2026-09-23 15:30"), "minutes": 45, "mode": "online", "capacity": 200}]
PROMISES = [
    {"code": "c1", "text": "Name a team of about twelve educators.", "who": "district"},
    {"code": "c2", "text": "Bring the team to four gatherings a year.", "who": "team"},
]
SECTIONS: list[dict[str, Any]] = [
    {"slug": "why", "title": "Why now", "questions": [{"code": "q1", "kind": "long_text", "label": "Why now?"}]},
    {"slug": "time", "title": "Time", "questions": [{"code": "q2", "kind": "number", "label": "How many days?"}]},
]
CRITERIA = [{"code": "r1", "label": "Need", "weight": 60}, {"code": "r2", "label": "Time", "weight": 40}]


def fields(**changed: Any) -> dict[str, Any]:
    """The columns of the demo's round, with some changed."""
    return {**FIELDS, **changed}


def a_bare_round(**changed: Any) -> Round:
    """A round that is no row anywhere, published unless told otherwise: what rules look at."""
    words = {"published_at": FIELDS["opens_at"], "title": FIELDS["title"], **changed}
    return Round(**{**FIELDS, **words})


def a_draft(community: Community, **changed: Any) -> Round:
    """A round that staff have drafted. Where it closes earlier than usual it has no info session."""
    columns = fields(**changed)
    return create_round(
        community,
        fields=columns,
        info_sessions=[one for one in INFO if one["at"] <= columns["closes_at"]],
        commitments=PROMISES,
        sections=SECTIONS,
        criteria=CRITERIA,
    )


def a_round(community: Community, **changed: Any) -> Round:
    """A published round: open from September 14 to October 30, 2026, 5 PM, with an hour of grace."""
    return published(a_draft(community, **changed))


def published(round: Round) -> Round:
    """The round as visitors see it: published now, or at its opening where the clock stands after its closing."""
    now = clock.now()
    with clock.told(now if now < round.closes_at else round.opens_at):
        publish_round(round)
    return round


def an_invited_district(**words: Any) -> District:
    """A district that letters are sent to."""
    count = db.session.query(District).count() + 1
    words = {
        "name": f"Example District {count}",
        "short_name": f"Example {count}",
        "city": "Beverly",
        "state": "MA",
        **words,
    }
    district = District(leaid=f"99{count:05d}", **words)
    db.session.add(district)
    db.session.commit()
    return district


def an_invitation(round: Round, district: District | None = None, **words: Any) -> Invitation:
    """A letter that is ready and has not left."""
    words = {"to_name": "Superintendent", "to_email": "superintendent@example.org", **words}
    return invite(round, district or an_invited_district(), **words)


def a_sent_invitation(round: Round, district: District | None = None, **words: Any) -> Invitation:
    """A letter that has left."""
    invitation = an_invitation(round, district, **words)
    send_invitation(invitation)
    return invitation


def an_asked_question(round: Round, invitation: Invitation | None = None, **words: Any) -> AskedQuestion:
    """A question that waits on the staff's desk."""
    columns = {"name": "Principal", "email": "principal@example.org", "text": "May a charter school answer?", **words}
    return _put(
        AskedQuestion(
            community_id=round.community_id, round=round, invitation=invitation,
            district=invitation.district if invitation else None, **{"asked_at": clock.now(), **columns},
        )
    )  # fmt: skip


def an_inquiry(community: Community, **words: Any) -> Inquiry:
    """A visitor's inquiry that waits on the staff's desk."""
    columns = {"name": "Visitor", "email": "visitor@example.org", "message": "Who may join?", **words}
    return _put(Inquiry(community_id=community.id, **{"came_at": clock.now(), "state": "open", **columns}))


def an_answer_request(round: Round, district: District | None = None, **words: Any) -> AnswerRequest:
    """Somebody who wants to answer for a district from an address that is none of its own, confirmed by mail."""
    columns = {"name": "Coach", "email": "coach@example.org", "fits": False, "outcome": "", **words}
    place = district or an_invited_district()
    times = {"asked_at": clock.now(), "confirmed_at": clock.now()}
    return _put(AnswerRequest(community_id=round.community_id, round=round, district=place, **{**times, **columns}))


def _put(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row
