"""Calendars read back, for the tests that open one."""

from __future__ import annotations

from typing import Any

import icalendar
from flask.testing import FlaskClient


def events(content: bytes) -> list[dict[str, Any]]:
    """What a calendar program takes from the file, event by event."""
    found = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return [{name: value.dt if hasattr(value, "dt") else str(value) for name, value in one.items()} for one in found]


def read(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """The events at this address."""
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    return events(answer.data)


def stands(client: FlaskClient, address: str) -> dict[str, tuple[str, str]]:
    """Status and sequence of each event, by its title."""
    return {one["SUMMARY"]: (one["STATUS"], one["SEQUENCE"]) for one in read(client, address)}
