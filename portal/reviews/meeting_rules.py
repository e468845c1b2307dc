"""What a meeting about letters may note, and what becomes of it as prepared decisions. Pure answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from portal.core.errors import RuleBroken

from .models import Decision
from .reading_models import Meeting, MeetingEntry
from .rules import OUTCOMES, may, stamp_of

NOTED = {**OUTCOMES, "later": "Decide later"}
LONGEST = 5000  # as the reason of a decision
CHANGED = "Something changed since this page was loaded, so nothing was prepared. Look at the list again."


@dataclass(frozen=True)
class Carried:
    """One letter whose outcome can become a prepared decision: what would happen, in a sentence, and whether it can."""

    entry: MeetingEntry
    decision: Decision | None
    effect: str  # new, same, changes, or stays (then nothing can be prepared)
    words: str

    @property
    def is_carried(self) -> bool:
        return self.effect in ("new", "changes")


def check_meeting(stage: str, count: int) -> None:
    """Refuse a meeting before the round has closed, and one without a letter to talk about."""
    if stage != "closed":
        raise RuleBroken("A meeting begins after the round has closed: until then letters can still change.")
    if not count:
        raise RuleBroken("There is no letter to talk about: all that were sent are decided, or none was sent.")


def check_running(meeting: Meeting) -> None:
    """Refuse to change the minutes of a meeting that is closed."""
    if meeting.closed_at is not None:
        raise RuleBroken("This meeting is closed, so its minutes stay as they are. Open a new one for more letters.")


def check_note(outcome: str, rationale: str, *, has_waitlist: bool) -> None:
    """Refuse an outcome that there is not, and an endless reason."""
    if outcome and outcome not in NOTED:
        raise RuleBroken("Choose one of the outcomes.")
    if outcome == "waitlist" and not has_waitlist:
        raise RuleBroken("This round has no waitlist. Offer a place, or say “not this time”.")
    if len(rationale) > LONGEST:
        raise RuleBroken(f"Up to {LONGEST:,} characters fit.")


def check_fresh(entry: MeetingEntry, seen: str, noted_by: str) -> None:
    """Refuse to write over what somebody else noted after the page was loaded."""
    if seen != stamp_of_entry(entry):
        words = NOTED.get(entry.outcome, "no outcome").lower()
        raise RuleBroken(f"{noted_by} noted something here meanwhile: {words}. Look at it before you change it.")


def stamp_of_entry(entry: MeetingEntry) -> str:
    """What a page carries to say which state of an entry it shows."""
    return entry.noted_at.isoformat() if entry.noted_at else ""


def carried(entry: MeetingEntry, decision: Decision | None, stage: str) -> Carried:
    """What would become of one entry's outcome."""
    if not may("prepare", entry.letter, decision, stage):
        sent = decision is not None and decision.status == "released"
        return Carried(entry, decision, "stays", "Sent already" if sent else "Cannot be decided now")
    if decision is None:
        return Carried(entry, decision, "new", "Will be prepared")
    if (decision.outcome, decision.rationale) == (entry.outcome, entry.rationale):
        return Carried(entry, decision, "same", "Prepared like this already")
    return Carried(entry, decision, "changes", f"Changes what is prepared: {OUTCOMES[decision.outcome].lower()}")


def digest_of(lines: Iterable[Carried]) -> str:
    """What a preview carries to say what it showed: every entry, its outcome and reason, and what was decided."""
    told = [
        f"{one.entry.letter_id}|{one.entry.outcome}|{one.entry.rationale}|{stamp_of(one.decision)}|{one.effect}"
        for one in lines
    ]
    return sha256("\n".join(told).encode()).hexdigest()


def check_same(seen: str, lines: Sequence[Carried]) -> None:
    """Refuse when the list is not the one that was looked at, and when nothing in it can be prepared."""
    if seen != digest_of(lines):
        raise RuleBroken(CHANGED)
    if not any(one.is_carried for one in lines):
        raise RuleBroken("There is nothing to prepare: no outcome is new.")


def place_of(entries: Sequence[Any], entry_id: int) -> tuple[int, Any | None, Any | None]:
    """Which one of the entries this is, from 1, and the ones before and after it."""
    at = [entry.id for entry in entries].index(entry_id)
    before, after = entries[at - 1] if at else None, entries[at + 1] if at + 1 < len(entries) else None
    return at + 1, before, after


def check_day(held_on: date | None, now: datetime) -> None:
    """Refuse a day that lies too far ahead to be a meeting that is being opened."""
    if held_on is None or abs((held_on - now.date()).days) > 366:
        raise RuleBroken("Give the day of the meeting, within a year from today.")
