"""What staff do with the school calendar: note what a day is, change it, take it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import one_line

from .models import DAY_KINDS
from .planning_models import SchoolDay
from .school_rules import DAY_WORDS, day_faults

EXCUSED = "People were excused because of this day. Note under Closings that there is school after all: they are told."
MEANING = ("from_date", "to_date", "kind", "minutes", "district_id")  # what an excuse hangs on
FIELDS = (*MEANING, "label")


class Place(Protocol):
    """A community, as a row or as the words of the gate."""

    @property
    def id(self) -> Any: ...


def note_day(community: Place, values: Mapping[str, Any], *, by: Doer | None = None) -> SchoolDay:
    """Note what some days are: `from_date`, `to_date` (else the same), `kind`, `label`, and if need be `district_id`
    and `minutes`. Raises RuleBroken when the days or the kind do not fit.
    """
    with transaction():
        row = SchoolDay(community_id=community.id, noted_at=clock.now(), by_id=by.account_id if by else None)
        db.session.add(_fill(row, values))
        db.session.flush()
        record(row, "note", by, community_id=community.id, note=row.label)
    return row


def change_day(row: SchoolDay, values: Mapping[str, Any], *, by: Doer | None = None) -> None:
    """Change what is said of some days. Raises RuleBroken as `note_day` does; and for anything but the name when people
    were excused because of it.
    """
    with transaction():
        before = [getattr(lock(row), name) for name in MEANING]
        _fill(row, values)
        if before != [getattr(row, name) for name in MEANING]:
            _check_unused(row)
        record(row, "change", by, community_id=row.community_id, note=row.label)


def remove_day(row: SchoolDay, *, by: Doer | None = None) -> None:
    """Take a row out of the calendar: the history keeps what it said.

    Raises RuleBroken when people were excused because of it.
    """
    with transaction():
        lock(row)
        record(row, "remove", by, community_id=row.community_id, note=f"{row.label} {row.from_date}")
        try:
            db.session.delete(row)
            db.session.flush()
        except IntegrityError as fault:  # who is excused stands in a feature above
            raise RuleBroken(EXCUSED) from fault


def _check_unused(row: SchoolDay) -> None:
    """Refuse when people were excused because of the row. They stand in a feature above: what hangs on it, the database
    knows, so it is asked to do without the row, and to take that back."""
    try:
        with db.session.begin_nested() as step:
            db.session.execute(delete(SchoolDay).where(SchoolDay.id == row.id))
            step.rollback()
    except IntegrityError as fault:
        raise RuleBroken(EXCUSED) from fault


def _fill(row: SchoolDay, values: Mapping[str, Any]) -> SchoolDay:
    told = {"minutes": 0, "district_id": None, "label": "", **values}
    told["to_date"] = told.get("to_date") or told["from_date"]
    if told["kind"] not in DAY_KINDS:
        raise RuleBroken("Say what kind of day it is: a holiday, a vacation, a staff day or another one of the list.")
    for _, sentence in day_faults(told):
        raise RuleBroken(sentence)
    for name in FIELDS:
        setattr(row, name, told[name])
    row.label = one_line(told["label"]) or DAY_WORDS[row.kind]
    return row
