"""The agenda as plain answers: what an address asks for, which rows fit it, and what a row says to its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

from portal.agenda.models import KINDS, MODES
from portal.agenda.rules import QUARTER_WORDS, Person, audience_mark, is_meant, quarter_of, registration_state
from portal.core.clock import local
from portal.core.filters import NB

from .rules import Seats
from .search_rules import LONGEST, is_found, words_of
from .seat_rules import has_room, held_words

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
NAME = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Filters:
    """What the address asks for. A word that nobody knows is as good as none."""

    kind: str = ""
    mode: str = ""
    quarter: str = ""
    role: str = ""
    faculty: str = ""
    q: str = ""
    is_for_me: bool = False
    has_seats: bool = False
    is_past: bool = False
    view: str = ""
    month: str = ""
    page: int = 1

    @property
    def chosen(self) -> dict[str, str]:
        """What narrows the list, as it stands in an address."""
        named = {"q": self.q, "kind": self.kind, "mode": self.mode, "quarter": self.quarter, "role": self.role}
        named |= {"faculty": self.faculty, "open": "1" * self.is_for_me, "seats": "1" * self.has_seats}
        return {name: value for name, value in named.items() if value}

    def address(self, **other: str) -> str:
        """The query of the same filters, with `other` beside them."""
        told = {**self.chosen, **{name: value for name, value in other.items() if value}}
        return f"?{urlencode(told)}" if told else "?"

    @property
    def whole(self) -> str:
        """The one query that stands for all of this: how to show it and which page too."""
        page = str(self.page) if self.page > 1 else ""
        return self.address(past="1" * self.is_past, view=self.view, month=self.month, page=page)


@dataclass(frozen=True)
class Mark:
    """Whether a row is open to its reader, said with an icon, words and a tone."""

    icon: str
    words: str
    tone: str
    is_open: bool


CANCELLED = Mark("off", "Cancelled", "", False)
OPEN_TO_ALL = Mark("people", "For all staff", "", True)
FULL = Mark("line", "Full, you can wait in line", "", True)
NONE_LEFT = Mark("line", "All seats are taken", "", False)
MARKS = {
    "open": Mark("arrow", "Open to you", "here", True),
    "not_yet": Mark("clock", "Sign-up opens later", "", True),
    "closed": Mark("clock", "Sign-up is over", "", False),
    "started": Mark("clock", "Sign-up is over", "", False),
}


@dataclass(frozen=True)
class Share:
    """Seats that are kept for people of a district, or of a role."""

    session_id: int | None
    district_id: int | None
    role: str


@dataclass(frozen=True)
class Date:
    """One session of a row; `moved`: the dates on which it should have been before."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    mode: str
    label: str
    is_off: bool
    moved: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Listed:
    """One row: the experience, its next session (the last one when all are over), and how full that is."""

    id: int
    slug: str
    title: str
    kind: str
    mode: str
    quarter: str
    reach: str
    audience: tuple[str, ...] | None
    opens_at: datetime | None
    closes_at: datetime | None
    cancelled_at: datetime | None
    has_waitlist: bool
    begins_at: datetime  # when the thing a seat is for begins: the first session, or the next meeting of a space
    shown: Date
    number: int
    of: int
    dates: tuple[Date, ...]
    here: tuple[Seats, ...]  # by mode, of the shown session
    seats: tuple[Seats, ...]  # by mode, of the session that has fewest left
    shares: tuple[Share, ...]
    leaders: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]
    summary: str
    is_by_meeting: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """What its search looks at, but for whom it is; only read where somebody searches."""
        return words_of(" ".join([self.title, self.summary, *self.topics, *(title for _, title in self.leaders)]))

    @property
    def is_off(self) -> bool:
        """Whether every session of it is cancelled."""
        return all(date.is_off for date in self.dates)

    @property
    def key(self) -> str:
        return self.key_of(self.shown)

    def key_of(self, date: Date) -> str:
        """By which one finds what a reader has on this date: a seat is for all dates, or for one meeting."""
        return f"{self.id}.{date.session_id}" if self.is_by_meeting else f"{self.id}."

    @property
    def starts_at(self) -> datetime:
        return self.shown.starts_at

    @property
    def taken(self) -> int:
        return sum(one.taken for one in self.here)

    @property
    def capacity(self) -> int:
        return sum(one.capacity for one in self.here)

    @property
    def moved_from(self) -> datetime | None:
        return self.shown.moved[-1] if self.shown.moved else None

    @property
    def seats_words(self) -> str:
        """“31 of 36 seats taken · 2 seats are kept · 4 waiting”."""
        held, in_line = (sum(getattr(one, name) for one in self.here) for name in ("held", "waiting"))
        kept = held_words(held) if held else ""
        waiting = f"{in_line} waiting" if in_line else ""
        return " · ".join(filter(None, [f"{self.taken} of {self.capacity} seats taken", kept, waiting]))


