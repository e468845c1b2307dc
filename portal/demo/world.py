"""The demo world's file, moved in time by whole weeks: weekdays stay, and the round closes in about four weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from portal.core import clock

FILE = Path(__file__).with_name("demo.yaml")
SECOND = Path(__file__).with_name("second.yaml")
ZONE = "America/New_York"
CLOSES_IN = timedelta(days=28)


@dataclass(frozen=True)
class World:
    """What the files say, and by how much their dates are moved. Facts of the past are read unmoved.

    `second` is the round that has closed and is being read.
    """

    data: dict[str, Any]
    second: dict[str, Any]
    shift: timedelta

    def day(self, text: str) -> date:
        """A moved date."""
        return date.fromisoformat(text) + self.shift

    def moment(self, text: str) -> datetime:
        """A moved wall-clock time, made into UTC only then, so that 3:30 PM stays 3:30 PM across a change of clocks."""
        return clock.to_utc(datetime.fromisoformat(text) + self.shift, ZONE, fold=0)

    def moment_of(self, day: str, hour: str) -> datetime:
        """A moved date and an hour of that day."""
        return clock.to_utc(datetime.combine(self.day(day), time.fromisoformat(hour)), ZONE, fold=0)

    def end_of(self, text: str) -> datetime:
        """The end of a moved date: a date without a time lasts until then."""
        return clock.end_of_day(self.day(text), ZONE)


def read_world(today: date) -> World:
    """The world as it looks on `today`."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    written = datetime.fromisoformat(data["round"]["timeline"]["closes_at"]).date()
    weeks = round((today + CLOSES_IN - written) / timedelta(weeks=1))
    return World(data, yaml.safe_load(SECOND.read_text(encoding="utf-8")), timedelta(weeks=weeks))
