"""The demo's school calendar: the real holidays of this school year and the next, and days of single districts.

They follow the usual Massachusetts pattern. Unlike the agenda they are never moved: a holiday is where it is.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from portal.accounts.models import Account
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core import clock
from portal.districts.models import District

from .world import World

MONDAY, THURSDAY = 0, 3
FIRST_MONTH = 7  # of a school year
Row = dict[str, Any]


def load_school_years(world: World, community: Community, districts: dict[str, District], by: Account) -> None:
    """Note the holidays and vacations of two school years, and a staff day that one district has to itself."""
    today = clock.local(clock.now(), community.time_zone).date()
    begins = today.year if today.month >= FIRST_MONTH else today.year - 1
    for row in [*holidays(begins), *holidays(begins + 1)]:
        note_day(community, row, by=by)
    own = world.day(world.data["agenda"]["series"][0]["sessions"][-1]["date"])
    told = {"from_date": own, "kind": "staff_day", "label": "Staff day of the district"}
    note_day(community, {**told, "district_id": districts["gloucester"].id}, by=by)


def holidays(year: int) -> list[Row]:
    """The days without school in the school year that begins in summer of `year`, by date."""
    after, thanksgiving = year + 1, _nth(year, 11, THURSDAY, 4)
    presidents, patriots = _nth(after, 2, MONDAY, 3), _nth(after, 4, MONDAY, 3)
    return [
        _row("holiday", "Labor Day", _nth(year, 9, MONDAY, 1)),
        _row("holiday", "Columbus / Indigenous Peoples Day", _nth(year, 10, MONDAY, 2)),
        _row("staff_day", "Election Day: staff day", _nth(year, 11, MONDAY, 1) + timedelta(days=1)),
        _row("holiday", "Veterans Day", date(year, 11, 11)),
        _row("holiday", "Thanksgiving", thanksgiving, thanksgiving + timedelta(days=1)),
        _row("vacation", "Winter break", date(year, 12, 24), date(after, 1, 1)),
        _row("holiday", "Martin Luther King Jr. Day", _nth(after, 1, MONDAY, 3)),
        _row("vacation", "February vacation", presidents, presidents + timedelta(days=4)),
        _row("holiday", "Good Friday", _easter(after) - timedelta(days=2)),
        _row("vacation", "April vacation", patriots, patriots + timedelta(days=4)),
        _row("holiday", "Memorial Day", _last_monday_of_may(after)),
        _row("holiday", "Juneteenth", date(after, 6, 19)),
    ]


def _row(kind: str, label: str, first: date, last: date | None = None) -> Row:
    return {"kind": kind, "label": label, "from_date": first, "to_date": last or first}


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=count - 1)


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _easter(year: int) -> date:
    """Easter Sunday. Source: the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, century, rest = year % 19, *divmod(year, 100)
    leaps, corrected = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * corrected + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
