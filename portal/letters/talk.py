"""What writers tell each other about a section. Nobody outside of the district's team ever sees it."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import tidy
from portal.rounds.models import Section

from .models import Comment, Letter
from .queries import roles_for
from .rules import check
from .team_queries import comments_on

LONGEST = 2_000  # characters
MOST = 200  # comments on one section


def write_comment(letter: Letter, section: Section, text: str, *, by: Doer) -> Comment:
    """Tell the others on the team something about the section. The same text sent twice at once stands once.

    Raises RuleBroken for an empty or too long text, and for anybody who does not write in the letter.
    """
    words = tidy(text)
    with transaction():
        _begin(letter, by)
        _check_text(words)
        written = comments_on(letter, section)
        last: Comment | None = written[-1].Comment if written else None
        if last is not None and (last.account_id, last.text) == (by.account_id, words):
            return last
        if len(written) >= MOST:
            raise RuleBroken(f"This section has {MOST} comments. Take one of yours out before you add another.")
        comment = Comment(
            letter_id=letter.id, section_id=section.id, account_id=by.account_id, text=words, written_at=clock.now()
        )
        db.session.add(comment)
        db.session.flush()
        record(comment, "write", by, community_id=letter.community_id)
    return comment


def remove_comment(letter: Letter, comment: Comment, *, by: Doer) -> None:
    """Take one's own comment out. Twice changes nothing. Raises RuleBroken for somebody else's."""
    with transaction():
        _begin(letter, by)
        db.session.refresh(comment)
        if comment.account_id != by.account_id:
            raise RuleBroken("Only who wrote a comment takes it out. Answer it with one of your own.")
        if comment.removed_at is None:
            comment.removed_at = clock.now()
            record(comment, "remove", by, community_id=letter.community_id)


def _begin(letter: Letter, by: Doer) -> None:
    lock(letter)
    check("comment", letter, roles_for(by, letter), clock.now())


def _check_text(words: str) -> None:
    if not words:
        raise RuleBroken("Write the comment first, then press the button.")
    if len(words) > LONGEST:
        raise RuleBroken(f"Shorten this comment: it has {len(words):,} characters; up to {LONGEST:,} fit.")
