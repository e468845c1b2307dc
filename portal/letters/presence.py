"""Where a writer is in a letter just now. It is shown to the others and locks nobody out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db, insert, transaction
from portal.core.history import Doer
from portal.rounds.models import Section

from .models import Letter, Presence
from .queries import roles_for
from .rules import check

REST = timedelta(seconds=20)  # a page calls every 30 seconds; two windows need not write twice as often


def note_presence(letter: Letter, section: Section, *, by: Doer) -> bool:
    """Note that this person is in the section now; False when that was noted a moment ago.

    Raises RuleBroken for somebody who does not write in the letter, and once it has left the writers' hands.
    """
    now = clock.now()
    check("comment", letter, roles_for(by, letter), now)
    own = select(Presence.section_id, Presence.seen_at).filter_by(letter_id=letter.id, account_id=by.account_id)
    last = db.session.execute(own).one_or_none()
    # Asked without a lock: the worst that two windows at once can do is to write the same twice.
    if last is not None and last.section_id == section.id and now - last.seen_at < REST:
        return False
    seen = {"section_id": section.id, "seen_at": now}
    noted = insert(Presence).values(letter_id=letter.id, account_id=by.account_id, **seen)
    with transaction():
        db.session.execute(noted.on_conflict_do_update(index_elements=["letter_id", "account_id"], set_=seen))
    return True
