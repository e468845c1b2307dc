"""Sessions as calendars show them: a file, a feed, and links that put one into a calendar on the web.

The address by which people join online stands in none of them, for calendars are shared: the page of the experience
does, and leads to it when it is time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app, url_for

from portal.agenda.rules import MODE_WORDS
from portal.core.ical import Event, calendar

from .calendar_queries import Entry, led_entries, own_entries, person_entries, seat_entries
from .joining_rules import way_of

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.office.com/calendar/0/deeplink/compose"


def calendar_of(entries: Sequence[Entry], *, name: str = "", sees_place: bool = False) -> bytes:
    """The calendar of these sessions, as calendar_queries finds them. `sees_place`: that of private ones too."""
    return calendar(events_of(entries, sees_place=sees_place), name=name)


def seat_file(enrollment_id: int) -> bytes:
    """The file that goes with a seat, for its page and its mails. What was given up is in it as cancelled."""
    return calendar_of(seat_entries(enrollment_id), sees_place=True)


def experience_file(experience_id: int, account_id: int) -> bytes | None:
    """The file with all seats that a person has in an experience; None for whoever has none."""
    entries = own_entries(experience_id, account_id)
    return calendar_of(entries, sees_place=True) if entries else None


def person_calendar(account_id: int, now: datetime) -> bytes:
    """What a person has seats in, and what they lead."""
    # Each session once: whoever leads what they gave a seat up in still has to be there.
    found = {entry.session_id: entry for entry in person_entries(account_id, now)}
    for entry in led_entries(account_id, now):
        if entry.session_id not in found or found[entry.session_id].state != "seated":
            found[entry.session_id] = entry
    entries = sorted(found.values(), key=lambda entry: (entry.starts_at, entry.session_id))
    return calendar_of(entries, name="My learning", sees_place=True)


def events_of(entries: Iterable[Entry], *, sees_place: bool = False) -> list[Event]:
    """What calendars show of these sessions, each known by the same name wherever it stands."""
    base = str(current_app.config["BASE_URL"])  # never the address that somebody asked by: a feed is kept for others
    host = urlsplit(base).hostname or "localhost"
    return [_event(entry, base, host, sees_place) for entry in entries]


def google_link(event: Event) -> str:
    """The address at which Google Calendar offers to note the event."""
    dates = "/".join(f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (event.starts_at, event.ends_at))
    asked = {"action": "TEMPLATE", "text": event.title, "dates": dates, "ctz": event.zone}
    return f"{GOOGLE}?{urlencode({**asked, 'details': event.words, 'location': event.place})}"


def outlook_link(event: Event) -> str:
    """The address at which Outlook on the web offers to note the event."""
    start, end = (f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (event.starts_at, event.ends_at))
    asked = {"path": "/calendar/action/compose", "rru": "addevent", "subject": event.title, "startdt": start}
    return f"{OUTLOOK}?{urlencode({**asked, 'enddt': end, 'body': event.words, 'location': event.place})}"


def _event(entry: Entry, base: str, host: str, sees_place: bool) -> Event:
    way = _way(entry)
    page = url_for("enrollments.experience", community=entry.community, experience=entry.slug, _external=False)
    return Event(
        uid=f"session-{entry.session_id}@{host}",
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        zone=entry.own_zone or entry.zone,
        title=f"{entry.title}: {entry.label}" if entry.label else entry.title,
        modified=_modified(entry),
        sequence=entry.sequence + _own(entry, "own_sequence", 0),
        is_cancelled=_is_off(entry),
        place=_place(entry, way, sees_place),
        words=_words(entry, way, base + page),
        url=base + page,
    )


def _way(entry: Entry) -> str:
    """How the person comes; how the session is held for whom nothing of that is known."""
    return way_of(entry.mode, _own(entry, "own_mode", ""))


def _place(entry: Entry, way: str, sees_place: bool) -> str:
    if way == "online":
        return "Online"
    return str(entry.own_place or entry.place) if sees_place or not entry.is_private else ""


def _words(entry: Entry, way: str, url: str) -> str:
    joining = "How to join stands on its page, shortly before it begins." if way == "online" else ""
    return "\n".join(part for part in (entry.summary, f"{MODE_WORDS[way]}. {joining}".strip(), url) if part)


def _is_off(entry: Entry) -> bool:
    # By its own mark alone: what was held stays as it was when the rest of it is called off.
    return entry.off_at is not None or _own(entry, "state", "seated") in {"given_up", "refused"}


def _modified(entry: Entry) -> datetime:
    moments: list[datetime | None] = [
        entry.published_at,
        entry.off_at,
        entry.cancelled_at,
        entry.changed_at,
        entry.told_at,
    ]
    moments += [_own(entry, name, None) for name in ("asked_at", "seated_at", "given_up_at")]
    return max(moment for moment in moments if moment is not None)


def _own(entry: Entry, name: str, otherwise: Any) -> Any:
    return getattr(entry, name, otherwise)
