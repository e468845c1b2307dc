"""What happens to letters when nobody is looking."""

from __future__ import annotations

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.core.jobs import due
from portal.rounds.models import Round

from .models import Letter
from .operations import lapse
from .rules import UNSENT


@due
def note_unsent_letters() -> int:
    """Mark every letter whose time is over and that was not sent, and mail its text. Says how many there were."""
    over = (Round.closes_at < clock.now()) | Round.closed_early_at.is_not(None) | (Letter.status == "returned")
    chosen = select(Letter).join(Letter.round).where(Letter.status.in_(UNSENT), over).order_by(Letter.id)
    # A list first: each letter is marked in a transaction of its own, and that ends the one in which the letters were
    # being read.
    return sum(lapse(letter) for letter in list(db.session.scalars(chosen)))
