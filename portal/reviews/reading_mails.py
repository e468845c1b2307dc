"""What the worker needs to write to readers."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.mail import writes
from portal.rounds.models import Round

from .queries import Asker
from .reading_queries import queue_of


@writes("reader_queue")
def reader_queue(round_id: int, account_id: int) -> dict[str, Any] | None:
    """A reader's queue and its date, as it is when the mail leaves; nothing when nothing is left to read."""
    round, account = db.session.get_one(Round, round_id), db.session.get_one(Account, account_id)
    waiting = [one for one in queue_of(Asker(account_id), round) if one.state != "done"]
    if not waiting:
        return None
    community = round.community
    return {
        "community": community, "zone": community.time_zone, "round": round, "name": account.name, "queue": waiting,
        "due": round.review_to,
        "url": url_for("reviews.queue", community=community.slug, round=round.slug, _external=True),
    }  # fmt: skip
