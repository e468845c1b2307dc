"""What happens to decisions and places when nobody is looking."""

from __future__ import annotations

from portal.core.jobs import due

from . import offering, releasing


@due
def carry_out_releases() -> int:
    """Send the decisions of every release that was asked for. Says how many."""
    return releasing.carry_out_releases()


@due
def pass_places_on() -> int:
    """Note offers whose time is over, and offer places that are free to those who wait. Says how many changed."""
    return offering.expire_offers() + offering.serve_waiting()


@due
def remind_silent() -> int:
    """Remind the districts that have not answered their offer, three days before its end. Says how many."""
    return offering.remind_silent()
