"""The shape of what staff type for dates: one of them, or a row that repeats weekly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField, TimeField, ValidationError
from wtforms.validators import InputRequired, Optional, Regexp

from portal.core.clock import Ambiguous, NoSuchTime, local, moment_from
from portal.rounds.build_base import BuildForm
from portal.rounds.build_fields import (
    DIGITS,
    DayField,
    FractionField,
    as_line,
    at_most,
    from_to,
    number,
    offered,
    shown_twice,
)

from .models import Experience, Session
from .plan_forms import SeenForm, as_hours
from .rules import MODE_WORDS
from .sessions import FIELDS

ZONES = {
    "America/New_York": "Eastern Time",
    "America/Chicago": "Central Time",
    "America/Denver": "Mountain Time",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific Time",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "America/Puerto_Rico": "Atlantic Time, Puerto Rico",
    "Europe/London": "London",
    "Europe/Berlin": "Central Europe",
    "UTC": "UTC",
}
EVERY = {1: "Every week", 2: "Every two weeks", 3: "Every three weeks", 4: "Every four weeks"}
MOST = 40


class ClockField(TimeField):
    """A time on the wall; on the night the clocks go back, also which of the two (in NAME-fold)."""

    fold: int | None = None
    is_asked = False

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        # Not a field of its own: it is asked only on one night of the year, beside the time that it belongs to.
        typed = formdata.get(f"{self.name}-fold", "") if formdata is not None else ""
        self.fold = int(typed) if typed in ("0", "1") else self.fold
        super().process(formdata, *args, **kwargs)

    def moment(self, day: date, zone: str) -> datetime:
        """The moment it means on a day in a zone. Raises ValidationError for none, or for two until one is chosen."""
        try:
            return moment_from(day, self.data, zone, self.fold)
        except Ambiguous as fault:
            self.is_asked = True
            raise ValidationError(fault.sentence) from fault
        except NoSuchTime as fault:
            raise ValidationError(fault.sentence) from fault

    def twice(self, day: date | None, zone: str) -> list[tuple[str, str]]:
        """The two moments that the wall shows alike, once somebody has to say which is meant."""
        if day is None or not (self.is_asked or self.fold is not None):
            return []
        return shown_twice(datetime.combine(day, self.data or time()), zone)

    def comes_twice(self, day: date, zone: str) -> bool:
        """Whether the clocks show it twice that day."""
        return bool(shown_twice(datetime.combine(day, self.data or time()), zone))


class SessionForm(BuildForm):
    """One date: day and times as the clocks of its zone show them, how and where, what it gives."""

    table = "sessions"
    day = DayField("Day", [InputRequired("Give the day.")])
    start = ClockField("Starts", [InputRequired("Give the time at which it starts.")])
    end = ClockField("Ends", [InputRequired("Give the time at which it ends.")])
    end_day = DayField("Last day", [Optional()], description="Only if it ends on another day.")
    time_zone = SelectField("Times are in", choices=[])
    mode = SelectField("How people come", choices=offered(MODE_WORDS.items()))
    place = StringField("Place", [at_most(160)], filters=[as_line], description="Empty: the place of the experience.")
    join_url = StringField(
        "Link to join online",
        [Optional(), at_most(500), Regexp(r"^https?://\S+\Z", message="Give the whole link, beginning with https://.")],
        filters=[as_line], description="Only people with a seat online get it, shortly before the start.",
    )  # fmt: skip
    label = StringField(
        "Title of this date", [at_most(120)], filters=[as_line], description="Such as: Part 2, in schools."
    )
    hours = FractionField(
        "Hours that count", [Optional(), from_to(0, 100)], render_kw=DIGITS, places=None,
        description="Such as 5.5. Empty: from start to end.",
    )  # fmt: skip

    def __init__(self, law: Any, stored: Mapping[str, Any], *, is_new: bool = False) -> None:
        self.home, self.is_new = law.zone, is_new
        self.moments: dict[str, datetime] = {}
        super().__init__(law, stored)
        if "time_zone" in self:
            self.time_zone.choices = zones_with(law.zone, stored["time_zone"])

    @classmethod
    def of(cls, session: Session, law: Any) -> SessionForm:
        """The form of a date that is there."""
        return cls(law, {name: getattr(session, name) for name in FIELDS})

    @classmethod
    def blank(cls, experience: Experience, law: Any) -> SessionForm:
        """The form of a new date: like the last one a week later, if there is one."""
        last = experience.sessions[-1] if experience.sessions else None
        told: dict[str, Any] = {name: getattr(last, name) if last else "" for name in FIELDS}
        told |= {"mode": told["mode"] or experience.mode, "join_url": "", "label": ""}
        if last is None:
            return cls(law, {**told, "starts_at": None, "ends_at": None, "credit_minutes": None}, is_new=True)
        zone = told["time_zone"] or law.zone
        moved = {name: _week_later(told[name], zone) for name in ("starts_at", "ends_at")}
        # Where the last one gave just the time that it took, so does this one, even over a change of clocks.
        if told["credit_minutes"] == _minutes_between(told["starts_at"], told["ends_at"]):
            moved["credit_minutes"] = _minutes_between(moved["starts_at"], moved["ends_at"])
        return cls(law, {**told, **moved}, is_new=True)

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        zone = stored["time_zone"] or self.home
        start, end = (local(at, zone) if at else None for at in (stored["starts_at"], stored["ends_at"]))
        told = {**stored, "time_zone": zone, "hours": None}
        if start and end:
            # Hours that are just the time it takes stay empty: they follow when the times are changed.
            is_elapsed = stored["credit_minutes"] == _minutes_between(stored["starts_at"], stored["ends_at"])
            told |= {
                "day": start.date(), "start": start.time(), "end": end.time(),
                "end_day": end.date() if end.date() != start.date() else None,
                "hours": None if is_elapsed else as_hours(stored["credit_minutes"] or 0),
            }  # fmt: skip
        return told

    def inputs_of(self, name: str) -> tuple[str, ...]:
        return {
            "starts_at": ("day", "start"), "ends_at": ("end", "end_day"), "credit_minutes": ("hours",),
        }.get(name, (name,))  # fmt: skip

    def value_of(self, name: str) -> Any:
        if name in ("starts_at", "ends_at"):
            return self.moments.get(name, self.stored[name])
        if name == "credit_minutes":
            return self._minutes()
        value = super().value_of(name)
        return "" if name == "time_zone" and value == self.home else value

    def validate_start(self, field: Any) -> None:
        """The time exists that day."""
        if self.day.data and field.data:
            self.moments["starts_at"] = field.moment(self.day.data, self.zone)

    def validate_end(self, field: Any) -> None:
        """The time exists that day, and comes after the start."""
        day = self.end_day.data or self.day.data
        if not day or not field.data:
            return
        self.moments["ends_at"] = field.moment(day, self.zone)
        if "starts_at" in self.moments and self.moments["ends_at"] <= self.moments["starts_at"]:
            raise ValidationError("It ends after it starts. Give a later time, or the last day.")

    @property
    def zone(self) -> str:
        """The zone in which the times are typed."""
        if "time_zone" in self:
            return self.time_zone.data if self.time_zone.data in dict(self.time_zone.choices) else self.home
        return self.stored["time_zone"] or self.home

    def twice(self, name: str) -> list[tuple[str, str]]:
        """The two moments that a typed time may mean, for `start` or `end`."""
        day = self.day.data if name == "start" else self.end_day.data or self.day.data
        return self[name].twice(day, self.zone) if name in self else []

    def words_of(self, name: str, value: Any) -> str:
        if name == "mode":
            return MODE_WORDS[value]
        if name == "time_zone":
            return ZONES.get(value or self.home, value or self.home)
        return f"{value / 60:g}" if name == "credit_minutes" else super().words_of(name, value)

    def _minutes(self) -> Any:
        if self.hours.data is not None:
            return round(self.hours.data * 60)
        start, end = self.value_of("starts_at"), self.value_of("ends_at")
        return _minutes_between(start, end) if start and end else 0


class WeeklyForm(SeenForm):
    """A row of dates, some weeks apart."""

    decides = ("day", "start", "end", "time_zone", "every", "how_many", "mode", "place", "hours")

    day = DayField("First day", [InputRequired("Give the first day.")])
    start = ClockField("Starts", [InputRequired("Give the time at which it starts.")])
    end = ClockField("Ends", [InputRequired("Give the time at which it ends.")])
    time_zone = SelectField("Times are in", choices=[])
    every = SelectField("How often", coerce=int, choices=offered(EVERY.items()))
    how_many = number("How many dates", 1, MOST, "Days without school are left out, and the row goes on after them.")
    mode = SelectField("How people come", choices=offered(MODE_WORDS.items()))
    place = StringField("Place", [at_most(160)], filters=[as_line], description="Empty: the place of the experience.")
    hours = FractionField(
        "Hours that count, each time", [Optional(), from_to(0, 100)], render_kw=DIGITS, places=None,
        description="Such as 1.5. Empty: from start to end.",
    )  # fmt: skip
    days = SelectMultipleField("Dates", coerce=date.fromisoformat, choices=[], validate_choice=False)

    def __init__(self, experience: Experience, home: str) -> None:
        super().__init__(data={"mode": experience.mode, "time_zone": home, "every": 1, "how_many": 6})
        self.time_zone.choices, self.home = zones_with(home, ""), home

    doubled: date | None = None

    def validate_end(self, field: Any) -> None:
        """It ends later that day."""
        if self.start.data and field.data and field.data <= self.start.data:
            raise ValidationError("It ends after it starts. Give a later time.")

    def span(self, day: date) -> tuple[datetime, datetime]:
        """Start and end on one of the days. Raises RuleBroken where the clocks skip one of them, or show it twice."""
        return self._moment(day, self.start), self._moment(day, self.end)

    def twice(self, name: str) -> list[tuple[str, str]]:
        """The two moments that `start` or `end` may mean on the one day of the row on which it comes twice."""
        return self[name].twice(self.doubled, self.time_zone.data)

    def row(self, day: date) -> dict[str, Any]:
        """One of the dates, as it is kept."""
        start, end = self.span(day)
        minutes = {"credit_minutes": round(self.hours.data * 60)} if self.hours.data is not None else {}
        zone = "" if self.time_zone.data == self.home else self.time_zone.data
        told = {"mode": self.mode.data, "place": self.place.data or "", "time_zone": zone}
        return {"starts_at": start, "ends_at": end, **told, **minutes}

    def _moment(self, day: date, field: Any) -> datetime:
        # The clocks go back once a year. Where a long row meets that night twice, the one answer holds for both.
        if field.comes_twice(day, self.time_zone.data):
            self.doubled, field.is_asked = day, True
        return moment_from(day, field.data, self.time_zone.data, field.fold)


def _minutes_between(start: datetime, end: datetime) -> int:
    """How much time passes. Of moments in UTC: two of one zone would be taken apart as the wall shows them."""
    return int((end - start).total_seconds() // 60)


def zones_with(home: str, own: str) -> list[tuple[str, str]]:
    """The zones to choose from, the community's first."""
    more = {zone: zone for zone in (home, own) if zone and zone not in ZONES}
    pairs = {**ZONES, **more}
    return [(home, pairs[home]), *((zone, words) for zone, words in pairs.items() if zone != home)]


def _week_later(at: Any, zone: str) -> Any:
    wall = local(at, zone).replace(tzinfo=None, fold=0) + timedelta(weeks=1)
    try:
        return moment_from(wall.date(), wall.time(), zone, fold=0)
    except NoSuchTime:
        return at + timedelta(weeks=1)
