"""The talk about a letter among staff and readers. No district ever hears it."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.text import tidy
from portal.letters.models import Letter

from .queries import Asker
from .reading_models import Remark
from .talk_queries import audiences_for, last_remark
from .talk_rules import check_remark


def say(letter: Letter, text: str, audience: str = "staff", *, by: Doer) -> Remark:
    """Say something about a letter, to staff alone or to its readers too. A double press says it once.

    Raises RuleBroken for somebody who reads the letter and has not handed in yet, for an audience that is not theirs to
    address, and for an empty or endless text.
    """
    assert by.account_id is not None
    with transaction():
        letter, text = lock(letter), tidy(text)
        check_remark(text, audience, audiences_for(Asker(by.account_id), letter))
        last = last_remark(letter, by.account_id)
        if last is not None and (last.text, last.audience) == (text, audience):
            return last
        remark = Remark(
            letter_id=letter.id, account_id=by.account_id, audience=audience, text=text, said_at=clock.now()
        )  # fmt: skip
        db.session.add(remark)
        db.session.flush()
        record(remark, "say", by, community_id=letter.community_id, audience=audience)
    return remark
