"""Whom of a waitlist a mail reaches: an offer that nobody hears of would only hold a place."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.db import db
from portal.letters.models import Letter
from portal.rounds.models import Round

from .offer_queries import line_of
from .release_queries import reachable_leads


def next_reached(round: Round) -> Letter | None:
    """Who gets a place by itself when one comes back: the next in line whose district a mail reaches; nobody once the
    round is archived. Ask under the round's lock.
    """
    line = list(db.session.scalars(line_of(round))) if round.archived_at is None else []
    missed = unreached(line)
    return next((letter for letter in line if letter.id not in missed), None)


def unreached(letters: Iterable[Letter]) -> set[int]:
    """The numbers of those letters of one community whose districts have no lead whom a mail reaches."""
    found = list(letters)
    leads = reachable_leads(found[0].community_id, {letter.district_id for letter in found}) if found else {}
    return {letter.id for letter in found if letter.district_id not in leads}
