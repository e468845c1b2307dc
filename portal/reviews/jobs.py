"""Downloads that the worker puts together, and takes away again after a week."""

from __future__ import annotations

from portal.core import clock
from portal.core.jobs import due

from .exporting import KEPT_FOR, build_export, forget_export
from .queries import exports_ready_before, waiting_exports


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
