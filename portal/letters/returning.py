"""Sending chosen sections back to the district for changes, with a message and a date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post

from .models import Letter, Return
from .queries import roles_for, writers_of
from .rules import check, status_after


@dataclass(frozen=True)
class Wanted:
    """What staff want changed: the sections by slug, in words, until when."""

    sections: Collection[str]
    message: str
    due_at: datetime


def return_sections(letter: Letter, wanted: Wanted, *, by: Doer | None) -> Return:
    """Send sections back for changes: only these unlock, what was sent counts until the letter is sent again, and
    everyone who writes it is mailed.

    The same asked for twice gives the same return. Raises RuleBroken for a letter that is not with the readers, without
    sections or a message, for a date that has passed, and for a section that the letter does not have.
    """
    with transaction():
        lock(letter)
        if letter.status == "returned" and _is_same(letter.returns[-1], wanted, by):
            return letter.returns[-1]
        check("return", letter, roles_for(by, letter), clock.now())
        made = _made(letter, wanted, by)
        letter.status = status_after("return", letter)
        record(
            letter, "return", by, community_id=letter.community_id, note=made.message, sections=made.sections,
            until=made.due_at.isoformat(),
        )  # fmt: skip
        for writer in writers_of(letter):
            post(
                "letter_returned", to=writer.email, community_id=letter.community_id,
                once=f"letter-returned:{made.id}:{writer.id}", return_id=made.id,
            )  # fmt: skip
    return made


def _made(letter: Letter, wanted: Wanted, by: Doer | None) -> Return:
    slugs = [section.slug for section in letter.round.sections if section.slug in wanted.sections]
    if not slugs or len(slugs) < len(set(wanted.sections)):
        raise RuleBroken("Choose at least one section of this letter. Only what you choose can be changed.")
    if not wanted.message.strip():
        raise RuleBroken("Say what should change. The district reads it above its letter.")
    if wanted.due_at <= clock.now():
        raise RuleBroken("Give a date that is still to come. Two weeks are usual.")
    made = Return(
        letter=letter, sections=slugs, message=wanted.message.strip(), due_at=wanted.due_at, returned_at=clock.now(),
        returned_by_id=by.account_id if by else None,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def _is_same(made: Return, wanted: Wanted, by: Doer | None) -> bool:
    asked = (by.account_id if by else None, set(wanted.sections), wanted.message.strip(), wanted.due_at)
    return (made.returned_by_id, set(made.sections), made.message, made.due_at) == asked
