"""How every change of a round is written: settled with what others wrote, held against the law, noted, shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import inspect

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .changes import Freedom, settle
from .chapters import check_whole
from .models import Commitment, Criterion, InfoSession, Question, Round, Section

Placed = Commitment | Criterion | Question | Section
Part = TypeVar("Part", Commitment, Criterion, InfoSession, Question, Section)


@dataclass(frozen=True)
class Typed:
    """What a form brings: its values by name, and from which values it began (changes.marks_of)."""

    values: Mapping[str, Any]
    seen: str = ""


def check_free(round: Round, thing: str) -> Freedom:
    """Raise RuleBroken when the thing (of changes.LAWS) cannot change freely now. Gives what may change."""
    freedom = Freedom.of(round, clock.now())
    if not freedom.may(thing):
        raise RuleBroken(freedom.why_not(thing) or "Letters are being written, so this stays as it is.")
    return freedom


def there(row: Part) -> Part:
    """A row of the round, read anew under its lock. Raises RuleBroken when a colleague took it out meanwhile."""
    found = db.session.get(type(row), inspect(row).identity, populate_existing=True)
    if found is None:
        raise RuleBroken(
            "Somebody else took this out meanwhile. Go back to the list, and add it again if it is missed."
        )
    return found


def settled(round: Round, table: str, stored: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """What of a form is to be written over `stored`.

    Raises Conflict when somebody else changed the same thing, RuleBroken when the law lets it change no more.
    """
    freedom = Freedom.of(round, clock.now())
    changes = settle(stored, typed.values, typed.seen)
    for name, value in changes.items():
        sentence = freedom.refusal(table, name, stored[name], value)
        if sentence:
            raise RuleBroken(sentence)
    return changes


def write(
    round: Round, row: Any, typed: Typed, check: Callable[[dict[str, Any]], None] = lambda values: None
) -> dict[str, Any]:
    """Write what a form changes on `row`, a row of the round or the round; gives each change as [before, after].

    `check` looks at all values as they would be and raises RuleBroken. Raises what `settled` raises.
    """
    stored = {name: getattr(row, name) for name in typed.values}
    changes = settled(round, row.__tablename__, stored, typed)
    check({**stored, **changes})
    for name, value in changes.items():
        setattr(row, name, value)
    return pairs(stored, changes)


def pairs(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Each change as [before, after], in plain values for the history."""
    return {name: [_plain(stored[name]), _plain(value)] for name, value in changes.items()}


def note(round: Round, verb: str, by: Doer | None, *, about: str = "", **data: Any) -> None:
    """Write what was done into the history of the round, and have visitors' pages made anew where they show it.

    Comes last. Raises RuleBroken when a published round would no longer be whole.
    """
    db.session.flush()
    db.session.expire_all()  # the lists are read anew, in their order
    if round.published_at is not None:
        check_whole(round, clock.now())
        refresh_public(round.community_id)
    record(round, verb, by, community_id=round.community_id, note=about, **data)


def moved(rows: Sequence[Any], row: Any, way: str) -> list[Any]:
    """The rows with one of them a place further up or down; at an end it stays."""
    rest, place = [one for one in rows if one is not row], list(rows).index(row)
    target = max(place - 1, 0) if way == "up" else place + 1
    return [*rest[:target], row, *rest[target:]]


def renumber(rows: Sequence[Placed]) -> None:
    """Give the rows the places 1, 2, 3 and so on in this order."""
    # By way of numbers below zero: a place is held once in a round, and both databases look at it row by row.
    for sign in (-1, 1):
        for number, row in enumerate(rows, 1):
            row.position = sign * number
        db.session.flush()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
