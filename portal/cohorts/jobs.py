"""What happens to decisions and places when nobody is looking."""

from __future__ import annotations

from portal.core.jobs import due

from . import releasing


@due
def carry_out_releases() -> int:
    """Send the decisions of every release that was asked for. Says how many."""
    return releasing.carry_out_releases()
