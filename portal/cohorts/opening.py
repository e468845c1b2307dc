"""Opening the cohort that a round fills: without one no place can be offered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.core.text import one_line
from portal.rounds.chapters import short_name
from portal.rounds.models import Round

from .models import Cohort
from .operations import create_cohort
from .queries import cohort_of_round


def open_cohort(round: Round, *, name: str, starts_on: date, ends_on: date | None, by: Doer) -> Cohort:
    """Open the cohort of a round. Raises RuleBroken when the round has one, or it would end before it begins."""
    with transaction():
        lock(round)
        lock(round.community)  # cohorts of two rounds opened at once must not be given the same short name
        found = cohort_of_round(round.id)
        if found is not None:
            raise RuleBroken(f"This round fills {found.name} already.")
        if ends_on is not None and ends_on < starts_on:
            raise RuleBroken("The cohort ends after it begins. Change the dates.")
        words = one_line(name)
        slug = short_name(words, slugs_of(round.community_id), "cohort")
        return create_cohort(
            round.community, slug=slug, name=words, starts_on=starts_on, ends_on=ends_on, round=round, by=by
        )


def slugs_of(community_id: int) -> list[str]:
    """The short names of the community's cohorts."""
    return list(db.session.scalars(select(Cohort.slug).where(Cohort.community_id == community_id).order_by(Cohort.id)))