def read_filters(args: Mapping[str, str]) -> Filters:
    """The filters of an address's query; what is unknown is ignored."""

    def known(name: str, words: Iterable[str]) -> str:
        return args.get(name, "") if args.get(name) in set(words) else ""

    view, page = known("view", ["month"]), args.get("page", "1")
    return Filters(
        kind=known("kind", KINDS),
        mode=known("mode", MODES),
        quarter=known("quarter", QUARTER_WORDS),
        role=args.get("role", "")[:40],
        faculty=_fitting(NAME, args.get("faculty", "")),
        q=" ".join(args.get("q", "").split())[:LONGEST],
        is_for_me=args.get("open") == "1",
        has_seats=args.get("seats") == "1",
        is_past=args.get("past") == "1" and not view,
        view=view,
        month=_fitting(MONTH, args.get("month", "")) if view else "",
        page=max(1, int(page)) if not view and page.isascii() and page.isdigit() and len(page) < 5 else 1,
    )


class Sight(NamedTuple):
    """What a filter may look at beside the row: the marks of the rows, the moment and the zone, the experiences of
    which a share is kept for the reader, and what jobs are called here.
    """

    marks: Mapping[int, Mark]
    now: datetime
    zone: str
    fitting: Collection[int] = ()
    labels: Mapping[str, str] = MappingProxyType({})


def matching(rows: Sequence[Listed], filters: Filters, sight: Sight) -> list[Listed]:
    """Those of `rows` that fit every filter that is asked for."""
    asked = [fits for name, fits in FITS.items() if getattr(filters, name)]
    return [row for row in rows if all(fits(row, filters, sight) for fits in asked)]


def has_seats(row: Listed, fitting: Collection[int] = ()) -> bool:
    """Whether somebody who asks now gets a seat: one is left for which nobody waits, or kept for people like them."""
    is_on = row.cancelled_at is None and not row.is_off
    return is_on and (row.id in fitting or any(has_room(one) for one in row.seats))


def fitting_shares(rows: Iterable[Listed], roles: Collection[str], districts: Collection[int]) -> frozenset[int]:
    """The experiences of which a share is kept for somebody with these roles and districts."""
    return frozenset(
        row.id for row in rows if any(one.role in roles or one.district_id in districts for one in row.shares)
    )


def by_month(rows: Sequence[Listed], zone: str) -> list[tuple[str, list[Listed]]]:
    """The rows under their months, as calendars in `zone` have them."""
    months = groupby(rows, key=lambda row: f"{local(row.starts_at, zone):%B %Y}")
    return [(month, list(group)) for month, group in months]


def hours_words(date: Date, zone: str) -> str:
    """“3:45–5:45 PM”, beside a leaf that names the day."""
    start, end = local(date.starts_at, zone), local(date.ends_at, zone)
    head = f"{start:%-I:%M}" if f"{start:%p}" == f"{end:%p}" else f"{start:%-I:%M %p}"
    return f"{head}–{end:%-I:%M %p}".replace(" ", NB)


def mark_of(
    row: Listed, person: Person, labels: Mapping[str, str], now: datetime, fitting: Collection[int] = ()
) -> Mark:
    """What a row says to this person."""
    if row.cancelled_at is not None or row.is_off:
        return CANCELLED
    if not person.is_signed_in:
        is_for_all = row.audience is None and row.reach in {"members", "anyone"}
        return OPEN_TO_ALL if is_for_all else Mark("lock", audience_mark(row, labels), "", True)
    if not is_meant(row, person):
        return Mark("lock", audience_mark(row, labels), "", False)
    state = registration_state(row, now, row.begins_at)
    if state == "open" and not has_seats(row, fitting):
        return FULL if row.has_waitlist else NONE_LEFT
    return MARKS[state]


def _is_of_kind(row: Listed, filters: Filters, _: Sight) -> bool:
    return row.kind == filters.kind


def _is_held_so(row: Listed, filters: Filters, _: Sight) -> bool:
    # What is in the room and online is both; whoever asks for both at once asks for no more than that.
    return row.mode in {filters.mode, "blended"}


def _is_in_quarter(row: Listed, filters: Filters, sight: Sight) -> bool:
    return quarter_of(row.quarter, local(row.starts_at, sight.zone).date()) == filters.quarter


def _is_for_role(row: Listed, filters: Filters, _: Sight) -> bool:
    # What is for everyone is for each role too.
    is_for_all = row.audience is None and row.reach != "invited"
    return is_for_all or filters.role in (row.audience or ())


def _is_led_by(row: Listed, filters: Filters, _: Sight) -> bool:
    return any(slug == filters.faculty for slug, _ in row.leaders)


def _is_for_me(row: Listed, _: Filters, sight: Sight) -> bool:
    return sight.marks[row.id].is_open


def _has_seats(row: Listed, _: Filters, sight: Sight) -> bool:
    # A seat that one cannot take, now or at all, is none.
    is_theirs = sight.marks[row.id].is_open and registration_state(row, sight.now, row.begins_at) == "open"
    return is_theirs and has_seats(row, sight.fitting)


def _has_words(row: Listed, filters: Filters, sight: Sight) -> bool:
    roles = " ".join(sight.labels.get(role, role) for role in row.audience or ())
    return is_found(filters.q, row.words | words_of(roles))


# What narrows the list, by the name that it has in Filters, each with whether a row fits it.
FITS: Mapping[str, Callable[[Listed, Filters, Sight], bool]] = {
    "kind": _is_of_kind,
    "mode": _is_held_so,
    "quarter": _is_in_quarter,
    "role": _is_for_role,
    "faculty": _is_led_by,
    "is_for_me": _is_for_me,
    "has_seats": _has_seats,
    "q": _has_words,
}


def _fitting(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""
