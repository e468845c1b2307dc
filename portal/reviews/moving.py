"""What is done to a letter only as long as no decision about it went out.

Each takes the round's lock, then the letter's, as sending a decision does: whichever comes first, the other sees it.
"""

from __future__ import annotations

from datetime import datetime

from portal.core.db import lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.districts.models import District
from portal.letters import extending, reopening, returning, withdrawing
from portal.letters.models import Letter, Return
from portal.letters.queries import letter_of
from portal.letters.returning import Wanted
from portal.rounds.models import Round

from .queries import decision_of
from .rules import ANSWERED, DECIDED, is_released


def reopen(letter: Letter, *, by: Doer) -> None:
    """Open a letter that was sent. Raises RuleBroken as letters.reopening does, and once it is decided."""
    with transaction():
        _check_undecided(letter, ANSWERED)
        reopening.reopen(letter, by=by)


def withdraw(letter: Letter, *, reason: str = "", by: Doer) -> None:
    """Withdraw a letter that was sent. Raises RuleBroken as letters.withdrawing does, and once it is decided: then the
    place is turned down instead."""
    with transaction():
        _check_undecided(letter, ANSWERED)
        withdrawing.withdraw(letter, reason=reason, by=by)


def undo_withdrawal(letter: Letter, *, by: Doer) -> None:
    """Put a withdrawn letter back. Raises RuleBroken as letters.withdrawing does, and once it is decided."""
    with transaction():
        _check_undecided(letter, ANSWERED)
        withdrawing.undo_withdrawal(letter, by=by)


def return_sections(letter: Letter, wanted: Wanted, *, by: Doer) -> Return:
    """Send sections back for changes. Raises RuleBroken as letters.returning does, and once it is decided."""
    with transaction():
        _check_undecided(letter, DECIDED)
        return returning.return_sections(letter, wanted, by=by)


def extend(round: Round, district: District, until: datetime, reason: str, *, by: Doer) -> None:
    """Give one district more time. Raises RuleBroken as letters.extending does, and once its letter is decided."""
    with transaction():
        lock(round)
        letter = letter_of(round.id, district.id)
        if letter is not None:
            _check_undecided(letter, DECIDED)
        extending.extend(round, district, until, reason, by=by)


def _check_undecided(letter: Letter, sentence: str) -> None:
    lock(letter.round)
    if is_released(decision_of(lock(letter))):
        raise RuleBroken(sentence)
