"""What the agenda allows and how it says things: plain answers about dates, audiences and words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

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
EVERYONE = "All staff of member districts"
BY_INVITATION = "By invitation"


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


def may_come(audience: Collection[str] | None, roles: Collection[str], is_member: bool) -> bool:
    """Whether someone with these `roles` in member districts is meant: no audience means everyone of a member district.

    Whoever leads an experience without working in a member district is shown as its leader and takes no seat.
    """
    return is_member and (audience is None or not set(audience).isdisjoint(roles))


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


def audience_words(audience: Sequence[str] | None, labels: Mapping[str, str]) -> str:
    """Who comes, in the community's words: “Principal, School counselor”."""
    if audience is None:
        return EVERYONE
    if not audience:
        return BY_INVITATION
    return ", ".join(labels.get(role, role) for role in audience)


def audience_mark(audience: Sequence[str] | None, labels: Mapping[str, str]) -> str:
    """The same in a few words for a row: “For paraprofessionals”, “For these roles”."""
    if audience is None:
        return "For member districts"
    if not audience:
        return BY_INVITATION
    if len(audience) > 1:
        return "For these roles"
    return f"For {several(labels.get(audience[0], audience[0]))}"


def several(label: str) -> str:
    """A role's label for more than one person, inside a sentence: “paraprofessionals”, “directors of …”."""
    head, *rest = label.partition(" of ") if " of " in label else label.partition(" (")
    return f"{head[:1].lower()}{head[1:]}s{''.join(rest)}"


def is_known_mode(mode: str) -> bool:
    """Whether sessions can be held so."""
    return mode in MODES
