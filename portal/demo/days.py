"""Days of the demo's story, counted back from today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from portal.core import clock

from .world import ZONE


@contextmanager
def days_ago(days: float) -> Iterator[None]:
    """Do something as if it were so many days ago, and two hours, so that nothing happens at this very moment."""
    with clock.told(clock.now() - timedelta(days=days, hours=2)):
        yield


def day_in(days: int) -> date:
    """The date so many days from today; from yesterday back it is in the past."""
    return clock.local(clock.now(), ZONE).date() + timedelta(days=days)
