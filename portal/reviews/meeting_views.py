"""Doors of meetings about letters, for staff."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed, invalid
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from . import meetings
from .meeting_forms import MeetingForm, NoteForm
from .meeting_pages import agenda_page, becoming_page, entry_page, minutes_page
from .meeting_queries import entries_for, find_meeting
from .reading_models import Meeting, MeetingEntry
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
MEETING = "/<slug:community>/staff/meetings/<id:meeting_id>"
AGENDA, MINUTES, ENTRY = "reviews/agenda.html", "reviews/minutes.html", "reviews/meeting.html"


@bp.get(f"{ROUND}/agenda")
@staff
def agenda(round_id: int) -> ResponseReturnValue:
    return render_template(AGENDA, **agenda_page(me(), _round(round_id)))


@bp.post(f"{ROUND}/meetings")
@staff
def meeting_opening(round_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), MeetingForm()
    again(AGENDA, **agenda_page(me(), round, form))
    if not form.validate_on_submit():
        return invalid()
    meeting = meetings.open_meeting(round, form.held_on.data, form.present.data or "", by=me())
    first = next(iter(entries_for(me(), meeting)), None)
    return changed(to=_address(meeting, first), said="The meeting is open.")


@bp.get(f"{MEETING}/minutes")
@staff
def minutes(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    audit("read minutes", subject=meeting)
    return render_template(MINUTES, **minutes_page(me(), meeting))


@bp.get(f"{MEETING}/letters/<id:entry_id>")
@staff
def meeting_letter(meeting_id: int, entry_id: int) -> ResponseReturnValue:
    meeting, entry = _entry(meeting_id, entry_id)
    return render_template(ENTRY, **entry_page(me(), meeting, entry))


@bp.post(f"{MEETING}/letters/<id:entry_id>")
@staff
def meeting_note(meeting_id: int, entry_id: int) -> ResponseReturnValue:
    (meeting, entry), form = _entry(meeting_id, entry_id), NoteForm()
    shown = entry_page(me(), meeting, entry, form)
    again(ENTRY, **shown)
    if not form.validate_on_submit():
        return invalid()
    note = form.outcome.data or "", form.rationale.data or ""
    meetings.note_outcome(entry, *note, seen=form.seen.data or "", by=me())
    goes_on = request.form.get("do") == "next"
    return changed(to=_address(meeting, shown["after"] if goes_on else entry), said="Noted.")


@bp.post(f"{MEETING}/letters")
@staff
def meeting_letters_added(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    count = meetings.add_letters(meeting, by=me())
    said = f"{plural(count, 'letter')} added." if count else "Every letter is on the agenda already."
    return changed(to=_address(meeting, None), said=said)


@bp.post(f"{MEETING}/closing")
@staff
def meeting_closing(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    meetings.close_meeting(meeting, request.form.get("present", meeting.present), by=me())
    return changed(to=_address(meeting, None), said="The meeting is closed.")


@bp.get(f"{MEETING}/decisions")
@staff
def meeting_decisions(meeting_id: int) -> ResponseReturnValue:
    return render_template("reviews/becoming.html", **becoming_page(me(), _meeting(meeting_id)))


@bp.post(f"{MEETING}/decisions")
@staff
def meeting_decided(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    again("reviews/becoming.html", "reviews/_becoming.html", **becoming_page(me(), meeting))
    prepared = meetings.prepare_decisions(meeting, request.form.get("seen", ""), by=me())
    audit("prepared decisions from minutes", subject=meeting, note=plural(len(prepared), "letter"))
    said = f"{plural(len(prepared), 'decision is', 'decisions are')} prepared. No district knows yet."
    return changed(to=_address(meeting, None), said=said)


def _address(meeting: Meeting, entry: MeetingEntry | None) -> str:
    if entry is None:
        return url_for("reviews.minutes", meeting_id=meeting.id)
    return url_for("reviews.meeting_letter", meeting_id=meeting.id, entry_id=entry.id)


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _meeting(meeting_id: int) -> Meeting:
    return find_meeting(community().id, meeting_id) or abort(404)


def _entry(meeting_id: int, entry_id: int) -> tuple[Meeting, MeetingEntry]:
    meeting = _meeting(meeting_id)
    found = next((one for one in entries_for(me(), meeting) if one.id == entry_id), None)
    return meeting, found or abort(404)
