"""The conflict rule, in one place: whose letters somebody must know nothing of, and whom nobody may tell of a letter.

Whoever asks passes `asked_in(round_id)` along with the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Date, Select, and_, bindparam, exists, literal, or_, select, true
from sqlalchemy import union as union_of

from portal.core import clock
from portal.core.db import db
from portal.districts.models import Affiliation, DistrictPermission
from portal.rounds.models import Round

from .reading_models import Conflict
from .rules import CONFLICT_SPAN


class Tie(NamedTuple):
    """Where it is noted that a person and a district are tied, what that is called, and while it holds."""

    noted: Any
    source: ColumnElement[str]
    holds: ColumnElement[bool]


# They work there, or did of late, or lead it. Asked across communities, because a job is a job wherever it was noted.
STANDING = (
    Tie(
        Affiliation, literal("job"),
        or_(Affiliation.to_date.is_(None), Affiliation.to_date >= bindparam("since", type_=Date)),
    ),
    Tie(DistrictPermission, literal("lead"), true()),
)  # fmt: skip
# What a reader declared, or staff set, holds for the round in which it was said.
SAID = Tie(
    Conflict, Conflict.source.expression, and_(Conflict.round_id == bindparam("round_id"), Conflict.lifted_at.is_(None))
)


def conflicts(pick: Callable[[Any, ColumnElement[str]], Select[Any]]) -> CompoundSelect[Any]:
    """What `pick` selects of each table that notes ties (it has account_id and district_id) and of the tie's source,
    wherever a tie holds."""
    return union_of(*(pick(tie.noted, tie.source).where(tie.holds) for tie in (*STANDING, SAID)))


# The districts whose letters the person of this number must not read.
CONFLICTED = conflicts(lambda noted, _: select(noted.district_id).where(noted.account_id == bindparam("reader_id")))


def asked_in(round_id: int) -> dict[str, Any]:
    """What every statement about conflicts has to be told."""
    return {"round_id": round_id, "since": conflicts_since()}


def conflicts_since() -> date:
    """The day from which on a job still ties somebody to a district, though it ended."""
    return clock.now().date() - CONFLICT_SPAN


def conflicted_districts(account_id: int | None, round_id: int) -> set[int]:
    """The districts about whose letters in this round a person must learn nothing."""
    return set(db.session.scalars(CONFLICTED, {"reader_id": account_id, **asked_in(round_id)}))


def people_tied_to(district_id: int) -> CompoundSelect[Any]:
    """Who must learn nothing of the letters of a district."""
    return conflicts(lambda noted, _: select(noted.account_id).where(noted.district_id == district_id))


def has_standing_tie(account_id: Any, district_id: Any) -> ColumnElement[bool]:
    """The condition that a person works for a district, did of late, or leads it; the columns are another select's."""
    ties = (
        exists().where(tie.noted.account_id == account_id, tie.noted.district_id == district_id, tie.holds)
        for tie in STANDING
    )
    return or_(*ties)


def has_said_tie(account_id: Any, district_id: Any, round_id: Any) -> ColumnElement[bool]:
    """The condition that a conflict of a person with a district was declared or set in a round and holds; the columns
    are another select's, which may run over many rounds."""
    said = exists().where(Conflict.account_id == account_id, Conflict.district_id == district_id)
    return said.where(Conflict.round_id == round_id, Conflict.lifted_at.is_(None))


def sources_of_conflicts(account_ids: Iterable[int], round: Round) -> list[tuple[int, int, str]]:
    """Whom of these people a conflict keeps from which district: person, district, and job, lead, declared or staff."""
    people = list(account_ids)
    chosen = conflicts(
        lambda noted, source: select(
            noted.account_id.label("account_id"), noted.district_id.label("district_id"), source.label("source")
        ).where(noted.account_id.in_(people))
    ).order_by("account_id", "district_id", "source")
    return [(row[0], row[1], row[2]) for row in db.session.execute(chosen, asked_in(round.id))]


def conflicts_between(account_ids: Iterable[int], round: Round) -> dict[int, set[int]]:
    """The districts that each of these people has a conflict with in the round, whatever it comes from."""
    people = list(account_ids)
    found: dict[int, set[int]] = {number: set() for number in people}
    for account_id, district_id, _ in sources_of_conflicts(people, round):
        found[account_id].add(district_id)
    return found
