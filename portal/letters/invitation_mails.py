"""What the worker needs to write to invited people once their letter takes no answer any more."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.rounds.models import Invitation, Round
from portal.rounds.queries import PURPOSE, extensions_of, invitation_for, shown_round
from portal.rounds.rules import may_press, stage_of

from .queries import letter_of


@writes("invitation_over")
def invitation_over(invitation_id: int) -> dict[str, Any] | None:
    """Where the district's letter stands, and how to take part in the next round; nothing if it has more time now."""
    found = db.session.get_one(Invitation, invitation_id)
    if may_press(found.round, extensions_of(found.round_id, found.district_id), clock.now()):
        return None
    place = db.session.get_one(Community, found.community_id)
    letter = letter_of(found.round_id, found.district_id)
    # Written by hand: outside of a request url_for gives whole addresses only.
    stands = f"/{place.slug}/letters/{letter.id}" if letter else ""
    return {
        "community": place, "zone": place.time_zone, "round": found.round, "invitation": found,
        "district": found.district.label, "letter": letter,
        "sign_in_url": url_for("accounts.sign_in", next=stands, _external=True) if letter else "",
        "contact_url": url_for("rounds.contact", community=place.slug, _external=True), **_next(found, place),
    }  # fmt: skip


def _next(found: Invitation, place: Community) -> dict[str, Any]:
    """The round that comes or runs now, and the way into it that is this person's."""
    other = shown_round(found.community_id)
    if other is None or other.id == found.round_id or stage_of(other, clock.now()) not in ("upcoming", "open"):
        return {"next": None}
    theirs = invitation_for(other.id, found.district_id)
    has_own = theirs is not None and theirs.to_email == found.to_email and theirs.token_hash is not None
    way = _own(theirs, place) if theirs is not None and has_own else _open(other, place)
    return {"next": other, "next_url": way, "has_own": has_own, "is_open": stage_of(other, clock.now()) == "open"}


def _own(theirs: Invitation, place: Community) -> str:
    return url_for("letters.invitation", community=place.slug, token=token_of(theirs, PURPOSE), _external=True)


def _open(other: Round, place: Community) -> str:
    return url_for("rounds.letter", community=place.slug, _external=True)
