"""What the worker needs to write to readers whose letter came anew."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core.db import db
from portal.core.mail import writes

from .blind_rules import shown_label
from .queries import Asker, find_readable
from .reading_models import Review
from .reading_queries import is_blind_for, running_assignment
from .scoring_queries import is_decision_sent, newest_number


@writes("letter_changed")
def letter_changed(review_id: int, number: int) -> dict[str, Any] | None:
    """A newer version of a letter than its reader scored; nothing once they looked, or need not look any more."""
    review = db.session.get_one(Review, review_id)
    letter, reader = review.letter, Asker(review.account_id)
    is_asked = running_assignment(letter, review.account_id) is not None and not is_decision_sent(letter)
    if review.number >= number or newest_number(letter) != number or not is_asked:
        return None
    if find_readable(reader, letter.community_id, letter.id) is None:
        return None
    community = letter.round.community
    return {
        "community": community, "zone": community.time_zone, "round": letter.round, "name": review.account.name,
        "label": shown_label(letter, is_blind_for(reader, letter)), "was": review.number, "number": number,
        "url": url_for("reviews.letter", community=community.slug, letter_id=letter.id, _external=True),
    }  # fmt: skip
