"""What the worker needs to write the mails of a round."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .inviting_rules import mail_number
from .models import Invitation
from .queries import PURPOSE, extensions_of
from .rules import may_press, told_end


@writes("invitation")
def invitation(invitation_id: int, number: int | None = None) -> dict[str, Any] | None:
    """The letter's mail with its private link; nothing once the round takes no more letters."""
    # Asked again at the moment of writing: between the press and the mail hours may pass. The round may have closed, a
    # later mail may be on its way, or somebody else may have the letter: the link is theirs alone.
    found = db.session.get(Invitation, invitation_id)
    if found is None or number not in (None, mail_number(found)):
        return None
    times = extensions_of(found.round_id, found.district_id)
    return words_for(found) if may_press(found.round, times, clock.now()) else None


@writes("invitation_reminder")
def invitation_reminder(invitation_id: int, number: int | None = None) -> dict[str, Any] | None:
    """The letter once more for who is silent; nothing once they have answered."""
    words = invitation(invitation_id, number)
    return words if words is not None and not words["invitation"].answer else None


@writes("invitation_answered")
def invitation_answered(invitation_id: int, name: str, handed: int | None = None) -> dict[str, Any] | None:
    """Tell the person the letter was addressed to what was answered in the district's name; nothing once somebody else
    has the letter, for the link in the mail is theirs alone."""
    found = db.session.get(Invitation, invitation_id)
    if found is None or not found.answer or handed not in (None, len(found.handovers)):
        return None
    return words_for(found) | {"name": name}


def words_for(found: Invitation) -> dict[str, Any]:
    """What every mail about an invitation may name. The link works once the invitation was sent."""
    community = db.session.get_one(Community, found.community_id)
    place, token = community.slug, token_of(found, PURPOSE)
    return {
        "community": community,
        "zone": community.time_zone,
        "round": found.round,
        "invitation": found,
        "district": found.district.label,
        "url": url_for("letters.invitation", community=place, token=token, _external=True) if found.token_hash else "",
        "letter_url": url_for("rounds.letter", community=place, _external=True),
        "until": told_end(found.round, extensions_of(found.round_id, found.district_id)),
    }
