"""Meetings about letters: an agenda, what was noted about each letter, and from that prepared decisions.

Everything happens under the round's lock, then the meeting's, then the letters' by their numbers.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.text import tidy
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .meeting_queries import (
    agenda,
    all_entries,
    entries_for,
    names_of,
    running_meeting,
)
from .meeting_rules import (
    Carried,
    carried,
    check_day,
    check_fresh,
    check_meeting,
    check_note,
    check_running,
    check_same,
)
from .models import Decision
from .operations import prepare_decision
from .queries import decisions_of
from .reading_models import Meeting, MeetingEntry
from .rules import OUTCOMES, stamp_of

PRESENT = 2000  # characters of who was there


def open_meeting(round: Round, held_on: date, present: str = "", *, by: Any) -> Meeting:
    """Open a meeting about the letters that wait for a decision, the most disagreed first.

    While one is open it is given instead: two who press at once sit in one meeting. Letters that `by` must not know of
    are not on it; a colleague adds them. Raises RuleBroken before the round has closed, and without a letter.
    """
    with transaction():
        round = lock(round)
        found = running_meeting(round)
        if found is not None:
            return found
        items = agenda(by, round)
        check_meeting(stage_of(round, clock.now()), len(items))
        check_day(held_on, clock.now())
        meeting = Meeting(
            round_id=round.id, held_on=held_on, present=tidy(present)[:PRESENT], opened_at=clock.now(),
            opened_by_id=by.account_id,
        )  # fmt: skip
        db.session.add(meeting)
        db.session.flush()
        _add(meeting, [item.letter.id for item in items], 0)
        record(meeting, "open", by, community_id=round.community_id, count=len(items))
    return meeting


def add_letters(meeting: Meeting, *, by: Any) -> int:
    """Put letters on the agenda that are not on it and that `by` may know of. Says how many.

    Raises RuleBroken once the meeting is closed.
    """
    with transaction():
        round, meeting = lock(meeting.round), lock(meeting)
        check_running(meeting)
        on_it = {entry.letter_id: entry.position for entry in all_entries(meeting)}
        missing = [item.letter.id for item in agenda(by, round) if item.letter.id not in on_it]
        _add(meeting, missing, max(on_it.values(), default=0))
        if missing:
            record(meeting, "add letters", by, community_id=round.community_id, count=len(missing))
    return len(missing)


def note_outcome(entry: MeetingEntry, outcome: str, rationale: str, *, seen: str = "", by: Doer) -> MeetingEntry:
    """Note what came of the talk about one letter, and why; an empty outcome takes it back. It has no effect yet.

    `seen` is meeting_rules.stamp_of_entry as the page showed it. Raises RuleBroken once the meeting is closed, for what
    is no outcome, and when somebody else noted something meanwhile.
    """
    with transaction():
        meeting = db.session.get_one(Meeting, entry.meeting_id)
        round, meeting, entry = lock(meeting.round), lock(meeting), lock(entry)
        check_running(meeting)
        rationale = tidy(rationale)
        check_note(outcome, rationale, has_waitlist=round.has_waitlist)
        if (entry.outcome, entry.rationale) == (outcome, rationale):
            return entry
        check_fresh(entry, seen, names_of([entry.noted_by_id]).get(entry.noted_by_id or 0, "Somebody"))
        entry.outcome, entry.rationale = outcome, rationale
        entry.noted_at, entry.noted_by_id = clock.now(), by.account_id
        record(entry, "note", by, community_id=round.community_id, note=rationale, outcome=outcome)
    return entry


def close_meeting(meeting: Meeting, present: str, *, by: Doer) -> None:
    """Close a meeting: its minutes stay as they are. Closing twice is as good as once."""
    with transaction():
        round, meeting = lock(meeting.round), lock(meeting)
        if meeting.closed_at is None:
            meeting.present, meeting.closed_at = tidy(present)[:PRESENT], clock.now()
            record(meeting, "close", by, community_id=round.community_id)


def what_becomes(meeting: Meeting, reader: Any) -> list[Carried]:
    """What the meeting's outcomes would change as prepared decisions, letter by letter; changes nothing."""
    entries = [entry for entry in entries_for(reader, meeting) if entry.outcome in OUTCOMES]
    decisions = decisions_of(entry.letter_id for entry in entries)
    stage = stage_of(meeting.round, clock.now())
    return [carried(entry, decisions.get(entry.letter_id), stage) for entry in entries]


def prepare_decisions(meeting: Meeting, seen: str, *, by: Any) -> list[Decision]:
    """Turn the meeting's outcomes into prepared decisions, all or none. No district hears of them.

    `seen` is meeting_rules.digest_of the preview that the person looked at. Raises RuleBroken when anything in it has
    changed since, and when there is nothing to prepare.
    """
    with transaction():
        round = lock(meeting.round)
        meeting = lock(meeting)
        lines = what_becomes(meeting, by)
        check_same(seen, lines)
        # The waitlist is in the order of the agenda; letters are locked by their numbers first, as everywhere.
        for line in sorted(lines, key=lambda one: one.entry.letter_id):
            lock(line.entry.letter)
        prepared = [_prepare(line, by) for line in lines if line.is_carried]
        record(meeting, "prepare decisions", by, community_id=round.community_id, count=len(prepared))
    return prepared


def _prepare(line: Carried, by: Any) -> Decision:
    entry = line.entry
    return prepare_decision(entry.letter, entry.outcome, entry.rationale, by, seen=stamp_of(line.decision))


def _add(meeting: Meeting, letter_ids: list[int], after: int) -> None:
    for place, letter_id in enumerate(letter_ids, after + 1):
        db.session.add(MeetingEntry(meeting_id=meeting.id, letter_id=letter_id, position=place))
    db.session.flush()
