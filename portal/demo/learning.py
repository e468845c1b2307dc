"""The demo's learning agenda: gatherings, series, role-alike spaces, pop-ups, and the coming convenings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.agenda.models import Agenda, Experience, Faculty
from portal.agenda.operations import add_faculty, create_agenda, create_experience, publish_experience
from portal.communities.models import Community
from portal.core import clock

from .people import People
from .world import World

Row = dict[str, Any]
GROUPS = {"gatherings": "gathering", "series": "series", "role_alikes": "space", "pop_ups": "pop_up"}
QUARTERS = {7: "summer", 8: "summer", 9: "fall", 10: "fall", 11: "fall", 12: "winter", 1: "winter", 2: "winter"}
SUMMER_OPENS = "2026-06-01"
MEET = "https://meet.example.org/"


def load_agenda(world: World, community: Community, people: People) -> list[Experience]:
    """The year of the district network, published on its day."""
    data = world.data["agenda"]
    published = world.moment_of(data["published_at"], "09:00")
    with clock.told(world.moment_of(SUMMER_OPENS, "09:00")):
        agenda = create_agenda(community, slug=data["slug"], title=data["title"], published_at=published)
        faculty = {
            row["id"]: add_faculty(
                community, slug=row["id"], title=row["title"], kind=row["kind"], topics=row["topics"], bio=row["bio"]
            )
            for row in world.data["faculty"]
        }
        rows = [(kind, row) for group, kind in GROUPS.items() for row in data[group]]
        return [_experience(world, community, agenda, faculty, people, kind, row) for kind, row in rows]


def load_convenings(world: World, community: Community) -> None:
    """The coming convenings of the teacher network: dates and places; people come by invitation."""
    with clock.told(world.moment_of(SUMMER_OPENS, "09:00")):
        agenda = create_agenda(community, slug="convenings", title="Convenings", published_at=clock.now())
        for row in world.data["convenings"]:
            publish_experience(create_experience(community, agenda, _convening(row), _days(world, row), []))


def _experience(
    world: World, community: Community, agenda: Agenda, faculty: dict[str, Faculty], people: People, kind: str, row: Row
) -> Experience:
    sessions = row.get("sessions") or row["meetings"]
    leader = people.get(row.get("facilitator", ""))
    fields = {
        **{name: row.get(name, "") for name in ("slug", "title", "summary", "note", "mode")},
        "kind": kind,
        "capacity": row["capacity"],
        "place": row.get("host", ""),
        "min_to_run": row.get("min_to_run"),
        "audience": _audience(row),
        "is_private": row.get("private", False),
        "pdp": row.get("pdp", {}),
        "joined_by": "session" if kind == "space" else "whole",
        "facilitator_id": leader.id if leader else None,
        "quarter": row.get("quarter") or QUARTERS.get(int(sessions[0]["date"][5:7]), "spring"),
        "opens_at": _opens(world, row),
        "closes_at": _closes(world, row),
        "snow_date": world.day(row["snow_date"]) if "snow_date" in row else None,
        **_fallback(world, row),
    }
    leaders = [faculty[name] for name in row.get("faculty", [])]
    made = create_experience(
        community, agenda, fields, [_session(world, one, row["slug"]) for one in sessions], leaders
    )
    publish_experience(made)
    return made


def _opens(world: World, row: Row) -> Any:
    day = SUMMER_OPENS if row["slug"].startswith("summer") else world.data["agenda"]["registration_opens"]
    return world.moment_of(day, "00:00")


def _closes(world: World, row: Row) -> Any:
    return world.end_of(row["registration_closes"]) if "registration_closes" in row else None


def _audience(row: Row) -> list[str] | None:
    named = row.get("roles") or row.get("audience")
    return named if isinstance(named, list) else None


def _fallback(world: World, row: Row) -> Row:
    """What becomes of a day when roads are closed: how many could come online, for how many hours, who decides when."""
    if "online_fallback" not in row:
        return {}
    online = row["online_fallback"]
    decided = row["decision_by"]
    return {
        "fallback_capacity": online["capacity"],
        "fallback_minutes": int(online["credit_hours"] * 60),
        "decide_by": world.moment(decided if isinstance(decided, str) else decided.isoformat()),
    }


def _session(world: World, row: Row, slug: str) -> Row:
    starts, ends = world.moment_of(row["date"], row["start"]), world.moment_of(row["date"], row["end"])
    hours = row.get("credit_hours", (ends - starts) / timedelta(hours=1))
    return {
        "starts_at": starts,
        "ends_at": ends,
        "mode": row["mode"],
        "label": row.get("label", ""),
        "credit_minutes": int(hours * 60),
        "join_url": MEET + slug if row["mode"] == "online" else "",
    }


def _convening(row: Row) -> Row:
    place = ", ".join(row[name] for name in ("city", "state") if name in row)
    scope = "A national convening" if row["scope"] == "national" else "A regional convening, hosted by teachers"
    return {
        "slug": row["slug"],
        "title": row["title"],
        "kind": "convening",
        "mode": row.get("mode", "in_person"),
        "place": place,
        "capacity": row["capacity"],
        "summary": f"{scope}. Teachers come by invitation.",
        "reach": "invited",
        "has_waitlist": False,
    }


def _days(world: World, row: Row) -> list[Row]:
    starts, ends = world.moment_of(row["starts"], "08:00"), world.moment_of(row["ends"], "16:00")
    return [{"starts_at": starts, "ends_at": ends, "mode": "in_person"}]
