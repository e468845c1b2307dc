"""What the agenda allows and how it says things: plain answers about dates, audiences and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from portal.rounds.rules import Unfit

from .models import MODES

KIND_WORDS = {
    "gathering": "Gathering",
    "series": "Series",
    "space": "Role-alike space",
    "pop_up": "Pop-up",
    "convening": "Convening",
}
KIND_FILTERS = {
    "gathering": "Gatherings",
    "series": "Series",
    "space": "Role-alike spaces",
    "pop_up": "Pop-ups",
    "convening": "Convenings",
}
MODE_WORDS = {"in_person": "In person", "online": "Online", "blended": "In person and online"}
MODE_ICONS = {"in_person": "pin", "online": "screen", "blended": "mixed"}
QUARTER_WORDS = {"summer": "Summer", "fall": "Fall", "winter": "Winter", "spring": "Spring"}
QUARTER_FROM = {12: "winter", 9: "fall", 7: "summer", 3: "spring", 1: "winter"}  # by the month in which one begins
EVERYONE = "All staff of member districts"
ANYONE = "Everyone who signs in"
BY_INVITATION = "By invitation"
LONGEST = timedelta(days=14)
REACH_MARKS = {"members": "For member districts", "cohorts": "For some cohorts", "anyone": "For everyone"}


def quarter_of(stored: str, day: date) -> str:
    """The part of the school year: as staff say it, else the one in which `day` lies."""
    return stored or next(name for month, name in QUARTER_FROM.items() if day.month >= month)


class Dated(Protocol):
    """What is asked about time: an experience, or a row with the same columns."""

    @property
    def opens_at(self) -> datetime | None: ...

    @property
    def closes_at(self) -> datetime | None: ...

    @property
    def cancelled_at(self) -> datetime | None: ...


def registration_state(experience: Dated, now: datetime, starts_at: datetime | None = None) -> str:
    """Whether one may ask for a seat at `now`: cancelled, started, not_yet, closed or open.

    `starts_at` is when the thing the seat is for begins: the first session, or the one meeting of a space.
    """
    if experience.cancelled_at is not None:
        return "cancelled"
    if starts_at is not None and now >= starts_at:
        return "started"
    if experience.opens_at is not None and now < experience.opens_at:
        return "not_yet"
    if experience.closes_at is not None and now >= experience.closes_at:
        return "closed"
    return "open"


class Meant(Protocol):
    """What is asked about people: an experience, or a row with the same columns."""

    @property
    def id(self) -> int: ...

    @property
    def reach(self) -> str: ...

    @property
    def audience(self) -> Sequence[str] | None: ...


@dataclass(frozen=True)
class Person:
    """What the agenda knows of whoever looks at it. Without anything said it is a visitor.

    `roles`: the jobs in districts that are members today. `cohorts`: for each experience that is for some cohorts, its
    number with each role one has in a district of these. `invited`: the numbers of the experiences one is invited to.
    """

    roles: frozenset[str] = frozenset()
    cohorts: frozenset[tuple[int, str]] = frozenset()
    invited: frozenset[int] = frozenset()
    is_signed_in: bool = False


VISITOR = Person()


def is_meant(experience: Meant, person: Person) -> bool:
    """Whether the experience is for this person: by its reach, and where it has an audience by a role named there.

    Whoever leads an experience without being meant is shown as its leader and takes no seat.
    """
    roles, is_reached = _reached(experience, person)
    audience = experience.audience
    return person.is_signed_in and is_reached and (audience is None or not roles.isdisjoint(audience))


def _reached(experience: Meant, person: Person) -> tuple[frozenset[str], bool]:
    """In which roles the experience reaches the person, and whether it does."""
    if experience.reach == "cohorts":
        roles = frozenset(role for number, role in person.cohorts if number == experience.id)
        return roles, bool(roles)
    if experience.reach == "invited":
        return person.roles, experience.id in person.invited
    return person.roles, experience.reach == "anyone" or bool(person.roles)


class Sized(Protocol):
    """What has seats, in the room and online."""

    @property
    def capacity(self) -> int: ...

    @property
    def online_capacity(self) -> int | None: ...


def capacity_of(experience: Sized, mode: str) -> int:
    """How many seats a session of the experience has in this mode: online ones may have a number of their own."""
    online = experience.online_capacity
    return online if mode == "online" and online is not None else experience.capacity


def modes_of_pools(mode: str) -> Sequence[str]:
    """In which modes a session has seats: side by side when it is blended."""
    return ("in_person", "online") if mode == "blended" else (mode,)


def audience_words(experience: Meant, labels: Mapping[str, str], cohorts: Sequence[str] = ()) -> str:
    """Who comes, in the community's words: “Principal, School counselor”. `cohorts`: the names of those it is for."""
    roles = ", ".join(labels.get(role, role) for role in experience.audience or ())
    if experience.reach == "cohorts":
        return f"{roles or 'All staff'} of the districts in {' and '.join(cohorts) or 'some cohorts'}"
    if experience.reach == "invited":
        return f"{BY_INVITATION}: {roles}" if roles else BY_INVITATION
    return roles or (ANYONE if experience.reach == "anyone" else EVERYONE)


def audience_mark(experience: Meant, labels: Mapping[str, str]) -> str:
    """The same in a few words for a row: “For paraprofessionals”, “For these roles”."""
    if experience.reach == "invited":
        return BY_INVITATION
    if experience.audience and len(experience.audience) == 1:
        return f"For {several(labels.get(experience.audience[0], experience.audience[0]))}"
    if experience.audience:
        return "For these roles"
    return REACH_MARKS[experience.reach]


def several(label: str) -> str:
    """A role's label for more than one person, inside a sentence: “paraprofessionals”, “directors of …”."""
    head, *rest = label.partition(" of ") if " of " in label else label.partition(" (")
    return f"{head[:1].lower()}{head[1:]}s{''.join(rest)}"


def check_session(values: Mapping[str, Any]) -> None:
    """Refuse what cannot be a session: its times, its mode, its join link."""
    if values["ends_at"] <= values["starts_at"]:
        raise Unfit("A date ends after it starts. Check its times.", "ends_at")
    if values["ends_at"] - values["starts_at"] > LONGEST:
        raise Unfit(f"Keep one date to {LONGEST.days} days. Add the other days as dates of their own.", "ends_at")
    if values["mode"] not in MODES:
        raise Unfit("Choose in person, online, or both.", "mode")
    if values["join_url"] and not values["join_url"].startswith(("https://", "http://")):
        raise Unfit("Give the whole link, beginning with https://.", "join_url")
