"""The team's roster: each row is saved as a unit, so that two people can fill in different rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import Doer, history_of, record
from portal.rounds.models import Question

from .content import row_values
from .models import Letter, RosterRow, RosterWaiver
from .queries import roles_for
from .rules import check, check_section, is_clash, is_unchanged
from .shapes import Theirs, TypedRow, normal_row
from .team_queries import roles_with_team
from .writing import begin_writing, name_for, theirs_of

GONE = "Somebody took this person out meanwhile. Add a new line if the person belongs on the team."
MOST = 60  # rows of one roster, whatever its round says


def add_roster_row(letter: Letter, fields: Mapping[str, Any] | None = None, *, by: Doer | None) -> RosterRow:
    """Add a line to the team, empty or with `fields` (role, school, name, email).

    Raises RuleBroken when the team is full, a role is unknown, or the letter is not being written.
    """
    with transaction():
        _begin(letter, by)
        values = normal_row(fields or {}, role_labels(letter.community_id))
        count, last = _count(letter)
        most = most_rows(_question(letter))
        if count >= most:
            raise RuleBroken(f"A team has {most} people at most. Take somebody out before you add another.")
        row = RosterRow(letter_id=letter.id, position=last + 1, **values, saved_at=clock.now(), saved_by_id=_id(by))
        db.session.add(row)
        db.session.flush()
    return row


def import_roster(letter: Letter, rows: Sequence[Mapping[str, str]], once: str, *, by: Doer | None) -> int:
    """Add the lines of a table, all or none; gives how many were added. Sent again with the same `once`, adds nothing.

    Raises RuleBroken when the team has no room for all of them, a role is unknown, somebody was added meanwhile who
    stands in the table too, or the letter is not being written.
    """
    with transaction():
        _begin(letter, by)
        if any(row.data.get("once") == once for row in history_of(letter) if row.verb == "import roster"):
            return 0
        roles = role_labels(letter.community_id)
        values = [normal_row(row, roles) for row in rows]
        last = _check_import(letter, values)
        now = clock.now()
        for number, one in enumerate(values, last + 1):
            row = RosterRow(letter_id=letter.id, position=number, **one, saved_at=now, saved_by_id=_id(by))
            db.session.add(row)
        record(letter, "import roster", by, community_id=letter.community_id, once=once, count=len(values))
    return len(values)


def save_roster_row(letter: Letter, row_id: int, fields: Mapping[str, Any], base: str, *, by: Doer | None) -> RosterRow:
    """Save one line of the team. What is unchanged since `base` is left alone.

    Raises Conflict when somebody else changed this line since `base`; RuleBroken when it is gone, a role is unknown, or
    the letter is not being written.
    """
    with transaction():
        _begin(letter, by)
        typed = TypedRow(row_id, normal_row(fields, role_labels(letter.community_id)), base)
        return _save(_row(letter, row_id), typed, by)


def save_roster_rows(
    letter: Letter, rows: Iterable[TypedRow], *, by: Doer | None, restores: bool = True
) -> dict[str, Theirs]:
    """Save all lines of a form. Gives, under row-NUMBER, those kept back by somebody else's change.

    With `restores`, a line that somebody took out while it was being typed into comes back as a new one: nothing typed
    is lost. Without, it raises RuleBroken: a line that saves itself would come back with every key pressed.
    """
    clashes: dict[str, Theirs] = {}
    with transaction():
        _begin(letter, by)
        roles = roles_with_team(letter)  # all lines come along: a form of fourteen does not ask fourteen times
        there = {row.id: row for row in letter.roster}
        for one in rows:
            try:
                _save_or_restore(letter, replace(one, fields=normal_row(one.fields, roles)), there, restores, by)
            except Conflict as clash:
                clashes[f"row-{one.row_id}"] = theirs_of(clash)
    return clashes


def remove_roster_row(letter: Letter, row_id: int, seen: TypedRow | None = None, *, by: Doer | None) -> None:
    """Take one line out of the team; the lines around it stay what they are. Asking twice changes nothing.

    `seen` is the line as it stood before whoever pressed. Raises Conflict when somebody else changed it meanwhile.
    """
    with transaction():
        _begin(letter, by)
        row = _row(letter, row_id)
        if row is None:
            return
        # A button that knows what it saw must not take out what somebody has just filled in.
        if seen is not None:
            _check_clash(row, seen.base, seen.fields, by)
        db.session.delete(row)


def waive_roster_rule(letter: Letter, rule_code: str, reason: str, *, by: Doer | None) -> RosterWaiver:
    """Let this district's team do without one rule of the roster, for a reason that everybody sees.

    Asking again changes the reason. Raises RuleBroken for an unknown rule, no reason, or a letter that was sent.
    """
    with transaction():
        lock(letter)
        check("waive", letter, roles_for(by, letter), clock.now())
        if rule_code not in {rule["id"] for rule in _question(letter).settings.get("rules", [])}:
            raise RuleBroken("This roster has no such rule. Choose one from the list.")
        if not reason.strip():
            raise RuleBroken("Say why this district’s team may do without the rule.")
        waiver = next((one for one in letter.waivers if one.rule_code == rule_code), None)
        waiver = waiver or RosterWaiver(letter_id=letter.id, rule_code=rule_code)
        waiver.reason, waiver.waived_at, waiver.waived_by_id = reason.strip(), clock.now(), _id(by)
        db.session.add(waiver)
        record(letter, "waive roster rule", by, community_id=letter.community_id, note=reason.strip(), rule=rule_code)
    return waiver


def most_rows(question: Question) -> int:
    """How many lines a team can have."""
    return int((question.settings.get("limits") or {}).get("max_rows") or MOST)


def _check_import(letter: Letter, values: Sequence[Mapping[str, str]]) -> int:
    """Raise RuleBroken unless all of them fit; gives the position of the last line so far."""
    count, last = _count(letter)
    most = most_rows(_question(letter))
    more = count + len(values) - most
    if more > 0:
        raise RuleBroken(f"A team has {most} people at most. It has {count} now: take {more} out of the table.")
    known = set(db.session.scalars(select(func.lower(RosterRow.email)).where(RosterRow.letter_id == letter.id)))
    twice = [one["email"] for one in values if one["email"] and one["email"].lower() in known]
    if twice:
        raise RuleBroken(f"{twice[0]} was added to the team meanwhile. Look at the table again, then add the others.")
    return last


def _begin(letter: Letter, by: Doer | None) -> None:
    begin_writing(letter, by)
    if letter.status == "returned":
        check_section(letter, _question(letter).section)


def _save_or_restore(
    letter: Letter, one: TypedRow, there: Mapping[int, RosterRow], restores: bool, by: Doer | None
) -> None:
    if not restores or one.row_id in there:
        _save(there.get(one.row_id), one, by)
    # Somebody took the line out meanwhile. Typed into, it comes back as a new one; left alone, it stays out.
    elif not is_unchanged(one.base, dict(one.fields)):
        add_roster_row(letter, one.fields, by=by)


def _save(row: RosterRow | None, typed: TypedRow, by: Doer | None) -> RosterRow:
    if row is None:
        raise RuleBroken(GONE)
    if typed.fields != row_values(row) and not is_unchanged(typed.base, typed.fields):
        _check_clash(row, typed.base, typed.fields, by)
        _write(row, typed.fields, by)
    return row


def _check_clash(row: RosterRow, base: str, values: Mapping[str, str], by: Doer | None) -> None:
    stored = row_values(row)
    if is_clash(base, row.version, stored, dict(values)):
        name, is_own = name_for(row.saved_by_id, by)
        sentence = f"{name} changed this line while you were writing. Choose one of the two."
        raise Conflict(sentence, Theirs(stored, row.version, name, row.saved_at, is_own=is_own))


def _write(row: RosterRow, values: Mapping[str, str], by: Doer | None) -> None:
    for name, text in values.items():
        setattr(row, name, text)
    row.version, row.saved_at, row.saved_by_id = row.version + 1, clock.now(), _id(by)


def _row(letter: Letter, row_id: int) -> RosterRow | None:
    return db.session.scalar(select(RosterRow).where(RosterRow.id == row_id, RosterRow.letter_id == letter.id))


def _count(letter: Letter) -> tuple[int, int]:
    chosen = select(func.count(), func.max(RosterRow.position)).where(RosterRow.letter_id == letter.id)
    count, last = db.session.execute(chosen).one()
    return count, last or 0


def _question(letter: Letter) -> Question:
    chosen = select(Question).where(Question.round_id == letter.round_id, Question.kind == "roster")
    question = db.session.scalar(chosen.order_by(Question.position).limit(1))
    if question is None:
        raise RuleBroken("This letter asks for no team.")
    return question


def _id(by: Doer | None) -> int | None:
    return by.account_id if by else None
