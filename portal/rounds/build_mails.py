"""What the worker needs to tell those who have a seat at an info session that staff moved it or took it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from portal.core.db import db
from portal.core.mail import writes

from .asking_mails import info_seat
from .models import Round


@writes("info_moved")
def info_moved(sign_up_id: int) -> dict[str, Any] | None:
    """Time, place and way in as they are now; nothing once the seat was given up or the meeting is over."""
    return info_seat(sign_up_id)


@writes("info_cancelled")
def info_cancelled(round_id: int, at: str, name: str) -> dict[str, Any]:
    """A meeting that does not take place: which one it was, and where the others stand."""
    round = db.session.get_one(Round, round_id)
    letter = url_for("rounds.letter", community=round.community.slug, _external=True)
    return {
        "community": round.community, "zone": round.community.time_zone, "round": round, "name": name,
        "at": datetime.fromisoformat(at), "letter_url": letter,
    }  # fmt: skip
