"""What the worker needs to write the mails of a round."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .models import Invitation
from .queries import PURPOSE
from .rules import WRITING, stage_of


@writes("invitation")
def invitation(invitation_id: int) -> dict[str, Any] | None:
    """The letter's mail with its private link; nothing once the round takes no more letters."""
    # Asked again at the moment of writing: between the press and the mail hours may pass, and the round may have
    # closed.
    found = db.session.get(Invitation, invitation_id)
    if found is None or stage_of(found.round, clock.now()) not in ("upcoming", *WRITING):
        return None
    return words_for(found)


@writes("invitation_answered")
def invitation_answered(invitation_id: int, name: str) -> dict[str, Any] | None:
    """Tell the person the letter was addressed to what was answered in the district's name."""
    found = db.session.get(Invitation, invitation_id)
    return words_for(found) | {"name": name} if found and found.answer else None


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
    }
