"""What happens to letters when nobody is looking."""

from __future__ import annotations

import logging

from sqlalchemy import select

from portal.core import clock, pdf
from portal.core.db import db
from portal.core.jobs import due, is_rested, wake
from portal.rounds.models import Round

from .file_queries import letters_with_unused_files
from .files import SPARED, forget_unused_files
from .models import Letter, Submission
from .operations import lapse
from .printing import PRINT_TRIES, keep_pdf
from .rules import UNSENT

log = logging.getLogger("portal.letters")
REST = 3600.0  # seconds between two looks for files that nobody refers to
PRINTED_AT_ONCE = 10  # a few seconds: then mail has its turn


@due
def note_unsent_letters() -> int:
    """Mark every letter whose time is over and that was not sent, and mail its text. Says how many there were."""
    # What staff sent back has a date of its own, which may come before the round closes, also while it is being signed.
    is_back = Letter.status.in_(("returned", "endorsing"))
    over = (Round.closes_at < clock.now()) | Round.closed_early_at.is_not(None) | is_back
    chosen = select(Letter).join(Letter.round).where(Letter.status.in_(UNSENT), over).order_by(Letter.id)
    # A list first: each letter is marked in a transaction of its own, and that ends the one in which the letters were
    # being read.
    return sum(_lapses(letter) for letter in list(db.session.scalars(chosen)))


@due
def print_submissions() -> int:
    """Make the PDF of what was sent, the oldest first, some at a time. Says how many."""
    if not pdf.is_available():
        return 0
    chosen = select(Submission.id).where(Submission.pdf_key == "", Submission.pdf_tries < PRINT_TRIES)
    waiting = list(db.session.scalars(chosen.order_by(Submission.pdf_tries, Submission.id).limit(PRINTED_AT_ONCE + 1)))
    printed = sum(keep_pdf(number) for number in waiting[:PRINTED_AT_ONCE])
    if len(waiting) > PRINTED_AT_ONCE:
        wake()
    return printed


@due
def forget_unused_letter_files() -> int:
    """Take away, once an hour, files of letters that nobody refers to any more. Says how many."""
    if not is_rested("forget unused files of letters", REST):
        return 0
    return sum(forget_unused_files(letter) for letter in letters_with_unused_files(clock.now() - SPARED))


def _lapses(letter: Letter) -> bool:
    try:
        return lapse(letter)
    except Exception:  # one letter that cannot be noted must not hold up all others
        log.exception("letter %s could not be noted as over", letter.id)
        return False
