"""What staff do with the rubric of a round: the scale, the criteria, and how much each counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer

from .chapters import codes_after
from .drafting import Typed, check_free, moved, note, pairs, renumber, settled, there, write
from .models import Criterion, Round


def set_rubric(round: Round, typed: Typed, *, by: Doer) -> None:
    """Set the levels of the scale, how letters are read, and the weights (as weight-NUMBER of each criterion).

    Raises RuleBroken when the weights do not add to 100, or something may not change any more; Conflict as all do.
    """
    with transaction():
        lock(round)
        weights = {f"weight-{one.id}": one for one in round.criteria}
        # A criterion that was taken out meanwhile has no weight; one that came meanwhile keeps its own.
        own = {name: value for name, value in typed.values.items() if name in weights}
        stored = {name: one.weight for name, one in weights.items() if name in own}
        changes = settled(round, "criteria.weight", stored, Typed(own, typed.seen))
        total = sum({**{name: one.weight for name, one in weights.items()}, **changes}.values())
        if own and total != 100:
            raise RuleBroken(f"The weights add to {total}. Change them so that they add to 100.")
        for name, value in changes.items():
            weights[name].weight = value
        rest = {name: value for name, value in typed.values.items() if not name.startswith("weight-")}
        changed = pairs(stored, changes) | write(round, round, Typed(rest, typed.seen))
        if changed:
            note(round, "change the rubric", by, changes=changed)


def add_criterion(round: Round, values: Mapping[str, Any], *, by: Doer) -> Criterion:
    """Add something that readers look for. It counts nothing until the weights are set."""
    with transaction():
        check_free(lock(round), "weights")
        code = codes_after([one.code for one in round.criteria], "k")
        place = len(round.criteria) + 1
        weight = 0 if round.criteria else 100
        criterion = Criterion(round_id=round.id, position=place, code=code, weight=weight, **values)
        db.session.add(criterion)
        note(round, "add a criterion", by, about=criterion.label)
    return criterion


def change_criterion(round: Round, criterion: Criterion, typed: Typed, *, by: Doer) -> None:
    """Change what a criterion is called, what its levels mean, and which answers it looks at."""
    with transaction():
        lock(round)
        changes = write(round, there(criterion), typed)
        if changes:
            note(round, "change a criterion", by, about=criterion.label, changes=changes)


def remove_criterion(round: Round, criterion: Criterion, *, by: Doer) -> None:
    """Take a criterion out. Raises RuleBroken while it counts something in a round that visitors see."""
    with transaction():
        check_free(lock(round), "weights")
        there(criterion)
        if round.published_at is not None and criterion.weight and len(round.criteria) > 1:
            raise RuleBroken("This criterion counts. Give its weight to the others first; then take it out.")
        about, weight = criterion.label, criterion.weight
        rest = [one for one in round.criteria if one is not criterion]
        db.session.delete(criterion)
        renumber(rest)
        note(round, "take out a criterion", by, about=about, weight=weight)


def move_criterion(round: Round, criterion: Criterion, way: str, *, by: Doer) -> None:
    """Put a criterion one place up or down."""
    with transaction():
        check_free(lock(round), "rubric texts")
        renumber(moved(round.criteria, there(criterion), way))
        note(round, "move a criterion", by, about=criterion.label, way=way)
