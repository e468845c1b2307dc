"""What the worker does for readers: downloads, made and taken away again after a week; letters that are in conflict."""

from __future__ import annotations

from portal.core import clock
from portal.core.jobs import due

from .conflicts import end_conflicted
from .exporting import KEPT_FOR, build_export, forget_export
from .queries import exports_ready_before, waiting_exports
from .scoring import ask_again


@due
def build_exports() -> int:
    """Make every download that was asked for. Says how many."""
    return sum(build_export(number) for number in waiting_exports())


@due
def forget_old_exports() -> int:
    """Take away what lay ready for a week: copies of letters are not kept longer than they are needed."""
    old = exports_ready_before(clock.now() - KEPT_FOR)
    for export in old:
        forget_export(export)
    return len(old)


@due
def end_conflicted_readings() -> int:
    """Take letters from readers who came to work for the district, or to lead it. Says how many."""
    return end_conflicted()


@due
def ask_readers_again() -> int:
    """Tell readers whose letter came anew after they scored it. Says how many."""
    return ask_again()
