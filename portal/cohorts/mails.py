"""What the worker needs to write the mails about decisions and teams."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.text import in_a_row
from portal.core.tokens import token_of
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.letters.queries import name_of
from portal.reviews.models import Decision

from .models import TeamInvitation
from .offer_queries import place_in_line
from .queries import PURPOSE, offer_of, reply_until
from .rules import may_claim


@writes("decision_accept")
def decision_accept(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """The offer of a place. Staff read the same words before they send it."""
    words = _decided(decision_id, account_id, turn)
    if words is None:
        return None
    round, offer = words["letter"].round, offer_of(words["letter"])
    until = offer.reply_by if offer is not None else None
    return {**words, "reply_by": until or reply_until(round, words["zone"])}


@writes("decision_waitlist")
def decision_waitlist(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """A place on the waitlist, and which one."""
    words = _decided(decision_id, account_id, turn)
    return {**words, "place": place_in_line(db.session.get_one(Decision, decision_id))} if words else None


@writes("decision_decline")
def decision_decline(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """Not this time, without the reasons that staff noted for themselves."""
    return _decided(decision_id, account_id, turn)


@writes("team_invitation")
def team_invitation(invitation_id: int, by_account_id: int | None = None) -> dict[str, Any] | None:
    """A colleague's link to a seat of the team; nothing when it was used or replaced before the mail could leave."""
    found = db.session.get(TeamInvitation, invitation_id)
    if found is None or not may_claim(found, clock.now()):
        return None
    membership = found.team_seat.membership
    community = db.session.get_one(Community, membership.community_id)
    token = token_of(found, PURPOSE)
    return {
        "community": community, "zone": community.time_zone, "district": membership.district.label, "invitation": found,
        "seat": found.team_seat, "role": role_labels(community.id).get(found.team_seat.role, found.team_seat.role),
        "inviter": name_of(by_account_id) if by_account_id else "",
        "url": url_for("cohorts.join", community=community.slug, token=token, _external=True),
    }  # fmt: skip


def _decided(decision_id: int, account_id: int, turn: int) -> dict[str, Any] | None:
    """None for a mail of an earlier turn: the decision was turned before the mail could leave."""
    decision = db.session.get_one(Decision, decision_id)
    if turn and (decision.turn != turn or decision.status != "released"):
        return None
    first, letter = db.session.get_one(Account, account_id), decision.letter
    leads = [lead for lead in leads_of(letter.community_id, letter.district_id) if lead.id != account_id]
    return {
        **about_letter(letter), "name": in_a_row([first.name, *(lead.name for lead in leads)]),
        "cc": [lead.email for lead in leads],
    }  # fmt: skip


def about_letter(letter: Letter) -> dict[str, Any]:
    """What every mail about a letter and its district needs."""
    community = db.session.get_one(Community, letter.community_id)
    place = community.slug
    return {
        "community": community,
        "zone": community.time_zone,
        "letter": letter,
        "round": letter.round,
        "district": letter.district.label,
        "url": url_for("cohorts.standing", community=place, letter_id=letter.id, _external=True),
        "district_url": url_for("cohorts.district", community=place, _external=True),
        "letter_url": url_for("reviews.letter", community=place, letter_id=letter.id, _external=True),
    }
