"""What the pages of a meeting show: the agenda, one letter at a time, the minutes, and what becomes of the outcomes."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.clock import local
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .meeting_forms import MeetingForm, NoteForm
from .meeting_queries import Item, agenda, entries_for, meetings_of, names_of
from .meeting_rules import NOTED, digest_of, place_of, stamp_of_entry
from .meetings import what_becomes
from .queries import decisions_of
from .reading_models import Meeting, MeetingEntry
from .rules import OUTCOMES, decision_words
from .scoring_pages import others_page, talk_page
from .scoring_queries import reviews_of, summaries, unscored_by


def agenda_page(reader: Any, round: Round, form: MeetingForm | None = None) -> dict[str, Any]:
    """The letters that wait for a decision, the most disagreed first, and the round's meetings."""
    now, items, held = clock.now(), agenda(reader, round), meetings_of(round)
    today = local(now, round.community.time_zone).date()
    return {
        "here": "staff", "round": round, "rows": [(item, decision_words(item.decision)) for item in items],
        "is_closed": stage_of(round, now) == "closed", "meetings": held, "disputed": sum(map(_is_disputed, items)),
        "running": next((one for one in held if one.closed_at is None), None),
        "form": form or MeetingForm(formdata=None, held_on=today),
    }  # fmt: skip


def minutes_page(reader: Any, meeting: Meeting) -> dict[str, Any]:
    """What a meeting noted, letter by letter, as far as the reader may know of them."""
    entries = entries_for(reader, meeting)
    known, hidden = summaries(meeting.round), unscored_by(reader.account_id, meeting.round)
    scores = {
        one.letter_id: known[one.letter_id] for one in entries if one.letter_id in known and one.letter_id not in hidden
    }
    left = next((entry for entry in entries if not entry.outcome), None)
    return {
        "here": "staff", "round": meeting.round, "meeting": meeting, "entries": entries, "scores": scores, "left": left,
        "noted": sum(bool(entry.outcome) for entry in entries), "words": NOTED,
        "is_carried": any(line.is_carried for line in what_becomes(meeting, reader)),
        "names": names_of([meeting.opened_by_id, *(entry.noted_by_id for entry in entries)]),
    }  # fmt: skip


def entry_page(reader: Any, meeting: Meeting, entry: MeetingEntry, form: NoteForm | None = None) -> dict[str, Any]:
    """One letter of the meeting: what readers say, what was said about it, and the form for what comes of it."""
    entries, letter = entries_for(reader, meeting), entry.letter
    place, before, after = place_of(entries, entry.id)
    is_hidden = letter.id in unscored_by(reader.account_id, meeting.round)
    decision = decisions_of([letter.id]).get(letter.id)
    kept = {"outcome": entry.outcome, "rationale": entry.rationale, "seen": stamp_of_entry(entry)}
    return {
        "here": "staff", "round": meeting.round, "meeting": meeting, "entry": entry, "letter": letter, "nth": place,
        "total": len(entries), "words": NOTED, "before": before, "after": after, "is_hidden": is_hidden,
        "decided": None if is_hidden else decision_words(decision), "form": form or NoteForm(formdata=None, data=kept),
        **others_page(letter, [] if is_hidden else reviews_of(letter)), **talk_page(reader, letter),
    }  # fmt: skip


def becoming_page(reader: Any, meeting: Meeting) -> dict[str, Any]:
    """What would become of the meeting's outcomes as prepared decisions."""
    lines = what_becomes(meeting, reader)
    return {
        "here": "staff", "round": meeting.round, "meeting": meeting, "lines": lines, "words": OUTCOMES,
        "count": sum(one.is_carried for one in lines), "seen": digest_of(lines),
    }  # fmt: skip


def _is_disputed(item: Item) -> bool:
    return item.summary is not None and item.summary.is_disputed
