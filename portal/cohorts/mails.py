"""What the worker needs to write the mails about teams, and what mails about letters share."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.letters.models import Letter
from portal.letters.queries import name_of

from .models import TeamInvitation
from .queries import PURPOSE
from .rules import may_claim


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
        "contact_url": url_for("rounds.contact", community=place, _external=True),
        "letter_url": url_for("reviews.letter", community=place, letter_id=letter.id, _external=True),
    }
